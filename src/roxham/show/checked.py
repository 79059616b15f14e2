"""The report, checked: each figure of the newspaper story with the series that supports or corrects it."""

from __future__ import annotations

import csv
import math
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal, cast

from pydantic import Field

from roxham.errors import EvidenceError, Problem
from roxham.show.text import Language, dollars, french, number, percent
from roxham.spec import Spec, load_yaml

Verdict = Literal["supported", "nuance", "corrected", "not_verified"]
Written = Literal["number", "percent", "points", "times", "dollars"]
NEWSPAPER = "newspaper.yaml"


class Wording(Spec):
    """One sentence in both languages."""

    en: str
    fr: str

    def in_(self, language: Language) -> str:
        """The sentence in that language."""
        return self.en if language == "en" else french(self.fr)


class FigureSpec(Spec):
    """How one figure is read from an evidence file, made of earlier figures, or cited."""

    name: str
    file: str | None = None
    where: dict[str, str | list[str]] = Field(default_factory=dict)
    column: str | None = None
    take: Literal["one", "sum", "mean"] = "one"
    of: list[str] = Field(default_factory=list)
    make: Literal["ratio", "share", "product"] | None = None
    value: float | None = None
    source: str | None = None
    as_: Written = Field(default="number", alias="as")
    decimals: int = 0


class RuleSpec(Spec):
    """The rule that gives a verdict: the figure meets what was claimed, or the verdict is `corrected`."""

    rule: Literal["near", "at_least", "at_most", "fixed"]
    figure: str | None = None
    claimed: float | None = None
    within: float = 0.0
    meets: Verdict = "supported"
    is_: Verdict | None = Field(default=None, alias="is")


class BarSpec(Spec):
    """One bar of a chart: a figure of the claim, or the number that the story gave."""

    label: Wording
    figure: str | None = None
    claimed: float | None = None


class ChartSpec(Spec):
    """The small chart of a claim: figures side by side, or an evidence series with some of its months marked."""

    title: Wording
    bars: list[BarSpec] = Field(default_factory=list)
    series: str | None = None
    from_: str = ""
    to: str = "9999"
    mark: list[str] = Field(default_factory=list)


class ClaimSpec(Spec):
    """One claim of the story."""

    id: str
    claim: Wording
    figures: list[FigureSpec]
    verdict: RuleSpec
    says: Wording
    chart: ChartSpec | None = None


class NewspaperSpec(Spec):
    """The file newspaper.yaml of a case."""

    claims: list[ClaimSpec]


@dataclass(frozen=True)
class Checked:
    """One claim with its verdict, the figures computed, and their addresses."""

    id: str
    verdict: Verdict
    figures: Mapping[str, float]
    sources: tuple[str, ...]
    spec: ClaimSpec

    def claim(self, language: Language) -> str:
        """The claim in that language."""
        return self.spec.claim.in_(language)

    def finding(self, language: Language) -> str:
        """What the evidence says, with the figures written as that language writes them."""
        written = {
            figure.name: write(self.figures[figure.name], figure.as_, figure.decimals, language)
            for figure in self.spec.figures
        }
        return self.spec.says.in_(language).format(**written)


@dataclass(frozen=True)
class Chart:
    """The small chart of a claim in one language: `values` by label (None where unknown), written `as_`.

    `kind` is `bars` or `line`, whose labels are periods; `told` are the bars that the story gave, `marked` the labels
    that the claim is about.
    """

    kind: Literal["bars", "line"]
    title: str
    labels: tuple[str, ...]
    values: tuple[float | None, ...]
    as_: Written
    told: tuple[str, ...]
    marked: tuple[str, ...]


def chart_of(claim: Checked, case_folder: Path, language: Language) -> Chart | None:
    """The small chart of a claim, or None where it has none.

    Raises EvidenceError when its series is not one of the case.
    """
    chart = claim.spec.chart
    if chart is None:
        return None
    title = chart.title.in_(language)
    if chart.series is not None:
        from roxham.evidence.series import load_series

        points = [one for one in load_series(case_folder, chart.series).points if chart.from_ <= one.period <= chart.to]
        labels, values = tuple(one.period for one in points), tuple(one.value for one in points)
        return Chart("line", title, labels, values, "number", (), tuple(one for one in labels if one in chart.mark))
    told = tuple(bar.label.in_(language) for bar in chart.bars if bar.figure is None)
    shown = {figure.name: figure.as_ for figure in claim.spec.figures}
    written: Written = next((shown[bar.figure] for bar in chart.bars if bar.figure is not None), "number")
    return Chart(
        "bars", title, tuple(bar.label.in_(language) for bar in chart.bars),
        tuple(bar.claimed if bar.figure is None else claim.figures[bar.figure] for bar in chart.bars), written, told,
        tuple(bar.label.in_(language) for bar in chart.bars if bar.figure in chart.mark),
    )  # fmt: skip


def check_report(case_folder: Path) -> tuple[Checked, ...]:
    """Every claim of the case's newspaper story, computed from its evidence files.

    Raises EvidenceError with every figure that could not be computed.
    """
    file = case_folder / NEWSPAPER
    newspaper = load_yaml(file, NewspaperSpec)
    problems: list[Problem] = []
    checked = []
    for claim in newspaper.claims:
        figures: dict[str, float] = {}
        sources: dict[str, None] = {}
        for figure in claim.figures:
            try:
                figures[figure.name], found = compute(figure, figures, case_folder / "evidence")
            except (EvidenceError, KeyError, ValueError) as error:
                problems.append(Problem(f"{claim.id}: figure {figure.name}: {error}", file=str(file)))
                continue
            sources.update(dict.fromkeys(found))
        if all(figure.name in figures for figure in claim.figures):
            verdict = judge(claim.verdict, figures)
            checked.append(Checked(claim.id, verdict, figures, tuple(sources), claim))
    if problems:
        raise EvidenceError(problems)
    return tuple(checked)


def compute(spec: FigureSpec, earlier: Mapping[str, float], folder: Path) -> tuple[float, tuple[str, ...]]:
    """The value of one figure and the addresses it rests on.

    Raises EvidenceError where the file has no such row, or more than one where one was asked for.
    """
    if spec.value is not None:
        return spec.value, (spec.source,) if spec.source and spec.source != "calendar" else ()
    if spec.make is not None:
        first, second = (earlier[name] for name in spec.of)
        made: Mapping[str, Callable[[], float]] = {
            "ratio": lambda: first / second,
            "share": lambda: first / second,
            "product": lambda: first * second,
        }
        return made[spec.make](), ()
    if spec.file is None or spec.column is None:
        raise EvidenceError("a figure needs a file and a column, a value with its source, or earlier figures")
    rows = [row for row in _rows(folder / spec.file) if _matches(row, spec.where)]
    values = [float(row[spec.column]) for row in rows if row.get(spec.column)]
    if not values or (spec.take == "one" and len(values) != 1):
        raise EvidenceError(f"{spec.file} has {len(values)} rows for {spec.where}")
    addresses = [row.get("source_url", "") for row in rows]
    joined = {part.strip() for address in addresses for part in address.split(" ; ") if part.startswith("http")}
    total = statistics.fmean(values) if spec.take == "mean" else math.fsum(values)
    return total, tuple(sorted(joined))


def judge(rule: RuleSpec, figures: Mapping[str, float]) -> Verdict:
    """The verdict that a rule gives for those figures."""
    if rule.rule == "fixed":
        return rule.is_ or "not_verified"
    value = figures[cast(str, rule.figure)]
    claimed = cast(float, rule.claimed)
    met = {
        "near": abs(value - claimed) <= rule.within * abs(claimed),
        "at_least": value >= claimed,
        "at_most": value <= claimed,
    }[rule.rule]
    return rule.meets if met else "corrected"


def write(value: float, written: Written, decimals: int, language: Language) -> str:
    """A figure in words of that language.

    >>> write(0.991, "percent", 0, "fr").replace("\\u00a0", "_")
    '99_%'
    """
    if written == "percent":
        return percent(value, language, decimals)
    if written == "points":
        return percent(value / 100, language, decimals)
    if written == "dollars":
        return dollars(value, language, decimals)
    return number(value, language, decimals)


@lru_cache(maxsize=16)
def _rows(file: Path) -> tuple[dict[str, str], ...]:
    if not file.is_file():
        raise EvidenceError(Problem("no such file", file=str(file)))
    with file.open(encoding="utf-8", newline="") as stream:
        return tuple(csv.DictReader(stream))


def _matches(row: Mapping[str, str], where: Mapping[str, str | Sequence[str]]) -> bool:
    """True where a row has the wanted values; a key `year+month` joins two columns with a hyphen."""
    for key, wanted in where.items():
        held = "-".join(row[column] for column in key.split("+"))
        if held != wanted and (isinstance(wanted, str) or held not in wanted):
            return False
    return True
