"""The levers: what a reader may change without writing YAML. Each is an amendment that the case allows.

They are made from the case's own files: its instruments, open points, crossings, services, reception places, groups,
hubs and parameters, with their titles, ranges and sources. What no lever says can be written as YAML.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from roxham.app.cited import law_sources, sources_of
from roxham.app.shapes import Both, Choice, Lever, Source, Step
from roxham.app.text import catalogue
from roxham.spec import Dated

if TYPE_CHECKING:
    from roxham.law.rules import LawBook
    from roxham.sim.corridor import Corridor
    from roxham.spec import Number

AS_IT_WAS = "as_it_was"
GROUPS = ("law", "crossing", "police", "fare", "transfer", "beds", "capacity", "pressure", "reading", "number")
MOST_TIMES, MOST_BEDS = 5.0, 5000.0
#: Which instruments stand first: those that the case's own scenarios change.
BASE_LAW = "irpa"


def both(key: str, **values: str | Both) -> Both:
    """A phrase of the levers in both languages, its blanks filled in language by language."""
    phrase = catalogue("levers")[key]
    made = {
        lang: words.format(**{name: getattr(one, lang) if isinstance(one, Both) else one
                              for name, one in values.items()})
        for lang, words in phrase.items()
    }  # fmt: skip
    return Both(en=made["en"], fr=made["fr"])


def has(key: str) -> bool:
    """True where there is such a phrase."""
    return key in catalogue("levers")


def groups() -> dict[str, Both]:
    """What the groups of levers are called, in their order."""
    return {name: both(f"group_{name}") for name in GROUPS}


def levers_of(corridor: Corridor) -> Mapping[str, Lever]:
    """All levers of a case by id."""
    made = [
        *_law(corridor),
        *_crossings(corridor),
        *_police(corridor),
        *_money_and_transfer(corridor),
        *_beds(corridor),
        *_services(corridor),
        *_pressure(corridor),
        *_readings(corridor),
        *_numbers(corridor),
    ]
    return {lever.id: lever for lever in made}


def _lever(group: str, name: str, title: Both, help_: str, **more: Any) -> Lever:
    place = name.rsplit(".", 1)[-1]
    more = {"control": "number", "default": AS_IT_WAS, "dated": True, "place": place, **more}
    return Lever(id=f"{group}.{name}", group=group if group != "parameter" else "law", title=title,
                 help=both(help_), **more)  # fmt: skip


def _times(default: float = 1.0) -> dict[str, Any]:
    return {"unit": both("unit_times"), "low": 0.0, "high": MOST_TIMES, "step": 0.05, "default": default}


# ---------------------------------------------------------------- law
def _law(corridor: Corridor) -> Iterator[Lever]:
    book = corridor.law
    for name, instrument in book.instruments.items():
        if name == BASE_LAW:
            continue
        choices = [_choice(AS_IT_WAS, AS_IT_WAS), *(_choice(f"law_{one}", one) for one in ("never", "starts", "void"))]
        choices = [one.model_copy(update={"dated": one.value in ("starts", "void")}) for one in choices]
        title = Both(en=instrument.label.en, fr=instrument.label.fr)
        yield _lever("law", name, title, "law_help", control="choice", choices=choices, cite=instrument.cite,
                     held=_in_force(book, name), sources=law_sources(instrument.cite))  # fmt: skip
    for name, parameter in book.parameters.items():
        title = Both(en=parameter.label.en, fr=parameter.label.fr)
        if parameter.unit == "date":
            continue
        held = [Step(from_=_day(first), value="none" if value is None else float(value), unit=parameter.unit)
                for first, value in parameter.steps]  # fmt: skip
        now = held[-1].value if held else 0.0
        most = 4 * now if isinstance(now, float) and now else 100.0
        yield _lever("parameter", name, title, "parameter_help", unit=both(f"unit_{parameter.unit}"), low=0.0,
                     high=most, step=1.0, choices=[_choice(AS_IT_WAS, AS_IT_WAS), _choice("parameter_none", "none")],
                     cite=parameter.cite, held=held, sources=law_sources(parameter.cite))  # fmt: skip


def _in_force(book: LawBook, instrument: str) -> list[Step]:
    """The days on which versions of an instrument began and ended."""
    days: dict[str, Step] = {}
    for version in book.versions.values():
        if version.instrument == instrument:
            said = f"{version.cite}: {version.label.en}"
            days.setdefault(_day(version.start), Step(from_=_day(version.start), value=True, note=said))
            if version.end is not None:
                last = _day(version.end - 1)
                days.setdefault(f"{last}+", Step(from_=_next(version.end), value=False, note=f"ends {last}: {said}"))
    return sorted(days.values(), key=lambda step: step.from_)


def _readings(corridor: Corridor) -> Iterator[Lever]:
    for name, switch in corridor.law.open_points.items():
        choices = [Choice(value=one, title=reading(one)) for one in switch.choices]
        title = Both(en=switch.label.en, fr=switch.label.fr)
        yield _lever("reading", name, title, "reading_help", control="choice", choices=choices, default=switch.default,
                     dated=False, cite=switch.cite, sources=law_sources(switch.cite))  # fmt: skip


def reading(value: str) -> Both:
    """What a reading of an open point is called."""
    if has(f"reading_{value}"):
        return both(f"reading_{value}")
    plain = value.replace("_", " ")
    return Both(en=plain, fr=plain)


def _choice(phrase: str, value: str) -> Choice:
    return Choice(value=value, title=both(phrase))


def _day(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).date().isoformat()


def _next(seconds: int) -> str:
    return (datetime.fromtimestamp(seconds - 1, UTC).date() + timedelta(days=1)).isoformat()


# ---------------------------------------------------------------- road
def _crossings(corridor: Corridor) -> Iterator[Lever]:
    world = corridor.world
    known = corridor.names().crossings
    ordered = [name for name in world.segments if name in known]
    ordered += [name for name in world.places if name in known and name not in ordered]
    choices = [_choice(AS_IT_WAS, AS_IT_WAS), _choice("crossing_closed", "closed"), _choice("crossing_open", "open")]
    for name in ordered:
        place: Any = world.segments.get(name) or world.places[name]
        title = both("crossing_title", what=Both(en=place.name_en, fr=place.name_fr))
        yield _lever("crossing", name, title, "crossing_help", control="choice", choices=choices,
                     sources=_sources(corridor, [place.source]))  # fmt: skip


def _police(corridor: Corridor) -> Iterator[Lever]:
    for name, segment in corridor.world.segments.items():
        title = both("police_title", what=Both(en=segment.name_en, fr=segment.name_fr))
        step = Step(value=segment.detection, unit="share met", low=segment.detection_low, high=segment.detection_high,
                    status="assumed", note=segment.detection_note or "")  # fmt: skip
        yield _lever("police", name, title, "police_help", held=[step], **_times())


def _money_and_transfer(corridor: Corridor) -> Iterator[Lever]:
    choices = [_choice(AS_IT_WAS, AS_IT_WAS), _choice("fare_given", "given"), _choice("fare_not_given", "not_given")]
    yield _lever("fare", "free_tickets", both("fare_title"), "fare_help", control="choice", choices=choices)
    steps = corridor.reception.transfer.share
    yield _lever("transfer", "share", both("transfer_title"), "transfer_help", unit=both("unit_share"), low=0.0,
                 high=1.0, step=0.05, choices=[_choice(AS_IT_WAS, AS_IT_WAS)], **_held(corridor, steps))  # fmt: skip


def _beds(corridor: Corridor) -> Iterator[Lever]:
    yield _lever("beds", "all", both("beds_all_title"), "beds_all_help", **_times())
    for name, place in corridor.reception.places.items():
        title = both("beds_title", what=_title(place))
        yield _lever("beds", name, title, "beds_help", unit=both("unit_beds"), low=-MOST_BEDS, high=MOST_BEDS,
                     step=50.0, **{**_held(corridor, place.beds), "default": 0.0})  # fmt: skip


def _services(corridor: Corridor) -> Iterator[Lever]:
    for name, service in corridor.services.items():
        title = both("capacity_title", what=_title(service))
        yield _lever("capacity", name, title, "capacity_help", **_times(),
                     **_held(corridor, service.steps or service.servers))  # fmt: skip


def _pressure(corridor: Corridor) -> Iterator[Lever]:
    yield _lever("pressure", "all", both("pressure_all_title"), "pressure_help", **_times())
    for row in corridor.group_rows:
        title = both("pressure_group_title", what=Both(en=row.name_en, fr=row.name_fr))
        yield _lever("pressure", f"group.{row.id}", title, "pressure_help", sources=_sources(corridor, [row.source]),
                     **_times())  # fmt: skip
    for hub in corridor.choice.hubs:
        place = corridor.world.places[hub]
        title = both("pressure_hub_title", what=Both(en=place.name_en, fr=place.name_fr))
        yield _lever("pressure", f"hub.{hub}", title, "pressure_help", **_times())


def _numbers(corridor: Corridor) -> Iterator[Lever]:
    for name, number in corridor.parameters.items():
        unit = Both(en=number.unit, fr=number.unit)
        yield _lever("number", name, _title(number), "number_help", unit=unit, low=number.low, high=number.high,
                     dated=False, choices=[_choice(AS_IT_WAS, AS_IT_WAS)], **_held(corridor, [number]))  # fmt: skip


# ---------------------------------------------------------------- what was
def _title(thing: Any) -> Both:
    return Both(en=thing.title.en, fr=thing.title.fr)


def _held(corridor: Corridor, steps: Sequence[Number]) -> dict[str, Any]:
    """What held in truth, step by step, and where that is known from."""
    held = [
        Step(
            from_=step.from_.isoformat() if isinstance(step, Dated) else "",
            value=step.value,
            unit=step.unit,
            status=step.status,
            low=step.low,
            high=step.high,
            sources=list(step.sources),
            note=step.note or "",
        )
        for step in steps
    ]
    return {"held": held, "sources": _sources(corridor, (name for step in steps for name in step.sources))}


def _sources(corridor: Corridor, names: Iterable[str | None]) -> list[Source]:
    known = sources_of(corridor.folder)
    wanted = [part.strip() for name in names for part in (name or "").split(";")]
    return [known[name] for name in dict.fromkeys(wanted) if name in known]
