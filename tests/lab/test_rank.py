"""Scenarios are ranked in the worlds that they share: means, how often each is best, and regret, by hand counts."""

from __future__ import annotations

import io
import json
import math
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from roxham.cli import main
from roxham.errors import RunError, UnknownName
from roxham.lab import store
from roxham.lab.design import Setting
from roxham.lab.rank import rank
from roxham.lab.scenario import Scenario, Study
from roxham.lab.summary import StudyResult
from roxham.show.rank import MOST_LINES, rank_figure, rank_table, rank_tables, rank_words
from roxham.show.table import compact
from roxham.show.text import Language
from roxham.sim.case import Words


def made(values: Any, worlds: tuple[str, ...] = ("",), metric: str = "heard", weights: Any = None) -> StudyResult:
    """A result of so many options by worlds, draws and months, without a simulator."""
    held = np.asarray(values, dtype=np.float64)
    scenarios = [
        Scenario(
            name=f"s{option}{f'-{world}' if world else ''}", title=Words(en=f"S {option}", fr=f"É {option}"),
            setting=Setting(option=f"s{option}", world=world, values={"rooms": str(option)}))
        for world in worlds for option in range(held.shape[0] // len(worlds))
    ]  # fmt: skip
    words = Words(en="By hand", fr="À la main")
    study = Study("by-hand", words, tuple(scenarios), date(2030, 1, 1), date(2030, held.shape[2], 28))
    months = tuple(f"2030-{month + 1:02d}" for month in range(held.shape[2]))
    empty = np.zeros((held.shape[0], held.shape[1], 0, held.shape[2]))
    counts = empty if weights is None else np.asarray(weights, dtype=np.float64)[:, :, None]
    return StudyResult(
        study=study, case="toy", case_hash="0" * 64, version="0", seed=7, months=months, cells=((metric, "all"),),
        values=held[:, :, None], weights=counts, currency="CRN")


BY_HAND = [[[10], [10], [10], [10]], [[12], [9], [8], [20]], [[11], [9], [11], [10]]]


def test_a_ranking_as_reckoned_by_hand() -> None:
    found = rank(made(BY_HAND), "heard")
    assert [(one.place, one.scenario) for one in found.ranks] == [(1, "s1"), (2, "s2"), (3, "s0")]
    first, second, base = found.ranks
    assert (first.value.mean, first.difference.mean, first.best, first.better) == (12.25, 2.25, 2, 2)
    assert (second.best, second.better, base.best, base.better) == (1, 2, 1, 0)
    assert (first.regret, first.regret_worst) == ((0 + 1 + 3 + 0) / 4, 3)
    assert (second.regret_worst, base.regret_worst) == (10, 10)
    assert (found.most_often, found.least_regret, found.first) == (first, first, first)
    assert (found.worlds, found.samples, found.draws, found.left_out) == (4, 1, 4, 0)


def test_less_is_better_turns_it_round() -> None:
    found = rank(made(BY_HAND), "heard", less_is_better=True)
    assert [one.scenario for one in found.ranks] == ["s0", "s2", "s1"]
    assert [one.best for one in found.ranks] == [1.5, 1, 1.5]  # in the second world and the last, two share the place
    assert [one.regret_worst for one in found.ranks] == [2, 3, 10]
    assert [one.better for one in found.ranks] == [0, 1, 2]


def test_worlds_are_draws_and_samples_together() -> None:
    values = [[[1], [2]], [[3], [1]], [[9], [9]], [[5], [10]]]  # two options in the case as it is, then in a world
    found = rank(made(values, ("", "w1")), "heard")
    assert (found.worlds, found.samples, found.draws) == (4, 2, 2)
    assert {one.scenario: one.best for one in found.ranks} == {"s0": 2, "s1": 2}
    assert {one.scenario: one.regret for one in found.ranks} == {"s0": 0.75, "s1": 1.25}
    assert found.ranks[0].values == {"rooms": "0"}


def test_a_world_without_a_value_is_left_out_for_all() -> None:
    values, counts = [[[30], [10]], [[40], [10]]], [[[2], [1]], [[4], [0]]]
    found = rank(made(values, metric="wait_days_rpd", weights=counts), "wait_days_rpd", less_is_better=True)
    assert (found.worlds, found.left_out) == (1, 1)
    assert found.first.scenario == "s1"
    assert [one.value.mean for one in found.ranks] == [10, 15]
    with pytest.raises(RunError, match="in no world does every scenario have a value"):
        rank(made(values, metric="wait_days_rpd", weights=np.zeros((2, 2, 1))), "wait_days_rpd")


@settings(max_examples=60, deadline=None)
@given(st.integers(2, 5), st.integers(1, 6), st.integers(0, 2**32), st.booleans())
def test_laws_of_every_ranking(options: int, draws: int, seed: int, less: bool) -> None:
    values = np.random.default_rng(seed).integers(0, 5, (options, draws, 2)).astype(float)
    found = rank(made(values), "heard", less_is_better=less)
    assert math.isclose(sum(one.best for one in found.ranks), draws)
    assert sorted(one.scenario for one in found.ranks) == [f"s{k}" for k in range(options)]
    means = [one.value.mean for one in found.ranks]
    assert means == sorted(means, reverse=not less)
    for one in found.ranks:
        assert 0 <= one.regret <= one.regret_worst
        ours, top = values[int(one.scenario[1:])].sum(axis=1), (np.min if less else np.max)(values.sum(axis=2), axis=0)
        assert (one.regret_worst == 0) == (ours == top).all()
    assert min(one.regret for one in found.ranks) == found.first.regret
    flipped = rank(made(100 - values), "heard", less_is_better=not less)
    assert [one.scenario for one in flipped.ranks] == [one.scenario for one in found.ranks]


def test_one_scenario_alone_is_no_ranking() -> None:
    with pytest.raises(RunError, match="nothing to rank it with"):
        rank(made([[[1]]]), "heard")
    with pytest.raises(UnknownName, match=r'did you mean "heard"'):
        rank(made(BY_HAND), "heart")


# Words, table and picture.


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return store.write(made(BY_HAND), tmp_path / "run")


def call(*arguments: object) -> int:
    with pytest.raises(SystemExit) as left:
        main([str(one) for one in arguments])
    return int(left.value.code or 0)


def test_the_command_in_two_languages(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("rank", folder, "--metric", "heard") == 0
    said = capsys.readouterr().out
    assert "Best on the whole: s1. Most often the best: s1, in 2 of 4 worlds. Least lost at the worst: s1" in said
    assert "S 0 (baseline)" in said
    assert call("rank", folder, "--metric", "heard", "--less-is-better", "--lang", "fr") == 0
    said = capsys.readouterr().out
    assert "É 0 (référence)" in said and "moins vaut mieux" in said and "1,5 sur 4" in said


def test_json_holds_what_a_program_needs(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("rank", folder, "--metric", "heard", "--json") == 0
    held = json.loads(capsys.readouterr().out)
    assert (held["best_mean"], held["most_often_best"], held["least_worst_regret"]) == ("s1", "s1", "s1")
    assert [one["best_share"] for one in held["ranks"]] == [0.5, 0.25, 0.25]
    assert held["baseline"] == "s0"
    assert held["ranks"][0]["difference"]["mean"] == 2.25


@pytest.mark.parametrize("ending", ["png", "svg"])
def test_the_picture_is_drawn(folder: Path, tmp_path: Path, ending: str, capsys: pytest.CaptureFixture[str]) -> None:
    picture = tmp_path / f"rank.{ending}"
    assert call("rank", folder, "--metric", "heard", "--plot", picture) == 0
    assert picture.read_bytes()[:5] == {"png": b"\x89PNG\r", "svg": b"<?xml"}[ending]
    capsys.readouterr()


def test_problems_come_together_and_nothing_is_drawn(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call("rank", folder, "--metric", "heard", "--plot", tmp_path / "x.exe", "--lang", "de") == 2
    assert len(capsys.readouterr().err.splitlines()) == 2
    assert call("rank", tmp_path / "nothing", "--metric", "heard") == 2
    assert "holds no result of a run" in capsys.readouterr().err
    assert call("rank", folder, "--metric", "heard", "--plot", tmp_path / "no" / "x.png") == 2
    assert "cannot be written" in capsys.readouterr().err


def test_a_picture_holds_the_baseline_however_many_there_are() -> None:
    many = np.arange(50, dtype=float)[:, None, None] + np.zeros((1, 2, 1))
    found = rank(made(many), "heard")
    assert found.ranks[-1].scenario == "s0"
    labels = [one.get_text() for one in rank_figure(found).axes[0].get_yticklabels()]
    assert len(labels) == MOST_LINES
    assert labels[-1] == "S 0 (baseline)"
    assert len(rank_table(found).rows) == 50
    assert "s49" in rank_words(found, "fr")


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("width", [80, 114, 115, 200])
def test_no_number_and_no_scenario_is_cut_however_narrow(language: Language, width: int) -> None:
    values = 700_000 + 100_000 * np.arange(6, dtype=float).reshape(3, 2, 1)
    found = rank(made(values), "heard", language=language)
    told = io.StringIO()
    for table in rank_tables(found, language, width):
        Console(file=told, width=width).print(table)
    lines = [line.rstrip() for line in told.getvalue().splitlines() if line.startswith(("│", "┃"))]
    assert all(line.endswith(("│", "┃")) for line in lines)
    for one in found.ranks:
        numbers = (one.value.mean, one.value.low, one.value.high, one.regret, one.regret_worst)
        for wanted in (one.title, *(compact(number, language) for number in numbers)):
            assert any(wanted in line for line in lines), wanted
