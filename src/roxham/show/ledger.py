"""Counts where the numbers of a case come from: measured, derived, estimated or assumed."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path

STATUSES = ("measured", "derived", "estimated", "assumed")


def ledger_counts(case_folder: Path) -> dict[str, int]:
    """How many numbers of a case have each status, over all its CSV and YAML files.

    Observed series (the evidence folder) and scenarios are not parameters of the model and are left out.
    """
    files = [
        file
        for file in sorted(case_folder.rglob("*"))
        if not {"evidence", "scenarios", "law"} & set(file.relative_to(case_folder).parts)
    ]
    return count_statuses(files)


def count_statuses(files: Iterable[Path]) -> dict[str, int]:
    """How many entries of those files have each status; files that do not exist count nothing."""
    counts = dict.fromkeys(STATUSES, 0)
    for file in files:
        if not file.is_file():
            continue
        found = _csv_statuses(file) if file.suffix == ".csv" else _yaml_statuses(file) if file.suffix == ".yaml" else []
        for status in found:
            if status in counts:
                counts[status] += 1
    return counts


def _csv_statuses(file: Path) -> list[str]:
    with file.open(encoding="utf-8", newline="") as stream:
        return [str(row.get("status", "")) for row in csv.DictReader(stream)]


def _yaml_statuses(file: Path) -> list[str]:
    """Every `status` that a YAML file gives, at any depth."""
    from ruamel.yaml import YAML

    found: list[str] = []
    pending: list[object] = [YAML(typ="safe").load(file.read_text(encoding="utf-8"))]
    while pending:
        node = pending.pop()
        if isinstance(node, Mapping):
            found += [str(value) for key, value in node.items() if key == "status"]
            pending.extend(node.values())
        elif isinstance(node, list):
            pending.extend(node)
    return found
