"""The brief: two languages, self-contained, with words for every figure, and nothing left unsaid."""

from __future__ import annotations

import re
import shutil
from html.parser import HTMLParser
from pathlib import Path

import pytest

from roxham.show.brief import render, write_briefs
from roxham.show.findings import gather
from roxham.show.folder import RunFolder
from roxham.show.headline import headline, scale_for

VOID = {"meta", "br", "img", "link", "input", "hr"}


class Page(HTMLParser):
    """Collects ids, unbalanced tags and outside references."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.outside: list[str] = []
        self.pictures: list[dict[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        held = dict(attrs)
        if tag not in VOID:
            self.open.append(tag)
        if "id" in held:
            self.ids.append(str(held["id"]))
        if tag in ("script", "iframe", "object", "link", "img", "base"):
            self.outside.append(tag)
        self.outside += [str(value) for key, value in attrs if key == "src"]
        if tag == "svg":
            self.pictures.append(held)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.fixture(scope="module")
def briefs(folder: Path, case: Path) -> dict[str, str]:
    written = write_briefs(folder, case)
    assert [path.name for path in written] == ["brief.en.html", "brief.fr.html"]
    return {path.name.split(".")[1]: path.read_text(encoding="utf-8") for path in written}


@pytest.mark.parametrize("language", ["en", "fr"])
def test_page_is_whole_and_asks_nothing_of_the_outside(briefs: dict[str, str], language: str) -> None:
    page = Page()
    page.feed(briefs[language])
    assert page.open == []
    assert page.outside == []
    assert len(page.ids) == len(set(page.ids))
    assert "@import" not in briefs[language]
    assert not re.search(r"url\((?!#)", briefs[language])


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_picture_has_words(briefs: dict[str, str], language: str) -> None:
    page = Page()
    page.feed(briefs[language])
    assert len(page.pictures) >= 6
    for picture in page.pictures:
        assert picture["role"] == "img"
        assert len(str(picture["aria-label"])) > 60


def test_each_language_is_its_own(briefs: dict[str, str]) -> None:
    assert '<html lang="en">' in briefs["en"]
    assert '<html lang="fr">' in briefs["fr"]
    for words in ("The report, checked", "same month, last year seen", "It is a model of the law"):
        assert words in briefs["en"]
        assert words not in briefs["fr"]
    for words in ("Section de la protection des réfugiés (SPR)", "Le reportage, vérifié", "39\u00a0540"):
        assert words in briefs["fr"]
    assert "39,540" in briefs["en"]


def test_fit_and_test_are_labelled(briefs: dict[str, str]) -> None:
    assert "FIT: the model was given these data" in briefs["en"]
    assert "TEST: parameters and pressure fixed on data to February 2023" in briefs["en"]
    assert "The model beats both naive baselines." in briefs["en"]
    assert "15 of 21 months published" in briefs["en"]
    assert 'class="error missed"' in briefs["en"], "misses are shown"


def test_headline_table_has_every_scenario_and_outcome(briefs: dict[str, str]) -> None:
    table = briefs["en"].split('<section class="headline">')[1].split("</table>")[0]
    assert table.count('<th scope="row"') == 12
    assert table.count('<th scope="col">') == 12


def test_verdict_rule_and_sources(briefs: dict[str, str]) -> None:
    assert "Rule, fixed beforehand" in briefs["en"]
    assert "not determined" in briefs["en"]
    assert "Only 6 draws" in briefs["en"]
    assert "ircc.canada.ca/opendata" in briefs["en"]
    assert "case 0123456789ab" in briefs["en"]


def test_same_folder_same_pages(folder: Path, case: Path, briefs: dict[str, str]) -> None:
    again = write_briefs(folder, case)
    assert [path.read_text(encoding="utf-8") for path in again] == [briefs["en"], briefs["fr"]]


def test_what_is_missing_is_said_plainly(folder: Path, case: Path, tmp_path: Path) -> None:
    for name in ("summary.csv", "manifest.json"):
        shutil.copy(folder / name, tmp_path)
    english = write_briefs(tmp_path, case)[0].read_text(encoding="utf-8")
    assert "no held-out months (holdout.csv)" in english
    assert "the claim cannot be measured here" in english
    assert "last claim is not answered here" in english


def test_scales_keep_three_figures() -> None:
    assert scale_for([39_540.0]).write(39_540.0, "en") == "39.5"
    assert scale_for([1_254_000_000.0]).write(1_254_000_000.0, "fr") == "1\u00a0254"
    assert scale_for([]).decimals == 2


def test_only_differences_whose_band_excludes_zero_are_bold(run: RunFolder, case: Path) -> None:
    found = gather(run, case)
    shown = headline(found, "en")
    html = render(found, "en")
    table = html[html.index("<tbody>") : html.index("</tbody>")]
    settled = sum(cell["settled"] for row in shown["rows"] for cell in row["cells"])
    plain = sum(not cell["settled"] for row in shown["rows"] for cell in row["cells"])
    assert settled > 0 and plain > 0
    assert table.count("<td><b>") == settled
