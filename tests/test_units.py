"""Units: what is read, what is refused, and that what is written can be read again."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roxham.errors import UnitError
from roxham.units import (
    DAYS,
    Money,
    Quantity,
    parse_date,
    parse_duration_days,
    parse_money,
    parse_quantity,
    parse_rate_per_day,
)

NUMBERS = st.floats(min_value=0, max_value=1e12, allow_nan=False)


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("120 persons / day", 120, "persons / day"),
        ("120 persons/day", 120, "persons / day"),
        ("  8,891   km ", 8891, "km"),
        ("1,234,567.5 CAD2017", 1234567.5, "CAD2017"),
        (".5 beds", 0.5, "beds"),
        ("-3 °C", -3, "°C"),
        ("1e3 persons", 1000, "persons"),
        ("40%", 40, "%"),
    ],
)
def test_a_quantity_is_a_number_and_a_unit(text: str, value: float, unit: str) -> None:
    assert parse_quantity(text) == Quantity(value, unit)


@pytest.mark.parametrize("text", ["120", "persons", "", "1 2 beds", "1,23 beds", "1.2.3 beds", "1e999 beds", "--1 km"])
def test_what_is_not_a_quantity_is_refused(text: str) -> None:
    with pytest.raises(UnitError, match="example|finite|one number"):
        parse_quantity(text)


def test_a_bare_number_is_refused_with_an_example() -> None:
    with pytest.raises(UnitError, match='120 has no unit; write it as text with its unit, for example "120 persons'):
        parse_quantity(120)  # type: ignore[arg-type]


@given(NUMBERS)
def test_a_quantity_written_out_reads_the_same(value: float) -> None:
    assert parse_quantity(f"{value!r} persons / day") == Quantity(value, "persons / day")


@pytest.mark.parametrize(
    ("text", "days"),
    [("16 weeks", 112), ("1 day", 1), ("36 hours", 1.5), ("90 min", 0.0625), ("2 years", 730.485), ("0 days", 0)],
)
def test_a_duration_is_in_days(text: str, days: float) -> None:
    assert parse_duration_days(text) == pytest.approx(days, rel=1e-12)


@pytest.mark.parametrize(("text", "hint"), [("3 weaks", "week"), ("3 beds", None), ("3", None), ("-1 days", None)])
def test_what_is_not_a_duration_is_refused(text: str, hint: str | None) -> None:
    with pytest.raises(UnitError) as caught:
        parse_duration_days(text)
    assert caught.value.problems[0].hint == hint


@pytest.mark.parametrize(
    ("text", "per_day"),
    [("120 persons / day", 120), ("14 / week", 2), ("365.2425 hearings / year", 1), ("1/hour", 24)],
)
def test_a_rate_is_per_day(text: str, per_day: float) -> None:
    assert parse_rate_per_day(text) == pytest.approx(per_day, rel=1e-12)


@pytest.mark.parametrize("text", ["120 persons", "120", "120 persons / room", "1 CAD / person / day"])
def test_what_is_not_a_rate_is_refused(text: str) -> None:
    with pytest.raises(UnitError, match="not a rate|not a unit of time"):
        parse_rate_per_day(text)


@given(NUMBERS, st.sampled_from(sorted(DAYS)))
def test_rates_and_durations_are_each_other_turned_over(value: float, unit: str) -> None:
    one = parse_duration_days(f"1 {unit}")
    assert parse_rate_per_day(f"{value!r} persons / {unit}") == pytest.approx(value / one, rel=1e-12)


@given(st.dates(min_value=date(1000, 1, 1)))
def test_every_day_is_read_as_it_is_written(day: date) -> None:
    assert parse_date(day.isoformat()) == day
    assert parse_date(day) is day


@pytest.mark.parametrize(
    "text",
    ["2023-3-25", "25/03/2023", "2023-03-25T00:00", "20230325", "2023-02-29", "2023-13-01", "٢٠٢٣-٠٣-٢٥", "", 2023],
)
def test_what_is_not_a_date_is_refused(text: object) -> None:
    with pytest.raises(UnitError, match="not a date|not a day of the calendar"):
        parse_date(text)


def test_a_moment_is_not_a_date() -> None:
    with pytest.raises(UnitError):
        parse_date(datetime(2023, 3, 25))


def test_money_has_a_currency_and_a_year() -> None:
    assert parse_money("14321 CAD2017") == Money(14321, "CAD", 2017)
    assert str(parse_money("14,321 CAD 2017")) == "14321 CAD2017"


@pytest.mark.parametrize("text", ["14321", "14321 CAD", "$14,321", "14321 dollars", "CAD2017", "5 cad2017"])
def test_what_is_not_money_is_refused(text: str) -> None:
    with pytest.raises(UnitError, match="CAD2017"):
        parse_money(text)


@given(st.text(max_size=30))
def test_no_text_does_worse_than_a_unit_error(text: str) -> None:
    for parse in (parse_quantity, parse_rate_per_day, parse_duration_days, parse_money, parse_date):
        try:
            parse(text)
        except UnitError as error:
            assert str(error)
