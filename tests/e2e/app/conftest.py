"""A server on a free port, a browser, and axe: what the tests of the pages share.

Without a browser these tests are skipped and say why; where the variable CI is set they fail instead.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

ROOT = Path(__file__).resolve().parents[3]
AXE = Path(__file__).resolve().parents[1] / "vendor" / "axe-core" / "axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
SECONDS_TO_START = 60


def _unavailable(reason: str) -> None:
    if os.environ.get("CI"):
        pytest.fail(f"CI is set, so the browser tests must run: {reason}")
    pytest.skip(reason)


def _found() -> str | None:
    named = os.environ.get("CHROME")
    if named:
        return named if Path(named).exists() else shutil.which(named)
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def chrome() -> str:
    """The browser: the variable CHROME, Chromium on the path, or Debian's own package where we may install it."""
    path = _found()
    if path is None and hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get"):
        quiet: dict[str, Any] = {"check": False, "capture_output": True, "timeout": 600}
        subprocess.run(["apt-get", "update"], **quiet)
        subprocess.run(["apt-get", "install", "-y", "--no-install-recommends", "chromium"], **quiet)
        path = _found()
    if path is None:
        _unavailable("no browser: set CHROME, or install Chromium")
    return str(path)


class Server:
    """One running `roxham app`; it can be stopped and started again at the same address."""

    def __init__(self, store: Path, *options: str) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        self.store, self.options, self.log = store, options, store / "log"
        self.root = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> Server:
        """Start it and wait until it answers."""
        command = [sys.executable, "-m", "roxham", "app", "--port", str(self.port), "--store", str(self.store / "runs")]
        environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*command, *self.options], stdout=log, stderr=log, env=environment, start_new_session=True
            )
        until = time.monotonic() + SECONDS_TO_START
        while time.monotonic() < until:
            try:
                with urllib.request.urlopen(f"{self.root}/en/home", timeout=5):
                    return self
            except urllib.error.HTTPError:
                return self
            except OSError:
                time.sleep(0.1)
            assert self.process.poll() is None, self.log.read_text()
        raise AssertionError(f"the server did not start\n{self.log.read_text()}")

    def stop(self) -> None:
        """Stop it, as Ctrl+C does."""
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None

    def address(self, path: str) -> str:
        """The full address of a path such as /en/lab."""
        return self.root + path


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with a store of its own, for all tests of the session."""
    running = Server(tmp_path_factory.mktemp("app"), "--workers", "1").start()
    yield running
    running.stop()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium without a window."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is in the extra `test`")
    path = chrome()
    with playwright.sync_playwright() as play:
        running = play.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield running
        running.close()


@pytest.fixture
def new_context(browser: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """Makes a fresh context, as a new reader has it: `new_context(width=390, lang="fr")`."""
    made: list[BrowserContext] = []

    def make(*, width: int = 1400, lang: str = "en", **more: Any) -> BrowserContext:
        size: Any = {"width": width, "height": 844 if width < 700 else 900}
        context = browser.new_context(viewport=size, locale=f"{lang}-CA", **more)
        made.append(context)
        return context

    yield make
    for context in made:
        context.close()


@pytest.fixture
def open_page(server: Server, new_context: Callable[..., BrowserContext]) -> Iterator[Callable[..., Page]]:
    """Opens a page, `open_page("/en/check", width=390)`; afterwards nothing may have failed or gone elsewhere."""
    faults: list[str] = []

    def watch(page: Page) -> None:
        page.on("pageerror", lambda error: faults.append(f"{page.url}: {error}"))
        page.on("console", lambda said: faults.append(f"{page.url}: {said.text}") if _bad(said) else None)
        page.on("response", lambda got: faults.append(f"{got.status}: {got.url}") if _wrong(got) else None)
        page.on("request", lambda sent: faults.append(f"asked elsewhere: {sent.url}") if _else(sent.url) else None)

    def _wrong(got: Any) -> bool:
        return got.status >= 500 or (got.status == 404 and "/static/" in got.url)

    def _bad(said: Any) -> bool:
        return said.type == "error" and "Failed to load resource" not in said.text

    def _else(url: str) -> bool:
        return url.startswith("http") and not url.startswith(server.root)

    def go(path: str, *, width: int = 1400, **more: Any) -> Page:
        lang = "fr" if path.startswith("/fr") else "en"
        page = new_context(width=width, lang=lang, **more).new_page()
        watch(page)
        page.goto(server.address(path))
        return page

    yield go
    assert not faults, "\n".join(faults)


@pytest.fixture
def axe() -> Callable[[Page], None]:
    """Fails with every violation of WCAG 2.2 AA (and of good practice) that axe-core finds on the page."""

    def check(page: Page) -> None:
        # The page's policy forbids scripts of others; the tester's own world is not bound by it.
        page.evaluate(AXE.read_text(encoding="utf-8") + "; undefined")
        found = page.evaluate(
            "tags => axe.run(document, {runOnly: {type: 'tag', values: tags}}).then(r => r.violations)", TAGS
        )
        told = [f"{one['id']}: {one['help']}\n" + "\n".join(f"    {node['html'][:200]}" for node in one["nodes"])
                for one in found]
        assert not told, page.url + "\n" + "\n".join(told)

    return check


@pytest.fixture
def no_sideways() -> Callable[[Page], None]:
    """Fails when the page is wider than its window."""

    def check(page: Page) -> None:
        wide, window = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
        assert wide <= window, f"{page.url} is {wide} px wide in a window of {window} px"

    return check
