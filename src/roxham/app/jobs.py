"""Studies under way: each is run draw by draw by workers that stay warm, and shows its numbers as they come.

A study runs as long as somebody wants it: who streams its events, or asked about it in the last seconds. What was drawn
is in the store, so a study that is asked for again goes on where it was. How many run at once, wait, and are held in
memory is bounded.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from roxham.app.problem import Refused
from roxham.app.shapes import Fault, Progress, Status
from roxham.errors import Problem, RoxhamError
from roxham.show.problem import in_language
from roxham.show.text import Language

if TYPE_CHECKING:
    from roxham.app.asking import Asked
    from roxham.app.ground import Ground
    from roxham.lab.bench import Table, Task
    from roxham.lab.gather import Gathered
    from roxham.lab.summary import StudyResult

LOG = logging.getLogger("roxham.app")
#: Numbers are shown after so many draws, and after every forty from then on.
SHOWN = (2, 5, 10, 20)
EVERY = 40
#: Draws that are kept with what their metrics are made of, so that they can be asked why.
ASKED_WHY = 20
#: Studies of so many draws are made ready to be asked why as soon as they end; smaller ones when somebody asks.
WORTH = 10
#: Studies at work at the same time; they share the workers in turn.
TOGETHER = 6
#: Seconds without anybody who wants a study before it is stopped.
GRACE = 10.0
#: Draws of the baseline that are made when the server starts.
WARM = 2
ENDED: tuple[Status, ...] = ("done", "cancelled", "failed")


@dataclass(eq=False)
class Job:
    """One study: what is asked, how far it is, and the numbers that are there."""

    id: str
    asked: Asked
    client: str
    seconds: float
    status: Status = "queued"
    done: int = 0
    result: StudyResult | None = None
    problems: list[Fault] = field(default_factory=list)
    created: float = field(default_factory=time.monotonic)
    begun: float | None = None
    ended: float | None = None
    touched: float = field(default_factory=time.monotonic)
    version: int = 0
    cancelled: bool = False
    pinned: bool = False
    _streams: set[Callable[[], object]] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def wanted(self) -> int:
        """How many draws were asked for."""
        return self.asked.question.draws

    @property
    def total(self) -> int:
        """Draws of all scenarios."""
        return self.wanted * len(self.asked.study.scenarios)

    @property
    def draws(self) -> int:
        """Draws that the numbers now shown rest on."""
        return self.result.draws if self.result is not None else 0

    def touch(self) -> None:
        """Note that somebody wants this study."""
        self.touched = time.monotonic()

    def unwanted(self) -> bool:
        """True where it is to stop: cancelled, over its time, or wanted by nobody."""
        now = time.monotonic()
        late = self.begun is not None and now - self.begun > self.seconds
        alone = not self._streams and not self.pinned and now - self.touched > GRACE
        return self.cancelled or late or alone

    def say(self, **changes: object) -> None:
        """Change what is told of the study, and wake those who listen."""
        with self._lock:
            for name, value in changes.items():
                setattr(self, name, value)
            self.version += 1
            listening = list(self._streams)
        for wake in listening:
            wake()

    @contextmanager
    def watched(self) -> Iterator[asyncio.Event]:
        """An event that is set whenever something is new, for as long as somebody listens."""
        loop, news = asyncio.get_running_loop(), asyncio.Event()

        def wake() -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(news.set)

        with self._lock:
            self._streams.add(wake)
        try:
            yield news
        finally:
            with self._lock:
                self._streams.discard(wake)
            self.touch()

    def progress(self, position: int = 0, language: Language = "en") -> Progress:
        """How far it is, and what is wrong in a language."""
        now = self.ended or time.monotonic()
        left = None
        if self.status == "running" and self.begun is not None and self.done >= 2:
            left = round((now - self.begun) / self.done * (self.total - self.done), 1)
        return Progress(
            status=self.status,
            position=position,
            done=self.done,
            total=self.total,
            draws=self.draws,
            wanted=self.wanted,
            seconds=round(now - self.created, 2),
            left=left,
            problems=[
                one.model_copy(update={"message": in_language(Problem(one.message), language).message})
                for one in self.problems
            ],
        )


class Jobs:
    """All studies of a server."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self.limits = ground.settings.limits
        self._jobs: dict[str, Job] = {}
        self._lock = threading.RLock()
        self._threads = ThreadPoolExecutor(TOGETHER, thread_name_prefix="study")
        #: Called with a study that has its numbers, and with the id of one that is let go.
        self.ready: Callable[[Job], object] = lambda _: None
        self.forget: Callable[[str], object] = lambda _: None

    def submit(self, asked: Asked, client: str = "") -> Job:
        """Begin a study, or join the same one; raises Refused (429) when there are too many."""
        corridor, question = self.ground.corridor, asked.question
        known = self.ground.vault.keep_study(asked.study, corridor, question.seed, question.draws)
        with self._lock:
            job = self._jobs.get(known)
            if job is not None and job.status in ("queued", "running", "done") and not job.cancelled:
                job.touch()
                return job
            self._room_for(client)
            job = Job(known, asked, client, self.limits.seconds)
            self._jobs[known] = job
        self._threads.submit(self._run, job).add_done_callback(lambda future: _ended(job, future))
        return job

    def find(self, study: str, client: str = "") -> Job | None:
        """A study at work, or one that the store keeps, opened again; None where there is neither.

        One that stopped because nobody wanted it goes on.
        """
        with self._lock:
            job = self._jobs.get(study)
        if job is not None:
            job.touch()
            left = job.status == "cancelled" and not job.cancelled and not job.problems
            return self.submit(job.asked, client) if left else job
        asked = self.ground.kept(study)
        if asked is None:
            return None
        with self._lock:
            self._room_for(client)
            job = self._jobs.setdefault(study, Job(study, asked, client, self.limits.seconds))
        self._threads.submit(self._reopen, job).add_done_callback(lambda future: _ended(job, future))
        return job

    def cancel(self, job: Job) -> None:
        """Stop a study; what is there stays readable."""
        if job.status not in ENDED:
            job.say(cancelled=True)

    def position(self, job: Job) -> int:
        """How many studies wait before this one."""
        if job.status != "queued":
            return 0
        with self._lock:
            return sum(one.status == "queued" and one.created < job.created for one in self._jobs.values()) + 1

    def warm(self) -> None:
        """Get ready what the first question needs: the case, the levers, the workers, the baseline's first draws."""
        from roxham.app.asking import ask
        from roxham.app.shapes import Question

        _ = self.ground.told
        job = Job("", ask(Question(draws=WARM), self.ground), "", self.limits.seconds, pinned=True)
        with self._lock:
            self._jobs[""] = job
        self._run(job)

    def close(self) -> None:
        """Stop everything."""
        with self._lock:
            jobs = list(self._jobs.values())
        for job in jobs:
            job.cancelled = True
        self._threads.shutdown(wait=True, cancel_futures=True)

    # ---------------------------------------------------------------- at work
    def _run(self, job: Job) -> None:
        from roxham.lab.ensemble import run_study

        if job.unwanted():
            job.say(status="cancelled", ended=time.monotonic())
            return
        job.say(status="running", begun=time.monotonic())
        question, study = job.asked.question, job.asked.study
        gathered = _thrifty(self.ground, job)

        def drawn(task: Task, table: Table) -> None:
            _shown(job, gathered)

        try:
            run_study(
                study,
                self.ground.corridor,
                draws=question.draws,
                seed=question.seed,
                executor=self.ground.executor,
                vault=self.ground.vault,
                stop=job.unwanted,
                on_draw=drawn,
                into=gathered,
            )
        except RoxhamError as error:
            if not job.unwanted():
                job.say(status="failed", problems=_faults(error), ended=time.monotonic())
        self._finish(job, gathered)

    def _reopen(self, job: Job) -> None:
        """Read a kept study from the very shelves that it was drawn into; draws that are missing are drawn again."""
        job.say(status="running", begun=time.monotonic())
        gathered = _thrifty(self.ground, job)
        for task, table in self.ground.shelved(job.id):
            gathered.put(task, table)
            _shown(job, gathered)
        if gathered.whole == job.wanted:
            self._finish(job, gathered)
            return
        question = job.asked.question
        same = self.ground.vault.keep_study(job.asked.study, self.ground.corridor, question.seed, question.draws)
        if same == job.id:
            self._run(job)
            return
        said = "this study was drawn by another version, and some of its draws are no longer in the store"
        job.say(status="failed", problems=[Fault(message=said)], ended=time.monotonic())

    def _finish(self, job: Job, gathered: Gathered) -> None:
        if job.status == "running":
            if gathered.whole:
                job.say(result=gathered.result(), done=int(gathered.there.sum()))
            late = job.begun is not None and time.monotonic() - job.begun > job.seconds
            problems = [Fault(message=f"stopped after {job.seconds:.0f} s, the most that this server gives a study")]
            complete = gathered.whole == job.wanted
            job.say(
                status="done" if complete else "cancelled",
                problems=problems if late and not complete else [],
                ended=time.monotonic(),
            )
            if complete and job.wanted >= WORTH and not job.pinned and not self._busy():
                self.ready(job)
        self._tidy()

    def _busy(self) -> bool:
        with self._lock:
            return any(job.status in ("queued", "running") for job in self._jobs.values())

    def _room_for(self, client: str) -> None:
        open_ = [job for job in self._jobs.values() if job.status not in ENDED]
        mine = sum(job.client == client for job in open_)
        if len(open_) >= self.limits.queue or mine >= self.limits.per_client:
            said = "Too many studies are at work; please try again in a few seconds."
            raise Refused(429, said, {"Retry-After": "5"})

    def _tidy(self) -> None:
        """Let go of the results that were asked for longest ago; the store keeps them."""
        from roxham.lab.views import size_of

        with self._lock:
            ended = sorted((job for job in self._jobs.values() if job.status in ENDED), key=lambda job: job.touched)
            held = sum(size_of(job.result) for job in ended if job.result is not None)
            while ended and (len(ended) > self.limits.kept or held > self.limits.memory):
                job = ended.pop(0)
                held -= size_of(job.result) if job.result is not None else 0
                del self._jobs[job.id]
                self.forget(job.id)


def _thrifty(ground: Ground, job: Job) -> Gathered:
    """Gathers draws; only the first ones with what their metrics are made of, which is the larger part."""
    from roxham.lab.gather import Gathered

    class Thrifty(Gathered):
        def put(self, task: Task, table: Table) -> None:
            super().put(task, table if task[1] < ASKED_WHY else replace(table, lines=None))

    return Thrifty(job.asked.study, ground.corridor, draws=job.wanted, seed=job.asked.question.seed)


def _shown(job: Job, gathered: Gathered) -> None:
    """Tell how far it is; show new numbers when enough draws have come since the last."""
    whole, done = gathered.whole, int(gathered.there.sum())
    due = next((count for count in SHOWN if count > job.draws), job.draws - job.draws % EVERY + EVERY)
    if whole >= min(due, job.wanted) and whole > job.draws:
        result = gathered.result(whole)
        _ = result.summary  # made here, so that nobody waits for it
        job.say(result=result, done=done)
    else:
        job.say(done=done)


def _ended(job: Job, future: Future[None]) -> None:
    """Say so where a study ended by a fault of ours, without the words of it."""
    error = None if future.cancelled() else future.exception()
    if error is not None:
        LOG.error("a study failed", exc_info=(type(error), error, error.__traceback__))
        job.say(status="failed", problems=[Fault(message="the server failed on this study")], ended=time.monotonic())
    elif job.status not in ENDED:
        job.say(status="cancelled", ended=time.monotonic())


def _faults(error: RoxhamError) -> list[Fault]:
    return [fault_of(one) for one in error.problems]


def fault_of(problem: Problem, language: Language = "en") -> Fault:
    """A problem as it is sent: in a language, and the name of its file without the folders of this machine."""
    problem = in_language(problem, language)
    name = problem.file.replace("\\", "/").rsplit("/", 1)[-1] if problem.file else None
    return Fault(message=problem.message, file=name, line=problem.line, column=problem.column, hint=problem.hint)

