"""The page `check`: one person's claim against the law of a day, question by question.

Nothing is kept here: the page holds the answers and sends all of them with each request, in its body. What is answered
is that of `roxham check`, by the same functions.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from roxham.app.answer import Answer, Cited, Phrase, answer_on, cited, phrase
from roxham.app.problem import Fault
from roxham.app.shell import preferred
from roxham.lab.scenario import case_folder
from roxham.law import LawBook, load_law
from roxham.law.facts import FACTS, RECORDS
from roxham.law.person import Person, person_from_text
from roxham.law.rules import Words
from roxham.law.told import Told, answers_of, facts_yaml, key_of, retell
from roxham.law.words import say
from roxham.show.problem import in_language, told_in
from roxham.show.text import Language

router = APIRouter(prefix="/api/check", tags=["check"])
EXAMPLES = Path(__file__).with_name("examples.yaml")
FILE = "facts.yaml"
Name = Annotated[str, StringConstraints(max_length=60)]
Text = Annotated[str, StringConstraints(max_length=2_000)]


class Given(BaseModel):
    """What was answered so far, by name, and the readings chosen; nothing of it is kept."""

    model_config = ConfigDict(extra="forbid")
    answers: dict[Name, Text] = Field(
        {}, max_length=400, examples=[{"entry_at": "2023-04-01T22:00", "entry_place": "between_poe_land"}],
        description="answers as at the terminal, by the name of their fact (GET /api/check/questions)",
    )
    readings: dict[Name, Name] = Field({}, max_length=40, description="rival readings by their switch")
    finish: bool = Field(False, description="answer now, whatever is still unknown")


class Asked(BaseModel):
    """The next question: the name of its answer, the fact, and the record of a list that it belongs to."""

    key: str
    fact: str | None = Field(description="none asks whether there is one more record of the list")
    scope: str | None
    index: int


class Standing(BaseModel):
    """Where the interview stands, and the answer once it no longer depends on what can be asked."""

    asked: list[str] = Field(description="names of the answers that were asked for, in order")
    beside: list[str] = Field(description="names of the answers told without being asked for")
    question: Asked | None
    wrong: list[Fault] = Field(description="what is wrong with the answer to the question, if it was answered")
    settled: bool
    answer: Answer | None


class Choice(Phrase):
    """A value that an answer may have."""

    value: str


class FactOut(Phrase):
    """A fact that may be asked for: kind of answer, values, citation, and the list of records it belongs to."""

    name: str
    kind: str
    cite: Cited
    values: list[Choice]
    scope: str | None


class SwitchOut(Phrase):
    """A point of law that is read in several ways."""

    id: str
    cite: Cited
    choices: list[str]
    default: str


class Example(Phrase):
    """An invented person with whom the page can be tried."""

    id: str
    answers: dict[str, str]
    readings: dict[str, str]


class Questions(BaseModel):
    """Everything that may be asked, the points of law that are read in several ways, and people to try it with."""

    facts: list[FactOut]
    lists: dict[str, list[str]] = Field(description="fields of a record of each list")
    switches: list[SwitchOut]
    examples: list[Example]
    checked_to: dict[str, str]
    notice: Phrase


class FileText(BaseModel):
    """A file as text."""

    model_config = ConfigDict(extra="forbid")
    name: str = Field(FILE, max_length=60)
    text: str = Field(max_length=200_000)


class Read(BaseModel):
    """The answers that say what a file of facts says."""

    answers: dict[str, str]
    readings: dict[str, str]


def data(request: Request, language: Language) -> dict[str, Any]:
    """What the page needs first."""
    return questions(request).model_dump()


@router.get("/questions")
def questions(request: Request) -> Questions:
    """Everything that may be asked, with its citation, in both languages."""
    return _questions(_case(request))


@router.post("")
def check(given: Given, request: Request) -> Standing:
    """The next question, or the answer with its reasons; nothing that is sent is kept or logged."""
    book = _law(_case(request))
    told = retell(book, given.answers, given.readings)
    question, settled = told.question, told.question is None
    language = preferred(request.headers.get("accept-language", ""))
    wrong = [in_language(problem, language) for found in told.wrong.values() for problem in found]
    ready = not wrong and (settled or (given.finish and _enough(told)))
    return Standing(
        asked=list(told.asked),
        beside=list(told.beside),
        question=None if question is None else Asked(
            key=key_of(question), fact=question.fact, scope=question.scope, index=question.index),
        wrong=[Fault(message=one.message, line=None, column=None, hint=one.hint) for one in wrong],
        settled=settled,
        answer=answer_on(book, told.facts(), given.readings) if ready else None,
    )


@router.post("/file")
def make_file(given: Given, request: Request) -> FileText:
    """The facts as a file that `roxham check` and this page read, to be kept by whoever asks, nowhere else."""
    told = retell(_law(_case(request)), given.answers, given.readings)
    return FileText(name=FILE, text=facts_yaml(told.facts(), given.readings))


@router.post("/read")
def read_file(file: FileText, request: Request) -> Read:
    """The answers that say what a file of facts says; a fact left out has its usual value, as in the command."""
    with told_in(preferred(request.headers.get("accept-language", ""))):
        person = person_from_text(file.text, FILE)
    return Read(answers=answers_of(person.facts), readings=dict(person.readings))


def _enough(told: Told) -> bool:
    """Whether what every answer needs was told."""
    facts = told.facts()
    return all(name in told.interview.told for name, fact in FACTS.items() if fact.required) and bool(facts)


def _case(request: Request) -> str:
    settings = getattr(request.app.state, "settings", None)
    return settings.case if settings is not None else "canada_us"


@cache
def _law(case: str) -> LawBook:
    return load_law(case_folder(case) / "law")


@cache
def _questions(case: str) -> Questions:
    book = _law(case)
    return Questions(
        facts=[_fact(name) for name, fact in FACTS.items() if fact.kind != "records"],
        lists={scope: list(fields) for scope, fields in RECORDS.items()},
        switches=[
            SwitchOut(id=name, cite=cited(point.cite), choices=list(point.choices), default=point.default,
                      **phrase(point.label).model_dump())
            for name, point in book.open_points.items()
        ],
        examples=_examples(),
        checked_to=dict(book.checked_to),
        notice=phrase(book.notice),
    )


def _fact(name: str) -> FactOut:
    fact = FACTS[name]
    values = [Choice(value=value, **phrase(say(value)).model_dump()) for value in fact.values]
    return FactOut(name=name, kind=fact.kind, cite=cited(fact.cite), values=values, scope=fact.scope,
                   **phrase(Words(fact.en, fact.fr)).model_dump())


def _examples() -> list[Example]:
    from roxham._yaml import parse

    found = parse(EXAMPLES.read_text(encoding="utf-8"), EXAMPLES.name)
    people = {name: Person({**one["facts"], "as_of": one["as_of"]}) for name, one in found.items()}
    return [
        Example(id=name, en=found[name]["en"], fr=found[name]["fr"], answers=answers_of(person.facts), readings={})
        for name, person in people.items()
    ]
