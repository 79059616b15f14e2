"""What became known between two days, and a reader's own series in a case."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from roxham.cli import main
from roxham.errors import EvidenceError
from roxham.evidence.ledger import ledger
from roxham.evidence.series import list_series, load_series
from roxham.evidence.tables import case_folder
from roxham.evidence.vintage import add_series, became_known

GOOD = """\
period,value,source_url,published,note
2024-01,120,https://example.org/a,2024-03-01,first count
2024-02,95,https://example.org/b,2024-03-20,
"""


@pytest.fixture
def case(tmp_path: Path) -> Path:
    copy = tmp_path / "case"
    shutil.copytree(case_folder("canada_us"), copy, ignore=shutil.ignore_patterns("calibration", "law"))
    return copy


def written(folder: Path, text: str) -> Path:
    path = folder / "mine.csv"
    path.write_text(text, encoding="utf-8")
    return path


def add(case: Path, file: Path, name: str = "beds_mine") -> None:
    add_series(case, file, name=name, unit="beds", kind="stock", title=("Beds: mine", "Lits : les miens"),
               definition="Beds counted by me.")  # fmt: skip


def call(*arguments: str | Path) -> int:
    with pytest.raises(SystemExit) as left:
        main([str(argument) for argument in arguments])
    return int(left.value.code or 0)


def test_what_became_known_is_listed_once() -> None:
    first, middle, last = date(2022, 12, 31), date(2023, 3, 14), date(2023, 6, 15)
    both = became_known("canada_us", first, middle) + became_known("canada_us", middle, last)
    assert sorted(both, key=str) == sorted(became_known("canada_us", first, last), key=str)
    for one in both:
        assert first < one.published <= last
    spring = became_known("canada_us", date(2023, 2, 28), date(2023, 3, 31), names=["claims_land_border_QC"])
    assert [(one.period, one.value, one.unit) for one in spring] == [("2023-01", 4960.0, "claims")]


def test_days_in_the_wrong_order_are_told() -> None:
    with pytest.raises(EvidenceError, match="earlier day first"):
        became_known("canada_us", date(2023, 2, 1), date(2023, 1, 1))


def test_a_series_of_ones_own_reads_back_with_its_true_vintage(case: Path, tmp_path: Path) -> None:
    add(case, written(tmp_path, GOOD))
    held = load_series(case, "beds_mine")
    assert held.values == {"2024-01": 120.0, "2024-02": 95.0}
    assert [str(point.published) for point in held.points] == ["2024-03-01", "2024-03-20"]
    assert held.as_of(date(2024, 3, 10)).values == {"2024-01": 120.0}
    assert (held.unit, held.kind, held.title["fr"]) == ("beds", "stock", "Lits : les miens")
    assert held.sources == ("https://example.org/a", "https://example.org/b")
    assert set(list_series(case)) == {*list_series("canada_us"), "beds_mine"}
    assert ledger(case).problems == ledger("canada_us").problems


@pytest.mark.parametrize(("periods", "kind"), [(("2023", "2024"), "year"), (("2024-01-31", "2024-02-29"), "day")])
def test_years_and_days_do_too(case: Path, tmp_path: Path, periods: tuple[str, str], kind: str) -> None:
    text = GOOD.replace("2024-01,", f"{periods[0]},").replace("2024-02,", f"{periods[1]},")
    add(case, written(tmp_path, text.replace("2024-03-01", "2025-03-01").replace("2024-03-20", "2025-03-20")))
    assert [point.period for point in load_series(case, "beds_mine").points] == list(periods), kind


@pytest.mark.parametrize(("old", "new", "line", "said"), [
    ("2024-02,95", "2024-13,95", 3, "not a period"),
    ("2024-02,95", "2024-01,95", 3, "already stands in line 2"),
    ("95,", "many,", 3, "not a number"),
    ("95,", "-1,", 3, "not below zero"),
    ("https://example.org/b", "", 3, "address of its source"),
    ("2024-03-20", "2024-01-20", 3, "before the period"),
    ("2024-03-20", "soon", 3, "not a day"),
    ("value,", "amount,", 1, '"value" is missing'),
    ("2024-02,95", "2024,95", None, "periods of one kind"),
])  # fmt: skip
def test_every_problem_is_told_with_its_line_and_nothing_is_written(
    case: Path, tmp_path: Path, old: str, new: str, line: int | None, said: str
) -> None:
    before = {path: path.read_bytes() for path in (case / "evidence").iterdir()}
    with pytest.raises(EvidenceError, match=said) as told:
        add(case, written(tmp_path, GOOD.replace(old, new)))
    assert line in {problem.line for problem in told.value.problems}
    assert {path: path.read_bytes() for path in (case / "evidence").iterdir()} == before


def test_all_problems_come_together(case: Path, tmp_path: Path) -> None:
    bad = GOOD.replace("120", "x").replace("https://example.org/b", "").replace("2024-03-20", "never")
    with pytest.raises(EvidenceError) as told:
        add(case, written(tmp_path, bad), name="Claims!")
    assert len(told.value.problems) == 4


def test_a_name_that_is_taken_is_refused(case: Path, tmp_path: Path) -> None:
    with pytest.raises(EvidenceError, match="already a series"):
        add(case, written(tmp_path, GOOD), name="rpd_pending")


def test_an_assumed_number_needs_its_range(case: Path, tmp_path: Path) -> None:
    head = "period,value,source_url,status,low,high\n"
    with pytest.raises(EvidenceError, match="low and high"):
        add(case, written(tmp_path, head + "2024-01,10,,assumed,,\n"))
    with pytest.raises(EvidenceError, match="outside its range"):
        add(case, written(tmp_path, head + "2024-01,10,,assumed,11,20\n"))
    add(case, written(tmp_path, head + "2024-01,10,,assumed,5,20\n"))
    assert load_series(case, "beds_mine").points[0].low == 5


def test_the_commands(case: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = written(tmp_path, GOOD)
    assert call("evidence", "add", file, "--name", "mine", "--unit", "beds", "--kind", "stock", "--case", case) == 0
    assert "mine: 2 points, 2024-01 to 2024-02, beds, stock" in capsys.readouterr().out
    assert call("evidence", "add", file, "--name", "two", "--unit", "beds", "--kind", "both", "--case", case) == 2
    assert "neither flow nor stock" in capsys.readouterr().err
    assert call("evidence", "diff", "2024-02-28", "2024-03-10", "--series", "mine", "--case", case) == 0
    assert "2024-01" in capsys.readouterr().out
    for name in ("known.svg", "known.png"):
        assert call("evidence", "plot", "claims_airport_QC", "--as-of", "2021-01-31", "--out", tmp_path / name) == 0
        assert (tmp_path / name).stat().st_size > 4000
    assert call("evidence", "plot", "claims_airport_QC", "--out", tmp_path / "known.doc") == 2
    assert call("evidence", "diff", "soon", "2024-01-01") == 2
