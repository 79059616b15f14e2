"""Explanations: cited, in two languages, for one person and for any row of many."""

from __future__ import annotations

import json

import numpy as np

from roxham.law import codes, decide, explain

PORT = {"entry_place": "land_poe", "claim_place": "land_poe", "entry_at": "2024-11-11T09:00",
        "claim_at": "2024-11-11T09:30"}
BROTHER = {"relation": "brother", "in_canada": True, "age": 30, "status": "unknown", "established": True}


def test_why_not_and_what_would_settle_it(book):
    told = explain(book, {**PORT, "anchors": [BROTHER]})
    text = told.text("en")
    assert told.before_burden == "undetermined"
    assert told.outcome == "ineligible_return_to_US"
    assert "Facts that would settle it: status of the relative" in text
    assert "status of the relative (1): citizen" in text
    assert "A100(1.1)" in text
    assert "not legal advice" in text
    assert "avis juridique" in told.text("fr")
    assert "R159.5(a)" in text


def test_the_exception_is_named(book):
    told = explain(book, {**PORT, "anchors": [{**BROTHER, "status": "citizen"}]})
    assert told.exception == "R159.5(a)"
    assert told.reason("en").endswith("[R159.5(a)]")
    assert told.flips == ()
    assert told.consequences["appeal"][0] == "no_appeal"


def test_a_rival_reading_bars_the_appeal_of_everyone_from_outside_the_ports(book):
    road = {"entry_place": "between_poe_land", "claim_place": "between_poe_intercept",
            "entry_at": "2022-05-05", "claim_at": "2022-05-05"}
    assert explain(book, road).consequences["appeal"][0] == "appeal"
    assert explain(book, road, {"rad_bar_scope": "all_entries"}).consequences["appeal"][0] == "no_appeal"


def test_all_of_it_is_plain_data(book):
    told = json.loads(json.dumps(explain(book, {**PORT, "anchors": [BROTHER]}).to_dict()))
    assert told["unknown"] == ["anchor_status"]
    assert {"answer", "en", "fr", "cite", "needed", "parts"} == set(told["tree"][0])
    assert told["checked_to"] == {"A": "2026-03-31", "R": "2026-06-14"}


def test_a_decision_after_the_last_check_carries_a_warning(book):
    late = {**PORT, "entry_at": "2026-07-07", "claim_at": "2026-07-07"}
    assert explain(book, late).after_check
    assert "look for changes" in explain(book, late).text("en")
    assert not explain(book, PORT).after_check


def test_any_row_of_many_is_explained(book):
    relation, status = codes("anchor_relation"), codes("anchor_status")
    many = {
        **PORT,
        "entry_place": np.array([codes("entry_place")[name] for name in ("land_poe", "land_poe", "airport_poe")]),
        "claim_place": np.array([codes("claim_place")[name] for name in ("land_poe", "land_poe", "airport_poe")]),
        "anchor_relation": np.array([[relation["sister"], relation["none"]], [relation["cousin"], relation["child"]],
                                     [relation["none"], relation["none"]]]),
        "anchor_status": np.array([[status["citizen"], 0], [status["citizen"], status["permanent_resident"]], [0, 0]]),
    }
    decision = decide(book, many)
    assert [decision.explain(row).exception for row in range(3)] == ["R159.5(a)", "R159.5(b)(ii)", None]
    assert "R159.4(1)(c)" in decision.reason(2)
    assert decision.reason(-1) == decision.reason(2)
    assert [decision.consequence_names("because")[code] for code in decision.consequence("because")] == [
        "exception", "exception", "airport"]


def test_everyone_has_a_reason(book, vignettes):
    for one in vignettes:
        told = explain(book.amend(one.changes), one.facts, one.readings)
        assert told.because.en, one.id
        assert told.because.fr, one.id
        assert told.cites, one.id


def test_a_reform_is_named_in_the_explanation(book, vignettes):
    one = next(one for one in vignettes if one.changes)
    assert str(one.changes[0]) in explain(book.amend(one.changes), one.facts, one.readings).text("en")
