"""From a US hub to an office or back: choice, travel, crossing, police post, decision at the border, return.

These steps run in rounds: whoever is returned and tries again goes through them once more.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from roxham.law import OUTCOMES, Decision, decide
from roxham.people import OFFICES, STREAMS, Parties, arrivals
from roxham.sim.choice import AT_ONCE_DAYS, choice_table
from roxham.sim.danger import exposure_table
from roxham.sim.desk import run_service
from roxham.sim.flow import NEVER, Attempt, Claims, Flow
from roxham.sim.shared import content, shared

ELIGIBLE = OUTCOMES.index("eligible")
RETURN = OUTCOMES.index("ineligible_return_to_US")
DIRECTED = OUTCOMES.index("directed_back")
#: How a party of the corridor came: to the police, hiding and met, hiding and not met, at a port, by air.
WAYS = ("present", "hide_met", "hide_unseen", "port", "air")
#: How often a party sets out at most; later rounds are too rare to see.
ROUNDS = 3


def believe(flow: Flow) -> None:
    """Work out what the law of each day is, and what people believe it to be."""
    start, end = flow.days[0].item(), flow.days[-1].item()
    flow.table = choice_table(flow.corridor, flow.parameters, start, end)


def set_out(flow: Flow) -> None:
    """Bring parties to the US hubs, by nationality, as the latent pressure says."""
    corridor, at = flow.corridor, flow.posterior.window(flow.months)
    hubs = flow.posterior.hubs
    level = flow.posterior.pressure[flow.draw % len(flow.posterior), at]
    shares = corridor.shares(flow.months)
    settle = np.repeat(corridor.ties[None] / corridor.ties.sum(axis=1, keepdims=True), len(hubs), axis=0)
    made_from = (
        "corridor", level, flow.months, shares, corridor.sizes, settle, flow.parameters["anchored_share"],
        flow.parameters["established_share"], corridor.pressure_multiplier(flow.months))
    flow.parties = shared(
        flow.rng, content(flow.n_days, *made_from), lambda: _within(flow, arrivals(flow.rng, *made_from)))
    everybody = flow.parties
    flow.account.arrive(everybody.day, everybody.size, "in_us")
    flow.attempt = Attempt(0, np.arange(len(everybody)), everybody.day)


def _within(flow: Flow, parties: Parties) -> Parties:
    """Those who come by the last day, which may lie within a month."""
    return parties.take(parties.day < flow.n_days)


def choose(flow: Flow) -> None:
    """Choose a way: a stretch of border, openly or hiding, a port of entry, air, or staying."""
    trip, parties, table = flow.trip(), flow.people(), flow.table
    assert table is not None
    trip.keep(trip.day < flow.n_days)
    rows = trip.row
    trip.option = table.pick(
        trip.day, parties.origin[rows], parties.anchored[rows], parties.group[rows],
        flow.uniform("choice", rows, trip.round))
    stays = trip.option == table.index("stay")[0]
    flow.account.move(trip.day[stays], parties.size[rows[stays]], "in_us", "stayed_in_us")
    if flow.trace:
        flow.traces.append(Attempt(trip.round, rows[stays], trip.day[stays], trip.option[stays]))
    trip.keep(~stays)


def travel(flow: Flow) -> None:
    """Travel to the border."""
    trip, size = flow.trip(), flow.people().size
    spread = flow.uniform("travel", trip.row, trip.round) * 2 * flow.parameters["travel_days"]
    trip.entry = (trip.day + np.floor(spread)).astype(np.int32)
    flow.account.move(trip.day, size[trip.row], "in_us", "travelling")
    if flow.trace:
        late = trip.entry >= flow.n_days
        flow.traces.append(Attempt(trip.round, trip.row[late], trip.day[late], trip.option[late], trip.entry[late]))
    trip.keep(trip.entry < flow.n_days)


def cross(flow: Flow) -> None:
    """Cross between ports, meet the police or not, and count the exposure to danger."""
    trip, table = flow.trip(), flow.table
    assert table is not None
    size = flow.people().size[trip.row]
    n = len(flow.corridor.world.segments)
    hides = (trip.option >= n) & (trip.option < 2 * n)
    between = trip.option < 2 * n
    segment = np.where(between, trip.option % n, 0)
    chance = np.array([flow.corridor.detection(s, flow.days) for s in flow.corridor.world.segments])
    seen = flow.uniform("detection", trip.row, trip.round) < chance[segment, trip.entry]
    trip.caught = between & (~hides | seen)
    unseen = between & ~trip.caught
    month = (flow.months.astype(np.int64) % 12)[flow.tally.month_of_day[trip.entry]]
    exposure = exposure_table(flow)[segment, month, hides.astype(np.int64)] * size
    why = way_codes(flow, np.where(hides, np.where(trip.caught, 1, 2), 0), trip.round)
    flow.tally.add("entries_irregular", segment[trip.caught], trip.entry[trip.caught], size[trip.caught],
                   why[trip.caught])
    flow.tally.add("entries_undetected", segment[unseen], trip.entry[unseen], size[unseen], why[unseen])
    flow.tally.add("exposure_index", segment[between], trip.entry[between], exposure[between], why[between],
                   size[between])
    flow.happened("crossed", trip.row[between], trip.entry[between])
    flow.happened("intercepted", trip.row[trip.caught], trip.entry[trip.caught])
    waits = table.waits[table.key[trip.day], flow.people().anchored[trip.row].astype(np.int8)]
    late = round(flow.parameters["late_claim_days"])
    delay = np.where(unseen, np.where(waits, late, AT_ONCE_DAYS), 0)
    trip.claim = (trip.entry + delay).astype(np.int32)
    flow.account.move(trip.entry[unseen], size[unseen], "travelling", "unseen")


def police_post(flow: Flow) -> None:
    """Warn, arrest, identify and hand over those met between ports, in order; charges are deferred (A133).

    The post's capacity is that of one round of setting out; the few who try again meet it anew.
    """
    trip = flow.trip()
    caught = np.flatnonzero(trip.caught)
    size = flow.people().size[trip.row[caught]]
    rows = trip.row[caught]
    traits = {"group": (flow.people().group[rows].astype(np.int64), flow.corridor.groups)}
    served = run_service(
        "police_post", flow.corridor.services["police_post"], trip.entry[caught], size, flow.days, flow.rng,
        flow.people().number[rows], capacity=flow.corridor.capacity("police_post", flow.days), traits=traits)
    flow.served[f"police_post: {trip.round}"] = served
    flow.account.move(trip.entry[caught], size, "travelling", "post")
    trip.claim[caught] = np.where(served.ended < 0, NEVER, served.ended)
    if flow.trace:
        rest = trip.claim >= flow.n_days
        flow.traces.append(Attempt(trip.round, trip.row[rest], trip.day[rest], trip.option[rest], trip.entry[rest],
                                   trip.caught[rest], trip.claim[rest]))
    trip.keep(trip.claim < flow.n_days)


def border_facts(flow: Flow, trip: Attempt) -> dict[str, object]:
    """The facts of each party at the office, as columns for the law layer."""
    table = flow.table
    assert table is not None
    parties = flow.people()
    manner = np.array([("present", "hide", "port", "air", "stay").index(a.manner) for a in table.alternatives])
    way = manner[trip.option]
    unseen = (way == 1) & ~trip.caught
    seconds = np.floor(flow.uniform("clock", trip.row, trip.round) * 86_340).astype("timedelta64[s]")
    start = flow.days[0].astype("datetime64[s]")
    day = np.timedelta64(86_400, "s")
    entry = start + trip.entry * day + seconds
    claim = np.where(unseen, start + trip.claim * day + np.timedelta64(43_200, "s"), entry + np.timedelta64(30, "s"))
    entry_place = np.array(["between_poe_land", "between_poe_land", "land_poe", "airport_poe", "land_poe"])[way]
    claim_place = np.array(["between_poe_intercept", "inland_office", "land_poe", "airport_poe", "land_poe"])[
        np.where(way == 1, np.where(unseen, 1, 0), way)]
    facts: dict[str, object] = {
        "entry_place": entry_place, "claim_place": claim_place, "entry_at": entry, "claim_at": claim,
        "as_of": flow.days[trip.claim], "prior_claim_canada": flow.earlier_claims(trip.row),
    }
    return facts | flow.corridor.anchor_facts(parties.shown[trip.row].astype(np.int8))


def decide_at_the_border(flow: Flow) -> None:
    """Put each party's own facts to the law in force: referred, returned, directed back, or refused a hearing."""
    trip = flow.trip()
    decision = decide(flow.corridor.law, border_facts(flow, trip), flow.corridor.readings)
    trip.outcome = decision.outcome
    parties, table = flow.people(), flow.table
    assert table is not None
    n = len(flow.corridor.world.segments)
    size = parties.size[trip.row]
    manner = np.array([a.manner for a in table.alternatives])[trip.option]
    unseen = (manner == "hide") & ~trip.caught
    office = np.where(manner == "air", 1, np.where(unseen, 2, 0)).astype(np.int8)
    lands = np.array([flow.corridor.provinces.index(a.province) if a.province else 0
                      for a in table.alternatives], dtype=np.int8)
    province = np.where(unseen | (manner == "air"), parties.settle[trip.row], lands[trip.option]).astype(np.int8)
    way = np.select([manner == "port", manner == "air", unseen, manner == "hide"], [3, 4, 2, 1], 0)
    why = with_rule(flow, way_codes(flow, way, trip.round), decision)
    flow.set_causes(trip.row, why)
    claimed = trip.outcome != DIRECTED
    count_claims(flow, trip.claim[claimed], office[claimed], province[claimed], size[claimed],
                 (manner != "port")[claimed], why[claimed])
    held = trip.outcome == ELIGIBLE
    barred = claimed & ~held & (trip.outcome != RETURN)
    sent = trip.outcome == RETURN
    place = np.where(trip.option < 2 * n, trip.option % n, trip.option - n)
    place = np.minimum(place, len(flow.tally.places["returned_to_us"]) - 1)
    flow.tally.add("returned_to_us", place[sent], trip.claim[sent], size[sent], why[sent])
    flow.tally.add("directed_back", place[~claimed], trip.claim[~claimed], size[~claimed], why[~claimed])
    flow.happened("claimed", trip.row[claimed], trip.claim[claimed])
    flow.happened("returned", trip.row[sent], trip.claim[sent])
    states = flow.corridor.procedure
    for mask, state in ((held, states.state("eligible")), (barred, states.state("barred")),
                        (sent | ~claimed, "returned")):
        for was, part in (("unseen", mask & unseen), ("post", mask & trip.caught),
                          ("travelling", mask & ~unseen & ~trip.caught)):
            flow.account.move(trip.claim[part], size[part], was, state)
    way = np.select([manner == "port", manner == "air"], [STREAMS.index("land_port"), STREAMS.index("airport")], 0)
    flow.made.append(Claims(trip.row[held], trip.claim[held], office[held], province[held], way[held].astype(np.int8)))
    gone = sent | ~claimed
    flow.tally.add("returned_unheard", place[barred], trip.claim[barred], size[barred], why[barred])
    flow.barred.append((trip.row[barred], trip.claim[barred]))
    _try_again(flow, trip, gone, place)


def _try_again(flow: Flow, trip: Attempt, gone: NDArray[np.bool_], place: NDArray[np.int64]) -> None:
    """Let some of those returned set out once more after a delay; the others remain unheard."""
    if flow.trace:
        flow.traces.append(trip)
    again = gone & (flow.uniform("retry", trip.row, trip.round) < flow.parameters["retry_share"])
    again &= trip.round + 1 < ROUNDS
    wait = -np.log(flow.uniform("retry.delay", trip.row, trip.round)) * flow.parameters["retry_delay_days"]
    day = trip.claim + 1 + np.minimum(np.floor(wait), 3_650).astype(np.int32)
    again &= day < flow.n_days
    size = flow.people().size[trip.row]
    flow.account.move(day[again], size[again], "returned", "in_us")
    final = gone & ~again
    flow.tally.add("returned_unheard", place[final], trip.claim[final], size[final],
                   flow.causes(trip.row[final]))
    flow.again = Attempt(trip.round + 1, trip.row[again], day[again].astype(np.int32))


def way_codes(flow: Flow, way: NDArray[np.int64], round_: int) -> NDArray[np.int64]:
    """The causes of positions in `WAYS`: how a party came, and whether it had been sent back before."""
    again = "_again" if round_ else ""
    codes = np.array([flow.tally.cause(name + again) for name in WAYS], dtype=np.int64)
    return codes[way]


def with_rule(flow: Flow, codes: NDArray[np.int64], decision: Decision) -> NDArray[np.int64]:
    """Causes that also name the line of the law's table `because` that gives each decision its reason."""
    book, tally = decision.book, flow.tally
    lines = book.consequences.get("because", ())
    if not lines or not codes.size:
        return codes
    met = np.broadcast_to(decision.rows("because"), codes.shape).astype(np.int64) + 1
    exception = np.broadcast_to(decision.exception, codes.shape).astype(np.int64)
    cell = (codes * (len(lines) + 1) + met) * len(book.exception_names) + exception
    used = np.flatnonzero(np.bincount(cell, minlength=1))
    out: NDArray[np.int64] = np.zeros(int(used[-1]) + 1, dtype=np.int64)
    for k in used.tolist():
        rest, e = divmod(k, len(book.exception_names))
        code, line = divmod(rest, len(lines) + 1)
        rule, cite = (lines[line - 1].value, lines[line - 1].cite) if line else ("", "")
        out[k] = tally.cause(tally.causes[code].what, rule, book.exception_names[e] if e else cite)
    found: NDArray[np.int64] = out[cell]
    return found


def next_round(flow: Flow) -> bool:
    """Begin the next round when anybody tries again."""
    flow.attempt = flow.again
    return flow.attempt is not None and flow.attempt.row.shape[0] > 0


def count_claims(
    flow: Flow, day: NDArray[np.int32], office: NDArray[np.int8], province: NDArray[np.int8],
    size: NDArray[np.int32], irregular: NDArray[np.bool_], why: NDArray[np.int64],
) -> None:
    """Count claims by cause at the office that books them; irregular claims of some months go inland (case rule)."""
    booked = office.copy()
    for rule in flow.corridor.choice.booking:
        on = flow.corridor.span(rule, flow.days)
        here = irregular & (office == 0) & (province == flow.corridor.province_index(rule.province)) & on[day]
        booked[here] = OFFICES.index(rule.booked_at)
    for k, name in enumerate(OFFICES):
        mine = booked == k
        flow.tally.add(f"claims_{name}", province[mine].astype(np.int64), day[mine], size[mine], why[mine])


def other_streams(flow: Flow) -> None:
    """Bring claims made at airports, inland and at ports by others into the same desks, under the same law."""
    corridor, at = flow.corridor, flow.posterior.window(flow.months)
    shares = np.zeros((len(flow.months), len(corridor.groups)))
    shares[:, corridor.others] = 1.0
    provinces = flow.posterior.provinces
    home = np.array([corridor.province_index(p) for p in provinces])
    settle = np.zeros((len(provinces), len(corridor.groups), len(corridor.provinces)))
    settle[np.arange(len(provinces)), :, home] = 1.0
    every = [
        (name, flow.posterior.streams[name][at], flow.months, shares, corridor.sizes, settle, anchored,
         flow.parameters["established_share"])
        for name, anchored in (("airport", 0.0), ("inland", 0.0), ("land_port", 1.0))]
    key = content(flow.n_days, *(thing for made_from in every for thing in made_from))
    others = shared(flow.rng, key, lambda: Parties.join([
        _within(flow, arrivals(flow.rng, *made_from)) for made_from in every]))
    begin = len(flow.people())
    flow.parties = Parties.join([flow.people(), others])
    _decide_others(flow, np.arange(begin, len(flow.people())), key)


def _decide_others(flow: Flow, rows: NDArray[np.int64], who: str) -> None:
    """Decide the claims of the other streams and send those who may be heard to the desk.

    `who` tells these people by their content; under the same law they get the same answer.
    """
    corridor, parties = flow.corridor, flow.people().take(rows)
    kind = parties.stream.astype(np.int64)
    key = content("decided", who, corridor.law.hash, corridor.readings, flow.parameters, flow.days[:1])
    decision = shared(flow.rng, key, lambda: decide(corridor.law, other_facts(flow, rows), corridor.readings))
    outcome = np.broadcast_to(decision.outcome, rows.shape)
    flow.barred.append(_of(rows, parties, (outcome != DIRECTED) & (outcome != ELIGIBLE) & (outcome != RETURN)))
    why = with_rule(flow, np.array([flow.tally.cause(stream) for stream in STREAMS])[kind], decision)
    flow.set_causes(rows, why)
    claimed, held, sent = outcome != DIRECTED, outcome == ELIGIBLE, outcome == RETURN
    flow.happened("claimed", rows[claimed], parties.day[claimed])
    flow.happened("returned", rows[sent], parties.day[sent])
    office = np.array([0, 1, 2, 0], dtype=np.int8)[kind]
    count_claims(flow, parties.day[claimed], office[claimed], parties.settle[claimed], parties.size[claimed],
                 np.zeros(int(claimed.sum()), dtype=bool), why[claimed])
    states = corridor.procedure
    for mask, state in ((held, states.state("eligible")), (sent | ~claimed, "returned"),
                        (claimed & ~held & ~sent, states.state("barred"))):
        flow.account.arrive(parties.day[mask], parties.size[mask], state)
    port = np.array([corridor.port_of(p) for p in corridor.provinces])[parties.settle.astype(np.int64)]
    place = len(corridor.world.segments) + port
    for metric, mask in (("returned_to_us", sent), ("directed_back", ~claimed), ("returned_unheard", ~held)):
        flow.tally.add(metric, place[mask], parties.day[mask], parties.size[mask], why[mask])
    flow.made.append(Claims(rows[held], parties.day[held], office[held], parties.settle[held], parties.stream[held]))


def _of(
    rows: NDArray[np.int64], parties: Parties, mask: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    return rows[mask], parties.day[mask]


def other_facts(flow: Flow, rows: NDArray[np.int64]) -> dict[str, object]:
    """Facts of those who claim at an airport, inland, or at a port with a relative in the receiving country."""
    parties = flow.people().take(rows)
    kind = parties.stream.astype(np.int64)
    assert STREAMS[1:] == ("airport", "inland", "land_port")
    day = flow.days[0].astype("datetime64[s]") + parties.day * np.timedelta64(86_400, "s")
    noon = day + np.timedelta64(43_200, "s")
    inland = kind == STREAMS.index("inland")
    lag = -np.log(flow.rng.uniform("inland.lag", parties.number)) * flow.parameters["inland_entry_lag_days"]
    entry = np.where(inland, noon - np.minimum(lag, 3_650).astype("timedelta64[D]"), noon)
    return {
        "entry_place": np.array(["land_poe", "airport_poe", "airport_poe", "land_poe"])[kind],
        "claim_place": np.array(["land_poe", "airport_poe", "inland_office", "land_poe"])[kind],
        "entry_at": entry, "claim_at": noon, "as_of": flow.days[parties.day],
        "prior_claim_canada": flow.earlier_claims(rows),
        "came_from_us": np.where(kind == STREAMS.index("land_port"), 1, 0).astype(np.int8),
    } | flow.corridor.anchor_facts(parties.shown.astype(np.int8))


def decision_of(flow: Flow, trip: Attempt) -> Decision:
    """The full decision of a round, for explanation."""
    return decide(flow.corridor.law, border_facts(flow, trip), flow.corridor.readings)
