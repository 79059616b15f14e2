"""Every invented person of vignettes_more.yaml: the answer, what follows, and that every provision decides somebody."""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from roxham.law import GROUNDS, OUTCOMES, STCA, decide, stack
from roxham.law.decisive import TOLD_NOT_DECIDED, lines_never_reached, without_effect


def expected(one):
    grounds = sum(1 << GROUNDS.index(cite.removeprefix("A101(1)").strip("()")) for cite in one.expect["grounds"])
    return one.expect["outcome"], one.expect["stca"], grounds, one.expect.get("exception", "none")


def answered(book, answer, row=0):
    return (OUTCOMES[answer.outcome[row]], STCA[answer.stca[row]], int(answer.grounds[row]),
            book.exception_names[answer.exception[row]])


def test_there_are_enough_of_them_each_with_its_citation(more):
    assert len(more) >= 120
    assert sum(one.edge for one in more) >= 40
    assert all(one.cite for one in more)
    assert len({one.id for one in more}) == len(more)


def test_each_person_alone(book, more):
    wrong = {}
    for one in more:
        decision = decide(book.amend(one.changes), one.facts, one.readings)
        found = answered(book, decision.before_burden)
        if found != expected(one):
            wrong[one.id] = (found, expected(one))
    assert not wrong


def test_what_follows(book, more):
    wrong = {}
    for one in more:
        wanted = dict(one.then)
        if one.expect["outcome"] != "undetermined" and "prra" in one.expect:
            wanted["prra"] = one.expect["prra"]
        decision = decide(book.amend(one.changes), one.facts, one.readings)
        found = {name: decision.consequence_names(name)[decision.consequence(name)[0]] for name in wanted}
        if found != wanted:
            wrong[one.id] = (found, wanted)
    assert not wrong


def test_all_together(book, more):
    groups = defaultdict(list)
    for one in more:
        groups[one.changes, tuple(one.readings.items())].append(one)
    for (changes, readings), people in groups.items():
        decision = decide(book.amend(changes), stack([one.facts for one in people]), dict(readings))
        for row, one in enumerate(people):
            assert answered(book, decision.before_burden, row) == expected(one), one.id


def test_every_provision_decides_somebody(book, vignettes, more):
    groups = defaultdict(list)
    for one in (*vignettes, *more):
        groups[one.changes, tuple(one.readings.items())].append(one.facts)
    decisions = [decide(book.amend(changes), stack(people), dict(readings))
                 for (changes, readings), people in groups.items()]
    assert set(without_effect(decisions)) == set(TOLD_NOT_DECIDED)
    assert lines_never_reached(decisions) == ()
    assert all(TOLD_NOT_DECIDED.values())


def test_unknown_facts_that_nationality_tells_are_the_same_in_columns(book):
    base = {"entry_place": "land_poe", "claim_place": "land_poe", "entry_at": "2026-02-01T10:00",
            "claim_at": "2026-02-01T10:10"}
    people = [base | {"nationalities": ["BRB"]}, base | {"nationalities": ["BRB"], "visa_required_canada": True}, base,
              base | {"nationalities": "unknown"}, base | {"nationalities": ["ROU", "FRA"]}]
    together = decide(book, stack(people))
    for row, one in enumerate(people):
        assert answered(book, decide(book, one).before_burden) == answered(book, together.before_burden, row)
    assert np.array_equal(together.heard, [True, False, False, False, False])
