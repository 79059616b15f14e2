"""An interview told again from answers by name, so that whoever asks keeps the answers and nobody else needs to.

An answer has the name of its fact (`entry_at`); of a list, whether there is one more record (`anchors.0`) and what is
told of it (`anchors.0.relation`). Answers are text, as at the terminal. Nothing is stored or logged.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from roxham.errors import LawError, Problem, did_you_mean
from roxham.law.ask import Interview, Question
from roxham.law.decide import decide
from roxham.law.facts import BY_COUNTRY, FACTS, NO_COUNTRY, RECORDS, Fact
from roxham.law.rules import OUTCOMES, LawBook

MOST_RECORDS = 12
"""Records of one list that are read; further ones are a mistake of whoever asks."""

WORKED_OUT = ("as_of", "us_national", *BY_COUNTRY)
"""Facts that others tell; where they are answered all the same, they are told as soon as the dates are known."""

_DATES = ("entry_at", "claim_at")


@dataclass(frozen=True)
class Told:
    """Where an interview stands: what was told and in which order, what is asked next, and what could not be read.

    Attributes:
        asked: names of the answers that were asked for; beside: of those told without being asked for.
        question: the next question, or the one whose answer is wrong; None when the answer is settled.
        wrong: the problems of the answer that could not be taken, by its name.
    """

    interview: Interview
    asked: tuple[str, ...]
    beside: tuple[str, ...]
    question: Question | None
    wrong: Mapping[str, tuple[Problem, ...]]

    def facts(self) -> dict[str, Any]:
        """Return the facts as told, everything not told being unknown."""
        return self.interview.facts()


def key_of(question: Question) -> str:
    """Return the name of the answer to a question.

    >>> key_of(Question("entry_at")), key_of(Question(None, "anchors", 1)), key_of(Question("anchor_age", "anchors", 1))
    ('entry_at', 'anchors.1', 'anchors.1.age')
    """
    if question.scope is None:
        return str(question.fact)
    if question.fact is None:
        return f"{question.scope}.{question.index}"
    field = next(field for field, name in RECORDS[question.scope].items() if name == question.fact)
    return f"{question.scope}.{question.index}.{field}"


def question_of(key: str) -> Question:
    """Return the question that an answer's name belongs to; raise LawError, with a suggestion, for another name."""
    name, *rest = key.split(".")
    fact = FACTS.get(name)
    if fact is not None and not rest and fact.kind != "records" and fact.scope is None:
        return Question(name)
    if name in RECORDS and rest and rest[0].isdecimal() and len(rest[0]) < 3 and int(rest[0]) <= MOST_RECORDS:
        if len(rest) == 1:
            return Question(None, name, int(rest[0]))
        if len(rest) == 2 and rest[1] in RECORDS[name]:
            return Question(RECORDS[name][rest[1]], name, int(rest[0]))
    names = [one for one, fact in FACTS.items() if fact.scope is None and fact.kind != "records"]
    raise LawError(Problem("this is not the name of an answer", hint=did_you_mean(key, [*names, *RECORDS])))


def retell(book: LawBook, answers: Mapping[str, str], readings: Mapping[str, str] | None = None) -> Told:
    """Tell an interview from answers by name, as far as they go.

    What the law asks is told in the order in which it is asked. Answers that it does not ask for, because others
    settle it, are told after those. Raises LawError for a name that no question has.
    """
    left = {key: (question_of(key), text) for key, text in answers.items()}
    interview = Interview(book, readings)
    asked: list[str] = []
    beside: list[str] = []
    while True:
        question = interview.next()
        key = "" if question is None else key_of(question)
        keys = [key, *_early(left, asked, key)] if key in left else _ready(interview, left, asked)
        if not keys:
            return Told(interview, tuple(asked), tuple(beside), question, {})
        for one in keys:
            (asked if one == key else beside).append(one)
            about, text = left.pop(one)
            try:
                interview.answer(about, text)
            except LawError as error:
                return Told(interview, tuple(asked), tuple(beside), about, {one: error.problems})


def _early(left: Mapping[str, Any], asked: list[str], key: str) -> list[str]:
    """Return the answers to what others tell, once the dates are known."""
    return [name for name in WORKED_OUT if name in left and name != key] if set(_DATES) <= {*asked, key} else []


def _ready(interview: Interview, left: Mapping[str, tuple[Question, str]], asked: list[str]) -> list[str]:
    """Return the answers that nobody asks for and that can be told now, in the order of the facts."""
    if not set(_DATES) <= set(asked):
        return []
    order = list(FACTS)
    places = {key: (order.index(one.scope or str(one.fact)), one.index, one.fact is not None,
                    order.index(str(one.fact)) if one.fact else 0) for key, (one, _) in left.items()}
    return [key for key in sorted(places, key=lambda key: places[key])
            if left[key][0].scope is None or _reached(interview, left[key][0])]


def _reached(interview: Interview, one: Question) -> bool:
    """Say whether a record of a list can be told now: it is the next one, or it is there."""
    scope, held = str(one.scope), len(interview.lists[str(one.scope)])
    return one.index < held if one.fact else one.index == held and scope not in interview.closed


def answers_of(facts: Mapping[str, Any]) -> dict[str, str]:
    """Return the answers that say the same as the facts of one person; a fact left out has its usual value.

    >>> told = answers_of({"entry_at": "2023-04-01T22:00", "anchors": [{"relation": "sister"}]})
    >>> told["entry_at"], told["came_from_us"], told["anchors.0.relation"], told["anchors.1"]
    ('2023-04-01T22:00', 'yes', 'sister', 'no')
    """
    out: dict[str, str] = {}
    given = {**facts, **_elsewhere(facts)}
    for name, fact in FACTS.items():
        if fact.scope is not None or fact.kind == "records":
            continue
        if name in given or (name not in WORKED_OUT and fact.default is not None):
            out[name] = _text(fact, given.get(name, fact.default))
    for scope, fields in RECORDS.items():
        listed = given.get(scope, ())
        if listed in ("unknown", None):
            out[f"{scope}.0"] = "unknown"
            continue
        for index, record in enumerate(listed):
            out[f"{scope}.{index}"] = "yes"
            for field, name in fields.items():
                out[f"{scope}.{index}.{field}"] = _text(FACTS[name], record.get(field, FACTS[name].default))
        out[f"{scope}.{len(listed)}"] = "no"
    return out


def _elsewhere(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return the two facts that a record of being recognised as a refugee elsewhere tells."""
    value = facts.get("recognized_refugee_elsewhere")
    if value in (None, "none"):
        return {}
    if value == "unknown":
        return {"recognized_elsewhere": "unknown", "can_return_there": "unknown"}
    return {"recognized_elsewhere": True, "can_return_there": value.get("can_return", "unknown")}


def _text(fact: Fact, value: Any) -> str:
    """Return the value of one fact as somebody would answer."""
    if fact.kind == "country":
        return "none" if value in (None, "none", NO_COUNTRY) else str(value)
    if value is None:
        return "unknown"
    if fact.kind == "yesno":
        return {"true": "yes", "1": "yes", "false": "no", "0": "no"}.get(str(value).lower(), str(value).lower())
    if fact.values and isinstance(value, int):
        names = [name for bit, name in enumerate(fact.values) if value >> bit & 1]
        return fact.values[value] if fact.kind == "value" else ", ".join(names) or "none"
    if isinstance(value, list | tuple):
        return ", ".join(map(_plain, value)) or "none"
    return _plain(value)


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, date | datetime) else str(value)


def facts_yaml(facts: Mapping[str, Any], readings: Mapping[str, str]) -> str:
    """Return the text of a file of facts that says the same, for `roxham check` and for another day."""
    from ruamel.yaml import YAML

    told = {name: value for name, value in facts.items() if value != "unknown"}
    rest = {name: value for name, value in facts.items() if value == "unknown"}
    writer, held = YAML(typ="safe", pure=True), io.StringIO()
    writer.default_flow_style = False
    writer.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
    writer.allow_unicode = True
    chosen = {"readings": dict(readings)} if readings else {}
    writer.dump({"facts": {**told, **rest}, **chosen}, held)
    return held.getvalue()


@dataclass(frozen=True)
class Rival:
    """A reading of the law that was not chosen, and the outcome it would give."""

    switch: str
    choice: str
    outcome: str


def rivals(book: LawBook, facts: Mapping[str, Any], readings: Mapping[str, str] | None = None) -> tuple[Rival, ...]:
    """Return the outcome under every reading that differs in one switch from those chosen."""
    chosen = {**book.readings, **(readings or {})}
    tried = [(switch, choice) for switch, choices in book.switches.items() for choice in choices
             if choice != chosen[switch]]
    return tuple(
        Rival(switch, choice, OUTCOMES[decide(book, facts, {**chosen, switch: choice}).outcome[0]])
        for switch, choice in tried)


__all__ = ["MOST_RECORDS", "Rival", "Told", "answers_of", "facts_yaml", "key_of", "question_of", "retell", "rivals"]
