"""The ledger finds every number of a case, and every number that cannot stand."""

from __future__ import annotations

from pathlib import Path

import pytest

from roxham.evidence.ledger import STANDINGS, ledger
from roxham.evidence.tables import case_folder

CASE = "canada_us"


@pytest.fixture
def case(tmp_path: Path) -> Path:
    (tmp_path / "evidence").mkdir()
    (tmp_path / "sources.yaml").write_text("board: {title: A table, publisher: A board, url: x}\n", encoding="utf-8")
    return tmp_path


def test_the_shipped_case_has_no_number_without_standing() -> None:
    assert [str(problem) for problem in ledger(CASE).problems] == []


def test_counts_add_up_to_the_rows() -> None:
    book = ledger(CASE)
    assert sum(book.totals.values()) == len(book.rows)
    assert set(book.totals) == set(STANDINGS)
    by_file = {status: sum(counts[status] for counts in book.counts.values()) for status in STANDINGS}
    assert by_file == book.totals


def test_every_assumed_number_has_a_range_around_it() -> None:
    for row in ledger(CASE).assumed:
        assert row.low is not None, row
        assert row.high is not None, row


def test_the_files_of_the_case_are_all_counted() -> None:
    counted = set(ledger(CASE).counts)
    for name in ("services.yaml", "reception.yaml", "costs.yaml", "parameters.yaml", "people/shares.csv"):
        assert name in counted
    shipped = {p.relative_to(case_folder(CASE)).as_posix() for p in (case_folder(CASE) / "people").glob("*.csv")}
    assert shipped - counted == {"people/groups.csv"}  # names only


def test_a_figure_without_an_address_is_marked() -> None:
    marked = [row for row in ledger(CASE).rows if row.range_only]
    assert len(marked) > 10
    assert all(row.file.startswith("evidence/") for row in marked)


def test_no_value_of_the_case_rests_on_a_figure_without_an_address() -> None:
    for row in ledger(CASE).rows:
        if not row.file.startswith("evidence/") and row.source:
            assert not {"cp_settle_2018", "rc_permits_2022", "cp_removals_2019"} & set(row.source.split(";")), row


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: {value: 3, unit: beds, status: measured}\n", "needs a source"),
        ("a: {value: 3, unit: beds}\n", "needs a source"),
        ("a: {value: 3, unit: beds, status: assumed, low: 1}\n", "needs low and high"),
        ("a: {value: 3, unit: beds, status: assumed, low: 4, high: 5}\n", "outside its range"),
        ("a: {value: 3, unit: beds, status: guessed, source: board}\n", "is not a standing"),
        ("a: {value: 3, unit: beds, status: measured, source: bord}\n", 'did you mean "board"'),
    ],
)
def test_a_number_that_cannot_stand_is_told_with_its_line(case: Path, text: str, message: str) -> None:
    (case / "services.yaml").write_text("# a comment\n" + text, encoding="utf-8")
    problems = ledger(case).problems
    assert len(problems) == 1
    assert message in str(problems[0])
    assert sum(ledger(case).counts["services.yaml"].values()) == 1
    assert (problems[0].file, problems[0].line) == ("services.yaml", 2)


def test_rows_of_tables_and_columns_with_a_range_are_numbers(case: Path) -> None:
    (case / "segments.csv").write_text(
        "id,length_km,status,low,high,source,detection,detection_low,detection_high\nroad,2,derived,,,board,0.5,0.1,0.9\n",
        encoding="utf-8",
    )
    book = ledger(case)
    assert [(row.name, row.value, row.status) for row in book.rows] == [
        ("road", 2.0, "derived"),
        ("road detection", 0.5, "assumed"),
    ]
    assert book.problems == ()


def test_evidence_without_an_address_at_all_is_a_problem(case: Path) -> None:
    (case / "evidence" / "irb.csv").write_text("year,value,source_url,note\n2017,3,,\n", encoding="utf-8")
    assert "needs a source" in str(ledger(case).problems[0])
