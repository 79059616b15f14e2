"""The report and its tour, and the first page, in a browser."""

from __future__ import annotations

import urllib.request
from collections.abc import Callable
from typing import Any

import pytest

STEPS = ("as-it-was", "protocol-never", "protocol-2019", "police-close-2022", "transfer-all", "hearings-double")


def test_each_figure_stands_beside_the_record(open_page: Callable[..., Any]) -> None:
    page = open_page("/en/report")
    assert page.locator(".claim").count() == 11
    first = page.locator("#nearly_40000")
    assert "39,540" in first.inner_text()
    first.locator(".claim-sources summary").click()
    assert first.locator(".claim-sources a").first.get_attribute("href").startswith("http")
    first.scroll_into_view_if_needed()
    first.locator("canvas").wait_for()
    first.locator(".chart details summary").click()
    assert "40,000" in first.locator(".chart table").inner_text()
    assert page.locator("#charged_then_released canvas").count() == 0
    page.locator("#language").click()
    page.wait_for_url("**/fr/report")
    assert "39\u00a0540" in page.locator("#nearly_40000").inner_text()


def test_every_step_of_the_tour_has_its_address(
    open_page: Callable[..., Any], new_context: Callable[..., Any], server: Any
) -> None:
    page = open_page("/en/report")
    assert page.locator(".step:visible").count() == 0
    page.locator("#tour-start").click()
    for number, preset in enumerate(STEPS, 1):
        page.wait_for_url(f"**/en/report?tour={number}")
        step = page.locator(".step:visible")
        assert step.count() == 1
        assert step.locator(".kicker").inner_text() == f"Step {number} of 6"
        assert step.locator(".step-words a").get_attribute("href").endswith(f"/en/lab?preset={preset}")
        step.locator("canvas").wait_for()
        if number < len(STEPS):
            step.get_by_role("link", name="Next").click()
    page.go_back()
    page.wait_for_url("**/en/report?tour=5")
    assert page.locator(".step:visible .kicker").inner_text() == "Step 5 of 6"
    heading = page.locator(".step:visible h3").inner_text()
    fresh = new_context().new_page()
    fresh.goto(server.address("/en/report?tour=5"))
    assert fresh.locator(".step:visible h3").inner_text() == heading
    fresh.locator("#language").click()
    fresh.wait_for_url("**/fr/report?tour=5")
    assert fresh.locator(".step:visible .kicker").inner_text() == "Étape 5 sur 6"
    fresh.locator(".step:visible").get_by_role("link", name="Tous les chiffres").click()
    assert fresh.locator(".step:visible").count() == 0


@pytest.mark.slow
def test_the_tour_by_keyboard_alone(open_page: Callable[..., Any]) -> None:
    page = open_page("/en/report")

    def reach(words: str) -> None:
        for _ in range(60):
            if page.evaluate("words => document.activeElement?.textContent.trim() === words", words):
                return
            page.keyboard.press("Tab")
        raise AssertionError(f"{words} is not reached by Tab")

    reach("Take the tour")
    page.keyboard.press("Enter")
    page.wait_for_url("**/report?tour=1")
    assert page.evaluate("document.activeElement.id") == "step-1"
    reach("Next")
    page.keyboard.press("Enter")
    page.wait_for_url("**/report?tour=2")
    assert page.evaluate("document.activeElement.id") == "step-2"
    reach("Open this scenario in the lab")


@pytest.mark.slow
def test_without_script_the_words_are_there(new_context: Callable[..., Any], server: Any) -> None:
    page = new_context(java_script_enabled=False).new_page()
    page.goto(server.address("/en/report?tour=3"))
    assert page.locator(".step:visible .kicker").inner_text() == "Step 3 of 6"
    page.locator(".step:visible").get_by_role("link", name="Next").click()
    assert page.locator(".step:visible .kicker").inner_text() == "Step 4 of 6"
    assert page.locator(".claim").count() == 11
    page.goto(server.address("/fr/home"))
    assert page.locator(".findings li").count() > 10


@pytest.mark.slow
def test_paper_holds_the_whole_tour(open_page: Callable[..., Any]) -> None:
    page = open_page("/en/report")
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator(".step:visible").count() == len(STEPS)
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    page.emulate_media(media="screen")
    assert page.locator(".step:visible").count() == 0


def test_the_first_page_leads_everywhere(open_page: Callable[..., Any], server: Any) -> None:
    page = open_page("/en/home")
    page.locator("#picture canvas").wait_for()
    assert "law changed" in page.locator("#picture figcaption").inner_text()
    links = page.locator("main a[href^='/']").evaluate_all("all => all.map(one => one.getAttribute('href'))")
    assert len(links) >= 9
    for link in dict.fromkeys(links):
        with urllib.request.urlopen(server.address(link)) as answer:
            assert answer.status == 200
    assert page.get_by_text("Missed").count() == 3
    page.get_by_role("link", name="Take the two-minute tour").click()
    page.wait_for_url("**/en/report?tour=1")


@pytest.mark.slow
@pytest.mark.parametrize("width", [1400, 390])
@pytest.mark.parametrize("lang", ["en", "fr"])
def test_both_pages_are_clean_everywhere(
    open_page: Callable[..., Any], axe: Callable[..., None], no_sideways: Callable[..., None], lang: str, width: int
) -> None:
    for path in ("home", "report", *(f"report?tour={number}" for number in range(1, 7))):
        page = open_page(f"/{lang}/{path}", width=width)
        page.locator(".chart-ink:visible").first.scroll_into_view_if_needed()
        page.locator("canvas").first.wait_for()
        page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
        axe(page)
        no_sideways(page)
        page.close()
