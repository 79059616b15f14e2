"""Citations of the law as each official version writes them, with the address of the official text where it has one.

The law is cited in one short form (`R159.5(b)(ii)`): A is the Immigration and Refugee Protection Act, R its
Regulations. The English version writes `159.5(b)`, the French one `159.5b)`; both are law, and both forms are read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from roxham.show.text import Language, french

_LAWS = "https://laws-lois.justice.gc.ca"
_ACTS: dict[str, tuple[str, str, str, str]] = {
    "A": ("IRPA", "LIPR", "eng/acts/I-2.5", "fra/lois/I-2.5"),
    "R": ("IRPR", "RIPR", "eng/regulations/SOR-2002-227", "fra/reglements/DORS-2002-227"),
}
_PROVISION = re.compile(r"(?<![A-Za-z0-9.])([AR])(\d+(?:\.\d+)?)((?:\(?[0-9a-z.]{1,5}\))*)")
# Words of citations, longest first: what English writes, and what the official French does.
_FRENCH: tuple[tuple[str, str], ...] = (
    ("Interpretation Act", "Loi d'interprétation"),
    ("Quarantine Act", "Loi sur la mise en quarantaine"),
    ("order, national or public interest", "décret, intérêt national ou public"),
    ("order, US nationals", "décret, ressortissants des États-Unis"),
    (" public policy of", ", politique d'intérêt public du"),
    (" public policy", ", politique d'intérêt public"),
    ("subject to", "sous réserve de"),
    ("IRCC instructions", "instructions d'IRCC"),
    ("IRCC web page", "page Web d'IRCC"),
    (", as it read before", ", dans sa version antérieure au"),
    (" as it read before", ", dans sa version antérieure au"),
    ("notice of", "avis du"),
    ("STCA Art.", "Entente sur les tiers pays sûrs, art."),
    ("Schedule", "annexe"),
    ("Protocol", "Protocole additionnel"),
    ("para.", "par."),
    ("P.C.", "C.P."),
    ("S.C.", "L.C."),
    ("SOR/", "DORS/"),
)
_ENGLISH: tuple[tuple[str, str], ...] = (
    ("STCA Art.", "Safe Third Country Agreement, art."),
    ("Protocol", "Additional Protocol"),
    ("Protocol para.", "Protocol, para."),
    ("Act s.", "Act, s."),
    ("C-12 s.", "C-12, s."),
)


@dataclass(frozen=True)
class Citation:
    """One citation in its short form and as each official version writes it, with addresses (empty where none)."""

    short: str
    en: str
    fr: str
    href_en: str = ""
    href_fr: str = ""

    def __getitem__(self, language: Language) -> str:
        return self.fr if language == "fr" else self.en


def citation(short: str) -> Citation:
    """Return a citation as both official versions write it.

    >>> citation("R159.5(b)(ii)").en, citation("R159.5(b)(ii)").fr.replace(chr(0xa0), " ")
    ('IRPR, s. 159.5(b)(ii)', 'RIPR, sous-al. 159.5b)(ii)')
    >>> citation("A101(1)(b.2)").fr.replace(chr(0xa0), " "), citation("A101(1)(b.2)").href_fr
    ('LIPR, al. 101(1)b.2)', 'https://laws-lois.justice.gc.ca/fra/lois/I-2.5/section-101.html')
    """
    found = _PROVISION.search(short)
    if found is None:
        return Citation(short, _said(short, "en"), _said(short, "fr"))
    _, _, english, french_ = _ACTS[found.group(1)]
    page = f"section-{found.group(2)}.html"
    return Citation(short, _said(short, "en"), _said(short, "fr"), f"{_LAWS}/{english}/{page}",
                    f"{_LAWS}/{french_}/{page}")


def in_words(text: str, language: Language) -> str:
    """Return a text with the provisions in it written as that language's official version writes them.

    >>> in_words("ineligible under A101(1)(e)", "en")
    'ineligible under IRPA, s. 101(1)(e)'
    """
    return _PROVISION.sub(lambda found: _provision(found, language), text)


def _said(short: str, language: Language) -> str:
    words = re.sub(r", (?=[AR]\d)", "; ", short)
    for english, other in _FRENCH if language == "fr" else _ENGLISH:
        words = re.sub(rf"(?<![A-Za-z]){re.escape(english)}", other, words)
    words = in_words(words, language)
    if language == "en":
        return words
    words = re.sub(r"(?<![.\w-])c\. (?=\d)", "ch. ", words)
    words = re.sub(r"(?<=\w) s\. (?=\d)", ", art. ", words)
    words = re.sub(r"(?<![.\w-])s\. (?=\d)", "art. ", words)
    words = re.sub(r"(?<=Protocole additionnel) par\.", ", par.", words)
    words = re.sub(r"art\. (?=\d+\(\d+\))", "par. ", words)
    return french(re.sub(r"\b(art|par|al|ch)\. (?=[\d(])", "\\1.\u00a0", _letters(words)))


def _provision(found: re.Match[str], language: Language) -> str:
    act, section, written = found.groups()
    english, other, _, _ = _ACTS[act]
    levels = re.findall(r"[0-9a-z.]+", written)
    parts = "".join(f"({one})" for one in levels)
    if language == "en":
        return f"{english}, s. {section}{parts}"
    letters = [one for one in levels if one[0].isalpha()]
    kind = "art." if not levels else "par." if not letters else "al." if len(letters) == 1 else "sous-al."
    return f"{other}, {kind}\u00a0{section}{_letters(parts)}"


def _letters(parts: str) -> str:
    """Return levels of a provision with its first letter as French statutes have it: `(1)(b)(ii)` is `(1)b)(ii)`."""
    return re.sub(r"(\d|^|[ ,])((?:\(\d[\d.]*\))*)\(([a-z](?:\.\d+)?)\)", r"\1\2\3)", parts)


__all__ = ["Citation", "citation", "in_words"]
