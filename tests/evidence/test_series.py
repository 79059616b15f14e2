"""Observed series: published totals come out, unknown stays unknown, no month is known before it is published."""

from __future__ import annotations

import importlib.util
import shutil
import sys
from datetime import date
from pathlib import Path
from types import ModuleType

import pytest

from roxham.errors import EvidenceError
from roxham.evidence import Series, check_totals, list_series, load_series, read_table, table_names
from roxham.evidence.fill import filled_entries
from roxham.evidence.series import LAG_HIGH_DAYS, LAG_LOW_DAYS, published_on
from roxham.evidence.tables import case_folder, low_trust, months

ROOT = Path(__file__).resolve().parents[2]
CASE = "canada_us"


def script(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / "scripts" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


YEARS = [
    ("2017-01", "2017-12", 20_593, 18_836),
    ("2018-01", "2018-12", 19_419, 18_518),
    ("2019-01", "2019-12", 16_503, 16_136),
    ("2020-01", "2020-12", 3_302, 3_255),
    ("2021-01", "2021-12", 4_246, 4_095),
    ("2022-01", "2022-12", 39_540, 39_171),
    ("2023-01", "2023-03", 13_748, 13_479),
]


@pytest.mark.parametrize(("first", "last", "canada", "quebec"), YEARS)
def test_filled_entries_sum_to_the_published_years(first: str, last: str, canada: int, quebec: int) -> None:
    assert load_series(CASE, "irregular_entries_total").between(first, last).total()[0] == canada
    assert load_series(CASE, "irregular_entries_QC").between(first, last).total()[0] == quebec


def test_filled_entries_have_no_hole_and_quebec_is_part_of_canada() -> None:
    total, quebec = filled_entries(CASE)
    assert list(total) == list(quebec) == list(months("2017-01", "2023-03"))
    assert all(quebec[month].persons <= total[month].persons for month in total)
    assert all(c.low <= c.persons <= c.high for cells in (total, quebec) for c in cells.values())


def test_published_months_stand_unchanged_in_the_filled_series() -> None:
    filled = load_series(CASE, "irregular_entries_QC").values
    published = load_series(CASE, "interceptions_QC").between("2018-01", "2018-12").values
    assert len(published) == 12
    assert all(filled[month] == persons for month, persons in published.items())


def test_the_filled_series_says_that_it_is_a_proxy() -> None:
    assert load_series(CASE, "irregular_entries_total").proxy
    assert not load_series(CASE, "interceptions_total").proxy
    assert "2020-06" not in load_series(CASE, "interceptions_total").values


def test_the_kept_script_makes_the_shipped_file() -> None:
    total, quebec = script("fill_entries").filled_entries()
    shipped_total, shipped_quebec = filled_entries(CASE)
    for made, shipped in ((total, shipped_total), (quebec, shipped_quebec)):
        assert {m: (c.persons, c.status, c.known_from) for m, c in made.items()} == {
            m: (c.persons, c.status, c.known_from) for m, c in shipped.items()
        }


def test_stand_in_ratio_is_that_of_the_months_known_for_both() -> None:
    claims = load_series(CASE, "claims_land_border_QC").between("2018-03", "2023-03").values
    entries = load_series(CASE, "interceptions_QC").between("2018-03", "2023-03")
    both = [(p.value, claims[p.period]) for p in entries.points if p.value is not None and p.status == "measured"]
    ratio = sum(e for e, _ in both) / sum(c for _, c in both)
    assert len(both) >= 30
    assert ratio == pytest.approx(0.975, abs=0.01)


def test_a_suppressed_month_is_unknown_between_0_and_5() -> None:
    series = load_series(CASE, "claims_land_border_MB")
    unknown = [point for point in series.points if point.value is None]
    assert unknown
    assert all((point.low, point.high, point.status) == (0.0, 5.0, "unknown") for point in unknown)
    value, low, high = series.total()
    assert low < value < high
    assert [point.period for point in series.points] == list(months("2015-01", "2025-01"))


def test_rounded_claims_carry_half_the_rounding_as_range() -> None:
    point = load_series(CASE, "claims_land_border_QC").between("2022-08", "2022-08").points[0]
    assert (point.value, point.low, point.high) == (3_330, 3_327.5, 3_332.5)


def test_provinces_add_up_to_canada_within_rounding_and_suppression() -> None:
    for office in ("land_border", "airport"):
        names = [n for n in list_series(CASE) if n.startswith(f"claims_{office}_") and not n.endswith("_total")]
        parts = [load_series(CASE, name).between("2022-01", "2022-12").total() for name in names]
        canada = load_series(CASE, f"claims_{office}_total").between("2022-01", "2022-12").total()[0]
        assert sum(low for _, low, _ in parts) - 30 <= canada <= sum(high for _, _, high in parts) + 30


def test_pending_claims_at_the_dates_published() -> None:
    assert load_series(CASE, "rpd_pending").values == {
        "2017-12-31": 43_250, "2019-12-31": 86_000, "2020-03-31": 91_300, "2020-10-31": 85_300,
        "2021-12-31": 55_937, "2023-09-30": 126_131, "2024-09-30": 249_857,
    }  # fmt: skip
    assert load_series(CASE, "rpd_decisions").values["2022"] == 46_002


def test_a_month_is_known_on_day_15_of_the_second_month_after() -> None:
    assert published_on(date(2022, 11, 30)) == date(2023, 1, 15)
    for month in range(1, 13):
        end = date(2023 + month // 12, month % 12 + 1, 1)
        assert LAG_LOW_DAYS <= (published_on(date(2023, month, 1)) - end).days <= LAG_HIGH_DAYS


def test_a_cited_release_date_replaces_the_rule() -> None:
    december = load_series(CASE, "interceptions_QC").between("2022-12", "2022-12").points[0]
    assert december.published == date(2023, 1, 23)


def test_as_of_hides_what_came_later() -> None:
    series = load_series(CASE, "claims_land_border_QC")
    seen = series.as_of(date(2023, 3, 24))
    assert seen.points[-1].period == "2023-01"
    assert seen.points == series.points[: len(seen.points)]
    assert seen.as_of(date(2015, 1, 1)).points == ()


def test_a_filled_month_is_known_only_with_the_total_that_it_is_made_from() -> None:
    spring = load_series(CASE, "irregular_entries_total").as_of(date(2020, 12, 1))
    assert "2020-06" not in spring.values
    assert "2020-03" in spring.values


def test_a_figure_whose_address_was_not_kept_is_in_no_series() -> None:
    assert any(low_trust(row) for row in read_table(CASE, "stca_returns"))
    for name in list_series(CASE):
        assert all("address not kept" not in url for url in load_series(CASE, name).sources), name


def test_every_series_has_points_in_order_unit_title_and_sources() -> None:
    for name in list_series(CASE):
        series = load_series(CASE, name)
        periods = [point.period for point in series.points]
        assert periods, name
        assert periods == sorted(set(periods)), name
        assert series.unit, name
        assert set(series.title) == {"en", "fr"}, name
        assert all(url.startswith("http") for url in series.sources), name


def test_a_stock_does_not_add_up() -> None:
    with pytest.raises(EvidenceError, match="stock"):
        load_series(CASE, "rpd_pending").total()


@pytest.mark.parametrize(
    ("call", "hint"),
    [
        (lambda: load_series(CASE, "interceptions_qc"), "interceptions_QC"),
        (lambda: read_table(CASE, "ibr"), "irb"),
        (lambda: load_series("canada_su", "rpd_pending"), "canada_us"),
    ],
)
def test_a_wrong_name_is_told_with_the_nearest_one(call: object, hint: str) -> None:
    assert callable(call)
    with pytest.raises(EvidenceError) as error:
        call()
    assert error.value.problems[0].hint == hint


def test_a_table_with_a_short_row_is_refused(tmp_path: Path) -> None:
    (tmp_path / "evidence").mkdir()
    (tmp_path / "evidence" / "irb.csv").write_text("year,value,source_url\n2017,3\n", encoding="utf-8")
    with pytest.raises(EvidenceError, match="columns of the header"):
        read_table(tmp_path, "irb")


def test_checks_say_what_closes_and_what_does_not() -> None:
    checks = {(check.series, check.period): check for check in check_totals(CASE)}
    assert checks["interceptions_QC", "2018-01/2018-12"].verdict == "closes"
    missing = checks["interceptions_total", "2022-01/2022-12"]
    assert missing.verdict == "months missing"
    assert missing.missing == ("2022-11", "2022-12")
    revised = checks["interceptions_total", "2017-01/2017-12"]
    assert (revised.verdict, revised.difference) == ("differs", 10)
    years = [c for c in checks.values() if c.series.startswith("irregular") and c.period.endswith("-12")]
    assert len(years) >= 12
    assert {check.verdict for check in years} == {"closes"}


def test_checks_agree_with_the_arithmetic_kept_beside_the_evidence() -> None:
    """`interceptions_checks.csv` was worked out by hand when the figures were collected."""
    checks = {(c.series, c.period): c for c in check_totals(CASE)}
    compared = 0
    for row in read_table(CASE, "interceptions_checks"):
        key = (f"interceptions_{row['province']}", f"{row['period_start'][:7]}/{row['period_end'][:7]}")
        if key in checks and not checks[key].missing and row["sum_of_months"]:
            assert checks[key].sum_of_months == float(row["sum_of_months"]), key
            compared += 1
    assert compared > 15


def test_any_folder_of_the_same_shape_is_a_case(tmp_path: Path) -> None:
    shutil.copytree(case_folder(CASE) / "evidence", tmp_path / "mine" / "evidence")
    assert "rpd_pending" in list_series(tmp_path / "mine")
    assert "irb" in table_names(tmp_path / "mine")
    assert isinstance(load_series(tmp_path / "mine", "rad_pending"), Series)


def test_events_are_dated_in_order_and_have_an_address() -> None:
    events = read_table(CASE, "events")
    days = [date.fromisoformat(row["date"]) for row in events]
    assert days == sorted(days)
    assert all(row["source_url"] and row["event"] for row in events)
    assert "2023-03-25" in {row["date"] for row in events}
