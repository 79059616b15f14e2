"""The commands of walks: what they print, what they write, and the status they leave with."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from roxham.cli import main

CASES = Path(__file__).parent / "cases"


@pytest.fixture
def roxham(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    def call(*arguments: str | Path) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as left:
            main(["walk", *(str(one) for one in arguments)])
        printed = capsys.readouterr()
        assert "Traceback" not in printed.err
        return int(left.value.code or 0), printed.out, printed.err

    return call


Call = Callable[..., tuple[int, str, str]]
Small = Callable[..., Path]


def test_a_sound_folder_has_no_faults(roxham: Call, small: Small) -> None:
    status, out, _ = roxham("check", small())
    assert (status, out.strip()) == (0, "no faults")
    assert roxham("check", small(), "--lang", "fr")[1].strip() == "aucun défaut"


def test_a_fault_ends_with_status_2(roxham: Call, small: Small) -> None:
    folder = small({"input_csv/routes.csv": "#a,b,c,d\nZone,Twon,50,0\n"})
    for command in ("check", "run"):
        status, _, err = roxham(command, folder)
        assert status == 2
        assert 'routes.csv:2:' in err and '(did you mean "Town"?)' in err


def test_faults_as_json(roxham: Call, small: Small) -> None:
    status, out, _ = roxham("check", small({"simsetting.yml": None}), "--json")
    told = json.loads(out)
    assert status == 2
    assert told["counts"]["fatal"] == 1
    assert told["faults"][0]["file"] == "simsetting.yml"


def test_what_is_wrong_but_runs_is_told_and_run(roxham: Call) -> None:
    status, _, err = roxham("run", CASES / "burundi2015", "--hasten", "100", "--draws", "2")
    assert status == 0
    assert "closures.csv:2: wrong:" in err


@pytest.mark.parametrize("mode", ["flee", "documented", "roxham"])
def test_a_score_as_json(mode: str, roxham: Call, small: Small) -> None:
    status, out, _ = roxham("run", small(), "--mode", mode, "--draws", "5", "--seed", "1", "--score", "--json")
    found = json.loads(out)
    assert status == 0
    assert {"ard", "ard_informed", "baselines", "seconds"} <= set(found)


def test_people_as_a_table_and_as_a_file(roxham: Call, small: Small, tmp_path: Path) -> None:
    status, out, _ = roxham("run", small(), "--draws", "5", "--out", tmp_path / "people.csv")
    assert status == 0 and "Camp" in out
    with (tmp_path / "people.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 8 * 4
    assert all(float(row["low95"]) <= float(row["median"]) <= float(row["high95"]) for row in rows)


def test_people_as_json(roxham: Call, small: Small) -> None:
    told = json.loads(roxham("run", small(), "--draws", "3", "--json")[1])
    assert len(told["dates"]) == len(told["places"]["Camp"]["median"]) == 8


@pytest.mark.parametrize(
    ("given", "said"), [(("--mode", "fle"), '"fle" is not a mode'), (("--lang", "de"), "is not a language"),
                        (("--by", "age"), "is not a demographic"), (("--out", "/no/such/place.csv"), "written")]
)
def test_what_cannot_be_done_is_told(given: tuple[str, str], said: str, roxham: Call, small: Small) -> None:
    status, _, err = roxham("run", small(), "--draws", "2", *given)
    assert status == 2
    assert said in err


def test_no_folder(roxham: Call, tmp_path: Path) -> None:
    assert roxham("check", tmp_path / "nowhere")[0] == 2
    assert roxham("run", tmp_path / "nowhere")[0] == 2
