"""The files of a case that the corridor reads: people, services, reception, costs and parameters.

Each class mirrors one file (or one row of a CSV); unknown keys fail. Shared number fields (`value`, `unit`,
`status`, `low`, `high`, `source`, `note`) are those of `roxham.spec.Number`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Literal

from pydantic import Field

from roxham.sim.duration import DurationSpec
from roxham.spec import Dated, Number, Spec

Status = Literal["measured", "derived", "estimated", "assumed"]
Payer = Literal["federal", "provincial", "municipal"]


class Words(Spec):
    """A label in both languages."""

    en: str
    fr: str


class Row(Spec):
    """What every sourced row of a CSV carries."""

    status: Status
    low: float | None = None
    high: float | None = None
    source: str | None = None
    note: str | None = None


class GroupRow(Row):
    """One nationality group of `people/groups.csv`."""

    id: str
    name_en: str
    name_fr: str
    iso3: str | None = None


class ShareRow(Row):
    """A group's share of the people who set out, from a date on (`people/shares.csv`)."""

    group: str
    from_: date
    share: float = Field(ge=0, le=1)
    unit: str | None = None


class FamilyRow(Row):
    """The share of parties of one size (`people/families.csv`)."""

    group: str
    size: int = Field(ge=1, le=12)
    share: float = Field(ge=0, le=1)
    unit: str | None = None


class TieRow(Row):
    """Where people mean to settle (`people/ties.csv`)."""

    group: str
    province: str
    share: float = Field(ge=0, le=1)
    unit: str | None = None


class OutcomeRow(Row):
    """A hearing outcome share by group and date (`people/acceptance.csv`)."""

    group: str
    measure: str
    from_: date
    share: float = Field(ge=0, le=1)
    unit: str | None = None


class ShareSpec(Spec):
    """Some of those who wait, by their traits, and the share of each day's capacity that they are sure of."""

    who: Mapping[str, list[str]]
    share: list[Dated]


class ServiceSpec(Spec):
    """One desk, post or hearing room: its dated capacity (or delay) and what waits at the start.

    With `servers` (rooms, desks or members at work at one time, or beds) each party takes one for its `duration`, or
    each person a bed; without, `steps` say how much is done a day, and a `duration` is the days from then to the end.
    How all of these act stands at the head of `roxham.sim.desk`.
    """

    title: Words
    counts: Literal["persons", "parties"] = "persons"
    calendar: Literal["every_day", "business_days"] = "every_day"
    steps: list[Dated] = []
    servers: list[Dated] = []
    duration: DurationSpec | None = None
    #: Who goes first, by traits: the first of the list is next, all others come last.
    priority: list[Mapping[str, list[str]]] = []
    #: Who has a share of each day's capacity; what is left of 1 belongs to all others.
    shares: list[ShareSpec] = []
    #: Days from arrival to the appointment; nobody is served before it.
    appointment: DurationSpec | None = None
    #: Days in line after which a party that is not begun leaves.
    patience: DurationSpec | None = None
    #: The longest line, from each date on, in what the service counts.
    limit: list[Dated] = []
    #: How many judges, members or officers there are; where given, `steps` are what one of them does.
    staff: list[Dated] = []
    initial_pending: Number | None = None
    initial_wait_days: Number | None = None


class StaySpec(Spec):
    """How stays are spread about their mean, and how those of families differ from those of people alone.

    `shape` is a duration whose mean is scaled to that of the place; without it people leave with the same chance every
    day. `single` and `family` weigh the mean; they are scaled together so that the mean over all persons is kept.
    """

    shape: DurationSpec | None = None
    single: Number | None = None
    family: Number | None = None


class OverflowSpec(Spec):
    """Where a family goes that has found no bed after some nights, from a day on: a later place of the file."""

    to: str
    after_days: Number
    from_: date | None = None


class PlaceSpec(Spec):
    """One place with beds; `permit_days`: days after the work permit by which its beds are left at the latest."""

    title: Words
    province: str
    kind: Literal["shelter", "hotel"]
    payer: Payer
    beds: list[Dated]
    stay_days: Number
    serves: list[str] = []
    stay: StaySpec | None = None
    permit_days: Number | None = None
    overflow: OverflowSpec | None = None


class OnwardSpec(Spec):
    """Moves that people make themselves: of those who mean to live elsewhere, who goes, and who needs a bed there."""

    share: Number
    need_share: Number


class TransferSpec(Spec):
    """The transfer rule as it was: the share sent on of those who cross between ports of a province, and where to."""

    of: str
    share: list[Dated]
    to: Mapping[str, Number]


class ReceptionSpec(Spec):
    """Beds by place and date, who asks for one, and the transfer rule (`reception.yaml`)."""

    places: Mapping[str, PlaceSpec]
    need_share: Mapping[str, list[Dated]]
    patience_days: Number
    persons_per_room: Number | None = None
    transfer: TransferSpec
    stay: StaySpec = StaySpec()
    onward: OnwardSpec | None = None


class CostItem(Spec):
    """One unit cost: who pays, per what."""

    title: Words
    payer: Payer
    per: str
    value: float
    unit: str
    status: Status
    low: float | None = None
    high: float | None = None
    source: str | None = None
    note: str | None = None


class CostSpec(Spec):
    """Unit costs by payer and the deflators to the base year (`costs.yaml`)."""

    items: Mapping[str, CostItem]
    deflators: Mapping[int, Number]
    base_year: int


class Parameter(Number):
    """One choice or behaviour parameter (`parameters.yaml`)."""

    title: Words
    prior: str | None = None


class Covers(Spec):
    """The days that a case covers."""

    from_: date
    to: date


class CaseInfo(Spec):
    """The head of a case (`case.yaml`)."""

    id: str
    title: Words
    currency: str
    base_year: int
    timezone: str
    covers: Covers
    provinces: list[str]
    gaps: list[str] = []


class BookingRule(Spec):
    """Months in which irregular claims of a province were booked at another office (`choice.yaml`)."""

    province: str
    booked_at: Literal["land_border", "airport", "inland"]
    from_: date | None = None
    until: date | None = None
    source: str
    note: str | None = None


class HubSpec(Spec):
    """A place in the United States where people gather before the border (`choice.yaml`)."""

    known_place: str
    known_ports: list[str]
    province: str
    series_provinces: list[str]


class ChoiceSpec(Spec):
    """The alternatives of the choice model (`choice.yaml`)."""

    hubs: Mapping[str, HubSpec]
    ports: list[str]
    neighbours: Mapping[str, list[str]]
    reference: date
    reference_hub: str
    booking: list[BookingRule]
    main_port: Mapping[str, str]
    air_hours: Number
    air_fare: Number
