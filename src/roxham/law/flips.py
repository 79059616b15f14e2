"""Single facts that, shown otherwise, would make a claim eligible; all are tried in one evaluation."""

from __future__ import annotations

from typing import Any

import numpy as np

from roxham.law.columns import Columns
from roxham.law.decide import Decision, decide
from roxham.law.facts import BITS, FACTS, Fact
from roxham.law.rules import OUTCOMES, Words
from roxham.law.words import say

_SHOWABLE = (
    "entry_date_established",
    "has_spouse_or_partner",
    "parent_or_guardian_in_canada",
    "parent_or_guardian_in_us",
    "covid_exempt_by_minister",
    "claim_in_person",
    "subject_to_removal_order",
    "abroad_confirmed",
    "anchor_in_canada",
    "anchor_established",
    "anchor_status",
    "anchor_age",
    "documents",
)
_STATUS_SHOWN = ("citizen", "permanent_resident", "protected_person", "claimant_referred_pending", "work_permit_valid")


def flips(decision: Decision) -> tuple[Words, ...]:
    """Return in words the single facts that, shown otherwise, would make the first person's claim eligible."""
    person, book = decision.people, decision.book
    tries: list[tuple[str, int, int]] = []
    bits = int(decision.unknown[0])
    open_ = [name for name, bit in BITS.items() if bits >> bit & 1 and FACTS[name].kind in ("yesno", "value", "set")]
    for name in dict.fromkeys((*_SHOWABLE, *open_)):
        fact = FACTS[name]
        for index in range(person.records(fact.scope) if fact.scope else 1):
            tries += [(name, index, value) for value in _alternatives(person, fact, index)]
    if not tries:
        return ()
    columns = _variants(person, tries)
    found = decide(book, columns, decision.readings).before_burden.outcome
    out = []
    for (name, index, value), outcome in zip(tries, found, strict=True):
        if OUTCOMES[outcome] == "eligible":
            out.append(_spoken(FACTS[name], index, value))
    return tuple(out)


def _alternatives(person: Columns, fact: Fact, index: int) -> list[int]:
    if fact.scope:
        person.enter(fact.scope, index)
    now = first_of(person.fact(fact.name).value)
    if fact.scope:
        person.enter(fact.scope, None)
    if fact.kind == "yesno":
        return [value for value in (1, 0) if value != now]
    if fact.kind == "set":
        return [max(now, 0) | 1 << bit for bit in range(len(fact.values)) if not max(now, 0) >> bit & 1]
    if fact.kind == "value":
        shown = _STATUS_SHOWN if fact.name == "anchor_status" else fact.values if now < 0 else ()
        return [fact.values.index(name) for name in shown if fact.values.index(name) != now]
    return [18] if now < 18 else []


def _variants(person: Columns, tries: list[tuple[str, int, int]]) -> Columns:
    """Return one row per try: the person with that one fact changed."""
    size = len(tries)
    given: dict[str, Any] = {}
    for name, value in person.given.items():
        repeated = isinstance(value, np.ndarray)
        given[name] = np.broadcast_to(value, (size, *value.shape[1:])).copy() if repeated else value
    for name in dict.fromkeys(tried for tried, _, _ in tries):
        fact = FACTS[name]
        if not fact.scope:
            given[name] = np.full(size, first_of(person.fact(name).value), dtype=np.int64)
            continue
        width = person.records(fact.scope)
        table = np.empty((size, width), dtype=np.int64)
        for index in range(width):
            person.enter(fact.scope, index)
            table[:, index] = first_of(person.fact(name).value)
            person.enter(fact.scope, None)
        given[name] = table
    for row, (name, index, value) in enumerate(tries):
        if FACTS[name].scope:
            given[name][row, index] = value
        else:
            given[name][row] = value
    return Columns(given)


def _spoken(fact: Fact, index: int, value: int) -> Words:
    out = []
    for lang in ("en", "fr"):
        label = fact.fr if lang == "fr" else fact.en
        number = f" ({index + 1})" if fact.scope else ""
        if fact.kind == "yesno":
            said = say("yes" if value else "no")[lang]
        elif fact.kind == "value":
            said = say(fact.values[value])[lang]
        elif fact.kind == "set":
            said = ", ".join(say(name)[lang] for bit, name in enumerate(fact.values) if value >> bit & 1)
        else:
            said = f"{say('at_least')[lang]} {value}"
        out.append(f"{label}{number}: {said}")
    return Words(*out)


def first_of(value: Any) -> int:
    """Return the value of the first person."""
    return int(np.ravel(value)[0])
