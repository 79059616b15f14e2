"""The page that checks a claim, as a new user meets it: questions, answer, readings, files, keyboard, paper."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page

Open = Callable[..., "Page"]
Check = Callable[["Page"], None]
ROOT = Path(__file__).resolve().parents[3]
COUPLE = {
    "entry_at": "2022-12-03T14:05", "entry_place": "between_poe_land", "claim_at": "2022-12-03T14:20",
    "claim_place": "between_poe_intercept", "nationalities": "VEN", "birth_date": "1993-02-11",
    "has_spouse_or_partner": "yes", "claim_in_person": "yes", "came_from_us": "yes", "canadian_status": "none",
    "prior_claim_canada": "none", "inadmissibility": "none", "documents": "none", "accompanied_by": "none",
}
WAYS = [pytest.param("en", 1400), *(pytest.param(lang, width, marks=pytest.mark.slow)
                                    for lang, width in (("en", 390), ("fr", 1400), ("fr", 390)))]


def fill(page: Page, value: str) -> None:
    """Answer the question that is asked, as a reader does."""
    form = page.locator("form.question")
    key = form.get_attribute("data-key")
    if form.locator("input[type=radio], input[type=checkbox]").count() and not form.locator("select").count():
        form.locator(f"input[value='{value}']").check()
    elif form.locator("select").count():
        form.locator("select").first.select_option(value)
    else:
        form.locator("input").first.fill(value)
    page.click("[data-way=next]")
    page.wait_for_selector(f"form.question:not([data-key='{key}']), .verdict")


def talk(page: Page, answers: Mapping[str, str], most: int = 60) -> list[str]:
    """Answer every question that is asked, `no` where nothing else is said; return their names."""
    asked: list[str] = []
    page.wait_for_selector("form.question, .verdict")
    while page.locator("form.question").count() and len(asked) < most:
        asked.append(str(page.get_attribute("form.question", "data-key")))
        fill(page, answers.get(asked[-1], "no"))
    return asked


def example(page: Page, name: str) -> None:
    page.click(f"[data-example={name}]")
    page.wait_for_selector(".verdict")


def outcome(page: Page) -> str:
    return str(page.get_attribute(".verdict", "data-outcome"))


@pytest.mark.parametrize(("lang", "width"), WAYS)
def test_the_couple_with_a_child_is_checked_question_by_question(
    open_page: Open, axe: Check, no_sideways: Check, lang: str, width: int
) -> None:
    page = open_page(f"/{lang}/check", width=width)
    page.wait_for_selector("form.question")
    axe(page)
    asked = talk(page, COUPLE)
    assert asked[:4] == ["entry_at", "entry_place", "claim_at", "claim_place"] and len(asked) < 20
    said = page.inner_text(".outcome")
    words = {
        "en": ("Eligible: referred to the Refugee Protection Division.", "IRPR, s. 159.4(1)(a)", "not legal advice"),
        "fr": ("Recevable : déférée à la Section de la protection", "RIPR, al. 159.4(1)a)", "non un avis juridique"),
    }
    for one in words[lang]:
        assert one in said.replace("\u00a0", " ")
    link = page.locator(".outcome a.cite").first
    path = {"en": "/eng/regulations/SOR-2002-227/section-159.4.html",
            "fr": "/fra/reglements/DORS-2002-227/section-159.4.html"}[lang]
    assert str(link.get_attribute("href")).endswith(path) and link.get_attribute("target") == "_blank"
    axe(page)
    no_sideways(page)


def test_language_changes_midway_and_nothing_is_lost_or_stored(open_page: Open, server: Any) -> None:
    page = open_page("/en/check")
    sent: list[str] = []
    page.on("request", lambda one: sent.append(one.url))
    page.wait_for_selector("form.question")
    for key in ("entry_at", "entry_place", "claim_at"):
        fill(page, COUPLE[key])
    page.click("#language")
    page.wait_for_url("**/fr/check")
    page.wait_for_selector("html[lang=fr] form.question[data-key=claim_place]")
    assert "Où la demande a-t-elle été présentée" in page.inner_text("#question")
    assert "3 décembre 2022" in page.inner_text("#told") and "chemin Roxham" in page.inner_text("#told")
    talk(page, COUPLE)
    assert outcome(page) == "eligible" and "Recevable" in page.inner_text(".outcome")
    page.go_back()
    page.wait_for_selector("html[lang=en] .verdict")
    assert "Eligible" in page.inner_text(".outcome")
    assert page.evaluate("[localStorage.length, sessionStorage.length, document.cookie]") == [0, 0, ""]
    assert not [url for url in [*sent, page.url] if "2022" in url or "between" in url]
    assert "2022" not in server.log.read_text() and "between" not in server.log.read_text()
    page.reload()
    page.wait_for_selector("form.question[data-key=entry_at]")
    assert page.input_value("form.question input") == ""


@pytest.mark.slow
def test_any_answer_can_be_changed_and_the_way_goes_back(open_page: Open) -> None:
    page = open_page("/en/check")
    example(page, "couple")
    page.get_by_role("button", name="Change: Place of entry").click()
    page.wait_for_selector("form.question[data-key=entry_place]")
    assert page.locator("input[value=between_poe_land]").is_checked()
    page.click("[data-way=back]")
    page.wait_for_selector("form.question[data-key=entry_at]")
    page.get_by_role("button", name="Change: Place of entry").click()
    fill(page, "land_poe")
    page.get_by_role("button", name="Change: Place of the claim").click()
    fill(page, "land_poe")
    page.wait_for_selector(".verdict[data-outcome=ineligible_return_to_US]")
    assert "IRPA, s. 101(1)(e)" in page.inner_text(".outcome")


@pytest.mark.slow
def test_what_cannot_be_an_answer_is_said_beside_it(open_page: Open) -> None:
    page = open_page("/fr/check")
    page.wait_for_selector("form.question")
    page.click("[data-way=next]")
    assert "dites que vous ne savez pas" in page.inner_text("#fault")
    fill(page, "2023-04-02T09:00")
    fill(page, "between_poe_land")
    page.locator("form.question input").fill("2023-04-01T09:00")
    page.click("[data-way=next]")
    page.get_by_text("la demande précède l'entrée").wait_for()
    assert page.get_attribute("form.question", "data-key") == "claim_at"
    fill(page, "2023-04-02T10:00")
    assert page.get_attribute("form.question", "data-key") == "claim_place"


@pytest.mark.slow
def test_a_rival_reading_changes_the_answer_and_stands_in_the_address_alone(open_page: Open) -> None:
    page = open_page("/en/check")
    example(page, "day_14")
    assert outcome(page) == "ineligible_other"
    assert "One reading would change the outcome." in page.inner_text(".readings")
    page.locator("input[name=day14][value=protocol]").check()
    page.wait_for_selector(".verdict[data-outcome=ineligible_return_to_US]")
    assert "Day 14 is the last (Protocol)" in page.inner_text(".outcome")
    assert unquote(page.url).endswith("/en/check?reading=day14:protocol")
    other = open_page("/" + page.url.split("/", 3)[3])
    other.wait_for_selector("form.question[data-key=entry_at]")
    other.get_by_text("Nothing yet.").wait_for()
    example(other, "couple")
    assert outcome(other) == "eligible"


@pytest.mark.slow
def test_a_file_of_facts_goes_out_and_comes_back_and_is_what_the_command_reads(open_page: Open, tmp_path: Path) -> None:
    page = open_page("/en/check")
    example(page, "sister")
    with page.expect_download() as loading:
        page.click("#save")
    path = tmp_path / "facts.yaml"
    loading.value.save_as(path)
    command = [sys.executable, "-m", "roxham", "check", str(path), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    assert json.loads(done.stdout)["outcome"] == outcome(page) == "eligible"
    other = open_page("/fr/check", width=390)
    other.wait_for_selector("form.question")
    other.set_input_files("#open-file", path)
    other.wait_for_selector(".verdict[data-outcome=eligible]")
    bad = tmp_path / "bad.yaml"
    bad.write_text(path.read_text().replace("entry_place: land_poe", "entry_place: land_pie"), encoding="utf-8")
    other.set_input_files("#open-file", bad)
    other.wait_for_selector("#file-trouble [role=alert]")
    said = other.inner_text("#file-trouble").replace("\u00a0", " ")
    assert re.search(r"ligne \d+ : entry_place : « land_pie » n'est pas parmi .*vouliez-vous dire « land_poe »", said)
    assert outcome(other) == "eligible"


@pytest.mark.slow
@pytest.mark.parametrize("lang", ["en", "fr"])
def test_unknown_facts_are_named_and_can_be_answered_from_there(open_page: Open, axe: Check, lang: str) -> None:
    page = open_page(f"/{lang}/check")
    page.wait_for_selector("form.question")
    for key in ("entry_at", "entry_place", "claim_at", "claim_place"):
        fill(page, {**COUPLE, "entry_at": "2024-12-03T14:05", "claim_at": "2024-12-03T14:20"}[key])
    page.click("[data-way=finish]")
    page.wait_for_selector(".verdict")
    assert outcome(page) and page.locator(".facts li button").count() > 5
    axe(page)
    page.locator(".facts li button").first.click()
    page.wait_for_selector("form.question")
    page.click("[data-way=unknown]")
    page.wait_for_selector(".verdict")
    page.click("[data-way=more]")
    page.wait_for_selector("form.question")


@pytest.mark.slow
def test_by_keyboard_alone(open_page: Open) -> None:
    page = open_page("/en/check")
    page.wait_for_selector("form.question")

    def press(key: str, until: str, most: int = 90) -> None:
        for _ in range(most):
            if page.evaluate("wanted => document.activeElement?.matches(wanted) ?? false", until):
                return
            page.keyboard.press(key)
        raise AssertionError(f"{until} is not reached by {key}")

    press("Tab", "form.question input")
    page.locator("form.question input").fill("2022-12-03T14:05")
    page.keyboard.press("Enter")
    page.wait_for_selector("form.question[data-key=entry_place]")
    assert page.evaluate("document.activeElement.id") == "question"
    press("Tab", "form.question input[type=radio]")
    press("ArrowDown", "input[value=between_poe_land]")
    press("Tab", "[data-way=next]")
    page.keyboard.press("Enter")
    page.wait_for_selector("form.question[data-key=claim_at]")
    press("Tab", "[data-example=couple], [data-way=back]")
    page.keyboard.press("Enter")
    page.wait_for_selector("form.question[data-key=entry_place]")
    press("Tab", "#language")
    page.keyboard.press("Enter")
    page.wait_for_selector("html[lang=fr] form.question")
    assert page.evaluate("document.activeElement.id") == "language"


@pytest.mark.slow
@pytest.mark.parametrize(("lang", "name"), [("en", "no_proof"), ("fr", "sister"), ("fr", "unknown_status"),
                                            ("en", "day_14"), ("en", "girl"), ("fr", "couple")])
def test_the_answer_prints_to_one_page(open_page: Open, lang: str, name: str) -> None:
    page = open_page(f"/{lang}/check")
    example(page, name)
    for size in ("Letter", "A4"):
        paper = page.pdf(format=size)
        assert len(re.findall(rb"/Type\s*/Page[^s]", paper)) == 1, size
    page.emulate_media(media="print")
    assert page.locator(".paper-facts").is_visible() and not page.locator("aside").is_visible()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["couple_at_port", "no_proof", "girl", "unknown_status"])
@pytest.mark.parametrize(("lang", "width"), [("en", 390), ("fr", 1400)])
def test_every_kind_of_answer_is_for_everybody(
    open_page: Open, axe: Check, no_sideways: Check, lang: str, width: int, name: str
) -> None:
    page = open_page(f"/{lang}/check", width=width)
    example(page, name)
    page.get_by_role("checkbox").first.check()
    page.evaluate("document.querySelectorAll('.why details').forEach((one) => { one.open = true; })")
    axe(page)
    no_sideways(page)


@pytest.mark.slow
def test_a_lost_server_is_told_and_nothing_is_lost(
    server: Any, new_context: Callable[..., Any], tmp_path: Path
) -> None:
    own = type(server)(tmp_path).start()
    try:
        page = new_context().new_page()
        page.goto(own.address("/en/check"))
        page.wait_for_selector("form.question")
        fill(page, COUPLE["entry_at"])
        own.stop()
        page.locator("input[value=between_poe_land]").check()
        page.click("[data-way=next]")
        page.locator("#live", has_text="cannot be reached").wait_for()
        assert page.locator("input[value=between_poe_land]").is_checked()
        own.start()
        page.click("[data-way=next]")
        page.wait_for_selector("form.question[data-key=claim_at]")
        talk(page, COUPLE)
        assert outcome(page) == "eligible"
    finally:
        own.stop()
