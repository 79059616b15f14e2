"""Words and numbers of everything that is shown, in English and in French."""

from __future__ import annotations

import math
from functools import lru_cache
from pathlib import Path
from typing import Literal

from roxham.errors import SpecError, did_you_mean

Language = Literal["en", "fr"]
LANGUAGES: tuple[Language, ...] = ("en", "fr")

NO_BREAK = "\u00a0"
MINUS = "\u2212"
ASSETS = Path(__file__).parent / "assets"
CATALOGUE = ASSETS / "text.yaml"


@lru_cache(maxsize=1)
def catalogue() -> dict[str, dict[str, str]]:
    """Every phrase by its key, each with an `en` and a `fr` wording."""
    from ruamel.yaml import YAML

    loaded = YAML(typ="safe").load(CATALOGUE.read_text(encoding="utf-8"))
    return {str(key): {"en": str(both["en"]), "fr": french(str(both["fr"]))} for key, both in loaded.items()}


def french(words: str) -> str:
    """French words with the spaces that must not break: before a colon or a percent sign, and inside guillemets.

    >>> french("Note : « oui » à 90 %").replace("\u00a0", "_")
    'Note_: «_oui_» à 90_%'
    """
    for mark in (" :", " %", " »"):
        words = words.replace(mark, NO_BREAK + mark[1:])
    return words.replace("« ", "«" + NO_BREAK)


def say(key: str, language: Language, **values: object) -> str:
    """The phrase of that key in that language, with its blanks filled in.

    Raises SpecError when the catalogue has no such key.

    >>> say("people_heard", "fr")
    'Personnes entendues'
    """
    phrases = catalogue()
    if key not in phrases:
        hint = did_you_mean(key, phrases)
        raise SpecError(f"no phrase {key!r} in the catalogue" + (f" (did you mean {hint!r}?)" if hint else ""))
    words = phrases[key][language]
    return words.format(**values) if values else words


def has(key: str) -> bool:
    """True where the catalogue holds that key."""
    return key in catalogue()


def number(value: float, language: Language, decimals: int = 0, signed: bool = False) -> str:
    """A number as that language writes it: 39,540 and 0.5 in English, 39 540 and 0,5 in French.

    A value that rounds to nothing is written without a sign.

    >>> number(39540, "en"), number(39540, "fr").replace("\\u00a0", "_"), number(-0.46, "fr", 1)
    ('39,540', '39_540', '\u22120,5')
    """
    if math.isnan(value):
        return "\u2013"
    rounded = round(value, decimals)
    digits = f"{abs(rounded):,.{decimals}f}"
    if language == "fr":
        digits = digits.replace(",", NO_BREAK).replace(".", ",")
    if rounded < 0:
        return MINUS + digits
    return "+" + digits if signed and rounded > 0 else digits


def percent(share: float, language: Language, decimals: int = 0, signed: bool = False) -> str:
    """A share of one as a percentage: 0.005 is `0.5%` in English and `0,5 %` in French."""
    shown = number(100 * share, language, decimals, signed)
    return shown + (NO_BREAK + "%" if language == "fr" else "%")


def dollars(value: float, language: Language, decimals: int = 0) -> str:
    """Canadian dollars: `$14,321` in English, `14 321 $` in French."""
    shown = number(abs(value), language, decimals)
    sign = MINUS if value < 0 else ""
    return f"{sign}{shown}{NO_BREAK}$" if language == "fr" else f"{sign}${shown}"


def span(low: str, high: str, language: Language) -> str:
    """Two numbers as the ends of a band: `1.2 to 3.4`, `1,2 à 3,4`."""
    return f"{low} {say('to', language)} {high}"


def month(text: str, language: Language) -> str:
    """A month such as 2023-03 in words: `March 2023`, `mars 2023`."""
    year, number_of = text.split("-")[:2]
    return f"{say('months', language).split()[int(number_of) - 1]} {year}"


def day(text: str, language: Language) -> str:
    """A civil day such as 2023-03-25 in words: `25 March 2023`, `25 mars 2023`, `1er mars 2023`."""
    ordinal = int(text.split("-")[2])
    first = "1er" if language == "fr" and ordinal == 1 else str(ordinal)
    return f"{first} {month(text[:7], language)}"
