"""A draw is repeatable to the bit, and an amendment moves only what it can touch."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from roxham.errors import EvidenceError, RunError
from roxham.sim.amend import Amendment, amendment
from roxham.sim.corridor import Corridor
from roxham.sim.flow import Flow
from roxham.sim.metrics import METRICS, Outcome
from roxham.sim.plan import PLAN, Step, plan
from roxham.sim.run import begin, carry_out, run_draw

FROM, TO = date(2022, 10, 1), date(2023, 6, 30)
BORDER = ("entries_irregular", "entries_undetected", "returned_to_us", "directed_back", "exposure_index")
CLAIMS = ("claims_land_border", "claims_airport", "claims_inland", "heard", "returned_unheard")
ROOMS = (
    "persons_in_beds", "bed_nights", "persons_without_bed", "nights_without_bed", "transferred", "moved_on",
    "left_without_bed",
)
DECISIONS = (
    "pending_rpd", "pending_rad", "wait_days_rpd", "wait_days_rad", "pending_court", "awaiting_removal", "accepted",
    "removed", "permanent_residents",
)


def change(**keys: object) -> Amendment:
    return amendment(name="a change", **keys)


def run(corridor: Corridor, *changes: Amendment, draw: int = 3, from_: date = FROM, to: date = TO) -> Outcome:
    return run_draw(corridor.amend(list(changes)) if changes else corridor, seed=7, draw=draw, from_=from_, to=to)


@pytest.fixture(scope="module")
def base(corridor: Corridor) -> Outcome:
    return run(corridor)


def moved(one: Outcome, other: Outcome) -> set[str]:
    """Metrics of which a cell or a count differs by as little as a bit."""
    out = set()
    for mine, theirs in zip(one.cells, other.cells, strict=True):
        assert (mine.metric, mine.places) == (theirs.metric, theirs.places)
        same = np.array_equal(mine.value, theirs.value)
        if mine.weight is not None and theirs.weight is not None:
            same &= np.array_equal(mine.weight, theirs.weight)
        if not same:
            out.add(mine.metric)
    return out


def account_differs(one: Outcome, other: Outcome) -> set[str]:
    return {state for state, days in one.account.items() if not np.array_equal(days, other.account[state])}


def test_the_same_seed_and_draw_give_the_same_bits(corridor: Corridor, base: Outcome) -> None:
    again = run(corridor)
    assert not moved(base, again)
    assert not account_differs(base, again)


def test_other_draws_and_other_seeds_differ(corridor: Corridor, base: Outcome) -> None:
    assert {"entries_irregular", "pending_rpd", "cost_federal"} <= moved(base, run(corridor, draw=4))
    other = run_draw(corridor, seed=8, draw=3, from_=FROM, to=TO)
    assert "entries_irregular" in moved(base, other)


NOTHING = {
    "no amendments": (),
    "presence as it was": (change(kind="police", place="roxham_road", presence=1),),
    "hearings times one": (change(kind="capacity", service="rpd", multiply=1),),
    "beds times one": (change(kind="beds", place="all", multiply=1),),
    "no bed more": (change(kind="beds", place="montreal_hotels", add="0 beds"),),
    "pressure times one": (change(kind="pressure", multiply=1),),
    "an open road opened": (change(kind="crossing", place="roxham_road", open=True),),
    "a closure before the run": (
        change(kind="crossing", place="roxham_road", open=False, from_="2018-01-01", until="2018-12-31"),
    ),
    "a Protocol that starts when it did": (
        change(kind="law", parameter="between_poe_limit_days", value=14, from_="2023-03-25"),
    ),
    "the reading that is the default": (change(kind="reading", switch="late_bar_if_suspended", value="kept"),),
    "more hearings after the run": (change(kind="capacity", service="rpd", multiply=3, from_="2024-01-01"),),
}  # fmt: skip


@pytest.mark.parametrize("name", NOTHING)
def test_what_changes_nothing_differs_by_exactly_nothing(corridor: Corridor, base: Outcome, name: str) -> None:
    amended = corridor.amend(list(NOTHING[name]))
    assert amended is not corridor
    other = run_draw(amended, seed=7, draw=3, from_=FROM, to=TO)
    assert not moved(base, other)
    assert not account_differs(base, other)


TOUCHES = {
    "hearings": (
        (change(kind="capacity", service="rpd", multiply=2),),
        {*DECISIONS, "cost_federal", "cost_provincial"}, {"pending_rpd", "wait_days_rpd"},
    ),
    "desk": (
        (change(kind="capacity", service="eligibility_desk", multiply=0.5),),
        # people leave some beds when the work permit comes, and it waits for the referral
        {*DECISIONS, *ROOMS, "pending_eligibility", "work_permits", "cost_federal", "cost_provincial",
         "cost_municipal"} - {"transferred"},
        {"pending_eligibility", "pending_rpd"},
    ),
    "removal": (
        (change(kind="capacity", service="removal", multiply=0),),
        {"removed", "awaiting_removal", "accepted", "permanent_residents", "cost_federal", "cost_provincial"},
        {"removed"},
    ),
    "transfers": (
        (change(kind="transfer", share=0),),
        {*ROOMS, "cost_federal", "cost_provincial", "cost_municipal"}, {"transferred", "bed_nights"},
    ),
    "beds": (
        (change(kind="beds", place="montreal_shelters", add="-600 beds"),),
        {*ROOMS, "cost_federal", "cost_provincial", "cost_municipal"} - {"transferred"}, {"bed_nights"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", TOUCHES)
def test_an_amendment_moves_only_what_it_can_touch(corridor: Corridor, base: Outcome, name: str) -> None:
    changes, may, must = TOUCHES[name]
    found = moved(base, run(corridor, *changes))
    assert must <= found <= may
    assert not found & {*BORDER, *CLAIMS}


def test_the_law_of_tomorrow_does_not_change_yesterday(corridor: Corridor, base: Outcome) -> None:
    never = run(corridor, change(kind="law", instrument="protocol_2023", action="never"))
    assert {"entries_irregular", "returned_to_us", "claims_land_border"} <= moved(base, never)
    for metric in METRICS:
        for k, month in enumerate(base.months):
            if month < "2023-03":
                assert np.array_equal(base.cell(metric).value[:, k], never.cell(metric).value[:, k]), (metric, month)


def test_more_pressure_keeps_everybody_who_came_anyway(corridor: Corridor) -> None:
    def people(*changes: Amendment) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        flow = carry_out(begin(corridor.amend(list(changes)), seed=7, draw=3, from_=FROM, to=date(2022, 12, 31)))
        return flow.people().number, flow.people().size, flow.people().day

    few, more = people(), people(change(kind="pressure", multiply=1.5))
    kept = np.isin(more[0], few[0])
    assert kept.sum() == few[0].size < more[0].size
    order, before = np.argsort(more[0][kept]), np.argsort(few[0])
    for mine, theirs in zip(more, few, strict=True):
        assert np.array_equal(mine[kept][order], theirs[before])
    corridor_parties = few[0] < (np.uint64(1) << np.uint64(52))
    added = more[1].sum() - few[1].sum()
    assert added / few[1][corridor_parties].sum() == pytest.approx(0.5, abs=0.05)


def test_pressure_is_scaled_for_the_group_hub_and_days_named(corridor: Corridor) -> None:
    many = change(kind="pressure", group="haiti", hub="new_york", multiply=4, from_="2022-11-01", until="2022-11-30")
    outcome = [
        carry_out(begin(corridor.amend(list(c)), seed=7, draw=3, from_=FROM, to=date(2022, 12, 31))).people()
        for c in ((), (many,))
    ]
    haiti, hub = corridor.groups.index("haiti"), list(corridor.choice.hubs).index("new_york")
    touched = []
    for people in outcome:
        november = (people.day >= 31) & (people.day < 61)
        touched.append((people.stream == 0) & (people.group == haiti) & (people.origin == hub) & november)
    before, after = (p.number[t] for p, t in zip(outcome, touched, strict=True))
    assert after.size == pytest.approx(4 * before.size, rel=0.2)
    others = [np.sort(p.number[~t]) for p, t in zip(outcome, touched, strict=True)]
    assert np.array_equal(*others)


def test_a_run_reports_every_metric_by_month_and_place(corridor: Corridor, base: Outcome) -> None:
    assert [cells.metric for cells in base.cells] == list(METRICS)
    assert base.months[0] == "2022-10" and base.months[-1] == "2023-06" and len(base.months) == 9
    for cells in base.cells:
        assert cells.value.shape == (len(cells.places), 9)
        assert np.isfinite(cells.value).all() and (cells.value >= 0).all()
        assert (cells.weight is not None) == (METRICS[cells.metric].kind == "mean")
    with pytest.raises(KeyError):
        base.cell("no such metric")


def test_draws_go_round_the_posterior(corridor: Corridor) -> None:
    many = len(corridor.posterior())
    one, other = (begin(corridor, seed=7, draw=k, from_=FROM, to=TO) for k in (2, 2 + many))
    assert one.parameters == other.parameters
    assert one.rng != other.rng


def test_wrong_days_are_refused(corridor: Corridor) -> None:
    with pytest.raises(RunError, match="first of a month"):
        run(corridor, from_=date(2022, 1, 2))
    with pytest.raises(RunError, match="ends later"):
        run(corridor, from_=date(2022, 2, 1), to=date(2022, 1, 31))
    with pytest.raises(EvidenceError, match="holds 2017-01 to 2024-12"):
        run(corridor, from_=date(2024, 12, 1), to=date(2025, 1, 31))


def test_a_run_may_end_within_a_month(corridor: Corridor, base: Outcome) -> None:
    part = run(corridor, to=date(2022, 12, 15))
    assert part.months == ("2022-10", "2022-11", "2022-12")
    for metric in ("entries_irregular", "claims_land_border"):
        assert np.array_equal(part.cell(metric).value[:, :2], base.cell(metric).value[:, :2])
    assert 0 < part.cell("entries_irregular").value[:, 2].sum() < base.cell("entries_irregular").value[:, 2].sum()


def test_the_printed_plan_is_the_plan_carried_out(corridor: Corridor, monkeypatch: pytest.MonkeyPatch) -> None:
    assert [name for name, _ in plan()] == [step.name for step in PLAN]
    assert all(en != fr for (_, en), (_, fr) in zip(plan(), plan("fr"), strict=True))
    done: list[str] = []
    spied = tuple(_spy(step, done) for step in PLAN)
    monkeypatch.setattr("roxham.sim.run.PLAN", spied)
    run(corridor, from_=date(2023, 4, 1))
    first = list(dict.fromkeys(done))
    assert first == [step.name for step in PLAN]
    assert done.count("choice") == done.count("border") > 1


def _spy(step: Step, done: list[str]) -> Step:
    def do(flow: Flow) -> None:
        done.append(step.name)
        step.do(flow)

    return replace(step, do=do)
