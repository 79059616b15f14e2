"""Every error that Roxham raises on purpose, in one tree.

    RoxhamError
    ├── SpecError            a file or an argument does not say what it must
    │   ├── UnknownName      a name that the case does not declare
    │   ├── UnitError        a quantity, date or amount that cannot be read
    │   └── SourceMissing    a number without a source and not marked assumed
    ├── LawError             a rule, fact or amendment of the law that does not hold together
    ├── EvidenceError        an observed series that is missing, or asked for outside its dates
    └── RunError             a run that cannot start, or whose results cannot be written or read

An error carries all the problems found at once, each with its place in a file when it has one.
"""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

__all__ = [
    "EvidenceError",
    "LawError",
    "Problem",
    "RoxhamError",
    "RunError",
    "SourceMissing",
    "SpecError",
    "UnitError",
    "UnknownName",
    "did_you_mean",
    "raise_problems",
]


#: A longer word is no slip of the pen; no time is spent on it.
MOST_LETTERS = 100


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong, where it stands, and what was probably meant.

    Lines and columns count from 1. The hint is the word that was probably meant, nothing more.

    >>> print(Problem('"Lacole" is not a place', file="services.yaml", line=14, column=9, hint="lacolle"))
    services.yaml:14:9: "Lacole" is not a place (did you mean "lacolle"?)
    """

    message: str
    file: str | None = None
    line: int | None = None
    column: int | None = None
    hint: str | None = None

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.file, self.line, self.column) if part is not None)
        hint = f' (did you mean "{self.hint}"?)' if self.hint else ""
        return f"{place}: {self.message}{hint}" if place else f"{self.message}{hint}"

    def at(self, file: str | None, line: int | None = None, column: int | None = None) -> Problem:
        """Return the same problem with a place; parts of a place that it already has are kept."""
        if self.line is not None:
            line, column = self.line, self.column
        return dataclasses.replace(self, file=self.file or file, line=line, column=column)


class RoxhamError(Exception):
    """Something that the reader can mend, told as a list of problems.

    >>> error = SpecError(["no places", Problem("no services", file="case.yaml")])
    >>> print(error)
    no places
    case.yaml: no services
    >>> len(error.problems)
    2
    """

    problems: tuple[Problem, ...]

    def __init__(self, problems: str | Problem | Sequence[str | Problem]) -> None:
        listed = [problems] if isinstance(problems, str | Problem) else list(problems)
        self.problems = tuple(Problem(one) if isinstance(one, str) else one for one in listed)
        super().__init__(self.problems)

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)


class SpecError(RoxhamError, ValueError):
    """A file or an argument does not say what it must.

    It is a ValueError too, so a check inside a spec may raise it and the other checks still run.
    """


class UnknownName(SpecError):
    """A place, service, parameter, metric or other name that the case does not declare."""


class UnitError(SpecError):
    """A quantity, rate, duration, date or amount of money that cannot be read as one."""


class SourceMissing(SpecError):
    """A number that has no source and is not marked assumed."""


class LawError(RoxhamError):
    """A rule, fact or amendment of the law that does not hold together."""


class EvidenceError(RoxhamError):
    """An observed series that is missing, or asked for outside its dates."""


class RunError(RoxhamError):
    """A run that cannot start, or whose results cannot be written or read."""


def did_you_mean(word: str, choices: Iterable[str]) -> str | None:
    """Return the choice that was probably meant, or None when none is near.

    Upper and lower case, spaces, hyphens and underscores do not count as differences.

    >>> did_you_mean("Roxam Road", ["roxham_road", "quebec_east"])
    'roxham_road'
    >>> did_you_mean("zzz", ["roxham_road"]) is None
    True
    """
    folded: dict[str, str] = {}
    for choice in choices:
        folded.setdefault(_fold(choice), choice)
    near = difflib.get_close_matches(_fold(str(word)[:MOST_LETTERS]), folded, n=1, cutoff=0.6)
    return folded[near[0]] if near else None


def raise_problems(problems: Iterable[Problem], kind: type[RoxhamError] = SpecError) -> None:
    """Raise one error of this kind with all the problems; do nothing when there are none.

    >>> raise_problems([])
    """
    found = tuple(problems)
    if found:
        raise kind(found)


def _fold(word: str) -> str:
    return "".join("_" if letter in " -_." else letter for letter in word.strip().casefold())
