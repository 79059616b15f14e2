"""Reforms: data that compose, are printed and hashed, and leave the base law as it was."""

from __future__ import annotations

import pickle
from dataclasses import FrozenInstanceError
from datetime import date

import pytest

from roxham.errors import LawError
from roxham.law import OUTCOMES, LawChange, decide, in_force

ROAD = {"entry_place": "between_poe_land", "claim_place": "between_poe_intercept"}
PORT = {"entry_place": "land_poe", "claim_place": "land_poe"}
NEVER = LawChange(instrument="protocol_2023", action="never")
EARLY = LawChange(instrument="protocol_2023", action="starts", from_=date(2019, 1, 1))


def outcome(book, place, day, claim=None, **readings):
    facts = {**place, "entry_at": f"{day}T12:00", "claim_at": f"{claim or day}T13:00"}
    return OUTCOMES[decide(book, facts, readings or None).outcome[0]]


def test_the_base_law_is_left_as_it_was(book):
    before, answer = book.hash, outcome(book, ROAD, "2024-01-01")
    changed = book.amend([NEVER])
    assert (book.hash, outcome(book, ROAD, "2024-01-01")) == (before, answer)
    assert changed.hash != before
    with pytest.raises(FrozenInstanceError):
        book.frame = ()
    with pytest.raises(TypeError):
        book.versions["RV11"] = None


def test_no_change_is_the_same_law(book):
    same = book.amend([])
    assert same.hash == book.hash
    idle = LawChange(parameter="between_poe_limit_days", value=14, from_=date(2023, 3, 25), name="nothing new")
    assert book.amend([idle]).hash == book.hash
    assert NEVER.hash == LawChange(instrument="protocol_2023", action="never", name="x").hash


def test_the_hash_of_the_shipped_law_is_the_same_in_every_process(book, law_folder):
    from roxham.law import load_law

    assert load_law(law_folder).hash == book.hash


def test_a_book_travels_to_another_process(book):
    changed = book.amend([NEVER])
    back = pickle.loads(pickle.dumps(changed))
    assert back == changed != book
    assert back.changes == changed.changes
    assert outcome(back, ROAD, "2024-01-01") == "eligible"
    assert len({book, changed, back}) == 2
    with pytest.raises(TypeError):
        back.versions["RV11"] = None


@pytest.mark.parametrize(
    ("change", "place", "day", "wanted"),
    [
        (NEVER, ROAD, "2024-01-01", "eligible"),
        (EARLY, ROAD, "2018-12-31", "eligible"),
        (EARLY, ROAD, "2019-01-01", "ineligible_return_to_US"),
        (LawChange(instrument="stca", action="void", from_=date(2021, 1, 22)), PORT, "2021-01-21",
         "ineligible_return_to_US"),
        (LawChange(instrument="stca", action="void", from_=date(2021, 1, 22)), PORT, "2021-01-22", "eligible"),
        (LawChange(instrument="stca", action="void", from_=date(2023, 6, 16)), ROAD, "2023-06-16", "eligible"),
        (LawChange(instrument="stca", action="never"), PORT, "2010-01-01", "eligible"),
        (LawChange(instrument="covid_orders", action="never"), ROAD, "2020-07-01", "eligible"),
        (LawChange(instrument="RV09", action="never"), PORT, "2020-04-01", "ineligible_return_to_US"),
    ],
)
def test_instruments(book, change, place, day, wanted):
    assert outcome(book.amend([change]), place, day) == wanted


def test_no_limit_of_days_from_a_date(book):
    free = book.amend([LawChange(parameter="between_poe_limit_days", value=None, from_=date(2024, 1, 1))])
    assert outcome(free, ROAD, "2023-12-31", "2024-01-20") == "eligible"
    assert outcome(free, ROAD, "2024-01-01", "2024-03-20") == "ineligible_return_to_US"
    until = LawChange(parameter="between_poe_limit_days", value=None, from_=date(2024, 1, 1), until=date(2024, 1, 31))
    short = book.amend([until])
    assert outcome(short, ROAD, "2024-01-31", "2024-03-20") == "ineligible_return_to_US"
    assert outcome(short, ROAD, "2024-02-01", "2024-03-20") == "eligible"


def test_the_late_bar_without_the_agreement_is_a_reading(book):
    void = book.amend([LawChange(instrument="stca", action="void", from_=date(2026, 1, 1))])
    person = {"entry_place": "between_poe_land", "claim_place": "inland_office"}
    assert outcome(void, person, "2026-05-01", "2026-05-21") == "ineligible_other"
    assert outcome(void, person, "2026-05-01", "2026-05-21", late_bar_if_suspended="falls") == "eligible"
    falls = void.amend([LawChange(switch="late_bar_if_suspended", value="falls")])
    assert outcome(falls, person, "2026-05-01", "2026-05-21") == "eligible"
    assert falls.readings["late_bar_if_suspended"] == "falls"


def test_changes_compose_and_the_last_word_counts(book):
    both_ways = book.amend([NEVER, EARLY]), book.amend([EARLY, NEVER])
    assert outcome(both_ways[0], ROAD, "2019-06-01") == "ineligible_return_to_US"
    assert outcome(both_ways[1], ROAD, "2019-06-01") == "eligible"
    apart = LawChange(instrument="covid_orders", action="never")
    assert book.amend([EARLY, apart]).hash == book.amend([apart, EARLY]).hash
    assert book.amend([EARLY]).amend([apart]).hash == book.amend([EARLY, apart]).hash
    two = book.amend([LawChange(instrument="stca", action="void", from_=date(2021, 1, 1), until=date(2021, 1, 31)),
                      LawChange(instrument="stca", action="void", from_=date(2022, 1, 1), until=date(2022, 1, 31))])
    heard = [outcome(two, PORT, day) == "eligible" for day in ("2020-12-31", "2021-01-15", "2021-06-01", "2022-01-31")]
    assert heard == [False, True, False, True]
    assert two.describe().splitlines() == ["stca: void from 2021-01-01 until 2021-01-31",
                                           "stca: void from 2022-01-01 until 2022-01-31"]


def test_every_change_that_cannot_be_made_is_told(book):
    wrong = [
        LawChange(instrument="protocol_2032", action="never"),
        LawChange(instrument="stca", action="void"),
        LawChange(instrument="stca", action="ends"),
        LawChange(parameter="between_poe_limit_dayz", value=3),
        LawChange(parameter="between_poe_limit_days", value=-1),
        LawChange(switch="late_bar_if_suspended", value="keeps"),
        LawChange(instrument="stca", action="void", from_=date(2022, 1, 1), until=date(2021, 1, 1)),
        LawChange(),
    ]
    with pytest.raises(LawError) as told:
        book.amend(wrong)
    assert len(told.value.problems) == len(wrong)
    assert told.value.problems[0].hint == "protocol_2023"
    assert told.value.problems[3].hint == "between_poe_limit_days"
    assert told.value.problems[5].hint == "kept"


def test_what_is_in_force_on_a_day(book):
    def on(day):
        return {version.id for version in in_force(book, date.fromisoformat(day))}

    assert "RV11" not in on("2023-03-24")
    assert "RV11" in on("2023-03-25")
    assert {"RV09"} == on("2020-04-21") & {"RV09", "RV10"}
    assert {"RV10"} == on("2020-04-22") & {"RV09", "RV10"}
    assert "RV08" not in on("2019-05-01")
    assert [str(day) for day in book.retroactive_days] == ["2019-06-21", "2026-03-26"]
