"""Every invented person of vignettes.yaml, one by one and all together."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pytest

from roxham.law import FACTS, GROUNDS, OUTCOMES, STCA, decide, explain, stack
from roxham.law.columns import Columns
from roxham.law.values import read

# id -> why the law layer does not agree. Strict: an entry that agrees after all is a failure.
XFAIL: dict[str, str] = {}

# A second defensible reading of the law, as a switch: id -> readings.
ALTERNATIVES = {
    "V012": {"protocol_start": "whole_day"},
    "V015": {"protocol_start": "claim"},
    "V047": {"day14": "protocol"},
}


def expected(one):
    exception = one.expect.get("exception", "none").split(" (repealed")[0]
    grounds = sum(1 << GROUNDS.index(cite.removeprefix("A101(1)").strip("()")) for cite in one.expect["grounds"])
    return one.expect["outcome"], one.expect["stca"], grounds, exception


def answered(book, answer, row=0):
    return (
        OUTCOMES[answer.outcome[row]],
        STCA[answer.stca[row]],
        int(answer.grounds[row]),
        book.exception_names[answer.exception[row]],
    )


def test_there_are_94_people_and_none_is_excused(vignettes):
    assert len(vignettes) == 94
    assert XFAIL == {}


def test_each_person_alone(book, vignettes):
    wrong = {}
    for one in vignettes:
        law = book.amend(one.changes)
        decision = decide(law, one.facts, one.readings)
        found = answered(law, decision.before_burden)
        if found != expected(one):
            wrong[one.id] = (found, expected(one))
    assert wrong.keys() == XFAIL.keys(), wrong


def test_everybody_in_one_call_for_each_body_of_law(book, vignettes):
    groups = defaultdict(list)
    for one in vignettes:
        groups[one.changes, tuple(one.readings.items())].append(one)
    for (changes, readings), people in groups.items():
        law = book.amend(changes)
        decision = decide(law, stack([one.facts for one in people]), dict(readings))
        for row, one in enumerate(people):
            if one.id not in XFAIL:
                assert answered(law, decision.before_burden, row) == expected(one), one.id


def test_pre_removal_risk_assessment_follows(book, vignettes):
    for one in vignettes:
        if one.expect["outcome"] == "undetermined":
            continue  # expect.prra is told before the burden of proof, the consequence after it
        decision = decide(book.amend(one.changes), one.facts, one.readings)
        assert decision.consequence_names("prra")[decision.prra[0]] == one.expect["prra"], one.id


def test_explanations_say_the_same(book, vignettes):
    for one in vignettes:
        told = explain(book.amend(one.changes), one.facts, one.readings)
        assert (told.before_burden, set(told.grounds) >= set(one.expect["grounds"])) == (one.expect["outcome"], True)
        for lang in ("en", "fr"):
            assert book.notice[lang] in told.text(lang)


@pytest.mark.parametrize("name", sorted(ALTERNATIVES))
def test_a_rival_reading_is_a_switch(book, vignettes, name):
    one = next(one for one in vignettes if one.id == name)
    decision = decide(book, one.facts, ALTERNATIVES[name])
    assert OUTCOMES[decision.outcome[0]] == one.alternative["outcome"]


def test_every_alternative_is_tried(vignettes):
    assert {one.id for one in vignettes if one.alternative} == set(ALTERNATIVES)


def test_the_defaults_of_the_vignettes_are_the_defaults_of_the_facts(vignette_defaults):
    needed = {name: 0 for name, fact in FACTS.items() if fact.required}
    needed |= {"entry_at": "2024-01-01", "claim_at": "2024-01-01"}
    plain, told = Columns(needed), Columns({**needed, **vignette_defaults})
    for name, value in vignette_defaults.items():
        fact = FACTS[name]
        if fact.kind in ("records", "countries", "days"):
            assert value in (None, []), name
            assert fact.default in (None, ()), name
        else:
            assert plain.fact(name).value == told.fact(name).value == read(fact, value).value, name
    assert plain.fact("us_national").value == told.fact("us_national").value == 0
    assert plain.fact("recognized_elsewhere").value == 0


def test_undetermined_people_are_told_what_would_settle_it(book, vignettes):
    wanted = {"V131": {"came_from_us", "entry_place"}, "V133": {"anchor_status"}}
    people = [one for one in vignettes if one.id in wanted]
    decision = decide(book, stack([one.facts for one in people]))
    for row, one in enumerate(people):
        assert set(explain(book, one.facts).unknown) == wanted[one.id]
        assert set(decision.explain(row).unknown) == wanted[one.id]
        assert OUTCOMES[decision.outcome[row]] == "ineligible_return_to_US"
    assert np.array_equal(decision.unknown != 0, [True, True])
