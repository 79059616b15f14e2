"""When a study has enough draws: the aim that a reader sets, such as "claims ±2%".

An aim is looked at after fixed numbers of draws, so that the same seed always ends with the same draws, whoever does
the work. It is reached when the 95 % interval of the mean over draws (Student's t) is no wider, to either side, than
the aim says: for every scenario, or for its paired difference to the baseline.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

import numpy as np

from roxham.errors import Problem, SpecError, UnknownName, did_you_mean
from roxham.lab.summary import ALL, Numbers, StudyResult
from roxham.sim.metrics import METRICS

#: Words for several metrics together.
TOGETHER = {
    "claims": ("claims_land_border", "claims_airport", "claims_inland"),
    "entries": ("entries_irregular", "entries_undetected"),
    "cost": ("cost_federal", "cost_provincial", "cost_municipal"),
}
#: No mean is trusted with fewer draws.
FEWEST = 10
CONFIDENCE = 0.95
_AIM = re.compile(
    r"(?P<difference>difference (?:of|in) )?(?P<metric>[a-z_]+)(?: at (?P<place>[a-z0-9_]+))?"
    r"(?: in (?P<period>[0-9-]+|all))? ?(?:±|\+-|\+/-) ?(?P<width>[0-9]+(?:\.[0-9]+)?) ?(?P<percent>%)?"
)


@dataclass(frozen=True)
class Aim:
    """One number that is wanted so exactly: half the width of its interval, in its unit or per cent of its mean."""

    text: str
    metrics: tuple[str, ...]
    width: float
    percent: bool
    difference: bool = False
    place: str = ALL
    period: str = ALL

    def widths(self, result: StudyResult) -> Numbers:
        """Half the width of the interval of each scenario, in units of the aim: reached where none is above one.

        Raises UnknownName when the run has no such metric, place or period.
        """
        rows = np.array([
            sum(result.by_draw(scenario, metric, self.place, self.period) for metric in self.metrics)
            for scenario in result.scenarios])
        if self.difference:
            rows = rows[1:] - rows[0]
        half = half_width(rows)
        allowed = np.abs(rows.mean(axis=1)) * self.width / 100 if self.percent else np.full(len(rows), self.width)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(half == 0, 0.0, half / allowed)

    def said(self, worst: float) -> str:
        """The aim with the width that was reached, given in units of the aim.

        >>> Aim("claims ±2%", ("heard",), 2, True).said(0.65)
        'claims ±1.3%'
        """
        head = re.split(r" ?(?:±|\+-|\+/-)", self.text)[0]
        return f"{head} ±{worst * self.width:.2g}{'%' if self.percent else ''}"


@dataclass(frozen=True)
class Until:
    """All aims of a study; it has enough draws when all of them are reached.

    >>> until = Until.read("claims ±2%, difference of heard in 2022 +-500")
    >>> [(aim.metrics[0], aim.width, aim.percent, aim.difference, aim.period) for aim in until.aims]
    [('claims_land_border', 2.0, True, False, 'all'), ('heard', 500.0, False, True, '2022')]
    """

    aims: tuple[Aim, ...]

    @classmethod
    def read(cls, text: str) -> Self:
        """Read aims, separated by commas: `[difference of] METRIC [at PLACE] [in PERIOD] ±NUMBER[%]`.

        Raises SpecError when it cannot be read, UnknownName when there is no such metric.
        """
        return cls(tuple(_read(part.strip()) for part in text.split(",")))

    def reached(self, result: StudyResult) -> bool:
        """Whether the result is as exact as all aims ask."""
        return all(bool((aim.widths(result) <= 1).all()) for aim in self.aims)

    def told(self, result: StudyResult) -> list[str]:
        """How exact each aim is in the scenario where it is least so."""
        return [aim.said(float(aim.widths(result).max(initial=0.0))) for aim in self.aims]


def _read(text: str) -> Aim:
    found = _AIM.fullmatch(text)
    if found is None or not float(found["width"]):
        raise SpecError(f'--until: "{text}" cannot be read; write for example "claims ±2%" or '
                        '"difference of heard in 2022 ±500"')
    metrics = TOGETHER.get(found["metric"], (found["metric"],))
    if metrics[0] not in METRICS:
        said = f'--until: "{found["metric"]}" is not a metric'
        raise UnknownName(Problem(said, hint=did_you_mean(found["metric"], [*METRICS, *TOGETHER])))
    return Aim(text, metrics, float(found["width"]), bool(found["percent"]), bool(found["difference"]),
               found["place"] or ALL, found["period"] or ALL)


def half_width(rows: Numbers) -> Numbers:
    """Half the 95 % interval of the mean of each row, by Student's t; without limit for fewer than two draws.

    >>> half_width(np.array([[1.0, 2.0, 3.0, 4.0]])).round(3).tolist()
    [2.054]
    """
    from scipy.stats import t

    count = rows.shape[1]
    if count < 2:
        return np.full(len(rows), np.inf)
    factor = float(t.ppf((1 + CONFIDENCE) / 2, count - 1)) / math.sqrt(count)
    return np.asarray(rows.std(axis=1, ddof=1) * factor, dtype=np.float64)


def checkpoints(most: int) -> Iterator[int]:
    """The numbers of draws after which aims are looked at: each a third or a half more, and the last is the most.

    >>> list(checkpoints(100)), list(checkpoints(5))
    ([10, 15, 20, 30, 40, 60, 80, 100], [5])
    """
    step = FEWEST
    while step < most:
        yield step
        if step + step // 2 < most:
            yield step + step // 2
        step *= 2
    yield most
