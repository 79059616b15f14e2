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

``GET map?lang=en`` -> the case's map: ``{focus, names, credit, whole, near}`` (see ``roxham.show.atlas.atlas``).

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

import asyncio
from collections.abc import AsyncIterator
from functools import cache
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Path, Query, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from roxham.app.address import address_of, question_of
from roxham.app.answers import result_of, series_of, why_of
from roxham.app.asking import Asked, ask
from roxham.app.exports import KINDS, Name, export
from roxham.app.ground import Ground
from roxham.app.jobs import ENDED, Job, Jobs, fault_of
from roxham.app.limits import client_of
from roxham.app.problem import Refused
from roxham.app.shapes import (
    Both,
    Checked,
    Grouping,
    Lang,
    Levers,
    Progress,
    Question,
    Result,
    Series,
    StudyState,
    Why,
)
from roxham.app.shell import preferred
from roxham.errors import Problem, RoxhamError
from roxham.lab.summary import ALL
from roxham.show.text import Language

router = APIRouter(prefix="/api/lab", tags=["lab"])

#: Progress is told this often while something moves, in seconds; news in between are told together.
TELL = 0.25
STILL = 1.0
StudyId = Annotated[str, Path(pattern="^[0-9a-f]{12}$", description="the id of a study")]
MetricName = Annotated[str, Query(max_length=60)]
PlaceName = Annotated[str, Query(max_length=60)]
Period = Annotated[str, Query(max_length=10, description="a month, a year, or all")]


def ground_of(request: Request) -> Ground:
    """What the laboratory stands on."""
    found: Ground = request.app.state.ground
    return found


def jobs_of(request: Request) -> Jobs:
    """The studies of this server."""
    found: Jobs = request.app.state.jobs
    return found


async def job_of(request: Request, study: StudyId) -> Job:
    """The study of an address; raises Refused (404) when it is neither at work nor kept."""
    job = await run_in_threadpool(jobs_of(request).find, study, client_of(request.scope))
    if job is None:
        raise Refused(404, "There is no such study here: neither at work nor kept in the store.")
    return job


def asked_in(accept_language: Annotated[str, Header()] = "") -> Language:
    """The language in which somebody asks."""
    return preferred(accept_language)


AskedIn = Annotated[Language, Depends(asked_in)]
TheGround = Annotated[Ground, Depends(ground_of)]
TheJobs = Annotated[Jobs, Depends(jobs_of)]
TheJob = Annotated[Job, Depends(job_of)]


def data(request: Request, language: Language) -> dict[str, Any]:
    """What the page needs first: the levers, and what its address asks."""
    ground, jobs = ground_of(request), jobs_of(request)
    query = request.query_params.multi_items()
    study = next((value for key, value in query if key == "study"), "")
    question, problems, state = Question(), [], None
    try:
        if study:
            job = jobs.find(study, client_of(request.scope))
            if job is None:
                raise RoxhamError("There is no such study here: neither at work nor kept in the store.")
            question, state = job.asked.question, state_of(job, jobs, ground, language)
        else:
            question = question_of(query)
            ask(question, ground)
    except RoxhamError as error:
        problems = [fault_of(one, language).model_dump(mode="json") for one in error.problems]
    except Refused as error:
        problems = [fault_of(Problem(error.detail), language).model_dump(mode="json")]
    return {
        "levers": ground.told.model_dump(mode="json"),
        "question": question.model_dump(mode="json"),
        "problems": problems,
        "study": study if state else "",
        "state": state.model_dump(mode="json") if state else None,
    }


def state_of(job: Job, jobs: Jobs, ground: Ground, language: Language = "en") -> StudyState:
    """A study as it is told."""
    from roxham import __version__

    study, question = job.asked.study, job.asked.question
    result = job.result
    return StudyState(
        id=job.id,
        address=address_of(question, job.id),
        title=Both(en=study.title.en, fr=study.title.fr),
        why=study.why.strip(),
        scenarios=job.asked.said,
        baseline=study.baseline.name,
        from_=study.from_,
        to=study.to,
        draws=question.draws,
        seed=question.seed,
        case=ground.corridor.id,
        case_hash=result.case_hash if result is not None else ground.corridor.hash,
        version=result.version if result is not None else __version__,
        question=question,
        progress=job.progress(jobs.position(job), language),
    )


@router.get("/levers")
def levers(ground: TheGround) -> Levers:
    """Everything that can be changed without writing YAML, and the scenarios that the case comes with."""
    return ground.told


@router.get("/map")
def atlas_of(answer: Response, ground: TheGround, lang: Lang = "en") -> dict[str, Any]:
    """The map of the case as paths and points: the border from end to end, and one crossing drawn large."""
    answer.headers["Cache-Control"] = "public, max-age=86400"
    return _atlas(ground, lang)


@cache
def _atlas(ground: Ground, language: Language) -> dict[str, Any]:
    from roxham.show.atlas import atlas

    return atlas(ground.corridor.world, language)


@router.post("/check")
def check(question: Question, ground: TheGround, language: AskedIn) -> Checked:
    """What a question says in words and as YAML, or what is wrong with it, line by line."""
    try:
        asked = ask(question, ground)
    except RoxhamError as error:
        return Checked(ok=False, problems=[fault_of(one, language) for one in error.problems])
    title = asked.study.title
    return Checked(ok=True, title=Both(en=title.en, fr=title.fr), scenarios=asked.said, address=address_of(question))


@router.post("/studies", status_code=202)
def begin(question: Question, request: Request, ground: TheGround, jobs: TheJobs) -> StudyState:
    """Begin a study, or join the same one that is at work."""
    asked: Asked = ask(question, ground)
    return state_of(jobs.submit(asked, client_of(request.scope)), jobs, ground)


@router.get("/studies/{study}")
def state(job: TheJob, ground: TheGround, jobs: TheJobs, language: AskedIn) -> StudyState:
    """A study: what it is, how far it is, and its address."""
    return state_of(job, jobs, ground, language)


@router.delete("/studies/{study}")
def cancel(job: TheJob, jobs: TheJobs) -> Progress:
    """Stop a study; the numbers that are there stay readable."""
    jobs.cancel(job)
    return job.progress(jobs.position(job))


@router.get("/studies/{study}/events", response_class=EventSourceResponse)
async def events(job: TheJob, ground: TheGround, jobs: TheJobs, language: AskedIn) -> AsyncIterator[ServerSentEvent]:
    """Progress, numbers as they come, and the end; a client that leaves frees what only it wanted."""
    told = 0
    with job.watched() as news:
        while True:
            news.clear()
            ended, draws = job.status in ENDED, job.draws
            yield ServerSentEvent(event="progress", data=job.progress(jobs.position(job), language))
            if draws > told:
                told = draws
                yield ServerSentEvent(event="numbers", data=await run_in_threadpool(result_of, job, ground))
            if ended:
                yield ServerSentEvent(event="end", data=job.progress(language=language))
                return
            try:
                await asyncio.wait_for(news.wait(), STILL)
                await asyncio.sleep(TELL if job.draws == told and job.status not in ENDED else 0)
            except TimeoutError:
                continue


@router.get("/studies/{study}/result")
def result(job: TheJob, ground: TheGround, place: PlaceName = ALL, period: Period = ALL) -> Result:
    """Headlines for one place and period, with bands and paired differences to the baseline."""
    return result_of(job, ground, place=place, period=period)


@router.get("/studies/{study}/series")
def series(
    job: TheJob,
    ground: TheGround,
    metric: Annotated[list[MetricName], Query(max_length=40)] = ["entries_irregular"],  # noqa: B006 - never changed
    place: PlaceName = ALL,
) -> Series:
    """Months of some metrics in every scenario; `place=each` gives every place of them."""
    return series_of(job, ground, metric, place)


@router.get("/studies/{study}/why")
def why(
    job: TheJob,
    ground: TheGround,
    metric: MetricName,
    scenario: Annotated[str, Query(max_length=100)],
    place: PlaceName = ALL,
    period: Period = ALL,
    by: Grouping = "cause",
    lang: Lang = "en",
) -> Why:
    """Which steps, services, rules and places made the difference; the lines add up to it."""
    return why_of(job, ground, metric, scenario, place=place, period=period, by=by, language=lang)


@router.get(
    "/studies/{study}/export/{name}",
    response_class=Response,
    responses={200: {"description": "The file", "content": {kind: {} for kind in dict.fromkeys(KINDS.values())}}},
)
def take(
    request: Request,
    job: TheJob,
    ground: TheGround,
    name: Name,
    lang: Lang = "en",
    metric: MetricName = "heard",
    place: PlaceName = ALL,
    scenario: Annotated[str, Query(max_length=100)] = "",
) -> Response:
    """A file to take away, which says its version, case, address and sources."""
    root = str(request.base_url).rstrip("/")
    address = f"{root}/{lang}/lab{address_of(job.asked.question, job.id)}"
    return export(job, ground, name, address, language=lang, metric=metric, place=place, scenario=scenario)
