"""What is wrong with a folder: one list of faults, each with its file, its line and how bad it is.

A fault is `fatal` when the folder cannot be run, `wrong` when it can but would surely not give what was meant
(Flee often runs on in silence), and a `note` when it is only worth knowing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from roxham.errors import Problem, did_you_mean, raise_problems

__all__ = ["Fault", "Faults", "Severity"]

Severity = Literal["fatal", "wrong", "note"]

TOLD = 5  # faults of one kind in one file that are told in full
_ORDER = {"fatal": 0, "wrong": 1, "note": 2}
_VALUES = re.compile(r'"[^"]*"|[0-9][0-9.,]*')


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with a folder, and how bad that is.

    >>> print(Fault("wrong", Problem("no place has this name", file="conflicts.csv", line=1)))
    conflicts.csv:1: wrong: no place has this name
    """

    severity: Severity
    problem: Problem

    def __str__(self) -> str:
        told = self.problem
        return str(Problem(f"{self.severity}: {told.message}", told.file, told.line, told.column, told.hint))


@dataclass(slots=True)
class Faults:
    """The faults found so far; reading goes on after each, so that all are told at once.

    Of faults that say the same of many lines, the first few stand in full and the rest as a number.
    """

    found: list[Fault] = field(default_factory=list)
    alike: dict[tuple[Severity, str | None, str], int] = field(default_factory=dict)

    def add(self, severity: Severity, problem: Problem) -> None:
        """Note a fault, or only count it when enough like it were told."""
        kind = (severity, problem.file, _VALUES.sub("", problem.message))
        self.alike[kind] = self.alike.get(kind, 0) + 1
        if self.alike[kind] <= TOLD:
            self.found.append(Fault(severity, problem))

    def fatal(self, message: str, file: str, line: int | None = None, hint: str | None = None) -> None:
        """Note something that stops a run."""
        self.add("fatal", Problem(message, file, line, None, hint))

    def wrong(self, message: str, file: str, line: int | None = None, hint: str | None = None) -> None:
        """Note something that a run survives but that is surely not what was meant."""
        self.add("wrong", Problem(message, file, line, None, hint))

    def note(self, message: str, file: str, line: int | None = None) -> None:
        """Note something that is worth knowing."""
        self.add("note", Problem(message, file, line))

    def unknown(self, what: str, name: str, choices: Iterable[str], file: str, line: int, *,
                severity: Severity = "fatal") -> None:
        """Note a name that nothing bears, with the one that was probably meant."""
        shown = name if len(name) <= 60 else f"{name[:57]}..."
        self.add(severity, Problem(f'"{shown}" is not {what}', file, line, None, did_you_mean(shown, choices)))

    def listed(self) -> tuple[Fault, ...]:
        """Return the faults, the worst first, with a line for those that were only counted."""
        rest = [
            Fault(severity, Problem(f"{count - TOLD:,} more like the last of these lines", file))
            for (severity, file, _), count in self.alike.items()
            if count > TOLD
        ]
        return tuple(sorted([*self.found, *rest], key=lambda fault: _ORDER[fault.severity]))

    def stop_if_fatal(self) -> None:
        """Raise SpecError with every fatal fault; do nothing when there is none."""
        raise_problems(fault.problem for fault in self.listed() if fault.severity == "fatal")

    @property
    def is_fatal(self) -> bool:
        """Whether any fault found so far stops a run."""
        return any(fault.severity == "fatal" for fault in self.found)
