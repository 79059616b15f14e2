"""Which way people go: a multinomial logit over every stretch of border, every port, air, and staying.

The utility of an alternative is a constant, plus `b_heard` times the perceived chance that the claim is heard, less
`b_returned` times that of being returned under the Agreement (which bars a later claim; being directed back does not),
less terms for cost, hours and danger, plus ties to the province it leads to; a known place loses part of its advantage
when people without a relative in Canada stop going there. Both chances come from the law layer, evaluated on
archetypal people for every day, so that a treaty, a closed road, a police post and a bus ticket all act through named
terms and displacement is an output. Staying in the United States has utility zero.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from roxham.law import OUTCOMES, decide
from roxham.sim.compiled import compiled

if TYPE_CHECKING:
    from roxham.sim.corridor import Corridor

Floats = NDArray[np.float64]
ELIGIBLE = OUTCOMES.index("eligible")
RETURN = OUTCOMES.index("ineligible_return_to_US")
#: Hours after entry at which a person who crossed unseen makes the claim at once.
AT_ONCE_DAYS = 2
SAME = 1e-6


@dataclass(frozen=True)
class Alternative:
    """One way to go: a place and a manner (`present` to the police, `hide`, a `port`, `air`, or `stay`)."""

    place: str
    manner: str
    province: str


@dataclass(frozen=True)
class ChoiceTable:
    """Choice probabilities for every distinct day.

    `key[day]` is the row of `probability`, whose shape is (rows, hubs, anchored 0/1, groups, alternatives); `waits`
    says whether somebody who crossed unseen would wait (rows, anchored 0/1).
    """

    alternatives: tuple[Alternative, ...]
    key: NDArray[np.int32]
    probability: Floats
    waits: NDArray[np.bool_]

    @cached_property
    def cumulative(self) -> Floats:
        """Probabilities added up along the alternatives."""
        return np.cumsum(self.probability, axis=-1)

    def pick(
        self, day: NDArray[np.int32], hub: NDArray[np.int8], anchored: NDArray[np.bool_], group: NDArray[np.int8],
        uniform: Floats,
    ) -> NDArray[np.int64]:
        """The alternative that each party takes: the one that its uniform number falls in."""
        chance = self.cumulative
        of = np.ravel_multi_index(
            (self.key[day].astype(np.int64), hub.astype(np.int64), anchored.astype(np.int64), group.astype(np.int64)),
            chance.shape[:-1])
        out = np.empty(day.shape[0], dtype=np.int64)
        compiled(_pick, "void(float64[:, ::1], int64[::1], float64[::1], int64[::1])")(
            np.ascontiguousarray(chance.reshape(-1, chance.shape[-1])), of, uniform, out)
        return out

    def index(self, manner: str) -> NDArray[np.int64]:
        """Positions of the alternatives of one manner."""
        return np.array([i for i, a in enumerate(self.alternatives) if a.manner == manner], dtype=np.int64)


def _pick(chance: Floats, of: NDArray[np.int64], uniform: Floats, out: NDArray[np.int64]) -> None:
    """For each row, how many of its cumulative chances its uniform number has reached, and not past the last."""
    last = chance.shape[1] - 1
    for row in range(of.shape[0]):
        count = 0
        for option in range(last + 1):
            if uniform[row] >= chance[of[row], option]:
                count += 1
        out[row] = min(count, last)


def alternatives(corridor: Corridor) -> tuple[Alternative, ...]:
    """Every way to go, in a fixed order: present, hide, port, air, stay."""
    segments = list(corridor.world.segments)
    found = [Alternative(s, manner, corridor.province_of(s)) for manner in ("present", "hide") for s in segments]
    found += [Alternative(p, "port", corridor.province_of(p)) for p in corridor.choice.ports]
    return (*found, Alternative("air", "air", ""), Alternative("stay", "stay", ""))


def days_of(start: date, end: date) -> NDArray[np.datetime64]:
    """Every civil day from `start` to `end`, both included."""
    return np.arange(np.datetime64(start, "D"), np.datetime64(end, "D") + 1)


def outcomes_by_law(corridor: Corridor, days: NDArray[np.datetime64], late_days: int) -> dict[str, NDArray[np.int8]]:
    """What the law of each day makes of a claim, by way of arriving: outcome codes, shape (days,).

    Keys are `way` for somebody without a relative and `way+` for somebody whose relative in Canada is shown:
    `between` (met at the border), `inland_soon`, `inland_late` (after crossing unseen), `port`, `air`.
    """
    noon = days.astype("datetime64[s]") + np.timedelta64(12, "h")
    ways = {
        "between": ("between_poe_land", "between_poe_intercept", 0),
        "inland_soon": ("between_poe_land", "inland_office", AT_ONCE_DAYS),
        "inland_late": ("between_poe_land", "inland_office", late_days),
        "port": ("land_poe", "land_poe", 0),
        "air": ("airport_poe", "airport_poe", 0),
    }
    out: dict[str, NDArray[np.int8]] = {}
    for way, (entry_place, claim_place, lag) in ways.items():
        claim = noon + np.timedelta64(lag, "D")
        for mark, shown in (("", False), ("+", True)):
            facts: dict[str, object] = {
                "entry_place": entry_place, "claim_place": claim_place,
                "entry_at": noon, "claim_at": claim, "as_of": claim.astype("datetime64[D]"),
            }
            facts |= corridor.anchor_facts(np.array(1 if shown else 0, dtype=np.int8))
            outcome = decide(corridor.law, facts, corridor.readings).outcome
            out[way + mark] = np.broadcast_to(outcome, days.shape)
    return out


def perceived(actual: Floats, half_life_days: float) -> Floats:
    """What people believe the law to be: it follows the law with a half-life in days.

    Example:
        >>> perceived(np.array([1.0, 0.0, 0.0]), 1.0).tolist()
        [1.0, 0.5, 0.25]
    """
    keep = 0.5 ** (1.0 / max(half_life_days, 1e-6))
    out = np.empty_like(actual)
    changes = np.flatnonzero(np.diff(actual)) + 1
    believed, begin = float(actual[0]), 0
    for end in (*changes.tolist(), actual.shape[0]):
        gap = believed - actual[begin]
        steps = np.arange(end - begin) + (1 if begin else 0)
        out[begin:end] = actual[begin] + gap * keep**steps
        believed, begin = float(out[end - 1]), end
    return out


@dataclass(frozen=True)
class Beliefs:
    """Perceived chances by way of arriving, shape (days,): that the claim is heard, that the person is returned."""

    heard: Mapping[str, Floats]
    returned: Mapping[str, Floats]

    @staticmethod
    def of(outcomes: Mapping[str, NDArray[np.int8]], half_life_days: float) -> Beliefs:
        """What people believe, from what the law of each day makes of each way of arriving."""
        def lag(code: int) -> dict[str, Floats]:
            return {w: perceived((o == code).astype(np.float64), half_life_days) for w, o in outcomes.items()}

        return Beliefs(lag(ELIGIBLE), lag(RETURN))


def _by_alternative(
    corridor: Corridor, beliefs: Beliefs, options: Sequence[Alternative], days: NDArray[np.datetime64],
    parameters: Mapping[str, float],
) -> tuple[Floats, NDArray[np.bool_]]:
    """The law's part of the utility, shape (days, anchored 0/1, alternatives), and who would wait after crossing."""
    n = days.shape[0]
    value = np.zeros((n, 2, len(options)))
    waits = np.zeros((n, 2), dtype=bool)
    for anchored in (0, 1):
        weight = parameters["established_share"] * anchored

        def worth(way: str, weight: float = weight) -> tuple[Floats, Floats]:
            heard, returned = (
                (1 - weight) * chances[way] + weight * chances[way + "+"]
                for chances in (beliefs.heard, beliefs.returned))
            return heard, parameters["b_heard"] * heard - parameters["b_returned"] * returned

        (soon, soon_worth), (late, late_worth), (_, met) = (
            worth(way) for way in ("inland_soon", "inland_late", "between"))
        waits[:, anchored] = late > soon + SAME
        unseen = np.where(waits[:, anchored], late_worth, soon_worth)
        for j, option in enumerate(options):
            if option.manner == "present":
                value[:, anchored, j] = met
            elif option.manner == "hide":
                caught = corridor.detection(option.place, days)
                value[:, anchored, j] = (1 - caught) * unseen + caught * met
            elif option.manner in ("port", "air"):
                value[:, anchored, j] = worth(option.manner)[1]
    return value, waits


def _fixed_terms(
    corridor: Corridor, parameters: Mapping[str, float], options: Sequence[Alternative], on: date
) -> Floats:
    """Everything in the utility but the law and the constant of the road, shape (hubs, groups, alternatives)."""
    hubs, groups = tuple(corridor.choice.hubs), corridor.groups
    out = np.zeros((len(hubs), len(groups), len(options)))
    ties = corridor.ties
    for h, hub in enumerate(hubs):
        for j, option in enumerate(options):
            if option.manner == "stay":
                continue
            if option.manner == "air":
                hours, fare = corridor.choice.air_hours.value, corridor.choice.air_fare.value
                constant = parameters["air_visa_constant"]
            else:
                leg = corridor.world.travel(hub, option.place, on)
                hours, fare = leg.hours, leg.fare_cad
                constant = _place_constant(corridor, parameters, hub, option, on)
            value = constant - parameters["b_cost"] * fare / 100 - parameters["b_time"] * hours / 10
            if option.manner in ("present", "hide"):
                exposure = corridor.world.exposure(option.place, on.month, option.manner == "hide")
                value -= parameters["b_risk"] * exposure
            tied = ties[:, corridor.province_index(option.province)] if option.province else ties.max(axis=1)
            out[h, :, j] = value + parameters["b_ties"] * tied
    return out


def _place_constant(
    corridor: Corridor, parameters: Mapping[str, float], hub: str, option: Alternative, on: date
) -> float:
    """The constant of one place as seen from one hub: known places 0, others `segment_constant`, closed -inf."""
    if not corridor.world.open_on(option.place, on):
        return -np.inf
    if option.manner == "port":
        known_port = option.place in corridor.choice.hubs[hub].known_ports
        return parameters["port_constant"] + (0.0 if known_port else parameters["port_elsewhere_constant"])
    if option.manner == "hide":
        return -parameters["avoid_cost"]
    known = corridor.choice.hubs[hub].known_place
    return parameters["segment_constant"] * (1 - _inherited(corridor, parameters, known, option.place, on))


def _crowd(
    corridor: Corridor, parameters: Mapping[str, float], options: Sequence[Alternative], on: date
) -> Floats:
    """What a known place loses when people without a relative stop going there: drivers, helpers, word of mouth.

    Where the known place is closed, the stretch that inherits its advantage inherits this too. Shape (hubs, 1, 1,
    alternatives), in utility.
    """
    def loss(known: str, option: Alternative) -> float:
        return parameters["crowd"] * _inherited(corridor, parameters, known, option.place, on)

    return np.array([
        [loss(hub.known_place, a) if a.manner == "present" else 0.0 for a in options]
        for hub in corridor.choice.hubs.values()
    ])[:, None, None, :]


def _inherited(corridor: Corridor, parameters: Mapping[str, float], known: str, place: str, on: date) -> float:
    """The share of a known place's advantage that a place has: all, some when the known one is closed, or none."""
    if place == known:
        return 1.0
    heirs = corridor.choice.neighbours.get(known, [])
    if heirs and place == heirs[0] and not corridor.world.open_on(known, on):
        return parameters["focal_transfer"]
    return 0.0


def road_constant(corridor: Corridor, parameters: Mapping[str, float]) -> float:
    """The constant that makes `stay_share_open` of people without a relative stay when the known road is open."""
    on = corridor.choice.reference
    options = alternatives(corridor)
    hubs = tuple(corridor.choice.hubs)
    h = hubs.index(corridor.choice.reference_hub)
    known = corridor.choice.hubs[corridor.choice.reference_hub].known_place
    j = next(i for i, a in enumerate(options) if a.place == known and a.manner == "present")
    reference = corridor.origin if corridor.origin is not None else corridor
    terms = _fixed_terms(reference, parameters, options, on)[h, :, j].mean()
    share = parameters["stay_share_open"]
    return float(np.log((1 - share) / share) - parameters["b_heard"] - terms)


def choice_table(corridor: Corridor, parameters: Mapping[str, float], start: date, end: date) -> ChoiceTable:
    """Choice probabilities for every day from `start` to `end` under the corridor's law, roads and police.

    `parameters` holds one value per id of `parameters.yaml`. Rows are made only for days that differ.
    """
    options = alternatives(corridor)
    days = days_of(start, end)
    outcomes = outcomes_by_law(corridor, days, round(parameters["late_claim_days"]))
    beliefs = Beliefs.of(outcomes, parameters["perceived_half_life_days"])
    value, waits = _by_alternative(corridor, beliefs, options, days, parameters)
    marks = corridor.term_marks(start, end)
    month = days.astype("datetime64[M]").astype(np.int64)
    signature = np.column_stack([np.round(value.reshape(len(days), -1), 3), month, marks])
    changed = np.ones(len(days), dtype=bool)
    changed[1:] = np.any(signature[1:] != signature[:-1], axis=1)
    first = np.flatnonzero(changed)
    key = (np.cumsum(changed) - 1).astype(np.int32)
    constant = road_constant(corridor, parameters)
    usable = np.array([0.0 if a.manner == "stay" else 1.0 for a in options])
    fixed: dict[tuple[int, ...], tuple[Floats, Floats]] = {}
    rows = []
    for d in first:
        mark = (int(month[d]) % 12, *(int(x) for x in np.atleast_1d(marks[d])))
        if mark not in fixed:
            on = start + timedelta(days=int(d))
            fixed[mark] = (_fixed_terms(corridor, parameters, options, on), _crowd(corridor, parameters, options, on))
        terms, crowd = fixed[mark]
        law = constant + value[d][None, :, None, :]
        rows.append(terms[:, None] + usable * law - crowd * (1 - beliefs.heard["between"][d]))
    utility = np.array(rows)
    weight = np.exp(utility - utility.max(axis=-1, keepdims=True))
    return ChoiceTable(options, key, weight / weight.sum(axis=-1, keepdims=True), waits[first])
