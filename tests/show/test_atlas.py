"""The map as plain data: everything on the sheet, thinned by no more than it says, one crossing drawn large."""

from __future__ import annotations

import json
import re
from typing import Any

import numpy as np
import pytest

from roxham._geo import great_circle_km, lines_of
from roxham.show.atlas import THIN, _clip_ring, _thin, _whole, atlas
from roxham.sim.corridor import load
from roxham.world import World


@pytest.fixture(scope="module")
def world() -> World:
    return load("canada_us").world


@pytest.fixture(scope="module")
def sheets(world: World) -> dict[str, Any]:
    return atlas(world, "fr")


def points_of(path: str) -> list[tuple[float, float]]:
    """Where an SVG path of relative steps goes."""
    found = []
    for part in re.findall(r"M([^Mz]*)", path):
        start, steps = part.split("l")
        x, y = (float(number) for number in start.split())
        found.append((x, y))
        numbers = [float(number) for number in steps.split()]
        for dx, dy in zip(numbers[::2], numbers[1::2], strict=True):
            x, y = x + dx, y + dy
            found.append((x, y))
    return found


def test_every_stretch_is_drawn_and_every_crossing_stands_on_the_sheet(world: World, sheets: dict[str, Any]) -> None:
    whole = sheets["whole"]
    assert set(whole["stretches"]) == set(world.segments)
    assert all(path.startswith("M") for path in whole["stretches"].values())
    shown = {point["id"] for point in whole["points"]}
    assert set(world.segments) <= shown
    assert {name for name, place in world.places.items() if place.kind == "port" and place.lat < 55} <= shown
    for point in whole["points"]:
        assert 0 <= point["x"] <= whole["width"]
        assert 0 <= point["y"] <= whole["height"]


def test_west_is_left_and_north_is_up(sheets: dict[str, Any]) -> None:
    at = {point["id"]: point for point in sheets["whole"]["points"]}
    assert at["pacific_highway"]["x"] < at["coutts"]["x"] < at["emerson_west"]["x"] < at["st_stephen"]["x"]
    assert at["windsor"]["y"] > at["coutts"]["y"]


def test_lines_are_thinned_by_no_more_than_a_third_of_a_pixel(world: World, sheets: dict[str, Any]) -> None:
    sheet = _whole(world)
    line = next(one for one in world.border()["features"] if one["properties"]["id"] == "great_lakes_niagara")
    before = np.concatenate([sheet.place(part) for part in lines_of(line["geometry"])])
    after = np.array(points_of(sheets["whole"]["stretches"]["great_lakes_niagara"]))
    assert len(after) < len(before) / 3
    starts, ends = after[:-1], after[1:]
    for point in before[::7]:
        along = ends - starts
        share = ((point - starts) * along).sum(axis=1) / np.maximum((along**2).sum(axis=1), 1e-12)
        nearest = starts + np.clip(share, 0, 1)[:, None] * along
        assert np.hypot(*(nearest - point).T).min() < THIN + 0.2  # and a tenth each for rounding of start and steps


def test_the_large_drawing_keeps_apart_what_the_whole_merges(world: World, sheets: dict[str, Any]) -> None:
    near, whole = ({point["id"]: point for point in sheets[name]["points"]} for name in ("near", "whole"))
    road, port = near["roxham_road"], near["lacolle"]
    apart = np.hypot(road["x"] - port["x"], road["y"] - port["y"]) / sheets["near"]["km"]
    ends = [world.places[name] for name in (world.segments["roxham_road"].access, "lacolle")]
    measured = float(great_circle_km(*(np.array([place.lon, place.lat]) for place in ends)))
    assert apart == pytest.approx(measured, rel=0.01)
    assert np.hypot(whole["roxham_road"]["x"] - whole["lacolle"]["x"], 0) < 3
    assert sheets["focus"] == "roxham_road"


def test_names_follow_the_language_and_the_source_is_named(world: World, sheets: dict[str, Any]) -> None:
    assert sheets["names"]["roxham_road"] == "Chemin Roxham"
    assert "OpenStreetMap" in sheets["credit"]
    assert {"Colombie-Britannique", "Ontario"} <= {label["name"] for label in sheets["whole"]["labels"]}
    assert atlas(world, "en")["names"]["roxham_road"] == "Roxham Road"


def test_a_page_can_afford_it(sheets: dict[str, Any]) -> None:
    assert len(json.dumps(sheets)) < 150_000


def test_a_ring_is_cut_to_the_box() -> None:
    square = np.array([[-1.0, -1.0], [3.0, -1.0], [3.0, 3.0], [-1.0, 3.0]])
    cut = _clip_ring(square, np.array([0.0, 0.0]), np.array([2.0, 1.0]))
    assert cut.min(axis=0).tolist() == [0.0, 0.0]
    assert cut.max(axis=0).tolist() == [2.0, 1.0]
    assert len(_clip_ring(square, np.array([5.0, 5.0]), np.array([6.0, 6.0]))) == 0


def test_points_on_a_line_go_and_corners_stay() -> None:
    line = np.array([[0.0, 0.0], [1.0, 0.01], [2.0, 0.0], [2.0, 5.0]])
    assert _thin(line).tolist() == [[0.0, 0.0], [2.0, 0.0], [2.0, 5.0]]


def test_a_border_on_the_equator_has_a_map_too() -> None:
    sheets = atlas(load("toy").world)
    assert all(np.isfinite([point["x"], point["y"]]).all() for point in sheets["whole"]["points"])
