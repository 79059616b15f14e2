"""What a study says: headlines, months, and why. Every number is one of the laboratory's; none is made here."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from roxham.app.cited import law_sources, sources_of
from roxham.app.jobs import ASKED_WHY, Job
from roxham.app.observed import observed
from roxham.app.problem import Refused
from roxham.app.shapes import (
    Both,
    Compared,
    Fan,
    Grouping,
    Headline,
    Lang,
    Numbers,
    Result,
    Series,
    Source,
    Why,
    WhyLine,
)
from roxham.errors import Problem, UnknownName, did_you_mean
from roxham.lab.summary import ALL, Summary
from roxham.lab.views import by_month, plain
from roxham.sim.metrics import METRICS, unit_of

if TYPE_CHECKING:
    from roxham.app.ground import Ground
    from roxham.lab.because import Item
    from roxham.lab.summary import StudyResult
    from roxham.sim.corridor import Corridor

#: What the page shows, in its order: each metric with its group.
HEADLINES: tuple[tuple[str, str], ...] = (
    ("heard", "heard"),
    ("returned_unheard", "unheard"),
    ("wait_days_rpd", "waiting"),
    ("pending_rpd", "waiting"),
    ("nights_without_bed", "nights"),
    ("transferred", "nights"),
    ("exposure_index", "danger"),
    ("deaths_expected", "danger"),
    ("cost_federal", "dollars"),
    ("cost_provincial", "dollars"),
    ("cost_municipal", "dollars"),
    ("entries_irregular", "crossings"),
    ("entries_undetected", "crossings"),
    ("returned_to_us", "crossings"),
)
#: Fans that one answer may hold.
MOST_FANS = 400
EACH = "each"
PAYERS = {"cost_federal": "federal", "cost_provincial": "provincial", "cost_municipal": "municipal"}
#: What is written for why is written once.
_WRITING = threading.Lock()


def result_of(job: Job, ground: Ground, *, place: str = ALL, period: str = ALL) -> Result:
    """Headlines of one place and period.

    Raises Refused (404) before the first numbers, UnknownName where there is no such place or period.
    """
    result = numbers_of(job)
    summary = result.summary
    if period not in summary.periods:
        hint = did_you_mean(period, summary.periods)
        raise UnknownName(Problem(f'"{period}" is not a period of this study', hint=hint))
    reported = {metric for metric, _ in summary.metrics}
    shown = [(metric, group) for metric, group in HEADLINES if metric in reported]
    headlines = [_headline(result, metric, group, place, period) for metric, group in shown
                 if place == ALL or place in result.places(metric)]  # fmt: skip
    if not headlines:
        known = sorted({there for _, there in summary.metrics})
        raise UnknownName(Problem(f'"{place}" is not a place of this study', hint=did_you_mean(place, known)))
    used = {there for one in headlines for there in one.places}
    return Result(
        id=job.id,
        draws=result.draws,
        wanted=job.wanted,
        place=place,
        period=period,
        periods=list(summary.periods),
        baseline=result.study.baseline.name,
        scenarios=list(result.scenarios),
        names=names_of(ground.corridor, used),
        headlines=headlines,
    )


def numbers_of(job: Job) -> StudyResult:
    """The result that is there; raises Refused (404) before the first two draws."""
    if job.result is None:
        raise Refused(404, "There are no numbers yet: the first ones come after two draws.", {"Retry-After": "1"})
    return job.result


def _headline(result: StudyResult, metric: str, group: str, place: str, period: str) -> Headline:
    known = METRICS[metric]
    return Headline(
        metric=metric,
        group=group,
        label=Both(en=known.label_en, fr=known.label_fr),
        unit=unit_of(metric, result.currency),
        kind=known.kind,
        by=known.by,
        places=[ALL, *(there for there in result.places(metric) if there != ALL)],
        scenarios=[_compared(result.summary, name, metric, place, period) for name in result.scenarios],
    )


def _compared(summary: Summary, scenario: str, metric: str, place: str, period: str) -> Compared:
    row = summary.row(scenario, metric, place, period)
    value, difference = ({name: plain(row[prefix + name]) for name in Numbers.model_fields} for prefix in ("", "diff_"))
    settled = row["diff_q05"] > 0 or row["diff_q95"] < 0
    return Compared(scenario=scenario, value=Numbers(**value), difference=Numbers(**difference), settled=settled)


def names_of(corridor: Corridor, wanted: Iterable[str]) -> dict[str, Both]:
    """What places are called."""
    from roxham.show.table import place_names

    english, french = place_names(corridor.folder, "en"), place_names(corridor.folder, "fr")
    for segment in corridor.world.segments.values():
        english[segment.id], french[segment.id] = segment.name_en, segment.name_fr
    return {name: Both(en=english.get(name, name.replace("_", " ")), fr=french.get(name, name.replace("_", " ")))
            for name in sorted(wanted) if name != ALL}  # fmt: skip


def series_of(job: Job, ground: Ground, metrics: Sequence[str], place: str = ALL) -> Series:
    """Months of some metrics in all scenarios, at one place or at each, beside what was seen."""
    result = numbers_of(job)
    wanted = list(dict.fromkeys(metrics)) or ["entries_irregular"]
    pairs = [(metric, there) for metric in wanted for there in _places(result, metric, place)]
    if len(pairs) * len(result.scenarios) > MOST_FANS:
        raise Refused(422, f"Ask for at most {MOST_FANS} lines at a time: fewer metrics, or one place.")
    fans = []
    for metric, there in pairs:
        for scenario in result.scenarios:
            months = by_month(result.summary, scenario, metric, there)
            fans.append(Fan(metric=metric, scenario=scenario, place=there,
                            **{name: months[name] for name in Numbers.model_fields}))  # fmt: skip
    seen = [one for metric, there in pairs for one in observed(ground.corridor, metric, there, result.months)]
    return Series(id=job.id, draws=result.draws, months=list(result.months), fans=fans, observed=seen)


def _places(result: StudyResult, metric: str, place: str) -> list[str]:
    there = result.places(metric)
    return [one for one in there if one != ALL] or [ALL] if place == EACH else [place]


# ---------------------------------------------------------------- why
def why_of(
    job: Job, ground: Ground, metric: str, scenario: str, *, place: str, period: str, by: Grouping, language: Lang
) -> Why:
    """Why a metric differs between the baseline and a scenario: lines that add up to the difference.

    Raises UnknownName for a metric, scenario, place or period that the study does not have.
    """
    from roxham.lab.because import because
    from roxham.show.because import Words, heading, notes
    from roxham.show.table import metric_label

    result = numbers_of(job)
    known = [name for name in result.scenarios if name != result.study.baseline.name]
    if scenario not in known:
        said = f'"{scenario}" is not a scenario beside the baseline; there are {", ".join(known) or "none"}'
        raise UnknownName(Problem(said, hint=did_you_mean(scenario, known)))
    folder = _folder(job, ground)
    base = result.study.beside(result.study.scenario(scenario)).name
    answer = because(metric, f"{folder}:{base}", f"{folder}:{scenario}", place=place, period=period)
    answer = answer.grouped(by)
    words = Words.of(ground.corridor, language)
    lines = [_line(item, words, metric, ground.corridor) for item in answer.items]
    used = {source.id: source for line in lines for source in line.sources}
    return Why(
        id=job.id,
        metric=metric,
        label=metric_label(metric, language),
        unit=answer.unit,
        place=place,
        period=period,
        scenario=scenario,
        baseline=base,
        draws=int(answer.by_draw.size),
        heading=heading(answer, language),
        baseline_mean=float(answer.a.values.mean()),
        scenario_mean=float(answer.b.values.mean()),
        difference=answer.total,
        lines=lines,
        notes=notes(answer, language),
        amendments=list(answer.b.amendments),
        sources=list(used.values()),
    )


def _line(item: Item, words: object, metric: str, corridor: Corridor) -> WhyLine:
    from roxham.show.because import Words

    assert isinstance(words, Words)
    low, high = item.band
    return WhyLine(
        step=words.step(item),
        what=words.item(item),
        mean=item.mean,
        q05=low,
        q95=high,
        cite=item.cite,
        rule=item.rule,
        place=item.place,
        payer=PAYERS.get(metric, ""),
        sources=_sources(item, corridor),
    )


def _sources(item: Item, corridor: Corridor) -> list[Source]:
    """Where the numbers behind a line come from: the law that it cites, and the case's own service, item or place."""
    known = sources_of(corridor.folder)
    named: list[str] = []
    service = corridor.services.get(item.step) or corridor.services.get(item.what)
    if service is not None:
        named += [name for step in service.steps for name in step.sources]
    cost = corridor.costs.items.get(item.what)
    if cost is not None:
        named += getattr(cost, "sources", ())
    place = corridor.reception.places.get(item.place)
    if place is not None:
        named += [name for step in place.beds for name in step.sources]
    cited = [part.strip() for part in item.cite.split(";") if part.strip()]
    law = [one for part in cited if part not in known for one in law_sources(part)]
    return [*law, *(known[name] for name in dict.fromkeys([*cited, *named]) if name in known)]


def _folder(job: Job, ground: Ground) -> str:
    """The first draws of a study, written as a run is, with what their metrics are made of."""
    from dataclasses import replace

    from roxham.lab import store

    result = numbers_of(job)
    count = min(result.draws, ASKED_WHY)
    folder = ground.scratch / f"why-{job.id}-{count}"
    with _WRITING:
        if not folder.is_dir():
            for old in ground.scratch.glob(f"why-{job.id}-*"):
                shutil.rmtree(old, ignore_errors=True)
            lines = {task: one for task, one in result.lines.items() if task[1] < count}
            first = replace(result, values=result.values[:, :count], weights=result.weights[:, :count], lines=lines)
            store.write(first, folder)
    return str(folder)


def prepare(ground: Ground, job: Job) -> None:
    """Write what why is read from, before somebody asks."""
    if job.result is not None and len(job.result.scenarios) > 1:
        _folder(job, ground)


def forget(ground: Ground, study: str) -> None:
    """Take away what was written for a study that is no longer held."""
    for old in ground.scratch.glob(f"*-{study}-*"):
        shutil.rmtree(old, ignore_errors=True)
