"""Counts where the numbers of a case come from, for the brief: the model's own, apart from what was observed."""

from __future__ import annotations

from collections.abc import Collection

from roxham.evidence.ledger import STANDINGS, Ledger

OBSERVED = "evidence/"


def ledger_counts(book: Ledger) -> dict[str, int]:
    """How many numbers of the model are measured, derived, estimated and assumed; `observed` counts the series."""
    counts = dict.fromkeys(STANDINGS, 0)
    for row in book.rows:
        if not row.file.startswith(OBSERVED) and row.status in counts:
            counts[row.status] += 1
    return {**counts, "observed": sum(row.file.startswith(OBSERVED) for row in book.rows)}


def assumed_of(book: Ledger, files: Collection[str]) -> tuple[int, int]:
    """How many numbers of those files are assumed, and how many there are."""
    found = [row for row in book.rows if row.file in files]
    return sum(row.status == "assumed" for row in found), len(found)
