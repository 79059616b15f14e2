"""SQL over every run of a store: four views, read only, and nothing else within reach."""

from __future__ import annotations

import json
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from roxham.errors import Problem, RunError
from roxham.lab.ground import Folder
from roxham.lab.part import MEAN, Name

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from roxham.lab.kept import Kept
    from roxham.lab.shelf import Part
    from roxham.lab.vault import Vault

#: What each view holds, for those who ask.
VIEWS = {
    "runs": "run, study, title_en, title_fr, case_id, case_hash, code, version, seed, draws, from_day, to_day, created",
    "scenarios": "run, position, scenario, title_en, title_fr, why, amendments",
    "draws": "run, scenario, draw, metric, place, month, value, weight",
    "lines": "run, scenario, draw, kind, metric, place, step, what, rule, cite, month, value, weight",
}
ROWS, SECONDS, MEMORY = 1_000, 120.0, "2GB"


Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Answer:
    """The rows of a question; ``more`` is true where there were more than asked for."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    more: bool
    damaged: tuple[Problem, ...] = ()


def ask(
    vault: Vault, question: str, *, runs: Sequence[str] = (), rows: int = ROWS, seconds: float = SECONDS,
    progress: Progress | None = None,
) -> Answer:
    """Answer one SELECT over the views `runs`, `scenarios`, `draws` and `lines`.

    Files are verified by their hashes; those that were altered are left out and told. The question can read nothing
    but the views, and change nothing.

    Args:
        runs: ids of the runs to look at; all when none is given (fewer is faster).
        rows: as many rows as are given at most.
        seconds: after so long the question is given up.
        progress: called with (shelves verified, shelves in all).

    Raises RunError when the question is no SELECT, is wrong, or takes too long.
    """
    with open_views(vault, runs, progress=progress) as (connection, damaged):
        return _answer(connection, question, rows, seconds, damaged)


@contextmanager
def open_views(
    vault: Vault, runs: Sequence[str] = (), *, progress: Progress | None = None
) -> Iterator[tuple[DuckDBPyConnection, list[Problem]]]:
    """A locked connection with the views, and the files that were left out."""
    import duckdb

    kept = [vault.study(name) for name in runs] if runs else list(vault.studies())
    with ExitStack() as stack, duckdb.connect(config={"memory_limit": MEMORY, "temp_directory": ""}) as connection:
        gathered = _Gathered(vault, kept, progress)
        paths = gathered.paths(stack)
        _tables(connection, kept, gathered, paths)
        _views(connection, paths)
        _lock(connection, paths)
        yield connection, gathered.damaged


class _Gathered:
    """The parts that the runs need, verified, and the names of their rows."""

    def __init__(self, vault: Vault, kept: Sequence[Kept], progress: Progress | None) -> None:
        self.vault = vault
        self.names: dict[int, Name] = {}
        self.damaged: list[Problem] = []
        self.parts: list[Part] = []
        self.owned: list[tuple[int, str, int]] = []
        keys = list(dict.fromkeys(key for one in kept for key in one.shelves))
        for count, key in enumerate(keys, start=1):
            self._add(key)
            if progress is not None:
                progress(count, len(keys))

    def _add(self, key: str) -> None:
        shelf = self.vault.open_shelf(key)
        taken: set[int] = set()
        for part in shelf.whole():
            for draw in part.draws - taken:
                self.owned.append((len(self.parts), key, draw))
            taken |= part.draws
            self.parts.append(part)
        self.names |= shelf.names
        self.damaged += shelf.damaged

    def paths(self, stack: ExitStack) -> list[str]:
        """Where the parts lie on this machine, one for each; copies of a store elsewhere go with the stack."""
        ground = self.vault.ground
        if isinstance(ground, Folder):
            return [str(ground.root / part.path) for part in self.parts]
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="roxham-sql-")))
        paths = []
        for number, part in enumerate(self.parts):
            copy = folder / f"{number}.parquet"
            copy.write_bytes(ground.read([part.path]).get(part.path, b""))
            paths.append(str(copy))
        return paths


def _tables(connection: DuckDBPyConnection, kept: Sequence[Kept], gathered: _Gathered, paths: Sequence[str]) -> None:
    """Small tables behind the views: runs, scenarios, names of rows, and which draw of which run is in which file."""
    _fill(connection, "runs", VIEWS["runs"], [
        (one.id, one.study.name, one.study.title.en, one.study.title.fr, one.case, one.case_hash, one.code,
         one.version, one.seed, one.draws, one.study.from_.isoformat(), one.study.to.isoformat(), one.created)
        for one in kept], numbers=("seed", "draws"))
    _fill(connection, "scenarios", VIEWS["scenarios"], [
        (one.id, position, each.name, each.title.en, each.title.fr, each.why,
         json.dumps([change.to_dict() for change in each.amendments], ensure_ascii=False))
        for one in kept for position, each in enumerate(one.study.scenarios)], numbers=("position",))
    of_key: dict[str, list[tuple[Kept, str]]] = {}
    for one in kept:
        for key, scenario in zip(one.shelves, one.study.scenarios, strict=True):
            of_key.setdefault(key, []).append((one, scenario.name))
    _fill(connection, "held", "path, draw, run, scenario", [
        (paths[number], draw, one.id, scenario)
        for number, key, draw in gathered.owned for one, scenario in of_key[key] if draw < one.draws
    ], numbers=("draw",))
    _fill(connection, "named", "number, row, kind, metric, place, step, what, rule, cite", [
        (number, name.row, *name.key) for number, name in gathered.names.items()], numbers=("number",))


def _fill(
    connection: DuckDBPyConnection, name: str, columns: str, rows: Sequence[tuple[Any, ...]], numbers: Sequence[str]
) -> None:
    import numpy as np

    names = columns.split(", ")
    typed = ", ".join(f"{one} {'BIGINT' if one in numbers else 'VARCHAR'}" for one in names)
    connection.execute(f"CREATE TABLE {name} ({typed})")
    if rows:
        data = {one: np.array(column, dtype=np.int64 if one in numbers else object)
                for one, column in zip(names, zip(*rows, strict=True), strict=True)}
        connection.register("filling", data)
        connection.execute(f"INSERT INTO {name} SELECT {columns} FROM filling")
        connection.unregister("filling")


def _views(connection: DuckDBPyConnection, paths: Sequence[str]) -> None:
    """The two views that read the parts; cells and lines are told apart by the sign of their number."""
    listed = ", ".join("'" + path.replace("'", "''") + "'" for path in paths)
    files = f"read_parquet([{listed}], filename = true)" if paths else (
        "(SELECT 0 AS draw, 0 AS name, 0 AS month, 0.0 AS value, 0.0 AS weight, '' AS filename WHERE false)")
    joined = (f"FROM {files} AS p JOIN held AS h ON p.filename = h.path AND p.draw = h.draw "
              "JOIN named AS n ON n.number = p.name")
    month = "format('{:04d}-{:02d}', p.month // 12, p.month % 12 + 1)"
    connection.execute(
        f"CREATE VIEW draws AS SELECT h.run, h.scenario, p.draw, n.metric, n.place, {month} AS month, p.value, "
        f"CASE WHEN n.row = '{MEAN}' THEN p.weight END AS weight {joined} WHERE p.name >= 0")
    connection.execute(
        f"CREATE VIEW lines AS SELECT h.run, h.scenario, p.draw, n.kind, n.metric, n.place, n.step, n.what, n.rule, "
        f"n.cite, {month} AS month, p.value, nullif(p.weight, 0) AS weight {joined} WHERE p.name < 0")


def _lock(connection: DuckDBPyConnection, paths: Sequence[str]) -> None:
    """From here on nothing can be read but the parts, and no setting changed."""
    listed = ", ".join("'" + path.replace("'", "''") + "'" for path in paths)
    connection.execute(f"SET allowed_paths = [{listed}]")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")


def _answer(
    connection: DuckDBPyConnection, question: str, rows: int, seconds: float, damaged: Sequence[Problem]
) -> Answer:
    import duckdb

    late = threading.Timer(seconds, connection.interrupt)
    late.daemon = True
    try:
        asked = connection.extract_statements(question)
        if len(asked) != 1 or asked[0].type not in (duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN):
            raise RunError("ask one question at a time; it begins with SELECT, WITH, FROM, DESCRIBE or SUMMARIZE")
        late.start()
        found = connection.execute(asked[0])
        columns = tuple(str(column[0]) for column in found.description or ())
        told = found.fetchmany(rows + 1)
    except duckdb.InterruptException as error:
        raise RunError(f"this question took more than {seconds:g} seconds and was given up; "
                       "name fewer runs with --run, or ask for less") from error
    except duckdb.Error as error:
        raise RunError(_explained(str(error))) from error
    finally:
        late.cancel()
    return Answer(columns, tuple(told[:rows]), len(told) > rows, tuple(damaged))


def _explained(said: str) -> str:
    """What the database says, with the views where a name is not known."""
    said = said.strip()
    if "does not exist" in said or "not found" in said:
        views = "; ".join(f"{name} ({columns})" for name, columns in VIEWS.items())
        return f"{said}\nThere are: {views}"
    if "Permission" in said:
        return "a question reads the views runs, scenarios, draws and lines, and nothing else"
    if "Out of Memory" in said or "OutOfMemory" in said:
        return f"this question needs more than {MEMORY} of memory; name fewer runs with --run, or ask for less"
    return said
