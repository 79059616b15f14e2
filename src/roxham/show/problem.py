"""What is wrong with a file or an answer, told in English or in French."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from roxham.errors import Problem, RoxhamError
from roxham.show.text import Language


def in_language(problem: Problem, language: Language) -> Problem:
    """Return the problem with its words in a language."""
    return problem


@contextmanager
def told_in(language: Language) -> Iterator[None]:
    """Raise the errors met inside again, with their problems in a language."""
    try:
        yield
    except RoxhamError as error:
        raise type(error)([in_language(one, language) for one in error.problems]) from None
