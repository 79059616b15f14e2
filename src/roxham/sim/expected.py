"""What one person who sets out adds to each observed series, on average: the mean of the corridor, without chance.

Calibration divides observed counts by these to find the latent pressure; nothing here reads an observation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from roxham.law import OUTCOMES
from roxham.sim.choice import ELIGIBLE, ChoiceTable, choice_table, outcomes_by_law
from roxham.sim.corridor import Corridor

Floats = NDArray[np.float64]
DIRECTED = OUTCOMES.index("directed_back")


@dataclass(frozen=True)
class Expected:
    """Daily means per person who sets out; shapes (days, hubs, provinces) unless said.

    `intercepted` persons met between ports; `claims_between` those of them who may put a claim; `claims_port` claims at
    ports and `heard_port` those of them that may be heard; `claims_air` and `claims_late` (days, hubs);
    `crossings` (days, hubs, segments, 2: openly, hiding) persons who cross between ports.
    """

    days: NDArray[np.datetime64]
    intercepted: Floats
    claims_between: Floats
    claims_port: Floats
    heard_port: Floats
    claims_air: Floats
    claims_late: Floats
    crossings: Floats

    def monthly(self, name: str) -> Floats:
        """Mean over the days of each month."""
        values: Floats = getattr(self, name)
        month = self.days.astype("datetime64[M]").astype(np.int64)
        month = month - month[0]
        count = np.bincount(month)
        flat = values.reshape(len(self.days), -1)
        sums = np.stack([np.bincount(month, weights=column) for column in flat.T], axis=1)
        return (sums / count[:, None]).reshape(-1, *values.shape[1:])


def expected(corridor: Corridor, parameters: Mapping[str, float], start: date, end: date) -> Expected:
    """The corridor's daily means per person who sets out, by hub, under its law, roads and police.

    Those returned who try again count with the day of their first try.
    """
    table = choice_table(corridor, parameters, start, end)
    days = np.arange(np.datetime64(start, "D"), np.datetime64(end, "D") + 1)
    chance, related = _chances(corridor, table, days, parameters["anchored_share"])
    outcomes = outcomes_by_law(corridor, days, round(parameters["late_claim_days"]))
    hubs, provinces = chance.shape[1], len(corridor.provinces)
    shape = (len(days), hubs, provinces)
    met, port, heard = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    heard_between = np.zeros((len(days), hubs))

    def may_be_heard(way: str, all_of: Floats, of_related: Floats) -> Floats:
        shown = (outcomes[way + "+"] == ELIGIBLE)[:, None] * parameters["established_share"]
        return np.where((outcomes[way] == ELIGIBLE)[:, None], all_of, of_related * shown)

    air, late = np.zeros((len(days), hubs)), np.zeros((len(days), hubs))
    segments = tuple(corridor.world.segments)
    crossings = np.zeros((len(days), hubs, len(segments), 2))
    for j, option in enumerate(table.alternatives):
        if option.manner in ("present", "hide"):
            hides = option.manner == "hide"
            seen = corridor.detection(option.place, days) if hides else np.ones(len(days))
            p = corridor.province_index(option.province)
            met[:, :, p] += chance[:, :, j] * seen[:, None]
            heard_between += may_be_heard("between", chance[:, :, j], related[:, :, j]) * seen[:, None]
            late += chance[:, :, j] * (1 - seen)[:, None]
            crossings[:, :, segments.index(option.place), int(hides)] += chance[:, :, j]
        elif option.manner == "port":
            p = corridor.province_index(option.province)
            port[:, :, p] += chance[:, :, j]
            heard[:, :, p] += may_be_heard("port", chance[:, :, j], related[:, :, j])
        elif option.manner == "air":
            air += chance[:, :, j]
    may_claim = (outcomes["between"] != DIRECTED).astype(float)[:, None, None]
    at_port = (outcomes["port+"] != DIRECTED).astype(float)[:, None, None]
    gone = met.sum(axis=2) + port.sum(axis=2) - heard_between - heard.sum(axis=2)
    tries = 1 / (1 - parameters["retry_share"] * np.clip(gone, 0.0, 1.0))
    by_place = tries[:, :, None]
    return Expected(
        days, met * by_place, met * may_claim * by_place, port * at_port * by_place, heard * by_place, air * tries,
        late * tries, crossings * tries[:, :, None, None])


def _chances(
    corridor: Corridor, table: ChoiceTable, days: NDArray[np.datetime64], anchored_share: float
) -> tuple[Floats, Floats]:
    """Chance of each way to go, all groups mixed, and the part of it due to people with a relative.

    Shapes (days, hubs, alternatives).
    """
    first = np.searchsorted(table.key, np.arange(table.probability.shape[0]))
    shares = corridor.shares(days.astype("datetime64[M]"))[first]
    alone, related = (
        np.einsum("rhgj,rg->rhj", table.probability[:, :, a], shares)[table.key] for a in (0, 1))
    related = anchored_share * related
    return (1 - anchored_share) * alone + related, related


def open_days(corridor: Corridor, days: NDArray[np.datetime64]) -> NDArray[np.bool_]:
    """Days on which the law lets somebody without a relative be heard after crossing between ports."""
    outcome = outcomes_by_law(corridor, days, 20)["between"]
    return np.asarray(outcome == ELIGIBLE)
