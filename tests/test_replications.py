"""Published results rebuilt: every input is cited or inferred, every difference over 2 % comes from a named input."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

FOLDER = Path(__file__).resolve().parents[1] / "replications"
#: Scripts that rebuild published figures; a script that only prints a run beside history is tested with the run.
NAMES = sorted(path.stem for path in FOLDER.glob("*.py") if "def rebuild(" in path.read_text(encoding="utf-8"))


@pytest.fixture(scope="module", autouse=True)
def folder_on_path() -> Any:
    sys.path.insert(0, str(FOLDER))
    yield
    sys.path.remove(str(FOLDER))


def replication(name: str) -> ModuleType:
    """A script of the folder, loaded as a module once."""
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, FOLDER / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


@cache
def built(name: str) -> Any:
    """What a script rebuilds."""
    return replication(name).rebuild()


# ---------------------------------------------------------------- all of them


def test_the_published_results_are_rebuilt() -> None:
    assert {"auditor_general_2019", "crs_r47637", "irb_wait", "pbo_2018"} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_inputs_are_cited_or_inferred_and_differences_come_from_a_named_input(name: str) -> None:
    table = replication("_table")
    found = built(name)
    assert found.problems(table.sources(*FOLDER.glob("*/sources.yaml"))) == []
    assert len({one.name for one in found.inputs}) == len(found.inputs)
    assert any(not line.fitted for line in found.lines)


@pytest.mark.parametrize("name", NAMES)
def test_each_prints_its_table(name: str) -> None:
    script = FOLDER / f"{name}.py"
    done = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, check=True, timeout=300,
        env={**os.environ, "PYTHONPATH": str(FOLDER.parent / "src")})
    assert "published" in done.stdout
    assert "inferred" in done.stdout


def test_what_is_neither_cited_nor_explained_does_not_pass() -> None:
    table = replication("_table")
    one = table.Input("capacity", 1.0, "a year", "")
    guess = table.Input("intake", 1.0, "a year", table.INFERRED)
    line = table.Line("wait", "months", 24.0, 20.0, "the weather")
    wrong = table.Replication("a try", (one, guess), (line,))
    assert wrong.problems(frozenset()) == [
        "capacity: no citation", "intake: inferred from what?", "wait: -16.7% because of no named input"]
    cited = replace(one, source="irb_plan_2020")
    right = table.Replication(
        "a try", (cited, replace(guess, note="as before")), (replace(line, because="intake"),))
    assert right.problems(frozenset({"irb_plan_2020"})) == []
    assert right.problems(frozenset()) == ["capacity: no citation"]
    assert line.difference == pytest.approx(-1 / 6)


# ---------------------------------------------------------------- the budget officer, 2018


def test_the_first_year_of_the_officer_is_fitted_and_the_later_years_are_the_test() -> None:
    found = built("pbo_2018")
    fitted = {line.what for line in found.lines if line.fitted}
    assert fitted == {"average claimant, 2017-18", "all claimants, 2017-18", "accepted at the first hearing",
                      "every appeal, then removed"}
    for line in found.lines:
        assert abs(line.difference) < (0.001 if line.fitted else 0.005), line
    published = [found.line(f"average claimant, {year}").published for year in ("2017-18", "2018-19", "2019-20")]
    assert published == [14_321, 15_483, 16_666]


def test_the_costs_of_the_case_are_those_that_the_fit_gives() -> None:
    pbo = replication("pbo_2018")
    corridor = pbo.load("canada_us")
    given = {one.name: one.value for one in pbo.inputs(corridor)}
    found = pbo.fit(given)
    assert set(found) == set(pbo.FITTED)
    for item, value in found.items():
        assert corridor.costs.items[item].value == pytest.approx(value, abs=10)
        assert corridor.costs.items[item].low < value < corridor.costs.items[item].high


def test_the_rise_comes_out_of_the_line_and_of_nothing_else() -> None:
    pbo = replication("pbo_2018")
    given = {one.name: one.value for one in pbo.inputs(pbo.load("canada_us"))}
    wait = pbo.waits(given)
    assert [round(days) for days in wait.values()] == [455, 666, 876]
    assert given["rise of prices between the cohorts"] == 0
    enough = pbo.waits({**given, "funded capacity from April 2018": 1e6})
    assert enough["2018-19"] < 1
    assert enough["2019-20"] < 1
    rise = pbo.cost(given, wait["2019-20"]).average - pbo.cost(given, wait["2017-18"]).average
    assert rise == pytest.approx((wait["2019-20"] - wait["2017-18"]) * given["cost of health"])
    more = pbo.waits({**given, "funded capacity from April 2018": 40_000})
    assert more["2019-20"] < wait["2019-20"]


def test_the_officers_totals_are_his_averages_times_his_people() -> None:
    found = built("pbo_2018")
    people = found.line("people who crossed, 2017-18").published
    for year in ("2017-18", "2018-19", "2019-20"):
        total = found.line(f"all claimants, {year}").published * 1e6
        assert found.line(f"average claimant, {year}").published * people == pytest.approx(total, rel=0.001)


# ---------------------------------------------------------------- the board's waits


def test_the_quotient_of_october_2020_is_not_the_published_wait_and_the_line_comes_nearer() -> None:
    found = built("irb_wait")
    quotient = found.line("RPD 2020-10-31, pending over capacity")
    assert quotient.published == 24
    assert quotient.ours == pytest.approx(12 * 85_300 / 50_000)
    assert quotient.ours == pytest.approx(20.5, abs=0.05)
    served = found.line("RPD 2020-10-31, in the line")
    assert abs(served.difference) < abs(quotient.difference)


def test_a_claim_in_the_line_waits_until_all_before_it_are_decided() -> None:
    board = replication("irb_wait")
    corridor = board.load("canada_us")
    row = next(one for one in board.ROWS if one.name == "RPD 2020-10-31")
    months, _ = board.in_line(corridor, row, 85_300)
    days = round(months * board.DAYS_PER_MONTH)
    span = board.np.arange(board.np.datetime64("2020-11-01"), board.np.datetime64("2020-11-01") + days + 1)
    decided = board.np.cumsum(board.finalized(span))
    assert decided[-2] < 85_301 <= decided[-1] + 1e-6


def test_the_quotient_beats_the_wait_published_before_for_claims_and_not_for_appeals() -> None:
    found = built("irb_wait")
    assert "RPD, median absolute difference: pending over capacity 5%" in found.notes[0]
    assert "RAD, median absolute difference: pending over capacity 30%" in found.notes[1]
    for line in found.lines:
        if line.what.startswith("RPD") and line.what.endswith("over capacity"):
            assert abs(line.difference) < 0.16, line


# ---------------------------------------------------------------- the Auditor General, 2019


def test_five_years_by_2024_come_out_of_the_line() -> None:
    audit = replication("auditor_general_2019")
    found = built("auditor_general_2019")
    assert found.line("wait by 2024").ours == pytest.approx(60, abs=1)
    left = 71_380 + 5 * (50_000 - 32_000)
    assert found.line('backlog of 2024 over that of 2018 ("more than")').ours == pytest.approx(left / 71_380, rel=0.01)
    balanced = audit.line_of(71_380, 32_000, 32_000, 5)
    assert balanced[1] == pytest.approx(balanced[0], rel=0.01)
    assert audit.line_of(75_000, 50_000, 32_000, 5)[1] > found.line("wait by 2024").ours


# ---------------------------------------------------------------- judges in the United States


def test_the_courts_are_data_and_their_line_is_a_balance() -> None:
    courts = replication("crs_r47637")
    assert {path.suffix for path in courts.FOLDER.iterdir()} == {".yaml"}
    intake = courts.load_yaml(courts.FOLDER / "intake.yaml", courts.Intake)
    by_year = courts.pending(intake, 0)
    grown = by_year[2033] - by_year[2024]
    assert grown == pytest.approx(9 * (intake.intake.value - 649 * 500), rel=0.001)
    assert courts.pending(intake, 1_000)[2033] < courts.CLEARED


def test_300_judges_begin_to_reduce_and_700_clear_it_by_fiscal_2032() -> None:
    found = built("crs_r47637")
    assert [line.ours for line in found.lines if not line.fitted] == [300, 9]
