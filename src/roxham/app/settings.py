"""What a server is told when it starts."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from roxham.errors import Problem, SpecError, raise_problems

#: What a path prefix may be made of: it stands in every address of the app.
PREFIX = re.compile(r"(/[A-Za-z0-9._~-]+)*")


@dataclass(frozen=True)
class Limits:
    """How much one client, and all together, may ask for.

    ``body`` is in bytes; ``draws``, ``months`` and ``scenarios`` bound one study; ``seconds`` bounds the run of a job;
    ``tasks`` is scenarios times draws; ``per_client`` and ``queue`` count jobs that are not finished; ``kept`` counts
    finished results held in memory, which take ``memory`` bytes at most;
    ``rate`` is requests a second of one client to the API, with ``burst`` at once; ``streams`` counts open streams of
    one client; ``together`` counts requests at work at the same moment.
    """

    body: int = 1_000_000
    draws: int = 400
    scenarios: int = 12
    tasks: int = 800
    amendments: int = 200
    seconds: float = 900.0
    per_client: int = 4
    queue: int = 16
    kept: int = 24
    memory: int = 300_000_000
    rate: float = 20.0
    burst: int = 120
    streams: int = 12
    together: int = 64


@dataclass(frozen=True)
class Settings:
    """Where the server listens, where results are kept, who computes, and who may come in.

    Args:
        store: address of a store of results, a folder or any target of fsspec; the usual store of runs when empty;
            `none` keeps results only as long as the server runs.
        workers: processes that draw; 1 draws in a process of its own too.
        executor: who draws, as ``roxham run --executor`` has it; ``processes:WORKERS`` when empty.
        prefix: the path under which a proxy shows the app, such as ``/roxham``; empty at the top.
        token: what a client must show; empty lets everybody in.
        warm: get the workers and the baseline's first draws ready when the server starts.

    Raises SpecError when the prefix, the port or the number of workers cannot be used.

    >>> Settings(prefix="/roxham/").prefix
    '/roxham'
    """

    host: str = "127.0.0.1"
    port: int = 8000
    store: str = ""
    workers: int = 1
    executor: str = ""
    prefix: str = ""
    token: str = field(default="", repr=False)
    case: str = "canada_us"
    warm: bool = True
    limits: Limits = field(default_factory=Limits)

    def __post_init__(self) -> None:
        object.__setattr__(self, "prefix", self.prefix.rstrip("/"))
        problems = []
        if not PREFIX.fullmatch(self.prefix):
            problems.append(Problem(f'--prefix: "{self.prefix}" is not a path such as /roxham'))
        if not 0 <= self.port <= 65535:
            problems.append(Problem(f"--port: {self.port} is not a port (0 to 65535)"))
        if self.workers < 1:
            problems.append(Problem(f"--workers: {self.workers} is not a number from 1 up"))
        if self.token and not self.token.isascii():
            problems.append(Problem("--token: letters, digits and signs of ASCII only"))
        raise_problems(problems, SpecError)
