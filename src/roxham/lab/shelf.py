"""A shelf of the store: the draws of one scenario, in immutable files named by their own hash."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from roxham.errors import Problem, RunError
from roxham.lab.ground import Ground, at_hand, explain, write_file
from roxham.lab.part import Legend, connection, read_part, same, write_part

if TYPE_CHECKING:
    from roxham.lab.bench import Table

STORE = "roxham-store/1"
STORE_FILE, SHELVES, ABOUT = "store.json", "shelves", "shelf.json"
PART = re.compile(r"(?P<first>\d{8})-(?P<last>\d{8})-(?P<legend>[0-9a-f]{16})-(?P<hash>[0-9a-f]{64})\.parquet")
LEGEND = re.compile(r"legend-(?P<hash>[0-9a-f]{64})\.parquet")


def canonical(data: Mapping[str, Any]) -> bytes:
    """Data as the one JSON text that is hashed.

    >>> canonical({"b": 1, "a": "é"}).decode()
    '{"a":"é","b":1}'
    """
    return json.dumps(data, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def sha(content: bytes) -> str:
    """SHA-256, hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def folder_of(key: str) -> str:
    """Where the shelf with a key stands, below the root of the store."""
    return f"{SHELVES}/{key[:2]}/{key}"


class Shelf:
    """The draws of one scenario; made by `Vault.shelf`.

    ``key`` is the hash of what it is a shelf of; ``damaged`` names the files that were found altered.
    """

    def __init__(self, ground: Ground, about: bytes) -> None:
        self.ground = ground
        self.key = sha(about)
        self.folder = folder_of(self.key)
        self.damaged: list[Problem] = []
        self._about = about
        self._legends: dict[str, Legend] = {}
        self._legend: Legend | None = None
        self._kept = ("", 0)
        self._labelled = False

    @property
    def about(self) -> dict[str, Any]:
        """What this is a shelf of: case, code, amendments, seed and days."""
        held: dict[str, Any] = json.loads(self._about)
        return held

    def held(self) -> frozenset[int]:
        """The draws that are here; whether their files are whole shows when they are read."""
        return frozenset(draw for name in self.ground.names(self.folder) for draw in _draws(name))

    def get(self, draws: Iterable[int], *, lines: bool = True) -> dict[int, Table]:
        """The tables of those draws that are here and whole.

        A file that was altered or cut short is left out and told in ``damaged``.

        Args:
            lines: whether what the metrics are made of is wanted too.

        Raises RunError when two files hold the same draw with different numbers.
        """
        wanted = frozenset(draws)
        standing = self.ground.names(self.folder)
        names = [name for name in standing if wanted & _draws(name)]
        contents = self.ground.read([f"{self.folder}/{name}" for name in names])
        found: dict[int, Table] = {}
        origin: dict[int, str] = {}
        for name in names:
            content = contents.get(f"{self.folder}/{name}")
            for draw, table in self._read(name, content, standing, lines=lines).items():
                if draw in found and not same(found[draw], table):
                    raise RunError(self._twice(draw, origin[draw], name))
                if draw in wanted:
                    found[draw], origin[draw] = table, name
        return dict(sorted(found.items()))

    def put(self, tables: Mapping[int, Table]) -> None:
        """Keep draws; when this returns they survive the end of the process.

        Raises RunError when the store cannot be written; what was kept before is intact.
        """
        for run in _runs(sorted(tables)):
            self._put({draw: tables[draw] for draw in run})

    def label(self) -> None:
        """Say in the shelf's folder what it is a shelf of, and at the root what kind of store this is."""
        if not self._labelled:
            for path, content in ((STORE_FILE, canonical({"format": STORE})), (f"{self.folder}/{ABOUT}", self._about)):
                if self.ground.read([path]).get(path) != content:
                    write_file(self.ground, path, content)
        self._labelled = True

    def check(self) -> list[Problem]:
        """Verify every file by its hash and read it; tell those that were altered, cut short or do not agree."""
        self.damaged = []
        path = f"{self.folder}/{ABOUT}"
        if self.ground.read([path]).get(path) != self._about:
            self.damaged.append(Problem("this file is missing or was altered", f"{self.ground.url}/{path}"))
        for name in self.ground.names(self.folder):
            if LEGEND.fullmatch(name):
                self._read_legend(name)
        try:
            self.get(self.held())
        except RunError as error:
            self.damaged.extend(error.problems)
        self.damaged = list(dict.fromkeys(self.damaged))
        return list(self.damaged)

    def _put(self, tables: Mapping[int, Table]) -> None:
        import duckdb

        self.label()
        legend = self._known()
        draft = self.ground.draft()
        try:
            write_part(connection(), tables, legend, draft)
            self._keep_legend(legend)
            name = f"{min(tables):08d}-{max(tables):08d}-{self._kept[0][:16]}-{sha(draft.read_bytes())}.parquet"
            self.ground.adopt(draft, f"{self.folder}/{name}")
        except (OSError, duckdb.IOException) as error:
            raise explain(error, self.ground.url) from error
        finally:
            draft.unlink(missing_ok=True)

    def _keep_legend(self, legend: Legend) -> None:
        """Keep the legend when it has grown, or when its file is gone."""
        name, size = self._kept
        if size == len(legend.names) and self.ground.has(f"{self.folder}/legend-{name}.parquet"):
            return
        draft = self.ground.draft()
        try:
            legend.write(connection(), draft)
            name = sha(draft.read_bytes())
            self.ground.adopt(draft, f"{self.folder}/legend-{name}.parquet")
            self._kept = name, len(legend.names)
        finally:
            draft.unlink(missing_ok=True)

    def _known(self) -> Legend:
        """The longest legend that stands here, to go on with; or an empty one."""
        if self._legend is None:
            self._legend = Legend()
            for name in self.ground.names(self.folder):
                found = LEGEND.fullmatch(name)
                legend = self._read_legend(name) if found else None
                if found and legend is not None and len(legend.names) > len(self._legend.names):
                    self._legend, self._kept = Legend(list(legend.names)), (found["hash"], len(legend.names))
        return self._legend

    def _read_legend(self, name: str) -> Legend | None:
        """A legend by the name of its file; None, and told, when it was altered."""
        if name not in self._legends:
            path = f"{self.folder}/{name}"
            content = self.ground.read([path]).get(path)
            found = LEGEND.fullmatch(name)
            if content is None or found is None or sha(content) != found["hash"]:
                self._spoiled(name)
                return None
            with at_hand(self.ground, path, content) as local:
                self._legends[name] = Legend.read(connection(), local)
        return self._legends[name]

    def _read(
        self, name: str, content: bytes | None, standing: Sequence[str], *, lines: bool
    ) -> dict[int, Table]:
        """The draws of a part; nothing, and told, when it was altered or its legend is not whole."""
        found = PART.fullmatch(name)
        if content is None or found is None:
            return {}  # taken away since
        if sha(content) != found["hash"]:
            self._spoiled(name)
            return {}
        for one in standing:
            if one.startswith(f"legend-{found['legend']}"):
                legend = self._read_legend(one)
                if legend is not None:
                    with at_hand(self.ground, f"{self.folder}/{name}", content) as local:
                        return read_part(connection(), local, legend, lines=lines)
        self._spoiled(name, "the legend of this file is missing or was altered")
        return {}

    def _spoiled(self, name: str, said: str = "this file was altered or cut short") -> None:
        problem = Problem(said, f"{self.ground.url}/{self.folder}/{name}")
        if problem not in self.damaged:
            self.damaged.append(problem)

    def _twice(self, draw: int, one: str, other: str) -> Problem:
        said = (f"draw {draw} stands here twice with different numbers ({one} and {other}); take both away with "
                "`roxham runs check --mend` and run the study again")
        return Problem(said, f"{self.ground.url}/{self.folder}")


def _draws(name: str) -> frozenset[int]:
    """The draws that a part holds, by its name; none for any other file."""
    found = PART.fullmatch(name)
    return frozenset(range(int(found["first"]), int(found["last"]) + 1)) if found else frozenset()


def _runs(draws: Sequence[int]) -> Iterator[list[int]]:
    """Draws in stretches without a gap: each becomes one part."""
    stretch: list[int] = []
    for draw in draws:
        if stretch and draw != stretch[-1] + 1:
            yield stretch
            stretch = []
        stretch.append(draw)
    if stretch:
        yield stretch
