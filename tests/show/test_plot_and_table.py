"""Figures and terminal tables."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import pytest
from rich.console import Console

from roxham.lab.compare import compare
from roxham.lab.rooms import rooms
from roxham.lab.summary import StudyResult
from roxham.show.folder import RunFolder
from roxham.show.plot import fan_chart, spread, to_svg
from roxham.show.table import comparison_table, ledger_table, metric_label, place_names, rooms_table


def printed(table: object, width: int = 200) -> str:
    console = Console(width=width, record=True, file=None, force_terminal=False, quiet=False)
    with console.capture() as capture:
        console.print(table)
    return capture.get()


def test_fan_chart_draws_bands_median_and_observed(run: RunFolder) -> None:
    figure = fan_chart(run.months("as-it-was", "entries_irregular"), {"2022-06": 3_086.0}, title="Entries")
    axes = figure.axes[0]
    assert len(axes.collections) == 2
    assert len(axes.lines) == 2
    assert "observed" in [words.get_text() for words in axes.texts]


def test_svg_ids_carry_the_name_and_no_date(run: RunFolder) -> None:
    cells = run.months("as-it-was", "entries_irregular")
    names = ("one", "two", "one")
    first, second, again = (to_svg(fan_chart(cells, language="fr"), name, "Des mots & un signe") for name in names)
    assert all(found.startswith("one-") for found in re.findall(r'\bid="([^"]+)"', first))
    assert 'aria-label="Des mots &amp; un signe"' in first
    assert "metadata" not in first
    assert not set(re.findall(r'\bid="([^"]+)"', first)) & set(re.findall(r'\bid="([^"]+)"', second))
    assert again == first


def test_labels_move_apart() -> None:
    moved = spread([10.0, 10.5, 30.0, 10.2], 2.0)
    ordered = sorted(moved)
    assert all(second - first >= 2.0 for first, second in itertools.pairwise(ordered))
    assert moved[2] == 30.0


@pytest.mark.parametrize(("language", "words"), [("en", "Compared with"), ("fr", "Par rapport")])
def test_comparison_table(result: StudyResult, language: str, words: str) -> None:
    compared = compare(result, metrics=("entries_irregular", "heard"), language=language)
    shown = printed(comparison_table(compared, "fr" if language == "fr" else "en"))
    assert words in shown
    assert all(title.split()[0] in shown for _, title in compared.scenarios)


def test_ledger_table_adds_up() -> None:
    shown = printed(ledger_table({"measured": 10, "derived": 5, "estimated": 5, "assumed": 20}))
    assert "50%" in shown
    assert "40" in shown


def test_rooms_table(result: StudyResult, case: Path) -> None:
    needed = rooms(result, months=("2022-12", "2023-01"))
    shown = printed(rooms_table(needed, "fr", place_names(case, "fr")))
    assert "Chambres manquantes" in shown
    assert shown.count("2022-12") == 1
    assert "2,2 personnes par chambre" in shown


def test_labels_come_from_the_register() -> None:
    assert metric_label("heard", "fr").startswith("Personnes")
    assert metric_label("unheard_of", "en") == "unheard_of"
