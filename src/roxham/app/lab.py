"""The page `lab`: levers, studies, their numbers as they come, why, and exports. All under ``/api/lab``.

Shapes are in ``roxham.app.shapes`` (and in ``/api/openapi.json``). In short:

``GET levers`` -> Levers: ``{case, from, to, groups: {law: {en, fr}, …}, levers: [Lever], scenarios: [Named], studies,
limits}``. A Lever: ``{id: "law.protocol_2023", group: "law", title: {en, fr}, help: {en, fr}, control: "choice" |
"number" | "switch", choices: [{value, title, dated}], unit, low, high, step, default, dated, cite, place,
held: [{from, value, unit, status, low, high, sources, note}], sources: [{id, title, publisher, url}]}``. A lever at its
default changes nothing and is left out of the question. The same object is the page's first data (``data.levers``),
with ``data.question`` (what the address says, ready to be shown), ``data.problems`` (when the address says something
that cannot be), ``data.study`` (the id in ``?study=ID``, or empty) and ``data.state`` (its StudyState, or null).

A Question: ``{settings: [{lever, value, from, until}], yaml, scenarios: [names], from, to, draws, seed}``; at most one
of ``settings``, ``yaml``, ``scenarios`` is given. In an address: ``?set=law.protocol_2023:starts@2019-01-01``
``&set=capacity.rpd:2@2022-04-01..2023-03-31&scenario=NAME&yaml=TEXT&from=…&to=…&draws=…&seed=…``, or ``?study=ID``.

``POST check`` (Question) -> Checked: ``{ok, problems: [{message, line, column, hint}], title, scenarios: [{name, title,
amendments: [text], yaml}], address}``; status 200 whether it is right or wrong, for an editor. ``scenarios[].yaml`` is
the file that the levers make: show it, let it be edited.

``POST studies`` (Question) -> 202 StudyState: ``{id, address, title, scenarios, baseline, from, to, draws, seed, case,
case_hash, version, question, progress: {status, position, done, total, draws, wanted, seconds, left, problems}}``.
The same question has the same id and is not run twice. 422 with ``problems`` when wrong, 429 when the queue is full.

``GET studies/{id}`` -> StudyState; 404 when neither at work nor kept. A kept one opens again, years later.

``GET studies/{id}/events``: server-sent events. ``event: progress`` (data: Progress) at least every second while
something moves; ``event: numbers`` (data: Result, all places, whole period) after 2 draws, then 5, 10, 20, 40 and so
on; ``event: end`` (data: Progress with status done, cancelled or failed), after which the client must close. On
reconnecting, the present progress and the latest numbers come first. A study that nobody streams or asks about for ten
seconds is stopped; its finished draws stay in the store, so asking again goes on from there.

``DELETE studies/{id}`` -> Progress: stops it; what is there stays readable.

``GET studies/{id}/result?place=all&period=all`` -> Result: ``{draws, wanted, periods, names, headlines: [{metric,
group, label, unit, kind, by, places, scenarios: [{scenario, value: {mean, q05, q25, q50, q75, q95}, difference: {…},
settled}]}]}``. Groups: crossings, heard, unheard, waiting, nights, danger, dollars.

``GET studies/{id}/series?metric=heard&metric=…&place=all`` -> Series: ``{months, fans: [{metric, scenario, place, mean:
[], q05: [], …}], observed: [{metric, place, label, values, source}]}``. ``place=each`` gives every place of the metric:
``metric=entries_irregular&place=each`` is the map's flows by segment and month.

``GET studies/{id}/why?metric=heard&scenario=NAME&place=all&period=all&by=cause&lang=en`` -> Why: ``{heading, label,
unit, difference, baseline_mean, scenario_mean, draws, lines: [{step, what, mean, q05, q95, cite, rule, place, payer,
sources}], notes, amendments, sources}``; lines add up to the difference.

``GET studies/{id}/export/NAME?lang=en&metric=heard&place=all``, NAME one of ``summary.csv``, ``draws.parquet``,
``chart.png``, ``chart.svg``, ``brief.html``, ``brief.pdf``, ``study.yaml``; each says sources, version and address.

Every error is problem JSON: ``{title, status, detail, problems: [{message, line, column, hint}]}``.
"""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request

from roxham.show.text import Language

router = APIRouter(prefix="/api/lab", tags=["lab"])


def data(request: Request, language: Language) -> dict[str, Any]:
    """What the page needs first."""
    return {}
