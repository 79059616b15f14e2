"""Ask a person only for the facts that the answer still depends on. Nothing that is answered is stored or logged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from roxham.errors import LawError, Problem, did_you_mean, raise_problems
from roxham.law.decide import decide
from roxham.law.facts import BITS, BY_COUNTRY, FACTS, RECORDS, Fact
from roxham.law.person import check_facts
from roxham.law.rules import LawBook, Words
from roxham.law.values import read
from roxham.law.words import say

_FIRST = ("entry_at", "entry_place", "claim_at", "claim_place")
_WORKED_OUT = ("as_of", "us_national", *BY_COUNTRY)
"""Facts that are told by others unless they turn out to be needed: by the claim, or by the nationalities."""

_UNKNOWN = ("unknown", "?", "inconnu", "inconnue")
_YES = ("yes", "y", "oui", "o", "true")
_NO = ("no", "n", "non", "false")
_NONE = ("none", "no", "aucun", "aucune", "non", "0")
_FORMS: Mapping[str, Words] = {
    "yesno": Words("yes or no", "oui ou non"),
    "moment": Words("such as 2023-04-01T22:00", "par exemple 2023-04-01T22:00"),
    "day": Words("such as 2023-04-01", "par exemple 2023-04-01"),
    "days": Words("days such as 2023-04-01, with commas between them, or none",
                  "des jours comme 2023-04-01, séparés par des virgules, ou aucun"),
    "country": Words("a code such as HTI, or none", "un code comme HTI, ou aucun"),
    "countries": Words("codes such as HTI, with commas between them, or none",
                       "des codes comme HTI, séparés par des virgules, ou aucun"),
    "number": Words("a whole number", "un nombre entier"),
    "set": Words("some of these, with commas between them, or none", "certains, séparés par des virgules, ou aucun"),
    "value": Words("one of these", "l'un de ceux-ci"),
}
_LISTS: Mapping[str, Words] = {
    "anchors": Words("Is there a relative to tell of?", "Y a-t-il un parent à mentionner?"),
    "prior_claims_abroad": Words("Was there an earlier claim abroad to tell of?",
                                 "Y a-t-il eu une demande antérieure à l'étranger?"),
}

BEFORE = Words('Answer "unknown" or "?" where something is not known. Nothing that you answer is kept.',
               "Répondez « inconnu » ou « ? » à ce qui n'est pas connu. Rien de ce que vous répondez n'est conservé.")
"""What is said before the first question."""


@dataclass(frozen=True)
class Question:
    """One thing to ask: a fact, the record of a list that it belongs to, or (no fact) whether there is a record."""

    fact: str | None
    scope: str | None = None
    index: int = 0

    def text(self, lang: str) -> str:
        """Return the question in English ("en") or French ("fr"), with the answers that it takes."""
        if self.fact is None:
            again = {"en": " (one more)", "fr": " (un de plus)"}[lang] if self.index else ""
            return f"{_LISTS[str(self.scope)][lang]}{again} [{_FORMS['yesno'][lang]}]"
        fact = FACTS[self.fact]
        spoken = {"en": fact.en, "fr": fact.fr}[lang]
        label = "relative" if self.scope == "anchors" else "claim_abroad"
        told = f"{say(label)[lang]} {self.index + 1}: {spoken}" if self.scope else spoken
        lines = [f"{told[0].upper()}{told[1:]}? ({fact.cite}) [{_FORMS[fact.kind][lang]}]"]
        return "\n".join([*lines, *(f"  {value:<34}{say(value)[lang]}" for value in fact.values)])


class Interview:
    """What one person has told so far, and what the law still has to know."""

    def __init__(self, book: LawBook, readings: Mapping[str, str] | None = None) -> None:
        self.book, self.readings = book, readings
        self.told: dict[str, Any] = {}
        self.lists: dict[str, list[dict[str, Any]]] = {scope: [] for scope in RECORDS}
        self.closed: set[str] = set()
        self.asked: set[Question] = set()

    def facts(self, *, more: bool = True) -> dict[str, Any]:
        """Return the facts as told, everything not yet told being unknown, with `more` also further records."""
        out: dict[str, Any] = {name: "unknown" for name, fact in FACTS.items()
                               if fact.kind != "records" and fact.scope is None and name not in _WORKED_OUT}
        for scope, records in self.lists.items():
            maybe = [] if scope in self.closed or not more else [dict.fromkeys(RECORDS[scope], "unknown")]
            out[scope] = [*records, *maybe]
        return {**out, **self.told}

    def next(self) -> Question | None:
        """Return the next question, or None when the answer no longer depends on what can be asked."""
        for name in _FIRST:
            if Question(name) not in self.asked:
                return Question(name)
        begun = self._needed(more=False) if any(self.lists.values()) else []
        asks = [one for one in begun if one.scope is not None and one.fact is not None] or self._needed(more=True)
        return asks[0] if asks else None

    def _needed(self, *, more: bool) -> list[Question]:
        """Return the questions that the answer depends on; with `more`, a list not closed may have one more record."""
        bits = int(decide(self.book, self.facts(more=more), self.readings).unknown[0])
        asks = [self._about(FACTS[name]) for name, bit in BITS.items() if bits >> bit & 1]
        return [one for one in asks if one is not None and one not in self.asked]

    def _about(self, fact: Fact) -> Question | None:
        if fact.scope is None:
            return Question(fact.name)
        records = self.lists[fact.scope]
        key = next(key for key, name in RECORDS[fact.scope].items() if name == fact.name)
        for index, record in enumerate(records):
            if record[key] == "unknown" and Question(fact.name, fact.scope, index) not in self.asked:
                return Question(fact.name, fact.scope, index)
        return None if fact.scope in self.closed else Question(None, fact.scope, len(records))

    def answer(self, question: Question, text: str) -> None:
        """Take the answer to a question; raise LawError, with a suggestion, where it cannot be one."""
        if question.fact is None:
            self._another(question, _yesno(text))
        else:
            self._take(question, FACTS[question.fact], text)
        self.asked.add(question)

    def _take(self, question: Question, fact: Fact, text: str) -> None:
        """Keep the answer about a fact, unless it contradicts what was told before."""
        value = read_answer(fact, text)
        told, lists = dict(self.told), {scope: [dict(one) for one in held] for scope, held in self.lists.items()}
        if question.scope is None:
            told[fact.name] = value
        else:
            key = next(key for key, name in RECORDS[question.scope].items() if name == fact.name)
            lists[question.scope][question.index][key] = value
        _sound(fact.name, {name: one for name, one in {**told, **lists}.items() if one != "unknown"})
        self.told, self.lists = told, lists

    def _another(self, question: Question, said: bool | str) -> None:
        scope = str(question.scope)
        if said is True:
            self.lists[scope].append(dict.fromkeys(RECORDS[scope], "unknown"))
        elif said is False:
            self.closed.add(scope)


def read_answer(fact: Fact, text: str) -> Any:
    """Return what was answered about a fact, as `decide` takes it; raise LawError where it cannot be an answer.

    >>> read_answer(FACTS["came_from_us"], "oui"), read_answer(FACTS["entry_place"], "?")
    (True, 'unknown')
    """
    word = text.strip()
    if word.lower() in _UNKNOWN:
        return "unknown"
    if not word:
        raise LawError('write an answer, or "unknown"')
    if fact.kind == "yesno":
        return _yesno(word)
    if fact.kind in ("set", "days", "countries"):
        parts = [] if word.lower() in _NONE else [part.strip() for part in word.split(",") if part.strip()]
        value: Any = [_one(fact, part) for part in parts]
    elif fact.kind == "number":
        if not word.removeprefix("-").isdecimal():
            raise LawError(f'"{word}" is not a whole number')
        value = int(word)
    else:
        value = _one(fact, word)
    if fact.scope is None:
        _sound(fact.name, {fact.name: value})
    else:
        read(fact, value)
    return value


def _sound(name: str, facts: Mapping[str, Any]) -> None:
    """Raise LawError with what is wrong with the facts told, without the name by which the model calls the fact."""
    raise_problems((Problem(one.message.removeprefix(f"{name}: "), hint=one.hint)
                    for one in check_facts(facts, whole=False)), LawError)


def _one(fact: Fact, word: str) -> str | None:
    if fact.kind in ("country", "countries"):
        return None if word.lower() in _NONE else word.upper()
    if not fact.values:
        return word
    spoken = {say(value)[lang].casefold(): value for lang in ("en", "fr") for value in fact.values}
    return spoken.get(word.casefold(), word.casefold())


def _yesno(text: str) -> bool | str:
    word = text.strip().lower()
    if word in _UNKNOWN:
        return "unknown"
    if word in _YES or word in _NO:
        return word in _YES
    choices = ("yes", "no", "oui", "non", "unknown", "inconnu")
    raise LawError(Problem(f'"{text.strip()}" is not yes, no or unknown', hint=did_you_mean(word, choices)))


__all__ = ["BEFORE", "Interview", "Question", "read_answer"]
