"""Shapes of the laboratory's API: what is sent and what comes back, typed, so that its description is complete."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Status = Literal["queued", "running", "done", "cancelled", "failed"]
Control = Literal["choice", "number", "switch"]
Grouping = Literal["cause", "step", "rule", "place"]
Lang = Literal["en", "fr"]
Day = Annotated[date, Field(description="a civil day, YYYY-MM-DD")]


class Shape(BaseModel):
    """What every shape shares: `from_` is written `from`, and nothing unknown is let in."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True, serialize_by_alias=True)


class Both(Shape):
    """Words in English and in French."""

    en: str
    fr: str


class Source(Shape):
    """Where a number comes from, so that it can be cited."""

    id: str
    title: str
    publisher: str = ""
    url: str = ""
    accessed: str = ""
    trust: str = ""
    title_fr: str = Field(default="", description="where the French version has another title")
    url_fr: str = Field(default="", description="where the French version has another address")


class Choice(Shape):
    """One thing that a lever can be set to."""

    value: str
    title: Both
    dated: bool = Field(default=False, description="true: this choice needs or may have days")


class Step(Shape):
    """What held from a day on, before anything is changed."""

    from_: str = Field(default="", validation_alias="from", serialization_alias="from")
    value: str | float | bool | None = None
    unit: str = ""
    status: str = Field(default="", description="measured, derived, estimated or assumed")
    low: float | None = None
    high: float | None = None
    sources: list[str] = []
    note: str = ""


class Lever(Shape):
    """One thing that the reader may change: what it is, what it may be set to, and what held in truth."""

    id: str = Field(description="such as law.protocol_2023 or capacity.rpd")
    group: str = Field(description="law, reading, crossing, police, fare, transfer, beds, capacity or pressure")
    title: Both
    help: Both
    control: Control
    choices: list[Choice] = []
    unit: Both | None = Field(default=None, description="unit of a number")
    low: float | None = None
    high: float | None = None
    step: float | None = None
    default: str | float | bool = Field(description="what leaves everything as it was")
    dated: bool = Field(description="true: may hold from a day, until a day")
    main: bool = Field(default=False, description="true: shown first; the others unfold")
    cite: str = Field(default="", description="the line of law")
    place: str = Field(default="", description="the place, service, group or instrument that it changes")
    held: list[Step] = Field(default=[], description="what held in truth, and where that is known from")
    sources: list[Source] = []


class Levers(Shape):
    """All levers of a case, and the named scenarios that it comes with."""

    case: str
    levers: list[Lever]
    groups: dict[str, Both]
    scenarios: list[Named]
    studies: list[Named]
    from_: Day = Field(validation_alias="from", serialization_alias="from")
    to: Day
    limits: Bounds


class Named(Shape):
    """A scenario or study of the case."""

    name: str
    title: Both
    why: str = ""
    source: str = ""
    settings: list[Setting] = Field(default=[], description="the same as levers, where levers can say it")
    as_levers: bool = Field(default=False, description="true: `settings` says all of it")


class Bounds(Shape):
    """How much one study may ask for on this server."""

    draws: int
    scenarios: int
    amendments: int
    first: date
    last: date


class Setting(Shape):
    """One lever that was moved, and its days (none: from the start, to the end)."""

    lever: str = Field(max_length=120)
    value: str | float | bool
    from_: Day | None = Field(default=None, validation_alias="from", serialization_alias="from")
    until: Day | None = None


class Question(Shape):
    """What is asked: levers that were moved, or a scenario or study as YAML, or scenarios of the case by name.

    At most one of `settings`, `yaml` and `scenarios` is given; with none of them the baseline is run alone.
    """

    settings: list[Setting] = Field(default=[], max_length=200)
    yaml: str = Field(default="", max_length=200_000)
    scenarios: list[str] = Field(default=[], max_length=12, description="names; a study's name is all of its own")
    from_: Day | None = Field(
        default=None, validation_alias="from", serialization_alias="from", description="the case's own otherwise"
    )
    to: Day | None = Field(default=None, description="the case's own otherwise")
    draws: int = Field(default=20, ge=1, description="draws of chance for every scenario")
    seed: int = Field(default=7, ge=0, lt=2**53, description="the same seed gives the same result, bit by bit")


class Fault(Shape):
    """One thing that is wrong, where it stands (from 1), and the word that was probably meant."""

    message: str
    file: str | None = None
    line: int | None = None
    column: int | None = None
    hint: str | None = None


class ScenarioSaid(Shape):
    """One scenario in words, and as the file that `roxham run` reads."""

    name: str
    title: Both
    amendments: list[str]
    yaml: str


class Checked(Shape):
    """What a question says, or what is wrong with it."""

    ok: bool
    problems: list[Fault] = []
    title: Both | None = None
    scenarios: list[ScenarioSaid] = []
    address: str = Field(default="", description="the query that opens the same question: `?set=…`, `?yaml=…` or empty")


class Progress(Shape):
    """How far a study is."""

    status: Status
    position: int = Field(default=0, description="how many studies are before it; 0 when it is at work")
    done: int = Field(description="draws of all scenarios that are there")
    total: int = Field(description="draws of all scenarios that were asked for")
    draws: int = Field(description="draws that every scenario has: the numbers now shown")
    wanted: int
    seconds: float = Field(description="since it was asked")
    left: float | None = Field(default=None, description="seconds that are left, about; null before that can be said")
    problems: list[Fault] = []


class StudyState(Shape):
    """A study: what it is, how far it is, and its permanent address."""

    id: str
    address: str = Field(description="the query that opens it: short, or `?study=ID`")
    title: Both
    why: str = ""
    scenarios: list[ScenarioSaid]
    baseline: str
    from_: Day = Field(validation_alias="from", serialization_alias="from")
    to: Day
    draws: int
    seed: int
    case: str
    case_hash: str
    version: str
    question: Question
    progress: Progress


class Numbers(Shape):
    """Mean and quantiles over draws; null where there is no number (a mean over nobody)."""

    mean: float | None
    q05: float | None
    q25: float | None
    q50: float | None
    q75: float | None
    q95: float | None


class Compared(Shape):
    """One metric of one scenario, and its paired difference to the baseline, draw by draw."""

    scenario: str
    value: Numbers
    difference: Numbers
    settled: bool = Field(description="true: nine draws in ten agree on the direction of the difference")


class Headline(Shape):
    """One metric of all scenarios."""

    metric: str
    group: str = Field(description="heard, unheard, waiting, nights, danger, dollars or crossings")
    label: Both
    unit: str
    kind: Literal["flow", "stock", "mean"]
    by: str = Field(description="what its places are: segment, province, reception or all")
    places: list[str]
    scenarios: list[Compared]


class Result(Shape):
    """Headlines for one place and period; the numbers are those of `roxham compare`, to the last digit."""

    id: str
    draws: int
    wanted: int
    place: str
    period: str
    periods: list[str]
    baseline: str
    scenarios: list[str]
    names: dict[str, Both] = Field(description="what places are called")
    headlines: list[Headline]


class Fan(Shape):
    """One metric of one scenario at one place, by month."""

    metric: str
    scenario: str
    place: str
    mean: list[float | None]
    q05: list[float | None]
    q25: list[float | None]
    q50: list[float | None]
    q75: list[float | None]
    q95: list[float | None]


class Observed(Shape):
    """What was seen, month by month; null where nothing is published."""

    metric: str
    place: str
    label: Both
    values: list[float | None]
    note: str = ""
    source: Source


class Series(Shape):
    """Monthly numbers: fans for charts, flows for the map, and the observed line."""

    id: str
    draws: int
    months: list[str]
    fans: list[Fan]
    observed: list[Observed]


class WhyLine(Shape):
    """One line of the answer; all lines add up to the difference."""

    step: str
    what: str
    mean: float
    q05: float
    q95: float
    cite: str = ""
    rule: str = ""
    place: str = ""
    payer: str = ""
    sources: list[Source] = []


class Why(Shape):
    """Why a metric differs between the baseline and a scenario."""

    id: str
    metric: str
    label: str
    unit: str
    place: str
    period: str
    scenario: str
    baseline: str
    draws: int = Field(description="draws that were asked why: the first ones, at most 20")
    heading: str
    baseline_mean: float
    scenario_mean: float
    difference: float
    lines: list[WhyLine]
    notes: list[str]
    amendments: list[str]
    sources: list[Source]


for _shape in (Levers, Named, Question):
    _shape.model_rebuild()
