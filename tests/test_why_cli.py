"""`roxham why`: two runs, or one party; every mistake told with what would be right."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from roxham.cli import main


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("why") / "run"
    main_quiet(["run", "tutorial", "--case", "toy", "--draws", "2", "--jobs", "1", "--out", str(out), "--quiet"])
    return out


def main_quiet(arguments: list[str]) -> int:
    with pytest.raises(SystemExit) as left:
        main(arguments)
    return int(left.value.code or 0)


def test_two_scenarios_of_a_run(folder: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    picture = tmp_path / "why.svg"
    status = main_quiet(["why", "pending_rpd", str(folder), f"{folder}:more-hearings", "--plot", str(picture)])
    said = capsys.readouterr().out
    assert status == 0
    assert "Hearing, is refused" in said and "difference" in said
    assert picture.read_text(encoding="utf-8").startswith("<?xml")


@pytest.mark.parametrize("by", ["cause", "step", "rule", "place", "amendment"])
def test_as_json_in_every_grouping(folder: Path, capsys: pytest.CaptureFixture[str], by: str) -> None:
    status = main_quiet(["why", "accepted", str(folder), f"{folder}:more-hearings", "--by", by, "--json",
                         "--draws", "2"])  # fmt: skip
    told = json.loads(capsys.readouterr().out)
    assert status == 0
    assert told["difference"] > 0
    assert sum(item["difference"] for item in told["items"]) == pytest.approx(told["difference"], rel=1e-12)


def test_in_french(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main_quiet(["why", "returned_to_us", str(folder), f"{folder}:road-closed", "--lang", "fr"]) == 0
    said = capsys.readouterr().out
    assert "ce qui fait l’écart" in said and "personnes" in said


def test_no_difference_is_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main_quiet(["why", "heard", str(folder), str(folder) + ":as-it-was"]) == 0
    assert "No difference" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["herd", "A", "A:more-hearings"], 'did you mean "heard"'),
        (["heard"], "two runs"),
        (["heard", "A", "A"], "which scenario"),
        (["heard", "A", "A:more-hearing"], 'did you mean "more-hearings"'),
        (["heard", "A", "A:more-hearings", "--by", "stp"], 'did you mean "step"'),
        (["heard", "A", "A:more-hearings", "--plot", "x.gif"], ".svg"),
        (["heard", "A", "A:more-hearings", "--period", "2031"], "period"),
        (["heard", "A", "A:more-hearings", "--party", "3"], "leave --party out"),
        (["heard", "nowhere", "A"], "nowhere"),
    ],
)
def test_mistakes_end_with_two_and_say_what_is_right(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    given = [one.replace("A", str(folder), 1) if one.startswith("A") else one for one in arguments]
    assert main_quiet(["why", *given]) == 2
    assert said in capsys.readouterr().err


def test_the_story_of_one_party_stays_where_it_was(capsys: pytest.CaptureFixture[str]) -> None:
    assert main_quiet(["why", "--case", "toy", "--party", "12"]) == 0
    told = capsys.readouterr().out
    assert main_quiet(["why", "as-it-was", "--case", "toy", "--party", "12"]) == 0
    assert capsys.readouterr().out == told
    assert "party 12" in told
