"""Pictures of every page of the app, in English and French, on a wide screen and on a phone.

    python scripts/screenshots.py out/pictures
    python scripts/screenshots.py out/pictures --pages lab,check --draws 10 --store out/store

The script starts the app itself on a free port and stops it afterwards. It needs the extra `test` (playwright) and
Chromium: the variable CHROME, or one on the path. Pictures are named PAGE-LANGUAGE-WIDTH.png and show the whole page;
those of one window, with `-top` in the name, are for the README.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PAGES = ("home", "report", "lab", "check", "forecast", "place")
SIZES = {1400: 950, 390: 844}
# What must stand on a page before its picture is taken, where waiting for the network is not enough.
READY = {"lab": "body[data-study=done][data-painted]"}
# What is pressed then, and what must stand on the page after it: a second picture shows what the page is for.
THEN = {"check": ("[data-example=couple]", ".verdict"), "place": ("#sample", ".board")}
WAIT = 180_000


@contextmanager
def server(store: Path) -> Iterator[str]:
    """The app on a free port; gives its address, and stops it at the end."""
    command = [sys.executable, "-u", "-m", "roxham", "app", "--port", "0", "--store", str(store)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    try:
        assert process.stdout is not None
        found = next((m for line in process.stdout if (m := re.search(r"(http://\S+?)/? ", line))), None)
        if found is None:
            sys.exit("the app did not start")
        yield found[1]
    finally:
        process.terminate()
        process.wait(20)


def chrome() -> str:
    """Chromium: the variable CHROME, or one on the path."""
    names = (os.environ.get("CHROME", ""), "chromium", "chromium-browser", "google-chrome", "chrome")
    path = next((found for name in names if name and (found := shutil.which(name))), None)
    return path or sys.exit("no browser: set CHROME, or install Chromium")


def take(page: Any, address: str, name: str, folder: Path, draws: int) -> None:
    """One page, once everything on it has come, as one window and as a whole."""
    query = f"?scenario=protocol-never&draws={draws}" if name.startswith("lab") else ""
    page.goto(address + query, timeout=WAIT)
    if ready := READY.get(name.split("-")[0]):
        page.wait_for_selector(ready, timeout=WAIT)
    else:
        page.wait_for_load_state("networkidle", timeout=WAIT)
    height = int(page.evaluate("document.documentElement.scrollHeight"))
    for top in range(0, height, 500):  # charts are drawn when they come near the window
        page.evaluate("top => scrollTo(0, top)", top)
        page.wait_for_timeout(120)
    page.evaluate("scrollTo(0, 0)")
    page.wait_for_timeout(700)
    page.screenshot(path=folder / f"{name}-top.png")
    page.screenshot(path=folder / f"{name}.png", full_page=True)
    if then := THEN.get(name.split("-")[0]):
        page.click(then[0], timeout=WAIT)
        page.wait_for_selector(then[1], timeout=WAIT)
        page.wait_for_timeout(700)
        page.screenshot(path=folder / f"{name}-then.png", full_page=True)


def main() -> None:
    """Take the pictures that the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="where the pictures go")
    parser.add_argument("--pages", default=",".join(PAGES), help="which pages, with commas between")
    parser.add_argument("--languages", default="en,fr")
    parser.add_argument("--draws", type=int, default=20, help="draws of the lab's study")
    parser.add_argument("--store", type=Path, help="a store that keeps the draws for the next time")
    chosen = parser.parse_args()
    from playwright.sync_api import sync_playwright

    chosen.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as own, server(chosen.store or Path(own)) as root, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chrome(), args=["--no-sandbox"])
        for language in chosen.languages.split(","):
            for width, height in SIZES.items():
                size: Any = {"width": width, "height": height}
                page = browser.new_page(viewport=size, locale=f"{language}-CA", reduced_motion="reduce")
                for name in chosen.pages.split(","):
                    take(page, f"{root}/{language}/{name}", f"{name}-{language}-{width}", chosen.folder, chosen.draws)
                    print(chosen.folder / f"{name}-{language}-{width}.png", flush=True)
                page.close()
        browser.close()


if __name__ == "__main__":
    main()
