"""The whole chain on the real corridor: a run is complete, repeatable bit by bit, and leaves nothing half-written."""

from __future__ import annotations

import csv
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from roxham.cli import main

STUDY = """\
name: small
title: {en: A small study, fr: Une petite étude}
from: 2022-11-01
to: 2023-04-30
scenarios: [as-it-was, nothing-changes, protocol-never, transfers-off]
"""
NOTHING = "{name: nothing-changes, title: {en: Nothing changes, fr: Rien ne change}}"
HEADER = (
    "scenario,metric,unit,place,period,mean,q05,q25,q50,q75,q95,diff_mean,diff_q05,diff_q25,diff_q50,diff_q75,diff_q95"
)
METRICS = {
    "entries_irregular", "entries_undetected", "claims_land_border", "claims_airport", "claims_inland",
    "returned_to_us", "heard", "returned_unheard", "pending_rpd", "wait_days_rpd", "bed_nights", "nights_without_bed",
    "transferred", "cost_federal", "cost_provincial", "cost_municipal", "exposure_index", "deaths_expected",
}  # fmt: skip


def call(*arguments: str | Path) -> int:
    with pytest.raises(SystemExit) as left:
        main([str(argument) for argument in arguments])
    return left.value.code if isinstance(left.value.code, int) else 0


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("study")
    (folder / "nothing-changes.yaml").write_text(NOTHING, encoding="utf-8")
    (folder / "small.study.yaml").write_text(STUDY, encoding="utf-8")
    return folder / "small.study.yaml"


@pytest.fixture(scope="module")
def run(study: Path) -> Path:
    """One run in one process, in a folder of its own."""
    out = study.parent / "run"
    assert call("run", study, "--draws", "3", "--seed", "7", "--jobs", "1", "--out", out, "--quiet") == 0
    return out


@pytest.fixture(scope="module")
def rows(run: Path) -> list[dict[str, str]]:
    with (run / "summary.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_a_run_writes_everything_promised(run: Path) -> None:
    written = {path.name for path in run.iterdir()}
    assert {"summary.csv", "results.parquet", "manifest.json", "brief.en.html", "brief.fr.html"} <= written
    held = json.loads((run / "manifest.json").read_text(encoding="utf-8"))
    assert [scenario["name"] for scenario in held["scenarios"]][:2] == ["as-it-was", "nothing-changes"]
    assert (held["seed"], held["draws"], held["case"]) == (7, 3, "canada_us")
    assert re.fullmatch("[0-9a-f]{64}", held["case_hash"])


def test_the_summary_has_the_columns_metrics_and_order_promised(run: Path, rows: list[dict[str, str]]) -> None:
    assert (run / "summary.csv").read_text(encoding="utf-8").split("\n", 1)[0] == HEADER
    assert {row["metric"] for row in rows} >= METRICS
    keys = [(row["scenario"], row["metric"], row["place"], row["period"]) for row in rows]
    assert keys == sorted(set(keys))
    assert all(re.fullmatch(r"\d{4}(-\d{2})?|all", period) for *_, period in keys)
    assert {place for _, metric, place, _ in keys if metric == "entries_irregular"} >= {"all", "roxham_road"}


def test_a_scenario_without_amendments_differs_by_exactly_nothing(rows: list[dict[str, str]]) -> None:
    numbers = {text for row in rows if row["scenario"] == "nothing-changes" for name, text in row.items()
               if name.startswith("diff_")}  # fmt: skip
    assert numbers == {"0"}


def test_amendments_change_what_they_should(rows: list[dict[str, str]]) -> None:
    held = {(row["scenario"], row["metric"], row["place"], row["period"]): row for row in rows}
    april = held["protocol-never", "entries_irregular", "roxham_road", "2023-04"]
    assert float(april["diff_q05"]) > 0
    assert held["protocol-never", "entries_irregular", "all", "2022-12"]["diff_mean"] == "0"
    assert float(held["transfers-off", "transferred", "all", "all"]["mean"]) == 0
    assert held["transfers-off", "entries_irregular", "all", "all"]["diff_mean"] == "0"


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_the_same_command_gives_the_same_bytes(study: Path, run: Path, jobs: str, tmp_path: Path) -> None:
    again = tmp_path / "again"
    assert call("run", study, "--draws", "3", "--seed", "7", "--jobs", jobs, "--out", again, "--quiet") == 0
    assert (again / "summary.csv").read_bytes() == (run / "summary.csv").read_bytes()


def test_a_stored_run_is_compared_and_its_rooms_counted(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("compare", run, "--json", "--metric", "heard") == 0
    lines = json.loads(capsys.readouterr().out)["lines"]
    assert [line["scenario"] for line in lines] == ["as-it-was", "nothing-changes", "protocol-never", "transfers-off"]
    assert call("compare", run, "--lang", "fr") == 0
    assert "Tel que ce fut" in capsys.readouterr().out
    assert call("rooms", run, "--scenario", "transfers-off", "--json") == 0
    needs = json.loads(capsys.readouterr().out)["needs"]
    assert {"montreal_hotels", "all"} <= {need["place"] for need in needs}
    assert call("rooms", run, "--place", "niagara_falls", "--from", "2023-01", "--to", "2023-02") == 0
    assert "2023-01" in capsys.readouterr().out
    assert call("rooms", run, "--place", "niagra_falls") == 2
    assert "niagara_falls" in capsys.readouterr().err


def test_the_terminal_shows_the_comparison_and_where_the_brief_is(
    study: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    arguments = ("run", "transfers-off", "--draws", "1", "--jobs", "1", "--from", "2022-11-01", "--to", "2022-12-31")
    assert call(*arguments, "--out", out) == 0
    printed = capsys.readouterr().out
    assert "No transfers" in printed
    assert str(out / "brief.en.html") in printed.replace("\n", "")
    assert call(*arguments, "--out", out, "--json") == 0
    assert json.loads(capsys.readouterr().out)["folder"] == str(out)


def test_one_party_tells_why(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ("why", "--party", "3", "--from", "2022-11-01", "--to", "2022-12-31")
    assert call(*arguments, "--json") == 0
    steps = json.loads(capsys.readouterr().out)["steps"]
    assert steps
    assert {"step", "date", "what", "citation"} == set(steps[0])
    assert call(*arguments, "--lang", "fr") == 0
    assert "party 3" in capsys.readouterr().out
    assert call("why", "--party", "99999999", "--from", "2022-11-01", "--to", "2022-12-31") == 2


def test_a_failure_while_writing_leaves_nothing(
    study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(folder: Path, *_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("roxham.show.brief.write_briefs", fail)
    assert call("run", study, "--draws", "1", "--jobs", "1", "--out", tmp_path / "out", "--quiet") == 2
    assert "No space left" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def heed_interrupts() -> None:
    """Let a new process be interrupted even where the tests themselves run in the background, deaf to interrupts."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def interrupted(run: list[str], out: Path, until: Callable[[int], None]) -> tuple[int, str]:
    """Start a run, interrupt it and its workers once `until` (given its number) ends; give status and what it told."""
    process = subprocess.Popen(
        [sys.executable, "-m", "roxham", "run", *run, "--jobs", "2", "--out", str(out)],
        stderr=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}, start_new_session=True, preexec_fn=heed_interrupts,
    )  # fmt: skip
    try:
        until(process.pid)
        os.killpg(process.pid, signal.SIGINT)
        _, told = process.communicate(timeout=60)
    finally:
        process.kill()
        process.communicate()
    return process.returncode, told.strip()


def read_modules(number: int) -> None:
    """Wait until a process has its tracker and two workers, and these read their modules."""
    children, until = Path(f"/proc/{number}/task/{number}/children"), time.monotonic() + 60
    while len(children.read_text().split()) < 3 and time.monotonic() < until:
        time.sleep(0.02)
    time.sleep(0.4)


@pytest.mark.skipif(sys.platform == "win32", reason="an interrupt is sent in another way there")
def test_an_interrupt_leaves_quietly_and_writes_nothing(study: Path, tmp_path: Path) -> None:
    at_work = interrupted([str(study), "--draws", "500"], tmp_path / "out", lambda _: time.sleep(10))
    assert at_work == (130, "interrupted; nothing half-written stays behind")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="/proc tells when the workers are there")
def test_an_interrupt_while_workers_start_is_told_once(tmp_path: Path) -> None:
    begun = interrupted(["tutorial", "--case", "toy", "--draws", "5000"], tmp_path / "out", read_modules)
    assert begun == (130, "interrupted; nothing half-written stays behind")
