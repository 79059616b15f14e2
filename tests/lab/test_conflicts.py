"""Scenarios build on others in order, and amendments that set the same thing are told with their places."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import roxham
from roxham.errors import SpecError, UnknownName
from roxham.lab.conflict import conflicts
from roxham.lab.scenario import load_pair, load_scenario, load_study
from roxham.sim.amend import amendment

HEAD = "name: {name}\ntitle: {{en: E, fr: F}}\n"


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / f"{name}.yaml"
    path.write_text(HEAD.format(name=name) + text, encoding="utf-8")
    return path


def change(kind: str, name: str = "one", **keys: Any) -> Any:
    return amendment(name=name, kind=kind, **keys)


ROOMS = "amendments:\n  - {name: nine a day, kind: capacity, service: rpd, set: 9 persons / day}\n"
MORE = "amendments:\n  - {name: twelve a day, kind: capacity, service: rpd, set: 12 persons / day, from: 2030-03-01}\n"
TWICE = "amendments:\n  - {name: twice, kind: capacity, service: rpd, multiply: 2}\n"
CLOSED = "amendments:\n  - {name: closed, kind: crossing, place: mill_road, open: false, from: 2030-07-01}\n"


# Composition.


def test_amendments_come_in_the_order_of_the_names_and_the_scenarios_own_come_last(tmp_path: Path) -> None:
    write(tmp_path, "rooms", ROOMS)
    write(tmp_path, "closed", CLOSED)
    path = write(tmp_path, "both", "extends: [closed, rooms]\n" + TWICE)
    scenario = load_scenario(path)
    assert [one.name for one in scenario.amendments] == ["closed", "nine a day", "twice"]
    assert scenario.extends == ()
    other = write(tmp_path, "other", "extends: [rooms, closed]\n" + TWICE)
    assert [one.name for one in load_scenario(other).amendments] == ["nine a day", "closed", "twice"]


def test_what_stands_under_two_scenarios_comes_once(tmp_path: Path) -> None:
    write(tmp_path, "rooms", ROOMS)
    write(tmp_path, "left", "extends: [rooms]\n" + TWICE)
    write(tmp_path, "right", "extends: [rooms]\n" + CLOSED)
    scenario = load_scenario(write(tmp_path, "top", "extends: [left, right]\n"))
    assert [one.name for one in scenario.amendments] == ["nine a day", "twice", "closed"]


def test_a_composed_scenario_runs_as_the_same_amendments_written_out(tmp_path: Path) -> None:
    write(tmp_path, "rooms", ROOMS)
    composed = load_scenario(write(tmp_path, "both", "extends: [rooms]\n" + TWICE))
    plain = load_scenario(write(tmp_path, "plain", ROOMS + TWICE.split("\n", 1)[1]))
    assert composed.hash == plain.hash
    assert composed.amendments == plain.amendments


def test_scenarios_of_the_case_are_found_and_pairs_are_composed(tmp_path: Path) -> None:
    path = write(tmp_path, "mine", "extends: [more-hearings, road-closed]\n")
    pair = load_pair(path, write(tmp_path, "other", "extends: [mine]\n" + TWICE), case="toy")
    assert [len(one.amendments) for one in pair.scenarios] == [2, 3]
    study = load_study(path, case="toy", names=roxham.load("toy").names())
    assert [one.name for one in study.scenarios] == ["as-it-was", "mine"]


@pytest.mark.parametrize("ways", [["loop"], ["a"]])
def test_scenarios_cannot_stand_on_themselves(tmp_path: Path, ways: list[str]) -> None:
    write(tmp_path, "a", "extends: [b]\n")
    write(tmp_path, "b", "extends: [a]\n")
    path = write(tmp_path, "loop", f"extends: [{ways[0]}]\n")
    with pytest.raises(SpecError, match=r"\.yaml:3:11: .* scenarios cannot stand on themselves"):
        load_scenario(path)


def test_a_tower_of_scenarios_has_its_height(tmp_path: Path) -> None:
    write(tmp_path, "s0", "")
    for layer in range(1, 30):
        write(tmp_path, f"s{layer}", f"extends: [s{layer - 1}]\n")
    assert load_scenario(tmp_path / "s9.yaml").amendments == ()
    with pytest.raises(SpecError, match="more than 10 deep"):
        load_scenario(tmp_path / "s29.yaml")


def test_problems_of_all_files_come_at_once_with_their_places(tmp_path: Path) -> None:
    write(tmp_path, "rooms", ROOMS.replace("capacity", "capcity"))
    path = write(tmp_path, "both", "extends: [rooms, roms]\n")
    with pytest.raises(SpecError) as error:
        load_scenario(path)
    told = [str(problem) for problem in error.value.problems]
    assert len(told) == 2
    assert "rooms.yaml:4" in told[0] and "capacity" in told[0]
    assert told[1].endswith('both.yaml:3:18: "roms" is not a scenario here or in the case (did you mean "rooms"?)')


# Paths.


@pytest.mark.parametrize(
    "name",
    ["../x", "../../etc/passwd", "/etc/passwd", "a/../../x.yaml", "..", "C:\\x.yaml", "..\\x.yaml", "\\\\host\\x.yaml"],
)
@pytest.mark.parametrize("key", ["extends", "scenarios"])
def test_no_name_leads_out_of_the_folder(tmp_path: Path, name: str, key: str) -> None:
    (tmp_path / "in").mkdir()
    write(tmp_path, "x", "")
    days = "from: 2030-01-01\nto: 2030-12-31\n" if key == "scenarios" else ""
    path = write(tmp_path / "in", "mine", f"{days}{key}:\n  - '{name}'\n")
    with pytest.raises(SpecError, match=f"mine.yaml:{6 if days else 4}:5: .* leads out of the folder"):
        load_study(path, case="toy") if days else load_scenario(path)


def test_no_link_leads_out_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    write(tmp_path, "x", "")
    (tmp_path / "in" / "x.yaml").symlink_to(tmp_path / "x.yaml")
    (tmp_path / "in" / "round.yaml").symlink_to(tmp_path / "in" / "round.yaml")
    for name in ("x", "round"):
        with pytest.raises(SpecError, match="leads out of the folder"):
            load_scenario(write(tmp_path / "in", "mine", f"extends: [{name}]\n"))


# Conflicts.


def test_a_conflict_names_both_places_and_the_days(tmp_path: Path) -> None:
    rooms = write(tmp_path, "rooms", ROOMS)
    path = write(tmp_path, "both", "extends: [rooms]\n" + MORE)
    with pytest.raises(SpecError) as error:
        load_scenario(path)
    assert not isinstance(error.value, UnknownName)
    (problem,) = error.value.problems
    said = f'{path}:5:5: "twelve a day" and "nine a day" ({rooms}:4) both change capacity of rpd'
    assert str(problem).startswith(said)
    assert "from 2030-03-01" in problem.message
    assert "later_wins: true" in problem.message


def test_the_later_one_wins_where_that_is_said(tmp_path: Path) -> None:
    import numpy as np

    write(tmp_path, "rooms", ROOMS)
    path = write(tmp_path, "both", "extends: [rooms]\nlater_wins: true\n" + MORE)
    corridor = roxham.load("toy").amend(load_scenario(path).amendments)
    days = np.array(["2030-02-28", "2030-03-01"], dtype="datetime64[D]")
    assert corridor.capacity("rpd", days).tolist() == [9, 12]


def test_the_word_of_a_scenario_counts_for_those_it_extends(tmp_path: Path) -> None:
    write(tmp_path, "rooms", ROOMS)
    write(tmp_path, "more", MORE)
    path = write(tmp_path, "both", "extends: [rooms, more]\n")
    with pytest.raises(SpecError, match="twelve a day"):
        load_scenario(path)
    write(tmp_path, "both", "extends: [rooms, more]\nlater_wins: true\n")
    assert len(load_scenario(path).amendments) == 2


PLACE = {"place": "mill_road"}
TOGETHER = {
    "two factors": (change("capacity", service="a", multiply=2), change("capacity", service="a", multiply=3)),
    "set, then scaled": (change("capacity", service="a", set="9 persons / day"),
                         change("capacity", service="a", multiply=3)),
    "other services": (change("capacity", service="a", set="9 persons / day"),
                       change("capacity", service="b", set="8 persons / day")),
    "other days": (change("crossing", **PLACE, open=False, until="2030-03-01"),
                   change("crossing", **PLACE, open=True, from_="2030-03-02")),
    "the same twice": (change("crossing", **PLACE, open=False), change("crossing", "two", **PLACE, open=False)),
    "police": (change("police", **PLACE, presence=0), change("police", **PLACE, presence=2)),
    "added beds": (change("beds", place="all", add="5 beds"), change("beds", place="all", add="7 beds")),
    "starts, then void": (change("law", instrument="x", action="starts", from_="2030-01-01"),
                          change("law", instrument="x", action="void", from_="2030-05-01")),
    "other fares": (change("fare", origin="a", destination="b", fare="1 CRN2030"),
                    change("fare", origin="b", destination="a", fare="2 CRN2030")),
    "other numbers": (change("number", number="b_heard", set=1), change("number", number="b_cost", set=2)),
}  # fmt: skip
AGAINST = {
    "set twice": (change("capacity", service="a", set="9 persons / day"),
                  change("capacity", service="a", set="8 persons / day")),
    "scaled, then set": (change("capacity", service="a", multiply=3),
                         change("capacity", service="a", set="9 persons / day")),
    "one day": (change("crossing", **PLACE, open=False, until="2030-03-01"),
                change("crossing", **PLACE, open=True, from_="2030-03-01")),
    "all beds": (change("beds", place="hall", add="5 beds"), change("beds", place="all", set="7 beds")),
    "a hall": (change("beds", place="all", set="7 beds"), change("beds", place="hall", set="5 beds")),
    "transfers": (change("transfer", share=0.5), change("transfer", share=0.7, from_="2030-02-01")),
    "never, then starts": (change("law", instrument="x", action="never"),
                           change("law", instrument="x", action="starts", from_="2030-05-01")),
    "a legal number": (change("law", parameter="x", value=1), change("law", parameter="x", value=2)),
    "readings": (change("reading", switch="x", value="a"), change("reading", switch="x", value="b")),
    "a fare": (change("fare", origin="a", destination="b", fare="1 CRN2030"),
               change("fare", origin="a", destination="b", fare="2 CRN2030")),
    "tickets": (change("fare", free_tickets=True), change("fare", free_tickets=False)),
    "a number": (change("number", number="b_heard", multiply=2), change("number", number="b_heard", set=2)),
    "a step and its steps": (change("number", number="x.y[0]", set=1), change("number", number="x.y", set=2)),
    "a capacity by its number": (change("capacity", service="rpd", set="9 persons / day"),
                                 change("number", number="services.rpd.steps", multiply=2)),
    "beds by their number": (change("number", number="reception.places.hall.beds", multiply=2),
                             change("beds", place="all", set="9 beds")),
}  # fmt: skip


@pytest.mark.parametrize("pair", TOGETHER.values(), ids=TOGETHER.keys())
def test_these_go_together(pair: tuple[Any, Any]) -> None:
    assert conflicts(pair) == []


@pytest.mark.parametrize("pair", AGAINST.values(), ids=AGAINST.keys())
def test_these_do_not(pair: tuple[Any, Any]) -> None:
    (found,) = conflicts(pair)
    assert (found.earlier, found.later) == pair
    assert conflicts(pair[1:], pair[:1]) == [found]
    assert "later_wins: true" in found.problem().message


def test_the_scenarios_of_the_cases_have_no_conflicts() -> None:
    for case in ("canada_us", "toy"):
        for scenario in load_study({"canada_us": "roxham-road", "toy": "tutorial"}[case], case=case).scenarios:
            assert conflicts(scenario.amendments) == []
