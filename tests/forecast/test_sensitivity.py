"""Which assumptions a headline hangs on: every range is moved, nothing else is, and the greatest come first."""

from __future__ import annotations

from pathlib import Path

import pytest

from roxham.cli import main
from roxham.cli.study import _show_assumptions
from roxham.evidence.tables import case_folder
from roxham.forecast import sensitivity
from roxham.forecast.calibrate import ESTIMATED, Problem
from roxham.forecast.sensitivity import (
    HEADLINES,
    Effect,
    at_point,
    between,
    factors,
    read,
    run_point,
    screen,
    top,
    write,
)
from roxham.sim.corridor import Corridor

STORED = case_folder("canada_us") / "sensitivity.csv"


@pytest.fixture(scope="module")
def centre(problem: Problem) -> dict[str, float]:
    return run_point(problem, {})


def test_ends_and_middle_of_a_range() -> None:
    assert [between(2, 3, 10, place) for place in (0, 0.25, 0.5, 0.75, 1)] == [2, 2.5, 3, 6.5, 10]


def test_a_point_moves_its_assumption_and_no_other(corridor: Corridor) -> None:
    moved, parameters = at_point(corridor, {"costs: hearing": 1.0, "b_cost": 0.0})
    hearing = corridor.costs.items["hearing"]
    assert moved.costs.items["hearing"].value == moved.costs.items["hearing"].low == hearing.high
    assert moved.costs.items["appeal"].value == corridor.costs.items["appeal"].value
    assert moved.costs.items["appeal"].low == moved.costs.items["appeal"].high
    assert parameters["b_cost"] == corridor.parameters["b_cost"].low
    assert parameters["b_time"] == corridor.parameters["b_time"].value
    assert corridor.costs.items["hearing"] is hearing


def test_estimated_parameters_move_over_their_posterior(corridor: Corridor) -> None:
    note = corridor.posterior("main").note["estimated"]
    low, middle, high = (at_point(corridor, dict.fromkeys(ESTIMATED, place))[1] for place in (0.0, 0.5, 1.0))
    for name in ESTIMATED:
        one = note[name]
        assert middle[name] == pytest.approx(float(one["central"]), rel=1e-3)
        assert low[name] < middle[name] < high[name]
        assert high[name] - low[name] < 1.1 * (float(one["q95"]) - float(one["q05"]))


def test_an_estimate_follows_what_it_was_fitted_beside(corridor: Corridor) -> None:
    """The dearer danger is assumed to be, the less is left for hiding itself: the data tell only of both together."""
    _, safe = at_point(corridor, {"b_risk": 0.0})
    _, feared = at_point(corridor, {"b_risk": 1.0})
    assert safe["avoid_cost"] > feared["avoid_cost"] + 0.5
    assert safe["perceived_half_life_days"] == feared["perceived_half_life_days"]


def test_dated_steps_of_one_thing_are_one_assumption(corridor: Corridor) -> None:
    names = [one.name for one in factors(corridor)]
    assert len(names) == len(set(names))
    assert names.count("services: rpd steps") == 1
    assert {"reception: montreal_shelters beds", "procedure: leave share", "danger: cold"} <= set(names)
    moved, _ = at_point(corridor, {"services: rpd steps": 1.0})
    before, after = corridor.services["rpd"].steps, moved.services["rpd"].steps
    assert all(b.value == (a.high if a.high is not None else a.value) for a, b in zip(before, after, strict=True))


def test_a_cost_moves_only_dollars_and_no_person(problem: Problem, centre: dict[str, float]) -> None:
    dear = run_point(problem, {"costs: claim_intake": 1.0})
    assert dear["cost_federal"] > centre["cost_federal"]
    assert {k: v for k, v in dear.items() if k != "cost_federal"} == {
        k: v for k, v in centre.items() if k != "cost_federal"}  # fmt: skip


def test_what_was_observed_stays_explained(problem: Problem, centre: dict[str, float]) -> None:
    """The pressure is inferred anew: a share who stay of 30 % in place of 10 % hardly changes who is heard."""
    moved = run_point(problem, {"stay_share_open": 1.0})
    assert moved["heard"] == pytest.approx(centre["heard"], rel=0.03)


def test_screening_finds_what_acts_and_leaves_out_what_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    def invented(_: Problem, places: dict[str, float]) -> dict[str, float]:
        value = 100 + 30 * places.get("b_cost", 0.5) - 8 * places.get("b_time", 0.5)
        return dict.fromkeys(HEADLINES, value)

    monkeypatch.setattr(sensitivity, "run_point", invented)
    effects = screen(paths=3, only=["b_cost", "b_time", "b_ties"])
    first, second = top(effects, "heard")
    assert (first.factor, second.factor) == ("b_cost", "b_time")
    assert (first.mean, second.mean) == (pytest.approx(30), pytest.approx(-8))
    assert first.share == pytest.approx(30 / 111)


def test_effects_are_read_as_written(tmp_path: Path) -> None:
    small = Effect("heard", "b_cost", "parameters.yaml", -2.0, 3.0, 0.5)
    effects = [small, Effect("heard", "b_time", "x", 1.0, 9.0, 1.5)]
    write(effects, tmp_path / "s.csv")
    assert read(tmp_path / "s.csv") == (effects[1], effects[0])


def test_what_ships_names_assumptions_that_the_case_has(corridor: Corridor) -> None:
    effects = read(STORED)
    assert {one.factor for one in effects} <= {one.name for one in factors(corridor)}
    assert {one.headline for one in effects} == set(HEADLINES)
    assert all(len(top(effects, headline)) == 3 for headline in HEADLINES)


def test_the_command_shows_three_of_each_or_says_what_is_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["sensitivity", "--headline", "herd"])
    assert ended.value.code == 2 and 'did you mean "heard"' in capsys.readouterr().err
    with pytest.raises(SystemExit) as ended:
        main(["sensitivity", "--headline", "deaths_expected", "--json"])
    assert ended.value.code == 0
    assert capsys.readouterr().out.count('"factor"') == 3
    with pytest.raises(SystemExit) as ended:
        main(["sensitivity", "--case", "toy"])
    assert ended.value.code == 2


def test_a_run_tells_what_its_headlines_hang_on(capsys: pytest.CaptureFixture[str]) -> None:
    _show_assumptions(case_folder("canada_us"), "fr")
    lines = capsys.readouterr().out.strip().splitlines()
    assert len(lines) == 1 + len(HEADLINES) and lines[0].startswith("Ce dont")
    assert all(line.count("%)") == 3 for line in lines[1:])
    _show_assumptions(case_folder("toy"), "en")
    assert capsys.readouterr().out == ""
