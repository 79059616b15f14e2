"""Amendments say what may change, refuse what cannot be meant, and print as one line."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roxham.errors import SpecError, UnknownName
from roxham.sim.amend import (
    Amendment,
    BedsAmendment,
    CapacityAmendment,
    FareAmendment,
    LawAmendment,
    Names,
    amendment,
    amendments_hash,
    check_amendments,
    describe,
)
from roxham.spec import parse_yaml

RIGHT: list[dict[str, Any]] = [
    {"kind": "law", "instrument": "protocol_2023", "action": "never"},
    {"kind": "law", "instrument": "stca", "action": "void", "from": "2021-01-22"},
    {"kind": "law", "parameter": "between_poe_limit_days", "value": "none", "from": "2023-03-25"},
    {"kind": "reading", "switch": "late_bar_if_suspended", "value": "falls"},
    {"kind": "crossing", "place": "roxham_road", "open": False, "from": "2022-01-01"},
    {"kind": "police", "place": "quebec_west", "presence": 2, "from": "2022-01-01", "until": "2022-06-30"},
    {"kind": "fare", "free_tickets": False},
    {"kind": "fare", "origin": "new_york", "destination": "plattsburgh", "fare": "0 CAD2017"},
    {"kind": "capacity", "service": "rpd", "multiply": 2},
    {"kind": "capacity", "service": "rpd", "set": "120 persons / day"},
    {"kind": "beds", "place": "all", "add": "-200 beds"},
    {"kind": "transfer", "share": 1},
    {"kind": "pressure", "group": "haiti", "multiply": 1.5},
]

WRONG: list[tuple[dict[str, Any], str]] = [
    ({"kind": "law", "instrument": "stca"}, "needs an 'action'"),
    ({"kind": "law", "instrument": "stca", "action": "void"}, "needs the day"),
    ({"kind": "law", "instrument": "stca", "action": "never", "from": "2020-01-01"}, "for all time"),
    ({"kind": "law", "instrument": "stca", "action": "never", "value": 3}, "belongs to a 'parameter'"),
    ({"kind": "law", "instrument": "stca", "parameter": "minor_age", "action": "never"}, "either 'instrument'"),
    ({"kind": "law", "parameter": "minor_age"}, "needs a 'value'"),
    ({"kind": "law"}, "either 'instrument'"),
    ({"kind": "reading", "switch": "day14", "value": "protocol", "from": "2020-01-01"}, "for the whole run"),
    ({"kind": "crossing", "place": "roxham_road"}, "open"),
    ({"kind": "police", "place": "quebec_west", "presence": -1}, "greater than or equal to 0"),
    ({"kind": "fare", "origin": "new_york", "fare": "0 CAD2017"}, "'origin', 'destination' and 'fare'"),
    ({"kind": "fare", "free_tickets": True, "origin": "new_york"}, "give either 'free_tickets'"),
    ({"kind": "fare", "origin": "a", "destination": "b", "fare": "-3 CAD2017"}, "negative fare"),
    ({"kind": "fare", "origin": "a", "destination": "b", "fare": "3 dollars"}, "prices of a year"),
    ({"kind": "capacity", "service": "rpd"}, "either 'multiply' or 'set'"),
    ({"kind": "capacity", "service": "rpd", "multiply": 2, "set": "1 persons / day"}, "either 'multiply' or 'set'"),
    ({"kind": "capacity", "service": "rpd", "multiply": -2}, "greater than or equal to 0"),
    ({"kind": "capacity", "service": "rpd", "set": "-1 persons / day"}, "negative capacity"),
    ({"kind": "capacity", "service": "rpd", "set": "many"}, "does not begin with a number"),
    ({"kind": "capacity", "service": "rpd", "set": 120}, "has no unit"),
    ({"kind": "beds", "place": "all", "set": "-1 beds"}, "negative capacity"),
    ({"kind": "beds", "place": "all", "set": "1 rooms"}, "does not count beds"),
    ({"kind": "beds", "place": "all"}, "exactly one of"),
    ({"kind": "transfer", "share": 1.2}, "less than or equal to 1"),
    ({"kind": "transfer", "share": 0.2, "from": "2022-02-01", "until": "2022-01-01"}, "lies before"),
    ({"kind": "transfer", "share": 0.2, "form": "2022-02-01"}, "form"),
    ({"kind": "transfer", "share": 0.2, "from": "1 June 2022"}, "not a date"),
    ({"kind": "teleport"}, "teleport"),
    ({}, "kind"),
]


@pytest.mark.parametrize("keys", RIGHT, ids=lambda keys: "-".join(str(v) for v in keys.values()))
def test_an_amendment_gives_back_what_it_was_given(keys: dict[str, Any]) -> None:
    change = amendment(name="change", **keys)
    assert amendment(**change.to_dict()) == change
    assert describe(change).startswith(f"change ({keys['kind']}: ")
    if "from" in keys:
        assert f"from {keys['from']}" in describe(change)


@pytest.mark.parametrize(("keys", "said"), WRONG, ids=lambda part: str(part)[:60])
def test_what_cannot_be_meant_is_refused(keys: dict[str, Any], said: str) -> None:
    with pytest.raises(SpecError, match=said):
        amendment(name="change", **keys)


def test_a_name_is_needed() -> None:
    with pytest.raises(SpecError, match="name"):
        amendment(kind="transfer", share=1)


@given(st.dates(date(2016, 1, 1), date(2026, 1, 1)))
def test_both_ends_are_in_force(day: date) -> None:
    change = amendment(name="x", kind="transfer", share=0, from_=date(2018, 1, 1), until=date(2018, 12, 31))
    assert change.in_force(day) == (day.year == 2018)


def test_numbers_are_read_once_from_their_text() -> None:
    hearing = amendment(name="x", kind="capacity", service="rpd", set="700 persons / week")
    permit = amendment(name="x", kind="capacity", service="work_permit", set="30 days")
    beds = amendment(name="x", kind="beds", place="cornwall", set="800 beds")
    fare = amendment(name="x", kind="fare", origin="a", destination="b", fare="55 CAD2017")
    limit = amendment(name="x", kind="law", parameter="between_poe_limit_days", value="none")
    assert isinstance(hearing, CapacityAmendment)
    assert isinstance(permit, CapacityAmendment)
    assert isinstance(beds, BedsAmendment)
    assert isinstance(fare, FareAmendment)
    assert isinstance(limit, LawAmendment)
    assert (hearing.capacity, permit.capacity, beds.beds, fare.amount) == (100.0, 30.0, 800.0, 55.0)
    assert limit.setting is None


def test_the_hash_depends_on_content_and_order() -> None:
    first, second = (amendment(name="change", **keys) for keys in RIGHT[:2])
    assert amendments_hash([first, second]) == amendments_hash((first, second))
    assert amendments_hash([first, second]) != amendments_hash([second, first])
    assert amendments_hash([first]) != amendments_hash([first, second])


def test_unknown_names_are_told_together_with_the_nearest_and_the_line() -> None:
    text = (
        "- {name: a, kind: crossing, place: lacole, open: true}\n"
        "- {name: b, kind: reading, switch: day14, value: x}"
    )
    changes = parse_yaml(text, list[Amendment], file="mine.yaml")  # type: ignore[arg-type]
    names = Names(crossings=frozenset({"lacolle"}), switches={"day14": ("regulations", "protocol")})
    with pytest.raises(UnknownName) as error:
        check_amendments(changes, names)
    first, second = error.value.problems
    assert (first.file, first.line, first.hint) == ("mine.yaml", 1, "lacolle")
    assert (second.line, 'amendment "b"' in second.message) == (2, True)


def test_all_stands_for_every_place_group_and_hub() -> None:
    names = Names(receptions=frozenset({"cornwall"}), groups=frozenset({"haiti"}), hubs=frozenset({"new_york"}))
    changes = [
        amendment(name="a", kind="beds", place="all", multiply=2),
        amendment(name="b", kind="pressure", multiply=2),
    ]
    check_amendments(changes, names)
