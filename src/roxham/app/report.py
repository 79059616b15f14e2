"""The page `report`: the newspaper story's figures beside the record, and a guided tour of the flagship study."""

from __future__ import annotations

from functools import cache
from typing import Any, Literal
from urllib.parse import urlsplit

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from roxham.app.forecast import Lang
from roxham.app.stored import stored
from roxham.app.text import say
from roxham.show.text import Language, number

router = APIRouter(prefix="/api/report", tags=["report"])


class Source(BaseModel):
    """An address that a figure rests on, and whose it is."""

    address: str
    host: str


class ChartAnswer(BaseModel):
    """The small chart of a claim: values by label, null where unknown."""

    kind: Literal["bars", "line"]
    title: str
    labels: list[str]
    values: list[float | None]
    written: Literal["number", "percent", "points", "times", "dollars"]
    told: list[str] = Field(description="the bars that the story gave")
    marked: list[str] = Field(description="the labels that the claim is about")


class ClaimAnswer(BaseModel):
    """One figure of the story: what it said, what the record says, the verdict of a rule, and the addresses."""

    id: str
    claim: str
    verdict: Literal["supported", "nuance", "corrected", "not_verified"]
    verdict_words: str
    finding: str
    sources: list[Source]
    chart: ChartAnswer | None


class ReportAnswer(BaseModel):
    """Every figure of the story."""

    claims: list[ClaimAnswer]


class FigureAnswer(BaseModel):
    """One number of a step: its label, and its median with its 90 % band in words."""

    label: str
    words: str
    settled: bool = Field(description="whether the band leaves out zero")


class Bands(BaseModel):
    """Quantiles by month, null where there was nothing to count."""

    q05: list[float | None]
    q25: list[float | None]
    q50: list[float | None]
    q75: list[float | None]
    q95: list[float | None]


class Stretch(BaseModel):
    """The change of entries on one stretch of the border, seen and unseen, with its 90 % band."""

    id: str
    name: str
    q05: float
    q50: float
    q95: float


class StepAnswer(BaseModel):
    """One step of the tour: a sentence, a chart, a scenario to open in the lab."""

    id: str
    preset: str
    title: str
    sentence: str
    note: str
    chart_title: str
    unit: str
    figures: list[FigureAnswer]
    months: list[str] = []
    bands: Bands | None = None
    behind: list[float | None] | None = None
    observed: dict[str, float] | None = None
    stretches: list[Stretch] | None = None


class TourAnswer(BaseModel):
    """The guided tour, from stored results: how they were made, and the steps."""

    command: str
    version: str
    draws: int
    seed: int
    case_hash: str
    laws: list[tuple[str, str]] = Field(description="days on which the law changed, and what changed")
    steps: list[StepAnswer]


def data(request: Request, language: Language) -> dict[str, Any]:
    """What the page needs first: all of it."""
    settings = getattr(request.app.state, "settings", None)
    case = settings.case if settings else "canada_us"
    return {
        "claims": [one.model_dump(mode="json") for one in _claims(case, language)],
        "tour": tour(language).model_dump(mode="json"),
        "step": request.query_params.get("tour", ""),
    }


@router.get("")
def report(request: Request, lang: Lang = "en") -> ReportAnswer:
    """Every figure of the newspaper story of March 2023, set beside the record."""
    settings = getattr(request.app.state, "settings", None)
    return ReportAnswer(claims=list(_claims(settings.case if settings else "canada_us", lang)))


@router.get("/tour")
def tour(lang: Lang = "en") -> TourAnswer:
    """Six steps through the study of Roxham Road, from stored results."""
    return _tour(lang)


@cache
def _claims(case: str, language: Language) -> tuple[ClaimAnswer, ...]:
    from roxham.evidence.tables import case_folder
    from roxham.show.checked import NEWSPAPER, chart_of, check_report
    from roxham.show.text import say as said

    folder = case_folder(case)
    if not (folder / NEWSPAPER).is_file():
        return ()
    found = []
    for one in check_report(folder):
        chart = chart_of(one, folder, language)
        drawn = None if chart is None else ChartAnswer(
            kind=chart.kind, title=chart.title, labels=list(chart.labels), values=list(chart.values),
            written=chart.as_, told=list(chart.told), marked=list(chart.marked),
        )  # fmt: skip
        found.append(ClaimAnswer(
            id=one.id, claim=one.claim(language), verdict=one.verdict,
            verdict_words=said(f"checked_{one.verdict}", language), finding=one.finding(language),
            sources=[Source(address=each, host=_host(each)) for each in one.sources], chart=drawn,
        ))  # fmt: skip
    return tuple(found)


def _host(address: str) -> str:
    return (urlsplit(address).hostname or address).removeprefix("www.")


@cache
def _tour(language: Language) -> TourAnswer:
    held = stored("tour")
    made = held["made"]
    steps = [_step(held, one, language) for one in held["steps"]]
    return TourAnswer(
        command=made["command"], version=made["version"], draws=made["draws"], seed=made["seed"],
        case_hash=made["case_hash"], laws=laws(language), steps=steps,
    )  # fmt: skip


def laws(language: Language) -> list[tuple[str, str]]:
    """The days on which the law changed during the study, and what changed."""
    return [(one["breaks"], one["title"][language]) for one in stored("trust")["experiments"]]


def _step(held: dict[str, Any], one: dict[str, Any], language: Language) -> StepAnswer:
    """One step with its words: blanks of a sentence are its figures."""
    first = one["id"] == "as_it_was"
    words = {name: _amount(figure, language) for name, figure in one["figures"].items()}
    blanks = {**words, "verdict": one.get("verdict_words", {}).get(language, "")}
    seen = sum(row["observed"] for row in held["years"])
    return StepAnswer(
        id=one["id"], preset=one["preset"],
        title=say("report", language, f"step_{one['id']}"),
        sentence=say("report", language, f"step_{one['id']}_says", **blanks),
        note=say("report", language, f"step_{one['id']}_note", **blanks, seen=number(seen, language)),
        chart_title=say("report", language, f"step_{one['id']}_chart"),
        unit=say("report", language, f"unit_{one['metric']}" if "metric" in one else "persons"),
        figures=[
            FigureAnswer(
                label=say("report", language, f"figure_{name}"),
                words=words[name] if first else _amount(figure, language, signed=True),
                settled=not figure["q05"] <= 0 <= figure["q95"],
            )
            for name, figure in one["figures"].items()
        ],
        months=one.get("months", []), bands=one.get("bands"), behind=one.get("behind"),
        observed=held["observed"] if first else None,
        stretches=[
            Stretch(id=each["id"], name=each["name"][language], **{q: each[q] for q in ("q05", "q50", "q95")})
            for each in one["stretches"]
        ] if "stretches" in one else None,
    )  # fmt: skip


def _amount(figure: dict[str, Any], language: Language, *, signed: bool = False) -> str:
    """A figure in words: dollars in millions, all else as it is."""
    from roxham.show.tour import MILLIONS, band_text

    if figure["unit"].startswith("CAD"):
        return say("report", language, "millions", n=band_text(figure, language, part=MILLIONS, signed=signed))
    return band_text(figure, language, signed=signed)
