"""What is wrong with a file or an answer, told in English or in French.

The code says it once, in English; `assets/problems.yaml` holds the French of each sentence. What has none stays as
it is.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache

from roxham.errors import Problem, RoxhamError
from roxham.show.text import ASSETS, Language, french

_BLANK = re.compile(r"\\{(\w+)\\}")
_COLUMN = re.compile(r"(\w+): (.+)", re.DOTALL)


def in_language(problem: Problem, language: Language) -> Problem:
    """Return the problem with its words in a language; what nobody translated stays as it is.

    >>> in_language(Problem("persons: must be a whole number from 1 to 30", "families.csv", 2), "fr").message
    'persons\\xa0: doit être un nombre entier de 1 à 30'
    """
    if language == "en":
        return problem
    return dataclasses.replace(problem, message=in_french(problem.message) or problem.message)


def in_french(message: str) -> str | None:
    """Return the French of what the code says is wrong, or None where there is none.

    >>> in_french('"land_pie" is not one of land_poe, rail_poe').replace(chr(160), " ")
    "« land_pie » n'est pas parmi land_poe, rail_poe"
    """
    kinds, patterns = _catalogue()
    for pattern, words in patterns:
        found = pattern.fullmatch(message)
        if found:
            values = {name: kinds.get(value, value) if name == "kind" else value
                      for name, value in found.groupdict().items()}
            return french(words).format(**values)
    named = _COLUMN.fullmatch(message)
    rest = in_french(named.group(2)) if named else None
    return f"{named.group(1)}\u00a0: {rest}" if named and rest else None


@cache
def _catalogue() -> tuple[Mapping[str, str], tuple[tuple[re.Pattern[str], str], ...]]:
    from ruamel.yaml import YAML

    held = YAML(typ="safe").load((ASSETS / "problems.yaml").read_text(encoding="utf-8"))
    patterns = [(re.compile(_BLANK.sub(r"(?P<\1>.+?)", re.escape(one["en"])), re.DOTALL), str(one["fr"]))
                for one in held["problems"]]
    return dict(held["kinds"]), tuple(patterns)


@contextmanager
def told_in(language: Language) -> Iterator[None]:
    """Raise the errors met inside again, with their problems in a language."""
    try:
        yield
    except RoxhamError as error:
        raise type(error)([in_language(one, language) for one in error.problems]) from None
