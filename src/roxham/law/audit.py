"""Look for what is wrong with a body of law as a whole: rules nobody asks, gaps, provisions that never decide.

The people it makes are invented: every moment at which a rule version begins or ends, the second before and after,
combined with places, documents, relatives and earlier claims drawn by a fixed generator.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from roxham.law.change import LawChange
from roxham.law.columns import Columns
from roxham.law.decide import Decision, decide, rows_of
from roxham.law.decisive import TOLD_NOT_DECIDED, disagreements, without_effect
from roxham.law.expr import InForce, Rule
from roxham.law.facts import FACTS, NO_COUNTRY, codes, country_code
from roxham.law.rules import DAY, GROUNDS, OUTCOMES, LawBook

_TRIED, _ALONE = 15_000, 200
_LAGS = (0, 1, 12, 13, 14, 15, 28, 364, 365, 366, 731)


@dataclass(frozen=True)
class Audit:
    """What an audit found; every tuple is empty where nothing is wrong.

    `without_reason` counts settled people whom no line of the table of reasons meets (a gap); `shadowed` are lines that
    earlier lines always overtake (an overlap); `without_effect` are provisions without which nobody's answer differs;
    `disagreements` are rows decided otherwise alone than among others. `procedural` are rule versions that no
    condition asks for: they are told on their dates but decide nothing.
    """

    people: int
    dead_rules: tuple[str, ...]
    dead_exceptions: tuple[str, ...]
    without_reason: int
    never_decisive: tuple[str, ...]
    procedural: tuple[str, ...]
    shadowed: tuple[str, ...] = ()
    without_effect: tuple[str, ...] = ()
    disagreements: tuple[int, ...] = ()

    @property
    def clean(self) -> bool:
        """Whether nothing is wrong."""
        found = (self.dead_rules, self.dead_exceptions, self.without_reason, self.never_decisive, self.shadowed,
                 set(self.without_effect) - set(TOLD_NOT_DECIDED), self.disagreements)
        return not any(found)


def audit(book: LawBook, *, people: int = 200_000, seed: int = 1) -> Audit:
    """Audit a body of law on invented people, under each reading; `seed` is that of the generator that draws them.

    >>> from roxham.law import load_law
    >>> from importlib.resources import files
    >>> book = load_law(str(files("roxham") / "cases" / "canada_us" / "law"))
    >>> audit(book, people=200_000).clean
    True
    """
    columns = Columns(boundary_people(book, people, seed))
    decision = decide(book, columns)
    others = [
        decide(book, columns, {switch: choice})
        for switch, choices in book.switches.items()
        for choice in choices
        if choice != book.readings[switch]
    ]
    rules, versions = _reached(book)
    excepted = _below(book, {stage.rule for stage in book.stca if stage.result == "covered_exception" and stage.rule})
    listed = {str(stage.rule) for stage in book.exceptions}
    reason = decision.consequence("because")
    none = len(decision.consequence_names("because")) - 1
    settled = decision.outcome != OUTCOMES.index("undetermined")
    return Audit(
        people=len(decision),
        dead_rules=tuple(sorted(set(book.provisions) - rules)),
        dead_exceptions=tuple(sorted(listed - excepted)),
        without_reason=int((settled & (reason == none)).sum()),
        never_decisive=never_decisive(decision, *others),
        procedural=tuple(sorted(set(book.versions) - versions)),
        shadowed=shadowed_lines(decision, *others),
        without_effect=without_effect(_tried(decision, others)),
        disagreements=disagreements(decision, range(0, len(decision), max(len(decision) // _ALONE, 1))),
    )


def _tried(decision: Decision, others: list[Decision]) -> list[Decision]:
    """Return decisions on a few people (each reading, the law without each instrument), then the one on everybody."""
    people = rows_of(decision.people, np.arange(min(_TRIED, len(decision))))
    out = [decide(one.book, people, one.readings) for one in (decision, *others)]
    for name in decision.book.instruments:
        reform = LawChange(instrument=name, action="never")
        out.append(decide(decision.book.amend([reform]), people, decision.readings))
    return [*out, decision]


def shadowed_lines(*decisions: Decision) -> tuple[str, ...]:
    """Return the lines of tables of consequences whose own conditions somebody meets, but never as the first line."""
    book = decisions[0].book
    out = []
    for table, rows in book.consequences.items():
        met = {int(row) for decision in decisions for row in np.unique(decision.rows(table))}
        for number in sorted(set(range(len(rows))) - met):
            alone = replace(book, consequences=MappingProxyType({**book.consequences, table: (rows[number],)}))
            if any((replace(one, book=alone).rows(table) == 0).any() for one in decisions):
                out.append(f"{table}: {rows[number].value} [{rows[number].cite}]")
    return tuple(out)


def never_decisive(*decisions: Decision) -> tuple[str, ...]:
    """Return the grounds, exceptions and reasons that decided nobody in these decisions."""
    book = decisions[0].book
    wanted = {f"A101(1)({ground})" for ground in GROUNDS} | set(book.exception_names[1:])
    wanted |= {row.value for row in book.consequences["because"]}
    for decision in decisions:
        bits = int(np.bitwise_or.reduce(decision.grounds)) if len(decision) else 0
        wanted -= {f"A101(1)({ground})" for number, ground in enumerate(GROUNDS) if bits >> number & 1}
        wanted -= {book.exception_names[code] for code in np.unique(decision.exception)}
        names = decision.consequence_names("because")
        wanted -= {names[code] for code in np.unique(decision.consequence("because"))}
    return tuple(sorted(wanted))


def boundary_people(book: LawBook, people: int, seed: int) -> dict[str, NDArray[Any]]:
    """Return columns of invented people who stand on the edges of the law."""
    draw = np.random.default_rng(seed)
    edges = [version.start for version in book.versions.values()]
    edges += [version.end for version in book.versions.values() if version.end is not None]
    edges += [version.known_from * DAY for version in book.versions.values()]
    near = np.array(edges)[draw.integers(0, len(edges), people)] + draw.integers(-2, 3, people)
    lag = np.array(_LAGS)[draw.integers(0, len(_LAGS), people)] * DAY + draw.integers(0, 2, people) * 3_600
    from_entry = draw.random(people) < 0.5
    entry = np.where(from_entry, near, near - lag)
    claim = entry + lag
    wait = draw.integers(0, 3, people) * draw.integers(0, 600, people)
    out: dict[str, NDArray[Any]] = {
        "entry_at": entry.astype("datetime64[s]"),
        "claim_at": claim.astype("datetime64[s]"),
        "as_of": (claim // DAY + wait).astype("datetime64[D]"),
        "birth_date": (claim // DAY - np.where(draw.random(people) < 0.8, 13_000, 6_574)).astype("datetime64[D]"),
    }
    for name, fact in FACTS.items():
        if name in out or fact.kind not in ("yesno", "value", "set", "number"):
            continue
        out[name] = _mostly_default(name, people, draw)
    countries = np.array([country_code("USA"), country_code("DEU"), NO_COUNTRY])
    out["abroad_country"] = countries[draw.integers(0, 3, people)]
    out["former_habitual_residence"] = countries[draw.integers(0, 3, people)]
    return out


def _mostly_default(name: str, people: int, draw: np.random.Generator) -> NDArray[np.int64]:
    """Return a fact that has its default for most people, so that each of the others meets it alone now and then."""
    fact = FACTS[name]
    always = name in ("entry_place", "claim_place", "anchor_relation", "anchor_status")
    if fact.kind == "number":
        choices = np.array([17, 18, 30])
    elif fact.kind == "set":
        choices = np.array([0, *(value for value in codes(name).values() if value > 0)])
    else:
        choices = np.array(sorted(value for value in codes(name).values() if value >= 0))
    default = fact.values.index(fact.default) if isinstance(fact.default, str) else fact.default
    other = choices[draw.integers(0, len(choices), people)]
    if always or default is None:
        return other if name != "us_national" else np.where(draw.random(people) < 0.1, other, 0)
    return np.where(draw.random(people) < 0.06, other, int(default))


def _reached(book: LawBook) -> tuple[set[str], set[str]]:
    """Return the rules and the rule versions that some table comes to."""
    tables = (*book.frame, *book.stca, *book.exceptions)
    roots = {name for stage in tables for name in (stage.rule, stage.barred_by) if name}
    roots |= set(book.grounds.values())
    versions: set[str] = set()
    for table in book.consequences.values():
        roots |= {row.rule for row in table if row.rule}
        versions |= {row.version for row in table if row.version}
    rules = _below(book, roots)
    for name in rules:
        for clause in book.provisions[name].clauses:
            versions |= {clause.version} if clause.version else set()
            versions |= {node.version for node in clause.when.walk() if isinstance(node, InForce)}
    return rules, versions


def _below(book: LawBook, roots: set[str]) -> set[str]:
    found: set[str] = set()
    waiting = list(roots)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            clauses = book.provisions[name].clauses
            waiting += [node.name for clause in clauses for node in clause.when.walk() if isinstance(node, Rule)]
    return found


__all__ = ["Audit", "audit", "boundary_people", "never_decisive", "shadowed_lines"]
