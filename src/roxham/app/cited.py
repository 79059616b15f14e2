"""Sources, as the case lists them: what a number on a page leads to."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from roxham.app.shapes import Source

FIELDS = ("title", "publisher", "url", "accessed", "trust")


@cache
def sources_of(folder: Path) -> Mapping[str, Source]:
    """Every source of a case by its id, those of its folders included."""
    from ruamel.yaml import YAML

    found: dict[str, Source] = {}
    for path in sorted(folder.rglob("sources.yaml")):
        for name, entry in (YAML(typ="safe").load(path.read_text(encoding="utf-8")) or {}).items():
            found[str(name)] = Source(id=str(name), **{key: str(entry.get(key) or "") for key in FIELDS})
    return found


def law_sources(cited: str) -> list[Source]:
    """The lines of law that a text cites, with the addresses of the official texts."""
    from roxham.show.cite import citation

    found = (citation(part.strip()) for part in cited.split(";") if part.strip())
    return [
        Source(id=one.short, title=one.en, url=one.href_en, title_fr=one.fr, url_fr=one.href_fr) for one in found
    ]
