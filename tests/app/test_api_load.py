"""Two hundred readers at once: no error but a polite request to wait, and memory that does not grow with them."""

from __future__ import annotations

import asyncio
import os
import random
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

ROOT = Path(__file__).resolve().parents[2]
CLIENTS = 200
MOST_MEMORY = 1_500  # MB of the server's own process, workers apart
GROWTH = 200  # MB in the second half


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[str, int]]:
    """A server of its own process on the toy case: its address and its process."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "roxham", "app", "--case", "toy", "--port", str(port), "--workers", "2"]
    log = tmp_path / "log"
    with log.open("wb") as out:
        running = subprocess.Popen(
            [*command, "--store", str(tmp_path / "store")],
            env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
            stdout=out,
            stderr=out,
        )
    until = time.monotonic() + 60
    while time.monotonic() < until:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                break
        assert running.poll() is None, log.read_text()
        time.sleep(0.1)
    yield f"http://127.0.0.1:{port}", running.pid
    running.terminate()
    assert running.wait(30) is not None
    assert "Error" not in log.read_text(), log.read_text()[-3000:]


def memory(process: int) -> float:
    """Resident memory of a process in MB; 0 where the system does not say."""
    path = Path(f"/proc/{process}/status")
    if not path.is_file():
        return 0.0
    line = next(one for one in path.read_text().splitlines() if one.startswith("VmRSS"))
    return int(line.split()[1]) / 1000


async def reader(number: int, client: httpx2.AsyncClient, until: float, seen: Counter[str]) -> None:
    """One reader: opens pages, asks, streams and leaves half way, reads results."""
    chance = random.Random(number)
    mine = {"x-forwarded-for": f"10.0.{number // 250}.{number % 250 + 1}"}  # as a proxy of this machine tells it
    study = ""

    def note(answer: httpx2.Response) -> int:
        seen[str(answer.status_code)] += 1
        if answer.status_code == 429:
            assert int(answer.headers["retry-after"]) >= 1
        return answer.status_code

    while time.monotonic() < until:
        what = chance.choice(["page", "levers", "check", "begin", "begin", "state", "result", "events", "delete"])
        if what == "page":
            note(await client.get(chance.choice(["/en/home", "/fr/check", "/en/lab", "/fr/place"]), headers=mine))
        elif what == "levers":
            note(await client.get("/api/lab/levers", headers=mine))
        elif what == "check":
            note(await client.post("/api/lab/check", json={"yaml": "name: x"}, headers=mine))
        elif what == "begin":
            asked = {"scenarios": ["road-closed"], "draws": chance.choice([2, 5, 50]), "seed": chance.randrange(9)}
            answer = await client.post("/api/lab/studies", json=asked, headers=mine)
            study = answer.json()["id"] if note(answer) == 202 else study
        elif study and what == "events":
            async with client.stream("GET", f"/api/lab/studies/{study}/events", headers=mine) as stream:
                seen[str(stream.status_code)] += 1
                lines = stream.aiter_lines()
                for _ in range(chance.randrange(1, 6)):
                    await anext(lines, None)
        elif study and what == "delete":
            note(await client.delete(f"/api/lab/studies/{study}", headers=mine))
        elif study:
            note(await client.get(f"/api/lab/studies/{study}" + ("/result" if what == "result" else ""), headers=mine))
        await asyncio.sleep(chance.random() * 0.2)


def crowd(root: str, process: int, seconds: float, clients: int = CLIENTS) -> tuple[Counter[str], float, float]:
    """Let readers in for a while: what they were told, and memory in the middle and at the end."""
    seen: Counter[str] = Counter()

    async def all_at_once() -> float:
        limits = httpx2.Limits(max_connections=clients, max_keepalive_connections=clients)
        async with httpx2.AsyncClient(base_url=root, timeout=120, limits=limits) as client:
            until = time.monotonic() + seconds
            readers = [asyncio.create_task(reader(number, client, until, seen)) for number in range(clients)]
            await asyncio.sleep(seconds / 2)
            middle = memory(process)
            await asyncio.gather(*readers)
            return middle

    middle = asyncio.run(all_at_once())
    return seen, middle, memory(process)


def check(seen: Counter[str], middle: float, end: float) -> None:
    assert seen["200"] > CLIENTS / 10 and seen["202"] > 0, seen
    assert set(seen) <= {"200", "202", "404", "429"}, seen
    assert end < MOST_MEMORY, (middle, end)


def test_two_hundred_readers_for_a_moment(server: tuple[str, int]) -> None:
    check(*crowd(*server, seconds=3))


@pytest.mark.slow
def test_two_hundred_readers_for_a_minute(server: tuple[str, int]) -> None:
    seen, middle, end = crowd(*server, seconds=60)
    check(seen, middle, end)
    assert end - middle < GROWTH, (middle, end)
    with httpx2.Client(base_url=server[0], timeout=30) as client:
        assert client.get("/en/home").status_code == 200
