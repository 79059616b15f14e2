"""Read the facts of one person from a file or a mapping, and tell everything that is wrong with them at once.

Nothing that is read here is stored or logged.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from roxham.errors import LawError, Problem, RoxhamError, did_you_mean, raise_problems
from roxham.law.expr import NAT
from roxham.law.facts import FACTS, RECORDS, Fact, country_code
from roxham.law.values import UNKNOWN_WORDS, day, moment, read

_BESIDE = ("facts", "readings", "title", "id", "as_of", "note")
_DAY = 86_400


@dataclass(frozen=True)
class Person:
    """The facts of one person and the readings of the law to use."""

    facts: Mapping[str, Any]
    readings: Mapping[str, str] = field(default_factory=dict)
    title: str = ""


def person_from_yaml(path: str | Path) -> Person:
    """Read one person from YAML: facts by name, or under `facts`, with `readings` and `title` beside them.

    Raises SpecError when the file is not YAML, and LawError with every problem of the facts.
    """
    from roxham.spec import read_text

    return person_from_text(read_text(path), str(path))


def person_from_text(text: str, file: str = "facts.yaml") -> Person:
    """Read one person from the text of such a file; `file` is its name in what is said about it."""
    from roxham._yaml import parse

    data = parse(text, file)
    if not isinstance(data, Mapping):
        raise LawError(Problem("a file of facts holds names and values, one a line", file=file))
    facts, readings = data, {}
    if isinstance(data.get("facts"), Mapping):
        stray = [key for key in data if key not in _BESIDE]
        problems = [problem_at_key(data, key, f'"{key}" stands beside the facts', did_you_mean(key, _BESIDE))
                    for key in stray]
        raise_problems(problems, LawError)
        facts = data["facts"]
    problems = check_facts({key: value for key, value in facts.items() if key not in _BESIDE or key == "as_of"}, facts)
    if data.get("as_of") is not None and facts is not data:
        problems += check_facts({"as_of": data["as_of"]}, data, whole=False)
    given = data.get("readings", {})
    if isinstance(given, Mapping):
        readings = {str(key): str(value) for key, value in given.items()}
    else:
        problems.append(problem_at_key(data, "readings", "readings are a mapping of switches to readings"))
    raise_problems(problems, LawError)
    known = {key: value for key, value in facts.items() if key in FACTS}
    if "as_of" in data:
        known["as_of"] = data["as_of"]
    return Person(known, readings, str(data.get("title", "")))


def check_facts(facts: Mapping[str, Any], place: Mapping[str, Any] | None = None, *, whole: bool = True
                ) -> list[Problem]:
    """Return every problem of the facts of one person: names, values, and dates that contradict each other.

    `place` is the mapping as read from a file, which knows its lines; with `whole` the needed facts must be there.

    >>> [str(p) for p in check_facts({"entry_plaice": "land_poe"}, whole=False)]
    ['"entry_plaice" is not a fact about a person (did you mean "entry_place"?)']
    """
    source = facts if place is None else place
    problems = []
    for name, value in facts.items():
        fact = FACTS.get(name)
        if fact is None:
            hint = did_you_mean(name, FACTS)
            problems.append(problem_at_key(source, name, f'"{name}" is not a fact about a person', hint))
            continue
        for message, hint, where in _wrong(fact, value):
            problems.append(problem_at_key(*(where or (source, name)), f"{name}: {message}", hint))
    if whole:
        missing = [name for name, fact in FACTS.items() if fact.required and name not in facts]
        problems += [problem_at_key(source, None, f'the fact "{name}" is needed: the law turns on it')
                     for name in missing]
    if not problems:
        problems = [problem_at_key(source, name, message) for name, message in _contradictions(facts)]
    return problems


_Wrong = tuple[str, str | None, tuple[Mapping[str, Any], str] | None]


def _wrong(fact: Fact, value: Any) -> Iterator[_Wrong]:
    """Yield what is wrong with the value of one fact."""
    if fact.name == "recognized_refugee_elsewhere":
        yield from _recognized(value)
    elif fact.kind == "records":
        yield from _records(fact, value)
    elif fact.kind in ("countries", "days"):
        if value in UNKNOWN_WORDS:
            return
        for one in value if isinstance(value, list | tuple) else [value]:
            yield from _one(fact, one)
    elif fact.scope is not None:
        yield f'belongs to a record of "{fact.scope}"', None, None
    else:
        yield from _one(fact, value)


def _one(fact: Fact, value: Any, where: tuple[Mapping[str, Any], str] | None = None) -> Iterator[_Wrong]:
    try:
        read(fact, value)
    except LawError as error:
        for one in error.problems:
            yield one.message, one.hint, where
    except (OverflowError, TypeError, ValueError) as error:
        yield str(error), None, where


def _records(fact: Fact, value: Any) -> Iterator[_Wrong]:
    fields = RECORDS[fact.name]
    if value in UNKNOWN_WORDS:
        return
    if not isinstance(value, list | tuple):
        yield f"is a list of records with {', '.join(fields)}", None, None
        return
    for record in value:
        if not isinstance(record, Mapping):
            yield f"each is a record with {', '.join(fields)}", None, None
            continue
        for key, given in record.items():
            if key not in fields:
                yield f'"{key}" is not known', did_you_mean(str(key), fields), (record, str(key))
            else:
                yield from _one(FACTS[fields[key]], given, (record, str(key)))
        first = next(iter(fields))
        if first not in record:
            yield f'a record needs its "{first}"', None, None


def _recognized(value: Any) -> Iterator[_Wrong]:
    if value in (None, "none", "unknown"):
        return
    if not isinstance(value, Mapping):
        yield "is a country and can_return, or nothing", None, None
        return
    for key, given in value.items():
        if key not in ("country", "can_return"):
            yield f'"{key}" is not known', did_you_mean(str(key), ("country", "can_return")), (value, str(key))
        elif key == "can_return":
            yield from _one(FACTS["can_return_there"], given, (value, key))
        elif given != "unknown":
            try:
                country_code(str(given))
            except RoxhamError as error:
                yield error.problems[0].message, error.problems[0].hint, (value, key)


def _contradictions(facts: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the dates that cannot be as they are told."""
    entry, claim = moment(facts.get("entry_at")), moment(facts.get("claim_at"))
    born = day(facts.get("birth_date"))
    if NAT not in (entry, claim) and claim < entry:
        yield "claim_at", "the claim comes before the entry"
    if NAT not in (born, claim) and born > claim // _DAY:
        yield "birth_date", "the person is born after the claim"
    decided = day(facts.get("as_of"))
    if NAT not in (decided, claim) and decided < claim // _DAY:
        yield "as_of", "the decision comes before the claim"
    earlier = facts.get("earlier_entries") or ()
    for one in earlier if isinstance(earlier, list | tuple) else (earlier,):
        if one not in UNKNOWN_WORDS and entry != NAT and day(one) > entry // _DAY:
            yield "earlier_entries", f"{one} is not earlier than the entry"
    claims = facts.get("prior_claims_abroad")
    for record in claims if isinstance(claims, list | tuple) else ():
        when = day(record.get("date"))
        if NAT not in (when, claim) and when > claim // _DAY:
            yield "prior_claims_abroad", f"the claim of {record['date']} is not earlier than the claim in Canada"


def problem_at_key(place: Mapping[str, Any], key: str | None, message: str, hint: str | None = None) -> Problem:
    """Return a problem with the line and column of a key, where the mapping knows them."""
    where = getattr(place, "where", None)
    if where is None:
        return Problem(message, hint=hint)
    line, column = where.values.get(key, (where.line, where.column))
    return Problem(message, where.file, line, column, hint)
