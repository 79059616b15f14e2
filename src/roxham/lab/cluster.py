"""A study on a Dask cluster: a scheduler that is already running, or one that is started here with its workers.

The workers carry out the very batches that processes of this machine would, so the result is the same, bit by bit,
where machines and libraries are the same. A worker that is lost costs what it had in its hands: another makes it again.
"""

from __future__ import annotations

import platform
import time
import zlib
from collections.abc import Generator, Mapping, Sequence
from importlib import import_module
from queue import Empty, SimpleQueue
from typing import Any, Self

from roxham.errors import Problem, RunError
from roxham.lab.bench import Bench, Packed, Task, pack
from roxham.lab.executor import LOOK, Done, Pile, Stop, work

#: Seconds to wait for a scheduler, and for its first worker.
ANSWER = 20.0
#: Batches in the hands of a worker or on their way to it, so that none waits for the next.
AHEAD = 2
#: Seconds between two counts of the workers.
COUNT = 5.0
#: What must be the same here and in a worker, for the numbers to be the same.
LIBRARIES = ("numpy", "scipy", "numba")


class Cluster:
    """The workers of a Dask scheduler, at an address or started here with so many processes."""

    def __init__(self, address: str | None = None, *, workers: int = 1) -> None:
        self._client, self._local = _connect(address, workers)
        try:
            self.workers = self._count()
            self._check()
        except RunError:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def run(self, bench: Bench, tasks: Sequence[Task], *, stop: Stop | None = None) -> Generator[Done, None, None]:
        """Carry out tasks, each worker a batch at a time.

        Raises RunError when the model cannot leave this process, or a worker runs another version than this process.
        """
        packed, pile, here = _squeezed(pack(bench)), Pile(tasks, self.workers), about()
        under_way: dict[Any, list[Task]] = {}
        ended: SimpleQueue[Any] = SimpleQueue()

        def submit(batch: list[Task]) -> None:
            future = self._client.submit(carry_out, *packed, batch, here, pure=False)
            under_way[future] = batch
            future.add_done_callback(ended.put)

        counted = time.monotonic()
        try:
            while pile.left or under_way:
                if stop is not None and stop():
                    return
                if time.monotonic() - counted > COUNT:
                    pile.workers, counted = self._count(), time.monotonic()
                while pile.left and len(under_way) < AHEAD * pile.workers:
                    submit(pile.take())
                for future in _some(ended):
                    batch = under_way.pop(future)
                    done = _result(future, batch)
                    for task in batch if done is None else ():
                        submit([task])
                    for one in done or ():
                        pile.measured(one)
                        yield one
        finally:
            self._client.cancel(list(under_way), force=True)

    def close(self) -> None:
        """Leave the scheduler, and end it when it was started here."""
        self._client.close()
        if self._local is not None:
            self._local.close()

    def _count(self) -> int:
        """How many tasks the workers carry out at once, now; waits for the first worker."""
        try:
            self._client.wait_for_workers(1, timeout=ANSWER)
        except TimeoutError:
            where = self._client.scheduler.address
            raise RunError(f"the scheduler at {where} has no workers; start one: dask worker {where}") from None
        return max(sum(int(threads) for threads in self._client.nthreads().values()), 1)

    def _check(self) -> None:
        """Raise RunError naming every worker that does not run what this process runs, and the differences."""
        here = about()
        there = self._client.run(about, on_error="return")
        problems = [problem for worker, found in sorted(there.items()) for problem in _differences(worker, here, found)]
        if problems:
            raise RunError(problems)


def about() -> dict[str, str]:
    """What computes here: versions of Python, of the libraries and of Roxham, and the hash of its code."""
    from roxham import __version__
    from roxham.lab.identity import code_hash

    said = {"roxham": __version__, "roxham's code": code_hash()[:12], "Python": _short(platform.python_version())}
    return said | {name: str(import_module(name).__version__) for name in LIBRARIES}


def carry_out(
    squeezed: bytes, hash_: str, tasks: Sequence[Task], expected: Mapping[str, str]
) -> list[Done]:
    """Carry out a batch in a worker of a cluster, unless it is not what the client expects."""
    here = about()
    if here != expected:
        raise RunError(_differences("a worker that joined later", expected, here))
    return list(work(Packed(hash_, zlib.decompress(squeezed)), tasks))


def _connect(address: str | None, workers: int) -> tuple[Any, Any]:
    """A client of the scheduler at an address, or of one started here; the second is None for the former."""
    try:
        distributed: Any = import_module("distributed")
    except ImportError:
        raise RunError('Dask is not installed here: pip install "roxham[dask]"') from None
    local = None
    if address is None:
        local = distributed.LocalCluster(
            n_workers=workers, threads_per_worker=1, processes=True, dashboard_address="127.0.0.1:0",
            silence_logs="CRITICAL")
        address = local.scheduler_address
    try:
        return distributed.Client(address, timeout=ANSWER, set_as_default=False), local
    except (OSError, ValueError) as error:
        raise RunError(f"no scheduler answers at {address} ({error}); start one: dask scheduler") from None


def _squeezed(packed: Packed) -> tuple[bytes, str]:
    """The bench made small for the way to the workers, and its hash."""
    return zlib.compress(packed.content, 1), packed.hash


def _some(ended: SimpleQueue[Any]) -> list[Any]:
    """The next batch that ended, if one does within a moment."""
    try:
        return [ended.get(timeout=LOOK)]
    except Empty:
        return []


def _result(future: Any, batch: Sequence[Task]) -> list[Done] | None:
    """What a batch gave; None when workers died under it and its tasks should be tried one by one."""
    distributed: Any = import_module("distributed")
    try:
        done: list[Done] = future.result()
    except distributed.KilledWorker as error:
        if len(batch) > 1:
            return None
        said = f"workers that made it were killed, one after the other (out of memory?): {error}"
        return [Done(batch[0], None, said, 0.0)]
    return done


def _differences(worker: str, here: Mapping[str, str], there: object) -> list[Problem]:
    """What is not the same in a worker; when it could not even be asked, why."""
    if not isinstance(there, Mapping):
        return [Problem(f"worker {worker} cannot run this version of Roxham: {there}; install the same one there")]
    return [
        Problem(f"worker {worker} has {name} {there.get(name, 'missing')}, here it is {version}: make them the same")
        for name, version in here.items() if there.get(name) != version
    ]


def _short(version: str) -> str:
    """Major and minor of a version.

    >>> _short("3.11.9")
    '3.11'
    """
    return ".".join(version.split(".")[:2])
