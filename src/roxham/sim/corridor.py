"""The corridor: one case read from its files, checked, frozen, and amended by copies.

A corridor joins the world (places, roads, weather), the law, the people, the services, the beds, the prices and the
behavioural parameters. `amend` returns a new corridor; the unamended one stays reachable as `origin`, so that
reference conditions never move with a scenario.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from roxham._files import check_folder
from roxham.errors import LawError, Problem, RunError, SpecError, UnknownName, did_you_mean, raise_problems
from roxham.law import LawBook, LawChange, load_law
from roxham.sim import amend as am
from roxham.sim.case import (
    CaseInfo,
    ChoiceSpec,
    CostSpec,
    FamilyRow,
    GroupRow,
    OutcomeRow,
    Parameter,
    ReceptionSpec,
    ServiceSpec,
    ShareRow,
    TieRow,
)
from roxham.sim.check import check, check_calibration
from roxham.sim.course import service_capacity
from roxham.sim.numbers import Held, numbers_of, with_numbers
from roxham.sim.posterior import Posterior, load_posterior
from roxham.sim.procedure import Procedure
from roxham.spec import Dated, load_csv, load_yaml
from roxham.world import World, load_world

Floats = NDArray[np.float64]
CASES = Path(__file__).parent.parent / "cases"


@dataclass(frozen=True)
class Corridor:
    """One border as it was, or as amended."""

    info: CaseInfo
    folder: Path
    world: World
    law: LawBook
    group_rows: tuple[GroupRow, ...]
    share_rows: tuple[ShareRow, ...]
    family_rows: tuple[FamilyRow, ...]
    tie_rows: tuple[TieRow, ...]
    outcome_rows: tuple[OutcomeRow, ...]
    services: Mapping[str, ServiceSpec]
    procedure: Procedure
    reception: ReceptionSpec
    costs: CostSpec
    parameters: Mapping[str, Parameter]
    choice: ChoiceSpec
    readings: Mapping[str, str] = field(default_factory=dict)
    amendments: tuple[am.Amendment, ...] = ()
    origin: Corridor | None = None

    # ---------------------------------------------------------------- names
    @property
    def id(self) -> str:
        """The case's id."""
        return self.info.id

    @cached_property
    def groups(self) -> tuple[str, ...]:
        """Ids of the nationality groups, in file order."""
        return tuple(row.id for row in self.group_rows)

    @property
    def others(self) -> int:
        """Position of the group of those whose nationality is not known: `other`, or the last one of the file."""
        return self.groups.index("other") if "other" in self.groups else len(self.groups) - 1

    @property
    def provinces(self) -> tuple[str, ...]:
        """Province ids used by people's ties, claims and reception, in the order of `case.yaml`."""
        return tuple(self.info.provinces)

    def province_index(self, province: str) -> int:
        """Position of a province in `provinces`."""
        return self.provinces.index(province)

    def province_of(self, place: str) -> str:
        """The province that a segment, port or reception place leads to; empty for a place on the other side."""
        if place in self.world.segments:
            return self.world.segments[place].province
        if place in self.reception.places:
            return self.reception.places[place].province
        return self.world.places[place].province or ""

    def port_of(self, province: str) -> int:
        """Position, among the ports of the choice model, of the main port of a province."""
        return self.choice.ports.index(self.choice.main_port.get(province, self.choice.main_port["default"]))

    # ---------------------------------------------------------------- people
    @cached_property
    def ties(self) -> Floats:
        """Share of each group that means to settle in each province, shape (groups, provinces)."""
        out = np.zeros((len(self.groups), len(self.provinces)))
        for row in self.tie_rows:
            rows = range(len(self.groups)) if row.group == "all" else [self.groups.index(row.group)]
            for g in rows:
                out[g, self.province_index(row.province)] = row.share
        return out

    @cached_property
    def sizes(self) -> Floats:
        """Share of parties of each size by group, shape (groups, sizes from 1 up)."""
        largest = max(row.size for row in self.family_rows)
        out = np.zeros((len(self.groups), largest))
        for row in sorted(self.family_rows, key=lambda r: r.group != "all"):
            rows = range(len(self.groups)) if row.group == "all" else [self.groups.index(row.group)]
            for g in rows:
                out[g, row.size - 1] = row.share
        return _to_one(out)

    def shares(self, months: NDArray[np.datetime64]) -> Floats:
        """Composition of those who set out, shape (months, groups); rows sum to 1."""
        out = np.zeros((len(months), len(self.groups)))
        middle = months.astype("datetime64[D]") + 14
        for row in sorted(self.share_rows, key=lambda r: r.from_):
            out[middle >= np.datetime64(row.from_), self.groups.index(row.group)] = row.share
        return _to_one(out)

    def outcome_share(self, measure: str, days: NDArray[np.datetime64]) -> Floats:
        """A hearing outcome share by group and day, shape (groups, days)."""
        out = np.zeros((len(self.groups), len(days)))
        rows = [r for r in self.outcome_rows if r.measure == measure]
        for row in sorted(rows, key=lambda r: (r.from_, r.group != "all")):
            where = range(len(self.groups)) if row.group == "all" else [self.groups.index(row.group)]
            for g in where:
                out[g, days >= np.datetime64(row.from_)] = row.share
        return out

    def anchor_facts(self, shown: NDArray[np.int8]) -> dict[str, Any]:
        """Facts that stand for a qualifying relative in Canada; `shown` is 1 where an officer is satisfied of it."""
        return {
            "anchor_relation": "sister", "anchor_in_canada": 1, "anchor_age": 40,
            "anchor_status": "permanent_resident", "anchor_established": shown,
        }

    # ---------------------------------------------------------------- what changes with the day
    def steps(self, steps: Sequence[Dated], days: NDArray[np.datetime64]) -> Floats:
        """A step function of time on every day; before its first date, its first value."""
        ordered = sorted(steps, key=lambda s: s.from_)
        out = np.full(len(days), ordered[0].value, dtype=np.float64)
        for step in ordered:
            out[days >= np.datetime64(step.from_)] = step.value
        return out

    def amended(self, kind: str) -> list[Any]:
        """Amendments of one kind, in order."""
        return [a for a in self.amendments if a.kind == kind]

    @staticmethod
    def span(amendment: Any, days: NDArray[np.datetime64]) -> NDArray[np.bool_]:
        """Whether an amendment is in force on each day (both ends included)."""
        on = np.ones(len(days), dtype=bool)
        if amendment.from_ is not None:
            on &= days >= np.datetime64(amendment.from_)
        if amendment.until is not None:
            on &= days <= np.datetime64(amendment.until)
        return on

    def detection(self, segment: str, days: NDArray[np.datetime64]) -> Floats:
        """Chance that somebody hiding at a segment is intercepted, by day, after police amendments."""
        chance = np.full(len(days), self.world.segments[segment].detection)
        for change in self.amended("police"):
            if change.place == segment:
                chance = np.where(self.span(change, days), chance * change.presence, chance)
        return np.asarray(np.clip(chance, 0.0, 1.0), dtype=np.float64)

    def beds(self, place: str, days: NDArray[np.datetime64]) -> NDArray[np.int64]:
        """Beds at a reception place by day, after amendments."""
        beds = self.steps(self.reception.places[place].beds, days)
        for change in self.amended("beds"):
            if change.place in (place, "all"):
                on = self.span(change, days)
                if change.multiply is not None:
                    beds = np.where(on, beds * change.multiply, beds)
                elif change.set is not None:
                    beds = np.where(on, change.beds, beds)
                else:
                    beds = np.where(on, beds + change.beds, beds)
        return np.floor(np.maximum(beds, 0)).astype(np.int64)

    def capacity(self, service: str, days: NDArray[np.datetime64]) -> Floats:
        """Persons that a service can decide on each civil day, after amendments; zero on days it is closed."""
        return self._amended_capacity(service, days, service_capacity(self.services[service], days))

    def delay(self, service: str, days: NDArray[np.datetime64]) -> Floats:
        """Days that something takes which begins on each day, where a service's steps are delays, after amendments."""
        return self._amended_capacity(service, days, self.steps(self.services[service].steps, days))

    def _amended_capacity(self, service: str, days: NDArray[np.datetime64], daily: Floats) -> Floats:
        for change in self.amended("capacity"):
            if change.service == service:
                on = self.span(change, days)
                if change.multiply is not None:
                    daily = np.where(on, daily * change.multiply, daily)
                elif self.services[service].servers:
                    raise RunError(f"{service} has servers, not a capacity a day: write `multiply` in {change.name!r}")
                else:
                    daily = np.where(on, change.capacity, daily)
        return daily

    def transfer_share(self, days: NDArray[np.datetime64]) -> Floats:
        """Share sent out of the province of the rule of those who cross between ports there and claim, by day."""
        share = self.steps(self.reception.transfer.share, days)
        for change in self.amended("transfer"):
            share = np.where(self.span(change, days), change.share, share)
        return share

    def pressure_multiplier(self, months: NDArray[np.datetime64]) -> Floats | None:
        """How amendments scale the number who set out, shape (months, hubs, groups); None when they do not."""
        changes = self.amended("pressure")
        if not changes:
            return None
        hubs = tuple(self.choice.hubs)
        out = np.ones((len(months), len(hubs), len(self.groups)))
        middle = months.astype("datetime64[D]") + 14
        for change in changes:
            h = slice(None) if change.hub == "all" else hubs.index(change.hub)
            g = slice(None) if change.group == "all" else self.groups.index(change.group)
            out[self.span(change, middle), h, g] *= change.multiply
        return out

    def term_marks(self, start: date, end: date) -> NDArray[np.int64]:
        """A number per day that changes whenever a road opens or closes or a fare changes."""
        days = np.arange(np.datetime64(start, "D"), np.datetime64(end, "D") + 1)
        dates = sorted({np.datetime64(d, "D") for d in self.world.change_dates()})
        return np.searchsorted(np.array(dates, dtype="datetime64[D]"), days, side="right").astype(np.int64)

    # ---------------------------------------------------------------- amending and running
    def names(self) -> am.Names:
        """The names that amendments may use."""
        return am.Names(
            instruments=frozenset(self.law.instruments), parameters=frozenset(self.law.parameters),
            switches=self.law.switches,
            crossings=frozenset(self.world.segments) | frozenset(self.choice.ports),
            segments=frozenset(self.world.segments), places=frozenset(self.world.places) | frozenset(
                self.world.segments),
            services=frozenset(self.services), receptions=frozenset(self.reception.places),
            groups=frozenset(self.groups), hubs=frozenset(self.choice.hubs), numbers=self.numbers,
        )

    @cached_property
    def numbers(self) -> Mapping[str, Held]:
        """Every number that an amendment of kind `number` may change, by name."""
        return numbers_of(self)

    def amend(self, amendments: Sequence[am.Amendment]) -> Corridor:
        """A copy of the corridor under an ordered list of amendments.

        Raises:
            UnknownName: naming every place, service, group or instrument that the case does not have.

        Example:
            >>> import roxham
            >>> from roxham.sim.amend import amendment
            >>> corridor = roxham.load("canada_us")
            >>> double = amendment(name="twice the hearings", kind="capacity", service="rpd", multiply=2)
            >>> len(corridor.amend([double]).amendments), len(corridor.amendments)
            (1, 0)
        """
        am.check_amendments(amendments, self.names())
        world, readings = self.world, dict(self.readings)
        changes: list[LawChange] = []
        for change in amendments:
            if isinstance(change, am.LawAmendment):
                changes.append(LawChange(
                    name=change.name, instrument=change.instrument, action=change.action,
                    parameter=change.parameter, value=change.setting, from_=change.from_, until=change.until))
            elif isinstance(change, am.ReadingAmendment):
                readings[change.switch] = change.value
            elif isinstance(change, am.CrossingAmendment):
                if change.open:
                    world = world.with_open(change.place, change.from_, change.until)
                else:
                    world = world.with_closed(change.place, change.from_, change.until)
            elif isinstance(change, am.FareAmendment):
                if change.free_tickets is not None:
                    world = world.with_free_tickets(change.free_tickets, change.from_, change.until)
                elif change.amount is not None and change.origin and change.destination:
                    world = world.with_fare(
                        change.origin, change.destination, change.amount, change.from_, change.until)
        made = replace(
            self, world=world, law=self.law.amend(changes) if changes else self.law, readings=readings,
            amendments=(*self.amendments, *amendments), origin=self.origin or self)
        return with_numbers(made, [change for change in amendments if isinstance(change, am.NumberAmendment)])

    def posterior(self, name: str = "main") -> Posterior:
        """A calibration shipped with the case: `main`, or `holdout`, which did not see the last months.

        Raises:
            EvidenceError: when it is missing, broken, or made for other hubs, provinces or parameters.
        """
        found = load_posterior(self.folder / "calibration", name)
        check_calibration(found, self.choice.hubs, self.provinces, self.parameters)
        return found

    @cached_property
    def hash(self) -> str:
        """SHA-256 over all files of the case, hexadecimal."""
        digest = hashlib.sha256()
        for path in sorted(p for p in self.folder.rglob("*") if p.is_file() and "__pycache__" not in p.parts):
            digest.update(path.relative_to(self.folder).as_posix().encode())
            digest.update(path.read_bytes())
        return digest.hexdigest()


def _to_one(rows: Floats) -> Floats:
    """The rows scaled so that each sums to one."""
    return np.asarray(rows / rows.sum(axis=1, keepdims=True), dtype=np.float64)


def cases() -> dict[str, Path]:
    """The cases inside the package: id and folder."""
    return {p.name: p for p in sorted(CASES.iterdir()) if (p / "case.yaml").is_file()}


def _find(case: str | Path) -> Path:
    known = cases()
    name = str(case).replace("-", "_")
    if name in known:
        return known[name]
    path = Path(case)
    if (path / "case.yaml").is_file():
        return path
    said = f'"{case}" is neither a case nor a folder with case.yaml'
    raise UnknownName(Problem(said, hint=did_you_mean(name, known)))


def load(case: str | Path) -> Corridor:
    """Load a case by name or folder.

    Raises:
        SpecError: with every problem found in its files, each with file, line and, where there is one, a suggestion.

    Example:
        >>> import roxham
        >>> roxham.load("canada_us").id
        'canada_us'
    """
    folder = _find(case)
    raise_problems(check_folder(folder))
    problems: list[Problem] = []

    def read(make: Any, *arguments: Any) -> Any:
        try:
            return make(*arguments)
        except (SpecError, LawError) as error:
            problems.extend(error.problems)
            return None

    parts: dict[str, Any] = {
        "info": read(load_yaml, folder / "case.yaml", CaseInfo),
        "world": read(load_world, folder / "map"),
        "law": read(load_law, folder / "law"),
        "group_rows": read(load_csv, folder / "people" / "groups.csv", GroupRow),
        "share_rows": read(load_csv, folder / "people" / "shares.csv", ShareRow),
        "family_rows": read(load_csv, folder / "people" / "families.csv", FamilyRow),
        "tie_rows": read(load_csv, folder / "people" / "ties.csv", TieRow),
        "outcome_rows": read(load_csv, folder / "people" / "acceptance.csv", OutcomeRow),
        "services": read(load_yaml, folder / "services.yaml", dict[str, ServiceSpec]),
        "procedure": read(load_yaml, folder / "procedure.yaml", Procedure),
        "reception": read(load_yaml, folder / "reception.yaml", ReceptionSpec),
        "costs": read(load_yaml, folder / "costs.yaml", CostSpec),
        "parameters": read(load_yaml, folder / "parameters.yaml", dict[str, Parameter]),
        "choice": read(load_yaml, folder / "choice.yaml", ChoiceSpec),
    }
    problems += check(folder, parts)
    if problems:
        raise SpecError(list(dict.fromkeys(problems)))
    rows: dict[str, Any] = {k: tuple(v) if k.endswith("_rows") else v for k, v in parts.items()}
    return Corridor(folder=folder, **rows)
