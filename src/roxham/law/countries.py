"""What a nationality means on a date: visa needed, removals stayed. Dated tables, read where nobody says it by hand.

A person of several nationalities needs a visa only if each of them does; a stay of removals serves whoever has one
nationality that it covers. Where the table says nothing the answer is unknown, and the burden of proof decides.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from roxham.law.expr import NAT, Column
from roxham.law.facts import NO_COUNTRY, NOT_SAID
from roxham.law.rules import Axis, Words


@dataclass(frozen=True, slots=True)
class CountryRow:
    """These countries have this answer (1 yes, 0 no, -1 unknown) from `start` until before `end` (seconds)."""

    countries: tuple[int, ...]
    answer: int
    start: int
    end: int | None


@dataclass(frozen=True, slots=True)
class CountryTable:
    """A yes/no fact by nationality and date; the first line that fits decides, the last ones hold for the rest."""

    fact: str
    on: Axis
    combine: Literal["any", "all"]
    cite: str
    label: Words
    rows: tuple[CountryRow, ...]
    rest: tuple[CountryRow, ...]

    def answers(self, nationalities: NDArray[np.int64], when: NDArray[np.int64]) -> NDArray[np.int8]:
        """Return the answer of each person; nationalities has one row per person, `when` is in seconds."""
        shape = (len(when), nationalities.shape[1])
        moment = np.broadcast_to(when[:, None], shape)
        out = np.full(shape, -1, dtype=np.int8)
        for row in reversed((*self.rows, *self.rest)):
            fits = np.isin(nationalities, row.countries) if row.countries else nationalities >= 0
            fits = fits & (moment != NAT) & (moment >= row.start)
            if row.end is not None:
                fits &= moment < row.end
            out[fits] = row.answer
        none = nationalities == NO_COUNTRY
        tri = np.where(out < 0, 0, np.where(out == 1, 1, -1)).astype(np.int8)
        if self.combine == "all":
            settled = np.where(none, 1, tri).min(axis=1)
        else:
            settled = np.where(none, -1, tri).max(axis=1)
        said = np.array([0, -1, 1], dtype=np.int8)[settled + 1]
        return np.where(none.all(axis=1), np.int8(NOT_SAID), said)


def by_country(table: CountryTable, given: Column | None, nationalities: NDArray[np.int64] | None, when: Column,
               default: Column) -> Column:
    """Return the fact of everybody: as given by hand, else by the table, else the default.

    `given` may hold `NOT_SAID`; `nationalities` is None where nobody's are told, one row for everybody or one each.
    """
    if given is not None and (given.low is None or given.low > NOT_SAID):
        return given
    if nationalities is None:
        return default
    size = max(len(nationalities), np.size(when.value), 1 if given is None else np.size(given.value))
    held = np.broadcast_to(nationalities, (size, nationalities.shape[1]))
    read = table.answers(held, np.broadcast_to(np.asarray(when.value, dtype=np.int64), (size,)))
    read = np.where(read == NOT_SAID, default.value, read).astype(np.int8)
    if given is not None:
        read = np.where(np.asarray(given.value) == NOT_SAID, read, given.value).astype(np.int8)
    return Column.of(int(read[0]) if size == 1 else read)
