"""The error tree: what it holds, how it reads, that it survives a trip to another process."""

from __future__ import annotations

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roxham import errors
from roxham.errors import (
    EvidenceError,
    LawError,
    Problem,
    RoxhamError,
    RunError,
    SourceMissing,
    SpecError,
    UnitError,
    UnknownName,
    did_you_mean,
    raise_problems,
)


def test_the_tree_is_the_one_drawn_at_its_top() -> None:
    assert errors.__doc__ is not None
    drawn = [line for line in errors.__doc__.splitlines() if "──" in line]
    parents = {}
    for line in drawn:
        name = line.replace("│", " ").split("──")[1].split()[0]
        parents[name] = SpecError if "│" in line or line.startswith(" " * 8) else RoxhamError
    assert parents == {
        "SpecError": RoxhamError,
        "UnknownName": SpecError,
        "UnitError": SpecError,
        "SourceMissing": SpecError,
        "LawError": RoxhamError,
        "EvidenceError": RoxhamError,
        "RunError": RoxhamError,
    }
    for name, parent in parents.items():
        assert getattr(errors, name).__bases__[0] is parent


@pytest.mark.parametrize(
    ("problem", "said"),
    [
        (Problem("no"), "no"),
        (Problem("no", file="a.yaml"), "a.yaml: no"),
        (Problem("no", file="a.yaml", line=3), "a.yaml:3: no"),
        (Problem("no", file="a.yaml", line=3, column=9), "a.yaml:3:9: no"),
        (Problem("no", file="a.yaml", line=3, hint="yes"), 'a.yaml:3: no (did you mean "yes"?)'),
    ],
)
def test_a_problem_says_where_what_and_what_was_meant(problem: Problem, said: str) -> None:
    assert str(problem) == said


def test_a_place_is_added_but_never_replaced() -> None:
    assert Problem("no").at("a.yaml", 3, 4) == Problem("no", "a.yaml", 3, 4)
    assert Problem("no", "b.yaml", 1, 2).at("a.yaml", 3, 4) == Problem("no", "b.yaml", 1, 2)


def test_an_error_takes_one_text_one_problem_or_many() -> None:
    assert RoxhamError("one").problems == (Problem("one"),)
    assert RoxhamError(Problem("one")).problems == (Problem("one"),)
    assert str(RoxhamError(["one", Problem("two", "f", 2)])) == "one\nf:2: two"


@pytest.mark.parametrize("kind", [SpecError, UnknownName, UnitError, SourceMissing, LawError, EvidenceError, RunError])
def test_an_error_comes_back_whole_from_another_process(kind: type[RoxhamError]) -> None:
    error = kind([Problem("one", "a.yaml", 3, 4, "won")])
    back = pickle.loads(pickle.dumps(error))
    assert type(back) is kind
    assert back.problems == error.problems
    assert str(back) == str(error)


def test_problems_are_raised_together_or_not_at_all() -> None:
    raise_problems([])
    with pytest.raises(UnknownName) as caught:
        raise_problems([Problem("one"), Problem("two")], UnknownName)
    assert [problem.message for problem in caught.value.problems] == ["one", "two"]


@pytest.mark.parametrize(
    ("word", "meant"),
    [("Lacole", "lacolle"), ("ROXHAM ROAD", "roxham_road"), ("roxham-road", "roxham_road"), ("zzzz", None), ("", None)],
)
def test_what_was_meant(word: str, meant: str | None) -> None:
    assert did_you_mean(word, ["roxham_road", "lacolle", "coutts"]) == meant


@given(st.text(max_size=20), st.lists(st.text(max_size=20), max_size=8))
def test_what_was_meant_is_always_one_of_the_choices(word: str, choices: list[str]) -> None:
    meant = did_you_mean(word, choices)
    assert meant is None or meant in choices
