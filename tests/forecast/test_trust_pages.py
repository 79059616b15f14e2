"""The Trust pages say what the stored runs say."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from roxham.forecast.calibrate import Problem
from roxham.forecast.identify import identify

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def maker() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_trust", ROOT / "docs" / "make_trust.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_pages_are_up_to_date(maker: ModuleType, problem: Problem) -> None:
    found = identify(problem, problem.corridor.posterior("main"))
    pages = {"experiments": maker.experiments_page(), "sensitivity": maker.sensitivity_page(),
             "trust": maker.trust_page(found)}  # fmt: skip
    for name, text in pages.items():
        written = (ROOT / "docs" / "trust" / f"{name}.md").read_text(encoding="utf-8")
        assert written == maker.wrapped(text), "run: python docs/make_trust.py"


def test_a_missed_line_is_printed_as_missed(maker: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    true = maker.table

    def worse(name: str) -> list[dict[str, str]]:
        rows = [dict(row) for row in true(name)]
        if name == "scores":
            for row in rows:
                if row["model"] == "corridor":
                    row.update(wis="1e9", covered_80="0.1", skill="-5")
        return rows

    monkeypatch.setattr(maker, "table", worse)
    good, bad = maker._right_and_wrong("2023")
    assert sum("**missed**" in line for line in bad) == 2
    assert not any("WIS below" in line for line in good)
    assert sum("worse than the baseline's" in line for line in bad) == 7


def test_long_paragraphs_are_wrapped_and_tables_are_not(maker: ModuleType) -> None:
    page = maker.wrapped("- " + "word " * 60 + "\n| " + "cell " * 60 + "|\n")
    lines = page.splitlines()
    assert all(len(line) <= 120 for line in lines[:-1]) and lines[1].startswith("  word")
    assert len(lines[-1]) > 120
