"""Every page: opens in both languages and at both widths, clean for axe, reachable by keyboard, language kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

PAGES = ("home", "report", "lab", "check", "forecast", "place")
#: Half a year and two draws, and done before anybody looks.
SHORT = "?from=2023-01-01&to=2023-06-30&draws=2"


@pytest.mark.parametrize("width", [1400, 390])
@pytest.mark.parametrize("lang", ["en", "fr"])
def test_every_page_is_clean(
    open_page: Callable[..., Any], axe: Callable[..., None], no_sideways: Callable[..., None], lang: str, width: int
) -> None:
    page = open_page(f"/{lang}/home", width=width)
    for name in PAGES:
        page.goto(page.url.rsplit("/", 1)[0] + f"/{name}" + (SHORT if name == "lab" else ""))
        if name == "lab":
            page.wait_for_selector("body[data-study=done][data-painted]", timeout=60_000)
        assert page.locator("h1").count() == 1
        assert page.locator("html").get_attribute("lang") == lang
        axe(page)
        no_sideways(page)


def test_the_language_link_keeps_the_query(open_page: Callable[..., Any]) -> None:
    page = open_page("/en/check?x=1&y=a%20b")
    page.locator("#language").click()
    page.wait_for_url("**/fr/check?x=1&y=a%20b")
    assert page.locator("html").get_attribute("lang") == "fr"


def test_the_first_key_leads_past_the_header(open_page: Callable[..., Any]) -> None:
    page = open_page("/en/check")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_the_root_goes_to_the_readers_language(server: Any, new_context: Callable[..., Any]) -> None:
    page = new_context(lang="fr").new_page()
    page.goto(server.address("/"))
    assert page.url.endswith("/fr/home")
