"""From the command to the files: the flagship study as anybody runs it, in a process of its own."""

from __future__ import annotations

import csv
import json
import os
import re
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from roxham.lab.scenario import load_study
from roxham.sim.corridor import Corridor, load
from roxham.sim.metrics import Outcome
from roxham.sim.run import run_draw

ROOT = Path(__file__).resolve().parents[2]
FLAGSHIP = {
    "as-it-was", "protocol-never", "protocol-2019", "police-close-2022", "agreement-void-2021", "agreement-void-2023",
    "no-agreement", "no-time-limit", "no-free-tickets", "hearings-double", "transfers-off", "transfer-all",
}  # fmt: skip
STUDY = """\
name: two
title: {en: Two scenarios, fr: Deux scénarios}
from: 2023-01-01
to: 2023-05-31
scenarios: [as-it-was, protocol-never]
"""


def roxham(*arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "PYTHONHASHSEED": "random"}
    command = [sys.executable, "-m", "roxham", *(str(a) for a in arguments)]
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False, timeout=300)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The same command three times: twice alone, once with two processes."""
    folder = tmp_path_factory.mktemp("flagship")
    (folder / "two.study.yaml").write_text(STUDY, encoding="utf-8")
    made = {}
    for name, jobs in (("once", "1"), ("again", "1"), ("both", "2")):
        done = roxham("run", "two.study.yaml", "--draws", "2", "--seed", "7", "--jobs", jobs, "--out", name, "--quiet",
                      cwd=folder)  # fmt: skip
        assert done.returncode == 0, done.stderr
        made[name] = folder / name
    return made


def test_the_same_command_gives_the_same_bytes_however_many_processes(runs: dict[str, Path]) -> None:
    bytes_ = {name: (folder / "summary.csv").read_bytes() for name, folder in runs.items()}
    assert len(bytes_["once"]) > 10_000
    assert bytes_["once"] == bytes_["again"] == bytes_["both"]
    tests = {(folder / "holdout.csv").read_bytes() for folder in runs.values() if (folder / "holdout.csv").exists()}
    assert len(tests) <= 1


def test_every_file_is_there_and_nothing_else_is_left(runs: dict[str, Path]) -> None:
    promised = {"summary.csv", "results.parquet", "manifest.json", "brief.en.html", "brief.fr.html"}
    for folder in runs.values():
        assert promised <= {path.name for path in folder.iterdir()}
        assert all(path.stat().st_size > 0 for path in folder.iterdir())
    assert {p.name for p in runs["once"].parent.iterdir()} == {*runs, "two.study.yaml"}
    manifest = json.loads((runs["once"] / "manifest.json").read_text(encoding="utf-8"))
    assert (manifest["seed"], manifest["draws"]) == (7, 2)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_brief_needs_nothing_from_elsewhere(runs: dict[str, Path], language: str) -> None:
    """Links to sources may be followed by a reader; nothing is fetched to show the page."""
    page = (runs["once"] / f"brief.{language}.html").read_text(encoding="utf-8")
    assert f'lang="{language}"' in page
    sources = re.findall(r"""\bsrc\s*=\s*["']?([^"'\s>]+)""", page)
    assert [source for source in sources if not source.startswith("data:")] == []
    assert not re.search(r"<script[^>]*\bsrc\b|<link[^>]*stylesheet|@import|<iframe|<object|<embed", page, re.I)
    assert not re.search(r"url\(\s*[\"']?(?!data:|#)", page)
    assert str(ROOT) not in page and str(runs["once"]) not in page


def test_the_summary_tells_the_break_of_march_2023(runs: dict[str, Path]) -> None:
    with (runs["once"] / "summary.csv").open(encoding="utf-8", newline="") as handle:
        rows = {(r["scenario"], r["metric"], r["place"], r["period"]): r for r in csv.DictReader(handle)}
    road = ("entries_irregular", "roxham_road")
    before, after = (float(rows["as-it-was", *road, month]["mean"]) for month in ("2023-02", "2023-04"))
    assert after < 0.1 * before
    assert float(rows["protocol-never", *road, "2023-04"]["diff_q05"]) > 1_000
    assert rows["protocol-never", *road, "2023-02"]["diff_mean"] == "0"


def test_a_mistake_stops_before_anything_is_written(tmp_path: Path) -> None:
    (tmp_path / "bad.study.yaml").write_text(STUDY.replace("protocol-never", "protocol-nver"), encoding="utf-8")
    done = roxham("run", "bad.study.yaml", "--out", "out", cwd=tmp_path)
    assert done.returncode == 2
    assert "protocol-never" in done.stderr and "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()


# ------------------------------------------------------------------ the twelve scenarios
@pytest.fixture(scope="module")
def corridor() -> Corridor:
    return load("canada_us")


class Ran:
    """One draw of each scenario of the flagship study, over its whole window."""

    def __init__(self, corridor: Corridor) -> None:
        study = load_study("roxham-road", names=corridor.names())
        self.window = (study.from_, study.to)
        self.outcomes: dict[str, Outcome] = {
            s.name: run_draw(corridor.amend(s.amendments), seed=7, draw=0, from_=study.from_, to=study.to)
            for s in study.scenarios}  # fmt: skip

    def sum(self, scenario: str, metric: str, first: str = "2017-01", last: str = "2024-12", place: str = "") -> float:
        outcome = self.outcomes[scenario]
        cells = outcome.cell(metric)
        rows = slice(None) if not place else [cells.places.index(place)]
        at = [k for k, month in enumerate(outcome.months) if first <= month <= last]
        return float(cells.value[rows][:, at].sum())


@pytest.fixture(scope="module")
def ran(corridor: Corridor) -> Ran:
    return Ran(corridor)


def test_the_flagship_holds_its_twelve_scenarios_over_eight_years(ran: Ran) -> None:
    assert set(ran.outcomes) == FLAGSHIP
    assert ran.window == (date(2017, 1, 1), date(2024, 12, 31))


@pytest.mark.parametrize("scenario", sorted(FLAGSHIP - {"as-it-was"}))
def test_each_scenario_moves_something_and_only_from_its_day(ran: Ran, scenario: str) -> None:
    first = {"protocol-2019": "2019-01", "police-close-2022": "2022-01", "agreement-void-2021": "2021-01",
             "agreement-void-2023": "2023-06", "protocol-never": "2023-03", "no-time-limit": "2023-03",
             "hearings-double": "2022-04", "transfers-off": "2022-06", "transfer-all": "2022-06",
             "no-free-tickets": "2022-01", "no-agreement": "2017-01"}[scenario]  # fmt: skip
    base, other = ran.outcomes["as-it-was"], ran.outcomes[scenario]
    moved = set()
    for mine, theirs in zip(base.cells, other.cells, strict=True):
        differs = (mine.value != theirs.value).any(axis=0)
        moved |= {month for month, yes in zip(base.months, differs, strict=True) if yes}
    assert moved and min(moved) >= first
    assert min(moved) <= f"{int(first[:4]) + 1}-12"


def test_the_answers_point_the_way_that_the_law_says(ran: Ran) -> None:
    road = {"metric": "entries_irregular", "place": "roxham_road"}
    years = ("2019-01", "2019-12")
    early = [ran.sum(s, first="2019-02", last="2019-12", **road) for s in ("protocol-2019", "as-it-was")]
    assert early[0] < 0.3 * early[1]
    assert ran.sum("no-agreement", "returned_to_us") == 0 < ran.sum("as-it-was", "returned_to_us")
    assert ran.sum("no-agreement", first=years[0], last=years[1], **road) < ran.sum(
        "as-it-was", first=years[0], last=years[1], **road)  # fmt: skip
    assert ran.sum("police-close-2022", first="2022-02", **road) == 0  # those on their way in December still arrive
    assert ran.sum("police-close-2022", first="2022-01", last="2022-01", **road) < 0.1 * ran.sum(
        "as-it-was", first="2022-01", last="2022-01", **road)  # fmt: skip
    elsewhere = [ran.sum(s, "entries_irregular", "2022-01", "2022-12", "quebec_west") for s in
                 ("as-it-was", "police-close-2022")]  # fmt: skip
    assert elsewhere[1] > elsewhere[0]
    assert ran.sum("agreement-void-2023", "returned_to_us", "2023-07") == 0
    assert ran.sum("no-time-limit", "entries_undetected", "2023-07") < ran.sum(
        "as-it-was", "entries_undetected", "2023-07")  # fmt: skip
    assert ran.sum("transfers-off", "transferred") == 0
    assert ran.sum("transfer-all", "transferred") > ran.sum("as-it-was", "transferred")
    assert ran.sum("no-free-tickets", **road) <= ran.sum("as-it-was", **road)
    assert ran.sum("hearings-double", "pending_rpd", "2024-12") < ran.sum("as-it-was", "pending_rpd", "2024-12")
