"""The page of the transfer desk: files that are refused, choices that are priced, both languages, keyboard, the end."""

from __future__ import annotations

import csv
import io
import json
import re
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from roxham.lab.place import place_families, read_morning
from roxham.lab.scenario import case_folder

if TYPE_CHECKING:
    from playwright.sync_api import Page

Open = Callable[..., "Page"]
Check = Callable[["Page"], None]
SAMPLE = case_folder("toy") / "desk"
DAY = "2030-03-04"


def sample(page: Page) -> None:
    """Open the invented morning, as a new user does."""
    page.click("#sample")
    page.wait_for_selector(".board")


def said(page: Page, words: str) -> None:
    page.locator("#said", has_text=words).wait_for()


def where(page: Page, family: str) -> str:
    return str(page.locator(".column", has=page.locator(f"[data-family={family}]")).get_attribute("data-place"))


def plan(chosen: dict[str, str]) -> Any:
    """What the command plans for the same morning with the same choices."""
    morning = read_morning(SAMPLE / "families.csv", SAMPLE / "places.csv", date.fromisoformat(DAY),
                           forecast=SAMPLE / "expected.csv")
    return place_families(morning.choose(chosen))


def dollars(value: float) -> str:
    return f"${value:,.0f}"


def test_a_family_is_dragged_and_the_price_is_told_at_once(open_page: Open, axe: Check, no_sideways: Check) -> None:
    page = open_page("/en/place")
    axe(page)
    sample(page)
    assert "The choice of the file for F5 (mill) is not followed: it breaks school." in page.inner_text("#said")
    assert where(page, "F1") == "hills" and page.locator("[data-family]").count() == 8
    page.drag_and_drop("[data-family=F1]", "[data-place=harbour] h3")
    said(page, "F1 to harbour")
    placed = plan({"F5": "mill", "F8": "bridge", "F1": "harbour"})
    price = next(one for one in placed.prices if one.id == "F1")
    assert f"F1 to harbour: {dollars(price.cost)} more than the best plan" in page.inner_text("#said")
    assert dollars(placed.plan.cost) in page.inner_text(".figures") and where(page, "F1") == "harbour"
    page.drag_and_drop("[data-family=F1]", "[data-place=mill] h3")
    said(page, "F1 cannot go to mill: it breaks school. Nothing is changed.")
    assert where(page, "F1") == "harbour" and page.input_value("#move-F1") == "harbour"
    page.get_by_role("button", name="Take back the choice for F1").click()
    said(page, "F1 goes where the rule sends it.")
    assert where(page, "F1") == "hills"
    axe(page)
    no_sideways(page)


def test_a_bad_file_is_refused_and_says_why(open_page: Open, server: Any, tmp_path: Path) -> None:
    bad = tmp_path / "families.csv"
    bad.write_text("id,persons,Nom\nF1,2,Exemple\nF2,31,\n", encoding="utf-8")
    for lang, words in (("en", "families.csv, line 1: column 3 looks like a name; leave it out: an opaque id"),
                        ("fr", "families.csv, ligne 1 : la colonne 3 semble contenir un nom ; retirez-la")):
        page = open_page(f"/{lang}/place")
        page.click("#files [type=submit]")
        page.wait_for_selector("#trouble [role=alert]")
        page.set_input_files("#families", bad)
        page.set_input_files("#places", SAMPLE / "places.csv")
        page.click("#files [type=submit]")
        page.locator("#trouble", has_text="families.csv").wait_for()
        found = page.inner_text("#trouble").replace("\u00a0", " ")
        assert words in found and "Exemple" not in found
        assert page.locator("#plan").is_hidden()
    assert "Exemple" not in server.log.read_text()


@pytest.mark.slow
@pytest.mark.parametrize(("lang", "width"), [("en", 390), ("fr", 1400), ("fr", 390)])
def test_the_plan_is_for_everybody(open_page: Open, axe: Check, no_sideways: Check, lang: str, width: int) -> None:
    page = open_page(f"/{lang}/place", width=width)
    axe(page)
    sample(page)
    page.locator("#beds summary").click()
    axe(page)
    no_sideways(page)
    placed = plan({"F5": "mill", "F8": "bridge"})
    beds = [[str(value) for value in (one.place, one.province, one.free, one.taken, one.left, one.fewest)]
            for one in placed.beds()]
    rows = page.locator("#beds tbody tr").all()
    assert [[cell.inner_text() for cell in row.locator("th, td").all()] for row in rows] == beds
    for line in placed.plan.lines:
        reason = line.reason.text(lang).replace("`", "")
        assert reason[1:40] in page.locator(f"[data-family={line.id}] .reason").inner_text()


@pytest.mark.slow
def test_language_changes_midway_and_the_desk_stays_as_it_is(open_page: Open) -> None:
    page = open_page("/en/place")
    sample(page)
    page.locator("#move-F2").select_option("wait")
    said(page, "F2 to Keep waiting")
    page.locator("label", has_text="Greedy").click()
    page.get_by_text("Each family in turn takes").wait_for()
    page.click("#language")
    page.wait_for_url("**/fr/place")
    page.wait_for_selector("html[lang=fr] .board")
    assert page.input_value("#move-F2") == "wait" and page.locator("#rule-greedy").is_checked()
    assert "Plan du 4 mars 2030" in page.inner_text("#plan") and "Aucun lieu ce soir" in page.inner_text(".board")
    assert where(page, "F2") == "wait"
    page.locator("#move-F2").select_option("")
    said(page, "F2 va là où la règle l'envoie.")
    assert page.evaluate("[localStorage.length, sessionStorage.length, document.cookie]") == [0, 0, ""]


@pytest.mark.slow
def test_files_chosen_stay_chosen_in_the_other_language(open_page: Open) -> None:
    page = open_page("/en/place")
    page.set_input_files("#families", SAMPLE / "families.csv")
    page.set_input_files("#places", SAMPLE / "places.csv")
    page.fill("#date", DAY)
    page.click("#language")
    page.wait_for_selector("html[lang=fr] #files")
    page.click("#files [type=submit]")
    page.wait_for_selector(".board")
    assert page.locator(".rules input").count() == 3  # without families expected nothing looks ahead


@pytest.mark.slow
def test_rules_are_compared_and_the_plan_goes_out_as_a_file(open_page: Open, tmp_path: Path) -> None:
    page = open_page("/en/place")
    sample(page)
    placed = plan({"F5": "mill", "F8": "bridge"})
    cost = page.locator("#compare tr", has_text="Cost in all").inner_text().split()
    assert cost[-4:] == [dollars(placed.plans[rule].cost) for rule in ("as-is", "greedy", "optimal", "look-ahead")]
    page.get_by_role("button", name="Use this rule: As it is").click()
    page.locator("#rule-as-is:checked").wait_for()
    page.get_by_role("button", name="Use this rule: Optimal").click()
    page.locator("#rule-optimal:checked").wait_for()
    with page.expect_download() as loading:
        page.click("#download")
    path = tmp_path / "plan.csv"
    loading.value.save_as(path)
    assert loading.value.suggested_filename == f"plan-{DAY}.csv"
    assert path.read_text(encoding="utf-8") == placed.csv("en")
    assert len(list(csv.DictReader(io.StringIO(placed.csv("en"))))) == 8


@pytest.mark.slow
def test_by_keyboard_alone(open_page: Open) -> None:
    page = open_page("/en/place")

    def press(key: str, until: str, most: int = 80) -> None:
        for _ in range(most):
            if page.evaluate("wanted => document.activeElement?.matches(wanted) ?? false", until):
                return
            page.keyboard.press(key)
        raise AssertionError(f"{until} is not reached by {key}")

    press("Tab", "#sample")
    page.keyboard.press("Enter")
    page.wait_for_selector(".board")
    assert page.evaluate("document.activeElement.textContent") == "Plan for 4 March 2030"
    press("Tab", "#move-F2")
    page.keyboard.type("harb")
    page.keyboard.press("Enter")
    said(page, "F2 to harbour")
    assert page.evaluate("document.activeElement.id") == "move-F2"
    press("Tab", "#choices button")
    page.keyboard.press("Enter")
    said(page, "goes where the rule sends it")


@pytest.mark.slow
def test_a_desk_ends_when_its_page_closes_or_other_files_are_opened(open_page: Open, server: Any) -> None:
    page = open_page("/en/place")
    found: list[str] = []
    page.on("response", lambda one: found.append(one.json()["id"]) if one.url.endswith("/desks") and one.ok else None)
    sample(page)
    page.click("#leave")
    page.wait_for_selector("#files")
    sample(page)
    page.close()
    assert len(found) == 2
    for name in found:
        _wait_until_gone(server.address(f"/api/place/desks/{name}/plan"))
    log = server.log.read_text()
    assert not [name for name in found if name in log]
    assert not re.search(r"\bF[1-8]\b", log)


def _wait_until_gone(address: str) -> None:
    for _ in range(50):
        request = urllib.request.Request(address, json.dumps({}).encode(), {"Content-Type": "application/json"})
        try:
            urllib.request.urlopen(request, timeout=10).close()
        except urllib.error.HTTPError as gone:
            assert gone.code == 404
            return
        time.sleep(0.1)
    raise AssertionError("the desk is still there")


@pytest.mark.slow
def test_a_desk_that_has_ended_is_told_and_files_can_be_opened_again(open_page: Open, server: Any) -> None:
    page = open_page("/fr/place")
    with page.expect_response("**/api/place/desks") as opened:
        sample(page)
    gone = urllib.request.Request(server.address(f"/api/place/desks/{opened.value.json()['id']}"), method="DELETE")
    urllib.request.urlopen(gone, timeout=10).close()
    page.locator("#move-F2").select_option("wait")
    page.locator("#trouble", has_text="rien n'en a été gardé").wait_for()
    sample(page)
    assert page.locator("[data-family]").count() == 8
