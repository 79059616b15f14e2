"""No CSV that leaves Roxham holds what a spreadsheet takes for a formula; numbers stay numbers, in pages too."""

from __future__ import annotations

import ast
import csv
import io
import json
import math
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roxham._csv import csv_field, csv_text, safe, write_csv

SOURCE = Path(__file__).resolve().parents[1] / "src" / "roxham"
FORMULAS = ["=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1", "=cmd|' /C calc'!A0", "-200 beds",
            "\uff1d1", "+", "-", "--5", "+-5", "-1e", "=-5", "@", "-,5", "- 5"]  # fmt: skip
PLAIN = ["", "F17", "12", "-12", "+12", "-12.5", ".5", "-.5", "1e-9", "-1E+9", "a=b", "1-", "1+1", "x@y", "\u22125",
         "'=1"]  # fmt: skip


@pytest.mark.parametrize("text", FORMULAS)
def test_a_formula_is_marked_as_text(text: str) -> None:
    assert safe(text) == f"'{text}"


@pytest.mark.parametrize("text", PLAIN)
def test_everything_else_stands_as_it_is(text: str) -> None:
    assert safe(text) == text


@given(st.one_of(st.integers(), st.floats(), st.none(), st.booleans()))
def test_what_is_no_text_is_never_touched(value: Any) -> None:
    given_back = safe(value)
    assert given_back is value


@given(st.floats(allow_nan=False, allow_infinity=False), st.sampled_from(["{}", "{:.2f}", "{:g}", "{:+.3e}"]))
def test_numbers_as_text_stay_numbers(number: float, pattern: str) -> None:
    text = pattern.format(number)
    assert safe(text) == text
    assert math.isfinite(float(str(safe(text))))


@given(st.lists(st.lists(st.text(max_size=8), min_size=1, max_size=4), max_size=5))
def test_tables_are_read_back_and_hold_no_formula(rows: list[list[str]]) -> None:
    rows = [[cell.replace("\x00", "").replace("\r", " ") for cell in row] for row in rows]
    back = list(csv.reader(io.StringIO(csv_text(rows), newline="")))
    assert [[str(safe(cell)) for cell in row] for row in rows] == [row or [""] for row in back]
    for cell in (cell for row in back for cell in row):
        assert not re.match(r"[=@\t]|[+-](?![\d.])", cell), cell


def test_one_cell_is_quoted_where_it_must_be() -> None:
    assert [csv_field(text) for text in ("a", "a,b", 'a"b', "=1", "a\nb")] == ["a", '"a,b"', '"a""b"', "'=1", '"a\nb"']


def test_mappings_come_in_the_order_of_the_columns() -> None:
    assert csv_text([{"b": 1, "a": "=2"}, {"a": -3}], ["a", "b"]) == "a,b\n'=2,1\n-3,\n"
    with pytest.raises(KeyError, match="c"):
        csv_text([{"c": 1}], ["a"])


def test_there_is_one_door_for_every_table() -> None:
    """Nothing else in the package makes a writer of CSV."""
    makers = set()
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and ast.unparse(node) in ("csv.writer", "csv.DictWriter"):
                makers.add(path.name)
    assert makers == {"_csv.py"}


def test_the_summary_uses_it_and_keeps_its_names() -> None:
    import numpy as np

    from roxham.lab.summary import Summary

    numbers = np.array([[-1.5] + [np.nan] * 11])
    text = Summary(("=evil",), (("heard", "nan,aimo"),), ("all",), numbers).to_csv()
    assert text.splitlines()[1] == "'=evil,heard,persons,\"nan,aimo\",all,-1.5" + "," * 11


def test_a_stream_takes_rows_as_they_come() -> None:
    held = io.StringIO()
    write_csv(held, ([k, f"-{k}"] for k in range(2)))
    assert held.getvalue() == "0,-0\n1,-1\n"


def test_a_page_saves_what_python_writes() -> None:
    """The function of the pages is that of Python, cell for cell."""
    node = shutil.which("node")
    script = SOURCE / "app" / "static" / "js" / "table.js"
    if node is None or not script.exists():
        pytest.skip("node is not installed, or there are no pages")
    found = re.search(r"export (function csv\(.*?\n\})", script.read_text(encoding="utf-8"), re.S)
    assert found is not None
    cells = [*FORMULAS, *PLAIN, 'a"b', "a,b", -5, 1.5, None]
    asked = f"{found[1]}\nconst cells = {json.dumps(cells)};\n" + (
        "process.stdout.write(JSON.stringify(cells.map((one) => csv([{label: 'x'}], [[one]]))));")  # fmt: skip
    told = json.loads(subprocess.run([node, "-e", asked], capture_output=True, text=True, check=True).stdout)
    for cell, text in zip(cells, told, strict=True):
        (back,) = list(csv.reader(io.StringIO(text, newline="")))[1:] or [[]]
        wanted = "" if cell is None else str(safe(cell))
        assert (back[0] if back else "") == wanted, cell
