"""The page `place`: today's families and today's beds, held in memory while the page is open.

What is planned is that of `roxham place`, by the same functions; rows that could say who somebody is are refused.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date as Date
from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from roxham.app.desks import MINUTES, Desks
from roxham.app.limits import client_of
from roxham.app.problem import Refused
from roxham.app.shell import preferred
from roxham.errors import Problem, SpecError, raise_problems
from roxham.lab.scenario import case_folder
from roxham.show.problem import in_language, told_in
from roxham.show.text import Language

if TYPE_CHECKING:
    from roxham.lab.place import Morning, Placed
    from roxham.sim.placement import Family, Site

router = APIRouter(prefix="/api/place", tags=["place"])
RuleName = Literal["as-is", "greedy", "optimal", "look-ahead"]
#: What a desk may hold: with these a plan takes about a second, and one with as many choices as may be some ten.
MOST_FAMILIES, MOST_PLACES, MOST_CHOICES = 600, 100, 25
AT_ONCE, SECONDS_TO_WAIT = 2, 20.0
_PLANNING = threading.BoundedSemaphore(AT_ONCE)
SAMPLE_DAY = Date(2030, 3, 4)
Id = Annotated[str, StringConstraints(max_length=40)]
File = Annotated[str, StringConstraints(max_length=800_000)]


class Files(BaseModel):
    """The files of a morning as text, and its day (today if not given)."""

    model_config = ConfigDict(extra="forbid")
    families: File = Field(examples=["id,persons\nF1,4\n"], description="CSV: id, persons, and what they need")
    places: File = Field(
        examples=["place,province,free_beds,cost_per_night\nmill,QC,6,95\n"],
        description="CSV: place, province, free_beds, cost_per_night, and what it offers",
    )
    expected: File | None = Field(None, description="CSV of families expected by day, for look-ahead")
    date: Date | None = Field(None, ge=Date(2000, 1, 1), le=Date(2100, 1, 1))


class Sample(BaseModel):
    """The files of an invented morning."""

    families: str
    places: str
    expected: str
    date: Date


class Wanted(BaseModel):
    """A rule, and the choices made at the desk: a place by family, or `wait`. None keeps those of the file."""

    model_config = ConfigDict(extra="forbid")
    rule: RuleName = "optimal"
    overrides: dict[Id, Id] | None = Field(None, max_length=MOST_CHOICES)


class FamilyOut(BaseModel):
    """A family that waits: an opaque id, how many, and what it must find."""

    id: str
    persons: int
    nights: int | None
    asked: str
    needs: list[str]
    ties: list[str]


class SiteOut(BaseModel):
    """A place with beds, and what it offers."""

    id: str
    province: str
    price: float = Field(description="CAD a person-night")
    km: float
    offers: list[str]


class LineOut(BaseModel):
    """Where one family goes, what that costs by part (CAD), and why."""

    id: str
    persons: int
    place: str | None
    province: str | None
    cost: float
    costs: dict[str, float]
    override: str
    reason: str
    reason_en: str
    reason_fr: str
    breaks: list[str] = Field(description="hard rules for which the choice made at the desk is not followed")


class BedsOut(BaseModel):
    """Beds of a place: free tonight, taken by the plan, left tonight, fewest left on any day of a stay."""

    place: str
    province: str
    free: int
    taken: int
    left: int
    fewest: int


class PriceOut(BaseModel):
    """What a choice costs beside the best plan without it (CAD), and whom else it touches."""

    id: str
    override: str
    cost: float
    costs: dict[str, float]
    persons_moved: int
    persons_without_bed: int
    followed: bool


class RuleOut(BaseModel):
    """What one rule makes of the morning."""

    rule: str
    persons_placed: int
    persons_without_bed: int
    cost: float
    costs: dict[str, float]


class PlanOut(RuleOut):
    """A plan: a line for each family, beds by place, every rule beside it, and the price of each choice."""

    date: Date
    lines: list[LineOut]
    beds: list[BedsOut]
    by_province: dict[str, int | None] = Field(description="counts from 1 to 4, and one more, are not told")
    compared: dict[str, RuleOut]
    overrides: list[PriceOut]
    chosen: dict[str, str] = Field(description="the choices that this plan was asked to follow, by family")


class DeskOut(BaseModel):
    """A morning that is held: its id ends after `minutes` without use, or when it is closed."""

    id: str
    minutes: int
    date: Date
    rules: list[str]
    families: list[FamilyOut]
    places: list[SiteOut]
    closed: dict[str, dict[str, list[str]]] = Field(
        description="by family and place, the hard rules (beds among them) that the place would break, were it alone")
    plan: PlanOut


class FileOut(BaseModel):
    """A file as text."""

    name: str
    text: str


def data(request: Request, language: Language) -> dict[str, Any]:
    """What the page needs first."""
    return {"minutes": MINUTES, "most": {"families": MOST_FAMILIES, "places": MOST_PLACES, "choices": MOST_CHOICES}}


@router.get("/sample")
def sample() -> Sample:
    """The files of an invented morning at an invented border, to try the page with."""
    folder = case_folder("toy") / "desk"
    texts = {name: (folder / f"{name}.csv").read_text(encoding="utf-8") for name in ("families", "places", "expected")}
    return Sample(**texts, date=SAMPLE_DAY)


@router.post("/desks", status_code=201)
def open_desk(files: Files, request: Request) -> DeskOut:
    """Hold a morning in memory and plan it; files with names, births, documents, phones or addresses are refused."""
    with _told_in(_language(request)):
        morning = _read(files)
        placed = _place(morning, "optimal")
        name = _desks(request).open(morning, client_of(request.scope))
    return DeskOut(
        id=name,
        minutes=MINUTES,
        date=morning.date,
        rules=list(morning.rules),
        families=[_family(one) for one in morning.families],
        places=[_site(one) for one in morning.places],
        closed={family: {place: list(rules) for place, rules in found.items()}
                for family, found in placed.closed().items()},
        plan=_plan(placed),
    )


@router.post("/desks/{desk}/plan")
def plan(desk: Id, wanted: Wanted, request: Request) -> PlanOut:
    """Plan a morning by a rule, with these choices: a choice that breaks a hard rule is not followed, and told."""
    return _plan(_wanted(desk, wanted, request))


@router.post("/desks/{desk}/csv")
def plan_file(desk: Id, wanted: Wanted, request: Request) -> FileOut:
    """The plan as a CSV file; a cell that a spreadsheet would take for a formula begins with an apostrophe."""
    placed = _wanted(desk, wanted, request)
    return FileOut(name=f"plan-{placed.morning.date}.csv", text=placed.csv(_language(request)))


@router.delete("/desks/{desk}", status_code=204)
def close_desk(desk: Id, request: Request) -> Response:
    """Forget a morning at once."""
    _desks(request).close(desk)
    return Response(status_code=204)


def _wanted(desk: str, wanted: Wanted, request: Request) -> Placed:
    with _told_in(_language(request)):
        morning = _desks(request).find(desk)
        if wanted.overrides is not None:
            morning = morning.choose(wanted.overrides)
        return _place(morning, wanted.rule)


@contextmanager
def _told_in(language: Language) -> Iterator[None]:
    """Tell what is wrong, and what is refused, in a language."""
    try:
        with told_in(language):
            yield
    except Refused as refused:
        said = in_language(Problem(refused.detail), language).message
        raise Refused(refused.status, said, refused.headers) from None


def _read(files: Files) -> Morning:
    from roxham.lab.place import Pasted, read_morning

    expected = Pasted("expected.csv", files.expected) if files.expected else None
    morning = read_morning(Pasted("families.csv", files.families), Pasted("places.csv", files.places),
                           files.date or Date.today(), forecast=expected)
    many, most = (len(morning.families), len(morning.places)), (MOST_FAMILIES, MOST_PLACES)
    raise_problems([Problem(f"the file has {count:,} rows; at most {limit:,} are read", name)
                    for name, count, limit in zip(("families.csv", "places.csv"), many, most, strict=True)
                    if count > limit], SpecError)
    if len(morning.chosen) > MOST_CHOICES:
        raise SpecError(Problem(f"override: at most {MOST_CHOICES} choices are priced at once", "families.csv"))
    return morning


def _place(morning: Morning, rule: str) -> Placed:
    from roxham.lab.place import place_families

    if not _PLANNING.acquire(timeout=SECONDS_TO_WAIT):
        raise Refused(429, "Many plans are being made at once; please try again in a moment.", {"Retry-After": "5"})
    try:
        return place_families(morning, rule)
    finally:
        _PLANNING.release()


def _plan(placed: Placed) -> PlanOut:
    told = placed.to_dict()
    refused = placed.refused()
    lines = [LineOut(cost=cost, breaks=list(refused.get(line["id"], ())), **line)
             for line, cost in zip(told.pop("lines"), placed.line_costs(), strict=True)]
    return PlanOut(
        **told,
        lines=lines,
        beds=[BedsOut(**one.to_dict()) for one in placed.beds()],
        chosen=placed.morning.chosen,
    )


def _family(one: Family) -> FamilyOut:
    from roxham.lab.place import needs_of

    return FamilyOut(id=one.id, persons=one.persons, nights=one.nights, asked=one.asked, needs=list(needs_of(one)),
                     ties=list(one.ties))


def _site(one: Site) -> SiteOut:
    from roxham.lab.place import offers_of

    return SiteOut(id=one.id, province=one.province, price=one.price, km=one.km, offers=list(offers_of(one)))


def _language(request: Request) -> Language:
    return preferred(request.headers.get("accept-language", ""))


def _desks(request: Request) -> Desks:
    state = request.app.state
    if not hasattr(state, "desks"):
        state.desks = Desks()
    desks: Desks = state.desks
    return desks

