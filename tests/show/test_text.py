"""The catalogue is whole in both languages, and numbers are written as each language writes them."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roxham.errors import SpecError
from roxham.show.text import LANGUAGES, NO_BREAK, catalogue, day, dollars, month, number, percent, say

PHRASES = sorted(catalogue())


def blanks(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("key", PHRASES)
def test_every_phrase_has_both_languages_with_the_same_blanks(key: str) -> None:
    both = catalogue()[key]
    assert set(both) == set(LANGUAGES)
    assert blanks(both["en"]) == blanks(both["fr"])


def test_unknown_phrase_suggests_a_known_one() -> None:
    with pytest.raises(SpecError, match="people_heard"):
        say("people_herd", "en")


def test_numbers_follow_the_language() -> None:
    assert number(39540, "en") == "39,540"
    assert number(39540, "fr") == f"39{NO_BREAK}540"
    assert percent(0.005, "fr", 1) == f"0,5{NO_BREAK}%"
    assert percent(0.005, "en", 1) == "0.5%"
    assert dollars(14321, "fr") == f"14{NO_BREAK}321{NO_BREAK}$"
    assert dollars(-14321, "en") == "−$14,321"
    assert number(float("nan"), "en") == "–"


def test_nothing_has_no_sign() -> None:
    assert number(-0.4, "en", signed=True) == "0"
    assert number(0.4, "fr", signed=True) == "0"


@given(st.integers(min_value=-(10**9), max_value=10**9))
def test_french_and_english_write_the_same_whole_number(value: int) -> None:
    digits = [number(value, language).replace(NO_BREAK, "").replace(",", "") for language in LANGUAGES]
    assert digits[0] == digits[1] == str(value).replace("-", "−")


def test_dates_in_words() -> None:
    assert month("2023-03", "fr") == "mars 2023"
    assert day("2022-08-01", "fr") == "1er août 2022"
    assert day("2022-08-01", "en") == "1 August 2022"


def test_words_the_project_does_not_use_of_people() -> None:
    said = " ".join(words for both in catalogue().values() for words in both.values()).lower()
    for word in ("agent", "alien", "illegal", "illégal", "clandestin"):
        assert word not in said.replace("agence", "")
