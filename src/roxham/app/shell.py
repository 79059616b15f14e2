"""The pages, and what stands around each of them: header, language link, sources, version, "not legal advice"."""

from __future__ import annotations

from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastapi import Request
from starlette.responses import HTMLResponse

from roxham.app.text import say, texts
from roxham.show.text import Language

if TYPE_CHECKING:
    from jinja2 import Environment

TEMPLATES = Path(__file__).parent / "templates"
#: The pages, in the order of the header. Each has a template, a catalogue of words, and a module.
PAGES = ("home", "report", "lab", "check", "forecast", "place")
ERROR = "error"


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(TEMPLATES, encoding="utf-8"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def other(language: Language) -> Language:
    """The other language.

    >>> other("en")
    'fr'
    """
    return "fr" if language == "en" else "en"


def page(request: Request, language: Language, name: str, *, status: int = 200, **data: Any) -> HTMLResponse:
    """One page in one language; ``data`` is what its script finds under ``id="data"``."""
    from roxham import __version__

    state = request.app.state
    root = state.settings.prefix
    query = request.url.query
    words = texts(name if name in PAGES else "shell", language)
    values: dict[str, Any] = {
        "lang": language,
        "name": name,
        "pages": PAGES,
        "root": root,
        "static": f"{root}/static/{state.static.version}",
        "version": __version__,
        "case": state.settings.case,
        "texts": words,
        "t": partial(say, name if name in PAGES else "shell", language),
        "other": other(language),
        "other_href": f"{root}/{other(language)}/{name if name in PAGES else 'home'}" + (f"?{query}" if query else ""),
        "data": data,
    }
    html = _environment().get_template(f"{name}.html").render(values)
    return HTMLResponse(html, status, {"Cache-Control": "no-cache", "Content-Language": language})


def preferred(accept: str) -> Language:
    """The language that a browser asks for first, of the two that there are.

    >>> preferred("fr-CA,fr;q=0.9,en;q=0.8"), preferred("de, en;q=0.5"), preferred("")
    ('fr', 'en', 'en')
    """
    best: tuple[float, Language] = (0.0, "en")
    for part in accept.split(","):
        tongue, _, weight = part.strip().partition(";q=")
        code = tongue[:2].lower()
        try:
            share = float(weight or 1)
        except ValueError:
            continue
        if code in ("en", "fr") and share > best[0]:
            best = (share, "fr" if code == "fr" else "en")
    return best[1]
