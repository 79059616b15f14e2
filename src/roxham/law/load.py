"""Read the law of a case from YAML that a lawyer can read, and tell everything that is wrong with it at once.

A condition is a mapping; several keys in one mapping must all hold. Keys: a fact with its value or list of values
(`came_from_us: true`, `entry_place: [land_poe, rail_poe]`), a fact with bounds (`claim_at: {from: 2019-06-21}`,
`days_since_entry: {below: between_poe_limit_days}`), another rule (`rule: name`, or a list of rules), a version in
force (`in_force: RV11`), a reading (`reading: {day14: protocol}`), `any_anchor` / `any_claim_abroad` with a
condition about one record, and `all`, `any`, `not`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any as Anything

from roxham.errors import LawError, Problem, RoxhamError, did_you_mean, raise_problems
from roxham.law import rules as law
from roxham.law.countries import CountryRow, CountryTable
from roxham.law.expr import All, Always, Any, AnyRecord, Below, Between, Holds, InForce, Is, Node, Not, Reading, Rule
from roxham.law.facts import BY_COUNTRY, DERIVED, FACTS, Fact, codes, country_code
from roxham.law.schema import (
    ClauseText,
    ConsequenceText,
    CountryRowText,
    CountryTableText,
    LawFile,
    ParameterText,
    RuleText,
    StageText,
    VersionText,
)
from roxham.law.values import day, moment, read
from roxham.spec import load_yaml

_SCOPES = {"any_anchor": "anchors", "any_claim_abroad": "prior_claims_abroad"}
_SECTIONS = ("instruments", "versions", "parameters", "readings", "rules", "grounds", "consequences",
             "countries")
_WORDS = ("all", "any", "not", "rule", "in_force", "reading", "always", *_SCOPES)


class _Reader:
    """Turns the files of a folder into one book and collects what is wrong."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.sections: dict[str, dict[str, Anything]] = {
            name: {} for name in _SECTIONS
        }
        self.lists: dict[str, list[Anything]] = {name: [] for name in ("frame", "stca", "exceptions")}
        self.head: dict[str, Anything] = {}
        self.place: dict[str, Path] = {}
        self.here = ""
        self.spot: Anything = None

    def add(self, path: Path) -> None:
        """Take in one file."""
        try:
            text = load_yaml(path, LawFile)
        except RoxhamError as error:
            self.problems += error.problems
            return
        for name, section in self.sections.items():
            for key, value in getattr(text, name).items():
                if key in section:
                    self.problem(f'"{key}" is written twice in {name}', path=path)
                section[key] = value
                self.place[f"{name}.{key}"] = path
        for name, listed in self.lists.items():
            listed += getattr(text, name)
        for name in ("title", "notice", "checked_to"):
            if getattr(text, name) is not None:
                self.head[name] = getattr(text, name)

    def problem(self, message: str, hint: str | None = None, path: Path | None = None) -> None:
        """Note one thing that is wrong, with the file and line of the condition or rule being read."""
        if self.spot is not None:
            self.problems.append(Problem(message, self.spot.file, self.spot.line, self.spot.column, hint))
            return
        place = path or self.place.get(self.here)
        self.problems.append(Problem(message, file=str(place) if place else None, hint=hint))

    def known(self, kind: str, name: str) -> bool:
        """Note a problem when a name is not declared."""
        if name in self.sections[kind]:
            return True
        self.problem(f'"{name}" is not among the {kind}', did_you_mean(name, self.sections[kind]))
        return False

    # ---- conditions

    def condition(self, data: Anything, scope: str | None = None) -> Node:
        """Read one condition."""
        if not isinstance(data, Mapping):
            self.problem(f"a condition is a mapping such as {{came_from_us: true}}, not {data!r}")
            return Always()
        self.spot = getattr(data, "where", None) or self.spot
        parts = [self._part(str(key), value, scope) for key, value in data.items()]
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def _part(self, key: str, value: Anything, scope: str | None) -> Node:
        if key in ("all", "any"):
            listed = value if isinstance(value, list) else [value]
            parts = tuple(self.condition(one, scope) for one in listed)
            return All(parts) if key == "all" else Any(parts)
        if key == "not":
            return Not(self.condition(value, scope))
        if key == "always":
            return Always()
        if key == "rule":
            names = value if isinstance(value, list) else [value]
            known: list[Node] = [Rule(name) for name in names if self.known("rules", name)]
            return known[0] if len(known) == 1 else All(tuple(known))
        if key == "in_force":
            return self._in_force(value)
        if key == "reading":
            return self._reading(value)
        if key in _SCOPES:
            return AnyRecord(_SCOPES[key], self.condition(value, _SCOPES[key]))
        fact = FACTS.get(key) or DERIVED.get(key)
        if fact is None or fact.kind in ("records", "days", "countries"):
            hint = did_you_mean(key, [*FACTS, *DERIVED, *_WORDS])
            self.problem(f'"{key}" is not a fact that a condition can test', hint)
            return Always()
        if fact.scope is not None and fact.scope != scope:
            self.problem(f'"{key}" can only be tested inside a condition about one of the {fact.scope}')
        return self._test(fact, value)

    def _in_force(self, value: Anything) -> Node:
        data = value if isinstance(value, Mapping) else {"version": value}
        name = str(data.get("version"))
        self.known("versions", name)
        return InForce(name, data.get("on"), bool(data.get("whole_day", False)))

    def _reading(self, value: Anything) -> Node:
        parts: list[Node] = []
        for switch, choice in value.items():
            if self.known("readings", switch) and choice not in self.sections["readings"][switch].choices:
                choices = self.sections["readings"][switch].choices
                self.problem(f'"{choice}" is not a reading of {switch}', did_you_mean(str(choice), choices))
            parts.append(Reading(switch, str(choice)))
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def _test(self, fact: Fact, value: Anything) -> Node:
        if isinstance(value, Mapping):
            return self._bounds(fact, value)
        listed = value if isinstance(value, list) else [value]
        try:
            if fact.kind == "set":
                return Holds(fact.name, sum(codes(fact.name)[str(one)] for one in listed))
            return Is(fact.name, tuple(int(read(fact, one).value) for one in listed))
        except LawError as error:
            for one in error.problems:
                self.problem(f"{fact.name}: {one.message}", one.hint)
        except KeyError as error:
            self.problem(f"{fact.name}: {error} is not one of {', '.join(fact.values)}")
        return Always()

    def _bounds(self, fact: Fact, bounds: Mapping[str, Anything]) -> Node:
        parts: list[Node] = []
        for word, bound in bounds.items():
            if word in ("below", "at_most") and bound in self.sections["parameters"]:
                parts.append(Below(fact.name, str(bound), int(word == "at_most")))
            elif word == "below":
                parts.append(Between(fact.name, None, self._number(fact, bound)))
            elif word == "at_most":
                parts.append(Between(fact.name, None, self._number(fact, bound) + 1))
            elif word in ("from", "at_least"):
                parts.append(Between(fact.name, self._number(fact, bound), None))
            else:
                hint = did_you_mean(word, ("from", "below", "at_least", "at_most"))
                self.problem(f'{fact.name}: "{word}" is not a bound', hint)
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def _number(self, fact: Fact, bound: Anything) -> int:
        if isinstance(bound, str) and fact.kind == "number":
            self.problem(f'{fact.name}: "{bound}" is not a parameter', did_you_mean(bound, self.sections["parameters"]))
            return 0
        try:
            if fact.kind == "moment":
                return _start(bound)
            return day(bound) if fact.kind == "day" else int(bound)
        except (LawError, TypeError, ValueError) as error:
            self.problem(f"{fact.name}: {error}")
            return 0

    # ---- sections

    def provision(self, name: str, text: RuleText) -> law.Provision:
        """Read one rule."""
        self.here, self.spot = f"rules.{name}", text.__dict__.get("_where")
        if (text.when is None) == (not text.clauses):
            self.problem(f'"{name}" needs either "when" or "clauses"')
        listed = text.clauses or [ClauseText(when=text.when or {"always": True}, version=text.version)]
        clauses = []
        for one in listed:
            if one.version is not None:
                self.known("versions", one.version)
            label = one.label.words() if one.label else None
            clauses.append(law.Clause(self.condition(one.when, text.about), one.cite or text.cite, label, one.version))
        note = text.note.words() if text.note else None
        return law.Provision(name, text.cite, text.label.words(), tuple(clauses), text.if_unknown, note)

    def version(self, name: str, text: VersionText) -> law.Version:
        """Read one rule version."""
        self.here, self.spot = f"versions.{name}", text.__dict__.get("_where")
        self.known("instruments", text.instrument)
        end = law.seconds(text.ends + timedelta(days=1)) if text.ends else None
        known = law.day_number(text.known_from)
        try:
            start = _start(text.applies_from)
        except LawError as error:
            self.problem(f"applies_from: {error}")
            start = 0
        if end is not None and end <= start:
            self.problem(f"{name} ends on {text.ends}, before it applies")
        label = text.label.words()
        return law.Version(name, text.instrument, text.on, start, known, end, text.cite, label, never=text.enacted_only)

    def country_table(self, name: str, text: CountryTableText) -> CountryTable:
        """Read one table of what a nationality means on a date."""
        self.here, self.spot = f"countries.{name}", text.__dict__.get("_where")
        if name not in BY_COUNTRY:
            self.problem(f'"{name}" is not a fact that a nationality tells', did_you_mean(name, BY_COUNTRY))
        rows, rest = (tuple(self._country_row(one) for one in listed) for listed in (text.rows, text.rest))
        return CountryTable(name, text.on, text.combine, text.cite, text.label.words(), rows, rest)

    def _country_row(self, text: CountryRowText) -> CountryRow:
        self.spot = text.__dict__.get("_where") or self.spot
        answer = {"yes": 1, "no": 0, "unknown": -1}[text.answer]
        codes_, start, end = [], 0, None
        try:
            codes_ = [country_code(one) for one in text.countries]
            start = _start(text.from_)
            end = None if text.until is None else _start(text.until) + (law.DAY if len(text.until) == 10 else 0)
        except LawError as error:
            for one in error.problems:
                self.problem(one.message, one.hint)
        return CountryRow(tuple(codes_), answer, start, end)

    def stage(self, text: StageText, results: tuple[str, ...], section: str) -> law.Stage:
        """Read one line of a table."""
        self.spot = text.__dict__.get("_where")
        if text.result not in results:
            self.problem(f'{section}: "{text.result}" is not a result', did_you_mean(text.result, results))
        rule = text.when or text.unless
        if rule is not None:
            self.known("rules", rule)
        return law.Stage(text.result, rule, text.when is None and rule is not None)

    def book(self) -> law.LawBook:
        """Put the book together, or raise LawError with everything that is wrong."""
        read_ = self.sections
        self.here = ""
        provisions = {name: self.provision(name, text) for name, text in read_["rules"].items()}
        versions = {name: self.version(name, text) for name, text in read_["versions"].items()}
        countries = {name: self.country_table(name, text) for name, text in read_["countries"].items()}
        self.here, self.spot = "", None
        frame = tuple(self.stage(text, law.OUTCOMES, "frame") for text in self.lists["frame"])
        stca = tuple(self.stage(text, law.STCA, "stca") for text in self.lists["stca"])
        exceptions = []
        for text in self.lists["exceptions"]:
            self.spot = text.__dict__.get("_where")
            for name in (text.rule, text.barred_by):
                if name is not None:
                    self.known("rules", name)
            exceptions.append(law.Stage(text.rule, text.rule, barred_by=text.barred_by))
        self.spot = None
        self._check_grounds()
        self._check_cycles(provisions)
        for name in ("title", "notice", "checked_to"):
            if name not in self.head:
                self.problem(f'the law needs its "{name}"')
        raise_problems(self.problems, LawError)
        return law.LawBook(
            title=self.head["title"].words(),
            checked_to=MappingProxyType(dict(self.head["checked_to"])),
            notice=self.head["notice"].words(),
            instruments=_frozen({k: law.Instrument(k, v.label.words(), v.cite)
                                 for k, v in read_["instruments"].items()}),
            versions=_frozen(versions),
            parameters=_frozen({k: _parameter(k, v) for k, v in read_["parameters"].items()}),
            open_points=_frozen({k: law.Switch(k, v.default, tuple(v.choices), v.cite, v.label.words())
                              for k, v in read_["readings"].items()}),
            provisions=_frozen(provisions),
            frame=frame,
            stca=stca,
            exceptions=tuple(exceptions),
            grounds=_frozen({ground: read_["grounds"][ground] for ground in law.GROUNDS}),
            consequences=_frozen({k: tuple(_consequence(one) for one in v) for k, v in read_["consequences"].items()}),
            countries=_frozen(countries),
        )

    def _check_grounds(self) -> None:
        for ground, rule in self.sections["grounds"].items():
            self.here = f"grounds.{ground}"
            if ground not in law.GROUNDS:
                self.problem(f'"{ground}" is not a ground', did_you_mean(ground, law.GROUNDS))
            self.known("rules", rule)
        self.here = ""
        for ground in law.GROUNDS:
            if ground not in self.sections["grounds"]:
                self.problem(f'ground "{ground}" has no rule')
        for name, table in self.sections["consequences"].items():
            for row in table:
                self.spot = row.__dict__.get("_where")
                if row.rule is not None:
                    self.known("rules", row.rule)
                if row.version is not None:
                    self.known("versions", row.version)
                checks = ((row.outcomes, law.OUTCOMES), (row.stca, law.STCA), (row.any_of + row.only, law.GROUNDS))
                for given, allowed in checks:
                    for one in given:
                        if one not in allowed:
                            self.problem(f'{name}: "{one}" is not known', did_you_mean(one, allowed))
        self.spot = None

    def _check_cycles(self, provisions: Mapping[str, law.Provision]) -> None:
        needs = {
            name: {node.name for clause in rule.clauses for node in clause.when.walk() if isinstance(node, Rule)}
            for name, rule in provisions.items()
        }
        done: set[str] = set()
        while ready := {name for name, used in needs.items() if name not in done and used <= done}:
            done |= ready
        for name in sorted(set(needs) - done):
            if needs[name] <= set(needs):
                self.here, self.spot = f"rules.{name}", self.sections["rules"][name].__dict__.get("_where")
                self.problem(f'"{name}" rests, in the end, on itself')


def _start(text: Anything) -> int:
    """Return the first second of a day, or the second that a clock time names."""
    seconds = moment(text)
    timed = isinstance(text, str) and len(text) > 10
    return seconds if timed else seconds // law.DAY * law.DAY


def _parameter(name: str, text: ParameterText) -> law.Parameter:
    steps = tuple(
        (law.seconds(step.from_), law.day_number(step.value) if isinstance(step.value, date) else step.value)
        for step in text.steps
    )
    return law.Parameter(name, text.on, text.unit, text.cite, text.label.words(), steps)


def _consequence(text: ConsequenceText) -> law.Consequence:
    return law.Consequence(
        text.value,
        tuple(text.outcomes),
        tuple(text.any_of),
        tuple(text.only),
        tuple(text.stca),
        text.rule,
        text.version,
        text.cite,
        text.label.words(),
    )


def _frozen(mapping: dict[str, Anything]) -> Mapping[str, Anything]:
    return MappingProxyType(mapping)


def load_book(folder: Path) -> law.LawBook:
    """Read every YAML file of a folder as one body of law."""
    paths = sorted(folder.glob("*.yaml"))
    if not paths:
        raise LawError(Problem("no law here: the folder holds no .yaml files", file=str(folder)))
    reader = _Reader()
    for path in paths:
        reader.add(path)
    return reader.book()
