"""Working days and the capacities spread over them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roxham.errors import RunError, UnitError, UnknownName
from roxham.sim.calendars import business_days, daily_capacity, easter, holidays


@dataclass(frozen=True)
class Step:
    from_: date
    value: float
    unit: str = "persons / day"


def days(first: str, after: str) -> np.ndarray[tuple[int], np.dtype[np.datetime64]]:
    return np.arange(first, after, dtype="datetime64[D]")


@pytest.mark.parametrize(
    "day",
    ["2015-04-05", "2016-03-27", "2017-04-16", "2018-04-01", "2019-04-21", "2020-04-12", "2021-04-04",
     "2022-04-17", "2023-04-09", "2024-03-31", "2025-04-20", "2038-04-25", "2285-03-22", "1954-04-18"],
)  # fmt: skip
def test_easter_falls_where_the_church_tables_put_it(day: str) -> None:
    assert easter(int(day[:4])) == date.fromisoformat(day)


def test_easter_is_a_sunday_between_22_march_and_25_april() -> None:
    for year in range(1900, 2200):
        day = easter(year)
        assert day.weekday() == 6
        assert date(year, 3, 22) <= day <= date(year, 4, 25)


def test_the_federal_days_off_of_2023_as_observed() -> None:
    assert [day.isoformat()[5:] for day in holidays(2023)] == [
        "01-02", "04-07", "04-10", "05-22", "07-03", "09-04", "10-02", "10-09", "11-13", "12-25", "12-26",
    ]  # fmt: skip


def test_christmas_on_a_saturday_moves_with_boxing_day() -> None:
    assert holidays(2021)[-2:] == (date(2021, 12, 27), date(2021, 12, 28))


def test_truth_and_reconciliation_begins_in_2021_and_the_mourning_was_once() -> None:
    assert date(2020, 9, 30) not in holidays(2020)
    assert date(2021, 9, 30) in holidays(2021)
    assert date(2022, 9, 19) in holidays(2022)
    assert date(2023, 9, 19) not in holidays(2023)


def test_each_province_adds_one_day() -> None:
    assert set(holidays(2024, "QC")) - set(holidays(2024)) == {date(2024, 6, 24)}
    assert set(holidays(2023, "QC")) - set(holidays(2023)) == {date(2023, 6, 26)}
    assert set(holidays(2024, "YT")) - set(holidays(2024)) == {date(2024, 8, 19)}
    assert set(holidays(2024, "ON")) - set(holidays(2024)) == {date(2024, 8, 5)}


def test_an_unknown_province_is_refused() -> None:
    with pytest.raises(UnknownName, match="not a province"):
        holidays(2024, "ZZ")


def test_business_days_count_a_year() -> None:
    year = business_days(date(2024, 1, 1), date(2024, 12, 31))
    assert year.shape == (366,)
    assert year.sum() == 262 - 11  # 262 weekdays in 2024
    with pytest.raises(RunError, match="ends before it begins"):
        business_days(date(2024, 1, 2), date(2024, 1, 1))


rates = st.integers(0, 500).map(float)


@given(st.dictionaries(st.integers(-200, 900), rates, min_size=1, max_size=8))
@settings(max_examples=60, deadline=None)
def test_the_sum_over_the_years_is_that_of_the_steps(drawn: dict[int, float]) -> None:
    base = date(2021, 1, 1)
    steps = [Step(base + timedelta(days=day), rate) for day, rate in drawn.items()]
    asked = days("2021-01-01", "2024-01-01")
    every = daily_capacity(steps, asked)
    working = daily_capacity(steps, asked, "business_days")
    assert working.sum() == pytest.approx(every.sum())
    assert not working[~np.is_busday(asked)].any()


def test_each_year_keeps_its_own_sum() -> None:
    steps = [Step(date(2021, 1, 1), 100.0), Step(date(2022, 4, 1), 200.0)]
    asked = days("2021-01-01", "2024-01-01")
    every, working = daily_capacity(steps, asked), daily_capacity(steps, asked, "business_days")
    years = asked.astype("datetime64[Y]")
    for year in np.unique(years):
        assert working[years == year].sum() == pytest.approx(every[years == year].sum())


def test_a_yearly_rate_gives_its_value_in_every_year() -> None:
    steps = [Step(date(2000, 1, 1), 50_000.0, "persons / year")]
    asked = days("2023-01-01", "2025-01-01")
    for daily in (daily_capacity(steps, asked), daily_capacity(steps, asked, "business_days")):
        assert daily[:365].sum() == pytest.approx(50_000)
        assert daily[365:].sum() == pytest.approx(50_000)


def test_a_step_without_a_working_day_gives_to_the_next() -> None:
    steps = [Step(date(2021, 1, 1), 10.0), Step(date(2022, 7, 2), 50.0), Step(date(2022, 7, 4), 10.0)]
    asked = days("2022-01-01", "2023-01-01")  # 2 and 3 July 2022 are a weekend
    assert daily_capacity(steps, asked, "business_days").sum() == pytest.approx(363 * 10 + 2 * 50)


def test_a_day_has_the_same_capacity_whatever_else_is_asked() -> None:
    steps = [Step(date(2021, 3, 5), 36_500.0, "persons / year"), Step(date(2022, 4, 1), 200.0)]
    whole = daily_capacity(steps, days("2021-01-01", "2023-01-01"), "business_days")
    part = daily_capacity(steps, days("2022-02-10", "2022-05-10"), "business_days")
    begin = int((np.datetime64("2022-02-10") - np.datetime64("2021-01-01")).astype(int))
    assert np.array_equal(part, whole[begin : begin + part.size])


def test_nothing_before_the_first_step_and_units_are_read() -> None:
    steps = [Step(date(2022, 1, 3), 365.0, "persons / year")]
    assert daily_capacity(steps, days("2022-01-02", "2022-01-05")).round(2).tolist() == [0.0, 1.0, 1.0]
    assert daily_capacity([], days("2022-01-02", "2022-01-05")).tolist() == [0.0, 0.0, 0.0]


def test_wrong_steps_are_refused_all_at_once() -> None:
    steps = [Step(date(2022, 1, 3), -1.0), Step(date(2022, 1, 3), 2.0)]
    with pytest.raises(RunError) as told:
        daily_capacity(steps, days("2022-01-01", "2022-01-05"), "weekdays")  # type: ignore[arg-type]
    for words in ("negative", "begin on 2022-01-03", "not a calendar"):
        assert words in str(told.value)
    with pytest.raises(UnitError):
        daily_capacity([Step(date(2022, 1, 3), 2.0, "persons")], days("2022-01-01", "2022-01-05"))
