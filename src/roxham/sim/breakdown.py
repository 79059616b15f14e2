"""What every metric is made of: lines by place, step, cause and month that add up to it, kept beside each run.

A flow is the sum of its lines; a mean is the sum of its lines over the sum of their weights; a stock is all that
moved in less all that moved out since before the first day. A factor is a number beside a metric (people who asked
for a bed, beds on offer) from which a difference is shared out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from roxham.sim.account import BEFORE, Codes, Days
from roxham.sim.flow import Flow
from roxham.sim.metrics import METRICS
from roxham.sim.money import unit_costs
from roxham.sim.passage import Passage
from roxham.sim.reception import Housed

Floats = NDArray[np.float64]
LINE = "line"
#: The step that a cost is booked on, and that of beds.
MONEY, BEDS = "money", "reception"
#: Factors of nights in and without a bed: people who ask, beds on offer each night, and the nights of the other kind.
ASKED, OFFERED, NIGHTS = "asked", "offered", "nights"
#: What a party decided on had in front of it: how many were decided while it waited.
AHEAD = "ahead"


class Key(NamedTuple):
    """Which line: `kind` is `line`, or the name of a factor beside the metric."""

    kind: str
    metric: str
    place: str
    step: str
    what: str
    rule: str = ""
    cite: str = ""


@dataclass(frozen=True)
class Breakdown:
    """Every line of one draw by month: `values` and `weights` have shape (lines, months); no weight is not a number.

    Lines that are zero in every month are left out.
    """

    keys: tuple[Key, ...]
    values: Floats
    weights: Floats


def break_down(flow: Flow) -> Breakdown:
    """Every line of every metric of a draw that has been carried out, sorted."""
    tallied = list(_tallied(flow))
    blocks = [*tallied, *_costs(flow), *_deaths(flow, tallied), *_beds(flow)]
    keys = [key for names, _, _ in blocks for key in names]
    empty = np.zeros((0, flow.tally.n_months))
    values = np.concatenate([empty, *(np.atleast_2d(values) for _, values, _ in blocks)])
    weights = np.full(values.shape, np.nan)
    at = 0
    for names, _, weight in blocks:
        if weight is not None:
            weights[at : at + len(names)] = weight
        at += len(names)
    order = sorted(range(len(keys)), key=keys.__getitem__)
    return Breakdown(tuple(keys[k] for k in order), values[order], weights[order])


#: Some lines, their values, and their weights or None.
Block = tuple[list[Key], Floats, Floats | None]


def _tallied(flow: Flow) -> Iterator[Block]:
    """The lines that the steps booked as they counted."""
    tally = flow.tally
    for (metric, step, code), values in tally.lines.items():
        weights = tally.line_weights.get((metric, step, code))
        name, _, factor = metric.partition(":")
        places, cause = tally.places[name], tally.causes[code]
        used = values.any(axis=1) if weights is None else values.any(axis=1) | weights.any(axis=1)
        at = np.flatnonzero(used)
        keys = [Key(factor or LINE, name, places[p], step, *cause) for p in at.tolist()]
        yield keys, values[at], None if weights is None else weights[at]


def _costs(flow: Flow) -> Iterator[Block]:
    """What each item costs, with its quantity: the amount over this draw's unit cost."""
    price, items = unit_costs(flow), flow.corridor.costs.items
    for (item, payer), amount in flow.meters.items():
        metric, each = f"cost_{payer}", price.get(item, 0.0)
        cite = (items[item].source or "") if item in items else ""
        at, places = np.flatnonzero(amount.any(axis=1)), flow.tally.places[metric]
        keys = [Key(LINE, metric, places[p], MONEY, item, "", cite) for p in at.tolist()]
        yield keys, amount[at], amount[at] / each if each else None


def _deaths(flow: Flow, tallied: Sequence[Block]) -> Iterator[Block]:
    """Expected deaths by the exposure that they come from, and how many people were exposed."""
    total, exposed = (flow.tally.values[name].sum() for name in ("deaths_expected", "exposure_index"))
    rate = float(total / exposed) if exposed else 0.0
    for keys, values, weights in tallied:
        if rate and keys and keys[0].metric == "exposure_index":
            yield [key._replace(metric="deaths_expected", step="danger") for key in keys], values * rate, weights


def _beds(flow: Flow) -> Iterator[Block]:
    """Who asked for a bed, who got one, who left it and who gave up, by place; and the beds on offer."""
    for name in flow.corridor.reception.places:
        record = flow.served.get(f"beds: {name}")
        if not isinstance(record, Housed):
            continue
        asked, entered, left, gave_up = (_monthly(flow, *move) for move in _moves(record))
        beds = flow.corridor.beds(name, flow.days).astype(np.float64)
        offer = np.bincount(flow.tally.month_of_day, beds, flow.tally.n_months).astype(np.float64)
        in_bed, waiting = (np.bincount(flow.tally.month_of_day, nights, flow.tally.n_months).astype(np.float64)
                           for nights in (record.occupied_persons, record.waiting_persons))
        for kind, metric, what, amount in (
            (LINE, "persons_in_beds", "waiting>bed", entered), (LINE, "persons_in_beds", "bed>left", -left),
            (LINE, "persons_without_bed", "claim>waiting", asked),
            (LINE, "persons_without_bed", "waiting>bed", -entered),
            (LINE, "persons_without_bed", "waiting>gave_up", -gave_up),
            (NIGHTS, "nights_without_bed", "", in_bed), (NIGHTS, "bed_nights", "", waiting),
            (OFFERED, "nights_without_bed", "", offer), (ASKED, "nights_without_bed", "", asked),
            (OFFERED, "bed_nights", "", offer), (ASKED, "bed_nights", "", asked),
        ):
            if amount.any():
                yield [Key(kind, metric, name, BEDS, what)], amount, None


def _moves(record: Housed) -> Iterator[tuple[Days, Days]]:
    """Day and size of those who ask for beds, enter them, leave them, and give up."""
    housed = record.entered >= 0
    gone = record.left >= 0
    yield np.maximum(record.arrived, 0).astype(np.int32), record.persons
    for days, mask in ((record.entered, housed), (record.left, housed & gone), (record.left, ~housed & gone)):
        yield days[mask], record.persons[mask]


def _monthly(flow: Flow, day: Days, persons: Days) -> Floats:
    on = day < flow.n_days
    count = np.bincount(flow.tally.month_of_day[day[on]], weights=persons[on], minlength=flow.tally.n_months)
    return count.astype(np.float64)


def count_moves(flow: Flow, metric: str, stage: str, passage: Passage, persons: Days, ways: Codes) -> None:
    """Enter who came into a stage that a stock counts, by how they came, and who left it, by outcome."""
    tally = flow.tally
    came = passage.entered < flow.n_days
    into = np.zeros(len(tally.causes), dtype=np.int64)
    for code in np.flatnonzero(np.bincount(ways[came], minlength=1)).tolist():
        into[code] = tally.cause(f"{tally.causes[code].what or BEFORE}>{stage}")
    tally.move(metric, 0, np.maximum(passage.entered[came], 0).astype(np.int32), persons[came], into[ways[came]])
    for name in passage.names:
        out = passage.by(name)
        tally.move(metric, 0, passage.left[out], -persons[out], tally.cause(f"{stage}>{name}"))


def count_waits(
    flow: Flow, metric: str, *, arrived: Days, ended: Days, persons: Days, ways: Codes
) -> None:
    """Tally the days waited by those decided, with what a difference of two waits can be shared out by.

    `ended` is negative for those not decided; `ways` holds codes of causes (0: waiting before the first day). Lines go
    by year of arrival and way; beside them stands how many people were decided while each waited.
    """
    done = ended >= 0
    tally, day, weight = flow.tally, ended[done], persons[done].astype(np.int64)
    came, why = arrived[done], _cohorts(flow, arrived[done], ways[done])
    decided = np.cumsum(np.bincount(day, weights=weight, minlength=flow.n_days))
    earlier = np.where(came > 0, decided[np.maximum(came - 1, 0)], 0.0)
    tally.add_mean(metric, 0, day, ((day - came) * weight).astype(np.float64), weight, why)
    tally.note(metric, AHEAD, 0, day, np.rint(decided[day] - earlier).astype(np.int64) * weight, why)


def _cohorts(flow: Flow, came: Days, ways: Codes) -> Codes:
    """A cause for each year of arrival and way."""
    tally = flow.tally
    years = flow.days.astype("datetime64[Y]").astype(np.int64) + 1970
    year = np.where(came >= 0, years[np.maximum(came, 0)], 0)
    of_way, way = np.unique([cause.what for cause in tally.causes], return_inverse=True)
    first = int(years[0]) - 1
    cell = np.where(year > 0, year - first, 0) * of_way.size + way[ways]
    used = np.flatnonzero(np.bincount(cell))
    codes = np.zeros(int(used[-1]) + 1 if used.size else 1, dtype=np.int64)
    for k in used.tolist():
        when, what = divmod(k, of_way.size)
        codes[k] = tally.cause(f"{first + when} {of_way[what]}" if when else BEFORE)
    return codes[cell]


def check(flow: Flow, rows: Breakdown, metric: str) -> tuple[Floats, Floats]:
    """The cells of a metric made from its lines alone, and as tallied; shape (places, months) each."""
    tally = flow.tally
    made = np.zeros_like(tally.values[metric])
    for key, values in zip(rows.keys, rows.values, strict=True):
        if key.kind == LINE and key.metric == metric:
            made[tally.places[metric].index(key.place)] += values
    return (np.cumsum(made, axis=1) if METRICS[metric].kind == "stock" else made), tally.values[metric]
