"""A claim's life after the border: eligibility desk, hearing, appeal, removal, and the work permit.

Each is one `serve` call on columns: exact first-in-first-out with a dated daily capacity in persons.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from roxham.law import OUTCOMES, decide
from roxham.sim.breakdown import count_waits
from roxham.sim.flow import NEVER, Claims, Flow
from roxham.sim.service import serve

ELIGIBLE = OUTCOMES.index("eligible")
#: The stream number of people who were already waiting when the run begins.
BACKLOG = 7


def gather(flow: Flow) -> None:
    """Put all claims that go forward into one table, in order of their rows."""
    made = flow.made
    flow.claims = Claims(
        row=np.concatenate([c.row for c in made]), day=np.concatenate([c.day for c in made]),
        office=np.concatenate([c.office for c in made]), province=np.concatenate([c.province for c in made]),
        way=np.concatenate([c.way for c in made]))


def _sizes(flow: Flow) -> NDArray[np.int32]:
    return flow.people().size[flow.heard().row]


def _done(ended: NDArray[np.int32]) -> NDArray[np.int32]:
    return np.where(ended < 0, NEVER, ended).astype(np.int32)


def eligibility_desk(flow: Flow) -> None:
    """Wait for the eligibility decision; refer the claim when the law of that day still lets it be heard."""
    claims, size = flow.heard(), _sizes(flow)
    served = serve(claims.day, size, flow.corridor.capacity("eligibility_desk", flow.days), horizon=flow.n_days)
    flow.served["eligibility_desk"] = served
    done = _done(served.ended)
    held = np.ones(len(claims), dtype=bool)
    _decide_again(flow, claims, done, held)
    on = done < flow.n_days
    flow.account.move(done[on & held], size[on & held], "desk", "rpd")
    flow.account.move(done[on & ~held], size[on & ~held], "desk", "ineligible")
    flow.barred.append((claims.row[on & ~held], done[on & ~held]))
    claims.later["referred"] = np.where(held, done, NEVER).astype(np.int32)
    claims.later["barred"] = np.where(held, NEVER, done).astype(np.int32)
    province = claims.province.astype(np.int64)
    flow.tally.add("heard", province[held], claims.day[held], size[held], flow.causes(claims.row[held]))
    flow.daily["eligibility"] = _by_day(flow, done[on], size[on])
    flow.report_stock("pending_eligibility", "desk")


def _decide_again(flow: Flow, claims: Claims, done: NDArray[np.int32], held: NDArray[np.bool_]) -> None:
    """Decide again those whose turn comes after a rule enacted backwards in time became known."""
    start = flow.days[0]
    for known in flow.corridor.law.retroactive_days:
        at = int((np.datetime64(known) - start).astype(int))
        rows = np.flatnonzero((claims.day < at) & (done >= at) & (done < flow.n_days))
        if rows.size == 0:
            continue
        parties = flow.people().take(claims.row[rows])
        noon = flow.days[claims.day[rows]].astype("datetime64[s]") + np.timedelta64(43_200, "s")
        place = np.array(["land_poe", "airport_poe", "airport_poe"])[claims.office[rows].astype(np.int64)]
        claim_place = np.array(["land_poe", "airport_poe", "inland_office"])[claims.office[rows].astype(np.int64)]
        facts: dict[str, object] = {
            "entry_place": place, "claim_place": claim_place, "entry_at": noon, "claim_at": noon,
            "as_of": flow.days[done[rows]]}
        facts |= flow.corridor.anchor_facts(parties.shown.astype(np.int8))
        outcome = np.broadcast_to(decide(flow.corridor.law, facts, flow.corridor.readings).outcome, rows.shape)
        held[rows] = outcome == ELIGIBLE


def work_permit(flow: Flow) -> None:
    """Give the work permit after the delay of its day; people leave social assistance when their stay on it ends."""
    claims, size = flow.heard(), _sizes(flow)
    spec = flow.corridor.services["work_permit"]
    delay = flow.corridor.steps(spec.steps, flow.days)
    day = np.minimum(claims.day + np.round(delay[np.minimum(claims.day, flow.n_days - 1)]), NEVER).astype(np.int32)
    claims.later["permit"] = np.maximum(day, np.minimum(claims.later["referred"], NEVER))
    flow.tally.add("work_permits", 0, claims.later["permit"], size, flow.causes(claims.row))


def _backlog(flow: Flow, service: str) -> tuple[NDArray[np.int32], NDArray[np.uint64]]:
    """Who waits already: one row per person, with the days (negative) on which they came."""
    spec = flow.corridor.services[service]
    if spec.initial_pending is None:
        return np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.uint64)
    n = round(spec.initial_pending.value)
    depth = spec.initial_wait_days.value if spec.initial_wait_days else 365.0
    day = -1 - np.floor(np.arange(n)[::-1] * depth / max(n, 1)).astype(np.int32)
    number = (np.uint64(BACKLOG) << np.uint64(52)) + np.arange(n, dtype=np.uint64)
    return day.astype(np.int32), number


def hearing(flow: Flow) -> None:
    """Hear claims in the order of referral; accept, refuse, or close as abandoned, by nationality and date."""
    corridor, claims = flow.corridor, flow.heard()
    here = np.flatnonzero(claims.later["referred"] < flow.n_days)
    old, old_number = _backlog(flow, "rpd")
    arrived = np.concatenate([old, claims.later["referred"][here]]).astype(np.int32)
    size = np.concatenate([np.ones(old.shape[0], dtype=np.int32), _sizes(flow)[here]])
    flow.account.arrive(old, size[:old.shape[0]], "rpd")
    served = serve(arrived, size, corridor.capacity("rpd", flow.days), horizon=flow.n_days)
    flow.served["rpd"] = served
    decided = served.ended >= 0
    parties = flow.people()
    number = np.concatenate([old_number, parties.number[claims.row[here]]])
    group = np.concatenate([np.full(old.shape[0], corridor.others), parties.group[claims.row[here]]])
    day = np.maximum(served.ended, 0)
    abandoned = corridor.outcome_share("abandoned_share", flow.days)[group, day]
    chance = corridor.outcome_share("acceptance", flow.days)[group, day]
    closed = decided & (flow.rng.uniform("abandon", number) < abandoned)
    accepted = decided & ~closed & (flow.rng.uniform("hearing", number) < chance)
    refused = decided & ~closed & ~accepted
    for mask, state in ((closed, "closed"), (accepted, "protected"), (refused, "refused")):
        flow.account.move(day[mask], size[mask], "rpd", state)
    ways = np.concatenate([np.zeros(old.shape[0], dtype=np.int64), flow.causes(claims.row[here])])
    count_waits(flow, "wait_days_rpd", arrived=arrived, ended=served.ended, persons=size, ways=ways)
    flow.tally.add("accepted", 0, day[accepted], size[accepted], ways[accepted])
    flow.daily["hearings"] = _by_day(flow, day[decided & ~closed], size[decided & ~closed])
    flow.report_stock("pending_rpd", "rpd")
    claims.later["decided"] = np.full(len(claims), NEVER, dtype=np.int32)
    claims.later["decided"][here] = _done(served.ended[old.shape[0]:])
    for name, mask in (("accepted", accepted), ("refused", refused), ("closed", closed)):
        claims.later[name] = np.full(len(claims), NEVER, dtype=np.int32)
        claims.later[name][here] = np.where(mask, day, NEVER)[old.shape[0]:]
    _appeal(flow, number[refused], group[refused], size[refused], day[refused].astype(np.int32))


def _appeal(
    flow: Flow, number: NDArray[np.uint64], group: NDArray[np.int64], size: NDArray[np.int32],
    refused: NDArray[np.int32],
) -> None:
    """Appeal some refusals, in order; allow some; the rest leave or are removed, in order."""
    files = flow.rng.uniform("appeal", number) < flow.parameters["appeal_share"]
    filed = (refused + round(flow.parameters["appeal_days"])).astype(np.int32)
    files &= filed < flow.n_days
    old, old_number = _backlog(flow, "rad")
    flow.account.arrive(old, np.ones(old.shape[0], dtype=np.int32), "rad")
    flow.account.move(filed[files], size[files], "refused", "rad")
    persons = np.concatenate([np.ones(old.shape[0], dtype=np.int32), size[files]])
    served = serve(np.concatenate([old, filed[files]]).astype(np.int32), persons,
                   flow.corridor.capacity("rad", flow.days), horizon=flow.n_days)
    flow.served["rad"] = served
    ended = _done(served.ended)
    on = ended < flow.n_days
    who = np.concatenate([old_number, number[files]])
    allowed = flow.rng.uniform("appeal.allowed", who) < flow.parameters["appeal_allowed_share"]
    flow.account.move(ended[on & allowed], persons[on & allowed], "rad", "protected")
    flow.account.move(ended[on & ~allowed], persons[on & ~allowed], "rad", "refused")
    flow.tally.add("accepted", 0, ended[on & allowed], persons[on & allowed], flow.tally.cause("appeal"))
    flow.daily["appeals"] = _by_day(flow, ended[on], persons[on])
    flow.report_stock("pending_rad", "rad")
    unappealed = ~files & (filed < flow.n_days)
    lost = on & ~allowed
    ready, people = _risk_assessment(flow)
    _remove(flow, np.concatenate([size[unappealed], persons[lost], people]),
            np.concatenate([filed[unappealed], ended[lost], ready]).astype(np.int32))


def _risk_assessment(flow: Flow) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Assess the risk of removal for those barred from a hearing, in order; give days and sizes of those refused."""
    row = np.concatenate([rows for rows, _ in flow.barred])
    day = np.concatenate([days for _, days in flow.barred]).astype(np.int32)
    size = flow.people().size[row]
    served = serve(day, size, flow.corridor.capacity("prra", flow.days), horizon=flow.n_days)
    flow.served["prra"] = served
    done = served.ended >= 0
    safe = done & (flow.uniform("risk assessment", row) < flow.parameters["prra_accept_share"])
    flow.account.move(served.ended[safe], size[safe], "ineligible", "protected")
    refused = done & ~safe
    flow.account.move(served.ended[refused], size[refused], "ineligible", "refused")
    flow.tally.add("accepted", 0, served.ended[safe], size[safe], flow.tally.cause("risk_assessment"))
    return served.ended[refused], size[refused]


def _remove(flow: Flow, size: NDArray[np.int32], ready: NDArray[np.int32]) -> None:
    """Remove people whose refusal is final, in order, as capacity allows."""
    served = serve(ready, size, flow.corridor.capacity("removal", flow.days), horizon=flow.n_days)
    flow.served["removal"] = served
    done = served.ended >= 0
    flow.account.move(served.ended[done], size[done], "refused", "removed")
    flow.tally.add("removed", 0, served.ended[done], size[done])
    flow.daily["removals"] = _by_day(flow, served.ended[done], size[done])


def _by_day(flow: Flow, day: NDArray[np.int32], size: NDArray[np.int32]) -> NDArray[np.float64]:
    return np.bincount(day, weights=size, minlength=flow.n_days)[:flow.n_days].astype(np.float64)

