"""People walked one by one: the same law as counts, tables that say what the rules say, and nobody lost."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy import stats
from tests.walk.comparing import by_holm

from roxham.walk import read_folder, run
from roxham.walk import state as walk_state
from roxham.walk.chances import HALF, LIST, ROW, notice
from roxham.walk.choice import look
from roxham.walk.draws import fill_words, fresh_dice, open_stream, word
from roxham.walk.kernel import begin
from roxham.walk.machine import machine_code
from roxham.walk.packets import clear
from roxham.walk.rules import Plan, make_plan
from roxham.walk.simulate import run_plan
from roxham.walk.state import fresh_alone, fresh_state

CASES = Path(__file__).parent / "cases"
NAMES = sorted(path.name for path in CASES.iterdir() if path.is_dir())
Small = Callable[..., Path]
LEVEL = 0.001
SEEN = 0.5  # people on average, from whom on a place is compared

notice_now = machine_code(lambda tables, law, state, alone, day: notice(tables, law, state, alone, day))


@pytest.fixture
def nobody_alone(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Give the function from which on all people are counts."""

    def make() -> None:
        monkeypatch.setattr(walk_state, "fresh_alone", lambda tables, law: fresh_alone(tables, law, most=0))

    return make


def _hold(plan: Plan, replicates: int, nobody_alone: Callable[[], None]) -> None:
    """Check that one by one and as counts the same plan gives the same law."""
    alone = run_plan(plan, replicates=replicates, seed=1, jobs=2, links=True)
    nobody_alone()
    counts = run_plan(plan, replicates=replicates, seed=2, jobs=2, links=True)
    assert (alone.people.sum(axis=2) + alone.links.sum(axis=2)
            == counts.people.sum(axis=2) + counts.links.sum(axis=2)).all()
    days = np.unique(np.linspace(0, alone.people.shape[1] - 1, 9)[1:].astype(int))
    one, two = (np.concatenate([walk.people[:, days], walk.links[:, days]], axis=2).astype(float)
                for walk in (alone, counts))
    spread = (one.var(axis=0, ddof=1) + two.var(axis=0, ddof=1)) / replicates
    seen = (spread > 1e-6) & (two.mean(axis=0) > SEEN)
    z = np.abs(one.mean(axis=0) - two.mean(axis=0))[seen] / np.sqrt(spread[seen])
    assert seen.sum() > 10
    assert by_holm(2 * stats.norm.sf(z)) > LEVEL, np.sort(z)[-5:]


@pytest.mark.parametrize(
    ("name", "hasten"),
    [("mali2012", 50), ("tigray2020", 1_000), *(pytest.param(name, 300, marks=pytest.mark.slow) for name in NAMES)],
)
def test_one_by_one_and_as_counts_is_the_same_law(name: str, hasten: int, nobody_alone: Callable[[], None]) -> None:
    _hold(make_plan(read_folder(CASES / name), "documented", hasten=hasten), 200, nobody_alone)


@pytest.mark.parametrize("changes", [
    {"awareness_level": 2, "max_move_speed": 55.0},
    {"awareness_level": 3, "max_move_speed": 120.0, "avoid_short_stints": False},
    {"max_move_speed": 50.0, "default_movechance": 0.9},  # links of exactly a day
    {"max_move_speed": 40.0, "camp_movechance": 0.4},
])
def test_plans_and_short_days_are_the_same_law(changes: dict[str, Any], small: Small,
                                               nobody_alone: Callable[[], None]) -> None:
    """With a border that opens on the third day, and a place whose road is closed while people are on it."""
    closures = "#closure_type,name1,name2,closure_start,closure_end\ncountry,Home,Away,0,2\nlocation,Far,Far,5,7\n"
    read = read_folder(small({"input_csv/closures.csv": closures}))
    rules = dataclasses.replace(read.settings, **changes)
    plan = make_plan(read, "documented", rules=rules)
    assert plan.tables.shut[5].any()
    _hold(plan, 400, nobody_alone)


def test_kinds_of_people_are_told_apart(small: Small, nobody_alone: Callable[[], None]) -> None:
    table = "#gender,Default\nf,1\nm,3\n"
    text = "move_rules:\n  WomenAvoidHazards: True\n  conflict_weight: 0.5\n  max_move_speed: 60\n"
    folder = small({"input_csv/demographics_gender.csv": table, "simsetting.yml": text})
    alone = run(folder, mode="documented", by="gender", replicates=300)
    assert (alone.groups.sum(axis=3) == alone.people).all()
    nobody_alone()
    counts = run(folder, mode="documented", by="gender", replicates=300)
    for group in range(2):
        spread = np.sqrt((alone.groups[..., group].var(axis=0) + counts.groups[..., group].var(axis=0)) / 300)
        apart = np.abs(alone.groups[..., group].mean(axis=0) - counts.groups[..., group].mean(axis=0))
        assert (apart <= 4.5 * spread + 1e-9).all()


def test_links_of_no_length_come_to_an_end(small: Small) -> None:
    plan = make_plan(read_folder(small()), "documented")
    nowhere = dataclasses.replace(plan, tables=plan.tables._replace(
        km=np.zeros_like(plan.tables.km), move_chance=np.ones_like(plan.tables.move_chance)))
    walk = run_plan(nowhere, replicates=3)
    expected = plan.demand.at_first.sum() + np.cumsum(plan.demand.total)
    assert (walk.people.sum(axis=2) == expected).all()


def test_only_as_many_are_walked_alone_as_there_is_room_for() -> None:
    plan = make_plan(read_folder(CASES / "mali2012"), "documented", hasten=1)
    assert len(fresh_alone(plan.tables, plan.law).words) > plan.tables.total.sum()
    for law in (plan.law._replace(hold=True), plan.law._replace(buffer=0.9), plan.law._replace(fresh_allowance=True)):
        assert len(fresh_alone(plan.tables, law).words) == 0
    slow = plan.tables._replace(speed=plan.tables.speed / 2)
    assert len(fresh_alone(slow, plan.law).words) == 0


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(day=st.integers(0, 299), full=st.sets(st.integers(16, 22)))
def test_a_word_means_what_the_rules_say(day: int, full: set[int]) -> None:
    """The chances that the tables give, added up over their columns, against the rules written out."""
    plan = make_plan(read_folder(CASES / "mali2012"), "documented", hasten=1)
    tables, law = plan.tables, plan.law
    state, alone = fresh_state(tables, law, rows=16), fresh_alone(tables, law)
    clear(tables, state)
    begin(tables, law, state, fresh_dice(1))
    for place in full:
        state.here[place] = 10**6
    look(tables, law, state, fresh_dice(1), day, True)
    notice_now(tables, law, state, alone, day)
    columns = len(alone.turned)
    for place in range(len(state.here)):
        for must in range(2):
            row = int(alone.base[place]) // columns + must
            share = alone.cut[row * columns: (row + 1) * columns] / (2.0**32 / columns)
            told: dict[int, float] = {}
            for k in range(columns):
                for second, part in enumerate((share[k], 1 - share[k])):
                    one = int(alone.to[2 * (row * columns + k) + second])
                    leg = -1 if one >> LIST else (one >> HALF) & ROW
                    told[leg] = told.get(leg, 0.0) + part / columns
            expected = _by_the_rules(plan, day, place, full, always=bool(must))
            for leg in set(told) | set(expected):
                assert told.get(leg, 0.0) == pytest.approx(expected.get(leg, 0.0), abs=1e-8)


def _by_the_rules(plan: Plan, day: int, place: int, full: set[int], *, always: bool) -> dict[int, float]:
    tables = plan.tables
    routes = range(tables.first[place], tables.first[place + 1])
    is_full = {end for end in full if tables.capacity[day, end] >= 1}
    weight = {k: float(tables.weight[0, tables.spell[day], k]) for k in routes}
    drawn = {k: one * (tables.end[k] not in is_full) for k, one in weight.items() if one > 0}
    if not any(drawn.values()):
        drawn = {k: 1.0 for k, one in weight.items() if one >= 0}
    chance = 1.0 if always else tables.move_chance[day, place]
    found = {-1: 1.0}
    for k, one in drawn.items():
        if not (tables.end[k] in is_full and tables.is_camp[day, tables.end[k]]):
            found[int(tables.leg[k])] = chance * one / sum(drawn.values())
    found[-1] -= sum(found.values()) - 1.0
    return found


@pytest.mark.parametrize("many", [1, 4, 5, 1_001])
def test_many_words_at_once_are_those_of_the_stream(many: int) -> None:
    dice, out = fresh_dice(987_654_321_987), np.zeros(1_004, dtype=np.uint32)
    open_stream(dice, 3, 137, 77)
    fill_words(dice, many, out)
    blocks = -(-many // 4)
    open_stream(dice, 3, 137, 77)
    for block in range(blocks):
        assert [int(word(dice)) for _ in range(4)] == [int(out[quarter * blocks + block]) for quarter in (3, 2, 1, 0)]
