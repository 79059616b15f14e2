"""Whether the files of a case fit together: every name used is declared, every capacity can be one.

What one file says about another can only be checked once both are read. Everything that is wrong is collected and told
at once, each with its file and line; files that could not be read are left out, for they have told their problems.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from roxham.errors import EvidenceError, Problem, UnitError, raise_problems
from roxham.people import OFFICES, STREAMS
from roxham.sim.desk import check_service
from roxham.sim.metrics import METRICS
from roxham.sim.posterior import Posterior
from roxham.sim.procedure import Known, Procedure, check_procedure
from roxham.spec import check_names, problem_at
from roxham.units import parse_rate_per_day

#: The services that the steps of the day go through before a claim; those of the claim stand in its procedure.
SERVICES = ("police_post",)
#: What the border asks of a procedure: where a claim that may be heard begins, and one that may not.
STARTS = ("eligible", "barred")
#: What the outcomes of a procedure may ask the run.
ASKS = ("law",)
#: The unit costs that the money meter asks for, besides one "bed night" for each payer of a place with beds.
COSTS = (
    "police_interception", "claim_intake", "eligibility_decision", "hearing", "appeal", "removal", "work_permit",
    "health", "social_assistance", "school", "legal_aid_provincial",
)  # fmt: skip
#: The behavioural parameters that the steps of the day ask for.
PARAMETERS = (
    "air_visa_constant", "anchored_share", "assistance_days", "avoid_cost", "b_cost", "b_heard",
    "b_returned", "b_risk", "b_ties", "b_time", "crowd", "established_share", "focal_transfer",
    "inland_entry_lag_days", "late_claim_days", "perceived_half_life_days", "port_constant",
    "port_elsewhere_constant", "prior_claim_share", "retry_delay_days", "retry_share", "school_age_share",
    "segment_constant", "stay_share_open", "travel_days",
)  # fmt: skip
#: Words of `serves` that are not provinces.
SPECIAL = ("transfers", "transit", "overflow")
NIGHT = "bed night"


def check(folder: Path, parts: Mapping[str, Any]) -> list[Problem]:
    """List what is wrong between the files of a case; `parts` are what was read, None where reading failed."""
    found: list[Problem] = []
    groups = {row.id for row in parts["group_rows"]} if parts["group_rows"] is not None else None
    provinces = parts["info"].provinces if parts["info"] is not None else None
    if groups is not None:
        for rows in ("share_rows", "family_rows", "tie_rows", "outcome_rows"):
            also = () if rows == "share_rows" else ("all",)
            found += check_names([(row, "group") for row in parts[rows] or ()], {*groups, *also}, "group")
    if provinces is not None:
        found += check_names([(row, "province") for row in parts["tie_rows"] or ()], provinces, "province")
    if parts["services"] is not None:
        found += _missing(SERVICES, parts["services"], "service", folder / "services.yaml")
        delays = parts["procedure"].delays if parts["procedure"] is not None else ()
        found += _services(parts["services"], delays, sorted(groups or ()))
    if parts["procedure"] is not None:
        found += _procedure(parts["procedure"], parts, groups or (), provinces or ())
    if parts["parameters"] is not None:
        found += _missing(PARAMETERS, parts["parameters"], "parameter", folder / "parameters.yaml")
    if parts["reception"] is not None:
        found += _reception(parts["reception"], provinces)
    if parts["costs"] is not None:
        found += _costs(folder / "costs.yaml", parts["costs"], parts["info"], parts["reception"])
    if parts["choice"] is not None and parts["world"] is not None:
        found += _choice(parts["choice"], parts["world"], provinces)
    return found


def check_calibration(
    posterior: Posterior, hubs: Iterable[str], provinces: Sequence[str], parameters: Iterable[str]
) -> None:
    """Raise EvidenceError unless a calibration was made for these hubs, provinces and parameters."""
    said = f"calibration {posterior.name!r}"
    missing = sorted(set(parameters) - set(posterior.parameters[0]))
    found = [Problem(f'{said} lacks the parameter "{name}": run `roxham calibrate` again') for name in missing]
    if posterior.hubs != tuple(hubs):
        found.append(Problem(f"{said} has the hubs {', '.join(posterior.hubs)}, the case {', '.join(hubs)}"))
    found += check_names(posterior.provinces, provinces, "province")
    found += [Problem(f'{said} lacks the stream "{name}"') for name in STREAMS[1:] if name not in posterior.streams]
    raise_problems(found, EvidenceError)


def _missing(needed: Iterable[str], held: Iterable[str], what: str, file: Path) -> Iterator[Problem]:
    known = set(held)
    return (Problem(f'the {what} "{name}" is missing', str(file)) for name in needed if name not in known)


def _procedure(
    procedure: Procedure, parts: Mapping[str, Any], groups: Collection[str], provinces: Sequence[str]
) -> Iterator[Problem]:
    """What is wrong between the procedure and the other files; names of a file that could not be read are not known."""
    if parts["services"] is None or parts["parameters"] is None or not groups or not provinces:
        return
    measures = {row.measure for row in parts["outcome_rows"] or ()}
    traits = {"group": groups, "way": STREAMS, "province": provinces, "office": OFFICES}
    yield from check_procedure(procedure, Known(
        parts["services"], traits, measures, parts["parameters"], METRICS, ASKS))
    for start in STARTS:
        if start not in procedure.starts:
            yield problem_at(procedure, "starts", f'the procedure has no start "{start}"')
    if parts["outcome_rows"] is not None:
        yield from check_names([(row, "measure") for row in parts["outcome_rows"]], procedure.measures, "measure")


def _services(services: Mapping[str, Any], delays: Collection[str], groups: Sequence[str]) -> Iterator[Problem]:
    for name, service in services.items():
        if not service.steps and not service.servers:
            yield problem_at(service, "steps", f"{name} needs at least one step")
        if name in SERVICES:
            yield from check_service(name, service, {"group": groups}, may_leave=False)
        for step in service.steps:
            if step.value < 0:
                yield problem_at(step, "value", f"{name}: negative capacity {step.value:g}: a capacity is zero or more")
            if name in delays:
                if step.unit not in ("day", "days"):
                    yield problem_at(step, "unit", f'{name}: "{step.unit}" is not a delay; write "days"')
                continue
            try:
                parse_rate_per_day(f"1 {step.unit}")
            except UnitError as error:
                for one in error.problems:
                    yield problem_at(step, "unit", f"{name}: {one.message}", one.hint)
        for number in (service.initial_pending, service.initial_wait_days):
            if number is not None and number.value < 0:
                yield problem_at(number, "value", f"{name}: {number.value:g} is negative")


def _reception(reception: Any, provinces: Sequence[str] | None) -> Iterator[Problem]:
    places, transfer = reception.places, reception.transfer
    for name, place in places.items():
        if not place.beds:
            yield problem_at(place, "beds", f"{name} needs at least one step of beds")
        for step in place.beds:
            if step.value < 0:
                yield problem_at(step, "value", f"{name}: negative capacity {step.value:g}: beds are zero or more")
            if step.unit not in ("bed", "beds"):
                yield problem_at(step, "unit", f'{name}: "{step.unit}" does not count beds; write "beds"')
        stay = place.stay_days
        if stay.value <= 0:
            yield problem_at(stay, "value", f"{name}: a stay lasts longer than {stay.value:g} days")
        yield from _overflow(name, place, tuple(places))
    if provinces is not None:
        held = list(places.values())
        yield from check_names([(p, "province") for p in held] + [(transfer, "of")], provinces, "province")
        yield from check_names([(p, "serves") for p in held], {*provinces, *SPECIAL}, "province")
    for name in transfer.to:
        for problem in check_names([name], places, "reception place"):
            yield problem_at(transfer, "to", problem.message, problem.hint)
    for stream in STREAMS:
        if not reception.need_share.get(stream):
            yield problem_at(reception, "need_share", f'need_share has no steps for "{stream}"')
    for step in (*transfer.share, *(one for steps in reception.need_share.values() for one in steps)):
        if not 0 <= step.value <= 1:
            yield problem_at(step, "value", f"a share lies between 0 and 1, not at {step.value:g}")


def _overflow(name: str, place: Any, places: Sequence[str]) -> Iterator[Problem]:
    if place.overflow is None:
        return
    for problem in check_names([place.overflow.to], places, "reception place"):
        yield problem_at(place.overflow, "to", problem.message, problem.hint)
    if place.overflow.to in places and places.index(place.overflow.to) <= places.index(name):
        said = f'{name}: overflow goes to a later place of the file; "{place.overflow.to}" comes before it'
        yield problem_at(place.overflow, "to", said)
    if place.overflow.after_days.value < 0:
        yield problem_at(place.overflow.after_days, "value", f"{name}: nobody waits less than no night")


def _costs(file: Path, costs: Any, info: Any, reception: Any) -> Iterator[Problem]:
    yield from _missing(COSTS, costs.items, "unit cost", file)
    nights = {item.payer for item in costs.items.values() if item.per == NIGHT}
    for payer in dict.fromkeys(place.payer for place in reception.places.values()) if reception is not None else ():
        if payer not in nights:
            yield Problem(f'a place with beds is paid for by "{payer}", and no unit cost says per "{NIGHT}"', str(file))
    for name, item in costs.items.items():
        year = item.unit[-4:]
        if info is not None and not (item.unit == f"{info.currency}{year}" and year.isdecimal()):
            yield problem_at(
                item, "unit", f'{name}: "{item.unit}" is not {info.currency} of a year, such as {info.currency}'
                f"{costs.base_year}")  # fmt: skip
        elif year.isdecimal() and int(year) != costs.base_year and int(year) not in costs.deflators:
            yield problem_at(item, "unit", f"{name}: no deflator carries {year} to {costs.base_year}")


def _choice(choice: Any, world: Any, provinces: Sequence[str] | None) -> Iterator[Problem]:
    segments, places, ports = world.segments, world.places, choice.ports

    def held(names: Iterable[str], key: str, declared: Iterable[str], what: str) -> Iterator[Problem]:
        for problem in check_names(list(names), list(declared), what):
            yield problem_at(choice, key, problem.message, problem.hint)

    yield from held(choice.hubs, "hubs", places, "place")
    yield from held(ports, "ports", places, "place")
    yield from held(choice.neighbours, "neighbours", segments, "border segment")
    heirs = [heir for listed in choice.neighbours.values() for heir in listed]
    yield from held(heirs, "neighbours", segments, "border segment")
    yield from held(choice.main_port.values(), "main_port", ports, "port of the choice")
    if "default" not in choice.main_port:
        yield problem_at(choice, "main_port", 'main_port needs a "default"')
    yield from check_names([(choice, "reference_hub")], choice.hubs, "hub")
    hubs = list(choice.hubs.values())
    yield from check_names([(hub, "known_place") for hub in hubs], segments, "border segment")
    yield from check_names([(hub, "known_ports") for hub in hubs], ports, "port of the choice")
    if provinces is not None:
        led = [*segments.values(), *(places[port] for port in ports if port in places)]
        yield from check_names([(one, "province") for one in [*led, *hubs, *choice.booking]], provinces, "province")
        yield from held(choice.main_port, "main_port", [*provinces, "default"], "province")
