"""A cohort's cost over draws: lines add up, whichever way they are grouped, and the command tells them."""

from __future__ import annotations

import json

import numpy as np
import pytest

from roxham.cli import main
from roxham.errors import RunError, UnknownName
from roxham.lab.cohort import CohortCost, cohort_cost
from roxham.sim.cohort import LEAST, MOST
from roxham.sim.corridor import load


@pytest.fixture(scope="module")
def found() -> CohortCost:
    done: list[tuple[int, int]] = []
    cost = cohort_cost(load("toy"), "2030-31", draws=3, progress=lambda one, all_: done.append((one, all_)))
    assert done == [(1, 3), (2, 3), (3, 3)]
    return cost


def test_lines_add_up_to_the_total_of_each_draw_by_item_payer_and_year(found: CohortCost) -> None:
    one = cohort_cost(load("toy"), "2030-31", draws=1)
    totals = []
    for by in ("item", "payer", "year"):
        *lines, total = one.lines(by)
        assert total.name == "total"
        assert sum(line.total[1] for line in lines) == pytest.approx(total.total[1], abs=1)
        totals.append(total.total)
    assert len(set(totals)) == 1
    assert {line.payer for line in one.lines("item")} == {"federal", "provincial", "municipal", "total"}
    assert next(line.name for line in one.lines("year")) == "2030-31"
    assert found.draws == 3


def test_bands_are_in_order_and_per_person_is_total_over_people(found: CohortCost) -> None:
    for line in found.lines("item"):
        assert line.total[0] <= line.total[1] <= line.total[2]
    total = found.lines("payer")[-1]
    each = [sum(v.sum() for v in one.cost.values()) / one.persons for one in found.lives]
    assert total.per_person[1] == pytest.approx(float(np.median(each)))
    assert found.path(MOST)[1] > found.path(LEAST)[1]
    assert found.average("federal", lodging=False)[1] < found.average("federal")[1]


def test_the_same_seed_gives_the_same_cost_and_scenarios_share_their_luck(found: CohortCost) -> None:
    again = cohort_cost(load("toy"), "2030-31", draws=3)
    assert again.to_dict() == found.to_dict()


def test_another_grouping_and_no_draws_are_refused(found: CohortCost) -> None:
    with pytest.raises(UnknownName, match="item, payer or year"):
        found.lines("itm")  # type: ignore[arg-type]
    with pytest.raises(RunError, match="draws"):
        cohort_cost(load("toy"), "2030-31", draws=0)


# ---------------------------------------------------------------- the command


def call(*arguments: str) -> int:
    with pytest.raises(SystemExit) as left:
        main(["cost", *arguments])
    return int(left.value.code or 0)


TOY = ("--cohort", "2030-31", "--case", "toy", "--draws", "1")


def test_the_command_prints_json_for_programs(capsys: pytest.CaptureFixture[str]) -> None:
    assert call(*TOY, "--by", "payer", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["cohort"] == "2030-31"
    assert [line["name"] for line in told["lines"]] == ["federal", "provincial", "municipal", "total"]
    assert told["federal_accepted_first_q50"] < told["federal_appealed_removed_q50"]


def test_the_command_speaks_both_languages_and_takes_a_scenario(capsys: pytest.CaptureFixture[str]) -> None:
    assert call(*TOY) == 0
    english = capsys.readouterr().out
    assert call(*TOY, "--lang", "fr", "--scenario", "road-closed") == 0
    french = capsys.readouterr().out
    assert "Hearing" in english
    assert "per person, CRN" in english
    assert "Audience" in french
    assert "par personne, CRN" in french
    assert "road-closed" in french


def test_the_command_tells_every_problem_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("--cohort", "2017-19", "--by", "itm", "--lang", "xx") == 2
    told = capsys.readouterr().err
    assert "fiscal year" in told
    assert 'did you mean "item"?' in told
    assert "en or fr" in told
    assert call("--cohort", "2010-11", "--case", "toy") == 2
    assert "covers 2030-01-01" in capsys.readouterr().err
