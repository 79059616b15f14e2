"""Parties and persons as columns: monthly levels of people become rows, one row per family travelling together.

Every party has a lasting number, made from the cell it arrives in (stream, month, place, group) and its rank there,
so the same party appears in every scenario and every chance that befalls it is drawn from its own number.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from roxham.streams import Streams

Floats = NDArray[np.float64]
#: The streams of people: those who set out for the land border, and those who claim elsewhere by other ways.
STREAMS = ("corridor", "airport", "inland", "land_port")
#: The offices where claims are made.
OFFICES = ("land_border", "airport", "inland")
_RANK_BITS, _FIELD_BITS = 24, 6


@dataclass(frozen=True)
class Parties:
    """One row per party: what it is and when it appears.

    `number` identifies the party; `day` is the day index of its appearance; `origin` indexes hubs (corridor) or
    provinces (other streams); `settle` indexes the province where it means to live; `anchored` says that a qualifying
    relative lives in Canada and `shown` that an officer would be satisfied of it.
    """

    number: NDArray[np.uint64]
    stream: NDArray[np.int8]
    group: NDArray[np.int8]
    origin: NDArray[np.int8]
    size: NDArray[np.int32]
    day: NDArray[np.int32]
    anchored: NDArray[np.bool_]
    shown: NDArray[np.bool_]
    settle: NDArray[np.int8]

    def __len__(self) -> int:
        return int(self.number.shape[0])

    @property
    def persons(self) -> int:
        """How many persons the parties hold."""
        return int(self.size.sum())

    def take(self, rows: NDArray[np.int64] | NDArray[np.bool_]) -> Self:
        """The same columns for some of the rows."""
        return replace(self, **{f.name: getattr(self, f.name)[rows] for f in fields(self)})

    @staticmethod
    def join(parts: Sequence[Parties]) -> Parties:
        """All rows of several tables, in order."""
        return Parties(*(np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(Parties)))


def cell_number(stream: int, month: NDArray[np.int64], origin: NDArray[np.int64], group: NDArray[np.int64]) -> (
        NDArray[np.uint64]):
    """The lasting number of an arrival cell; `month` counts months from year 0."""
    packed = ((stream << 16 | month) << _FIELD_BITS | origin) << _FIELD_BITS | group
    return np.asarray(packed, dtype=np.uint64) << np.uint64(_RANK_BITS)


def pick(cumulative: Floats, uniform: Floats) -> NDArray[np.int64]:
    """The category that each uniform number falls in; `cumulative` has one row per draw or one row for all.

    Example:
        >>> pick(np.array([0.2, 1.0]), np.array([0.1, 0.9])).tolist()
        [0, 1]
    """
    found = (uniform[:, None] >= cumulative).sum(axis=1)
    return np.asarray(np.minimum(found, cumulative.shape[-1] - 1), dtype=np.int64)


def arrivals(
    streams: Streams, stream: str, persons: Floats, months: NDArray[np.datetime64], shares: Floats, sizes: Floats,
    settle: Floats, anchored_share: float, shown_share: float, multiply: Floats | None = None,
) -> Parties:
    """Turn monthly levels of persons into parties.

    `persons` has shape (months, origins); `shares` (months, groups); `sizes` (groups, sizes from 1 up); `settle`
    (origins, groups, provinces). Counts of parties are Poisson by inversion from one number per cell, so a larger level
    only adds parties. `multiply`, of shape (months, origins, groups), scales the pressure without renumbering anybody.
    """
    kind = STREAMS.index(stream)
    mean_size = sizes @ np.arange(1, sizes.shape[1] + 1)
    expected = persons[:, :, None] * (shares / mean_size)[:, None, :]
    if multiply is not None:
        expected = expected * multiply
    m, o, g = (axis.ravel() for axis in np.indices(expected.shape))
    calendar = months.astype("datetime64[M]").astype(np.int64) + 1970 * 12
    cell = cell_number(kind, calendar[m], o, g)
    count = _poisson(expected.ravel(), streams.uniform(f"{stream}.count", cell))
    row = np.repeat(np.arange(cell.shape[0]), count)
    first = np.repeat(np.cumsum(count) - count, count)
    number = cell[row] + (np.arange(row.shape[0]) - first).astype(np.uint64)
    starts = months.astype("datetime64[D]")
    length = ((months + 1).astype("datetime64[D]") - starts).astype(np.int64)
    start = (starts - starts[0]).astype(np.int64)
    day = start[m[row]] + np.floor(streams.uniform(f"{stream}.day", number) * length[m[row]]).astype(np.int64)
    size = 1 + pick(np.cumsum(sizes, axis=1)[g[row]], streams.uniform(f"{stream}.size", number))
    home = pick(np.cumsum(settle, axis=2)[o[row], g[row]], streams.uniform(f"{stream}.settle", number))
    anchored = streams.uniform(f"{stream}.anchored", number) < anchored_share
    shown = anchored & (streams.uniform(f"{stream}.shown", number) < shown_share)
    return Parties(
        number=number, stream=np.full(row.shape[0], kind, dtype=np.int8), group=g[row].astype(np.int8),
        origin=o[row].astype(np.int8), size=size.astype(np.int32), day=day.astype(np.int32),
        anchored=anchored, shown=shown, settle=home.astype(np.int8),
    )


def _poisson(mean: Floats, uniform: Floats) -> NDArray[np.int64]:
    """Poisson counts by inverting the distribution at `uniform`: the least count whose chance of no more reaches it.

    A guess (Cornish and Fisher) is put right by the distribution itself.
    """
    from scipy.special import ndtri, pdtr

    normal = ndtri(uniform)
    count = np.maximum(np.floor(mean + np.sqrt(mean) * normal + (normal * normal - 1) / 6), 0.0)
    low = np.flatnonzero(pdtr(count, mean) < uniform)
    while low.size:
        count[low] += 1
        low = low[pdtr(count[low], mean[low]) < uniform[low]]
    high = np.flatnonzero((count > 0) & (pdtr(np.maximum(count - 1, 0), mean) >= uniform))
    while high.size:
        count[high] -= 1
        high = high[(count[high] > 0) & (pdtr(np.maximum(count[high] - 1, 0), mean[high]) >= uniform[high])]
    found: NDArray[np.int64] = count.astype(np.int64)
    return found
