"""Properties that hold for any person: scalar and column answers agree, and no unknown is answered too early."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from roxham.law import FACTS, GROUNDS, OUTCOMES, Columns, decide, explain, stack
from roxham.law.facts import RELATIONS

YESNO = [name for name, fact in FACTS.items() if fact.kind == "yesno" and fact.scope is None]
NAMED = [name for name, fact in FACTS.items() if fact.kind == "value" and fact.scope is None]
LEFT_OUT = {"us_national", "recognized_elsewhere", "can_return_there"}

# Days around which the law changes, and any other day of its life.
EDGES = ["2004-12-29", "2009-07-23", "2012-12-15", "2019-06-21", "2020-03-21", "2020-04-22", "2021-11-21",
         "2023-03-25", "2025-06-03", "2026-03-26", "2026-05-19"]
moments = st.one_of(
    st.sampled_from(EDGES).map(datetime.fromisoformat),
    st.datetimes(datetime(2003, 1, 1), datetime(2027, 12, 31)).map(lambda when: when.replace(microsecond=0)),
)
tri = st.sampled_from([True, False, False, False, "unknown"])


@st.composite
def anchors(draw):
    return {
        "relation": draw(st.sampled_from([*RELATIONS[1:], "unknown"])),
        "in_canada": draw(st.sampled_from([True, True, False, "unknown"])),
        "age": draw(st.sampled_from([16, 17, 18, 19, 40, "unknown"])),
        "status": draw(st.sampled_from([*FACTS["anchor_status"].values, "unknown"])),
        "established": draw(st.sampled_from([True, True, False, "unknown"])),
    }


@st.composite
def people(draw, known=False):
    """A person with any facts; with `known`, none of them unknown."""
    entry = draw(moments) + timedelta(seconds=draw(st.integers(0, 90)))
    claim = entry + timedelta(days=draw(st.sampled_from([0, 1, 12, 13, 14, 15, 40, 364, 365, 366, 700])))
    person = {
        "entry_at": entry.isoformat(),
        "claim_at": claim.isoformat(),
        "as_of": (claim + timedelta(days=draw(st.integers(0, 400)))).date().isoformat(),
        "birth_date": draw(st.sampled_from(["1990-01-01", (claim - timedelta(days=6570)).date().isoformat()])),
        "entry_place": draw(st.sampled_from([*FACTS["entry_place"].values, "unknown"])),
        "claim_place": draw(st.sampled_from(FACTS["claim_place"].values)),
        "nationalities": draw(st.sampled_from([[], ["HTI"], ["USA"], ["HTI", "USA"], ["unknown"]])),
        "anchors": draw(st.lists(anchors(), max_size=2)),
        "documents": draw(st.sampled_from([[], ["trv"], ["transit_visa"], "unknown"])),
        "prior_claims_abroad": draw(st.sampled_from([[], [{"country": "USA", "confirmed": True}],
                                                     [{"country": "DEU", "confirmed": True}],
                                                     [{"country": "GBR", "confirmed": "unknown"}]])),
        "earlier_entries": draw(st.sampled_from([[], ["2019-01-01"], ["2020-06-24"], ["2020-06-25"]])),
    }
    changed = draw(st.lists(st.sampled_from([name for name in YESNO if name not in LEFT_OUT]), max_size=4))
    person |= {name: draw(tri) for name in changed}
    named = [name for name in NAMED if name not in person and draw(tri) is True]
    person |= {name: draw(st.sampled_from(FACTS[name].values)) for name in named}
    return clear(person) if known else person


def clear(person):
    """The same person with every unknown fact left at a known value."""
    out = {name: value for name, value in person.items() if value not in ("unknown", ["unknown"])}
    out.setdefault("entry_place", "land_poe")
    out["anchors"] = [{key: value for key, value in one.items() if value != "unknown"} | {"relation": "sister"}
                      if "unknown" in one.values() else one for one in person["anchors"]]
    out["prior_claims_abroad"] = [one for one in person["prior_claims_abroad"] if one["confirmed"] != "unknown"]
    return out


def codes(answer, row=0):
    return (answer.outcome[row], answer.stca[row], answer.grounds[row], answer.exception[row])


@settings(max_examples=60, deadline=None)
@given(st.lists(people(), min_size=1, max_size=6))
def test_alone_or_among_others_the_answer_is_the_same(book, several):
    together = decide(book, stack(several))
    for row, person in enumerate(several):
        alone = decide(book, person)
        assert codes(together, row) == codes(alone)
        assert codes(together.before_burden, row) == codes(alone.before_burden)
        assert together.unknown[row] == alone.unknown[0]
        for name in book.consequences:
            assert together.rows(name)[row] == alone.rows(name)[0]


@settings(max_examples=40, deadline=None)
@given(people())
def test_an_explanation_agrees_with_the_decision(book, person):
    decision, told = decide(book, person), explain(book, person)
    assert told.outcome == OUTCOMES[decision.outcome[0]]
    grounds = {one.cite for one in told.tree if one.answer == "yes" and one.cite.startswith("A101(1)")}
    if told.before_burden == told.outcome and told.outcome.startswith("ineligible") and not told.unknown:
        assert grounds <= set(told.grounds)
    assert book.notice.fr in told.text("fr")


@settings(max_examples=60, deadline=None)
@given(people(), st.data())
def test_no_completion_contradicts_a_definite_answer(book, person, data):
    before = decide(book, person).before_burden
    completed = complete(person, data.draw)
    after = decide(book, completed).before_burden
    if OUTCOMES[before.outcome[0]] != "undetermined":
        assert before.outcome[0] == after.outcome[0]
        assert before.grounds[0] & ~after.grounds[0] == 0


def complete(person, draw):
    """The same person with each unknown fact drawn."""
    out = dict(person)
    for name, value in person.items():
        if value == "unknown":
            fact = FACTS[name]
            out[name] = draw(st.sampled_from([True, False] if fact.kind == "yesno" else list(fact.values) or [[]]))
    if out["nationalities"] == ["unknown"]:
        out["nationalities"] = draw(st.sampled_from([["USA"], ["HTI"]]))
    choices = {"relation": ["sister", "cousin"], "in_canada": [True, False], "age": [17, 18],
               "status": ["citizen", "visitor", "claimant_referred_pending"], "established": [True, False],
               "confirmed": [True, False]}
    for listed in ("anchors", "prior_claims_abroad"):
        out[listed] = [{key: draw(st.sampled_from(choices[key])) if value == "unknown" else value
                        for key, value in one.items()} for one in person[listed]]
    return out


@settings(max_examples=40, deadline=None)
@given(people(known=True), st.sampled_from(["documents", "capital_charge_us", "refused_entry_us_without_adjudication"]))
def test_an_exception_never_makes_the_agreement_bite(book, person, name):
    bit = 1 << GROUNDS.index("e")
    plain = {key: value for key, value in person.items() if key != name}
    more = plain | {name: ["trv"] if name == "documents" else True}
    had, has = decide(book, plain).grounds[0] & bit, decide(book, more).grounds[0] & bit
    assert has <= had


@settings(max_examples=40, deadline=None)
@given(people(known=True), st.integers(1, 500))
def test_a_later_claim_never_mends_a_late_one(book, person, days):
    bit = 1 << GROUNDS.index("b.1")
    claim = datetime.fromisoformat(person["claim_at"]) + timedelta(days=days)
    later = person | {"claim_at": claim.isoformat(), "birth_date": "1990-01-01"}
    later["as_of"] = max(claim.date().isoformat(), person["as_of"])
    plain = person | {"birth_date": "1990-01-01"}
    first, then = decide(book, plain), decide(book, later)
    if first.grounds[0] & bit and OUTCOMES[then.outcome[0]].startswith(("eligible", "ineligible")):
        assert then.grounds[0] & bit


def test_order_of_people_does_not_matter(book, vignettes):
    table = stack([one.facts for one in vignettes])
    order = np.random.default_rng(5).permutation(len(vignettes))
    straight = decide(book, table)
    mixed = decide(book, {name: column[order] for name, column in table.items()})
    assert np.array_equal(straight.outcome[order], mixed.outcome)
    assert np.array_equal(straight.grounds[order], mixed.grounds)


def test_what_is_the_same_for_everybody_stays_one_value(book):
    facts = {"entry_place": "land_poe", "claim_place": "land_poe", "entry_at": "2022-05-05", "claim_at": "2022-05-05",
             "anchor_relation": "sister", "anchor_status": "citizen",
             "anchor_established": np.array([1, 0, 1], dtype=np.int8)}
    decision = decide(book, facts)
    assert decision.heard.tolist() == [True, False, True]
    assert isinstance(Columns(facts).fact("entry_at").value, int)
