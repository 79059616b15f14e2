"""What is wrong with a file or an answer, told in English or in French."""

from __future__ import annotations

from roxham.errors import Problem
from roxham.show.text import Language


def in_language(problem: Problem, language: Language) -> Problem:
    """Return the problem with its words in a language."""
    return problem
