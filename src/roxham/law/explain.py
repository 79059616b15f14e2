"""Explain one decision: a cited tree of yes, no and unknown, in plain English and French.

The tree is made by walking the very conditions that `decide` evaluates, so the two cannot disagree.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any as Anything
from typing import Literal

import numpy as np

from roxham.law.columns import Columns
from roxham.law.decide import Decision, decide, ground_names
from roxham.law.evaluation import Evaluation
from roxham.law.expr import (
    NAT,
    YES,
    All,
    Any,
    AnyRecord,
    Below,
    Between,
    Holds,
    InForce,
    Is,
    Node,
    Not,
    Reading,
    Rule,
    Tri,
)
from roxham.law.facts import BITS, DERIVED, FACTS, Fact
from roxham.law.flips import first_of, flips
from roxham.law.rules import DAY, GROUNDS, OUTCOMES, STCA, Clause, LawBook, Version, Words
from roxham.law.words import say

Answer = Literal["yes", "no", "unknown"]
_ANSWERS: Mapping[int, Answer] = {1: "yes", 0: "unknown", -1: "no"}


@dataclass(frozen=True)
class Reason:
    """One line of an explanation: a statement, whether it is true of the person, its citation, and what it rests on.

    `needed` is the answer that would make the line above it true.
    """

    answer: Answer
    words: Words
    cite: str
    needed: Answer = "yes"
    parts: tuple[Reason, ...] = ()
    every: bool = True

    def decisive(self) -> tuple[Reason, ...]:
        """Return the parts that make this answer what it is."""
        if self.answer == "unknown":
            return tuple(part for part in self.parts if part.answer == "unknown")
        met = tuple(part for part in self.parts if part.answer == part.needed)
        if (self.answer == "yes") != self.every:
            chosen = met if self.answer == "yes" else tuple(part for part in self.parts if part not in met)
            return chosen or self.parts
        return self.parts

    def to_dict(self) -> dict[str, Anything]:
        """Return the line and everything below it as plain data."""
        return {
            "answer": self.answer,
            "en": self.words.en,
            "fr": self.words.fr,
            "cite": self.cite,
            "needed": self.needed,
            "parts": [part.to_dict() for part in self.parts],
        }


@dataclass(frozen=True)
class Explanation:
    """One decision with its reasons. It is a model of the law, not legal advice, and says so in every text."""

    outcome: str
    before_burden: str
    stca: str
    exception: str | None
    grounds: tuple[str, ...]
    because: Words
    cites: tuple[str, ...]
    consequences: Mapping[str, tuple[str, Words, str]]
    frame: tuple[Reason, ...]
    tree: tuple[Reason, ...]
    unknown: tuple[str, ...]
    flips: tuple[Words, ...]
    readings: Mapping[str, str]
    changes: tuple[str, ...]
    dates: Mapping[str, str]
    checked_to: Mapping[str, str]
    after_check: bool
    notice: Words
    _asked: Mapping[str, Words] = field(default_factory=dict, repr=False)

    def reason(self, lang: str = "en") -> str:
        """Return one sentence: the outcome and the provisions that decided it."""
        why = f" {self.because[lang]}." if self.because.en else ""
        sentence = f"{say(self.outcome)[lang]}.{why}"
        return f"{sentence[0].upper()}{sentence[1:]} [{'; '.join(self.cites)}]" if self.cites else sentence

    def text(self, lang: str = "en") -> str:
        """Return the whole explanation as plain text in English ("en") or French ("fr")."""

        def head(key: str) -> str:
            return say(key)[lang]

        lines = [f"{head('Outcome')}: {self.reason(lang)}"]
        excepted = f" [{self.exception}]" if self.exception else ""
        lines.append(f"{head('Agreement')}: {say(self.stca)[lang]}{excepted}")
        lines.append(f"{head('Grounds')}: {', '.join(self.grounds) or say('none')[lang]}")
        if self.before_burden != self.outcome:
            lines.append(f"{head('before_burden')}: {say(self.before_burden)[lang]}")
            lines.append(f"{head('after_burden')}: {say(self.outcome)[lang]}")
        if self.unknown:
            lines.append(f"{head('settle')}: {'; '.join(self._asked[name][lang] for name in self.unknown)}")
        if self.flips:
            lines.append(f"{head('flip')}:")
            lines += [f"  - {one[lang]}" for one in self.flips]
        spoken = ", ".join(f"{say(name)[lang]} {when}" for name, when in self.dates.items())
        lines += [f"{head('Dates')}: {spoken}", "", head("Why")]
        for number, one in enumerate((*self.frame, *self.tree)):
            first = number <= len(self.frame)
            lines += _lines(one, lang, 1, 9 if first or one.answer != "no" else 1)
        lines += ["", head("Then")]
        lines += [f"  {label[lang]} [{cite}]" for _, label, cite in self.consequences.values()]
        lines.append("")
        lines += list(self.changes)
        until = ", ".join(f"{act} {day}" for act, day in self.checked_to.items())
        lines.append(f"{head('checked')}: {until}." + (f" {head('later')}" if self.after_check else ""))
        lines.append(self.notice[lang])
        return "\n".join(lines)

    def to_dict(self) -> dict[str, Anything]:
        """Return everything as plain data, for JSON."""
        return {
            "outcome": self.outcome,
            "before_burden": self.before_burden,
            "stca": self.stca,
            "exception": self.exception,
            "grounds": list(self.grounds),
            "because": {"en": self.because.en, "fr": self.because.fr, "cites": list(self.cites)},
            "consequences": {
                name: {"value": value, "en": label.en, "fr": label.fr, "cite": cite}
                for name, (value, label, cite) in self.consequences.items()
            },
            "unknown": list(self.unknown),
            "flips": [{"en": one.en, "fr": one.fr} for one in self.flips],
            "frame": [one.to_dict() for one in self.frame],
            "tree": [one.to_dict() for one in self.tree],
            "readings": dict(self.readings),
            "changes": list(self.changes),
            "dates": dict(self.dates),
            "checked_to": dict(self.checked_to),
            "after_check": self.after_check,
            "notice": {"en": self.notice.en, "fr": self.notice.fr},
        }


def _lines(one: Reason, lang: str, depth: int, levels: int = 9) -> list[str]:
    cite = f" [{one.cite}]" if one.cite else ""
    out = [f"{'  ' * depth}{say(one.answer)[lang]:<8}{one.words[lang]}{cite}"]
    for part in one.decisive() if levels > 1 else ():
        out += _lines(part, lang, depth + 1, levels - 1)
    return out


def explain(
    book: LawBook, person: Mapping[str, Anything] | Columns, readings: Mapping[str, str] | None = None
) -> Explanation:
    """Explain the decision on one person; `person` maps facts to values, as for `decide`."""
    return explain_columns(book, person if isinstance(person, Columns) else Columns(person), readings)


def explain_columns(book: LawBook, person: Columns, readings: Mapping[str, str] | None = None) -> Explanation:
    """Explain the decision on one person given as columns of length one."""
    decision = decide(book, person, readings)
    teller = _Teller(book, person, decision.readings)
    fact = teller.evaluation.fact
    outcome = OUTCOMES[decision.outcome[0]]
    before = OUTCOMES[decision.before_burden.outcome[0]]
    stca = STCA[decision.stca[0]]
    exception = book.exception_names[decision.exception[0]] if decision.exception[0] else None
    grounds = ground_names(int(decision.grounds[0]))
    told = {name: row for name in book.consequences if (row := _row(decision, name)) is not None}
    because = told.pop("because", None)
    frame, tree = teller.trees(before)
    cites = because[2].split(", ") if because and outcome != "ineligible_other" else []
    cites = [exception] if exception else [*cites, *grounds]
    bits = int(decision.unknown[0])
    unknown = tuple(name for name, bit in BITS.items() if bits >> bit & 1)
    decided = _date(int(np.ravel(fact("as_of").value)[0]) * DAY, False)
    moments = {name: _date(first_of(fact(f"{name}_at").value)) for name in ("entry", "claim")}
    return Explanation(
        outcome=outcome,
        before_burden=before,
        stca=stca,
        exception=exception,
        grounds=grounds,
        because=because[1] if because else Words("", ""),
        cites=tuple(dict.fromkeys(cites)),
        consequences=told,
        frame=frame,
        tree=tree,
        unknown=unknown,
        flips=() if outcome == "eligible" else flips(decision),
        readings=decision.readings,
        changes=tuple(str(change) for change in book.changes),
        dates={**moments, "decision": decided},
        checked_to=book.checked_to,
        after_check=decided > min(book.checked_to.values()),
        notice=book.notice,
        _asked={name: Words(FACTS[name].en, FACTS[name].fr) for name in unknown},
    )


def _row(decision: Decision, name: str) -> tuple[str, Words, str] | None:
    """Return the value, words and citation of a consequence for the first person."""
    number = decision.rows(name)[0]
    if number < 0:
        return None
    row = decision.book.consequences[name][number]
    return row.value, row.label, row.cite


class _Teller:
    """Turns conditions into reasons for one person."""

    def __init__(self, book: LawBook, person: Columns, readings: Mapping[str, str]) -> None:
        self.book, self.person = book, person
        self.evaluation = Evaluation(book, person, readings)

    def trees(self, outcome: str) -> tuple[tuple[Reason, ...], tuple[Reason, ...]]:
        """Return the reasons of the frame that matter, and one tree per ground (none when the frame stops)."""
        frame = [self.of(Rule(str(stage.rule))) for stage in self.book.frame]
        stopping = tuple(one for one in frame if one.answer != "no")
        if outcome in ("directed_back", "cannot_claim", "suspended"):
            return stopping[:1], ()
        grounds = [self.of(Rule(rule)) for rule in self.book.grounds.values()]
        border = grounds.pop(GROUNDS.index("e"))
        return stopping, (border, *sorted(grounds, key=lambda one: ("yes", "unknown", "no").index(one.answer)))

    def of(self, node: Node, needed: Answer = "yes") -> Reason:
        """Return the reason that a condition stands for."""
        if isinstance(node, Not):
            return self.of(node.part, "no" if needed == "yes" else "yes")
        answer = _answer(node.value(self.evaluation))
        if isinstance(node, Rule):
            return self._rule(node, answer, needed)
        if isinstance(node, All | Any):
            every = isinstance(node, All)
            words = say("all_of" if every else "any_of")
            return Reason(answer, words, "", needed, tuple(self.of(part) for part in node.parts), every)
        if isinstance(node, AnyRecord):
            return self._records(node, answer, needed)
        if isinstance(node, InForce):
            version = self.book.versions[node.version]
            return Reason(answer, _when(version, node.on), version.cite, needed)
        if isinstance(node, Reading):
            point = self.book.open_points[node.switch]
            here = f"{node.switch} = {node.choice}"
            spoken = [f"{say('reading')[lang]} {here}: {point.label[lang]}" for lang in ("en", "fr")]
            return Reason(answer, Words(*spoken), point.cite, needed)
        if isinstance(node, Is | Holds | Between | Below):
            return self._fact(node, answer, needed)
        return Reason(answer, Words("", ""), "", needed)

    def _rule(self, node: Rule, answer: Answer, needed: Answer) -> Reason:
        rule = self.book.provisions[node.name]
        if len(rule.clauses) == 1:
            return Reason(answer, rule.label, rule.cite, needed, self._clause(rule.clauses[0]))
        ways = []
        for clause in rule.clauses:
            if self._not_chosen(clause):
                continue
            value = _answer(self.evaluation.clause(clause.version, clause.when))
            label = clause.label or rule.label
            ways.append(Reason(value, label, clause.cite, "yes", self._clause(clause)))
        if len(ways) == 1:
            return Reason(answer, rule.label, rule.cite, needed, ways[0].parts)
        return Reason(answer, rule.label, rule.cite, needed, tuple(ways), every=False)

    def _not_chosen(self, clause: Clause) -> bool:
        """Say whether the clause belongs to a reading that nobody chose."""
        parts = clause.when.parts if isinstance(clause.when, All) else (clause.when,)
        return any(isinstance(one, Reading) and one.value(self.evaluation) != YES for one in parts)

    def _clause(self, clause: Clause) -> tuple[Reason, ...]:
        parts: list[Reason] = []
        if clause.version is not None:
            gate = self.of(InForce(clause.version))
            parts.append(gate)
            if gate.answer == "no":
                return (gate,)
        inner = clause.when.parts if isinstance(clause.when, All) else (clause.when,)
        flat = [part for one in inner for part in (one.parts if isinstance(one, All) else (one,))]
        return (*parts, *(self.of(part) for part in flat if type(part).__name__ != "Always"))

    def _records(self, node: AnyRecord, answer: Answer, needed: Answer) -> Reason:
        words = say("relative" if node.scope == "anchors" else "claim_abroad")
        found = []
        for index in range(self.evaluation.records(node.scope)):
            self.evaluation.enter(node.scope, index)
            one = self.of(node.part)
            label = Words(f"{words.en} {index + 1}", f"{words.fr} {index + 1}")
            found.append(Reason(one.answer, label, "", "yes", one.parts or (one,), one.every))
            self.evaluation.enter(node.scope, None)
        none = Words(f"{words.en}: {say('none').en}", f"{words.fr}: {say('none').fr}")
        return Reason(answer, words if found else none, "", needed, tuple(found), every=False)

    def _fact(self, node: Is | Holds | Between | Below, answer: Answer, needed: Answer) -> Reason:
        fact = FACTS.get(node.fact) or DERIVED[node.fact]
        value = first_of(self.evaluation.fact(node.fact).value)
        if fact.kind == "yesno" and isinstance(node, Is):
            said = _ANSWERS[{1: 1, 0: -1}.get(value, 0)]
            wanted = 1 in node.codes
            if needed == "no":
                wanted = not wanted
            return Reason(said, Words(fact.en, fact.fr), fact.cite, "yes" if wanted else "no")
        words = Words(*(f"{fact[0]}: {self._value(fact[1], value, lang)} {self._test(node, fact[1], lang)}"
                        for lang, fact in (("en", (fact.en, fact)), ("fr", (fact.fr, fact)))))
        return Reason(answer, words, fact.cite, needed)

    def _value(self, fact: Fact, value: int, lang: str) -> str:
        if fact.kind in ("moment", "day"):
            return _date(value * (DAY if fact.kind == "day" else 1), fact.kind == "moment")
        if value == (NAT if fact.kind == "number" else -1):
            return say("unknown")[lang]
        if fact.kind == "value":
            return say(fact.values[value])[lang]
        if fact.kind == "set":
            held = [say(name)[lang] for bit, name in enumerate(fact.values) if value >> bit & 1]
            return ", ".join(held) or say("none")[lang]
        if fact.kind == "country":
            return _country(value, lang)
        return str(value)

    def _test(self, node: Is | Holds | Between | Below, fact: Fact, lang: str) -> str:
        if isinstance(node, Is):
            return f"({say('one_of')[lang]}: {', '.join(self._value(fact, code, lang) for code in node.codes)})"
        if isinstance(node, Holds):
            return f"({say('one_of')[lang]}: {self._value(fact, node.bits, lang)})"
        if isinstance(node, Below):
            axis, steps = self.evaluation.parameter(node.parameter)
            when = first_of(self.evaluation.fact(axis).value)
            limit = [value for start, value in steps if start <= when][-1:] or [steps[0][1]]
            return f"({_limit(None if limit[0] is None else limit[0] + node.extra, lang)})"
        low = f"{say('at_least')[lang]} {self._value(fact, node.low, lang)}" if node.low is not None else ""
        high = f"{say('below')[lang]} {self._value(fact, node.high, lang)}" if node.high is not None else ""
        return f"({', '.join(part for part in (low, high) if part)})"


def _limit(value: int | None, lang: str) -> str:
    return say("no_limit")[lang] if value is None else f"{say('below')[lang]} {value}"


def _country(code: int, lang: str) -> str:
    if code < 0:
        return say("none" if code < -1 else "unknown")[lang]
    return "".join(chr(65 + code // 26**place % 26) for place in (2, 1, 0))


def _answer(value: Tri) -> Answer:
    return _ANSWERS[first_of(value)]


def _date(seconds: int, clock: bool = True) -> str:
    if seconds <= NAT + DAY or abs(seconds) > 10**15:
        return "?"
    return str(np.datetime64(seconds, "s"))[: 16 if clock else 10]


def _when(version: Version, on: str | None) -> Words:
    start = _date(version.start, version.start % DAY != 0)
    end = None if version.end is None else _date(version.end - 1, False)
    axis = on or version.on
    text = []
    for lang in ("en", "fr"):
        until = f" {say('until')[lang]} {end}" if end else ""
        text.append(f"{version.label[lang]} ({say(axis)[lang]} {say('from')[lang]} {start}{until})")
    return Words(*text)


__all__ = ["Explanation", "Reason", "explain"]
