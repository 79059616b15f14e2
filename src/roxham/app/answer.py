"""The answer on one claim as the API gives it: in both languages, with citations in both official versions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, Field

from roxham.law import LawBook, explain
from roxham.law.explain import Explanation, Reason
from roxham.law.facts import FACTS
from roxham.law.rules import Words
from roxham.law.told import rivals
from roxham.law.words import say
from roxham.show.cite import citation, in_words

_COLON = re.compile(r"(?<=[\w)»]): ")


class Phrase(BaseModel):
    """The same words in English and in French."""

    en: str
    fr: str


class Cited(Phrase):
    """A citation in its short form, as each official version writes it, and where the official text stands."""

    short: str
    href_en: str = Field("", description="address of the official English text; empty where there is none")
    href_fr: str = Field("", description="address of the official French text; empty where there is none")


class Line(Phrase):
    """One line of the reasons: whether it is true of the person, and what it rests on."""

    answer: Literal["yes", "no", "unknown"]
    needed: Literal["yes", "no", "unknown"]
    decisive: bool = Field(description="whether the line above is what it is because of this one")
    cite: Cited | None
    parts: list[Line]


class Consequence(Phrase):
    """What follows from the decision."""

    name: str
    value: str
    cite: Cited


class Open(Phrase):
    """A fact that would settle the answer; `key` names its answer, where the page can ask for it."""

    fact: str
    key: str | None


class RivalOut(BaseModel):
    """A reading that was not chosen, the outcome it would give, and whether that is another one."""

    switch: str
    choice: str
    outcome: str
    words: Phrase
    differs: bool


class Answer(BaseModel):
    """The decision on one claim, why, what is unknown, what would change it, and rival readings."""

    outcome: str
    words: Phrase
    before_burden: str
    before_words: Phrase
    stca: str
    stca_words: Phrase
    exception: Cited | None
    grounds: list[Cited]
    because: Phrase
    cites: list[Cited]
    consequences: list[Consequence]
    unknown: list[Open]
    flips: list[Phrase]
    frame: list[Line]
    tree: list[Line]
    readings: dict[str, str]
    rivals: list[RivalOut]
    dates: dict[str, str]
    checked_to: dict[str, str]
    after_check: bool
    notice: Phrase


def answer_on(book: LawBook, facts: Mapping[str, Any], readings: Mapping[str, str]) -> Answer:
    """Explain one claim, as `roxham check` does, and say what each rival reading would make of it."""
    found = explain(book, facts, readings)
    return Answer(
        outcome=found.outcome,
        words=_said(found.outcome),
        before_burden=found.before_burden,
        before_words=_said(found.before_burden),
        stca=found.stca,
        stca_words=_said(found.stca),
        exception=cited(found.exception) if found.exception else None,
        grounds=[cited(one) for one in found.grounds],
        because=phrase(found.because),
        cites=[cited(one) for one in found.cites],
        consequences=[
            Consequence(name=name, value=value, cite=cited(cite), **_both(words))
            for name, (value, words, cite) in found.consequences.items()
        ],
        unknown=[Open(fact=name, key=_key(name), **_both(Words(FACTS[name].en, FACTS[name].fr)))
                 for name in found.unknown],
        flips=[phrase(one) for one in found.flips],
        frame=[_line(one, True) for one in found.frame],
        tree=[_line(one, True) for one in found.tree],
        readings=dict(found.readings),
        rivals=_rivals(book, facts, found),
        dates=dict(found.dates),
        checked_to=dict(found.checked_to),
        after_check=found.after_check,
        notice=phrase(found.notice),
    )


def cited(short: str) -> Cited:
    """A citation as both official versions write it.

    >>> cited("A101(1)(e)").fr.replace(chr(160), " ")
    'LIPR, al. 101(1)e)'
    """
    one = citation(short)
    return Cited(short=short, en=one.en, fr=one.fr, href_en=one.href_en, href_fr=one.href_fr)


def phrase(words: Words) -> Phrase:
    """Words in both languages, provisions in them written as each official version writes them."""
    return Phrase(**_both(words))


def _both(words: Words) -> dict[str, str]:
    return {"en": in_words(words.en, "en"), "fr": _COLON.sub("\u00a0: ", in_words(words.fr, "fr"))}


def _said(code: str) -> Phrase:
    return phrase(say(code))


def _line(one: Reason, decisive: bool) -> Line:
    chosen = {id(part) for part in one.decisive()}
    return Line(
        answer=one.answer,
        needed=one.needed,
        decisive=decisive,
        cite=cited(one.cite) if one.cite else None,
        parts=[_line(part, id(part) in chosen) for part in one.parts],
        **_both(one.words),
    )


def _rivals(book: LawBook, facts: Mapping[str, Any], found: Explanation) -> list[RivalOut]:
    return [
        RivalOut(switch=one.switch, choice=one.choice, outcome=one.outcome, words=_said(one.outcome),
                 differs=one.outcome != found.outcome)
        for one in rivals(book, facts, found.readings)
    ]


def _key(name: str) -> str | None:
    """The name of the answer that tells a fact; none for a fact of one record among several."""
    return name if FACTS[name].scope is None else None


__all__ = ["Answer", "Cited", "Phrase", "answer_on", "cited", "phrase"]
