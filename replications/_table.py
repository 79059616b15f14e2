"""What every replication shares: its inputs, each with a citation or the word *inferred*, and the table it prints.

A replication passes when nothing is wrong with it (`problems` is empty): every input carries a citation or the word
*inferred* with the reason, and every difference over 2 % names the input that it comes from.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from roxham._yaml import parse
from roxham.evidence.tables import case_folder

INFERRED = "inferred"
#: A difference up to this share of the published figure needs no reason.
SMALL = 0.02


@dataclass(frozen=True)
class Input:
    """One number that goes in: its source is an address, an id of `sources.yaml`, or the word *inferred*."""

    name: str
    value: float
    unit: str
    source: str
    note: str = ""


@dataclass(frozen=True)
class Line:
    """One figure, published and ours; `because` names the input behind a difference over 2 %.

    `fitted` says that an input was set with this figure in sight: such a line is no test.
    """

    what: str
    unit: str
    published: float
    ours: float
    because: str = ""
    fitted: bool = False
    decimals: int = 0

    @property
    def difference(self) -> float:
        """Relative difference of ours from the published figure."""
        return self.ours / self.published - 1


@dataclass(frozen=True)
class Replication:
    """A published result rebuilt: what went in, what came out beside what was published, and what to know."""

    title: str
    inputs: tuple[Input, ...]
    lines: tuple[Line, ...]
    notes: tuple[str, ...] = ()

    def line(self, what: str) -> Line:
        """The line of a figure."""
        return next(line for line in self.lines if line.what == what)

    def problems(self, known: frozenset[str]) -> list[str]:
        """Everything that keeps the replication from passing; `known` are the source ids that may be cited."""
        names = {one.name for one in self.inputs}
        found = [f"{one.name}: no citation" for one in self.inputs if not _cited(one.source, known)]
        found += [f"{one.name}: inferred from what?" for one in self.inputs if one.source == INFERRED and not one.note]
        for line in self.lines:
            if abs(line.difference) > SMALL and line.because not in names:
                found.append(f"{line.what}: {line.difference:+.1%} because of no named input")
        return found

    def text(self) -> str:
        """The table as it is printed."""
        wide = max(len(line.what) for line in self.lines) + 2
        out = [self.title, "", f"{'':<{wide}}{'published':>12}{'ours':>12}{'off':>8}"]
        for line in self.lines:
            number = f",.{line.decimals}f"
            told = ["fitted"] if line.fitted else []
            if abs(line.difference) > SMALL:
                told.append(f"because of: {line.because}")
            out.append(f"{line.what:<{wide}}{line.published:>12{number}}{line.ours:>12{number}}"
                       f"{line.difference:>+8.1%}  {line.unit:<14}{'; '.join(told)}".rstrip())
        out += ["", "inputs"]
        for one in self.inputs:
            note = f" ({one.note})" if one.note else ""
            out.append(f"  {one.name}: {one.value:,.6g} {one.unit}; {one.source}{note}")
        return "\n".join([*out, *(["", *self.notes] if self.notes else [])]) + "\n"


def _cited(source: str, known: frozenset[str]) -> bool:
    return source == INFERRED or source.startswith("http") or (bool(source) and set(source.split(";")) <= known)


def sources(*files: Path) -> frozenset[str]:
    """The ids that may be cited: those of the shipped case, and of further files."""
    found: set[str] = set()
    for file in (case_folder("canada_us") / "sources.yaml", *files):
        found |= set(parse(file.read_text(encoding="utf-8"), str(file)))
    return frozenset(found)
