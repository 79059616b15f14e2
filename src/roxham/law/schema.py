"""What the YAML files of a body of law may contain."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from roxham.law import rules as law
from roxham.spec import Spec


class Words(Spec):
    """A text in both languages."""

    en: str
    fr: str

    def words(self) -> law.Words:
        return law.Words(self.en, self.fr)


class InstrumentText(Spec):
    """A law, treaty, order or policy."""

    label: Words
    cite: str


class VersionText(Spec):
    """A dated version of a rule; `applies_from` may hold a clock time, `ends` is the last day.

    `enacted_only`: enacted but not in force; a reform may start it.
    """

    instrument: str
    on: Literal["entry", "claim", "decision"]
    applies_from: str
    known_from: date
    ends: date | None = None
    cite: str
    label: Words
    enacted_only: bool = False


class StepText(Spec):
    """One step of a parameter."""

    from_: date
    value: int | date | None


class ParameterText(Spec):
    """A dated number of the law; the first step holds before its date too, where a rule needs it."""

    on: Literal["entry", "claim", "decision"]
    unit: str
    cite: str
    label: Words
    steps: list[StepText]


class SwitchText(Spec):
    """An open point of law and its readings."""

    default: str
    choices: list[str]
    cite: str
    label: Words


class ClauseText(Spec):
    """One way in which a rule is met."""

    when: Any
    cite: str | None = None
    label: Words | None = None
    version: str | None = None


class RuleText(Spec):
    """A named rule: `when` for one condition, `clauses` for several ways of meeting it."""

    cite: str
    label: Words
    when: Any = None
    version: str | None = None
    clauses: list[ClauseText] = []
    if_unknown: Literal["met", "not_established"] | None = None
    about: Literal["anchors", "prior_claims_abroad"] | None = None
    note: Words | None = None


class StageText(Spec):
    """One line of a table read downwards."""

    result: str
    when: str | None = None
    unless: str | None = None


class ExceptionText(Spec):
    """An exception: its rule, and the rule that bars it."""

    rule: str
    barred_by: str | None = None


class ConsequenceText(Spec):
    """One line of a table of consequences."""

    value: str
    outcomes: list[str] = []
    any_of: list[str] = []
    only: list[str] = []
    stca: list[str] = []
    rule: str | None = None
    version: str | None = None
    cite: str
    label: Words


class CountryRowText(Spec):
    """Countries with one answer from a moment on, until the last day or moment that it holds."""

    countries: list[str] = []
    answer: Literal["yes", "no", "unknown"]
    from_: str
    until: str | None = None


class CountryTableText(Spec):
    """A fact that nationality tells on a date: the first line that fits, then the lines for every other country."""

    on: Literal["entry", "claim", "decision"]
    combine: Literal["any", "all"]
    cite: str
    label: Words
    note: str | None = None
    rows: list[CountryRowText]
    rest: list[CountryRowText] = []


class LawFile(Spec):
    """One file of the law folder; every section may be left out."""

    title: Words | None = None
    notice: Words | None = None
    checked_to: dict[str, str] | None = None
    instruments: dict[str, InstrumentText] = {}
    versions: dict[str, VersionText] = {}
    parameters: dict[str, ParameterText] = {}
    readings: dict[str, SwitchText] = {}
    rules: dict[str, RuleText] = {}
    frame: list[StageText] = []
    stca: list[StageText] = []
    exceptions: list[ExceptionText] = []
    grounds: dict[str, str] = {}
    consequences: dict[str, list[ConsequenceText]] = {}
    countries: dict[str, CountryTableText] = {}
