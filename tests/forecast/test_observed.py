"""The series that calibration reads are those published, and nothing after the last month known reaches it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import date
from typing import Any

import numpy as np
import pytest

from roxham.evidence.fill import filled_entries
from roxham.evidence.tables import read_table
from roxham.forecast.calibrate import Problem, make_problem, terms
from roxham.forecast.observed import OFFICES, SUPPRESSED, Observed
from roxham.sim.corridor import Corridor

LAST = np.datetime64("2023-02", "M")
ABSURD = "987654"


def month_of(row: Mapping[str, str]) -> str:
    """The last month that a row tells about."""
    for key in ("period_end", "period_start"):
        if row.get(key):
            return row[key][:7]
    return f"{row['year']}-{int(row['month']):02d}" if row.get("month") else f"{row['year']}-12"


def same(one: Any, other: Any) -> bool:
    if isinstance(one, np.ndarray):
        return np.array_equal(one, other, equal_nan=one.dtype.kind == "f")
    if isinstance(one, Mapping):
        return set(one) == set(other) and all(same(one[key], other[key]) for key in one)
    return bool(one == other)


def differing(one: Observed, other: Observed) -> set[str]:
    return {f.name for f in fields(Observed) if not same(getattr(one, f.name), getattr(other, f.name))}


@pytest.fixture
def absurd_future(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Every published number of later than February 2023 becomes absurd; gives the tables that were read."""
    read: set[str] = set()

    def table(case: Any, name: str) -> tuple[dict[str, str], ...]:
        read.add(name)
        rows = [dict(row) for row in read_table(case, name)]
        for row in rows:
            if month_of(row) > str(LAST):
                row.update({key: ABSURD for key in ("persons", "claims", "value", "low", "high") if key in row})
        return tuple(rows)

    monkeypatch.setattr("roxham.forecast.observed.read_table", table)
    monkeypatch.setattr("roxham.evidence.fill.read_table", table)
    return read


def test_nothing_after_the_last_month_known_is_read(held: Problem, absurd_future: set[str]) -> None:
    again = make_problem("canada_us", held.start, held.end, date(2023, 2, 28))
    assert {"interceptions_monthly", "interceptions_daily", "interceptions_periods", "claims_monthly"} <= absurd_future
    assert differing(held.seen, again.seen) == set()
    parameters = held.corridor.posterior().parameters[0]
    here, there = ([(fact.name, fact.seen, fact.model, fact.residual) for fact in terms(one, parameters)]
                   for one in (held, again))  # fmt: skip
    assert here == there


def test_the_absurd_numbers_would_be_seen(problem: Problem, absurd_future: set[str]) -> None:
    """The test above is worth something: with data to December 2024 the same numbers change almost everything."""
    again = make_problem("canada_us", problem.start, problem.end, date(2024, 12, 31))
    found = differing(problem.seen, again.seen)
    assert {"irregular", "claims", "daily", "periods", "irregular_claims", "elsewhere"} <= found


def test_the_future_is_empty(held: Problem) -> None:
    later = held.seen.months > LAST
    assert later.sum() == 22
    for name in ("irregular", "elsewhere", "claims"):
        for values in getattr(held.seen, name).values():
            assert np.isnan(values[later]).all() and np.isfinite(values[~later]).all()
    assert all(np.datetime64(day, "M") <= LAST for day in held.seen.daily)
    assert all(np.datetime64(end, "M") <= LAST for _, end, _ in held.seen.periods)
    assert held.seen.irregular_claims == {}, "the yearly table was published in 2024"


def test_no_filled_month_of_the_past_is_made_from_a_later_total(corridor: Corridor) -> None:
    """Holes are filled to totals of longer periods; none before March 2023 needs a total that ends after it."""
    for cells in filled_entries(corridor.folder):
        for month, cell in cells.items():
            assert cell.known_from <= str(LAST) or month > str(LAST)


def test_counts_are_those_published(problem: Problem) -> None:
    seen = problem.seen
    by_year = {y: seen.irregular["total"][seen.span(f"{y}-01", f"{y}-12")].sum() for y in range(2017, 2023)}
    assert by_year == {2017: 20_593, 2018: 19_419, 2019: 16_503, 2020: 3_302, 2021: 4_246, 2022: 39_540}
    assert seen.irregular["total"][seen.span("2023-01", "2023-03")].sum() == 13_748
    quebec = problem.corridor.province_index("QC")
    published = {
        month_of(row): float(row["claims"]) for row in read_table("canada_us", "claims_monthly")
        if (row["classification"], row["office"], row["province"]) == ("claim_office_type", "land_border", "QC")
        and row["month"]
    }  # fmt: skip
    for month in ("2017-08", "2018-03", "2020-04", "2022-12", "2024-12"):
        assert seen.claims["land_border"][seen.at(month), quebec] == published[month]


def test_hubs_share_what_was_seen_outside_quebec(problem: Problem) -> None:
    seen = problem.seen
    rest = np.maximum(seen.irregular["total"] - seen.irregular["QC"], 0)
    known = np.isfinite(rest)
    assert np.allclose(sum(values[known] for values in seen.elsewhere.values()), rest[known])
    assert set(seen.elsewhere) == set(problem.corridor.choice.hubs) - {"new_york"}


def test_suppressed_cells_take_the_middle(problem: Problem) -> None:
    """An office that publishes some months counts 2.5 claims in those it leaves out; one that never does, none."""
    provinces = problem.corridor.provinces
    for office in OFFICES:
        rows = [r for r in read_table("canada_us", "claims_monthly")
                if r["classification"] == "claim_office_type" and r["office"] == office and r["month"]
                and "2017-01" <= month_of(r) <= "2024-12"]  # fmt: skip
        for p, province in enumerate(provinces):
            told = {month_of(r): float(r["claims"]) for r in rows if r["province"] == province}
            expected = [told.get(str(m), SUPPRESSED if told else 0.0) for m in problem.seen.months]
            assert problem.seen.claims[office][:, p].tolist() == expected, (office, province)


def test_months_are_found(held: Problem) -> None:
    assert held.seen.at("2017-01") == 0 and held.seen.at("2023-02") == 73
    assert held.seen.span("2017-03", "2017-05") == slice(2, 5)
    assert held.seen.known("2023-02") and not held.seen.known("2023-03")
