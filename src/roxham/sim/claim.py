"""A claim's life after the border: all claims in one line, through the case's procedure, and the permit beside it.

What the stages are stands in `procedure.yaml` of the case; here they meet the map, the law and the register of metrics.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from roxham.law import OUTCOMES, decide
from roxham.people import OFFICES, STREAMS
from roxham.sim.breakdown import count_moves, count_waits
from roxham.sim.course import Cases, Course, run_procedure, until
from roxham.sim.flow import NEVER, Claims, Flow
from roxham.sim.money import DAILY
from roxham.sim.passage import Days, Floats, Rows
from roxham.sim.procedure import Leave, Outcome

ELIGIBLE = OUTCOMES.index("eligible")
#: The two ways into a procedure that the border knows.
HEARD, BARRED = "eligible", "barred"
STARTS = (HEARD, BARRED)


def gather(flow: Flow) -> None:
    """Put all claims that go forward into one table, in order of their rows."""
    made = flow.made
    flow.claims = Claims(
        row=np.concatenate([c.row for c in made]), day=np.concatenate([c.day for c in made]),
        office=np.concatenate([c.office for c in made]), province=np.concatenate([c.province for c in made]),
        way=np.concatenate([c.way for c in made]))


def live(flow: Flow) -> None:
    """Carry every claim through the stages of the procedure: desk, hearing, appeal, court, departure, residence."""
    corridor = flow.corridor
    course = run_procedure(
        corridor.procedure, corridor.services, _cases(flow), flow.days, flow.rng,
        capacity={name: corridor.capacity(name, flow.days) for name in corridor.procedure.services},
        measures={name: corridor.outcome_share(name, flow.days) for name in corridor.procedure.measures},
        parameters=flow.parameters, others=corridor.others, account=flow.account,
        asks={"law": lambda rows, entered, left: _barred_by_then(flow, rows, left)})
    flow.course = course
    claims, first = flow.heard(), course.backlog
    for mark, day in course.marked().items():
        claims.later[mark] = day[first:first + len(claims)]
    for mark in ("referred", "barred", "decided", "accepted", "refused", "closed"):
        claims.later.setdefault(mark, np.full(len(claims), NEVER, dtype=np.int32))
    held = claims.later["barred"] == NEVER
    size = flow.people().size[claims.row]
    flow.tally.add("heard", claims.province[held].astype(np.int64), claims.day[held], size[held],
                   flow.causes(claims.row[held]))
    _report(flow, course)


def _cases(flow: Flow) -> Cases:
    """The claims, and in rows after them those barred from a hearing at the border."""
    claims, people, corridor = flow.heard(), flow.people(), flow.corridor
    barred = np.concatenate([rows for rows, _ in flow.barred]).astype(np.int64)
    row = np.concatenate([claims.row, barred])
    day = np.concatenate([claims.day, *(days for _, days in flow.barred)]).astype(np.int32)
    starts = tuple(corridor.procedure.starts)
    start = np.full(row.size, starts.index(BARRED), dtype=np.int8)
    start[:len(claims)] = starts.index(HEARD)
    office = np.concatenate([claims.office, np.full(barred.size, -1, dtype=np.int8)]).astype(np.int64)
    traits = {
        "group": (people.group[row].astype(np.int64), corridor.groups),
        "way": (np.concatenate([claims.way, people.stream[barred]]).astype(np.int64), STREAMS),
        "province": (np.concatenate([claims.province, people.settle[barred]]).astype(np.int64), corridor.provinces),
        "office": (office, OFFICES),
    }
    return Cases(day, people.size[row], people.number[row], start, traits)


def _barred_by_then(flow: Flow, rows: Rows, done: Days) -> NDArray[np.bool_]:
    """Decide again those whose turn comes after a rule enacted backwards in time became known: who is barred now."""
    claims, out = flow.heard(), np.zeros(rows.size, dtype=bool)
    for known in flow.corridor.law.retroactive_days:
        at = int((np.datetime64(known) - flow.days[0]).astype(int))
        mine = np.flatnonzero((rows >= 0) & (done >= at))
        mine = mine[claims.day[rows[mine]] < at]
        if mine.size:
            out[mine] = _decide_again(flow, rows[mine], done[mine]) != ELIGIBLE
    return out


def _decide_again(flow: Flow, rows: Rows, done: Days) -> NDArray[np.int8]:
    """The outcome that the law of the day of the decision gives."""
    claims = flow.heard()
    parties = flow.people().take(claims.row[rows])
    noon = flow.days[claims.day[rows]].astype("datetime64[s]") + np.timedelta64(43_200, "s")
    office = claims.office[rows].astype(np.int64)
    facts: dict[str, object] = {
        "entry_place": np.array(["land_poe", "airport_poe", "airport_poe"])[office],
        "claim_place": np.array(["land_poe", "airport_poe", "inland_office"])[office],
        "entry_at": noon, "claim_at": noon, "as_of": flow.days[done]}
    facts |= flow.corridor.anchor_facts(parties.shown.astype(np.int8))
    return np.broadcast_to(decide(flow.corridor.law, facts, flow.corridor.readings).outcome, rows.shape)


def _report(flow: Flow, course: Course) -> None:
    """Add up what the procedure says that its stages count, and keep the record of every service."""
    for name in DAILY:
        flow.daily.setdefault(name, np.zeros(flow.n_days))
    pending: dict[str, Floats] = {}
    came, step = _ways(flow, course), flow.tally.step
    for name, stage in course.procedure.stages.items():
        passage, size = course.passages[name], course.persons(name)
        why, flow.tally.step = came[passage.row], name
        if passage.served is not None and stage.service is not None:
            flow.served[stage.service] = passage.served
        if stage.pending:
            pending[stage.pending] = pending.get(stage.pending, np.zeros(flow.n_days)) + course.stock(name)
            count_moves(flow, stage.pending, name, passage, size, why)
        if stage.wait:
            done = (passage.outcome >= 0) if passage.served is None else passage.served.done
            ended = np.where(done, passage.left, -1).astype(np.int32)
            count_waits(flow, stage.wait, arrived=passage.entered, ended=ended, persons=size, ways=why)
        ways: list[Outcome | Leave] = [*stage.outcomes, *([stage.leave] if stage.leave else [])]
        for way in ways:
            out = passage.by(way.name)
            if way.metric:
                flow.tally.add(way.metric, 0, passage.left[out], size[out], why[out])
            if way.count:
                daily = np.bincount(passage.left[out], weights=size[out], minlength=flow.n_days)
                flow.daily[way.count] = flow.daily.get(way.count, np.zeros(flow.n_days)) + daily
    flow.tally.step = step
    for metric, stock in pending.items():
        flow.tally.month_end(metric, 0, stock)


def _ways(flow: Flow, course: Course) -> Rows:
    """How each case came, as codes of causes; who was already waiting before the first day has none."""
    claims, cases = flow.heard(), len(course.cases)
    out: Rows = np.zeros(cases, dtype=np.int64)
    rows = np.concatenate([claims.row, *(rows for rows, _ in flow.barred)])
    out[course.backlog:] = flow.causes(rows.astype(np.int64))
    return out


def beside(flow: Flow) -> None:
    """Give what comes beside the stages, such as a work permit, after its delay and not before the mark it waits for.

    A shorter delay that comes into force while somebody waits counts from its first day: whichever ends first.
    """
    claims, corridor = flow.heard(), flow.corridor
    size = flow.people().size[claims.row]
    for track in corridor.procedure.beside.values():
        ends = until(corridor.delay(track.service, flow.days))
        day = np.minimum(ends[np.minimum(claims.day, flow.n_days - 1)], float(NEVER)).astype(np.int32)
        if track.after is not None:
            day = np.maximum(day, np.minimum(claims.later[track.after], NEVER))
        claims.later[track.mark] = day
        if track.metric:
            flow.tally.add(track.metric, 0, day, size, flow.causes(claims.row))
