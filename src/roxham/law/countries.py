"""What a nationality means on a date: visa needed, removals stayed. Dated tables, read where nobody says it by hand.

A person of several nationalities needs a visa only if each of them does; a stay of removals serves whoever has one
nationality that it covers. Where the table says nothing the answer is unknown, and the burden of proof decides.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from roxham.law.expr import NAT, Column
from roxham.law.facts import NO_COUNTRY, NOT_SAID
from roxham.law.rules import Axis, Words

_COUNTRY_CODES = 26**3


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
        edges, tri = _lookup(self)
        span = np.zeros(len(when), dtype=np.int64)
        for edge in edges:
            span += when >= edge
        if (when == NAT).any():
            span[when == NAT] = len(tri) - 1
        span *= tri.shape[1]
        out = tri.ravel()[span + (nationalities[:, 0] - NO_COUNTRY)]
        join = np.minimum if self.combine == "all" else np.maximum
        for column in range(1, nationalities.shape[1]):
            out = join(out, tri.ravel()[span + (nationalities[:, column] - NO_COUNTRY)])
        said = np.array([-1, 1, 0], dtype=np.int8)[out]
        none = (nationalities == NO_COUNTRY).all(axis=1)
        return np.where(none, np.int8(NOT_SAID), said) if none.any() else said


@lru_cache(maxsize=16)
def _lookup(table: CountryTable) -> tuple[list[int], NDArray[np.int8]]:
    """Return the moments at which some answer changes, and the answer (1, 0 unknown, -1) by span and country.

    The last line is for a moment that is not known; the first two countries are no country and one not known.
    """
    lines = (*table.rows, *table.rest)
    edges = sorted({moment for row in lines for moment in (row.start, row.end) if moment is not None})
    tri = np.zeros((len(edges) + 2, _COUNTRY_CODES - NO_COUNTRY), dtype=np.int8)
    for row in reversed(lines):
        first = edges.index(row.start) + 1
        last = len(edges) + 1 if row.end is None else edges.index(row.end) + 1
        held = [country - NO_COUNTRY for country in row.countries] or slice(-NO_COUNTRY, None)
        tri[first:last, held] = (-1, 1, 0)[row.answer]
    tri[:, 0] = 1 if table.combine == "all" else -1
    return edges, tri


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
