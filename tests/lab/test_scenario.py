"""Scenarios and studies load by name or file, and tell everything that is wrong with them at once."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from handful import NAMES

import roxham
from roxham.errors import SpecError, UnknownName
from roxham.lab.scenario import list_scenarios, load_pair, load_scenario, load_study

FLAGSHIP = (
    "as-it-was", "protocol-never", "protocol-2019", "police-close-2022", "agreement-void-2021", "agreement-void-2023",
    "no-agreement", "no-time-limit", "no-free-tickets", "hearings-double", "transfers-off", "transfer-all",
)  # fmt: skip

WRONG = """\
name: wrong
title: {en: Wrong, fr: Faux}
amendments:
  - {name: close, kind: crossing, place: roxham_raod, open: false, from: 2022-01-01}
  - {name: hear, kind: capacity, service: rpd, set: -5 persons / day}
  - {name: hear more, kind: capacity, service: rpd, set: 120}
  - {name: later, kind: transfer, share: 0.5, from: 2022-02-30}
  - {name: typo, kind: transfer, shares: 0.5}
  - {name: law, kind: law, instrument: stca, action: void}
"""


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_the_flagship_study_has_its_twelve_scenarios() -> None:
    study = load_study("roxham-road")
    assert tuple(scenario.name for scenario in study.scenarios) == FLAGSHIP
    assert (study.from_, study.to) == (date(2017, 1, 1), date(2024, 12, 31))
    assert study.baseline.amendments == ()
    assert sorted(FLAGSHIP) == list(list_scenarios())


def test_every_scenario_says_why_in_two_languages() -> None:
    for scenario in load_study("roxham-road").scenarios:
        assert scenario.title.en
        assert scenario.title.fr
        assert len(scenario.why) > 40
        assert scenario.source or not scenario.amendments


def test_every_name_in_the_flagship_study_is_known_to_the_case() -> None:
    names = roxham.load("canada_us").names()
    assert load_study("roxham-road", names=names) == load_study("roxham-road")


def test_one_scenario_stands_beside_the_baseline() -> None:
    study = load_study("transfers-off")
    assert [scenario.name for scenario in study.scenarios] == ["as-it-was", "transfers-off"]
    assert [scenario.name for scenario in load_study("as-it-was").scenarios] == ["as-it-was"]


def test_a_pair_of_files(tmp_path: Path) -> None:
    path = write(tmp_path, "mine.yaml", "{name: mine, title: {en: Mine, fr: Le mien}}")
    study = load_pair("protocol-never", path)
    assert [scenario.name for scenario in study.scenarios] == ["protocol-never", "mine"]


def test_a_study_file_finds_scenarios_beside_it_and_in_the_case(tmp_path: Path) -> None:
    write(tmp_path, "mine.yaml", "{name: mine, title: {en: Mine, fr: Le mien}}")
    path = write(
        tmp_path,
        "two.yaml",
        "{name: two, title: {en: Two, fr: Deux}, from: 2022-01-01, to: 2022-12-31, scenarios: [as-it-was, mine]}",
    )
    study = load_study(path)
    assert [scenario.name for scenario in study.scenarios] == ["as-it-was", "mine"]


def test_all_problems_of_a_scenario_come_at_once_with_line_and_suggestion(tmp_path: Path) -> None:
    path = write(tmp_path, "wrong.yaml", WRONG)
    with pytest.raises(SpecError) as error:
        load_scenario(path, names=NAMES)
    told = [str(problem) for problem in error.value.problems]
    assert {problem.line for problem in error.value.problems} == {4, 5, 6, 7, 8, 9}
    assert all(line.startswith(f"{path}:") for line in told)
    everything = "\n".join(told)
    for part in (
        '"roxham_raod" is not a crossing of this case (did you mean "roxham_road"?)',
        "negative capacity",
        "has no unit",
        "2022-02-30",
        'unknown key "shares" (did you mean "share"?)',
        "needs the day",
    ):
        assert part in everything


def test_names_alone_are_unknown_names(tmp_path: Path) -> None:
    text = WRONG.split("  - {name: hear,", 1)[0]
    with pytest.raises(UnknownName):
        load_scenario(write(tmp_path, "wrong.yaml", text), names=NAMES)


def test_an_unknown_kind_is_told_with_the_nearest(tmp_path: Path) -> None:
    text = "name: wrong\ntitle: {en: W, fr: W}\namendments:\n  - {name: x, kind: capcity, service: rpd, multiply: 2}\n"
    with pytest.raises(SpecError) as error:
        load_scenario(write(tmp_path, "wrong.yaml", text), names=NAMES)
    assert error.value.problems[0].hint == "capacity"
    assert (error.value.problems[0].line, error.value.problems[0].column) == (4, 21)
    assert 'amendments[1]: "kind" "capcity" is not one of law,' in str(error.value)


def test_problems_of_all_scenarios_of_a_study_come_at_once(tmp_path: Path) -> None:
    write(tmp_path, "a.yaml", "{name: a, title: {en: A}}")
    write(tmp_path, "b.yaml", "{name: b, title: {en: B, fr: B}, amendmends: []}")
    path = write(
        tmp_path,
        "s.study.yaml",
        "name: s\ntitle: {en: S, fr: S}\nfrom: 2020-01-01\nto: 2020-12-31\nscenarios:\n"
        "  - a\n  - b\n  - protocol-nevr\n  - a\n",
    )
    with pytest.raises(SpecError) as error:
        load_study(path)
    told = "\n".join(str(problem) for problem in error.value.problems)
    assert f'{path}:8:5: "protocol-nevr" is not a scenario here or in the case (did you mean "protocol-never"?)' in told
    assert f'{path}:9:5: the scenario "a" stands twice' in told
    assert "a.yaml" in told
    assert 'unknown key "amendmends" (did you mean "amendments"?)' in told


def test_days_out_of_order_are_refused(tmp_path: Path) -> None:
    text = "{name: s, title: {en: S, fr: S}, from: 2022-01-01, to: 2021-12-31, scenarios: [as-it-was]}"
    with pytest.raises(SpecError, match="lies before"):
        load_study(write(tmp_path, "s.study.yaml", text))
    with pytest.raises(SpecError, match="lies before"):
        load_study("roxham-road").between(to=date(2016, 1, 1))


@pytest.mark.parametrize(("name", "nearest"), [("roxam-road", "roxham-road"), ("transfer-of", "transfers-off")])
def test_an_unknown_study_is_told_with_the_nearest(name: str, nearest: str) -> None:
    with pytest.raises(UnknownName) as error:
        load_study(name)
    assert error.value.problems[0].hint == nearest


def test_a_missing_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="there is no such file"):
        load_study(tmp_path / "nothing.yaml")


def test_the_hash_follows_the_amendments() -> None:
    study = load_study("roxham-road")
    hashes = {scenario.hash for scenario in study.scenarios}
    assert len(hashes) == len(study.scenarios)
    assert study.scenario("transfers-off").hash == load_study("transfers-off").scenarios[1].hash
