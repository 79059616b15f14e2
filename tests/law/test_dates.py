"""Days and minutes on which the law turns."""

from __future__ import annotations

import numpy as np
import pytest

from roxham.law import GROUNDS, OUTCOMES, STCA, decide

ROAD = {"entry_place": "between_poe_land", "claim_place": "between_poe_intercept"}
LATE = {"entry_place": "between_poe_land", "claim_place": "inland_office"}
PORT = {"entry_place": "land_poe", "claim_place": "land_poe"}


def outcome(book, facts, **readings):
    return OUTCOMES[decide(book, facts, readings or None).outcome[0]]


@pytest.mark.parametrize(
    ("entry", "heard"),
    [
        ("2023-03-24T23:59:59", True),
        ("2023-03-25T00:00:00", True),
        ("2023-03-25T00:00:59", True),
        ("2023-03-25T00:01:00", False),
        ("2023-03-25", False),  # a day without a clock time is taken at noon
    ],
)
def test_the_protocol_starts_at_one_minute_past_midnight(book, entry, heard):
    facts = {**ROAD, "entry_at": entry, "claim_at": "2023-03-25T12:00:00"}
    assert (outcome(book, facts) == "eligible") == heard


@pytest.mark.parametrize(
    ("day", "in_2024", "in_2026"),
    [
        ("13", "ineligible_return_to_US", "ineligible_return_to_US"),
        ("14", "eligible", "ineligible_other"),
        ("15", "eligible", "ineligible_other"),
    ],
)
def test_thirteen_fourteen_fifteen_days(book, day, in_2024, in_2026):
    for year, wanted in (("2024", in_2024), ("2026", in_2026)):
        entry = np.datetime64(f"{year}-06-03T23:59:59")
        claim = np.datetime64(f"{year}-06-03") + np.timedelta64(int(day), "D")
        for clock in ("T00:00:00", "T23:59:59"):
            assert outcome(book, {**LATE, "entry_at": entry, "claim_at": f"{claim}{clock}"}) == wanted
    last = outcome(book, {**LATE, "entry_at": "2024-06-03", "claim_at": f"2024-06-{3 + int(day)}"}, day14="protocol")
    assert last == ("eligible" if day == "15" else "ineligible_return_to_US")


@pytest.mark.parametrize(
    ("day", "agreement"), [("2004-12-28", "not_in_force"), ("2004-12-29", "covered_no_exception")]
)
def test_the_agreement_starts(book, day, agreement):
    grown = {**PORT, "birth_date": "1970-01-01"}
    decision = decide(book, {**grown, "entry_at": f"{day}T10:00", "claim_at": f"{day}T10:10"})
    assert STCA[decision.stca[0]] == agreement


@pytest.mark.parametrize(
    ("entry", "place", "wanted"),
    [
        ("2020-03-21T00:00:00", ROAD, "eligible"),
        ("2020-03-21T00:00:01", ROAD, "directed_back"),
        ("2020-04-21T23:59:59", PORT, "directed_back"),
        ("2020-04-22T00:00:00", PORT, "ineligible_return_to_US"),
        ("2021-11-20T23:59:59", ROAD, "directed_back"),
        ("2021-11-21T00:00:00", ROAD, "eligible"),
    ],
)
def test_the_covid_orders(book, entry, place, wanted):
    assert outcome(book, {**place, "entry_at": entry, "claim_at": entry}) == wanted


@pytest.mark.parametrize(
    ("claim", "decided", "late"),
    [
        ("2025-06-02", "2026-04-01", False),
        ("2025-06-03", "2026-03-25", False),
        ("2025-06-03", "2026-03-26", True),
    ],
)
def test_a_rule_that_reaches_back_needs_to_be_known(book, claim, decided, late):
    facts = {**LATE, "entry_at": "2025-05-01", "claim_at": claim, "as_of": decided}
    assert bool(decide(book, facts).grounds[0] >> GROUNDS.index("b.2") & 1) == late


@pytest.mark.parametrize(
    ("entry", "claim", "late"),
    [
        ("2025-02-10", "2026-02-10", False),
        ("2025-02-10", "2026-02-11", True),
        ("2024-02-29", "2025-06-03", True),
        ("2020-06-24", "2026-02-10", False),
        ("2020-06-25", "2026-02-10", True),
    ],
)
def test_one_year_after_the_first_entry(book, entry, claim, late):
    facts = {"entry_place": "airport_poe", "claim_place": "inland_office", "came_from_us": False,
             "entry_at": entry, "claim_at": claim, "as_of": "2026-05-01"}
    assert bool(decide(book, facts).grounds[0] >> GROUNDS.index("b.1") & 1) == late


def test_a_birthday_on_29_february_is_reached_on_1_march(book):
    born = {**PORT, "birth_date": "2008-02-29"}
    assert outcome(book, {**born, "entry_at": "2026-02-28T23:00", "claim_at": "2026-02-28T23:59"}) == "eligible"
    grown = {**born, "entry_at": "2026-03-01T00:00", "claim_at": "2026-03-01T00:00"}
    assert outcome(book, grown) == "ineligible_return_to_US"


def test_unknown_entry_day_is_held_against_the_claimant(book):
    decision = decide(book, {**LATE, "entry_at": "unknown", "claim_at": "2024-06-23T10:00"})
    assert OUTCOMES[decision.before_burden.outcome[0]] == "undetermined"
    assert OUTCOMES[decision.outcome[0]] == "ineligible_return_to_US"
    column = decide(book, {**LATE, "entry_at": np.array(["NaT", "2024-06-01"], dtype="datetime64[s]"),
                           "claim_at": "2024-06-23T10:00"})
    assert [OUTCOMES[code] for code in column.before_burden.outcome] == ["undetermined", "eligible"]
