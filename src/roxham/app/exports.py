"""Files of a study to take away: each says which version, which case, which address and which sources it rests on."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from starlette.responses import FileResponse, Response

from roxham.app.answers import numbers_of
from roxham.app.asking import scenario_yaml
from roxham.app.cited import sources_of
from roxham.app.observed import observed
from roxham.app.problem import Refused
from roxham.show.text import Language

if TYPE_CHECKING:
    from roxham.app.ground import Ground
    from roxham.app.jobs import Job
    from roxham.lab.summary import StudyResult
    from roxham.show.export import Origin

Name = Literal[
    "summary.csv", "draws.parquet", "chart.png", "chart.svg", "brief.html", "brief.pdf", "study.yaml"
]  # fmt: skip
KINDS: dict[str, str] = {
    "summary.csv": "text/csv; charset=utf-8",
    "draws.parquet": "application/vnd.apache.parquet",
    "chart.png": "image/png",
    "chart.svg": "image/svg+xml",
    "brief.html": "text/html; charset=utf-8",
    "brief.pdf": "application/pdf",
    "study.yaml": "application/yaml; charset=utf-8",
}
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
SECONDS_TO_PRINT = 60
#: A brief, opened from here, from a disk or by the browser that prints it: its own style, and nothing else is let in.
BRIEF_META = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
BRIEF_POLICY = f"{BRIEF_META}; frame-ancestors 'none'"


def export(
    job: Job, ground: Ground, name: Name, address: str, *, language: Language, metric: str, place: str, scenario: str
) -> Response:
    """One file; raises Refused (404) before the first numbers, or where this server cannot make it."""
    result = numbers_of(job)
    origin = _origin(job, result, ground, address)
    headers = {"Content-Disposition": f'attachment; filename="roxham-{job.id}-{name}"'}
    if name == "draws.parquet":
        return FileResponse(_parquet(job, result, ground, origin), media_type=KINDS[name], headers=headers)
    if name == "brief.html":
        headers = {"Content-Security-Policy": BRIEF_POLICY}
    content = _content(job, result, ground, name, origin, language, metric, place, scenario)
    return Response(content, media_type=KINDS[name], headers=headers)


def _content(
    job: Job, result: StudyResult, ground: Ground, name: Name, origin: Origin, language: Language, metric: str,
    place: str, scenario: str,
) -> bytes:  # fmt: skip
    from roxham.show.export import metric_chart, picture, summary_csv

    if name == "summary.csv":
        return summary_csv(result, origin).encode()
    if name == "study.yaml":
        said = "".join(f"# {line}\n" for line in origin.lines()[:2])
        return (said + "---\n".join(scenario_yaml(one) for one in result.study.scenarios[-1:])).encode()
    if name in ("brief.html", "brief.pdf"):
        html = _brief(job, result, ground, origin, language)
        return html.encode() if name == "brief.html" else _pdf(html)
    one = result.study.scenario(scenario) if scenario else result.study.scenarios[-1]
    seen = observed(ground.corridor, metric, place, result.months)
    values = {month: value for line in seen for month, value in zip(result.months, line.values, strict=True)
              if value is not None}  # fmt: skip
    figure = metric_chart(result, metric, one.name, origin, place=place, language=language, observed=values)
    return picture(figure, name.removeprefix("chart."), origin)


def _origin(job: Job, result: StudyResult, ground: Ground, address: str) -> Origin:
    from roxham.show.export import Origin

    named = [f"{one.title}, {one.publisher}, {one.url}".replace(", ,", ",") for one in sources_of(
        ground.corridor.folder).values()]  # fmt: skip
    return Origin(result.version, result.case, result.case_hash, f"{result.study.name} {job.id}", result.draws,
                  result.seed, address, tuple(named))  # fmt: skip


def _parquet(job: Job, result: StudyResult, ground: Ground, origin: Origin) -> Path:
    from roxham.lab import store
    from roxham.show.export import draws_parquet

    target = ground.scratch / f"draws-{job.id}-{result.draws}.parquet"
    if not target.is_file():
        with tempfile.TemporaryDirectory(dir=ground.scratch) as folder:
            store.write(replace(result, lines={}), Path(folder) / "run")
            draft = Path(folder) / "draft.parquet"
            draws_parquet(Path(folder) / "run" / store.DRAWS, draft, origin)
            draft.replace(target)
    return target


def _brief(job: Job, result: StudyResult, ground: Ground, origin: Origin, language: Language) -> str:
    from html import escape

    from roxham.lab import store
    from roxham.show.brief import write_briefs

    kept = ground.scratch / f"brief-{job.id}-{result.draws}.{language}.html"
    if not kept.is_file():
        with tempfile.TemporaryDirectory(dir=ground.scratch) as folder:
            run = store.write(replace(result, lines={}), Path(folder) / "run")
            write_briefs(run, ground.corridor.folder)
            for one in ("en", "fr"):
                shutil.move(run / f"brief.{one}.html", ground.scratch / f"brief-{job.id}-{result.draws}.{one}.html")
    said = " &middot; ".join(escape(line) for line in origin.lines()[:2])
    html = kept.read_text(encoding="utf-8")
    html = html.replace("<head>", f'<head><meta http-equiv="Content-Security-Policy" content="{BRIEF_META}">', 1)
    head, mark, tail = html.rpartition("</main>")
    return f'{head}<p class="note">{said}</p>{mark}{tail}' if mark else html


def browser() -> str | None:
    """A browser that can print: the variable CHROME, or one on the path."""
    named = os.environ.get("CHROME")
    return shutil.which(named) if named else next((path for one in BROWSERS if (path := shutil.which(one))), None)


def _pdf(html: str) -> bytes:
    """A page as PDF, printed by a browser of this machine that is given nothing else and reaches nobody."""
    path = browser()
    if path is None:
        raise Refused(404, "This server has no Chromium to make a PDF with: open brief.html and print it.")
    with tempfile.TemporaryDirectory() as folder:
        page, target = Path(folder) / "brief.html", Path(folder) / "brief.pdf"
        page.write_text(html, encoding="utf-8")
        command = [path, "--headless", "--disable-gpu", "--no-pdf-header-footer", f"--user-data-dir={folder}/profile",
                   "--host-resolver-rules=MAP * ~NOTFOUND", f"--print-to-pdf={target}"]  # fmt: skip
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            command.append("--no-sandbox")
        try:
            subprocess.run([*command, page.as_uri()], check=False, capture_output=True, timeout=SECONDS_TO_PRINT)
        except (OSError, subprocess.TimeoutExpired):
            raise Refused(404, "The browser of this server did not print; open brief.html and print it.") from None
        if not target.is_file():
            raise Refused(404, "The browser of this server did not print; open brief.html and print it.")
        return target.read_bytes()
