"""Rolling origins: outcomes beside forecasts, weights from the past alone, scores that add up, alarms, and the page."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from roxham.cli import main
from roxham.errors import EvidenceError
from roxham.forecast import ensemble
from roxham.forecast.alarms import judge_alarms, judge_last_seen
from roxham.forecast.backtest import Backtest, backtest, month_end, outcomes
from roxham.forecast.baselines import BASELINES, REFERENCE, Naive
from roxham.forecast.ensemble import ENSEMBLE, Ensemble, PastScore, average, read_past, weigh, write_past
from roxham.forecast.models import own_models
from roxham.forecast.regimes import LEVELS, SCORES
from roxham.forecast.report import by_horizon, by_model, by_series, by_year, headline, pit_shares, scored
from roxham.forecast.score import covered, crps, wis
from roxham.forecast.vintage import View, as_of, later_month

ROOT = Path(__file__).resolve().parents[2]
LEVEL = own_models()[0]


class Oracle:
    """A model that knows every outcome; it cheats by reading the files itself."""

    name = "oracle"

    def predict(self, view: View, leads: int) -> Mapping[str, np.ndarray]:
        held, counts = outcomes("canada_us")
        return {
            name: np.tile([values[held.index(m)] if m in held else 1.0 for m in map(view.target, range(1, leads + 1))],
                          (50, 1))
            for name, values in counts.items()
        }  # fmt: skip


@pytest.fixture(scope="module")
def result() -> Backtest:
    return backtest(first="2022-11", last="2023-06", members=[LEVEL], others=[Oracle()])


def test_outcomes_stand_beside_their_forecasts(result: Backtest) -> None:
    assert result.quantiles.shape == (7, 8, 12, 12, 23)
    series = result.series.index("claims/QC/land_border")
    april = result.observed[result.origins.index("2023-03"), 0, series]
    assert april == 610
    assert result.observed[result.origins.index("2022-11"), 4, series] == 610
    perfect = result.quantiles[result.of("oracle")]
    assert np.allclose(perfect, result.observed[..., None], atol=45), "the national sum is rounded apart"


def test_who_knows_everything_scores_nothing(result: Backtest) -> None:
    lines = {line.label: line for line in by_model(result)}
    assert lines["oracle"].wis < 2
    assert lines["oracle"].skill > 0.99
    assert lines[REFERENCE].skill == 0
    assert all(line.baseline_wis == lines[REFERENCE].wis for line in lines.values())


def test_every_line_stands_beside_its_baseline(result: Backtest) -> None:
    tables = (headline(result), by_horizon(result), by_year(result), by_series(result), by_model(result))
    for line in (line for lines in tables for line in lines):
        assert line.baseline_wis > 0
        assert line.baseline_crps > 0
        assert line.baseline_loss95 > 0
        assert line.hardest in {one.name for one in BASELINES}
        assert line.skill_hardest <= line.skill + 1e-12
        assert line.skill == pytest.approx(1 - line.wis / line.baseline_wis)
        assert {"baseline_wis", "skill", "coverage"} <= set(line.to_dict())


def test_lines_are_means_of_the_scores(result: Backtest) -> None:
    names = [result.series.index(name) for name in scored(result)]
    assert len(names) == 7
    said, seen = result.quantiles[result.of(ENSEMBLE)][:, :, names], result.observed[:, :, names]
    every = headline(result)
    near = next(line for line in every if line.label == "all 1-3")
    assert near.wis == pytest.approx(wis(said[:, :3], seen[:, :3], LEVELS).mean())
    assert near.coverage[1] == pytest.approx(covered(said[:, :3], seen[:, :3], LEVELS, 0.8).mean())
    assert [line.label for line in by_horizon(result)] == [str(h) for h in range(1, 13)]
    assert [line.label for line in by_year(result)] == ["2022", "2023"]
    assert sum(line.cells for line in by_year(result)) == sum(line.cells for line in by_horizon(result))
    assert pit_shares(result).sum() == pytest.approx(1)


def test_crps_is_that_of_the_draws(result: Backtest) -> None:
    view = as_of("canada_us", month_end("2022-11"))
    draws = Naive("last_value").predict(view, view.leads(12))["claims/QC/inland"][:, -12:]
    o, s = result.origins.index("2022-11"), result.series.index("claims/QC/inland")
    assert np.allclose(result.crps[result.of("last_value"), o, :, s], crps(draws, result.observed[o, :, s]))


def test_several_processes_give_the_same(result: Backtest) -> None:
    both = [backtest(first="2023-05", last="2023-06", members=[LEVEL], jobs=jobs) for jobs in (1, 2)]
    assert np.array_equal(both[0].quantiles, both[1].quantiles)
    assert np.array_equal(both[0].crps, both[1].crps, equal_nan=True)


def test_the_origin_of_a_test_is_its_own_day(result: Backtest) -> None:
    """An origin alone gives what it gives among others: nothing flows back."""
    alone = backtest(first="2023-03", last="2023-03", members=[LEVEL])
    among = result.quantiles[result.of("level"), result.origins.index("2023-03")]
    assert np.array_equal(alone.quantiles[alone.of("level"), 0], among)


def test_models_must_have_names_of_their_own() -> None:
    with pytest.raises(EvidenceError, match="share a name"):
        backtest(first="2023-03", last="2023-03", members=[LEVEL, LEVEL])


# ---- weights


def past(**means: float) -> list[PastScore]:
    origins = [later_month("2018-01", k) for k in range(60)]
    return [PastScore(name, origin, (mean,) * 12) for name, mean in means.items() for origin in origins]


def test_the_better_model_weighs_more_and_a_bad_one_nothing() -> None:
    weights = weigh(past(level=1.0, damped=1.02, ets=1.5), ["level", "damped", "ets"], date(2023, 1, 31), 2)
    assert weights[0] > weights[1] > weights[2] == 0
    assert weights.sum() == pytest.approx(1)


def test_weights_read_only_outcomes_published_by_the_day() -> None:
    scores = past(level=1.0, damped=1.0)
    late = [row if row.origin < "2022-06" or row.model == "level" else PastScore(row.model, row.origin, (9.0,) * 12)
            for row in scores]  # fmt: skip
    names, day = ["level", "damped"], date(2022, 8, 14)  # the month after June 2022 is published on 15 September
    assert np.array_equal(weigh(scores, names, day, 2), weigh(late, names, day, 2))
    assert not np.array_equal(weigh(scores, names, date(2022, 10, 15), 2), weigh(late, names, date(2022, 10, 15), 2))


def test_too_few_scores_say_nothing() -> None:
    few = past(level=1.0, ets=0.1)
    assert weigh(few, ["level", "ets"], date(2018, 6, 30), 1).tolist() == [1.0, 0.0]


def test_averaging_keeps_the_middle_and_widens_the_ends() -> None:
    two = np.stack([np.zeros((2, 1, 23)) + SCORES, np.ones((2, 1, 23)) + SCORES])
    mixed = average(two, np.array([[0.5, 0.5], [1.0, 0.0]]))
    assert np.allclose(mixed[:, 0, 11], [0.5, 0.0])
    assert np.allclose((mixed[0, 0, 21] - 0.5) / SCORES[21], 1 + ensemble.TAIL * SCORES[21] ** 2)


def test_past_scores_are_written_and_read(tmp_path: Path) -> None:
    rows = read_past("canada_us")
    path = tmp_path / "past_scores.csv"
    write_past(rows, path)
    shipped = ROOT / "src" / "roxham" / "cases" / "canada_us" / "past_scores.csv"
    assert path.read_text(encoding="utf-8") == shipped.read_text(encoding="utf-8")
    assert {row.model for row in rows} >= {"level", "damped", "state_space", "ets", "arima", "forest"}


def test_the_shipped_scores_are_those_of_the_models() -> None:
    """Whoever changes a model or the evidence must make them again: python docs/make_forecast.py."""
    found = backtest(first="2019-05", last="2019-05", members=own_models()).past
    shipped = {(row.model, row.origin): row.scores for row in read_past("canada_us")}
    for row in found:
        assert np.allclose(row.scores, shipped[row.model, row.origin], atol=2e-3), row.model


def test_a_model_without_weight_is_not_run() -> None:
    class Broken:
        name = "broken"

        def quantiles(self, *_: object) -> np.ndarray:
            raise AssertionError("it has no weight")

    stacked = Ensemble((LEVEL, Broken()), tuple(past(level=1.0, broken=3.0)))
    assert stacked.cells(as_of("canada_us", date(2023, 12, 31)), 4).shape == (800, 4, 9)


# ---- alarms


def test_alarms_are_judged_by_what_came(result: Backtest) -> None:
    names = ["claims/CA/airport"]
    sure = judge_alarms(result, ENSEMBLE, names, threshold=0.0)
    never = judge_alarms(result, ENSEMBLE, names, threshold=1.1)
    assert sure.rises == never.rises > 0
    assert (sure.warned, never.warned) == (sure.rises, 0)
    assert sure.months_before == 3
    assert never.false_a_year == 0
    assert never.months_before != never.months_before
    seen = judge_last_seen(result, names)
    assert seen.rises == sure.rises
    knowing = judge_alarms(result, "oracle", names, threshold=0.5)
    assert knowing.warned == knowing.rises
    assert knowing.false_a_year == 0


# ---- the command line and the page


def call(*arguments: str) -> int:
    with pytest.raises(SystemExit) as left:
        main(list(arguments))
    return int(left.value.code or 0)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    from roxham.forecast import ahead
    from roxham.forecast import backtest as module

    for place in (module, ahead):
        monkeypatch.setattr(place, "cell_models", lambda: (LEVEL,))


@pytest.mark.usefixtures("quick")
def test_the_command_prints_scores_beside_baselines(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    span = ("--from", "2023-03", "--to", "2023-04", "--jobs", "1")
    assert call("backtest", *span, "--out", str(tmp_path)) == 0
    out = capsys.readouterr().out
    for words in ("by horizon", "by year", "by series", "Every model", "baseline", "Pseudo-real-time"):
        assert words in out
    tables = json.loads((tmp_path / "scores.json").read_text(encoding="utf-8"))
    assert set(tables) == {"headline", "horizon", "year", "series", "model"}
    assert (tmp_path / "past_scores.csv").is_file()
    assert call("backtest", *span, "--lang", "fr") == 0
    assert "Tous les modèles" in capsys.readouterr().out
    assert call("backtest", "--from", "soon") == 2


@pytest.mark.usefixtures("quick")
def test_the_commands_of_the_page_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    page = (ROOT / "docs" / "do" / "forecast.md").read_text(encoding="utf-8")
    lines = "".join(re.findall(r"^```console\n(.*?)^```", page, re.M | re.S)).splitlines()
    assert len(lines) >= 6
    for line in lines:
        assert call(*shlex.split(line)[1:]) == 0, line
    assert "outcomes" in capsys.readouterr().out.lower()
    assert (tmp_path / "fans" / "rooms.csv").is_file()


@pytest.mark.slow
def test_the_wanted_scores_are_met() -> None:
    """Over all origins, with every model: skill, coverage and the upper quantile (the figures that were wanted)."""
    lines = {line.label: line for line in headline(backtest(jobs=2))}
    assert lines["all 1-3"].skill >= 0.05
    assert lines["all 4-12"].skill >= 0.15
    for share, wanted in zip(lines["all 1-12"].coverage, (0.5, 0.8, 0.95), strict=True):
        assert abs(share - wanted) <= 0.05
    assert lines["all 1-12"].skill95 >= 0.15
