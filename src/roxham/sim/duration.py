"""How long something takes, as declared data: fixed, empirical, or any phase-type distribution.

A duration is drawn from a named stream, so one party takes the same time in every scenario whatever else changes.
Fixed, empirical, exponential, geometric and Erlang durations are the inverse of their distribution at one number of
the stream: with another mean everybody's time is scaled. Hyperexponential and phase-type durations follow the
phases one by one, with two numbers for each.
"""

from __future__ import annotations

from typing import Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from roxham.errors import SpecError
from roxham.spec import Number, Spec, Status, check_standing
from roxham.streams import Streams

Floats = NDArray[np.float64]
Shape = Literal["fixed", "exponential", "geometric", "erlang", "empirical", "hyperexponential", "phase_type"]

#: What each shape is told, besides `phases` of the Erlang.
TOLD: dict[str, tuple[str, ...]] = {
    "fixed": ("mean",), "exponential": ("mean",), "geometric": ("mean",), "erlang": ("mean", "phases"),
    "empirical": ("parts",), "hyperexponential": ("parts",), "phase_type": ("start", "rates"),
}  # fmt: skip


class Part(Spec):
    """One value of an empirical duration with its weight, or one mean of a hyperexponential; in days."""

    days: float = Field(ge=0)
    weight: float = Field(gt=0)


class DurationSpec(Spec):
    """A duration in days: its shape and what that shape is told.

    `mean` is a number of the case. `parts`, or `start` and `rates`, are tables: `status`, `source`, `low` and `high`
    tell where they stand, with the range of the mean that they give. `rates` is the sub-generator of a phase-type
    distribution, in events per day: rates from phase to phase, and on the diagonal minus the rate of leaving.

    >>> from roxham.spec import parse_yaml
    >>> stay = parse_yaml("{shape: erlang, phases: 2, mean: {value: 60, unit: days, status: assumed, low: 30,"
    ...                   " high: 90}}", DurationSpec)
    >>> mean_days(stay), second_moment(stay)
    (60.0, 5400.0)
    """

    shape: Shape
    mean: Number | None = None
    phases: int | None = Field(default=None, ge=1)
    parts: list[Part] = []
    start: list[float] = []
    rates: list[list[float]] = []
    status: Status | None = None
    low: float | None = None
    high: float | None = None
    source: str | None = None
    note: str | None = None

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        given = {name for name in ("mean", "phases", "parts", "start", "rates") if getattr(self, name)}
        missing = [name for name in TOLD[self.shape] if name not in given]
        surplus = sorted(given - set(TOLD[self.shape]))
        if missing or surplus:
            said = [f"needs {' and '.join(missing)}"] if missing else []
            said += [f"takes no {' and no '.join(surplus)}"] if surplus else []
            raise SpecError(f"a duration of shape {self.shape} {' and '.join(said)}")
        if self.mean is not None:
            least = 1.0 if self.shape == "geometric" else 0.0
            if self.mean.unit not in ("day", "days") or self.mean.value < least:
                found = f"{self.mean.value:g} {self.mean.unit}"
                raise SpecError(f"a mean is a number of days, {least:g} or more; not {found}")
            return self
        if self.rates:
            _check_phases(np.array(self.start), self.rates)
        if self.status is None:
            raise SpecError("a table of durations needs a status")
        check_standing(mean_days(self), self.status, self.low, self.high, self.source)
        return self


def _check_phases(start: Floats, rows: list[list[float]]) -> None:
    """Raise SpecError unless these are the start and the sub-generator of a phase-type distribution."""
    if any(len(row) != len(rows) for row in rows) or start.size != len(rows):
        raise SpecError(f"rates must be square, with one start per phase; {start.size} starts, {len(rows)} rows")
    rates = np.array(rows)
    inside = rates - np.diag(np.diag(rates))
    if (start < 0).any() or start.sum() > 1 + 1e-9:
        raise SpecError("the shares of start are 0 or more and sum to 1 or less")
    if (inside < 0).any() or (rates.sum(axis=1) > 1e-9).any() or np.linalg.matrix_rank(rates) < len(rows):
        raise SpecError("rates between phases are 0 or more, rows sum to 0 or less, and every phase must end")


def _weights(spec: DurationSpec) -> tuple[Floats, Floats]:
    """Days and shares of the parts."""
    weight = np.array([part.weight for part in spec.parts])
    return np.array([part.days for part in spec.parts]), weight / weight.sum()


def _moment(spec: DurationSpec, order: int) -> float:
    """The first or second moment, exactly."""
    if spec.mean is not None:
        mean = spec.mean.value
        if order == 1:
            return mean
        variance = {"fixed": 0.0, "exponential": mean**2, "geometric": mean**2 - mean,
                    "erlang": mean**2 / (spec.phases or 1)}[spec.shape]  # fmt: skip
        return variance + mean**2
    if spec.parts:
        days, share = _weights(spec)
        twice = 2.0 if spec.shape == "hyperexponential" and order == 2 else 1.0
        return float(twice * (share * days**order).sum())
    inverse = np.linalg.inv(-np.array(spec.rates))
    ones = np.ones(len(spec.rates))
    once = np.array(spec.start) @ inverse
    return float(once @ ones if order == 1 else 2 * once @ inverse @ ones)


def mean_days(spec: DurationSpec) -> float:
    """The mean of a duration, in days, exactly."""
    return _moment(spec, 1)


def second_moment(spec: DurationSpec) -> float:
    """The mean square of a duration, in days squared, exactly."""
    return _moment(spec, 2)


def draw_days(spec: DurationSpec, streams: Streams, process: str, number: NDArray[np.uint64]) -> Floats:
    """Draw the duration of each party, in days, from the stream of a process.

    Args:
        spec: the duration.
        streams: random numbers of the draw.
        process: the name of the stream.
        number: the number of each party; the same number takes the same time.

    >>> import numpy as np
    >>> from roxham.spec import parse_yaml
    >>> spec = parse_yaml("{shape: empirical, parts: [{days: 1, weight: 3}, {days: 9, weight: 1}], status: assumed,"
    ...                   " low: 1, high: 9}", DurationSpec)
    >>> draw_days(spec, Streams(1, 0), "stay", np.arange(6, dtype=np.uint64)).tolist()
    [1.0, 1.0, 1.0, 1.0, 9.0, 1.0]
    """
    if spec.shape == "fixed":
        return np.full(number.size, mean_days(spec))
    if spec.shape == "phase_type":
        return _phases(spec, streams, process, number)
    u = streams.uniform(process, number)
    if spec.parts:
        days, share = _weights(spec)
        chosen = days[np.minimum(np.searchsorted(np.cumsum(share), u), days.size - 1)]
        if spec.shape == "empirical":
            return chosen
        return np.asarray(-np.log(streams.uniform(process, number, 1)) * chosen, dtype=np.float64)
    mean = mean_days(spec)
    if spec.shape == "exponential":
        return np.asarray(-np.log(u) * mean, dtype=np.float64)
    if spec.shape == "geometric":
        if mean == 1.0:
            return np.ones(number.size)
        return np.asarray(1.0 + np.floor(np.log(u) / np.log1p(-1.0 / mean)), dtype=np.float64)
    from scipy.special import gammainccinv

    phases = spec.phases or 1
    return np.asarray(gammainccinv(phases, u) * mean / phases, dtype=np.float64)


def _phases(spec: DurationSpec, streams: Streams, process: str, number: NDArray[np.uint64]) -> Floats:
    """Follow each party from phase to phase until it leaves the last one."""
    rates = np.array(spec.rates)
    leaving = -np.diag(rates)
    jump = (rates + np.diag(leaving)) / leaving[:, None]
    onward = np.cumsum(jump, axis=1)
    total = np.zeros(number.size)
    phase = np.searchsorted(np.cumsum(spec.start), streams.uniform(process, number))
    step = 1
    rows = np.flatnonzero(phase < leaving.size)
    while rows.size:
        here = phase[rows]
        total[rows] += -np.log(streams.uniform(process, number[rows], step)) / leaving[here]
        phase[rows] = (streams.uniform(process, number[rows], step + 1)[:, None] > onward[here]).sum(axis=1)
        rows = rows[phase[rows] < leaving.size]
        step += 2
    return total
