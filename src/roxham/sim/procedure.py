"""A procedure as data: stages in order, who enters where, how long each takes, what comes out, and what then.

A procedure is a directed graph without circles: a stage leads only to stages that stand after it in the file, or to an
end. Each stage is a service (a capacity of `services.yaml`, first come first served) or a dated delay. The rules:

1. Outcomes are asked in order, and each share is of those left by the outcomes before it; the last takes the rest. With
   `split: all` the shares are parts of everybody: they sum to 1, or the last has none and takes the rest.
2. An outcome with `who` concerns only people whose traits have one of the values listed, for every trait listed.
3. A delay is the one in force on the day the wait begins. When a shorter one comes into force while somebody waits, it
   counts from its own first day: whichever ends first.
4. A number with low and high is drawn once per draw (triangular); a dated list moves as one.
5. `leave` lets people go while they wait for a service, at a rate per year of those waiting (a constant hazard); those
   who go take no capacity.
6. `streams` of a service have a share of its capacity each; the rest of the capacity belongs to everybody else, and
   what a stream does not need is not lost (the rules of `roxham.sim.service`).
7. Who is sent back for a new decision meets a stage of its own, once: no circle; the file bounds the rounds.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Literal

from roxham.errors import Problem, SpecError
from roxham.sim.case import ServiceSpec, Words
from roxham.sim.desk import check_service
from roxham.spec import Dated, Number, Spec, check_names, load_yaml, problem_at

Who = Mapping[str, list[str]]
SUM = 1e-9


class Delay(Spec):
    """How long a stage without a service takes, in days: a number, dated steps, or a parameter of the case."""

    days: list[Dated] | Number | None = None
    parameter: str | None = None
    spread: Literal["fixed", "exponential"] = "fixed"
    who: Who = {}


class Outcome(Spec):
    """One way out of a stage: who takes it, how often, and where it leads.

    The share is a number, dated steps, a `parameter` of the case, a `measure` by group and date, or the answer of
    something that the run `asks`; none of these takes the rest. `mark` names the day in the columns of the claims;
    `metric` and `count` are a monthly and a daily count that it adds to, in persons; `says` tells it of one party.
    """

    name: str
    to: str
    share: list[Dated] | Number | None = None
    parameter: str | None = None
    measure: str | None = None
    asks: str | None = None
    who: Who = {}
    mark: str | None = None
    metric: str | None = None
    count: str | None = None
    says: Words | None = None

    @property
    def rest(self) -> bool:
        """Whether it takes the rest."""
        return self.share is None and not (self.parameter or self.measure or self.asks)


class Stream(Spec):
    """Some of those who wait for a service, with a share of its capacity of their own, from a date on."""

    title: Words
    who: Who
    takes: Number
    share: list[Dated]


class Leave(Spec):
    """Leaving the line before one's turn: the rate per year of those waiting, and where it leads.

    Without a rate or measure, those leave whom the `patience` or the `limit` of the service sends away.
    """

    name: str
    to: str
    rate: Number | None = None
    measure: str | None = None
    mark: str | None = None
    metric: str | None = None
    count: str | None = None
    says: Words | None = None


class Stage(Spec):
    """One stage: a service or a delay, the state people are in meanwhile, and the outcomes.

    `mark` names the day of leaving in the columns of the claims, whatever the outcome; `pending` and `wait` are the
    metrics of those in the stage, and of the days in it of those served.
    """

    title: Words
    state: str
    service: str | None = None
    delay: list[Delay] = []
    streams: Mapping[str, Stream] = {}
    leave: Leave | None = None
    split: Literal["left", "all"] = "left"
    outcomes: list[Outcome]
    mark: str | None = None
    pending: str | None = None
    wait: str | None = None


class Track(Spec):
    """Something that comes beside the stages after a delay, such as a work permit; its service holds delays in days."""

    title: Words
    service: str
    after: str | None = None
    mark: str
    metric: str | None = None
    says: Words | None = None


class Procedure(Spec):
    """A whole procedure (`procedure.yaml`): where people enter, its stages in order, and its ends."""

    starts: Mapping[str, str]
    stages: Mapping[str, Stage]
    ends: Mapping[str, Words]
    beside: Mapping[str, Track] = {}

    @property
    def states(self) -> tuple[str, ...]:
        """Every state that people can be in, each once: those of the stages in order, then the ends."""
        return tuple(dict.fromkeys([*(stage.state for stage in self.stages.values()), *self.ends]))

    def state(self, start: str) -> str:
        """The state that people are in who enter at this start."""
        return self.stages[self.starts[start]].state

    def leads_to(self, name: str) -> str:
        """The state of a stage, or the end of that name."""
        return self.stages[name].state if name in self.stages else name

    @property
    def services(self) -> tuple[str, ...]:
        """The services that stages wait for, in order."""
        return tuple(stage.service for stage in self.stages.values() if stage.service)

    @property
    def delays(self) -> tuple[str, ...]:
        """The services that hold delays in days, not capacities."""
        return tuple(track.service for track in self.beside.values())

    @property
    def measures(self) -> tuple[str, ...]:
        """The shares by group and date that the stages name, each once."""
        ways = [way for stage in self.stages.values() for way in (*stage.outcomes, stage.leave) if way is not None]
        return tuple(dict.fromkeys(way.measure for way in ways if way.measure))

    @property
    def asks(self) -> frozenset[str]:
        """What the outcomes ask the run."""
        return frozenset(way.asks for stage in self.stages.values() for way in stage.outcomes if way.asks)


@dataclass(frozen=True)
class Known:
    """The names that a procedure may use; None: not checked."""

    services: Mapping[str, ServiceSpec] | None = None
    traits: Mapping[str, Collection[str]] = field(default_factory=dict)
    measures: Collection[str] = ()
    parameters: Collection[str] = ()
    metrics: Collection[str] | None = None
    asks: Collection[str] = ()


def load_procedure(folder: str | Path, known: Known | None = None) -> tuple[Procedure, dict[str, ServiceSpec]]:
    """Read `procedure.yaml` and `services.yaml` of a folder, and check them against each other.

    Raises:
        SpecError: with every problem, each with file, line and, where there is one, a suggestion.
    """
    procedure = load_yaml(Path(folder) / "procedure.yaml", Procedure)
    services = load_yaml(Path(folder) / "services.yaml", dict[str, ServiceSpec])
    names = known or Known()
    names = Known(services, names.traits, names.measures, names.parameters, names.metrics, names.asks)
    found = list(check_procedure(procedure, names))
    if found:
        raise SpecError(found)
    return procedure, services


def check_procedure(procedure: Procedure, known: Known) -> Iterator[Problem]:
    """List what is wrong in a procedure: unknown names, stages never reached, circles, shares that do not sum."""
    order = {name: k for k, name in enumerate(procedure.stages)}
    places = {*order, *procedure.ends}
    for start, name in procedure.starts.items():
        for one in check_names([name], order, "stage", within="this procedure"):
            yield problem_at(procedure, "starts", f"{start}: {one.message}", one.hint)
    for name in sorted({stage.state for stage in procedure.stages.values()} & set(procedure.ends)):
        yield problem_at(procedure, "ends", f'"{name}" is both an end and the state of a stage')
    waited = procedure.services
    for stage in procedure.stages.values():
        if stage.service and waited.count(stage.service) > 1:
            yield problem_at(stage, "service", f"two stages wait for {stage.service}: give each its own service")
    reached = set(procedure.starts.values())
    for name, stage in procedure.stages.items():
        yield from _stage(name, stage, known)
        ways: list[Outcome | Leave] = [*stage.outcomes, *([stage.leave] if stage.leave else [])]
        for way in ways:
            yield from check_names([(way, "to")], places, "stage or end", within="this procedure")
            if order.get(way.to, len(order)) <= order[name]:
                yield problem_at(way, "to", f'{name}: "{way.to}" does not stand after it; a procedure has no circles: '
                                 "who is sent back meets a stage of its own")
        if name not in reached:
            yield problem_at(stage, "title", f'{name} is never reached: nothing before it leads there')
        reached |= {way.to for way in ways}
    for end in procedure.ends:
        if end not in reached:
            yield problem_at(procedure, "ends", f'the end "{end}" is never reached')
    for track in procedure.beside.values():
        marks = {way.mark for stage in procedure.stages.values() for way in stage.outcomes if way.mark}
        yield from check_names([(track, "after")], marks, "mark", within="this procedure")
        yield from _names([(track, "service")], known.services, "service")
        yield from _names([(track, "metric")], known.metrics, "metric")


def _stage(name: str, stage: Stage, known: Known) -> Iterator[Problem]:
    """What is wrong within one stage."""
    if (stage.service is None) == (not stage.delay):
        yield problem_at(stage, "title", f"{name} needs either a service or a delay")
    if stage.delay and (stage.leave or stage.streams):
        yield problem_at(stage, "delay", f"{name}: streams and leaving are of a service, not of a delay")
    yield from _names([(stage, "service")], known.services, "service")
    yield from _names([(stage, "pending"), (stage, "wait")], known.metrics, "metric")
    for delay in stage.delay:
        yield from _who(delay, known)
        yield from _names([(delay, "parameter")], known.parameters, "parameter")
        if (delay.days is None) == (delay.parameter is None):
            yield problem_at(delay, "days", f"{name}: a delay needs either days or a parameter")
        for step in numbers(delay.days):
            if step.value < 0 or step.unit not in ("day", "days"):
                yield problem_at(step, "value", f"{name}: a delay is 0 days or more, not {step.value:g} {step.unit}")
    for stream in stage.streams.values():
        yield from _who(stream, known)
        yield from (p for step in (stream.takes, *stream.share) for p in _share(name, step))
    for day in sorted({step.from_ for stream in stage.streams.values() for step in stream.share}):
        total = sum(on(stream.share, day) for stream in stage.streams.values())
        if total > 1 + SUM:
            yield problem_at(stage, "streams", f"{name}: the streams take {total:g} of the capacity from {day}")
    if stage.leave:
        yield from _names([(stage.leave, "metric")], known.metrics, "metric")
        yield from _names([(stage.leave, "measure")], known.measures, "measure")
    yield from _served_by(name, stage, known)
    yield from _outcomes(name, stage, known)


def _served_by(name: str, stage: Stage, known: Known) -> Iterator[Problem]:
    """What is wrong between a stage and its service: who leaves the line, and who has a share of the capacity."""
    spec = known.services.get(stage.service) if known.services and stage.service else None
    if spec is not None and stage.service is not None:
        yield from check_service(
            stage.service, spec, {trait: list(words) for trait, words in known.traits.items()},
            may_leave=stage.leave is not None)
        if spec.shares and stage.streams:
            yield problem_at(stage, "streams", f"{name}: its service {stage.service} has shares already")
    if stage.leave is None:
        return
    told = (stage.leave.rate is not None) + (stage.leave.measure is not None)
    by_service = spec is not None and bool(spec.patience or spec.limit)
    if told > 1 or (told == 0 and not by_service):
        yield problem_at(stage.leave, "rate", f"{name}: leaving needs either a rate or a measure")
    if told and spec is not None and spec.patience:
        yield problem_at(stage.leave, "rate", f"{name}: its service {stage.service} says the patience already")


def _outcomes(name: str, stage: Stage, known: Known) -> Iterator[Problem]:
    """What is wrong with the ways out of a stage, their shares above all."""
    names = [way.name for way in stage.outcomes]
    for way in stage.outcomes:
        yield from _who(way, known)
        yield from _names([(way, "parameter")], known.parameters, "parameter")
        yield from _names([(way, "measure")], known.measures, "measure")
        yield from _names([(way, "asks")], known.asks, "question that a run answers")
        yield from _names([(way, "metric")], known.metrics, "metric")
        yield from (p for step in numbers(way.share) for p in _share(name, step))
        if (way.share is not None) + sum(one is not None for one in (way.parameter, way.measure, way.asks)) > 1:
            yield problem_at(way, "name", f"{name}: {way.name} has more than one share")
        if names.count(way.name) > 1:
            yield problem_at(way, "name", f'{name}: two outcomes are called "{way.name}"')
    open_ways = [way for way in stage.outcomes if way.rest and not way.who]
    last = stage.outcomes[-1] if stage.outcomes else None
    if last is None:
        yield problem_at(stage, "outcomes", f"{name} needs at least one outcome")
    elif open_ways[:-1] or (open_ways and open_ways[0] is not last):
        first = open_ways[0]
        yield problem_at(first, "name", f"{name}: {first.name} takes the rest, so it stands last and alone")
    elif stage.split == "left" and not open_ways:
        yield problem_at(last, "share", f"{name}: the last outcome takes the rest, and has no share of its own")
    elif stage.split == "all":
        yield from _sum(name, stage, bool(open_ways))


def _sum(name: str, stage: Stage, rest: bool) -> Iterator[Problem]:
    """Whether shares of everybody sum to one, or to no more where somebody takes the rest, on every date."""
    given = [way for way in stage.outcomes if not way.rest]
    for way in given:
        if way.share is None or way.who:
            yield problem_at(way, "name", f"{name}: with split: all, {way.name} needs a share in numbers, and no who")
            return
    days = sorted({step.from_ for way in given for step in numbers(way.share) if isinstance(step, Dated)})
    for day in days or [date.min]:
        total = sum(on(way.share, day) for way in given if way.share is not None)
        if total > 1 + SUM or (not rest and total < 1 - SUM):
            when = f" from {day}" if days else ""
            yield problem_at(stage, "outcomes", f"{name}: the shares sum to {total:g}{when}, not to 1")


def _share(name: str, step: Number) -> Iterator[Problem]:
    if not 0 <= step.value <= 1:
        yield problem_at(step, "value", f"{name}: a share lies between 0 and 1, not at {step.value:g}")


def _who(spec: Any, known: Known) -> Iterator[Problem]:
    for trait, values in spec.who.items():
        for one in check_names([trait], known.traits, "trait"):
            yield problem_at(spec, "who", one.message, one.hint)
        if trait in known.traits:
            for one in check_names(values, known.traits[trait], trait):
                yield problem_at(spec, "who", one.message, one.hint)


def _names(uses: list[tuple[object, str]], known: Collection[str] | None, what: str) -> list[Problem]:
    return [] if known is None else check_names(uses, known, what)


def numbers(value: Sequence[Dated] | Number | None) -> tuple[Number, ...]:
    """The numbers of a share or delay, one or several."""
    return () if value is None else (value,) if isinstance(value, Number) else tuple(value)


def on(value: Sequence[Dated] | Number, day: date) -> float:
    """The value in force on a day; before the first step, the first one's."""
    if isinstance(value, Number):
        return value.value
    ordered = sorted(value, key=lambda step: step.from_)
    held = [step.value for step in ordered if step.from_ <= day]
    return held[-1] if held else ordered[0].value
