"""Compare the citations of a body of law with the official XML (laws-lois format) when a copy is given by path.

An Act (`Statute`) is cited as A, a regulation (`Regulation`) as R. A copy of more than 64 MB, or one that declares a
document type or entities, is not read.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from roxham.errors import LawError, Problem
from roxham.law.rules import LawBook

LARGEST = 64 * 1024 * 1024
_KINDS = {"Statute": "A", "Regulation": "R"}
_LEVELS = ("Section", "Subsection", "Paragraph", "Subparagraph", "Clause", "Subclause")
_ASIDE = ("HistoricalNote", "MarginalNote", "Label")
_CITE = re.compile(r"(?<![A-Za-z0-9.])([AR])(\d+(?:\.\d+)?)((?:\((?:\d+(?:\.\d+)?|[a-z]+(?:\.\d+)?)\))*)")


@dataclass(frozen=True)
class Compared:
    """What a comparison found: citations not in the copies, and those whose text is not the one kept before.

    `prints` holds a fingerprint (16 hexadecimal digits, length of the text) of every citation that was found.
    """

    looked_up: int
    missing: tuple[str, ...]
    changed: tuple[str, ...]
    prints: Mapping[str, str]


def citations(book: LawBook) -> tuple[str, ...]:
    """Return every provision of an Act or regulation that the law cites, in order.

    A provision that a cite places in the past ("as it read before") is left out.
    """
    told = [version.cite for version in book.versions.values()]
    told += [parameter.cite for parameter in book.parameters.values()]
    told += [point.cite for point in book.open_points.values()]
    told += [clause.cite for rule in book.provisions.values() for clause in rule.clauses]
    told += [rule.cite for rule in book.provisions.values()]
    told += [row.cite for rows in book.consequences.values() for row in rows]
    told += [table.cite for table in book.countries.values()]
    found = {match.group(0) for cite in told if "as it read" not in cite for match in _CITE.finditer(cite)}
    return tuple(sorted(found))


def read_official(path: Path) -> dict[str, str]:
    """Return the plain text of each section, subsection and paragraph of one official file, by citation."""
    size = path.stat().st_size if path.is_file() else -1
    if size < 0:
        raise LawError(Problem("no such file", str(path)))
    if size > LARGEST:
        raise LawError(Problem(f"is larger than {LARGEST // 1024**2} MB: not read", str(path)))
    data = path.read_bytes()
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
        raise LawError(Problem("declares a document type or entities: not read", str(path)))
    try:
        root = ElementTree.fromstring(data)
    except (ElementTree.ParseError, ValueError) as error:
        raise LawError(Problem(f"is not XML that can be read: {error}", str(path))) from None
    kind = _KINDS.get(root.tag)
    if kind is None:
        raise LawError(Problem(f"is neither an Act nor a regulation: its root is {root.tag[:40]}", str(path)))
    body = root.find("Body")
    texts = dict(_provisions(body, "")) if body is not None else {}
    return {f"{kind}{label}": text for label, text in texts.items()}


def _provisions(element: ElementTree.Element, above: str) -> Iterator[tuple[str, str]]:
    """Yield each provision below an element with its label and text, the text of its own parts included."""
    for child in element:
        if child.tag in _LEVELS:
            label = f"{above}{(child.findtext('Label') or '').strip()}"
            yield label, " ".join(_words(child))
            yield from _provisions(child, label)
        elif child.tag not in _ASIDE:
            yield from _provisions(child, above)


def _words(element: ElementTree.Element) -> Iterator[str]:
    if element.tag not in _ASIDE:
        yield from (element.text or "").split()
        for child in element:
            yield from _words(child)
            yield from (child.tail or "").split()


def compare_official(book: LawBook, paths: list[Path], kept: Mapping[str, str] | None = None) -> Compared:
    """Look up every citation in the official files given; `kept` are the fingerprints of an earlier look.

    A citation of an Act or regulation of which no copy is given is not looked up.
    """
    texts: dict[str, str] = {}
    for path in paths:
        texts |= read_official(path)
    kinds = {cite[0] for cite in texts}
    cites = [cite for cite in citations(book) if cite[0] in kinds]
    prints = {cite: _print(texts[cite]) for cite in cites if cite in texts}
    old = kept or {}
    return Compared(
        looked_up=len(cites),
        missing=tuple(cite for cite in cites if cite not in texts),
        changed=tuple(cite for cite, now in prints.items() if old.get(cite, now) != now),
        prints=prints,
    )


def _print(text: str) -> str:
    return f"{hashlib.sha256(text.encode()).hexdigest()[:16]} {len(text)}"
