"""The brief: two printed pages in English and in French, self-contained, with sources."""

from __future__ import annotations

from pathlib import Path

from roxham.show.findings import Findings, gather
from roxham.show.folder import read_folder
from roxham.show.page import page
from roxham.show.text import ASSETS, LANGUAGES, Language


def write_briefs(folder: Path, case_folder: Path | None = None) -> list[Path]:
    """Write brief.en.html and brief.fr.html into a folder that a run wrote, and return their paths.

    The case's evidence is read from `case_folder`, by default that of the packaged case the manifest names. Raises
    EvidenceError with every problem of the folder or the evidence.
    """
    findings = gather(read_folder(folder), case_folder)
    written = []
    for language in LANGUAGES:
        file = folder / f"brief.{language}.html"
        part = file.with_suffix(".part")
        part.write_text(render(findings, language), encoding="utf-8")
        part.replace(file)
        written.append(file)
    return written


def render(findings: Findings, language: Language) -> str:
    """The page in that language, as HTML text."""
    import jinja2
    from markupsafe import Markup

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(ASSETS),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    template = environment.get_template("brief.html.jinja")
    style = (ASSETS / "brief.css").read_text(encoding="utf-8")
    return template.render(style=Markup(style), **page(findings, language)) + "\n"
