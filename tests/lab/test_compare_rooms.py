"""Tables for people: scenarios side by side, and the rooms that a month needs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from roxham.errors import RunError, UnknownName
from roxham.lab import store
from roxham.lab.compare import compare, short
from roxham.lab.rooms import rooms
from roxham.lab.summary import StudyResult

METRICS = ("entries_irregular", "wait_days_rpd")


def test_the_comparison_pairs_every_scenario_with_the_baseline(result: StudyResult) -> None:
    table = compare(result, metrics=METRICS)
    twice = table.line("twice", "entries_irregular")
    held = result.summary.row("twice", "entries_irregular")
    assert (twice.difference, twice.low, twice.high) == (held["diff_mean"], held["diff_q05"], held["diff_q95"])
    assert twice.settled
    assert not table.line("again", "entries_irregular").settled
    assert [name for name, _ in table.scenarios] == ["as-it-was", "twice", "again"]


def test_a_stored_folder_compares_the_same(result: StudyResult, tmp_path: Path) -> None:
    folder = store.write(result, tmp_path / "run")
    assert compare(folder, metrics=METRICS).to_dict() == compare(result, metrics=METRICS).to_dict()


def test_the_plain_table_has_a_line_for_each_scenario(result: StudyResult) -> None:
    lines = str(compare(result, metrics=METRICS)).split("\n")
    assert lines[0].split() == ["scenario", *METRICS]
    assert [line.split()[0] for line in lines[1:]] == ["as-it-was", "twice", "again"]


def test_titles_come_in_both_languages(result: StudyResult) -> None:
    assert compare(result, metrics=METRICS, language="fr").scenarios[1][1] == "Deux fois"


def test_an_unknown_metric_is_told(result: StudyResult) -> None:
    with pytest.raises(UnknownName):
        compare(result, metrics=("entries_iregular",))


def test_numbers_for_people() -> None:
    assert [short(n) for n in (0.0, 9.87654, 12.3, 2.5e6, float("nan"))] == ["0", "9.88", "12", "2.5 M", "none"]
    assert short(-0.4) == "-0.4"


def test_rooms_hold_those_in_beds_and_those_without(result: StudyResult) -> None:
    table = rooms(result, places=["cornwall"])
    inside, outside = result.values[0, :, 3], result.values[0, :, 5]
    need = table.needs[-1]
    assert (need.place, need.month) == ("cornwall", "2018-02")
    assert need.persons == pytest.approx(tuple(np.percentile((inside + outside)[:, -1], (5, 50, 95))))
    assert need.rooms == pytest.approx(tuple(value / 2.5 for value in need.persons))
    assert need.shortfall == pytest.approx(tuple(np.percentile(outside[:, -1] / 2.5, (5, 50, 95))))


def test_rooms_of_all_places_and_some_months(result: StudyResult) -> None:
    table = rooms(result, scenario="twice", months=("2018-01", "2018-01"), persons_per_room=2)
    assert [(need.place, need.month) for need in table.needs] == [
        ("montreal_hotels", "2018-01"), ("cornwall", "2018-01"), ("all", "2018-01"),
    ]  # fmt: skip
    assert table.to_dict()["needs"][0]["rooms_q50"] == table.needs[0].persons[1] / 2


def test_rooms_refuse_what_cannot_be_known(result: StudyResult) -> None:
    with pytest.raises(RunError, match="no month"):
        rooms(result, months=("2030-01", "2030-02"))
    with pytest.raises(RunError, match="persons_per_room"):
        rooms(replace(result, persons_per_room=None))
    with pytest.raises(UnknownName):
        rooms(result, places=["cornwal"])
    with pytest.raises(UnknownName):
        rooms(result, scenario="twise")
