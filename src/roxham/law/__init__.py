"""What is allowed, on which date, and why: one definition of the law for one person and for a million.

A model of the law, not legal advice.
"""

from __future__ import annotations

from pathlib import Path

from roxham.law.change import LawChange
from roxham.law.columns import Columns, stack
from roxham.law.decide import Decision, decide, ground_names
from roxham.law.evaluation import Answer
from roxham.law.explain import Explanation, Reason, explain
from roxham.law.facts import BITS, FACTS, codes, country_code
from roxham.law.person import Person, check_facts, person_from_yaml
from roxham.law.rules import GROUNDS, OUTCOMES, STCA, LawBook, in_force

__all__ = [
    "BITS",
    "FACTS",
    "GROUNDS",
    "OUTCOMES",
    "STCA",
    "Answer",
    "Columns",
    "Decision",
    "Explanation",
    "LawBook",
    "LawChange",
    "Person",
    "Reason",
    "check_facts",
    "codes",
    "country_code",
    "decide",
    "explain",
    "ground_names",
    "in_force",
    "load_law",
    "person_from_yaml",
    "stack",
]


def load_law(folder: str | Path) -> LawBook:
    """Read the law of a case from the YAML files of a folder; raises LawError with everything that is wrong."""
    from roxham.law.load import load_book

    return load_book(Path(folder))
