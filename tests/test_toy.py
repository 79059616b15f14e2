"""The toy border: numbers worked out by hand, and every kind of mistake in a case told at once."""

from __future__ import annotations

import math
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

import roxham as rx
from roxham.cli import main
from roxham.evidence.ledger import ledger
from roxham.lab.scenario import case_folder, load_scenario
from roxham.law import OUTCOMES, LawChange, decide
from roxham.people import STREAMS
from roxham.sim import check
from roxham.sim.account import STATES
from roxham.sim.amend import amendment
from roxham.sim.choice import choice_table
from roxham.sim.corridor import Corridor
from roxham.sim.metrics import Outcome
from roxham.sim.run import run_draw
from roxham.world import segment_lengths

FIRST, LAST = date(2030, 1, 1), date(2030, 12, 31)
DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
JULY = 6
SEED = 3
TOY = case_folder("toy")
ENTRIES = ("entries_irregular", "entries_undetected")


@pytest.fixture(scope="module")
def toy() -> Corridor:
    return rx.load("toy")


def run(corridor: Corridor, draw: int = 0) -> Outcome:
    return run_draw(corridor, seed=SEED, draw=draw, from_=FIRST, to=LAST)


def under(corridor: Corridor, scenario: str) -> Corridor:
    return corridor.amend(load_scenario(TOY / "scenarios" / f"{scenario}.yaml").amendments)


@pytest.fixture(scope="module")
def years(toy: Corridor) -> dict[tuple[str, int], Outcome]:
    names = ("as-it-was", "road-closed", "more-hearings")
    return {(name, draw): run(under(toy, name), draw) for name in names for draw in range(3)}


def at(outcome: Outcome, metric: str, place: str) -> np.ndarray:
    cells = outcome.cell(metric)
    return cells.value[cells.places.index(place)]


def decided(outcome: Outcome) -> np.ndarray:
    weight = outcome.cell("wait_days_rpd").weight
    assert weight is not None
    return weight[0]


# ---------------------------------------------------------------- by hand


def test_the_hearing_room_decides_what_it_can(years: dict[tuple[str, int], Outcome]) -> None:
    """600 people wait and 6 are heard a day, so until day 100 (11 April) six single persons are decided daily.

    They came six a day over the 100 days before: each has waited exactly 100 days. Later parties are families of up to
    four, decided as one, so a day may end in the middle of at most one of them.
    """
    for draw in range(3):
        outcome = years["as-it-was", draw]
        assert decided(outcome)[:3].tolist() == [6 * 31, 6 * 28, 6 * 31]
        assert at(outcome, "wait_days_rpd", "all")[:3].tolist() == [100 * 6 * 31, 100 * 6 * 28, 100 * 6 * 31]
        gone = np.cumsum(decided(outcome))
        can = 6 * np.cumsum(DAYS)
        assert np.all(gone <= can)
        assert np.all(gone > can - 4)


def test_twice_the_hearings_decide_twice_as_many_and_move_nobody(years: dict[tuple[str, int], Outcome]) -> None:
    base, more = years["as-it-was", 0], years["more-hearings", 0]
    can = 6 * sum(DAYS) + 6 * sum(DAYS[JULY:])
    assert can - 4 < decided(more).sum() <= can
    assert decided(more)[:JULY].tolist() == decided(base)[:JULY].tolist()
    for metric in (*ENTRIES, "heard", "returned_to_us", "bed_nights", "exposure_index"):
        assert np.array_equal(base.cell(metric).value, more.cell(metric).value), metric
    waiting = at(base, "pending_rpd", "all") - at(more, "pending_rpd", "all")
    assert np.array_equal(waiting, np.cumsum(decided(more) - decided(base)))


def test_nobody_is_lost(toy: Corridor, years: dict[tuple[str, int], Outcome]) -> None:
    for (name, draw), outcome in years.items():
        states = (*STATES, *toy.procedure.states)
        everybody = np.sum([outcome.account[state] for state in states], axis=0)
        assert np.array_equal(everybody, outcome.account["arrived"]), (name, draw)
        assert all(outcome.account[state].min() >= 0 for state in states), (name, draw)


def test_a_closed_road_is_empty_and_the_hills_are_not(years: dict[tuple[str, int], Outcome]) -> None:
    for draw in range(3):
        base, closed = years["as-it-was", draw], years["road-closed", draw]
        for metric in base.cells:
            if metric.metric != "deaths_expected":
                same = closed.cell(metric.metric).value[:, :JULY] == metric.value[:, :JULY]
                assert same.all(), metric.metric
        travelling = draw != 0  # draw 0 travels no days; the others may be on the road as it closes
        after = sum(at(closed, metric, "mill_road")[JULY + travelling :].sum() for metric in ENTRIES)
        assert after == 0
        hills = [sum(at(one, metric, "long_hills")[JULY:].sum() for metric in ENTRIES) for one in (base, closed)]
        assert hills[1] > 5 * hills[0]
        assert np.array_equal(base.account["arrived"][:180], closed.account["arrived"][:180])


def test_the_road_and_staying_stand_nine_to_one(toy: Corridor) -> None:
    """One in ten stays while the road is open: that is what `stay_share_open` 0.1 says, for those without relatives."""
    chance, index = chances(toy)
    assert chance[index["mill_road", "present"]] / chance[index["stay", "stay"]] == pytest.approx(9, rel=1e-9)


def test_the_hills_against_the_road_by_hand(toy: Corridor) -> None:
    """April, 0 degrees: the logit of the hills against the road is the difference of five terms, on a flat map."""
    chance, index = chances(toy)
    degree = 6371.0 * math.pi / 180
    road, hills = 0.9 * degree * 1.2, math.hypot(0.9, 0.6) * degree * 1.2
    unknown = -5.0
    fare = -0.15 * (0.1 * hills - 0.1 * road) / 100
    hours = -0.3 * (hills - road) / 60 / 10
    danger = -0.5 * ((0.5 + 1.0) - (0.0 + 0.1))
    ties = 0.25 - 0.75
    odds = chance[index["long_hills", "present"]] / chance[index["mill_road", "present"]]
    assert math.log(odds) == pytest.approx(unknown + fare + hours + danger + ties, abs=2e-3)


def chances(corridor: Corridor) -> tuple[np.ndarray, dict[tuple[str, str], int]]:
    """Chances on 1 April of somebody without relatives, and where each alternative stands."""
    parameters = corridor.posterior().parameters[0]
    table = choice_table(corridor, parameters, date(2030, 4, 1), date(2030, 4, 1))
    index = {(one.place, one.manner): k for k, one in enumerate(table.alternatives)}
    return table.probability[table.key[0], 0, 0, 0], index


def test_hearings_cost_what_they_cost(toy: Corridor) -> None:
    """Only hearings cost anything and nobody gives up: 540 hearings of 2,000 crowns until the end of March."""
    items = {
        name: item.model_copy(update={"value": 2000.0 * (name == "hearing"), "low": None, "high": None})
        for name, item in toy.costs.items.items()
    }
    stays = tuple(row.model_copy(update={"share": 0.0}) if row.measure == "abandoned_share" else row
                  for row in toy.outcome_rows)  # fmt: skip
    outcome = run(replace(toy, costs=toy.costs.model_copy(update={"items": items}), outcome_rows=stays))
    assert at(outcome, "cost_federal", "all")[:3].sum() == 2000 * (31 + 28 + 31) * 6
    assert outcome.cell("cost_provincial").value.sum() == 0


def test_transfers_follow_their_share(toy: Corridor) -> None:
    none = run(toy.amend([amendment(name="none", kind="transfer", share=0)]))
    every = run(toy.amend([amendment(name="all", kind="transfer", share=1)]))
    assert none.cell("transferred").value.sum() == 0
    assert at(every, "transferred", "hill_hotel").sum() > 0
    assert at(every, "transferred", "mill_hall").sum() == 0
    assert at(every, "bed_nights", "mill_hall").sum() < at(none, "bed_nights", "mill_hall").sum() / 5


def test_the_law_on_one_page(toy: Corridor) -> None:
    def outcome(book: object, way: str, claim: str, **more: object) -> str:
        facts = {"entry_place": way, "claim_place": claim, "entry_at": "2030-08-01T10:00",
                 "claim_at": "2030-08-01T11:00"}  # fmt: skip
        return OUTCOMES[int(np.atleast_1d(decide(book, facts | more).outcome)[0])]  # type: ignore[arg-type]

    relative = {"anchor_relation": "sister", "anchor_in_canada": 1, "anchor_established": 1}
    assert outcome(toy.law, "between_poe_land", "between_poe_intercept") == "eligible"
    assert outcome(toy.law, "land_poe", "land_poe") == "ineligible_return_to_US"
    assert outcome(toy.law, "land_poe", "land_poe", **relative) == "eligible"
    assert outcome(toy.law, "airport_poe", "airport_poe", prior_claim_canada="rejected") == "ineligible_other"
    early = LawChange(name="early", instrument="border_treaty", action="starts", from_=date(2030, 7, 1))
    treaty = toy.law.amend([early])
    assert outcome(treaty, "between_poe_land", "between_poe_intercept") == "ineligible_return_to_US"


# ---------------------------------------------------------------- the case as such


def test_every_number_is_assumed_and_invented() -> None:
    book = ledger("toy")
    assert book.problems == ()
    assert {name for name, count in book.totals.items() if count} == {"assumed"}
    assert len(book.assumed) > 100
    said = re.compile("invented|one money")
    assert [line for line in book.assumed if not said.search(line.note or "")] == []


def test_the_drawn_border_is_as_long_as_it_says(toy: Corridor) -> None:
    drawn = segment_lengths(toy.world.border())
    for name, segment in toy.world.segments.items():
        assert drawn[name] == pytest.approx(segment.length_km, rel=0.01), name


def test_the_check_knows_every_name_that_the_steps_ask_for() -> None:
    source = "\n".join(
        path.read_text(encoding="utf-8") for path in Path(check.__file__).parent.glob("*.py") if path.stem != "check"
    )
    assert set(re.findall(r'parameters\["(\w+)"\]', source)) <= set(check.PARAMETERS)
    services = re.findall(r'(?:capacity|_backlog)\((?:flow, )?"(\w+)"|services\["(\w+)"\]', source)
    assert {one or other for one, other in services} <= set(check.SERVICES)
    tables = re.findall(r"^(?:DAILY|EVENTS) = \{.*?\}", source, re.M | re.S)
    costs = set(re.findall(r'Charge\("(\w+)"', source)) | set(re.findall(r'": "(\w+)"', "".join(tables)))
    assert costs == set(check.COSTS)


# ---------------------------------------------------------------- mistakes

Call = Callable[..., tuple[int, str, str]]


@pytest.fixture
def roxham(capsys: pytest.CaptureFixture[str]) -> Call:
    def call(*arguments: str | Path) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as left:
            main([str(argument) for argument in arguments])
        printed = capsys.readouterr()
        assert "Traceback" not in printed.err
        return left.value.code if isinstance(left.value.code, int) else 0, printed.out, printed.err

    return call


# file, what stands there, what is put instead, where the problem is told, what is said
MISTAKES = {
    "unknown place": ("choice.yaml", "known_place: mill_road", "known_place: mil_road", "choice.yaml:3:",
                      'mean "mill_road"?'),
    "unknown heir": ("choice.yaml", "[long_hills]", "[long_hill]", "choice.yaml:6:", 'mean "long_hills"?'),
    "unknown group": ("people/ties.csv", "all,EAST", "islander,EAST", "ties.csv:3:", 'mean "islanders"?'),
    "unknown province": ("people/ties.csv", "all,EAST", "all,EST", "ties.csv:3:", 'mean "WEST"?'),
    "bad date": ("services.yaml", "{from: 2030-01-01, value: 6,", "{from: 1 January 2030, value: 6,",
                 "services.yaml:13:", "not a date"),
    "no such day": ("people/shares.csv", "highlanders,2030-01-01", "highlanders,2030-02-30", "shares.csv:3",
                    "calendar"),
    "negative capacity": ("services.yaml", "value: 6, unit: persons / day, status: assumed, low: 4",
                          "value: -6, unit: persons / day, status: assumed, low: -6", "services.yaml:13:",
                          "negative capacity -6"),
    "negative beds": ("reception.yaml", "value: 80, unit: beds, status: assumed, low: 40",
                      "value: -80, unit: beds, status: assumed, low: -90", "reception.yaml:18:",
                      "negative capacity -80"),
    "missing unit": ("services.yaml", "value: 40, unit: persons / day", "value: 40", "services.yaml:9:",
                     '"unit" is missing'),
    "unit of another kind": ("services.yaml", "value: 40, unit: persons / day", "value: 40, unit: persons",
                             "services.yaml:9:", "eligibility_desk"),
    "another money": ("costs.yaml", "value: 2000, unit: CRN2030", "value: 2000, unit: CAD2030", "costs.yaml:7:",
                      "is not CRN of a year"),
    "unknown key": ("reception.yaml", "stay_days: {value: 20", "stay_day: {value: 20", "reception.yaml:10:",
                    'mean "stay_days"?'),
    "a cell short": ("people/families.csv", "all,4,0.25,assumed,0.1,0.4,,invented", "all,4,0.25,assumed,0.1,0.4,",
                     "families.csv:4", "7 cells, the header 8"),
    "a column short": ("map/places.csv", "id,kind,", "id,", "places.csv:1", '"kind" is missing'),
    "an unknown column": ("people/groups.csv", "iso3,status", "iso_3,status", "groups.csv:1", 'mean "iso3"?'),
    "no range": ("parameters.yaml", "value: 6, unit: utility, status: assumed, low: 3, high: 9",
                 "value: 6, unit: utility, status: assumed", "parameters.yaml:2:", "needs low and high"),
    "a parameter missing": ("parameters.yaml", "crowd: ", "croud: ", "parameters.yaml", '"crowd" is missing'),
    "a service missing": ("services.yaml", "\nrpd:", "\nrpt:", "procedure.yaml:7:", 'mean "rpt"?'),
    "a rule unknown to the law": ("law/law.yaml", "e: sent_back", "e: sent_bak", "law.yaml:", 'mean "sent_back"?'),
    "a word for a number": ("calibration/main/pressure.csv", "240", "many", "pressure.csv:2", "not a number"),
    "a draw short": ("calibration/main/streams.csv", ",4,4\n", ",4\n", "streams.csv:4:", "13 cells, the header 14"),
    "a rule unknown to a table": ("law/law.yaml", "- {rule: relative_shown}", "- {rule: relative_shwn}", "law.yaml:74:",
                                  'mean "relative_shown"?'),
    "not UTF-8": ("costs.yaml", "", "\udcff", "costs.yaml", "not UTF-8"),
    "unknown place in a scenario": ("scenarios/road-closed.yaml", "place: mill_road", "place: mil_road",
                                            "road-closed.yaml:5:", 'mean "mill_road"?'),
}  # fmt: skip


def spoil(case: Path, mistake: str) -> tuple[str, str]:
    """Put one mistake into a copy of the case; give where and what must be told."""
    name, old, new, where, said = MISTAKES[mistake]
    file = case / name
    if new == "\udcff":
        file.write_bytes(b"# \xff\n" + file.read_bytes())
        return where, said
    text = file.read_text(encoding="utf-8")
    assert old in text, mistake
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    return where, said


@pytest.mark.parametrize("mistake", sorted(MISTAKES))
def test_one_mistake_is_told_with_its_place(roxham: Call, tmp_path: Path, mistake: str) -> None:
    case = Path(shutil.copytree(TOY, tmp_path / "case"))
    where, said = spoil(case, mistake)
    status, out, err = roxham("run", "tutorial", "--case", case, "--out", tmp_path / "out")
    assert status == 2
    assert out == ""
    assert [line for line in err.splitlines() if where in line and said in line], err
    assert [one.name for one in tmp_path.iterdir()] == ["case"]


def test_all_mistakes_are_told_at_once(roxham: Call, tmp_path: Path) -> None:
    case = Path(shutil.copytree(TOY, tmp_path / "case"))
    together = ("unknown place", "unknown group", "bad date", "negative beds", "missing unit", "another money",
                "a cell short", "a parameter missing", "a rule unknown to the law", "a word for a number")  # fmt: skip
    told = [spoil(case, mistake) for mistake in together]
    status, _, err = roxham("run", "tutorial", "--case", case, "--out", tmp_path / "out", "--from", "2030-1-1")
    assert status == 2
    for where, said in told:
        assert [line for line in err.splitlines() if where in line and said in line], (where, said, err)
    assert "--from" in err
    assert len(err.splitlines()) == len(told) + 1
    assert [one.name for one in tmp_path.iterdir()] == ["case"]


def test_a_folder_in_the_place_of_a_file(roxham: Call, tmp_path: Path) -> None:
    case = Path(shutil.copytree(TOY, tmp_path / "case"))
    (case / "costs.yaml").unlink()
    (case / "costs.yaml").mkdir()
    status, _, err = roxham("run", "tutorial", "--case", case, "--out", tmp_path / "out")
    assert status == 2
    assert "costs.yaml: the file cannot be read" in err


def test_days_that_the_calibration_does_not_reach(roxham: Call, tmp_path: Path) -> None:
    status, _, err = roxham("run", "tutorial", "--case", "toy", "--to", "2031-01-31", "--out", tmp_path / "out")
    assert status == 2
    assert "2030-01 to 2030-12" in err
    assert not (tmp_path / "out").exists()


def test_a_calibration_of_another_case(roxham: Call, tmp_path: Path) -> None:
    case = Path(shutil.copytree(TOY, tmp_path / "case"))
    file = case / "calibration" / "main" / "pressure.csv"
    file.write_text(file.read_text(encoding="utf-8").replace("harbour_city", "new_york"), encoding="utf-8")
    status, _, err = roxham("run", "tutorial", "--case", case, "--out", tmp_path / "out")
    assert status == 2
    assert "has the hubs new_york, the case harbour_city" in err


# ---------------------------------------------------------------- from the command line


def test_the_toy_runs_from_end_to_end_and_names_no_country(roxham: Call, tmp_path: Path) -> None:
    out = tmp_path / "out"
    status, printed, err = roxham("run", "tutorial", "--case", "toy", "--draws", "3", "--jobs", "1", "--out", out)
    assert (status, err) == (0, "")
    held = {one.name for one in out.iterdir()}
    tables = {"summary.csv", "results.parquet", "lines.parquet", "manifest.json"}
    assert held == tables | {"brief.en.html", "brief.fr.html"}
    assert not re.search("Canad|Quebec|United States|Agreement", printed)
    assert ",cost_federal,CRN,all,all," in (out / "summary.csv").read_text(encoding="utf-8")
    listed = roxham("cases")[1]
    assert "toy\n  studies:   tutorial" in listed
    for command in (("ledger",), ("list",), ("check",)):
        assert roxham("evidence", *command, "--case", "toy")[0] == 0
    assert roxham("rooms", out)[0] == 0
    assert roxham("compare", out, "--period", "2030-12")[0] == 0


def test_a_copied_folder_is_a_case(roxham: Call, tmp_path: Path) -> None:
    case = Path(shutil.copytree(TOY, tmp_path / "my-border"))
    status, _, err = roxham("run", "road-closed", "--case", case, "--draws", "1", "--quiet", "--out", tmp_path / "out")
    assert (status, err) == (0, "")
    assert roxham("evidence", "ledger", "--case", case)[0] == 0


def test_streams_of_the_toy(toy: Corridor) -> None:
    assert set(toy.posterior().streams) == set(STREAMS[1:])
