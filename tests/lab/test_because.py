"""Why two runs differ: the items add up to the difference, for every metric, in every draw."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from roxham.errors import RunError, UnknownName
from roxham.lab import store
from roxham.lab.amended import by_amendment
from roxham.lab.because import GROUPINGS, because
from roxham.lab.ensemble import run_study
from roxham.lab.scenario import Scenario, Study, load_study
from roxham.lab.share import by_cohort, nights_in_bed, nights_without, product
from roxham.lab.summary import StudyResult
from roxham.sim.amend import amendment
from roxham.sim.corridor import Corridor, load
from roxham.sim.metrics import METRICS

COUNTED = [name for name, one in METRICS.items() if one.unit in ("persons", "person-nights")
           and name != "deaths_expected"]  # fmt: skip
CHANGES = (
    amendment(name="the road closed", kind="crossing", place="mill_road", open=False, from_="2030-05-01"),
    amendment(name="twice the hearings", kind="capacity", service="rpd", multiply=2, from_="2030-03-01"),
    amendment(name="half the beds", kind="beds", place="all", multiply=0.5, from_="2030-02-01"),
)


@pytest.fixture(scope="module")
def toy() -> Corridor:
    return load("toy")


@pytest.fixture(scope="module")
def study() -> Study:
    base = load_study("tutorial", case="toy")
    busy = Scenario(name="busy", title=base.title, amendments=CHANGES)
    return replace(base, scenarios=(base.scenarios[0], busy, Scenario(name="one", title=base.title,
                                                                      amendments=CHANGES[:1])))  # fmt: skip


@pytest.fixture(scope="module")
def result(study: Study, toy: Corridor) -> StudyResult:
    return run_study(study, toy, draws=4, seed=5)


@pytest.fixture(scope="module")
def folder(result: StudyResult, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return store.write(result, tmp_path_factory.mktemp("runs") / "busy")


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("period", ["all", "2030-07"])
def test_items_add_up_to_the_difference(metric: str, period: str, folder: Path, result: StudyResult) -> None:
    places = [one for one in result.places(metric) if one != "all"][:1] if period == "all" else []
    for place in ("all", *places):
        found = because(metric, folder, f"{folder}:busy", place=place, period=period)
        said = result.summary.row("busy", metric, place, period)["diff_mean"]
        for by in GROUPINGS:
            grouped = found.grouped(by)
            made = sum((item.by_draw for item in grouped.items), np.zeros(4))
            if metric in COUNTED:
                assert np.array_equal(made, found.by_draw)
                assert found.total == said
            else:
                scale = max(float(np.abs(side.values).max()) for side in (found.a, found.b))
                assert np.allclose(made, found.by_draw, rtol=0, atol=1e-9 * scale)
                assert found.total == pytest.approx(said, rel=1e-9, abs=1e-9 * scale)


@pytest.mark.parametrize("metric", METRICS)
def test_every_metric_that_differs_says_why(metric: str, folder: Path) -> None:
    found = because(metric, folder, f"{folder}:busy")
    assert found.items or not found.by_draw.any()
    assert all(item.step or item.what or item.effect for item in found.items)


def test_what_was_changed_is_what_made_the_difference(folder: Path) -> None:
    entries = because("entries_irregular", folder, f"{folder}:one")
    assert {item.place for item in entries.items if item.mean < 0} == {"mill_road"}
    beds = because("nights_without_bed", folder, f"{folder}:busy", period="2030-03").grouped("step")
    assert max(beds.items, key=lambda item: item.mean).effect == "beds"
    federal = because("cost_federal", folder, f"{folder}:busy")
    assert {item.effect for item in federal.items} == {"quantity"}, "prices are the same in both"
    hearing = next(item for item in federal.items if item.what == "hearing")
    assert hearing.mean > 0


def test_a_run_against_itself_differs_by_nothing(folder: Path) -> None:
    assert because("heard", f"{folder}:busy", f"{folder}:busy").items == ()


def test_summaries_and_lines_do_not_depend_on_the_number_of_jobs(
    study: Study, toy: Corridor, result: StudyResult, folder: Path, tmp_path: Path
) -> None:
    shared = run_study(study, toy, draws=4, seed=5, jobs=2)
    again = store.write(shared, tmp_path / "again")
    for name in (store.SUMMARY, store.LINES, store.DRAWS):
        assert (again / name).read_bytes() == (folder / name).read_bytes(), name


def test_lines_stay_small(folder: Path) -> None:
    sizes = {path.name: path.stat().st_size for path in folder.iterdir()}
    assert sizes[store.LINES] < 2 * (sizes[store.DRAWS] + sizes[store.SUMMARY])


# ---------------------------------------------------------------- runs that cannot be compared
def test_an_older_run_must_be_run_again(folder: Path, tmp_path: Path) -> None:
    old = tmp_path / "old"
    shutil.copytree(folder, old)
    (old / store.LINES).unlink()
    with pytest.raises(RunError, match="run it again"):
        because("heard", old, f"{old}:busy")


def test_lines_that_were_changed_are_refused(folder: Path, tmp_path: Path) -> None:
    import duckdb

    bad = tmp_path / "bad"
    shutil.copytree(folder, bad)
    where = str(bad / store.LINES)
    kept = str(tmp_path / "kept.parquet")
    duckdb.sql(f"COPY (SELECT * REPLACE (value * 1.01 AS value) FROM '{where}') TO '{kept}' (FORMAT parquet)")
    shutil.move(kept, where)
    with pytest.raises(RunError, match="do not add up"):
        because("heard", folder, f"{bad}:one")


@pytest.mark.parametrize(
    ("metric", "b", "keys", "said"),
    [
        ("herd", "busy", {}, "heard"),
        ("heard", "bussy", {}, "busy"),
        ("heard", "busy", {"place": "wst"}, "WEST"),
        ("heard", "busy", {"period": "2031"}, "2030"),
    ],
)
def test_a_wrong_name_gets_a_suggestion(
    folder: Path, metric: str, b: str, keys: dict[str, str], said: str
) -> None:
    with pytest.raises(UnknownName) as error:
        because(metric, folder, f"{folder}:{b}", **keys)
    assert said in str(error.value.problems[0])


def test_one_of_several_scenarios_must_be_named(folder: Path) -> None:
    with pytest.raises(RunError, match="which scenario"):
        because("heard", folder, folder)


def test_other_months_cannot_be_compared(study: Study, toy: Corridor, folder: Path, tmp_path: Path) -> None:
    from datetime import date

    short = store.write(run_study(study.between(None, date(2030, 6, 30)), toy, draws=1, seed=5), tmp_path / "short")
    with pytest.raises(RunError, match="different months"):
        because("heard", folder, short)


def test_other_seeds_are_told(study: Study, toy: Corridor, folder: Path, tmp_path: Path) -> None:
    other = store.write(run_study(study, toy, draws=2, seed=6), tmp_path / "other")
    found = because("heard", folder, other)
    assert found.notes == ("seed", "draws")
    assert found.by_draw.shape == (2,)


# ---------------------------------------------------------------- by amendment
def test_amendments_share_the_difference(folder: Path, toy: Corridor) -> None:
    found = because("pending_rpd", folder, f"{folder}:busy")
    shared = by_amendment(found, toy, draws=2)
    assert len(shared.items) == 3
    assert np.array_equal(shared.by_draw, found.by_draw[:2]), "the draws run again are the draws of the run"
    assert np.allclose(sum(item.by_draw for item in shared.items), shared.by_draw, rtol=1e-12)
    shares = {item.what.split(" (")[0]: item.mean for item in shared.items}
    assert shares["half the beds"] == 0
    assert shares["twice the hearings"] < 0
    assert shares["the road closed"] != 0


def test_only_added_amendments_can_share(folder: Path, toy: Corridor) -> None:
    with pytest.raises(RunError, match="amendments added"):
        by_amendment(because("heard", f"{folder}:busy", f"{folder}:one"), toy, draws=1)
    with pytest.raises(RunError, match="not at hand"):
        by_amendment(because("heard", folder, f"{folder}:one"), None, draws=1)


# ---------------------------------------------------------------- sharing out
whole = st.integers(0, 10**6).map(float)


@given(st.tuples(whole, whole), st.tuples(whole, whole))
def test_a_product_is_shared_exactly(quantity: tuple[float, float], amount: tuple[float, float]) -> None:
    made, price = product(np.array([quantity]).T, np.array([amount]).T)
    assert made[0] + price[0] == amount[1] - amount[0]
    if 0 < quantity[0] == quantity[1]:
        assert abs(made[0]) < 1e-3


@given(st.lists(st.tuples(*[st.integers(0, 500)] * 4), min_size=1, max_size=6))
def test_nights_are_shared_exactly(rows: list[tuple[int, ...]]) -> None:
    numbers = [np.array(rows, dtype=float)[:, k][None, :, None] * np.array([1.0, 2.0])[:, None, None] for k in range(4)]
    numbers[0] = numbers[0][::-1]
    for share in (nights_without, nights_in_bed):
        parts = share(*numbers)
        assert np.array_equal(sum(parts.values()), numbers[0][1] - numbers[0][0])


def test_more_people_in_too_few_beds_is_demand_and_fewer_beds_is_beds() -> None:
    def pair(a: float, b: float) -> np.ndarray:
        return np.array([[[a]], [[b]]])

    fewer = nights_without(pair(10, 40), pair(100, 70), pair(11, 11), pair(100, 70))
    assert {effect: part.item() for effect, part in fewer.items()} == {"demand": 0, "beds": 30, "waited": 0}


counts = st.integers(0, 40)


@given(st.lists(st.tuples(counts, counts, st.integers(1, 900), st.integers(1, 900)), min_size=1, max_size=7))
def test_a_wait_is_shared_between_who_ahead_and_pace(rows: list[tuple[int, int, int, int]]) -> None:
    of = np.array(rows, dtype=float)
    weight = of[:, :2].T[:, :, None]
    if not weight.sum(axis=1).all():
        return
    amount, ahead = weight * of[:, 2:].T[:, :, None], weight * (1 + of[:, 2:].T[:, ::-1, None] % 7)
    mean = amount.sum(axis=1) / weight.sum(axis=1)
    shares = by_cohort(amount, weight, ahead)
    assert sum(part.sum() for part in shares.values()) == pytest.approx(float(mean[1, 0] - mean[0, 0]), abs=1e-9)
    assert not shares["wait"].any()
    noted = by_cohort(amount, weight, np.zeros_like(ahead))
    assert not noted["ahead"].any() and not noted["pace"].any()


def test_the_answer_is_plain_data(folder: Path) -> None:
    told = because("heard", folder, f"{folder}:busy", period="2030-07").to_dict()
    assert json.loads(json.dumps(told)) == told
    assert sum(item["difference"] for item in told["items"]) == pytest.approx(told["difference"], abs=1e-9)
    assert [run["run"].rsplit(":", 1)[1] for run in told["runs"]] == ["as-it-was", "busy"]
