"""Words of the pages: each phrase in English and in French, or an error when the server starts."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from roxham.errors import Problem, SpecError, did_you_mean, raise_problems
from roxham.show.text import LANGUAGES, NO_BREAK, Language, french

TEXTS = Path(__file__).parent / "texts"
#: What stands on every page.
SHELL = "shell"


@cache
def catalogue(name: str) -> Mapping[str, Mapping[Language, str]]:
    """The phrases of one page by key, each with ``en`` and ``fr``.

    Raises SpecError with every phrase that lacks a language, holds something else than words, or whose blanks differ.
    """
    from ruamel.yaml import YAML

    path = TEXTS / f"{name}.yaml"
    if not path.is_file():
        raise SpecError(Problem("there is no such catalogue of phrases", str(path)))
    loaded = YAML(typ="safe").load(path.read_text(encoding="utf-8")) or {}
    problems: list[Problem] = []
    found: dict[str, dict[Language, str]] = {}
    for key, both in loaded.items():
        said = _fault(both)
        if said:
            problems.append(Problem(f"{key}: {said}", str(path)))
        else:
            found[str(key)] = {"en": both["en"], "fr": _spaced(both["fr"])}
    raise_problems(problems)
    return found


def _fault(both: object) -> str:
    if not isinstance(both, dict) or set(both) != set(LANGUAGES):
        return "a phrase has `en` and `fr`, and nothing else"
    if not all(isinstance(words, str) and words.strip() for words in both.values()):
        return "`en` and `fr` are words in quotation marks"
    if _blanks(both["en"]) != _blanks(both["fr"]):
        return "the blanks of `en` and `fr` differ"
    return ""


def _spaced(words: str) -> str:
    """French with the spaces that must not break, before a semicolon, a question or an exclamation too."""
    words = french(words)
    for mark in (" ;", " ?", " !"):
        words = words.replace(mark, NO_BREAK + mark[1:])
    return words


def _blanks(words: str) -> set[str]:
    import re

    return set(re.findall(r"\{(\w+)", words))


@cache
def texts(name: str, language: Language) -> Mapping[str, str]:
    """The phrases of the shell and of one page in one language.

    >>> texts("home", "fr")["language_other"]
    'English'
    """
    both = {**catalogue(SHELL), **catalogue(name)} if name != SHELL else catalogue(SHELL)
    return {key: phrase[language] for key, phrase in both.items()}


def say(name: str, language: Language, key: str, **values: object) -> str:
    """One phrase with its blanks filled in; raises SpecError, with the nearest key, when there is none."""
    phrases = texts(name, language)
    if key not in phrases:
        raise SpecError(Problem(f'no phrase "{key}" for the page {name}', hint=did_you_mean(key, phrases)))
    return phrases[key].format(**values) if values else phrases[key]
