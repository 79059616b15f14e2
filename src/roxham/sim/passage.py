"""The columns of a procedure: the cases that go in, their passage through each stage, and what came of all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from roxham.sim.account import Account
from roxham.sim.procedure import Leave, Outcome, Procedure
from roxham.sim.service import Served

Floats = NDArray[np.float64]
Days = NDArray[np.int32]
Rows = NDArray[np.int64]
#: A day index that never comes.
NEVER = np.int32(2**30)


@dataclass(frozen=True)
class Cases:
    """Columns of cases: day of entry, persons, lasting number, start (its place in `starts`), and traits.

    A trait is a column of codes and the words they stand for; the codes of `group` also index the measures.
    """

    day: Days
    size: Days
    number: NDArray[np.uint64]
    start: NDArray[np.int8]
    traits: Mapping[str, tuple[NDArray[np.int64], Sequence[str]]] = field(default_factory=dict)

    def __len__(self) -> int:
        return int(self.day.shape[0])

    @classmethod
    def daily(cls, persons: Floats, *, size: int = 1) -> Cases:
        """Cases from an intake of each day, in persons; each case counts `size` of them, and fractions carry over.

        >>> Cases.daily(np.array([1.5, 1.5, 0.0])).day.tolist()
        [0, 1, 1]
        """
        until = np.floor(np.cumsum(persons) / size + 1e-9).astype(np.int64)
        day = np.repeat(np.arange(persons.size), np.diff(until, prepend=0)).astype(np.int32)
        return cls(day, np.full(day.size, size, dtype=np.int32), np.arange(day.size, dtype=np.uint64),
                   np.zeros(day.size, dtype=np.int8))


@dataclass(frozen=True)
class Passage:
    """What one stage did, one row per case that entered it: its row, days, and outcome.

    Attributes:
        row: row in `Course.cases`.
        entered: day of entry; negative for a backlog.
        left: day of leaving; NEVER where the run ended first.
        outcome: place in `names`; -1 where the case is still there.
        names: the outcomes in order; leaving before one's turn comes last.
        served: the record of the service, row for row; None for a delay.
    """

    row: Rows
    entered: Days
    left: Days
    outcome: NDArray[np.int8]
    names: tuple[str, ...]
    served: Served | None

    def by(self, name: str) -> NDArray[np.bool_]:
        """Which rows left with this outcome."""
        return np.asarray(self.outcome == self.names.index(name))


@dataclass(frozen=True)
class Course:
    """What a procedure did: the passage through each stage, everybody's state, and the cases (backlog in front)."""

    procedure: Procedure
    cases: Cases
    backlog: int
    days: NDArray[np.datetime64]
    passages: Mapping[str, Passage]
    account: Account

    def persons(self, stage: str) -> Days:
        """Persons of each row of a passage."""
        return self.cases.size[self.passages[stage].row]

    def stock(self, stage: str) -> Floats:
        """Persons in a stage at the end of each day."""
        passage, size, n = self.passages[stage], self.persons(stage), self.days.size
        came = np.bincount(np.maximum(passage.entered, 0), size, minlength=n)[:n]
        gone = np.bincount(np.minimum(passage.left, n), size, minlength=n + 1)[:n]
        return np.cumsum(came - gone)

    def table(self) -> list[dict[str, Any]]:
        """Persons by stage and year: came, left (by outcome), pending at the end; and mean days of those who left."""
        years = self.days.astype("datetime64[Y]").astype(np.int64) + 1970
        out = []
        for name, passage in self.passages.items():
            size, stock, n = self.persons(name), self.stock(name), self.days.size
            year = np.concatenate([years, [0]])
            came, left = year[np.clip(passage.entered, 0, n)], year[np.minimum(passage.left, n)]
            came = np.where(passage.entered < 0, 0, came)
            for one in np.unique(years).tolist():
                gone = left == one
                stay = float(((passage.left - passage.entered) * size)[gone].sum())
                out.append({
                    "stage": name, "year": one, "came": int(size[came == one].sum()), "left": int(size[gone].sum()),
                    **{way: int(size[gone & passage.by(way)].sum()) for way in passage.names},
                    "pending": float(stock[years == one][-1]), "days": stay / max(int(size[gone].sum()), 1)})
        return out

    def marked(self) -> dict[str, Days]:
        """Day of each mark that the procedure names, one column per mark over all cases; NEVER where it never came."""
        out: dict[str, Days] = {}
        for name, stage in self.procedure.stages.items():
            passage = self.passages[name]
            ways: list[Outcome | Leave] = [*stage.outcomes, *([stage.leave] if stage.leave else [])]
            chosen = [(way.mark, passage.by(way.name)) for way in ways if way.mark]
            for mark, mask in [*chosen, *([(stage.mark, passage.outcome >= 0)] if stage.mark else [])]:
                column = out.setdefault(mark, np.full(len(self.cases), NEVER, dtype=np.int32))
                column[passage.row[mask]] = passage.left[mask]
        return out
