"""The lab as a reader uses it: change the law, see map and numbers move, ask why, share the address."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.e2e.app.conftest import Server

# Half a year and two draws: the same page, in a second.
SHORT = "from=2023-01-01&to=2023-06-30&draws=2"
NEVER = f"?scenario=protocol-never&{SHORT}"
WAIT = 60_000


def done(page: Any, *, draws: int = 2, after: str = "") -> str:
    """Wait until a study (another than `after`) is done and drawn; its id."""
    page.wait_for_selector(f'body[data-study=done][data-painted="{draws}"]:not([data-id="{after}"])', timeout=WAIT)
    return str(page.locator("body").get_attribute("data-id"))


def numbers(page: Any) -> list[str]:
    return list(page.locator(".numbers-row .change").all_inner_texts())


@pytest.fixture
def lab(open_page: Callable[..., Any]) -> Callable[..., Any]:
    """Opens the lab and waits until its first study is done."""

    def go(query: str = NEVER, lang: str = "en", **more: Any) -> Any:
        page = open_page(f"/{lang}/lab{query}", **more)
        done(page)
        return page

    return go


def test_the_law_is_amended_and_the_address_opens_the_same(lab: Callable[..., Any]) -> None:
    page = lab()
    before, shown = numbers(page), page.locator("#month-total").inner_text()
    first = page.locator("body").get_attribute("data-id")
    assert len(before) >= 8
    assert any(re.search(r"\d", one) for one in before)

    lever = page.locator('.lever[data-lever="law.protocol_2023"]')
    assert lever.locator("select").input_value() == "never"
    lever.locator("select").select_option("starts")
    lever.locator("input[type=date]").fill("2023-02-01")
    lever.locator("input[type=date]").blur()
    page.wait_for_url("**law.protocol_2023:starts@2023-02-01**")
    done(page, after=str(first))
    assert numbers(page) != before
    assert page.locator("#month-total").inner_text() != shown

    page.locator('.numbers-row[data-metric="heard"] .why').click()
    page.locator("#why table").wait_for(timeout=WAIT)
    assert "159.4" in page.locator("#why table").inner_text()
    assert page.locator("#why a[href^='https://laws-lois.justice.gc.ca/eng']").count() >= 1
    page.keyboard.press("Escape")

    page.locator("[data-copy]").click()
    page.locator("#live", has_text="copied").wait_for(state="attached", timeout=WAIT)
    month = page.locator("#month-shown").inner_text()
    again = lab("?" + page.url.split("?")[1])
    assert numbers(again) == numbers(page)
    assert again.locator("#month-shown").inner_text() == month
    assert again.locator('.lever[data-lever="law.protocol_2023"] input[type=date]').input_value() == "2023-02-01"


@pytest.mark.slow
def test_the_language_changes_midway_and_the_state_stays(open_page: Callable[..., Any]) -> None:
    page = open_page(f"/en/lab?set=capacity.rpd:2@2023-02-01&{SHORT.replace('draws=2', 'draws=6')}&month=2023-03")
    page.wait_for_selector("body[data-study=running]", timeout=WAIT)
    page.locator("#language").click()
    page.wait_for_url("**/fr/lab?**")
    done(page, draws=6)
    assert "set=capacity.rpd:2@2023-02-01" in page.url
    assert page.locator("#month-shown").inner_text() == "mars 2023"
    lever = page.locator('.lever[data-lever="capacity.rpd"]')
    assert lever.locator("input[type=range]").input_value() == "2"
    assert lever.locator("output").inner_text().replace("\u00a0", " ") == "× 2,00"
    assert page.locator("#numbers-title").inner_text() == "Ce qui change"
    assert "\u2013" not in numbers(page)


def test_a_long_run_is_cancelled_and_taken_up_again(open_page: Callable[..., Any]) -> None:
    page = open_page("/en/lab?scenario=protocol-2019&draws=200")
    page.wait_for_selector("body[data-study=running]", timeout=WAIT)
    page.locator("#cancel").click()
    page.wait_for_selector("body[data-study=cancelled]", timeout=WAIT)
    assert page.locator("#status").inner_text().startswith("Cancelled")
    assert page.locator("#cancel").is_hidden()
    page.locator("#again").click()
    page.wait_for_selector("body[data-study=running]", timeout=WAIT)
    page.locator("#cancel").click()
    page.wait_for_selector("body[data-study=cancelled]", timeout=WAIT)


@pytest.mark.slow
def test_yaml_tells_what_is_wrong_where_it_is(lab: Callable[..., Any]) -> None:
    page = lab()
    page.locator("#tab-yaml").click()
    area = page.locator("#yaml")
    right = area.input_value()
    assert "protocol_2023" in right
    area.fill(right.replace("protocol_2023", "protocol_2032"))
    found = page.locator("#yaml-problems li")
    found.wait_for(timeout=WAIT)
    assert re.match(r"Line \d+, column \d+: .*protocol_2032.*did you mean “protocol_2023”", found.inner_text())
    found.locator("button").click()
    assert page.evaluate("document.activeElement.id") == "yaml"
    start = page.evaluate("document.getElementById('yaml').selectionStart")
    assert area.input_value()[start:].startswith("protocol_2032")

    first = page.locator("body").get_attribute("data-id")
    area.fill(right.replace("action: never", "action: starts\n  from: 2023-05-01"))
    page.keyboard.press("Control+Enter")
    done(page, after=str(first))
    assert "yaml=" in page.url
    assert area.input_value() == right.replace("action: never", "action: starts\n  from: 2023-05-01")
    page.locator("#tab-levers").click()
    assert page.locator("#yaml-rules").is_visible()
    page.locator("#reset").click()
    page.wait_for_url("**scenario=as-it-was**")
    assert page.locator('.lever[data-lever="law.protocol_2023"] select').input_value() == "as_it_was"


@pytest.mark.parametrize("lang", [pytest.param("en", marks=pytest.mark.slow), "fr"])
def test_the_page_is_clean_with_its_numbers(lab: Callable[..., Any], axe: Callable[..., None], no_sideways: Callable[..., None], lang: str) -> None:  # noqa: E501
    page = lab(lang=lang)
    axe(page)
    no_sideways(page)
    page.locator(".lever-info").first.click()
    page.locator("#tab-yaml").click()
    axe(page)
    page.locator(".why").first.click()
    page.locator("#why table").wait_for(timeout=WAIT)
    axe(page)


def test_a_phone_shows_the_numbers_and_keeps_the_levers_at_hand(
    lab: Callable[..., Any], axe: Callable[..., None], no_sideways: Callable[..., None]
) -> None:
    page = lab(lang="fr", width=390)
    no_sideways(page)
    assert not page.locator("#lever-groups").is_visible()
    top = page.locator("#numbers-title").bounding_box()["y"]
    assert top < page.locator("#map-title").bounding_box()["y"]
    page.locator("#levers > summary").click()
    assert page.locator('.lever[data-lever="law.protocol_2023"] select').is_visible()
    axe(page)
    no_sideways(page)


def test_the_keyboard_alone_is_enough(lab: Callable[..., Any]) -> None:
    page = lab()
    first = page.locator("body").get_attribute("data-id")
    page.locator("#presets").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    other = done(page, after=str(first))
    assert page.locator('.preset[aria-pressed="true"]').count() == 1

    page.locator("#tab-levers").focus()
    page.keyboard.press("ArrowRight")
    assert page.locator("#yaml").is_visible()
    page.keyboard.press("ArrowLeft")
    assert page.locator("#lever-groups").is_visible()

    slider = page.locator("#month")
    slider.focus()
    page.keyboard.press("Home")
    assert slider.get_attribute("aria-valuetext").startswith("January 2023")
    page.keyboard.press("ArrowRight")
    assert page.locator("#month-shown").inner_text() == "February 2023"
    page.locator("#play").focus()
    page.keyboard.press("Space")
    page.wait_for_selector('#play[aria-pressed="true"]')
    page.wait_for_selector('#play[aria-pressed="false"]', timeout=WAIT)
    assert page.locator("#month-shown").inner_text() == "June 2023"
    assert "month=2023-06" in page.url

    why = page.locator('.numbers-row[data-metric="heard"] .why')
    why.focus()
    page.keyboard.press("Enter")
    page.locator("#why[open]").wait_for()
    page.keyboard.press("Escape")
    assert page.locator("#why").is_hidden()
    assert page.evaluate("document.activeElement.className").endswith("why")
    assert page.locator("body").get_attribute("data-id") == other


@pytest.mark.slow
def test_every_picture_has_its_numbers(lab: Callable[..., Any]) -> None:
    page = lab()
    for card in page.locator(".chart").all():
        card.locator("summary").click()
        card.locator("tbody tr").nth(5).wait_for()
        assert card.locator("tbody tr").count() == 6
        assert len(card.locator(".chart-ink").get_attribute("aria-label")) > 20
    page.locator("#map-table summary").click()
    page.locator("#map-rows tbody tr").first.wait_for()
    assert "Roxham Road" in page.locator("#map-rows").inner_text()
    assert "OpenStreetMap" in page.locator("#map-credit").inner_text()
    with page.expect_download() as taken:
        page.locator("#lead-chart .chart-tools button", has_text="CSV").click()
    lines = Path(taken.value.path()).read_text(encoding="utf-8").splitlines()
    assert any(line.startswith("# http") for line in lines)
    assert sum(not line.startswith("#") for line in lines) == 7


@pytest.fixture
def fragile(tmp_path: Path) -> Iterator[Server]:
    """A server of the small case that may be stopped."""
    running = Server(tmp_path, "--workers", "1", "--case", "toy").start()
    yield running
    running.stop()


@pytest.mark.slow
def test_a_lost_server_is_told_and_the_page_goes_on(fragile: Server, new_context: Callable[..., Any]) -> None:
    page = new_context().new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(fragile.address("/en/lab?scenario=road-closed&draws=2"))
    first = done(page)
    found = numbers(page)
    fragile.stop()
    page.locator('.preset[data-name="more-hearings"]').click()
    page.wait_for_selector("#lost:not([hidden])", timeout=WAIT)
    assert numbers(page) == found
    assert page.locator('.preset[data-name="more-hearings"]').get_attribute("aria-pressed") == "true"
    fragile.start()
    done(page, after=first)
    assert page.locator("#lost").is_hidden()
    assert "scenario=more-hearings" in page.url
    assert numbers(page) != found
    assert not faults
