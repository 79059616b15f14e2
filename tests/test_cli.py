"""The command line answers fast, tells every problem on its own line with status 2, and never shows a traceback."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from roxham.cli import console, main
from roxham.lab.scenario import case_folder

COMMANDS = ("run", "compare", "rooms", "check", "why", "plan", "cases", "calibrate", "cost", "place", "forecast",
            "score", "backtest", "experiments", "sensitivity")
EVIDENCE = ("ledger", "list", "check", "diff", "plot", "add")

# A fresh interpreter finds the package where this one found it.
FRESH = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}

FACTS = """\
entry_at: 2023-04-01T22:00
entry_place: between_poe_land
claim_at: 2023-04-02T09:00
claim_place: between_poe_intercept
"""


class Answer:
    """What one command printed, and the status it left with."""

    def __init__(self, status: int, out: str, err: str) -> None:
        self.status, self.out, self.err = status, out, err

    @property
    def problems(self) -> list[str]:
        return self.err.strip().split("\n")


Call = Callable[..., Answer]


@pytest.fixture
def roxham(capsys: pytest.CaptureFixture[str]) -> Call:
    def call(*arguments: str | Path) -> Answer:
        with pytest.raises(SystemExit) as left:
            main([str(argument) for argument in arguments])
        printed = capsys.readouterr()
        status = left.value.code
        assert "Traceback" not in printed.err
        return Answer(status if isinstance(status, int) else 0, printed.out, printed.err)

    return call


def broken_case(folder: Path, **changes: str) -> Path:
    """Copy the case without its calibration and change some of its files: name with __ for / -> old|new."""
    copy = folder / "case"
    shutil.copytree(case_folder("canada_us"), copy, ignore=shutil.ignore_patterns("calibration"))
    for name, change in changes.items():
        old, _, new = change.partition("|")
        path = next(copy.glob(name.replace("__", "/") + ".*"))
        text = path.read_text(encoding="utf-8")
        assert old in text, (name, old)
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return copy


# ---- help


def test_help_answers() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "roxham", "--help"], capture_output=True, text=True, check=True, env=FRESH
    )
    assert "not legal advice" in done.stdout


HEAVY = ("numba", "scipy", "duckdb", "matplotlib", "rich", "ruamel", "numpy", "sklearn", "statsforecast", "pandas")


@pytest.mark.parametrize("heavy", HEAVY)
def test_help_loads_nothing_heavy(heavy: str) -> None:
    code = f"import sys, roxham.cli; sys.exit('{heavy}' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False, env=FRESH).returncode == 0


@pytest.mark.parametrize("command", [*((name,) for name in COMMANDS), *(("evidence", name) for name in EVIDENCE)])
def test_every_command_has_help_with_an_example(roxham: Call, command: tuple[str, ...]) -> None:
    answer = roxham(*command, "--help")
    assert answer.status == 0
    assert f"roxham {' '.join(command)}" in answer.out.split("\n\n", 2)[2]


def test_the_version(roxham: Call) -> None:
    from roxham import __version__

    assert roxham("--version").out == f"roxham {__version__}\n"


# ---- what the model is made of


def test_the_cases(roxham: Call) -> None:
    listed = json.loads(roxham("cases", "--json").out)
    assert listed[0]["case"] == "canada_us"
    assert listed[0]["studies"] == ["roxham-road"]
    assert len(listed[0]["scenarios"]) == 12


def test_the_plan_in_both_languages(roxham: Call) -> None:
    steps = json.loads(roxham("plan", "--json").out)
    assert [step["step"] for step in steps][:3] == ["law", "pressure", "choice"]
    assert roxham("plan").out.startswith(" 1  law")
    assert "Argent" in roxham("plan", "--lang", "fr").out


def test_the_ledger_counts_every_number(roxham: Call) -> None:
    held = json.loads(roxham("evidence", "ledger", "--json").out)
    assert held["problems"] == []
    assert held["totals"]["assumed"] == sum(counts["assumed"] for counts in held["counts"].values()) > 0
    assumed = json.loads(roxham("evidence", "ledger", "--assumed", "--json").out)["assumed"]
    assert len(assumed) == held["totals"]["assumed"]
    assert all(line["low"] is not None and line["high"] is not None for line in assumed)


def test_the_series_and_their_sums(roxham: Call) -> None:
    names = {one["series"] for one in json.loads(roxham("evidence", "list", "--json").out)}
    assert "rpd_pending" in names
    sums = json.loads(roxham("evidence", "check", "--json").out)
    assert {one["verdict"] for one in sums} <= {"closes", "differs", "months missing"}
    assert "rpd_pending" in roxham("evidence", "list").out


# ---- one person


def test_a_person_is_checked_in_both_languages(roxham: Call, tmp_path: Path) -> None:
    facts = tmp_path / "facts.yaml"
    facts.write_text(FACTS, encoding="utf-8")
    assert "A101(1)(e)" in roxham("check", facts).out
    assert "avis juridique" in roxham("check", facts, "--lang", "fr").out
    told = json.loads(roxham("check", facts, "--json").out)
    assert told["outcome"] == "ineligible_return_to_US"
    before = FACTS.replace("2023-04", "2023-02")
    facts.write_text(before, encoding="utf-8")
    assert json.loads(roxham("check", facts, "--json").out)["outcome"] == "eligible"


def test_wrong_facts_are_all_told(roxham: Call, tmp_path: Path) -> None:
    facts = tmp_path / "facts.yaml"
    facts.write_text("entry_at: 2023-13-01\nentri_place: land_poe\nclaim_at: 2023-04-02\nstateless: maybe\n", "utf-8")
    answer = roxham("check", facts, "--lang", "de", "--reading", "day14")
    assert answer.status == 2
    told = answer.err
    assert f"{facts}:1:11: entry_at" in told
    assert f'{facts}:2:14: "entri_place" is not a fact about a person (did you mean "entry_place"?)' in told
    assert f"{facts}:4:12: stateless" in told
    assert 'the fact "claim_place" is needed' in told
    assert "--lang" in told
    assert "--reading" in told
    assert answer.out == ""


@pytest.mark.parametrize(("text", "said"), [("[1, 2]", "names and values"), ("a: [", "not YAML"), ("", "empty")])
def test_a_file_that_holds_no_facts(roxham: Call, tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "facts.yaml").write_text(text, encoding="utf-8")
    answer = roxham("check", tmp_path / "facts.yaml")
    assert answer.status == 2
    assert said in answer.err


# ---- wrong input: all of it, with file, line and suggestion, and nothing written


def test_options_names_and_days_are_told_together(roxham: Call, tmp_path: Path) -> None:
    out = tmp_path / "out"
    answer = roxham("run", "roxam-road", "--from", "2022-02-30", "--to", "22", "--out", out)
    assert answer.status == 2
    assert len(answer.problems) == 3
    assert "--from" in answer.err
    assert "--to" in answer.err
    assert '(did you mean "roxham-road"?)' in answer.err
    assert not out.exists()
    assert list(tmp_path.iterdir()) == []


def test_everything_wrong_in_a_scenario_is_told(roxham: Call, tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(
        "name: mine\ntitle: {en: Mine, fr: Le mien}\namendments:\n"
        "  - {name: a, kind: crossing, place: roxham_raod, open: false}\n"
        "  - {name: b, kind: capacity, service: rpd, set: -5 persons / day}\n"
        "  - {name: c, kind: capacity, service: rpd, set: 120}\n"
        "  - {name: d, kind: transfer, share: 0.5, from: 30 June 2022}\n"
        "  - {name: e, kind: transfer, shares: 0.5, share: 1}\n",
        encoding="utf-8",
    )
    answer = roxham("run", path, "--out", tmp_path / "out")
    assert answer.status == 2
    assert [line.split(":")[1] for line in answer.problems] == ["4", "5", "6", "7", "8"]
    for part in ('mean "roxham_road"', "negative capacity", "has no unit", "not a date", 'mean "share"'):
        assert part in answer.err
    assert [one.name for one in tmp_path.iterdir()] == ["mine.yaml"]


def test_everything_wrong_in_a_case_is_told(roxham: Call, tmp_path: Path) -> None:
    case = broken_case(
        tmp_path,
        services="unit: |units: ",
        people__groups="id,name_en,|id,",
        parameters="value: |value: x",
    )
    answer = roxham("run", "roxham-road", "--case", case, "--out", tmp_path / "out")
    assert answer.status == 2
    for name in ("services.yaml:", "groups.csv:1", "parameters.yaml:"):
        assert any(name in line for line in answer.problems), name
    assert '(did you mean "unit"?)' in answer.err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("run", "nothing.yaml"), "there is no such file"),
        (("compare", "nowhere"), "give the folder of a run, or two scenarios"),
        (("compare", "as-it-was", "transfer-of"), 'did you mean "transfers-off"'),
        (("rooms", "nowhere"), "not a study or scenario"),
        (("rooms", "roxham-road", "--from", "2022"), "is not a month"),
        (("run", "roxham-road", "--case", "canda"), 'did you mean "canada_us"'),
        (("calibrate", "--data-to", "2022-13"), "--data-to"),
        (("run", "roxham-road", "--draws", "0"), "--draws"),
        (("rum",), "rum"),
    ],
)
def test_wrong_arguments_leave_with_status_2(roxham: Call, arguments: tuple[str, ...], said: str) -> None:
    answer = roxham(*arguments)
    assert answer.status == 2
    assert said in answer.err


def test_a_folder_of_somebody_else_is_never_touched(roxham: Call, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("precious", encoding="utf-8")
    for command in (("run", "as-it-was"), ("calibrate",)):
        answer = roxham(*command, "--out", tmp_path)
        assert answer.status == 2
        assert "choose another folder" in answer.err
    assert [one.name for one in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_log_gets_lines_of_progress_now_and_then(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter([0.0, 59.0, 120.0, 121.0, 240.0])
    monkeypatch.setattr(console.time, "monotonic", lambda: next(clock))
    with console.progress("study: draws", hidden=False) as report:
        assert report is not None
        for done in (1, 100, 101, 1_500):
            report(done, 2_000)
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.splitlines() == [
        "study: draws: 100 of 2,000, 2 min gone, 38 min left", "study: draws: 1,500 of 2,000, 4 min gone, 1 min left",
    ]
    with console.progress("study: draws", hidden=True) as report:
        assert report is None
