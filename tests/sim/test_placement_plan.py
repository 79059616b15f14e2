"""A day's plan: reasons, smallest sets of rules, parts that sum, overrides and their price, and look-ahead."""

from __future__ import annotations

import importlib.util
import sys
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roxham.errors import SpecError, UnknownName
from roxham.sim.placement import RULES, Expected, Family, Plan, Site, compare, override_prices, place, weights
from roxham.sim.placement.ahead import HORIZON, _beds, _filled
from roxham.sim.placement.data import hard_rules, lay_out

TODAY = date(2030, 3, 4)
ROOT = Path(__file__).resolve().parents[2]


def site(id: str = "a", free: int = 9, price: float = 100.0, **more: object) -> Site:
    return replace(Site(id, "QC", ((None, free),), price, school=True), **more)  # type: ignore[arg-type]


@st.composite
def mornings(draw: st.DrawFn) -> tuple[list[Family], list[Site], list[Expected]]:
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    provinces = ("QC", "ON", "NS")
    names = [f"p{n}" for n in range(draw(st.integers(1, 5)))]

    def family(n: int) -> Family:
        chosen = str(rng.choice([*names, "", "", "wait"]))
        return Family(f"F{n}", int(rng.integers(1, 8)), int(rng.integers(1, 60)), str(rng.choice([*names, ""])),
                      TODAY - timedelta(days=int(rng.integers(0, 9))), int(rng.integers(0, 2)),
                      bool(rng.random() < 0.2), str(rng.choice(["", "", "fr", "en"])),
                      (str(rng.choice(provinces)),) if rng.random() < 0.4 else (),
                      frozenset({"kitchen"} if rng.random() < 0.2 else ()), chosen)

    places = [Site(name, str(rng.choice(provinces)),
                   ((None, int(rng.integers(0, 14))), (TODAY + timedelta(days=int(rng.integers(1, 40))),
                                                       int(rng.integers(0, 14)))),
                   float(rng.integers(50, 200)), bool(rng.random() < 0.6), bool(rng.random() < 0.4),
                   frozenset({"fr", "en"} if rng.random() < 0.5 else {"en"}), float(rng.integers(0, 900)),
                   int(rng.integers(0, 40)), 0.3, frozenset({"kitchen"} if rng.random() < 0.4 else ()),
                   frozenset({"kitchen"} if rng.random() < 0.1 else ())) for name in names]
    families = [family(n) for n in range(draw(st.integers(0, 12)))]
    coming = [Expected(TODAY + timedelta(days=k), float(rng.random()), replace(family(k), id="", override=""))
              for k in range(1, 9)]
    return families, places, coming


def breaks_nothing(plan: Plan, families: list[Family], places: list[Site]) -> None:
    """Check every hard rule from the rows themselves, not from the columns that the rules read."""
    sites = {one.id: one for one in places}
    for one, line in zip(families, plan.lines, strict=True):
        assert (line.id, line.persons) == (one.id, one.persons)
        if line.place is None:
            continue
        to = sites[line.place]
        assert to.accessible or not one.accessible
        assert to.school or not one.school_age
        assert not one.language or one.language in to.languages
        assert one.needs <= to.offers
        assert to.only <= one.needs
    for name, to in sites.items():
        for ahead in range(60):
            there = sum(one.persons for one, line in zip(families, plan.lines, strict=True)
                        if line.place == name and (one.nights or 30) > ahead)
            assert there <= to.free_on(TODAY + timedelta(days=ahead)) or there == 0


@given(mornings())
@settings(max_examples=60, deadline=None)
def test_no_rule_ever_breaks_a_hard_rule_and_the_parts_sum(morning: tuple[list[Family], list[Site], list[Expected]]
                                                          ) -> None:
    families, places, coming = morning
    for rule, plan in compare(families, places, TODAY, forecast=coming).items():
        breaks_nothing(plan, families, places)
        assert plan.rule == rule
        assert plan.placed + plan.without_bed == sum(one.persons for one in families)
        of_lines = sum(sum(line.costs.values()) for line in plan.lines)
        assert plan.cost == pytest.approx(of_lines + plan.costs["fairness"])
        for one, line in zip(families, plan.lines, strict=True):
            if one.override and line.reason.kind != "refused":
                assert line.place == (None if one.override == "wait" else one.override)
            assert line.reason.text("en") and line.reason.text("fr") != line.reason.text("en")


@given(mornings())
@settings(max_examples=40, deadline=None)
def test_optimal_costs_no_more_than_the_others_and_an_override_is_never_free_money(
    morning: tuple[list[Family], list[Site], list[Expected]]
) -> None:
    families, places, _ = morning
    plans = compare(families, places, TODAY, rules=("as-is", "greedy", "optimal"))
    slack = 1e-4 * plans["optimal"].cost + 1e-6
    assert plans["optimal"].cost <= min(plans["greedy"].cost, plans["as-is"].cost) + slack
    for price in override_prices(families, places, TODAY):
        assert price.cost >= -slack
        assert price.cost == pytest.approx(sum(price.costs.values()))


def test_a_family_without_a_place_is_told_the_smallest_set_of_rules_and_what_opens_one() -> None:
    places = [site("lachine", 4, accessible=True), site("ottawa", 8), site("laval", 30, school=False)]
    plan = place([Family("F17", 6, accessible=True, school_age=2)], places, TODAY)
    reason = plan.lines[0].reason
    assert reason.kind == "impossible"
    assert reason.values["needs"] == ("accessible",)
    assert reason.text() == ("persons: 6, accessible: none of the places open to it (1) has more than 4 free beds; "
                             "without `accessible`, ottawa has 8; the largest is lachine with 4")
    assert "sans `accessible`, ottawa en a 8" in reason.text("fr")


def test_a_need_that_no_place_meets_is_named() -> None:
    plan = place([Family("F1", 2, language="fr", accessible=True)], [site(accessible=True)], TODAY)
    assert plan.lines[0].reason.text() == ("persons: 2, language fr: no place offers it; "
                                           "without `language fr`, a has 9")


def test_families_that_share_too_few_beds_are_told_so() -> None:
    families = [Family(f"F{n}", 4, accessible=True) for n in range(3)] + [Family("F9", 1)]
    plan = place(families, [site("a", 8, accessible=True), site("b", 3)], TODAY)
    (out,) = (line for line in plan.lines if line.place is None)
    assert out.reason.kind == "shared"
    assert (out.reason.values["demand"], out.reason.values["supply"]) == (12, 8)
    pieces = place([Family("F1", 4), Family("F2", 4)], [site("a", 6), site("b", 3)], TODAY)
    (out,) = (line for line in pieces.lines if line.place is None)
    assert "F" not in out.reason.text() and out.reason.kind in ("pieces", "shared")


def test_as_is_says_why_where_it_asked_did_not_do() -> None:
    families = [Family("F1", 3, asked="a"), Family("F2", 2, asked="a"), Family("F3", 1, asked="b", accessible=True)]
    plan = place(families, [site("a", 4), site("b", 9), site("c", 9, accessible=True)], TODAY, rule="as-is")
    assert [line.reason.kind for line in plan.lines] == ["asked", "asked_full", "asked_closed"]


def test_who_came_first_is_placed_first_whatever_the_order_of_the_rows() -> None:
    families = [Family("late", 2, arrived=TODAY), Family("early", 2, arrived=TODAY - timedelta(days=3))]
    for rule in ("greedy", "optimal"):
        assert [line.place for line in place(families, [site("a", 3)], TODAY, rule=rule).lines] == [None, "a"]


def test_an_override_is_kept_and_priced_and_one_that_breaks_a_rule_is_not_followed() -> None:
    places = [site("near", 4, 100.0), site("far", 4, 130.0)]
    families = [Family("F1", 4, nights=10, override="far"), Family("F2", 2, nights=10)]
    (price,) = override_prices(families, places, TODAY)
    assert price.cost == pytest.approx(10 * (4 * 30 - 2 * 30))  # one dearer bed each, the other family a cheaper one
    assert (price.persons_moved, price.persons_without_bed) == (2, 0)
    both = [replace(families[0], override="near"), replace(families[1], override="near")]
    plan = place(both, places, TODAY)
    assert [line.reason.kind for line in plan.lines] == ["override", "refused"]
    assert [one.followed for one in override_prices(both, places, TODAY)][:2] == [True, False]
    waits = place([replace(families[0], override="wait")], places, TODAY)
    assert (waits.without_bed, waits.lines[0].reason.kind) == (4, "override_wait")


def test_look_ahead_keeps_an_accessible_bed_for_those_expected_and_nobody_waits_for_it() -> None:
    places = [site("plain", 2, 110.0), site("ramp", 2, 100.0, accessible=True)]
    coming = [Expected(TODAY + timedelta(days=2), 3.0, Family("", 2, nights=30, accessible=True))]
    today = [Family("F1", 2, nights=30)]
    assert place(today, places, TODAY, rule="optimal").lines[0].place == "ramp"
    assert place(today, places, TODAY, rule="look-ahead", forecast=coming).lines[0].place == "plain"
    assert place(today, places, TODAY, rule="look-ahead").lines[0].place == "ramp"
    full = place([*today, Family("F2", 2, nights=30)], places, TODAY, rule="look-ahead", forecast=coming)
    assert full.without_bed == 0


def test_the_days_ahead_hold_the_dated_beds_and_the_days_on_which_they_fall() -> None:
    dated = site("a", 0, beds=((None, 3), (TODAY + timedelta(days=2), 7), (TODAY + timedelta(days=4), 5)))
    desk = lay_out([Family("F1", 2, nights=3)], [dated, site("b", 5)], TODAY, weights())
    beds = _beds(desk, HORIZON)
    assert beds.free[0, :6].tolist() == [3, 3, 7, 7, 5, 5] and (beds.free[1] == 5).all()
    assert beds.falls.tolist() == [[4], [0]]
    with_family = _filled(desk, beds, np.array([0]))
    assert with_family.free[0, :6].tolist() == [1, 1, 5, 7, 5, 5]
    assert with_family.people.tolist() == [2.0] and beds.people.tolist() == [0.0]


def test_look_ahead_answers_the_same_each_time_and_keeps_what_was_decided() -> None:
    places = [site("a", 6, 100.0, accessible=True), site("b", 6, 105.0), site("c", 6, 110.0)]
    coming = [Expected(TODAY + timedelta(days=k), 0.7, Family("", 3, nights=20, accessible=k % 2 == 0))
              for k in range(1, 20)]
    today = [Family(f"F{n}", 2, nights=20, override="c" if n == 0 else "") for n in range(5)]
    plans = [place(today, places, TODAY, rule="look-ahead", forecast=coming) for _ in range(2)]
    assert plans[0] == replace(plans[1], places=plans[0].places)
    assert plans[0].lines[0].place == "c" and plans[0].without_bed == 0


def test_of_plans_alike_in_cost_an_override_moves_the_fewest_people() -> None:
    places = [site("a", 4), site("b", 4), site("c", 4)]
    families = [Family("F1", 4, nights=10), Family("F2", 2, nights=10), Family("F3", 2, nights=9),
                Family("F4", 3, nights=8)]
    where = [line.place for line in place(families, places, TODAY).lines]
    others = [p for p in ("a", "b", "c") if p != where[0]]
    for target in others:
        there = [one.persons for one, p in zip(families, where, strict=True) if p == target]
        (price,) = override_prices([replace(families[0], override=target), *families[1:]], places, TODAY)
        assert price.cost == pytest.approx(0)
        assert price.persons_moved == sum(there)  # those who were there go where F1 would have gone; nobody else


def test_what_does_not_go_together_is_told_at_once() -> None:
    with pytest.raises(UnknownName, match='did you mean "optimal"'):
        place([], [site()], TODAY, rule="optimum")
    families = [Family("F1", 2, asked="ottowa"), Family("F1", 0)]
    with pytest.raises(SpecError) as told:
        place(families, [site("ottawa")], TODAY)
    for words in ("F1 stands twice", "0 persons", 'did you mean "ottawa"'):
        assert words in str(told.value)
    with pytest.raises(SpecError, match="without_bed is too small"):
        place([Family("F1", 2)], [site(price=100.0)], TODAY, prices=replace(weights(), without_bed=90.0))
    with pytest.raises(SpecError, match="has no share"):
        place([Family("F1", 2)], [site()], TODAY, shares={"ON": 1.0})


def test_a_rule_that_nobody_needs_is_left_out() -> None:
    assert list(hard_rules([Family("F1", 2, school_age=1)], [site(school=False)])) == ["school"]
    assert RULES == ("as-is", "greedy", "optimal", "look-ahead")


@pytest.mark.parametrize("random_stays", [False, True])
def test_the_benchmark_in_small(monkeypatch: pytest.MonkeyPatch, random_stays: bool) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    spec = importlib.util.spec_from_file_location("placement_benchmark", ROOT / "benchmarks" / "placement.py")
    assert spec is not None and spec.loader is not None
    bench = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, spec.name, bench)  # its dataclasses look themselves up
    spec.loader.exec_module(bench)
    found = bench.measure(0, families=60, places=10, days=30, load=bench.LOAD, rounds=150, random_stays=random_stays)
    best = found["look-ahead"]
    for score in found.values():
        assert score.of_bound <= score.of_whole <= 1 + 1e-9
    assert best.of_bound >= 0.97  # 0.98 is for the large world, where one family weighs less
    assert best.of_bound > found["as-is"].of_bound
