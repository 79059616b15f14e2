"""Runs that were kept: a list of them, one opened again from its draws, and two put side by side."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from roxham.errors import Problem, RunError
from roxham.lab.compare import HEADLINES
from roxham.lab.identity import code_hash
from roxham.lab.shelf import SHELVES, draws_of
from roxham.lab.store import check_metrics, manifest
from roxham.lab.summary import StudyResult
from roxham.sim.metrics import unit_of

if TYPE_CHECKING:
    from roxham.lab.bench import Table
    from roxham.lab.ground import Entry
    from roxham.lab.kept import Kept
    from roxham.lab.lines import Lines
    from roxham.lab.vault import Vault

#: Draws are read so many at a time, so that memory stays small.
SOME = 50


@dataclass(frozen=True)
class Listed:
    """One run of the list: how many of its draws are here, their bytes, and whether this code would make them."""

    kept: Kept
    held: int
    size: int
    current: bool


def list_runs(vault: Vault) -> tuple[Listed, ...]:
    """Every run of a store, the latest first; draws that two runs share count for both."""
    files = by_shelf(vault)
    listed = []
    for kept in vault.studies():
        parts = [entry for key in dict.fromkeys(kept.shelves) for entry in files.get(key, ())]
        wanted = frozenset(range(kept.draws))
        for key in kept.shelves:
            wanted &= frozenset(draw for entry in files.get(key, ()) for draw in draws_of(_name(entry)))
        size = sum(entry.size for entry in parts)
        listed.append(Listed(kept, len(wanted), size, kept.code == code_hash()))
    return tuple(listed)


def by_shelf(vault: Vault) -> dict[str, list[Entry]]:
    """The files of every shelf, by its key."""
    found: dict[str, list[Entry]] = {}
    for entry in vault.ground.files(SHELVES):
        parts = entry.path.split("/")
        if len(parts) == 4:
            found.setdefault(parts[2], []).append(entry)
    return found


def _name(entry: Entry) -> str:
    return entry.path.rsplit("/", 1)[-1]


def open_run(
    vault: Vault, name: str, *, lines: bool = True, progress: Callable[[int, int], None] | None = None
) -> StudyResult:
    """The result of a run that was kept, from its draws; every file is verified by its hash.

    Args:
        lines: whether what the metrics are made of is wanted too.
        progress: called with (draws read, draws in all).

    Raises UnknownName when there is no such run; RunError when draws are missing, or this version cannot read it.
    """
    kept = vault.study(name)
    where = f"{vault.url}: run {kept.id}"
    filled = _Filled(kept, where)
    problems: list[Problem] = []
    total = len(kept.shelves) * kept.draws
    for number, key in enumerate(kept.shelves):
        shelf = vault.open_shelf(key)
        for first in range(0, kept.draws, SOME):
            some = range(first, min(first + SOME, kept.draws))
            for draw, table in shelf.get(some, lines=lines).items():
                filled.put(number, draw, table)
            if progress is not None:
                progress(number * kept.draws + some.stop, total)
        problems.extend(shelf.damaged)
    if filled.count < total:
        said = (f"{filled.count} of {total} draws of this run are here; run the study again with seed {kept.seed} and "
                f"{kept.draws} draws: only what is missing is computed")
        raise RunError([*problems, Problem(said, where)])
    return filled.result()


class _Filled:
    """The arrays of a run, filled draw by draw."""

    def __init__(self, kept: Kept, where: str) -> None:
        self.kept, self.where, self.count = kept, where, 0
        self.first: Table | None = None
        self.lines: dict[tuple[int, int], Lines] = {}

    def put(self, scenario: int, draw: int, table: Table) -> None:
        if self.first is None:
            check_metrics((metric for metric, _ in table.cells), self.kept.version, self.where)
            shape = (len(self.kept.shelves), self.kept.draws)
            self.first = table
            self.values = np.zeros((*shape, *table.values.shape))
            self.weights = np.zeros((*shape, *table.weights.shape))
        if (table.cells, table.months) != (self.first.cells, self.first.months):
            raise RunError(Problem("scenarios of this run hold different metrics, places or months", self.where))
        self.values[scenario, draw], self.weights[scenario, draw] = table.values, table.weights
        if table.lines is not None:
            self.lines[scenario, draw] = table.lines
        self.count += 1

    def result(self) -> StudyResult:
        if self.first is None:
            raise RunError(Problem("this run has no draws", self.where))
        kept = self.kept
        return StudyResult(
            study=kept.study, case=kept.case, case_hash=kept.case_hash, version=kept.version, seed=kept.seed,
            months=self.first.months, cells=self.first.cells, values=self.values, weights=self.weights,
            persons_per_room=kept.persons_per_room, currency=kept.currency, lines=self.lines)


@dataclass(frozen=True)
class Beside:
    """One metric of one scenario in two runs: its mean in each, over all places and all of both runs."""

    scenario: str
    metric: str
    unit: str
    one: float
    other: float


@dataclass(frozen=True)
class Versus:
    """Two runs side by side: what was asked differently, whether the numbers are the same, and the headlines."""

    apart: dict[str, tuple[str, str]]
    equal: bool
    rows: tuple[Beside, ...]
    missing: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Give both as plain data, for programs."""
        rows = [{**vars(row), "change": row.other - row.one} for row in self.rows]
        return {"apart": self.apart, "equal": self.equal, "missing": self.missing, "rows": rows}


def versus(one: StudyResult, other: StudyResult, metrics: Sequence[str] = HEADLINES) -> Versus:
    """Put two runs side by side, scenario by scenario, where both have one of that name.

    Scenarios that stand in one of them only are told in ``missing``.
    """
    shared = [name for name in one.scenarios if name in other.scenarios]
    missing = [name for name in (*one.scenarios, *other.scenarios) if name not in shared]
    rows = []
    for scenario in shared:
        for metric in metrics:
            if {metric} <= {name for name, _ in one.summary.metrics} & {name for name, _ in other.summary.metrics}:
                means = [each.summary.row(scenario, metric)["mean"] for each in (one, other)]
                rows.append(Beside(scenario, metric, unit_of(metric, one.currency), *means))
    told = [_told(one), _told(other)]
    apart = {name: (told[0][name], told[1][name]) for name in told[0] if told[0][name] != told[1][name]}
    equal = one.summary.to_csv() == other.summary.to_csv()
    return Versus(apart, equal, tuple(rows), tuple(missing))


def _told(result: StudyResult) -> dict[str, str]:
    """What was asked, in the words of the manifest; the amendments of each scenario too."""
    held = manifest(result)
    told = {name: str(held[name]) for name in ("case", "case_hash", "code_version", "seed", "draws", "from", "to")}
    told["study"] = str(held["study"]["name"])
    return told | {f"scenario {entry['name']}": "; ".join(entry["printed"]) for entry in held["scenarios"]}
