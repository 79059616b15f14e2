"""What a folder of a walk holds, as arrays: places, links, closures, conflict by day, and what was observed.

Days are whole numbers from 0, the day `StartDate` of `sim_period.csv`. Places are numbered in the order of
`locations.csv`, links in the order of `routes.csv`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from roxham.walk.faults import Fault
from roxham.walk.settings import Settings

__all__ = ["Closure", "Correction", "Counts", "Demographic", "Folder", "Links", "Observed", "Places"]

Whole = NDArray[np.int64]
Real = NDArray[np.float64]
Flag = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Places:
    """The rows of `locations.csv`: towns, zones of conflict, camps and the like.

    `people` is the population (0 for camps), `capacity` the capacity of camps (0: no limit; -1 where the place is no
    camp); `kind` the text of the type column; `attributes` every further column as text.
    """

    name: tuple[str, ...]
    region: tuple[str, ...]
    country: tuple[str, ...]
    latitude: Real
    longitude: Real
    kind: tuple[str, ...]
    conflict_day: Whole
    people: Whole
    capacity: Whole
    attributes: Mapping[str, tuple[str, ...]]
    line: Whole

    def __len__(self) -> int:
        return len(self.name)

    def has(self, word: str) -> Flag:
        """Say for each place whether its type contains a word (`camp`, `idp`, `conflict`, `town`, ...)."""
        return np.array([word in kind.casefold() for kind in self.kind], dtype=np.bool_)

    @property
    def is_camp(self) -> Flag:
        """Whether each place is a camp, of refugees or of displaced people."""
        return self.has("camp")

    @property
    def is_idp_camp(self) -> Flag:
        """Whether each place is a camp of people displaced within their country."""
        return self.has("camp") & self.has("idp")

    @property
    def is_foreign(self) -> Flag:
        """Whether each place lies in another country than the first of the file."""
        return np.array([country != self.country[0] for country in self.country], dtype=np.bool_)

    def index(self, name: str) -> int:
        """Return the number of a place, or -1 when no place has the name."""
        return self.name.index(name) if name in self.name else -1


@dataclass(frozen=True, slots=True)
class Links:
    """The rows of `routes.csv`: each joins two places, in both directions, over some kilometres."""

    first: Whole
    second: Whole
    km: Real
    redirection: Whole
    attributes: Mapping[str, tuple[str, ...]]
    line: Whole

    def __len__(self) -> int:
        return len(self.km)


@dataclass(frozen=True, slots=True)
class Closure:
    """One row of `closures.csv`: from the day `start` something is closed, from the day `end` open again."""

    kind: str
    first: str
    second: str
    start: int
    end: int
    line: int


@dataclass(frozen=True, slots=True)
class Correction:
    """One row of `registration_corrections.csv`: a re-registration that scales all that was counted before it."""

    name: str
    day: int
    line: int


@dataclass(frozen=True, slots=True)
class Counts:
    """One file of counted people: days since the start (in the order of the file) and how many there were."""

    file: str
    days: Whole
    people: Real
    line: Whole


@dataclass(frozen=True, slots=True)
class Observed:
    """One row of `data_layout.csv`: a destination's name, its place (-1 when it is none) and its files."""

    name: str
    place: int
    files: tuple[Counts, ...]
    line: int


@dataclass(frozen=True, slots=True)
class Demographic:
    """One `demographics_NAME.csv`: the values of an attribute and their weights by place (`Default` elsewhere)."""

    name: str
    values: tuple[str, ...]
    weights: Mapping[str, Real]


@dataclass(frozen=True, slots=True)
class Folder:
    """Everything that a walk knows, read from a folder by `roxham.walk.read_folder`.

    `conflict` has the shape (days, places): the intensity of conflict in each place on each day, 0 for none; `food`
    and `flood` have the same shape, or are None without such a file (percent of people in food crisis; level of the
    water). `observed` are the destinations with counts, `total` the row `total` of the layout. `faults` are those
    that do not stop a run.
    """

    path: Path
    places: Places
    links: Links
    closures: tuple[Closure, ...]
    conflict: Real
    start: date
    days: int
    observed: tuple[Observed, ...]
    total: Observed | None
    corrections: tuple[Correction, ...]
    settings: Settings
    demographics: tuple[Demographic, ...] = ()
    food: Real | None = None
    flood: Real | None = None
    listed: Mapping[int, int] = field(default_factory=dict)
    changes: tuple[tuple[int, int, str], ...] = ()
    major_routes: tuple[tuple[int, ...], ...] = ()
    faults: tuple[Fault, ...] = ()

    @property
    def destinations(self) -> tuple[str, ...]:
        """The names of the observed destinations that are places, in the order of `data_layout.csv`."""
        return tuple(one.name for one in self.observed if one.place >= 0)

    def day(self, number: int) -> date:
        """Return the civil day with this number."""
        return self.start + timedelta(days=number)
