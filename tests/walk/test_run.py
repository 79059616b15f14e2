"""Runs of walks: nobody lost, the same numbers for the same seed, and what each option does."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from roxham.errors import SpecError, UnknownName
from roxham.walk import read_folder, run
from roxham.walk.draws import binomial, fresh_dice, open_stream
from roxham.walk.network import directed, routes_by_awareness
from roxham.walk.rules import make_plan
from roxham.walk.settings import Settings
from roxham.walk.simulate import run_plan

CASES = Path(__file__).parent / "cases"
Small = Callable[..., Path]
YML = "simsetting.yml"


def test_nobody_is_lost(small: Small) -> None:
    walk = run(small(), replicates=20, links=True)
    assert walk.plan is not None
    expected = walk.plan.demand.at_first.sum() + np.cumsum(walk.plan.demand.total)
    assert (walk.people.sum(axis=2) + walk.links.sum(axis=2) == expected).all()


@pytest.mark.parametrize("mode", ["flee", "documented"])
@pytest.mark.parametrize("name", ["mali2012", "tigray2020"])
def test_nobody_is_lost_in_a_conflict(name: str, mode: Any) -> None:
    walk = run(CASES / name, mode=mode, hasten=100, replicates=3, links=True)
    assert walk.plan is not None
    expected = walk.plan.demand.at_first.sum() + np.cumsum(walk.plan.demand.total)
    assert (walk.people.sum(axis=2) + walk.links.sum(axis=2) == expected).all()
    assert (walk.people >= 0).all() and (walk.links >= 0).all()


def test_a_seed_gives_the_same_walk_on_any_number_of_threads(small: Small) -> None:
    folder = small()
    one, two = (run(folder, replicates=5, seed=3, jobs=jobs) for jobs in (1, 2))
    assert (one.people == two.people).all()
    assert (run(folder, replicates=2, seed=3).people == one.people[:2]).all()
    assert (run(folder, replicates=5, seed=4).people != one.people).any()


def test_the_border_is_closed_while_it_is_closed(small: Small) -> None:
    walk = run(small(), replicates=5)
    assert (walk.at("Far")[:, :2] == 0).all()
    assert (walk.at("Far")[:, -1] > 0).all()
    with pytest.raises(UnknownName, match="did you mean"):
        walk.at("Farr")


def test_links_of_a_closed_day_send_people_back(small: Small) -> None:
    """Who is on a link when it closes comes back to its start."""
    closures = "#a,b,c,d,e\ncountry,Home,Away,2,0\n"
    routes = "#a,b,c,d\nZone,Town,50,0\nTown,Camp,900,0\nTown,Far,900,0\n"
    walk = run(small({"input_csv/closures.csv": closures, "input_csv/routes.csv": routes}), replicates=10, links=True)
    assert (walk.people[:, :, 2:] <= walk.people[:, :1, 2:]).all(), "nobody new arrives"
    assert (walk.links[:, -1].sum(axis=1) == 0).any() or (walk.at("Town")[:, -1] > 0).all()


def test_a_full_camp_draws_nobody_more(small: Small) -> None:
    crowded = "#name,region,country,lat,lon,location_type,conflict_date,pop\n" \
        "Zone,e,Home,1,1,conflict_zone,0,1000\nTown,e,Home,1,2,town,,500\n" \
        "Camp,w,Away,1,3,camp,,40\nFar,w,Away,1,4,camp,,0\n"
    walk = run(small({"input_csv/locations.csv": crowded}), replicates=50)
    assert walk.at("Camp").max() <= 40
    assert walk.at("Far")[:, -1].mean() > walk.at("Camp")[:, -1].mean()


def test_hasten_divides_people(small: Small) -> None:
    walk = run(small(), hasten=10, replicates=3)
    assert walk.plan is not None
    assert walk.plan.demand.people.tolist() == [100, 50, 0, 0]
    assert walk.people.sum(axis=2).max() <= 15


def test_groups_are_told_apart(small: Small) -> None:
    table = "#gender,Default,Town\nf,1,1\nm,3,1\n"
    walk = run(small({"input_csv/demographics_gender.csv": table}), by="gender", replicates=20)
    assert walk.group == ("f", "m")
    assert (walk.groups.sum(axis=3) == walk.people).all()
    women = walk.groups[..., 0].sum() / walk.groups.sum()
    assert women == pytest.approx(0.25, abs=0.03)
    with pytest.raises(UnknownName, match="age"):
        run(small({"input_csv/demographics_gender.csv": table}), by="age")


def test_hazards_weigh_double_for_those_who_avoid_them(small: Small) -> None:
    table = "#gender,Default\nf,1\nm,1\n"
    text = "move_rules:\n  WomenAvoidHazards: True\n  conflict_weight: 0.5\n  max_move_speed: 60\n"
    folder = small({"input_csv/demographics_gender.csv": table, YML: text})
    walk = run(folder, by="gender", replicates=200)
    back = walk.groups[:, -1, 0].sum(axis=0)
    assert back[0] < back[1], "fewer women go back into the conflict"


def test_food_crisis_makes_people_leave(small: Small) -> None:
    hunger = "#Day,east,west\n0,80,0\n7,80,0\n"
    fed = small({"input_csv/region_attributes_IPC.csv": hunger, YML: "move_rules:\n  default_movechance: 0.1\n"})
    hungry = small({"input_csv/region_attributes_IPC.csv": hunger,
                    YML: "move_rules:\n  default_movechance: 0.1\n  flee_when_starving: True\n"})
    plan = make_plan(read_folder(hungry))
    assert plan.tables.move_chance[0, 1] == pytest.approx(0.8 + 0.2 * 0.1)
    assert run(hungry, replicates=30).at("Town")[:, -1].mean() < run(fed, replicates=30).at("Town")[:, -1].mean()


def test_floods_change_chances_and_draws(small: Small) -> None:
    water = "#Day,Town\n" + "".join(f"{day},{2 if day > 3 else 0}\n" for day in range(8))
    rules = "move_rules:\n  flood_rules:\n    flood_movechances: [0, 0.2, 0.9]\n    flood_loc_weights: [1, 0.5, 0.1]\n"
    plan = make_plan(read_folder(small({"input_csv/flood_level.csv": water, YML: rules})))
    assert plan.tables.move_chance[:, 1].tolist() == pytest.approx([0.3] * 4 + [0.9] * 4)
    to_town = next(k for k in range(len(plan.routes.end)) if plan.routes.end[k] == 1 and plan.routes.start[k] == 0)
    dry, wet = (plan.tables.weight[0, plan.tables.spell[day], to_town] for day in (0, 7))
    assert wet / dry == pytest.approx(0.1)


def test_people_set_out_from_conflict_alone(small: Small) -> None:
    rules = "spawn_rules:\n  conflict_driven_spawning:\n    spawn_mode: constant\n    displaced_per_conflict_day: 30\n"
    walk = run(small({YML: rules}), replicates=2, links=True)
    assert (walk.people.sum(axis=2) + walk.links.sum(axis=2))[:, -1].tolist() == [240, 240]
    poisson = rules.replace("constant", "poisson")
    many = run(small({YML: poisson}), replicates=100, links=True)
    totals = (many.people.sum(axis=2) + many.links.sum(axis=2))[:, -1]
    assert totals.mean() == pytest.approx(240, rel=0.05)
    assert totals.var() == pytest.approx(240, rel=0.5)


def test_routes_see_as_far_as_awareness(small: Small) -> None:
    read = read_folder(small())
    network = directed(read, Settings(), doubled=False)
    near, far = (routes_by_awareness(read, network, level) for level in (1, 2))
    assert len(near.end) == 6
    assert sorted(far.km[far.first[0]: far.first[1]].tolist()) == [50, 110, 140]
    assert len(far.stand_place) > len(near.stand_place) == 4


def test_longer_plans_are_kept(small: Small) -> None:
    walk = run(small({YML: "move_rules:\n  awareness_level: 2\n  max_move_speed: 55\n"}), replicates=10, links=True)
    assert walk.plan is not None
    expected = walk.plan.demand.at_first.sum() + np.cumsum(walk.plan.demand.total)
    assert (walk.people.sum(axis=2) + walk.links.sum(axis=2) == expected).all()


def test_our_own_mode_tells_of_destinations(small: Small) -> None:
    walk = run(small(), mode="roxham", replicates=7)
    assert walk.people.shape == (7, 8, 2)
    with pytest.raises(SpecError, match="no links"):
        run(small(), mode="roxham", links=True)
    with pytest.raises(UnknownName, match="did you mean"):
        run(small(), mode="fle")  # type: ignore[arg-type]


def test_a_rule_of_ones_own_needs_tables_only(small: Small) -> None:
    plan = make_plan(read_folder(small()))
    only_far = np.where(plan.routes.end == 2, 0.0, plan.tables.weight)
    other = dataclasses.replace(plan, tables=plan.tables._replace(weight=only_far))
    walk = run_plan(other, replicates=5)
    assert (walk.at("Camp") <= 10).all()
    assert (walk.at("Far")[:, -1] > 0).all()


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(speed=st.floats(5, 900), chance=st.floats(0, 1), on_foot=st.booleans(), short=st.booleans(),
       awareness=st.integers(-1, 3), seed=st.integers(0, 9), reading=st.sampled_from(["flee", "documented"]))
def test_nobody_is_lost_under_any_rule(small: Small, speed: float, chance: float, on_foot: bool, short: bool,
                                       awareness: int, seed: int, reading: Any) -> None:
    read = read_folder(small())
    rules = dataclasses.replace(read.settings, max_move_speed=speed, default_movechance=chance, start_on_foot=on_foot,
                                avoid_short_stints=short, awareness_level=awareness)
    plan = make_plan(read, reading, rules=rules)
    walk = run_plan(plan, links=True, seed=seed)
    expected = plan.demand.at_first.sum() + np.cumsum(plan.demand.total)
    assert (walk.people.sum(axis=2) + walk.links.sum(axis=2) == expected).all()


@pytest.mark.parametrize(("people", "chance"), [(2, 0.3), (7, 0.5), (40, 0.9), (1_000, 0.02), (10**8, 0.37)])
def test_binomial_numbers_have_their_mean_and_spread(people: int, chance: float) -> None:
    dice = fresh_dice(11)
    found = np.empty(4_000)
    for number in range(len(found)):
        open_stream(dice, 1, 1, number)
        found[number] = binomial(dice, people, chance)
    spread = people * chance * (1 - chance)
    assert abs(found.mean() - people * chance) < 5 * np.sqrt(spread / len(found))
    assert found.var() == pytest.approx(spread, rel=0.15)


def test_the_kernels_numbers_are_those_of_philox() -> None:
    """The first block of counter 0 and key 0 of Philox4x32-10, from the authors' own known answers."""
    from roxham.walk.draws import word

    dice = fresh_dice(0)
    open_stream(dice, 0, 0, 0)
    assert [int(word(dice)) for _ in range(4)][::-1] == [0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8]
