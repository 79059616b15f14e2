"""The page `forecast`: its first data and its API. The numbers are those of `roxham forecast --json`."""

from __future__ import annotations

import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import date
from functools import cache
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, FastAPI, Query, Request
from pydantic import BaseModel, Field
from starlette.responses import JSONResponse, Response

from roxham.app.outlook import Made, Outlook
from roxham.app.problem import Refused
from roxham.app.shell import preferred
from roxham.app.stored import stored
from roxham.errors import EvidenceError, Problem, RoxhamError, SpecError
from roxham.show.problem import in_language, told_in
from roxham.show.text import Language

#: How long the server waits, while readers do, before it makes a forecast that nobody asked for yet.
SECONDS = 0.5

Lang = Annotated[Language, Query(description="language of the words: en or fr")]
AsOf = Annotated[date | None, Query(description="the day; nothing published later is used. The last one by default.")]
File = Annotated[str, Query(description="id of a newer file, from POST /newer", max_length=40, pattern=r"^[0-9a-f]*$")]
Which = Annotated[Literal["ensemble", "baseline"], Query(description="the forecast, or its naive baseline")]


class Warned(BaseModel):
    """The chance that a series rises by more than half within three months, and whether that is an alarm."""

    chance: float | None = Field(description="0 to 1; null where the day is too late in the year to say")
    alarm: bool


class SeriesAnswer(BaseModel):
    """One series: what was known on the day, what is foretold, what came since."""

    id: str = Field(description="such as claims/QC/land_border")
    kind: str = Field(description="claims or entries")
    place: str = Field(description="QC, ON or CA")
    office: str = Field(description="land_border, airport, inland, total or irregular")
    words: str
    known: dict[str, float] = Field(description="persons a month, by month, published by the day")
    seen: dict[str, float] = Field(description="persons a month, published after the day")
    quantiles: list[list[float]] = Field(description="persons a month: months x levels")
    baseline: list[list[float]] | None = Field(description="the same of the seasonal log random walk")
    warning: Warned


class NeedAnswer(BaseModel):
    """What one place needs at the end of one month: 5 %, 50 % and 95 %."""

    month: str
    persons: tuple[float, float, float]
    rooms: tuple[float, float, float]
    shortfall: tuple[float, float, float] = Field(description="rooms that are missing")


class PlaceAnswer(BaseModel):
    """One reception place, month by month."""

    id: str
    name: str
    province: str
    needs: list[NeedAnswer]


class FileAnswer(BaseModel):
    """A newer file that is held in memory: its id, first and last month, and how many rows were used."""

    id: str
    first: str
    last: str
    rows: int


class ForecastAnswer(BaseModel):
    """A forecast as of a day, with the rooms it needs and an early warning in words."""

    key: str = Field(description="names the data, the day and the newer file")
    case: str
    as_of: date
    known_to: str
    first_day: date
    latest_day: date
    model: str
    pseudo_real_time: bool
    months: list[str]
    horizons: list[int] = Field(description="months after the month of the day; below 1: already past")
    levels: list[float] = Field(description="the 23 quantile levels")
    series: list[SeriesAnswer]
    persons_per_room: float | None
    places: list[PlaceAnswer]
    warning: list[str]
    threshold: float = Field(description="the chance from which an alarm is raised")
    weights: dict[str, tuple[float, float]] = Field(description="weight of each model for months 1-3 and 4-12")
    not_run: list[str]
    newer: FileAnswer | None


class ScoreAnswer(BaseModel):
    """Mean scores of past forecasts beside the baseline (persons a month); less is better."""

    label: str
    cells: int
    wis: float
    baseline_wis: float
    skill: float
    hardest: str
    skill_hardest: float
    coverage: tuple[float, float, float] = Field(description="share of outcomes in the 50, 80 and 95 % bands")


class Scoreboard(BaseModel):
    """How past forecasts did, from a stored backtest."""

    command: str
    version: str
    headline: list[ScoreAnswer]
    horizon: list[ScoreAnswer]
    year: list[ScoreAnswer]
    series: list[ScoreAnswer]
    model: list[ScoreAnswer]


def outlook(request: Request) -> Outlook:
    """The forecasts of this server."""
    return _outlook(request.app)


def _outlook(app: FastAPI) -> Outlook:
    found = getattr(app.state, "outlook", None)
    if found is None:
        settings = getattr(app.state, "settings", None)
        found = app.state.outlook = Outlook(settings.case if settings else "canada_us")
    return found


@asynccontextmanager
async def _warm(app: FastAPI) -> AsyncIterator[None]:
    """Make the forecasts that the page offers while the server starts, so that a reader need not wait."""

    def work() -> None:
        days = [date.fromisoformat(one["day"]) for one in stored("trust")["experiments"]]
        try:
            for day in (None, *days):
                while day is not None and not _outlook(app).idle:
                    time.sleep(SECONDS)  # readers first
                _outlook(app).make(day)
        except (RoxhamError, Refused):
            return  # the page tells the reader of the same error

    settings = getattr(app.state, "settings", None)
    if settings is None or settings.warm:
        threading.Thread(target=work, name="first forecast", daemon=True).start()
    yield


router = APIRouter(prefix="/api/forecast", tags=["forecast"], lifespan=_warm)


def data(request: Request, language: Language) -> dict[str, Any]:
    """What the page needs first: the newest forecast where it is ready, the days to choose from, the scores."""
    query = request.query_params
    try:
        ready = None if query.get("as_of") or query.get("newer") else outlook(request).held()
    except EvidenceError:
        ready = None  # the page asks for it, and shows what the answer says
    return {
        "answer": answer(ready, language) if ready else None,
        "scores": scoreboard().model_dump(mode="json"),
        "days": [{"day": one["day"], "title": one["title"][language]} for one in stored("trust")["experiments"]],
    }


def _make(request: Request, as_of: date | None, newer: str) -> Made:
    with _told_in(request):
        return outlook(request).make(as_of, newer)


@contextmanager
def _told_in(request: Request) -> Iterator[None]:
    """Tell what is wrong, and what is refused, in the reader's language."""
    language = preferred(request.headers.get("accept-language", ""))
    try:
        with told_in(language):
            yield
    except Refused as refused:
        said = in_language(Problem(refused.detail), language).message
        raise Refused(refused.status, said, refused.headers) from None


@router.get("", response_model=ForecastAnswer)
def forecast(request: Request, lang: Lang = "en", as_of: AsOf = None, newer: File = "") -> JSONResponse:
    """Claims and irregular entries in the months to come, by office and province, and the rooms that they need."""
    return JSONResponse(answer(_make(request, as_of, newer), lang))


@router.get("/plain")
def plain(request: Request, as_of: AsOf = None, newer: File = "") -> JSONResponse:
    """The same forecast as `roxham forecast --json` prints it."""
    from roxham.forecast.hub import as_data

    made = _make(request, as_of, newer)
    found = as_data(made.forecast) | {"rooms": made.rooms.to_dict() if made.rooms else None}
    found["early_warning"] = [one | {"chance": _number(one["chance"])} for one in found["early_warning"]]
    return JSONResponse(found | {"as_of": made.forecast.day.isoformat()})


@router.get("/quantiles.csv", response_class=Response, responses={200: {"content": {"text/csv": {}}}})
def quantiles(request: Request, as_of: AsOf = None, newer: File = "", model: Which = "ensemble") -> Response:
    """The 23 quantiles of every series and month in the format of the hubverse."""
    from roxham.forecast.baselines import REFERENCE
    from roxham.forecast.hub import to_csv

    made = _make(request, as_of, newer).forecast
    name = REFERENCE if model == "baseline" else made.model
    headers = {"Content-Disposition": f'attachment; filename="{made.day}-roxham-{name}.csv"'}
    return Response(to_csv(made, name), headers=headers, media_type="text/csv; charset=utf-8")


@router.post("/newer")
def add(request: Request, content: Annotated[bytes, Body(media_type="text/csv")]) -> FileAnswer:
    """Hold a newer CSV of the same counts in memory for an hour; every problem of the file is told with its line."""
    from roxham.forecast.newer import read_newer

    held = outlook(request)
    with _told_in(request):
        try:
            found = read_newer(content, held.case)
        except EvidenceError as error:
            raise SpecError(error.problems) from None
    return FileAnswer(id=held.keep_file(found), first=found.first, last=found.last, rows=len(found.rows))


@router.get("/scoreboard")
def scoreboard() -> Scoreboard:
    """How past forecasts did: every score beside its baseline."""
    found = stored("scores")
    tables = {key: [ScoreAnswer.model_validate(one) for one in found[key]]
              for key in ("headline", "horizon", "year", "series", "model")}  # fmt: skip
    return Scoreboard(command=found["made"]["command"], version=found["made"]["version"], **tables)


def answer(made: Made, language: Language) -> dict[str, Any]:
    """A forecast as the page reads it; every number is one that `roxham forecast --json` prints."""
    if language not in made.answers:
        made.answers[language] = _answer(made, language).model_dump(mode="json")
    return made.answers[language]


def _answer(made: Made, language: Language) -> ForecastAnswer:
    from roxham.forecast.alarms import THRESHOLD
    from roxham.forecast.regimes import LEVELS
    from roxham.show.fan import warning_words

    one, newer = made.forecast, made.newer
    return ForecastAnswer(
        key=made.key, case=one.case, as_of=one.day, known_to=one.last, first_day=made.days[0], latest_day=made.days[1],
        model=one.model, pseudo_real_time=True, months=list(one.months), horizons=list(one.horizons),
        levels=[float(level) for level in LEVELS], series=_series(made, language),
        persons_per_room=made.rooms.persons_per_room if made.rooms else None, places=_places(made, language),
        warning=warning_words(one, language).split("\n")[:-1], threshold=THRESHOLD,
        weights={name: (near, far) for name, (near, far) in one.weights.items()}, not_run=list(one.missing),
        newer=FileAnswer(id=newer.digest[:20], first=newer.first, last=newer.last, rows=len(newer.rows))
        if newer else None,
    )  # fmt: skip


def _series(made: Made, language: Language) -> list[SeriesAnswer]:
    from roxham.forecast.hub import rows
    from roxham.show.fan import series_words

    one = made.forecast
    said = _table(rows(one, {name: one.quantiles(name) for name in one.draws}), len(one.months))
    beside = _table(rows(one, dict(one.baseline)), len(one.months))
    warned = {each.series: each for each in one.warnings}
    seen = _seen(one.case)
    found = []
    for name in one.draws:
        kind, place, office = name.split("/")
        later = {month: value for month, value in seen.get(name, {}).items() if month in one.months}
        found.append(SeriesAnswer(
            id=name, kind=kind, place=place, office=office, words=series_words(name, language),
            known=dict(one.known[name]), seen=later, quantiles=said[name], baseline=beside.get(name),
            warning=Warned(chance=_number(warned[name].chance), alarm=warned[name].alarm),
        ))  # fmt: skip
    return found


def _table(rows: Any, months: int) -> dict[str, list[list[float]]]:
    """Rows of the hubverse by series, months and levels."""
    found: dict[str, list[float]] = {}
    for row in rows:
        kind, what = row["target"].split("/")
        found.setdefault(f"{kind}/{row['location']}/{what}", []).append(float(row["value"]))
    wide = {name: len(values) // months for name, values in found.items()}
    return {name: [values[k : k + wide[name]] for k in range(0, len(values), wide[name])]
            for name, values in found.items()}  # fmt: skip


@cache
def _seen(case: str) -> dict[str, dict[str, float]]:
    """Every count ever published, by series and month: what came after the day of an old forecast."""
    from roxham.forecast.backtest import outcomes

    months, counts = outcomes(case)
    return {name: {month: float(value) for month, value in zip(months, values, strict=True)}
            for name, values in counts.items()}  # fmt: skip


def _places(made: Made, language: Language) -> list[PlaceAnswer]:
    """Rooms by place; places that nobody is foretold to need are left out."""
    from roxham.sim.corridor import load

    if made.rooms is None:
        return []
    named = load(made.forecast.case).reception.places
    found: dict[str, PlaceAnswer] = {}
    for need in made.rooms.needs:
        spec = named[need.place]
        title = spec.title.fr if language == "fr" else spec.title.en
        place = found.setdefault(
            need.place, PlaceAnswer(id=need.place, name=title, province=spec.province, needs=[]))
        place.needs.append(
            NeedAnswer(month=need.month, persons=need.persons, rooms=need.rooms, shortfall=need.shortfall))
    return [place for place in found.values() if any(need.persons[2] > 0 for need in place.needs)]


def _number(value: float) -> float | None:
    """A number, or null where there is none."""
    return value if value == value else None
