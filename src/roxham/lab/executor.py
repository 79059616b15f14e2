"""Who does the work of a study: this process, several processes of this machine, or a cluster.

An executor is given tasks and gives back, in whatever order they end, the table of each or what went wrong. A task
that fails is tried once more; one whose process is killed is given to another. Work is handed out in batches of about
a second, sized by the run times measured so far.
"""

from __future__ import annotations

import math
import signal
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from typing import TYPE_CHECKING, Protocol, Self

from roxham.errors import Problem, RoxhamError, UnknownName, did_you_mean
from roxham.lab.bench import Bench, Packed, Table, Task, pack, unpack
from roxham.lab.process import deaf, keep_memory

if TYPE_CHECKING:
    from multiprocessing.process import BaseProcess

#: Asked again and again while work goes on: whether to stop.
Stop = Callable[[], bool]

BATCH_SECONDS = 1.0
#: How often a task is tried before it is told as failed.
ATTEMPTS = 2
#: How many studies a worker holds ready.
BENCHES = 4
#: Seconds between two looks at what the workers have sent and at whether to stop.
LOOK = 0.1
#: Seconds that an idle worker has to leave.
LEAVE = 2.0
KINDS = ("serial", "processes", "dask", "tcp", "tls")


@dataclass(frozen=True)
class Done:
    """How one task ended: its table, or what went wrong, and how many seconds it took."""

    task: Task
    table: Table | None
    failure: str | None
    seconds: float


class Executor(Protocol):
    """Whatever carries out tasks; `workers` is how many at once."""

    @property
    def workers(self) -> int: ...

    def run(self, bench: Bench, tasks: Sequence[Task], *, stop: Stop | None = None) -> Generator[Done, None, None]:
        """Carry out tasks and give each as it ends; with `stop` saying so, end early and drop what has not begun."""
        ...

    def close(self) -> None:
        """Let the workers go."""
        ...


class Serial:
    """One task after the other, in this process."""

    workers = 1

    def run(self, bench: Bench, tasks: Sequence[Task], *, stop: Stop | None = None) -> Generator[Done, None, None]:
        """Carry out tasks in their order."""
        for task in tasks:
            if stop is not None and stop():
                return
            yield attempt(lambda: bench, task)

    def close(self) -> None:
        """Nothing is held."""


class Processes:
    """Several processes of this machine, which stay warm from one study to the next until they are closed.

    Several studies may run at once from several threads; they share the processes in turn. A script that asks for
    processes must stand under ``if __name__ == "__main__"``.
    """

    def __init__(self, workers: int) -> None:
        self.workers = max(workers, 1)
        self._hands: list[_Hand] = []
        self._idle: list[_Hand] = []
        self._turns: deque[object] = deque()
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def run(self, bench: Bench, tasks: Sequence[Task], *, stop: Stop | None = None) -> Generator[Done, None, None]:
        """Carry out tasks, each process a batch at a time.

        Raises RunError when the model or the corridor cannot leave this process.
        """
        packed, pile, turn = pack(bench), Pile(tasks, self.workers), object()
        mine: list[_Hand] = []
        killed: dict[Task, int] = {}
        try:
            while pile.left or mine:
                if stop is not None and stop():
                    return
                while pile.left and (hand := self._take(turn)) is not None:
                    mine.append(hand)
                    hand.give(packed, pile.take())
                for hand in _heard(mine):
                    done = hand.hear()
                    if done is None:
                        done = self._replace(hand, mine, pile, killed)
                    elif not hand.owes:
                        self._give_back(hand, mine)
                    if done is not None:
                        pile.measured(done)
                        yield done
        finally:
            for hand in list(mine):
                self._give_back(hand, mine)
            with self._lock:
                if turn in self._turns:
                    self._turns.remove(turn)

    def close(self) -> None:
        """End the processes; what they are doing is lost."""
        with self._lock:
            hands, self._hands, self._idle = self._hands, [], []
        for hand in hands:
            hand.leave()

    def _take(self, turn: object) -> _Hand | None:
        """A process with nothing to do, when it is this study's turn; a new one while there are too few."""
        with self._lock:
            if turn not in self._turns:
                self._turns.append(turn)
            if self._turns[0] is not turn:
                return None
            for dead in [hand for hand in self._idle if hand.dead()]:
                self._idle.remove(dead)
                self._hands.remove(dead)
            hand = next((hand for hand in self._idle if not hand.owes), None)
            if hand is not None:
                self._idle.remove(hand)
            elif len(self._hands) < self.workers:
                hand = _Hand()
                self._hands.append(hand)
            if hand is not None:
                self._turns.popleft()
            return hand

    def _give_back(self, hand: _Hand, mine: list[_Hand]) -> None:
        mine.remove(hand)
        with self._lock:
            if hand in self._hands:
                self._idle.append(hand)

    def _replace(self, hand: _Hand, mine: list[_Hand], pile: Pile, killed: dict[Task, int]) -> Done | None:
        """Let a dead process go; the task in its hands is given to another, or told when that happened before."""
        mine.remove(hand)
        with self._lock:
            if hand in self._hands:
                self._hands.remove(hand)
        task, *rest = hand.owes
        pile.back(rest)
        killed[task] = killed.get(task, 0) + 1
        if killed[task] < ATTEMPTS:
            pile.back([task])
            return None
        return Done(task, None, hand.obituary(), 0.0)


class Pile:
    """Tasks still to do, handed out in batches of about a second each."""

    def __init__(self, tasks: Sequence[Task], workers: int) -> None:
        self.left = deque(tasks)
        self.workers = workers
        self.seconds, self.count = 0.0, 0

    def take(self) -> list[Task]:
        """The next batch: one task until run times are known, and never more than leaves work for all.

        >>> pile = Pile([(0, draw) for draw in range(100)], workers=2)
        >>> len(pile.take())
        1
        >>> pile.measured(Done((0, 0), None, None, seconds=0.25))
        >>> len(pile.take()), len(pile.left)
        (4, 95)
        """
        size = round(BATCH_SECONDS * self.count / max(self.seconds, 1e-6)) if self.count else 1
        fair = math.ceil(len(self.left) / (2 * self.workers))
        return [self.left.popleft() for _ in range(max(min(size, fair), 1))]

    def back(self, tasks: Sequence[Task]) -> None:
        """Put tasks back in front."""
        self.left.extendleft(reversed(tasks))

    def measured(self, done: Done) -> None:
        """Note how long a task took."""
        if done.table is not None or done.seconds:
            self.seconds += done.seconds
            self.count += 1


class _Hand:
    """One worker process, and the tasks that it owes."""

    def __init__(self) -> None:
        context = get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self.process: BaseProcess = context.Process(target=_serve, args=(theirs,), daemon=True)
        with deaf():
            self.process.start()
        theirs.close()
        self.owes: list[Task] = []

    def give(self, packed: Packed, tasks: list[Task]) -> None:
        """Hand over a batch; a process that is dead is noticed when it is heard."""
        self.owes = tasks
        try:
            self.pipe.send((packed, tasks))
        except OSError:
            return

    def hear(self) -> Done | None:
        """The next task that ended; None when the process is dead."""
        try:
            done = self.pipe.recv()
        except (EOFError, OSError):
            return None
        self.owes.remove(done.task)
        return done  # type: ignore[no-any-return]

    def dead(self) -> bool:
        """Whether an idle process has ended; what an earlier study no longer wanted is heard and dropped."""
        while self.owes and self.pipe.poll():
            if self.hear() is None:
                return True
        return not self.process.is_alive()

    def obituary(self) -> str:
        """How the process ended."""
        self.process.join(LEAVE)
        code = self.process.exitcode or 0
        if code < 0:
            name = signal.Signals(-code).name
            return f"the process that made it was killed ({name}: out of memory?)"
        return f"the process that made it ended early (exit status {code})"

    def leave(self) -> None:
        """End the process: politely when it is idle, at once when not."""
        if not self.owes:
            try:
                self.pipe.send(None)
            except OSError:
                self.owes = []
            self.process.join(LEAVE)
        if self.process.is_alive():
            self.process.kill()
        self.process.join()
        self.pipe.close()


def _heard(hands: Sequence[_Hand]) -> list[_Hand]:
    """Those who have something to say, or are dead, within a moment."""
    if not hands:
        time.sleep(LOOK)  # another study has all processes
        return []
    ready = wait([hand.pipe for hand in hands], timeout=LOOK)
    return [hand for hand in hands if hand.pipe in ready]


def _serve(pipe: Connection) -> None:
    """The life of a worker: batches come, tables go, one by one, until nobody is there."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent hears the interrupt and ends its workers
    try:
        while (batch := pipe.recv()) is not None:
            for done in work(*batch):
                pipe.send(done)
    except (EOFError, OSError):
        return


# The studies that a worker holds ready, by hash, so that no task reads the case again.
_BENCHES: dict[str, Bench] = {}


def work(packed: Packed, tasks: Sequence[Task]) -> Iterator[Done]:
    """Carry out a batch in a worker."""
    keep_memory()

    def bench() -> Bench:
        if packed.hash not in _BENCHES:
            while len(_BENCHES) >= BENCHES:
                _BENCHES.pop(next(iter(_BENCHES)), None)
            _BENCHES[packed.hash] = unpack(packed)
        return _BENCHES[packed.hash]

    for task in tasks:
        yield attempt(bench, task)


def attempt(bench: Callable[[], Bench], task: Task) -> Done:
    """Carry out a task; when it fails, once more, and then say what went wrong."""
    begun, said = time.perf_counter(), ""
    for _ in range(ATTEMPTS):
        try:
            table = bench().run(*task)
        except Exception as error:  # noqa: BLE001 - whatever a model does wrong is told with its draw
            said = _words(error)
        else:
            return Done(task, table, None, time.perf_counter() - begun)
    return Done(task, None, said, time.perf_counter() - begun)


def _words(error: Exception) -> str:
    """What went wrong; for what nobody foresaw, also where."""
    if isinstance(error, RoxhamError):
        return "; ".join(str(problem) for problem in error.problems)
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__}: {error} (in {last.name}, line {last.lineno} of {last.filename})"


def read_executor(text: str) -> tuple[str, int, str]:
    """Read the name of an executor: its kind, how many workers (0 where it does not say), and an address.

    Raises UnknownName when it is none.

    >>> read_executor("processes:2"), read_executor("dask://host:8786")
    (('processes', 2, ''), ('dask', 0, 'tcp://host:8786'))
    """
    kind, _, rest = text.partition(":")
    if kind == "serial" and not rest:
        return kind, 1, ""
    if kind in ("processes", "dask") and (not rest or (rest.isdecimal() and int(rest) > 0)):
        return kind, int(rest or 0), ""
    if kind in ("dask", "tcp", "tls") and rest.startswith("//") and len(rest) > 2:
        return "dask", 0, f"tcp:{rest}" if kind == "dask" else text
    said = f'"{text}" is not an executor; write serial, processes:2, dask:2 or tcp://host:port'
    raise UnknownName(Problem(said, hint=did_you_mean(kind, KINDS) if kind not in KINDS else None))


def open_executor(text: str, *, jobs: int = 1) -> Executor:
    """Make an executor from its name.

    `serial`; `processes` or `processes:2`; `dask` or `dask:2` (a local cluster with so many workers);
    `tcp://host:port`, `tls://host:port` or `dask://host:port` (a scheduler that is running).

    Args:
        jobs: how many workers where the name does not say.

    Raises UnknownName when it is none of these; RunError when no scheduler answers, or Dask is not installed.

    >>> open_executor("serial").workers
    1
    """
    kind, count, address = read_executor(text)
    if kind == "serial":
        return Serial()
    if kind == "processes":
        return Processes(count or jobs)
    from roxham.lab.cluster import Cluster

    return Cluster(address) if address else Cluster(workers=count or jobs)
