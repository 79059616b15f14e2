"""What is wrong is told in French too: every sentence of the code that a page can show has its French."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from roxham.errors import Problem, SpecError
from roxham.show.problem import in_french, in_language, told_in
from roxham.sim.placement.private import personal_cell, personal_header

SOURCE = Path(__file__).parents[2] / "src" / "roxham"
MODULES = ("law/person.py", "law/ask.py", "law/told.py", "sim/placement/read.py", "sim/placement/data.py",
           "lab/place.py", "app/desks.py", "app/place.py")
RAISED = {"Problem", "LawError", "SpecError", "ValueError", "Refused", "problem_at_key"}
#: Only in files that a page does not take.
NOT_SHOWN = ("word: word", "is not a price", " is in ", "cannot be ", "the interview")


def sentences(path: Path) -> Iterator[str]:
    """Every sentence that a module raises, its blanks filled with a word."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in RAISED:
            yield from filter(None, (_text(one) for one in node.args))
        elif isinstance(node, ast.Yield) and isinstance(node.value, ast.Tuple):
            yield from filter(None, (_text(one) for one in node.value.elts))


def _text(node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) and " " in node.value else ""
    if isinstance(node, ast.JoinedStr):
        told = "".join(one.value if isinstance(one, ast.Constant) else "word" for one in node.values)
        return told if " " in told else ""
    return ""


@pytest.mark.parametrize("name", MODULES)
def test_every_sentence_that_a_page_can_show_has_its_french(name: str) -> None:
    told = list(sentences(SOURCE / name))
    assert told
    missing = [one for one in told if in_french(one) is None and not any(part in one for part in NOT_SHOWN)]
    assert not missing


def test_kinds_of_what_tells_who_somebody_is_have_their_french() -> None:
    kinds = {personal_header(one) for one in ("name", "dob", "passport", "phone", "email", "address", "religion")}
    kinds |= {personal_cell(one, "ties") for one in ("1985-03-12", "ana@example.org", "AB123456", "12345678",
                                                     "514-555-0199", "H2X 1Y4", "12 rue Exemple")}
    for kind in kinds:
        said = in_french(f"column 3 looks like {kind}; leave it out: an opaque id is enough")
        assert said and str(kind) not in said


def test_english_stays_and_what_is_unknown_stays() -> None:
    problem = Problem("persons: must be a whole number from 1 to 30", "families.csv", 2, hint="x")
    assert in_language(problem, "en") is problem
    assert in_language(problem, "fr").line == 2 and in_language(problem, "fr").hint == "x"
    assert in_language(Problem("nobody wrote this"), "fr").message == "nobody wrote this"
    with pytest.raises(SpecError) as caught, told_in("fr"):
        raise SpecError([problem, Problem("the column \"id\" is missing", "families.csv", 1)])
    assert [one.message.replace("\u00a0", " ") for one in caught.value.problems] == [
        "persons : doit être un nombre entier de 1 à 30", "la colonne « id » manque"]
