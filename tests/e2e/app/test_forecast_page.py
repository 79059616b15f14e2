"""The forecast in a browser, as a new reader meets it: read, ask for another day, add a file, take it along."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

HEAD = "year,month,province,office,claims,source_url\n"
ADDRESS = "https://www.example.org/claims.csv"
CELLS = {
    ("QC", "land_border"): 600, ("QC", "airport"): 700, ("QC", "inland"): 1800, ("ON", "land_border"): 400,
    ("ON", "airport"): 450, ("ON", "inland"): 4300, ("total", "land_border"): 1100, ("total", "airport"): 1300,
    ("total", "inland"): 8000, ("total", "total"): 10400,
}  # fmt: skip
NEWER = HEAD + "".join(f"2025,2,{place},{office},{n},{ADDRESS}\n" for (place, office), n in CELLS.items())
WAIT = 30_000


def ready(page: Any, words: str) -> None:
    """Wait until the forecast of some month stands in the title."""
    page.wait_for_function(
        "words => document.getElementById('title').textContent.includes(words)"
        " && !document.getElementById('forecast').hidden"
        " && !document.getElementById('forecast').classList.contains('waiting')", arg=words, timeout=WAIT)  # fmt: skip


def shown(page: Any) -> list[str]:
    """The rows of the chart's table."""
    page.locator("#fan details").evaluate("one => { one.open = true; }")
    page.wait_for_selector("#fan details tbody tr")
    return [str(row) for row in page.locator("#fan details tbody tr").all_inner_texts()]


def test_a_new_reader_finds_the_months_to_come(open_page: Callable[..., Any], server: Any) -> None:
    page = open_page("/en/forecast")
    ready(page, "January 2025")
    with urllib.request.urlopen(server.address("/api/forecast?lang=en")) as answer:
        told = json.load(answer)
    assert page.locator("#warning-words p").count() >= 1
    assert "March 2026" in page.locator("#span").inner_text()
    page.wait_for_selector("#fan canvas")
    page.select_option("#place", "ON")
    page.select_option("#office", "claims/ON/inland")
    series = next(one for one in told["series"] if one["id"] == "claims/ON/inland")
    rows = shown(page)
    assert len(rows) == len(told["months"])
    for row, quantiles in zip(rows, series["quantiles"], strict=True):
        assert f"{round(quantiles[told['levels'].index(0.5)]):,}" in row
    assert "series=claims%2FON%2Finland" in page.url
    page.locator("#language").click()
    page.wait_for_url("**/fr/forecast?series=claims%2FON%2Finland")
    ready(page, "janvier 2025")
    assert page.locator("#office option:checked").inner_text() == "Demandes à l’intérieur"
    assert "\u00a0" in shown(page)[0]


@pytest.mark.slow
def test_an_old_day_stands_beside_what_came_and_keeps_its_address(
    open_page: Callable[..., Any], new_context: Callable[..., Any], server: Any
) -> None:
    page = open_page("/en/forecast?series=claims/QC/land_border")
    ready(page, "January 2025")
    assert page.locator("#warning-words li").count() == 0
    page.get_by_role("button", name="21 November 2021").click()
    ready(page, "September 2021")
    assert page.locator("#warning-words li").count() > 1
    assert "warn" in page.locator("#warning").get_attribute("class")
    page.get_by_role("button", name="25 March 2023").click()
    ready(page, "January 2023")
    assert page.get_by_role("button", name="25 March 2023").get_attribute("aria-pressed") == "true"
    rows = shown(page)
    assert page.locator("#fan details thead th").last.inner_text() == "published since"
    fresh = new_context().new_page()
    fresh.goto(page.url)
    ready(fresh, "January 2023")
    assert shown(fresh) == rows
    page.go_back()
    ready(page, "September 2021")
    page.locator("#as-of").fill("2010-01-01")
    page.locator("#as-of").dispatch_event("change")
    assert "15 February 2017" in page.locator("#as-of-fault").inner_text()
    assert page.locator("#as-of").get_attribute("aria-invalid") == "true"


def test_a_file_is_checked_then_used_for_this_reader(open_page: Callable[..., Any], tmp_path: Path) -> None:
    page = open_page("/en/forecast")
    ready(page, "January 2025")
    page.get_by_text("Add a newer file of the same counts").click()
    page.locator("#add-go").click()
    assert "Choose a file first" in page.locator("#add-fault").inner_text()
    bad = tmp_path / "bad.csv"
    bad.write_text(NEWER.replace("QC,airport", "QC,airprt").replace("4300", "many"), encoding="utf-8")
    page.set_input_files("#file", bad)
    page.locator("#add-go").click()
    page.wait_for_selector("#add-fault li")
    said = page.locator("#add-fault").inner_text()
    assert "line 3" in said and "did you mean “airport”?" in said and "line 7" in said
    assert "January 2025" in page.locator("#title").inner_text()
    good = tmp_path / "good.csv"
    good.write_text(NEWER, encoding="utf-8")
    page.set_input_files("#file", good)
    page.locator("#add-go").click()
    ready(page, "February 2025")
    assert "10 rows" in page.locator("#used").inner_text()
    page.locator("#language").click()
    ready(page, "février 2025")
    page.get_by_role("button", name="Revenir aux comptes connus").click()
    ready(page, "janvier 2025")
    assert page.locator("#used").inner_text() == ""


@pytest.mark.slow
def test_a_file_forgotten_by_the_server_is_said_so(open_page: Callable[..., Any]) -> None:
    page = open_page("/en/forecast?newer=0123456789abcdef0123")
    ready(page, "January 2025")
    assert "no longer held" in page.locator("#used").inner_text()


@pytest.mark.slow
def test_the_page_is_never_blank(open_page: Callable[..., Any]) -> None:
    page = open_page("/en/forecast")
    ready(page, "January 2025")
    page.route("**/api/forecast?**", lambda route: route.fulfill(
        status=422, content_type="application/problem+json", body='{"detail": "The server rests."}'))  # fmt: skip
    page.get_by_role("button", name="21 March 2020").click()
    page.get_by_role("button", name="Try again").wait_for()
    assert "The server rests." in page.locator("#state").inner_text()
    assert page.locator("#fan canvas").count() == 1
    page.unroute("**/api/forecast?**")
    page.get_by_role("button", name="Try again").click()
    ready(page, "January 2020")
    assert page.locator("#state").inner_text() == ""


@pytest.mark.slow
def test_while_it_works_it_says_so(open_page: Callable[..., Any]) -> None:
    page = open_page("/en/home")
    held: list[Any] = []
    page.route("**/api/forecast?**", lambda route: held.append(route))
    page.goto(page.url.replace("/home", "/forecast?as_of=2021-11-21"))
    page.wait_for_selector("#state progress")
    assert "a few seconds" in page.locator("#state").inner_text()
    assert page.locator("#scores-headline tbody tr").count() == 9
    held[0].continue_()
    ready(page, "September 2021")


@pytest.mark.slow
def test_it_can_be_taken_along(open_page: Callable[..., Any]) -> None:
    page = open_page("/en/forecast", accept_downloads=True)
    ready(page, "January 2025")
    for name, ending in (("The forecast (CSV)", "roxham-ensemble.csv"), ("Everything (JSON)", "plain")):
        with page.expect_download() as down:
            page.get_by_role("link", name=name).click()
        assert ending in down.value.suggested_filename
    page.locator("#fan canvas").wait_for()
    for kind in ("CSV", "SVG", "PNG"):
        with page.expect_download() as down:
            page.locator("#fan .chart-tools").get_by_text(kind, exact=True).click()
        file = Path(down.value.path())
        assert down.value.suggested_filename == f"roxham-forecast-2025-03-15-claims-QC-total.{kind.lower()}"
        assert file.stat().st_size > 1000
        if kind == "CSV":
            text = file.read_text(encoding="utf-8")
            assert "q0.5" in text and "/en/forecast" in text


@pytest.mark.slow
def test_by_keyboard_alone(open_page: Callable[..., Any]) -> None:
    page = open_page("/en/forecast")
    ready(page, "January 2025")

    def on(what: str) -> bool:
        return bool(page.evaluate("what => document.activeElement?.matches(what)", what))

    def reach(what: str) -> None:
        for _ in range(80):
            if on(what):
                return
            page.keyboard.press("Tab")
        raise AssertionError(f"{what} is not reached by Tab")

    reach('[data-day="2023-03-24"]')
    page.keyboard.press("Enter")
    ready(page, "January 2023")
    reach("#place")
    page.keyboard.press("ArrowDown")
    page.wait_for_function("document.querySelector('#fan figcaption strong').textContent.includes('Ontario')")
    reach("#fan summary")
    page.keyboard.press("Enter")
    assert page.locator("#fan details").get_attribute("open") is not None
    reach("#all button")
    page.keyboard.press("Enter")
    assert on("#office")
    reach("#adding summary")
    page.keyboard.press("Enter")
    reach("#file")


@pytest.mark.slow
@pytest.mark.parametrize("width", [1400, 390])
@pytest.mark.parametrize("lang", ["en", "fr"])
def test_it_is_clean_everywhere(
    open_page: Callable[..., Any], axe: Callable[..., None], no_sideways: Callable[..., None], lang: str, width: int
) -> None:
    page = open_page(f"/{lang}/forecast?as_of=2023-03-24&series=claims/QC/land_border", width=width)
    ready(page, "2023")
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
    page.locator("#rooms-chart").scroll_into_view_if_needed()
    page.wait_for_selector("#rooms-chart canvas")
    axe(page)
    no_sideways(page)
