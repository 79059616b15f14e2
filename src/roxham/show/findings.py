"""Everything that the brief says about a run, computed once and written in two languages."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from roxham.evidence.ledger import ledger
from roxham.show.checked import NEWSPAPER, Checked, check_report
from roxham.show.claim import Danger, danger
from roxham.show.fit import Fit, Tested, fit, score_held_out
from roxham.show.folder import RunFolder
from roxham.show.ledger import ledger_counts
from roxham.show.text import Language
from roxham.world import World, load_world

CLOSED = "police-close-2022"


@dataclass(frozen=True)
class Findings:
    """Everything that the brief says, computed once and written twice."""

    run: RunFolder
    case_folder: Path
    danger: Danger | None
    fit: Fit
    tests: tuple[Tested, ...]
    checked: tuple[Checked, ...]
    ledger: Mapping[str, int]
    segments: Mapping[str, Mapping[Language, str]]
    world: World | None


def gather(run: RunFolder, case_folder: Path | None = None) -> Findings:
    """Everything that the brief says about a run."""
    case = case_folder or _packaged_case(run)
    book, names = ledger(case), segment_names(case)
    return Findings(
        run=run,
        case_folder=case,
        danger=danger(run, case, book, tuple(names), CLOSED),
        fit=fit(run, case),
        tests=score_held_out(run),
        checked=check_report(case) if (case / NEWSPAPER).is_file() else (),
        ledger=ledger_counts(book),
        segments=names,
        world=load_world(case / "map") if (case / "map").is_dir() else None,
    )


def segment_names(case_folder: Path) -> dict[str, dict[Language, str]]:
    file = case_folder / "map" / "segments.csv"
    if not file.is_file():
        return {}
    with file.open(encoding="utf-8", newline="") as stream:
        return {row["id"]: {"en": row["name_en"], "fr": row["name_fr"]} for row in csv.DictReader(stream)}


def _packaged_case(run: RunFolder) -> Path:
    import roxham

    return Path(roxham.__file__).parent / "cases" / str(run.manifest.get("case", "canada_us"))
