"""Our own rule of a walk: nothing known later enters, people are kept, odd folders work, scores are what they say."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from roxham.errors import RunError
from roxham.walk import observed_table, read_folder
from roxham.walk.folder import Counts, Folder, Observed
from roxham.walk.ours import predict
from roxham.walk.ours_ground import given, ground
from roxham.walk.ours_memory import LAG, View
from roxham.walk.ours_pull import blind, pull, read_parameters, tilted
from roxham.walk.ours_score import ard, coverage, score

Write = Callable[..., Path]
DAYS = 140
PLACES = """#name,region,country,lat,lon,location_type,conflict_date,pop/cap
Alpha,A,Home,0,0,conflict_zone,0,50000
Beta,B,Home,0,1,town,,
Near,N,Away,0,2,camp,,40000
Far,F,Away,0,5,camp,,10000
Other,O,Third,1,0,camp,,20000
"""
HEAD = "#name1,name2,distance,forced_redirection\n"
ROADS = HEAD + "Alpha,Beta,100,0\nBeta,Near,100,0\nBeta,Far,600,0\nAlpha,Other,250,0\n"
CAMPS = {
    "Near": [(0, 100), (20, 2000), (60, 5000), (100, 9000)],
    "Far": [(0, 50), (20, 500), (60, 700), (100, 4000)],
    "Other": [(0, 0), (20, 1500), (60, 1600), (100, 1700)],
}


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    def make(
        *, camps: dict[str, list[tuple[int, int]]] | None = None, closures: str = "", corrections: str = "",
        roads: str = ROADS, conflict: Callable[[int], int] = lambda day: 1, name: str = "case",
    ) -> Path:
        camps = CAMPS if camps is None else camps
        inputs, source = tmp_path / name / "input_csv", tmp_path / name / "source_data"
        inputs.mkdir(parents=True)
        source.mkdir()
        start = np.datetime64("2020-01-01")
        (inputs / "locations.csv").write_text(PLACES, encoding="utf-8")
        (inputs / "routes.csv").write_text(roads, encoding="utf-8")
        (inputs / "closures.csv").write_text("#closure_type,name1,name2,closure_start,closure_end\n" + closures)
        days = "".join(f"{day},{conflict(day)}\n" for day in range(DAYS))
        (inputs / "conflicts.csv").write_text("#Day,Alpha\n" + days)
        (inputs / "sim_period.csv").write_text(f"StartDate,2020-01-01\nLength,{DAYS}\n")
        if corrections:
            (inputs / "registration_corrections.csv").write_text(corrections)
        layout = ["total,refugees.csv"]
        (source / "refugees.csv").write_text("2020-01-01,150\n")
        for camp, rows in camps.items():
            layout.append(f"{camp},{camp}.csv")
            (source / f"{camp}.csv").write_text("".join(f"{start + day},{people}\n" for day, people in rows))
        (source / "data_layout.csv").write_text("\n".join(layout) + "\n")
        (tmp_path / name / "simsetting.yml").write_text("move_rules:\n  max_move_speed: 360\n")
        return tmp_path / name

    return make


def planted(folder: Folder, after: int) -> Folder:
    """Return the folder with every count dated after a day replaced by nonsense."""

    def change(file: Counts) -> Counts:
        people = np.where(file.days > after, 77_777.0 + 13.0 * file.days, file.people)
        return Counts(file.file, file.days, people, file.line)

    rows = tuple(Observed(one.name, one.place, tuple(change(file) for file in one.files), one.line)
                 for one in folder.observed)
    return dataclasses.replace(folder, observed=rows)


@pytest.mark.parametrize("known", [False, True])
@pytest.mark.parametrize("after", [10, 20, 59, 60])
def test_a_planted_future_changes_nothing_before_it_could_be_known(write: Write, known: bool, after: int) -> None:
    folder = read_folder(write())
    told = given(folder)
    before = predict(folder, informed=known, draws=3, numbers=told)
    changed = predict(planted(folder, after), informed=known, draws=3, numbers=told)
    safe = slice(None, after + LAG + 1 if known else None)
    assert np.array_equal(before.central[:, safe], changed.central[:, safe])
    assert np.array_equal(before.counts[:, :, safe], changed.counts[:, :, safe])
    if known:
        assert not np.array_equal(before.central, changed.central)


def test_a_row_planted_on_a_known_day_is_seen(write: Write) -> None:
    folder = read_folder(write())
    told = given(folder)
    honest = predict(folder, informed=True, draws=0, numbers=told).central
    changed = predict(planted(folder, 19), informed=True, draws=0, numbers=told).central
    assert np.array_equal(honest[:, : 20 + LAG], changed[:, : 20 + LAG])
    assert not np.allclose(honest[:, 20 + LAG], changed[:, 20 + LAG])


def test_a_correction_is_known_only_from_its_date(write: Write) -> None:
    view = View(read_folder(write(corrections="#name,date\nNear,2020-03-01\n")))
    assert view.on(59).people[0] == 2000  # 2020-03-01 is day 60
    assert view.on(60).people[0] == 5000
    assert view.on(60).growth[0] == pytest.approx((5000 - 100 * 2.5) / 60)  # those before it, scaled to meet it


def test_the_view_holds_the_last_count_and_draws_no_line_to_the_next(write: Write) -> None:
    view = View(read_folder(write()))
    assert view.on(59).people.tolist() == [2000, 500, 1500]
    assert view.on(59).day.tolist() == [20, 20, 20]
    assert view.on(59).growth[0] == pytest.approx((2000 - 100) / 20)
    assert np.isnan(view.on(-1).people).all()


@pytest.mark.parametrize("known", [False, True])
@pytest.mark.parametrize("capacities", [False, True])
def test_people_are_kept_in_the_centre_and_in_every_draw(write: Write, known: bool, capacities: bool) -> None:
    folder = read_folder(write())
    found = predict(folder, informed=known, draws=5, capacities=capacities)
    total = given(folder).total
    assert found.central.sum(axis=0) == pytest.approx(total)
    assert found.counts.sum(axis=1) == pytest.approx(np.tile(total, (5, 1)))
    assert (found.counts >= 0).all()


def test_a_seed_gives_the_same_draws_and_another_seed_others(write: Write) -> None:
    folder = read_folder(write())
    one, same, other = (predict(folder, draws=4, seed=seed).counts for seed in (1, 1, 2))
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)
    assert np.array_equal(one[:2], predict(folder, draws=2, seed=1).counts)


def test_the_nearer_destination_draws_more_and_a_late_one_more_than_it_would(write: Write) -> None:
    fitted = read_parameters()
    folder = read_folder(write(name="plain"))
    share = pull(ground(folder), given(folder), fitted)
    assert share.sum(axis=1) == pytest.approx(1.0)
    assert (share[:, 0] > share[:, 1]).all()
    late = read_folder(write(name="late", closures="location,Other,,0,50\n"))
    terrain = ground(late)
    assert terrain.opened.tolist() == [0, 0, 50]
    with_late = pull(terrain, given(late), fitted)
    assert (with_late[:50, 2] == 0).all()
    assert (with_late[50:, 2] > share[50:, 2]).all()


def test_capacities_are_no_pull_unless_asked_for(write: Write) -> None:
    folder = read_folder(write())
    full = dataclasses.replace(folder.places, capacity=np.where(folder.places.capacity > 0, 7, -1))
    other = dataclasses.replace(folder, places=full)
    assert np.array_equal(predict(folder, draws=0).central, predict(other, draws=0).central)
    asked = [predict(one, draws=0, capacities=True).central for one in (folder, other)]
    assert not np.allclose(*asked)


def test_shared_countries_divide_the_pull(write: Write) -> None:
    folder = read_folder(write())
    terrain, told = ground(folder), given(folder)
    even = np.full((DAYS, 3), 1 / 3)
    none = dataclasses.replace(read_parameters(), shared_country=0.0)
    whole = dataclasses.replace(none, shared_country=1.0)
    assert tilted(terrain, even, none)[5] == pytest.approx([1 / 3, 1 / 3, 1 / 3])
    assert tilted(terrain, even, whole)[5] == pytest.approx([1 / 4, 1 / 4, 1 / 2])
    assert blind(terrain, told, even)[0] == pytest.approx([100, 50, 0])


@pytest.mark.parametrize(
    "odd",
    [
        {"roads": HEAD + "Alpha,Beta,100,0\nBeta,Near,100,0\n"},
        {"roads": HEAD + "Near,Far,100,0\n"},
        {"conflict": lambda day: int(40 <= day < 60)},
        {"conflict": lambda day: 0},
        {"camps": {"Near": [(0, 0), (50, 10)], "Far": [(0, 0)], "Other": [(0, 0)]}},
        {"camps": {"Near": [(70, 900)], "Far": [(90, 10)], "Other": [(200, 5)]}},
        {"camps": {"Near": [(0, 900), (80, 0)], "Far": [(0, 10), (80, 0)], "Other": [(0, 5), (80, 0)]}},
        {"closures": "country,Home,Away,0,500\ncountry,Home,Third,0,500\n"},
        {"closures": "camp,Near,,0,500\ncamp,Far,,10,20\n"},
    ],
    ids=["two cut off", "nobody on a road", "no conflict at first", "no conflict", "one count each",
         "counts start late", "everybody leaves", "borders shut", "camps shut"],
)
def test_odd_folders_give_whole_predictions(write: Write, odd: dict[str, Any]) -> None:
    folder = read_folder(write(**odd))
    for known in (False, True):
        found = predict(folder, informed=known, draws=3)
        assert found.counts.shape == (3, 3, DAYS)
        assert np.isfinite(found.counts).all()
        assert (found.counts >= 0).all()
    result = score(folder, draws=3)
    assert result["destinations"] == 3


def test_a_destination_that_cannot_be_reached_gets_nobody_new(write: Write) -> None:
    roads = HEAD + "Alpha,Beta,100,0\nBeta,Near,100,0\nAlpha,Other,250,0\n"
    found = predict(read_folder(write(roads=roads)), draws=2).central
    assert (found[1] == 50).all()
    assert found[0, -1] > 100


def test_the_measure_is_the_mean_of_daily_differences_over_what_was_counted() -> None:
    counted = np.array([[2.0, 2.0], [0.0, 0.0], [10.0, 0.0]])
    people = np.array([[3.0, 1.0], [9.0, 9.0], [5.0, 5.0]])
    assert ard(people, counted) == pytest.approx((0.5 + 1.0) / 2)
    assert ard(people, counted, since=1) == pytest.approx(1.0)
    assert np.isnan(ard(people, np.zeros_like(people)))


def test_coverage_counts_what_lies_in_the_band() -> None:
    counted = np.array([[50.0, 99.9]])
    draws = np.repeat(np.arange(101.0)[:, None, None], 2, axis=1)
    assert coverage(draws, counted) == {50: 0.5, 80: 0.5, 95: 0.5}


def test_the_score_names_every_way_and_baseline(write: Write) -> None:
    folder = read_folder(write())
    result = score(folder, draws=20)
    counted = observed_table(folder).people
    assert result["ard"] == pytest.approx(ard(predict(folder, draws=0).central.T, counted), abs=1e-4)
    assert set(result["baselines"]) == {  # type: ignore[call-overload]
        "uniform", "capacity_share", "shares_30_days_ago", "shares_30_days_ago_as_known", "day_30_shares_frozen"}
    assert set(result["bands"]["ard"]) == {"50", "80", "95"}  # type: ignore[index]
    total = counted.sum(axis=1)
    uniform = np.mean(np.abs(counted - total[:, None] / 3).sum(axis=1) / total)
    assert result["baselines"]["uniform"] == pytest.approx(uniform, abs=1e-4)  # type: ignore[index]


def test_what_cannot_be_done_is_refused(write: Write) -> None:
    folder = read_folder(write())
    with pytest.raises(RunError, match="0 or more"):
        predict(folder, draws=-1)
    with pytest.raises(RunError, match="nothing was counted"):
        score(dataclasses.replace(folder, observed=()))
    assert predict(dataclasses.replace(folder, observed=()), draws=1).name == ("Near", "Far", "Other")
