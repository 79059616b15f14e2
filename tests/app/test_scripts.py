"""The scripts of the pages: every phrase that they ask for is there, nothing comes from elsewhere, no file is long."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from roxham.app.shell import PAGES
from roxham.app.text import catalogue

ROOT = Path(__file__).resolve().parents[2]
STATIC = ROOT / "src" / "roxham" / "app" / "static"
SCRIPTS = sorted((STATIC / "js").glob("*.js"))
SHEETS = sorted((STATIC / "css").glob("*.css"))
PHRASES = {key for name in ("shell", *PAGES) for key in catalogue(name)}


def code(path: Path) -> str:
    """A script without its comments."""
    return re.sub(r"/\*.*?\*/|(?<!:)//[^\n]*", "", path.read_text(encoding="utf-8"), flags=re.S)


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_every_phrase_is_there(path: Path) -> None:
    for key in re.findall(r"""\bt\("([a-z0-9_.-]+)"[,)]""", code(path)):
        assert key in PHRASES or {f"{key}_one", f"{key}_other"} <= PHRASES, f"{path.name}: no phrase {key}"


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_a_script_imports_what_stands_beside_it(path: Path) -> None:
    for name in re.findall(r"""(?:^import [^"]*|\bimport\()"([^"]+)\"""", code(path), re.M):
        assert name.startswith("."), f"{path.name} imports {name} from elsewhere"
        assert (path.parent / name).resolve().is_file(), f"{path.name} imports {name}, which is not there"


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_a_script_is_short_says_what_it_is_and_makes_no_html_of_text(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.startswith("/*"), "a script begins with a sentence that says what it does"
    assert text.count("\n") <= 400
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function", code(path))
    assert not re.search(r"localStorage|sessionStorage|document\.cookie|sendBeacon", code(path))
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", code(path))


@pytest.mark.parametrize("path", SHEETS, ids=lambda path: path.name)
def test_a_style_sheet_fetches_nothing_from_elsewhere(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= 400
    assert "@import" not in text
    for name in re.findall(r"""url\("?([^")]+)"?\)""", text):
        assert (path.parent / name).resolve().is_file(), f"{path.name}: {name}"


def test_what_others_made_is_as_they_made_it() -> None:
    command = [sys.executable, str(ROOT / "scripts" / "fetch_assets.py"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "ECharts" in (ROOT / "NOTICE").read_text(encoding="utf-8")
