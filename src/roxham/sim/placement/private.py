"""Tell columns and cells that could say who somebody is, by their header and by what they look like."""

from __future__ import annotations

import re
import unicodedata

# What a header may say, folded, in English and French; whole words unless a stem ends in *.
_HEADERS = {
    "a name": "name names firstname lastname surname fullname given family_name nom noms prenom prenoms alias",
    "a date of birth": "birth* born dob naissance ne_le nee age_exact ddn",
    "a document": "passport* passeport* uci iuc file_no file_number dossier document* sin nas ssn permit permis visa "
                  "client_id iuc_uci a_number health_card ramq",
    "a phone number": "phone* telephone* tel mobile cell cellulaire fax whatsapp",
    "an e-mail address": "email* e_mail* courriel* mail",
    "an address": "address* adresse* street rue postal* zip apartment appartement",
    "nationality or faith": "nationality nationalite citizenship citoyennete religion ethnicity ethnie",
}
_CELLS = (
    ("an e-mail address", re.compile(r"\S+@\S+\.\S+")),
    ("a date of birth", re.compile(r"(?:18|19|200|201)\d{1,2}[-/.]\d{1,2}[-/.]\d{1,2}")),
    ("a date of birth", re.compile(r"\d{1,2}[-/. ](?:\d{1,2}|[A-Za-zéû]{3,9})[-/. ](?:19|20)\d{2}")),
    ("a document", re.compile(r"\d{2}-?\d{4}-?\d{4}|\d{4}-\d{4}|[A-Za-z]{1,3}\d?[- ]?\d{5,10}[A-Za-z]?")),
    ("a document", re.compile(r"\d{3}[- ]\d{3}[- ]\d{3}")),
    ("a phone number", re.compile(r"\+?1?[-. (]*\d{3}[-. )]*\d{3}[-. ]*\d{4}|\+\d[\d .()-]{6,}|\d{3}[-. ]\d{4}")),
    ("a document or a phone number", re.compile(r"\d{7,}")),
    ("an address", re.compile(r"[A-Za-z]\d[A-Za-z] ?\d[A-Za-z]\d")),
    ("an address", re.compile(r"\d{1,5},? (?:rue|av|ave|avenue|boul|blvd|st|street|road|rd|ch|chemin)\b.*", re.I)),
    ("a name", re.compile(r"[A-ZÀ-Þ][\w'’-]+,? +[A-ZÀ-Þ][\w'’-]+.*")),
)
_DATES = frozenset({"arrived", "date"})  # columns that hold dates by right; looked at where they are read
_LISTS = frozenset({"ties"})


def personal_header(header: str) -> str | None:
    """What a header seems to announce about a person, or None.

    >>> personal_header("Date de naissance"), personal_header("persons")
    ('a date of birth', None)
    """
    plain = unicodedata.normalize("NFKD", header.strip().casefold())
    folded = re.sub(r"[^a-z0-9]+", "_", "".join(one for one in plain if not unicodedata.combining(one))).strip("_")
    words = set(folded.split("_")) | {folded}
    for kind, stems in _HEADERS.items():
        for stem in stems.split():
            held = any(word.startswith(stem[:-1]) for word in words) if stem.endswith("*") else stem in words
            if held or ("_" in stem and f"_{stem}_" in f"_{folded}_"):
                return kind
    return personal_cell(header, "")


def personal_cell(text: str, column: str) -> str | None:
    """What a cell looks like that could tell who somebody is, or None; dates of arrival may stand in their column.

    >>> personal_cell("someone@example.org", "ties"), personal_cell("F17", "id")
    ('an e-mail address', None)
    """
    said = text.strip()
    for kind, pattern in _CELLS:
        if column in _DATES and re.fullmatch(r"\d{4}-\d{2}-\d{2}", said):
            return None
        if column in _LISTS and kind == "a name":
            continue
        if pattern.fullmatch(said):
            return kind
    return None
