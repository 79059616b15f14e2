"""Invented people with the answers that are expected of the law: read from a file, decided, and compared."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from roxham.errors import LawError, Problem, RoxhamError, did_you_mean, raise_problems
from roxham.law.change import LawChange
from roxham.law.columns import stack
from roxham.law.decide import Decision, consequence_names, decide, ground_names
from roxham.law.person import check_facts, problem_at_key
from roxham.law.rules import GROUNDS, OUTCOMES, STCA, LawBook

_FILE = ("meta", "defaults", "vignettes")
_NEEDED = ("id", "as_of", "facts", "expect")
_BESIDE = (*_NEEDED, "title", "regime", "scenario", "readings", "alternative", "then", "cite", "edge", "confidence",
           "note", "operations")
_SCENARIO = ("stca_suspended", "late_irregular_bar", "between_poe_limit_days", "entries_from")
_ANSWER = ("outcome", "stca", "grounds", "exception", "prra")
_EXPECT = (*_ANSWER, "deciding")


@dataclass(frozen=True)
class Vignette:
    """One invented person and what the law says of them."""

    id: str
    facts: Mapping[str, Any]
    expect: Mapping[str, Any]
    changes: tuple[LawChange, ...] = ()
    readings: Mapping[str, str] = field(default_factory=dict)
    alternative: Mapping[str, Any] | None = None
    then: Mapping[str, str] = field(default_factory=dict)
    cite: str = ""
    edge: bool = False


@dataclass(frozen=True)
class Disagreement:
    """One answer that is not the expected one, and the provisions that decided the person."""

    id: str
    key: str
    expected: str
    got: str
    provision: str


def scenario(given: Mapping[str, Any]) -> tuple[tuple[LawChange, ...], dict[str, str]]:
    """Return the changes of the law and the readings that a vignette asks for.

    >>> changes, readings = scenario({"between_poe_limit_days": None, "entries_from": "2027-01-01"})
    >>> print(*changes)
    between_poe_limit_days = none from 2027-01-01
    """
    changes, readings = [], {}
    if "stca_suspended" in given:
        span = {key: date.fromisoformat(value) for key, value in given["stca_suspended"].items()}
        changes.append(LawChange(instrument="stca", action="void", from_=span["from"], until=span["to"]))
        readings["late_bar_if_suspended"] = given["late_irregular_bar"]
    if "entries_from" in given:
        start = date.fromisoformat(given["entries_from"])
        limit = given.get("between_poe_limit_days")
        changes.append(LawChange(parameter="between_poe_limit_days", value=limit, from_=start))
    return tuple(changes), readings


def read_vignettes(path: str | Path, book: LawBook) -> tuple[dict[str, Any], list[Vignette]]:
    """Return the defaults and the people of a file of vignettes; raise LawError with everything wrong in it."""
    from roxham._yaml import parse
    from roxham.spec import read_text

    data = parse(read_text(path), str(path))
    if not isinstance(data, Mapping) or not isinstance(data.get("vignettes"), list):
        raise LawError(Problem('a file of expected answers has a list of people under "vignettes"', file=str(path)))
    problems = list(_stray(data, _FILE, "the file"))
    defaults = data.get("defaults") or {}
    if not isinstance(defaults, Mapping):
        raise LawError(problem_at_key(data, "defaults", "defaults are facts by name"))
    problems += check_facts(defaults, whole=False)
    people, seen = [], set()
    for number, one in enumerate(data["vignettes"], 1):
        if not isinstance(one, Mapping):
            problems.append(problem_at_key(data, "vignettes", f"person {number} is not a mapping"))
            continue
        found = list(_problems(one, defaults, book))
        if "id" in one and str(one["id"]) in seen:
            found.append(problem_at_key(one, "id", f'"{one["id"]}" stands twice'))
        seen.add(str(one.get("id")))
        problems += found
        if not found:
            people.append(_vignette(one, defaults))
    raise_problems(problems, LawError)
    return dict(defaults), people


def _vignette(one: Mapping[str, Any], defaults: Mapping[str, Any]) -> Vignette:
    changes, readings = scenario(one.get("scenario", {}))
    facts = {**defaults, **one["facts"], "as_of": one["as_of"]}
    return Vignette(str(one["id"]), facts, one["expect"], changes, {**readings, **one.get("readings", {})},
                    one.get("alternative"), one.get("then", {}), str(one.get("cite", "")), "edge" in one)


def _stray(place: Mapping[str, Any], known: Sequence[str], what: str) -> Iterator[Problem]:
    for key in place:
        if key not in known:
            yield problem_at_key(place, key, f'"{key}" is not known in {what}', did_you_mean(key, known))


def _problems(one: Mapping[str, Any], defaults: Mapping[str, Any], book: LawBook) -> Iterator[Problem]:
    """Yield everything that is wrong with one person of a file."""
    yield from _stray(one, _BESIDE, "a person")
    for key in _NEEDED:
        if key not in one:
            yield problem_at_key(one, None, f'a person needs "{key}"')
    for key in ("facts", "expect", "scenario", "readings", "alternative", "then"):
        if key in one and not isinstance(one[key], Mapping):
            yield problem_at_key(one, key, f'"{key}" holds names and values')
            return
    yield from _problems_of_facts(one, defaults)
    yield from _problems_of_law(one, book)
    expect = one.get("expect", {})
    yield from _stray(expect, _EXPECT, '"expect"')
    if "expect" in one and "outcome" not in expect:
        yield problem_at_key(one, "expect", 'an expected answer needs "outcome"')
    for key in ("outcome", "stca", "exception", "prra"):
        if key in expect:
            yield from _named(expect, key, _choices(book, key))
    if not isinstance(expect.get("grounds", []), list):
        yield problem_at_key(expect, "grounds", "grounds are a list")
        return
    known = ground_names((1 << len(GROUNDS)) - 1)
    for ground in expect.get("grounds", []):
        if ground not in known:
            yield problem_at_key(expect, "grounds", f'"{ground}" is not a ground', did_you_mean(str(ground), known))


def _problems_of_facts(one: Mapping[str, Any], defaults: Mapping[str, Any]) -> Iterator[Problem]:
    facts = one.get("facts", {})
    found = check_facts(facts, facts, whole=False)
    if "as_of" in one:
        found += check_facts({"as_of": one["as_of"]}, one, whole=False)
    if not found and not check_facts(defaults, whole=False):
        found = check_facts({**defaults, **facts, "as_of": one.get("as_of")}, facts)
    yield from found


def _problems_of_law(one: Mapping[str, Any], book: LawBook) -> Iterator[Problem]:
    """Yield what is wrong with the hypothetical law, the readings and the consequences that a person names."""
    given = one.get("scenario", {})
    yield from _stray(given, _SCENARIO, '"scenario"')
    try:
        changes, readings = scenario(given)
        book.amend(changes)
    except (AttributeError, KeyError, TypeError, ValueError, RoxhamError) as error:
        said = "; ".join(p.message for p in error.problems) if isinstance(error, RoxhamError) else str(error)
        yield problem_at_key(one, "scenario", f"this is not a change of the law: {said}")
        return
    rival = one.get("alternative", {}).get("readings", {})
    if not isinstance(rival, Mapping):
        yield problem_at_key(one["alternative"], "readings", '"readings" holds switches and readings')
        return
    told = one.get("readings", {})
    for place, chosen in ((given, readings), (told, told), (rival, rival)):
        for switch, choice in chosen.items():
            if switch not in book.switches:
                hint = did_you_mean(switch, book.switches)
                yield problem_at_key(place, switch, f'"{switch}" is not a reading switch', hint)
            elif choice not in book.switches[switch]:
                hint = did_you_mean(str(choice), book.switches[switch])
                yield problem_at_key(place, switch, f'{switch}: "{choice}" is not a reading', hint)
    if "alternative" in one:
        yield from _named(one["alternative"], "outcome", OUTCOMES)
    then = one.get("then", {})
    yield from _stray(then, list(book.consequences), '"then"')
    for name in then:
        if name in book.consequences:
            yield from _named(then, name, consequence_names(book, name))


def _choices(book: LawBook, key: str) -> Sequence[str]:
    if key == "prra":
        return consequence_names(book, "prra")
    return {"outcome": OUTCOMES, "stca": STCA, "exception": book.exception_names}[key]


def _named(place: Mapping[str, Any], key: str, choices: Sequence[str]) -> Iterator[Problem]:
    value = _plain(place.get(key))
    if value not in choices:
        yield problem_at_key(place, key, f'{key}: "{value}" is not known', did_you_mean(value, choices))


def _plain(value: Any) -> str:
    """Return the expected value without the note on a repeal that may stand behind a provision."""
    return str(value).split(" (repealed")[0]


def disagreements(book: LawBook, people: Sequence[Vignette]) -> list[Disagreement]:
    """Decide everybody, in one call for each body of law, and return where an answer is not the expected one.

    The answer compared is the one before the burden of proof, as the expected one is; what follows is compared after
    it, except where the facts leave the outcome undetermined. An `alternative` must be the outcome under the readings
    that it names or, where it names none, under at least one single rival reading.
    """
    groups: dict[Any, list[int]] = defaultdict(list)
    for number, one in enumerate(people):
        groups[one.changes, tuple(sorted(one.readings.items()))].append(number)
    found: dict[int, list[Disagreement]] = {}
    for (changes, readings), numbers in groups.items():
        law = book.amend(changes)
        decision = decide(law, stack([people[number].facts for number in numbers]), dict(readings))
        for row, number in enumerate(numbers):
            found[number] = list(_compared(people[number], decision, row))
    return [one for number in range(len(people)) for one in found[number]]


def _compared(one: Vignette, decision: Decision, row: int) -> Iterator[Disagreement]:
    before, book = decision.before_burden, decision.book
    got: dict[str, Any] = {
        "outcome": OUTCOMES[before.outcome[row]],
        "stca": STCA[before.stca[row]],
        "grounds": ", ".join(ground_names(int(before.grounds[row]))),
        "exception": book.exception_names[before.exception[row]],
    }
    wanted = {key: _plain(one.expect[key]) for key in ("outcome", "stca") if key in one.expect}
    if "grounds" in one.expect:
        wanted["grounds"] = ", ".join(sorted(one.expect["grounds"], key=_order))
    if "stca" in one.expect or "exception" in one.expect:
        wanted["exception"] = _plain(one.expect.get("exception", "none"))
    follows = dict(one.then)
    if "prra" in one.expect and one.expect["outcome"] != "undetermined":
        follows["prra"] = one.expect["prra"]
    for name, value in follows.items():
        wanted[name] = str(value)
        got[name] = decision.consequence_names(name)[decision.consequence(name)[row]]
    if one.alternative is not None:
        wanted["alternative"] = str(one.alternative["outcome"])
        got["alternative"] = _rival(book, one, wanted["alternative"])
    wrong = [key for key in wanted if wanted[key] != got[key]]
    provision = _provisions(decision, row) if wrong else ""
    for key in wrong:
        yield Disagreement(one.id, key, wanted[key] or "none", got[key] or "none", provision)


def _order(ground: str) -> int:
    return ground_names((1 << len(GROUNDS)) - 1).index(ground)


def _provisions(decision: Decision, row: int) -> str:
    told = decision.explain(row)
    return "; ".join(told.cites) or "; ".join(dict.fromkeys(one.cite for one in told.frame if one.cite)) or "none"


def _rival(book: LawBook, one: Vignette, wanted: str) -> str:
    """Return the outcome under the rival readings: the wanted one where a reading gives it."""
    named = (one.alternative or {}).get("readings")
    tries = [dict(named)] if named else [
        {switch: choice} for switch, choices in book.switches.items() for choice in choices
        if choice != {**book.readings, **one.readings}[switch]
    ]
    outcomes = []
    for readings in tries:
        decision = decide(book, one.facts, {**one.readings, **readings})
        outcomes.append(OUTCOMES[decision.before_burden.outcome[0]])
    return wanted if wanted in outcomes else ", ".join(dict.fromkeys(outcomes))


__all__ = ["Disagreement", "Vignette", "disagreements", "read_vignettes", "scenario"]
