"""Which provisions ever decide anything: a provision is decisive when, without it, somebody's answer differs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType

import numpy as np

from roxham.law.columns import Columns
from roxham.law.decide import Decision, decide
from roxham.law.rules import Clause, LawBook

Without = Callable[[LawBook], LawBook]

TOLD_NOT_DECIDED: Mapping[str, str] = MappingProxyType(
    {
        "version RV13": "defines words; the tables read them the same way before",
        "version RV18": "a power to make exceptions that nobody has used",
        "version RV22": "enacted, not in force",
    }
)
"""Provisions that by their nature decide nobody's claim, and why; they are told on their dates."""


def provisions(book: LawBook) -> Iterator[tuple[str, Without]]:
    """Yield each clause of a rule and each rule version by name, with the law as it would be without it."""
    for name, rule in book.provisions.items():
        for number, clause in enumerate(rule.clauses):
            last = f" ({number + 1})" if len(rule.clauses) > 1 else ""
            yield f"{name}{last} [{clause.cite}]", _without_clause(name, number)
    for name in book.versions:
        yield f"version {name}", _without_version(name)


def _without_clause(name: str, number: int) -> Without:
    def change(book: LawBook) -> LawBook:
        rule = book.provisions[name]
        left: tuple[Clause, ...] = rule.clauses[:number] + rule.clauses[number + 1 :]
        gone = replace(rule, clauses=left, if_unknown=rule.if_unknown if left else None)
        return replace(book, provisions=MappingProxyType({**book.provisions, name: gone}))

    return change


def _without_version(name: str) -> Without:
    def change(book: LawBook) -> LawBook:
        gone = replace(book.versions[name], never=True)
        return replace(book, versions=MappingProxyType({**book.versions, name: gone}))

    return change


def without_effect(decisions: Iterable[Decision]) -> tuple[str, ...]:
    """Return the provisions without which every one of these decisions would be the same."""
    listed = list(decisions)
    waiting = dict(provisions(listed[0].book))
    for decision in listed:
        for name in [name for name, change in waiting.items() if _matters(decision, change)]:
            del waiting[name]
    return tuple(waiting)


def _matters(decision: Decision, change: Without) -> bool:
    found = decide(change(decision.book), decision.people, decision.readings)
    for left, right in ((decision, found), (decision.before_burden, found.before_burden)):
        for part in ("outcome", "stca", "grounds", "exception"):
            if not np.array_equal(getattr(left, part), getattr(right, part)):
                return True
    return any(not np.array_equal(decision.rows(table), found.rows(table)) for table in decision.book.consequences)


def lines_never_reached(decisions: Iterable[Decision]) -> tuple[str, ...]:
    """Return the lines of the tables of consequences, and the exceptions, that these decisions never come to."""
    listed = list(decisions)
    book = listed[0].book
    met: dict[str, set[int]] = {table: set() for table in book.consequences}
    used: set[int] = set()
    for decision in listed:
        used |= set(np.unique(decision.exception).tolist())
        for table in book.consequences:
            met[table] |= set(np.unique(decision.rows(table)).tolist())
    out = [f"{table}: {row.value} [{row.cite}]" for table, rows in book.consequences.items()
           for number, row in enumerate(rows) if number not in met[table]]
    return (*out, *(name for number, name in enumerate(book.exception_names) if number and number not in used))


def disagreements(decision: Decision, rows: Iterable[int]) -> tuple[int, ...]:
    """Return the rows whose answer differs when the person is decided alone, on plain values instead of columns."""
    out = []
    for row in rows:
        facts = {name: value[row].item() if isinstance(value, np.ndarray) and value.ndim == 1 else value
                 for name, value in decision.people.given.items()}
        alone = decide(decision.book, Columns(facts), decision.readings)
        same = all(getattr(alone, part)[0] == getattr(decision, part)[row]
                   for part in ("outcome", "stca", "grounds", "exception"))
        if not same:
            out.append(int(row))
    return tuple(out)


__all__ = ["TOLD_NOT_DECIDED", "disagreements", "lines_never_reached", "provisions", "without_effect"]
