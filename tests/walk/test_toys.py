"""Thirty toy worlds: what happens in each, as Flee gives it over ten seeds; and what its manual says otherwise."""

from __future__ import annotations

import csv
import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from roxham.walk import Walk, read_folder
from roxham.walk.rules import Plan, Reading, make_plan
from roxham.walk.simulate import run_plan

HERE = Path(__file__).parent
TOYS: dict[str, dict[str, Any]] = json.loads((HERE / "toys.json").read_text(encoding="utf-8"))
REPLICATES = 200
FAR_OFF = 4.5  # standard errors; some 1,500 comparisons with ten seeds of heavy tails, as the recorded results say
with (HERE / "toys_flee.csv").open(encoding="utf-8") as file:
    EXPECTED = list(csv.DictReader(file))


def toy_plan(name: str, folder: Path, reading: Reading = "flee") -> Plan:
    """Return the plan of a toy world, with its people put where they begin."""
    toy = TOYS[name]
    for path, text in toy["files"].items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    read = read_folder(folder)
    read = dataclasses.replace(read, days=toy["days"], conflict=read.conflict[: toy["days"]])
    plan = make_plan(read, reading)
    at_first = plan.tables.at_first.copy()
    at_first[read.places.index(toy["start"])] += toy["people"]
    return dataclasses.replace(plan, tables=plan.tables._replace(at_first=at_first))


def on_link(walk: Walk, name: str, day: int) -> np.ndarray:
    """Return the people on the links from one place to another, written A>B, in each replicate."""
    assert walk.plan is not None
    network, names = walk.plan.network, walk.folder.places.name
    first, second = (names.index(one) for one in name.split(">"))
    return np.asarray(walk.links[:, day, (network.start == first) & (network.end == second)].sum(axis=1))


@pytest.mark.parametrize("name", list(TOYS))
def test_what_happens_in_a_toy_world(name: str, tmp_path: Path) -> None:
    walk = run_plan(toy_plan(name, tmp_path), replicates=REPLICATES, links=True, seed=2)
    whole = walk.people.sum(axis=2) + walk.links.sum(axis=2)
    assert (whole == TOYS[name]["people"]).all(), "nobody is lost or made"
    for row in (row for row in EXPECTED if row["toy"] == name):
        day, mean, seeds = int(row["day"]), float(row["mean"]), int(row["seeds"])
        ours = on_link(walk, row["place"], day) if ">" in row["place"] else walk.at(row["place"])[:, day]
        spread = max(float(ours.var(ddof=1)), float(row["sd"]) ** 2)
        error = np.sqrt(spread * (1 / REPLICATES + 1 / seeds))
        assert abs(ours.mean() - mean) <= FAR_OFF * error + 1e-9, (row, ours.mean())


def _last_day(name: str, folder: Path, reading: Reading = "documented") -> dict[str, float]:
    walk = run_plan(toy_plan(name, folder, reading), replicates=20)
    return dict(zip(walk.name, walk.people[:, -1].mean(axis=0), strict=True))


def test_the_manual_closes_single_links(tmp_path: Path) -> None:
    closed = _last_day("t15_link_closure_no_effect", tmp_path)
    assert closed["CampA"] == 0
    assert closed["CampB"] == 2000


@pytest.mark.parametrize("name", ["t16_forced_redirection_1", "t17_forced_redirection_2"])
def test_the_manual_redirects_people(name: str, tmp_path: Path) -> None:
    """1 sends them from the second to the first place of a row, 2 from the first to the second."""
    found = _last_day(name, tmp_path)
    if name.endswith("2"):
        assert found["CampA"] == 2000
    else:
        assert found["CampA"] / 2000 == pytest.approx((1 / 60) / (1 / 60 + 1 / 160), abs=0.02), "no link counts twice"


def test_the_manual_lets_people_move_who_see_no_further_than_the_road(tmp_path: Path) -> None:
    assert _last_day("t27_awareness_0_nobody_moves", tmp_path)["Source"] < 2000


def test_the_manual_does_not_weigh_without_awareness(tmp_path: Path) -> None:
    found = _last_day("t26_awareness_minus1", tmp_path)
    camps = [found[name] for name in found if name != "Source"]
    assert max(camps) - min(camps) < 0.05 * sum(camps)


def test_the_manual_keeps_a_camp_a_camp_after_a_conflict(tmp_path: Path) -> None:
    name = "t29_camp_hit_by_conflict"
    line = toy_plan(name, tmp_path, "documented").line
    flee = toy_plan(name, tmp_path / "flee").line
    camp = 1
    assert line.move_chance[-1, camp] < flee.move_chance[-1, camp]


def test_the_manual_counts_what_is_left_of_the_day(tmp_path: Path) -> None:
    """450 km take more than one day of 360 km; in Flee each link of a day begins with the whole of it."""
    name = "t05_multi_hop_fresh_allowance"
    first = run_plan(toy_plan(name, tmp_path, "documented")).at("CampA")[0, 0]
    assert first == 0
    assert run_plan(toy_plan(name, tmp_path / "flee")).at("CampA")[0, 0] == 2000
