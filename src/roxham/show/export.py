"""What leaves Roxham as a file says where it comes from: version, case, address and sources, in the file itself."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from roxham.show.folder import Cell
from roxham.show.plot import fan_chart, house_style
from roxham.show.table import metric_label
from roxham.show.text import Language, say
from roxham.sim.metrics import unit_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from roxham.lab.summary import StudyResult

#: Characters of a line under a chart.
WIDE_LINE = 130


@dataclass(frozen=True)
class Origin:
    """Where a file comes from."""

    version: str
    case: str
    case_hash: str
    study: str
    draws: int
    seed: int
    address: str
    sources: tuple[str, ...] = ()

    def lines(self) -> list[str]:
        """The same in lines of words.

        >>> Origin("1.0", "toy", "abcdef0123456789", "mine", 5, 7, "http://x/en/lab").lines()[0]
        'Roxham 1.0, case toy (abcdef012345), study mine, 5 draws, seed 7'
        """
        first = (
            f"Roxham {self.version}, case {self.case} ({self.case_hash[:12]}), study {self.study}, "
            f"{self.draws} draws, seed {self.seed}"
        )
        return [first, self.address, "A model of the law and of the road, not legal advice.",
                *(f"source: {one}" for one in self.sources)]  # fmt: skip


def summary_csv(result: StudyResult, origin: Origin) -> str:
    """The summary as CSV, its origin in lines that begin with `#`; the table is that of `summary.csv`."""
    return "".join(f"# {' '.join(line.split())}\n" for line in origin.lines()) + result.summary.to_csv()


def draws_parquet(draws: Path, target: Path, origin: Origin) -> None:
    """Write the draws of a stored run once more, with their origin among the file's own facts."""
    import duckdb

    facts = {
        "roxham": origin.version, "case": origin.case, "case_hash": origin.case_hash, "study": origin.study,
        "address": origin.address, "sources": "\n".join(origin.sources),
    }  # fmt: skip
    told = ", ".join(f'"{name}": {_quoted(value)}' for name, value in facts.items())
    with duckdb.connect() as connection:
        connection.execute(
            f"COPY (SELECT * FROM read_parquet({_quoted(str(draws))})) TO {_quoted(str(target))} "
            f"(FORMAT parquet, COMPRESSION zstd, KV_METADATA {{{told}}})"
        )


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def metric_chart(
    result: StudyResult,
    metric: str,
    scenario: str,
    origin: Origin,
    *,
    place: str = "all",
    language: Language = "en",
    observed: Mapping[str, float] | None = None,
) -> Figure:
    """Months of one metric in a scenario, the baseline behind it, what was seen, and below it where this comes from.

    Raises UnknownName when the result has no such metric, scenario or place.
    """
    unit = unit_of(metric, result.currency)
    base = result.study.baseline.name
    told = next(one for one in result.study.scenarios if one.name == scenario)
    title = f"{metric_label(metric, language)}\n{told.title.fr if language == 'fr' else told.title.en}"
    cells = _cells(result, scenario, metric, place, unit)
    behind = _cells(result, base, metric, place, unit) if scenario != base else None
    words = say(f"because_unit_{unit}", language) if unit not in ("CAD",) and _has_unit(unit) else unit
    import matplotlib

    with house_style(), matplotlib.rc_context({"text.parse_math": False}):
        figure = fan_chart(cells, observed if scenario == base else None, title=title, label=words, language=language,
                           behind=behind)  # fmt: skip
        width, height = figure.get_size_inches()
        figure.set_size_inches(width, height + 0.9)
        figure.supxlabel("\n".join(_folded(origin.lines()[:2])), fontsize=5, color="#555555", x=0.01, ha="left")
    return figure


def _has_unit(unit: str) -> bool:
    from roxham.show.text import has

    return has(f"because_unit_{unit}")


def _cells(result: StudyResult, scenario: str, metric: str, place: str, unit: str) -> list[tuple[str, Cell]]:
    rows = ((month, result.summary.row(scenario, metric, place, month)) for month in result.months)
    return [(month, Cell(unit, row)) for month, row in rows]


def _folded(lines: Sequence[str]) -> list[str]:
    return [line[first : first + WIDE_LINE] for line in lines for first in range(0, len(line), WIDE_LINE)]


def picture(figure: Figure, kind: str, origin: Origin) -> bytes:
    """A figure as PNG or SVG; the file says where it comes from too."""
    import matplotlib

    said = " | ".join(origin.lines())
    facts = {"Description": said} if kind == "png" else {"Date": None, "Creator": None, "Description": said}
    buffer = io.BytesIO()
    with house_style(), matplotlib.rc_context({"svg.hashsalt": origin.study, "text.parse_math": False}):
        figure.savefig(buffer, format=kind, dpi=200, metadata=facts)
    return buffer.getvalue()
