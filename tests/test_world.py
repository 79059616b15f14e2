"""The map: its length, its roads, its danger, and what it says about wrong files."""

from __future__ import annotations

import itertools
import json
import shutil
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import roxham
from roxham._geo import great_circle_km, lambert, length_km, lines_of, segment_lengths
from roxham.errors import SpecError, UnknownName
from roxham.world import World, load_world, to_geojson

MAP = Path(roxham.__file__).parent / "cases" / "canada_us" / "map"
PUBLISHED_KM = 8_891  # International Boundary Commission
SEGMENTS = [
    "roxham_road",
    "quebec_west",
    "quebec_east",
    "akwesasne_st_lawrence",
    "great_lakes_niagara",
    "ontario_minnesota",
    "manitoba_emerson",
    "prairies",
    "british_columbia",
    "new_brunswick_maine",
    "alaska_yukon_bc",
]
PORTS = ["lacolle", "fort_erie", "windsor", "emerson_west", "coutts", "pacific_highway", "st_stephen"]
RECEPTION = [
    "montreal_shelters",
    "montreal_hotels",
    "lacolle_temporary",
    "niagara_falls",
    "windsor_hotels",
    "ottawa",
    "cornwall",
    "toronto_shelters",
    "other_ontario",
    "west",
    "atlantic",
]
DAY = date(2022, 7, 1)
FREE = date(2023, 2, 10)
days = st.dates(date(2016, 1, 1), date(2026, 12, 31))
world_of_case: World = load_world(MAP)


@pytest.fixture
def world() -> World:
    return world_of_case


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the map that a test may spoil."""
    for name in ("places", "segments", "climate", "danger", "routes"):
        shutil.copy(MAP / f"{name}.csv", tmp_path)
    for name in ("travel", "danger", "sources"):
        shutil.copy(MAP / f"{name}.yaml", tmp_path)
    return tmp_path


def edit(path: Path, change: Callable[[str], str]) -> None:
    before = path.read_text(encoding="utf-8")
    after = change(before)
    assert after != before
    path.write_text(after, encoding="utf-8")


# ---------------------------------------------------------------------- the border
def test_the_border_is_as_long_as_published(world: World) -> None:
    lengths = segment_lengths(world.border())
    assert sum(lengths.values()) == pytest.approx(PUBLISHED_KM, rel=0.01)
    assert sum(s.length_km for s in world.segments.values()) == pytest.approx(PUBLISHED_KM, rel=0.01)


def test_each_segment_says_the_length_that_is_drawn(world: World) -> None:
    lengths = segment_lengths(world.border())
    assert sorted(lengths) == sorted(world.segments) == sorted(SEGMENTS)
    for name, segment in world.segments.items():
        assert segment.length_km == pytest.approx(lengths[name], abs=0.06), name
        assert segment.status == "derived"


@pytest.mark.parametrize(
    ("segments", "published"),
    [
        (["new_brunswick_maine"], 513),
        (["manitoba_emerson"], 497),
        (["prairies"], 930),
        (["british_columbia"], 903),
        (["alaska_yukon_bc"], 2_475),
        (["quebec_east", "roxham_road", "quebec_west"], 813),
        (["akwesasne_st_lawrence", "great_lakes_niagara", "ontario_minnesota"], 2_760),
    ],
)
def test_each_province_agrees_with_its_published_length(world: World, segments: list[str], published: float) -> None:
    assert sum(world.segments[s].length_km for s in segments) == pytest.approx(published, rel=0.021)


def test_neighbouring_segments_meet(world: World) -> None:
    ends = {f["properties"]["id"]: lines_of(f["geometry"])[0] for f in world.border()["features"]}
    order = ["new_brunswick_maine", "quebec_east", "roxham_road", "quebec_west"]
    order += ["akwesasne_st_lawrence", "great_lakes_niagara", "ontario_minnesota", "manitoba_emerson"]
    order += ["prairies", "british_columbia"]
    for east, west in itertools.pairwise(order):
        assert np.allclose(ends[east][-1], ends[west][0], atol=1e-5), (east, west)


def test_the_line_passes_where_roxham_road_crosses_it(world: World) -> None:
    drawn = next(f for f in world.border()["features"] if f["properties"]["id"] == "roxham_road")
    line = lines_of(drawn["geometry"])[0]
    road = world.places["roxham_road"]
    assert great_circle_km(line, np.array([road.lon, road.lat])).min() < 0.05
    assert length_km(line) == pytest.approx(1.0, abs=0.02)


def test_the_fixed_names_are_there(world: World) -> None:
    assert set(PORTS) <= {p.id for p in world.places.values() if p.kind == "port"}
    assert set(RECEPTION) == {p.id for p in world.places.values() if p.kind == "reception"}
    assert {"new_york", "minneapolis", "seattle", "plattsburgh", "albany", "buffalo", "detroit", "boston"} <= {
        p.id for p in world.places.values() if p.kind == "hub"
    }
    assert len([p for p in world.places.values() if p.kind == "port"]) >= 50
    assert next(iter(world.segments)) == "roxham_road"


def test_every_place_has_two_names_and_lies_in_north_america(world: World) -> None:
    for place in world.places.values():
        assert place.name_en
        assert place.name_fr
        assert 40 < place.lat < 63
        assert -142 < place.lon < -63
        assert place.province or place.state


def test_the_background_holds_what_a_map_needs(world: World) -> None:
    layers = {f["properties"]["layer"] for f in world.base()["features"]}
    assert layers == {"province", "state", "inner", "lake", "river"}


def test_geojson_holds_each_segment_and_place_once(world: World) -> None:
    features = to_geojson(world)["features"]
    names = [(f["properties"]["layer"], f["properties"]["id"]) for f in features]
    assert len(names) == len(set(names)) == len(world.segments) + len(world.places)
    assert json.loads(json.dumps(features[0]))["properties"]["name_fr"]


# ---------------------------------------------------------------------- geometry
@given(st.floats(-80, 80), st.floats(-170, 170), st.floats(-1, 1), st.floats(-1, 1))
@settings(max_examples=60)
def test_ellipsoid_and_sphere_agree_within_half_a_percent(lat: float, lon: float, dlat: float, dlon: float) -> None:
    line = np.array([[lon, lat], [lon + dlon, lat + dlat]])
    sphere = float(great_circle_km(line[0], line[1]))
    assert length_km(line) == pytest.approx(sphere, rel=0.007, abs=1e-6)
    assert length_km(line[::-1]) == pytest.approx(length_km(line), rel=1e-9, abs=1e-9)


def test_length_of_a_degree_of_meridian_is_the_published_one() -> None:
    # WGS 84: 110.574 km at the equator, 111.694 km at the pole
    assert length_km(np.array([[0.0, -0.5], [0.0, 0.5]])) == pytest.approx(110.574, abs=0.001)
    assert length_km(np.array([[0.0, 89.0], [0.0, 90.0]])) == pytest.approx(111.694, abs=0.001)
    assert length_km(np.array([[5.0, 5.0]])) == 0.0


@given(st.floats(-130, -60), st.floats(42, 65))
@settings(max_examples=60)
def test_the_projection_keeps_angles(lon: float, lat: float) -> None:
    step = 1e-4
    here, east, north = lambert(np.array([[lon, lat], [lon + step / np.cos(np.radians(lat)), lat], [lon, lat + step]]))
    right, up = east - here, north - here
    assert np.hypot(*right) == pytest.approx(np.hypot(*up), rel=1e-3)
    assert float(right @ up) == pytest.approx(0, abs=1e-3 * float(right @ right))


def test_a_point_is_no_line() -> None:
    with pytest.raises(ValueError, match="Point is not a line"):
        lines_of({"type": "Point", "coordinates": [0, 0]})


# ---------------------------------------------------------------------- journeys
def test_new_york_to_roxham_road_goes_by_plattsburgh_and_a_taxi(world: World) -> None:
    leg = world.travel("new_york", "roxham_road", DAY)
    assert leg.via == "plattsburgh"
    assert leg.fare_cad == pytest.approx(50.7 + 78)
    assert 450 < leg.km < 650
    assert 5 < leg.hours < 12
    assert leg.status == "assumed"


def test_free_tickets_take_the_bus_fare_away_while_they_last(world: World) -> None:
    fares = {
        on: world.travel("new_york", "roxham_road", on).fare_cad for on in (date(2022, 9, 30), FREE, date(2023, 3, 25))
    }
    assert fares[FREE] == pytest.approx(78)
    assert fares[date(2022, 9, 30)] == fares[date(2023, 3, 25)] == pytest.approx(128.7)


def test_free_tickets_can_be_taken_away_and_given(world: World) -> None:
    never = world.with_free_tickets(False)
    assert never.travel("new_york", "roxham_road", FREE).fare_cad == pytest.approx(128.7)
    assert world.travel("new_york", "roxham_road", FREE).fare_cad == pytest.approx(78)  # the first is untouched
    earlier = world.with_free_tickets(True, date(2022, 1, 1), date(2022, 12, 31))
    assert earlier.travel("new_york", "roxham_road", DAY).fare_cad == pytest.approx(78)
    assert earlier.travel("new_york", "roxham_road", date(2021, 12, 31)).fare_cad == pytest.approx(128.7)


def test_a_fare_of_the_whole_journey_or_of_one_leg(world: World) -> None:
    whole = world.with_fare("new_york", "lacolle", 5, date(2022, 1, 1))
    assert whole.travel("new_york", "lacolle", DAY).fare_cad == 5
    assert whole.travel("new_york", "lacolle", date(2021, 12, 31)) == world.travel(
        "new_york", "lacolle", date(2021, 12, 31)
    )
    leg = world.with_fare("plattsburgh", "roxham_road", 0)
    assert leg.travel("new_york", "roxham_road", DAY).fare_cad == pytest.approx(50.7)


def test_a_later_change_wins(world: World) -> None:
    twice = world.with_closed("roxham_road").with_open("roxham_road", date(2022, 6, 1), date(2022, 6, 30))
    assert not twice.open_on("roxham_road", date(2022, 5, 31))
    assert twice.open_on("roxham_road", date(2022, 6, 1))
    assert twice.open_on("roxham_road", date(2022, 6, 30))
    assert not twice.open_on("roxham_road", date(2022, 7, 1))


@given(days, st.integers(0, 400), days)
@settings(max_examples=80)
def test_closed_means_closed_on_exactly_those_days(start: date, length: int, on: date) -> None:
    until = start + timedelta(days=length)
    closed = world_of_case.with_closed("lacolle", start, until)
    assert closed.open_on("lacolle", on) == (not start <= on <= until)
    assert closed.open_on("roxham_road", on)
    assert world_of_case.open_on("lacolle", on)


@given(st.sampled_from(["new_york", "minneapolis", "seattle"]), st.sampled_from([*SEGMENTS, *PORTS]), days)
@settings(max_examples=80)
def test_every_journey_has_a_length_a_time_and_a_price(hub: str, place: str, on: date) -> None:
    leg = world_of_case.travel(hub, place, on)
    assert leg.km > 0
    assert leg.hours > 0
    assert leg.fare_cad >= 0
    start, end = world_of_case.places[hub], world_of_case.segments.get(place)
    target = world_of_case.places[end.access if end else place]
    straight = great_circle_km(np.array([start.lon, start.lat]), np.array([target.lon, target.lat]))
    assert leg.km >= 0.95 * straight


@given(days, st.sampled_from(["new_york", "seattle"]), st.sampled_from([*SEGMENTS, *PORTS]))
@settings(max_examples=80)
def test_nothing_changes_between_change_dates(on: date, hub: str, place: str) -> None:
    changed = world_of_case.with_closed("roxham_road", date(2022, 1, 1)).with_fare("new_york", "coutts", 9, until=DAY)
    marks = changed.change_dates()
    assert marks == sorted(set(marks))
    if on in marks:
        return
    before = on - timedelta(days=1)
    fresh = load_world_again(changed)
    assert changed.travel(hub, place, on) == fresh.travel(hub, place, before)
    assert changed.open_on(place, on) == changed.open_on(place, before)


def load_world_again(world: World) -> World:
    """The same world without what it remembers."""
    copy = load_world(MAP)
    object.__setattr__(copy, "changes", world.changes)
    return copy


def test_change_dates_are_those_of_the_case(world: World) -> None:
    assert world.change_dates() == [date(2022, 10, 1), date(2023, 3, 25)]
    assert world.with_closed("lacolle", date(2022, 1, 1), date.max).change_dates()[0] == date(2022, 1, 1)


def test_the_table_holds_the_same_journeys(world: World) -> None:
    hubs, places = ["new_york", "seattle"], ["roxham_road", "lacolle", "british_columbia"]
    table = world.travel_table(hubs, places, FREE)
    assert table.hours.shape == table.fare_cad.shape == table.km.shape == (2, 3)
    assert table.fare_cad[0, 0] == world.travel("new_york", "roxham_road", FREE).fare_cad
    assert table.km[1, 2] == world.travel("seattle", "british_columbia", FREE).km
    assert world.travel_table([], places, FREE).hours.shape == (0, 3)


def test_unknown_places_are_named_with_what_was_meant(world: World) -> None:
    with pytest.raises(UnknownName) as told:
        world.travel("new_yrok", "roxam_road", DAY)
    assert [p.hint for p in told.value.problems] == ["new_york", "roxham_road"]
    for wrong in (
        lambda: world.open_on("lacole", DAY),
        lambda: world.with_closed("lacole"),
        lambda: world.with_open("lacole"),
        lambda: world.with_fare("new_york", "lacole", 5),
        lambda: world.exposure("roxam_road", 1, False),
    ):
        with pytest.raises(UnknownName):
            wrong()


def test_impossible_changes_are_refused(world: World) -> None:
    for wrong in (
        lambda: world.with_fare("new_york", "lacolle", -1),
        lambda: world.with_fare("new_york", "lacolle", float("nan")),
        lambda: world.with_closed("lacolle", date(2022, 2, 1), date(2022, 1, 1)),
        lambda: world.exposure("roxham_road", 13, False),
    ):
        with pytest.raises(SpecError):
            wrong()


# ---------------------------------------------------------------------- danger
def test_exposure_is_the_sum_that_the_manual_says(world: World) -> None:
    row = list(world.segments).index("manitoba_emerson")
    water, terrain, cold = world.weights[0, row]
    frost = -world.climate[row, 0] / 10
    plain = water + terrain + cold * frost
    assert world.exposure("manitoba_emerson", 1, False) == pytest.approx(plain)
    assert world.exposure("manitoba_emerson", 1, True) == pytest.approx(plain * world.danger.hide_factor.value)
    assert world.exposure("manitoba_emerson", 7, False) == pytest.approx(water + terrain)  # no frost in July


def test_hiding_and_frost_never_make_a_crossing_safer(world: World) -> None:
    table = world.exposure_table()
    assert table.shape == (len(world.segments), 12, 2)
    assert (table[:, :, 1] >= table[:, :, 0]).all()
    assert (table[:, 0] >= table[:, 6]).all()
    assert (table >= 0).all()
    assert (world.exposure_table("low") <= table).all()
    assert (table <= world.exposure_table("high")).all()
    assert not table.flags.writeable


def test_roxham_road_is_the_least_dangerous_stretch_all_year(world: World) -> None:
    table = world.exposure_table()
    assert (table[0] <= table[1:]).all()


def test_deaths_are_counted_within_their_days(world: World) -> None:
    assert world.observed_deaths() == 1
    assert world.observed_deaths(date(2018, 1, 1)) == 0
    assert world.observed_deaths(date(2017, 5, 26), date(2017, 5, 26)) == 1
    assert world.observed_deaths(side="southbound") == 15
    assert world.death_rate.deaths == 1
    assert world.death_rate.shape == 0.5
    assert world.deaths_per_crossing("southbound") > 10 * world.deaths_per_crossing("northbound") > 0


def test_the_persons_counted_are_the_published_totals(world: World) -> None:
    counted = [c.persons for c in world.danger.northbound.crossings]
    assert counted == [20593, 19419, 16503, 3302, 4246, 39540, 13748]


# ---------------------------------------------------------------------- wrong files
def test_all_problems_of_all_files_come_at_once(folder: Path) -> None:
    edit(folder / "places.csv", lambda text: text.replace("coutts,port,", "coutts,prot,", 1))
    edit(folder / "segments.csv", lambda text: text.replace(",1.0,land,", ",-1,land,", 1))
    edit(folder / "travel.yaml", lambda text: text.replace("walk_hours:", "walk_hour:", 1))
    (folder / "danger.yaml").unlink()
    with pytest.raises(SpecError) as told:
        load_world(folder)
    text = str(told.value)
    for part in ("places.csv:3", "segments.csv:2", "travel.yaml", "walk_hour", "danger.yaml", "no such file"):
        assert part in text, text
    assert 'did you mean "port"' in text


def test_names_that_do_not_meet_are_told_with_their_place(folder: Path) -> None:
    edit(folder / "routes.csv", lambda text: text.replace("plattsburgh,roxham_road", "platsburgh,roxham_road", 1))
    edit(folder / "segments.csv", lambda text: text.replace(",covey_hill,", ",covey_hil,", 1))
    edit(folder / "climate.csv", lambda text: text.replace("normals_4635", "normals_9999", 1))
    edit(folder / "danger.yaml", lambda text: text.replace("segment: manitoba_emerson", "segment: manitoba", 1))
    with pytest.raises(UnknownName) as told:
        load_world(folder)
    hints = {p.hint for p in told.value.problems}
    assert {"plattsburgh", "covey_hill", "manitoba_emerson"} <= hints
    assert all(p.file and p.line for p in told.value.problems), told.value


def test_a_missing_month_a_missing_weight_and_a_repeated_place_are_told(folder: Path) -> None:
    edit(
        folder / "climate.csv",
        lambda text: "".join(x for x in text.splitlines(True) if not x.startswith("prairies,2,")),
    )
    edit(
        folder / "danger.csv",
        lambda text: "".join(x for x in text.splitlines(True) if not x.startswith("prairies,cold")),
    )
    edit(folder / "places.csv", lambda text: text + text.splitlines()[1] + "\n")
    with pytest.raises(SpecError) as told:
        load_world(folder)
    text = str(told.value)
    assert "no temperature for month 2" in text
    assert "no weight for cold" in text
    assert "place stands twice: carway" in text


@pytest.mark.parametrize(
    ("name", "before", "after", "says"),
    [
        ("danger.csv", "roxham_road,water,0,assumed,0,0.02", "roxham_road,water,0,assumed,,", "needs low and high"),
        ("danger.csv", "roxham_road,water,0,", "roxham_road,water,9,", "outside its range"),
        ("segments.csv", ",0.95,0.8,1.0,", ",0.5,0.8,1.0,", "outside its range"),
        (
            "climate.csv",
            "great_lakes_niagara,1,-8.4,measured,,,normals_4635",
            "great_lakes_niagara,1,-8.4,measured,,,",
            "needs a source",
        ),
        ("routes.csv", "2022-10-01,2023-03-24", "2023-10-01,2023-03-24", "before it begins"),
        ("routes.csv", "2022-10-01,2023-03-24", "2022-13-01,2023-03-24", "2022-13-01"),
        ("places.csv", "48.998,-113.379", "148.998,-113.379", "lat"),
        ("travel.yaml", "value: 75", "value: 0", "speed"),
        ("danger.yaml", "deaths: 1,", "deaths: -1,", "deaths"),
    ],
)
def test_one_wrong_cell_is_told(folder: Path, name: str, before: str, after: str, says: str) -> None:
    edit(folder / name, lambda text: text.replace(before, after, 1))
    with pytest.raises(SpecError) as told:
        load_world(folder)
    assert says in str(told.value)
    assert any(p.file and p.file.endswith(name) and p.line for p in told.value.problems)


def test_a_spoilt_border_is_told(folder: Path) -> None:
    spoilt = load_world(folder)
    for text, says in (("{", "not JSON"), ("[]", "not a GeoJSON")):
        (folder / "border.geojson").write_text(text)
        with pytest.raises(SpecError, match=says):
            spoilt.border()


def test_every_source_used_is_declared_and_every_declared_source_is_public(world: World) -> None:
    from roxham._map import read_map

    files = read_map(MAP)
    assert files.sources
    for name, source in files.sources.items():
        assert source.url.startswith("http"), name


def test_every_row_stands(world: World) -> None:
    from roxham._map import read_map

    files: Any = read_map(MAP)
    for row in [*files.places, *files.climate, *files.danger_rows, *files.routes, *files.segments]:
        assert row.source or (row.status == "assumed" and row.low is not None and row.high is not None)


def test_a_world_travels_to_another_process_whole(world: World) -> None:
    import pickle

    changed = world.with_closed("roxham_road", date(2022, 1, 1))
    copy: World = pickle.loads(pickle.dumps(changed))
    assert copy.travel("new_york", "lacolle", FREE) == changed.travel("new_york", "lacolle", FREE)
    assert not copy.open_on("roxham_road", DAY)
    assert np.array_equal(copy.exposure_table(), world.exposure_table())
