"""The guided tour of the flagship study: six charts and their figures, read from the folder of a finished run.

What is stored is small enough to travel with the package: monthly bands, a few differences, the law's dates. Nothing
here simulates; the sentences are written where the tour is shown.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from roxham.evidence.ledger import ledger
from roxham.show.claim import danger
from roxham.show.findings import CLOSED, segment_names
from roxham.show.fit import fit, observed_entries
from roxham.show.folder import Band, RunFolder
from roxham.show.page import verdict_words
from roxham.show.text import LANGUAGES, Language, number, span

__all__ = ["MANIFEST", "MILLIONS", "STEPS", "band_text", "rounded", "tour"]

ENTRIES, UNSEEN, HEARD = "entries_irregular", "entries_undetected", "heard"
MILLIONS = 1e6
#: Below this, numbers are written with a decimal.
SMALL = 20.0
#: What a stored tour keeps of the run's manifest.
MANIFEST = ("case", "case_hash", "code_version", "seed", "draws", "from", "to")
#: Each step: its name, its scenario, the metric by month, and the differences that its sentence may use.
STEPS = (
    ("as_it_was", "as-it-was", ENTRIES, ()),
    ("protocol_never", "protocol-never", ENTRIES, (ENTRIES, HEARD, "nights_without_bed", "cost_federal")),
    ("protocol_2019", "protocol-2019", ENTRIES, (ENTRIES, HEARD, "wait_days_rpd", "cost_federal")),
    ("police_close", CLOSED, "", ()),
    ("transfer_all", "transfer-all", "persons_without_bed", ("nights_without_bed", "transferred", "cost_provincial")),
    ("hearings_double", "hearings-double", "wait_days_rpd", ("wait_days_rpd", "cost_federal", "cost_provincial")),
)


def tour(run: RunFolder, case_folder: Path) -> dict[str, Any]:
    """Everything that the tour shows, as plain data: `steps`, the `observed` months, published `years`, `manifest`.

    Raises KeyError where the run lacks a scenario of the tour.
    """
    return {
        "manifest": {key: run.manifest[key] for key in MANIFEST},
        "observed": observed_entries(case_folder),
        "years": [
            {"label": one.label, "observed": one.observed, "source": one.source, **_band(one.model)}
            for one in fit(run, case_folder).entries
        ],
        "steps": [
            _closed(run, case_folder, name) if scenario == CLOSED else _months(run, name, scenario, metric, figures)
            for name, scenario, metric, figures in STEPS
        ],
    }  # fmt: skip


def _band(band: Band) -> dict[str, float]:
    return {"q05": band.q05, "q50": band.q50, "q95": band.q95}


def _known(value: float) -> float | None:
    """A number, or None where there was nothing to count."""
    return value if value == value else None


def _months(run: RunFolder, name: str, scenario: str, metric: str, figures: Sequence[str]) -> dict[str, Any]:
    """A step that shows one metric by month, the baseline's median behind it, and paired differences."""
    cells = run.months(scenario, metric)
    first = scenario == run.baseline
    whole = run.lines[scenario, metric, "all", "all"]
    return {
        "id": name,
        "preset": scenario,
        "metric": metric,
        "unit": whole[2],
        "months": [month for month, _ in cells],
        "bands": {q: [_known(cell.numbers[q]) for _, cell in cells] for q in ("q05", "q25", "q50", "q75", "q95")},
        "behind": None if first else [_known(cell.numbers["q50"]) for _, cell in run.months(run.baseline, metric)],
        "figures": {one: _figure(run, scenario, one) for one in figures or (metric,)},
    }


def _figure(run: RunFolder, scenario: str, metric: str) -> dict[str, Any]:
    """The value of the baseline, or the paired difference of another scenario, over the whole run."""
    cell = run.cell(scenario, metric)
    if cell is None:
        raise KeyError(f"{scenario}: {metric}")
    return {"unit": cell.unit, **_band(cell.value if scenario == run.baseline else cell.change)}


def _closed(run: RunFolder, case_folder: Path, name: str) -> dict[str, Any]:
    """The step that closes the road: where people go, beside the same law with the road open."""
    names = segment_names(case_folder)
    found = danger(run, case_folder, ledger(case_folder), tuple(names), CLOSED)
    if found is None:
        raise KeyError(CLOSED)
    persons = {"road": found.road, "elsewhere": found.elsewhere, "unseen": found.unseen, "heard": found.heard}
    return {
        "id": name,
        "preset": found.scenario,
        "against": found.against,
        "verdict": found.verdict,
        "verdict_words": {language: verdict_words(found, language) for language in LANGUAGES},
        "stretches": [
            {"id": one.segment, "name": dict(names[one.segment]), **_band(one.whole)} for one in found.segments
        ],
        "figures": {
            **{key: {"unit": "persons", **_band(band)} for key, band in persons.items()},
            "deaths": {"unit": "persons", **_band(found.deaths)},
        },
    }  # fmt: skip


def rounded(value: float, width: float) -> float:
    """A number to a tenth or better of its band's width: what the band can bear.

    >>> rounded(140_169.0, 76_219.0), rounded(-184.46, 15.4), rounded(1.98, 11.1)
    (140000.0, -184.5, 2.0)
    """
    return round(value, 1 - math.floor(math.log10(width / 2))) if width > 0 else value


def band_text(figure: Mapping[str, Any], language: Language, *, part: float = 1.0, signed: bool = False) -> str:
    """A middle and its band, rounded: `140,000 (100,000 to 176,000)`; without `signed`, sizes alone.

    A band that holds zero keeps its signs.

    >>> band_text({"q05": 100_273.0, "q50": 140_169.0, "q95": 176_492.0}, "en")
    '140,000 (100,000 to 176,000)'
    >>> band_text({"q05": -189.4, "q50": -184.4, "q95": -174.1}, "en")
    '184 (174 to 189)'
    """
    width = (figure["q95"] - figure["q05"]) / part
    small = max(abs(figure["q05"]), abs(figure["q95"])) / part < SMALL
    ends = [rounded(figure[q] / part, min(width, 1.0) if small else max(width, SMALL)) for q in ("q05", "q50", "q95")]
    signed = signed or ends[0] < 0 < ends[-1]
    if not signed:
        ends = sorted(abs(end) for end in ends)
    decimals = 1 if small else 0
    low, middle, high = (number(end, language, decimals, signed) for end in ends)
    return f"{middle} ({span(low, high, language)})"
