"""The app against the clock: first answers, two hundred draws, the weight of a page, and whether it ever blocks.

    python benchmarks/app.py [ANSWERS] [DRAWS]

Starts `roxham app` with two workers and a store of its own, and lets it draw the baseline. Then it asks ANSWERS (20)
questions that nobody asked before, each with a hearing capacity of its own, and tells the median time from sending the
question to having its first numbers (two draws; the baseline's are in the store), beside the limit of 1.5 s; and the
time of one question with DRAWS (200) paired draws, none of them in the store, beside 60 s. Where there is a browser it
opens each page with an empty cache and tells the bytes that came over the wire (limit 1.5 MB), the longest time that
the page did not answer (limit 100 ms), and what Lighthouse would ask beside: when the largest thing stood, how much
moved, and whether all was of this server. Other programs on the machine make all of these longer; nothing is a test.
"""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ANSWERS, DRAWS, WORKERS = 20, 200, 2
FIRST, MANY, WEIGHT, BLOCKED = 1.5, 60.0, 1_500_000, 100
PAGES = ("home", "report", "lab", "check", "forecast", "place")
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
WATCH = """
window.seen = {blocked: 0, moved: 0, largest: 0};
new PerformanceObserver(l => l.getEntries().forEach(e => seen.blocked = Math.max(seen.blocked, e.duration)))
  .observe({type: 'longtask', buffered: true});
new PerformanceObserver(l => l.getEntries().forEach(e => { if (!e.hadRecentInput) seen.moved += e.value; }))
  .observe({type: 'layout-shift', buffered: true});
new PerformanceObserver(l => l.getEntries().forEach(e => seen.largest = e.startTime))
  .observe({type: 'largest-contentful-paint', buffered: true});
"""


def say(line: str) -> None:
    """One line of the answer, at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


@contextmanager
def server(store: Path) -> Iterator[tuple[str, int]]:
    """A running app; gives its address and its process."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "roxham", "app", "--port", str(port), "--workers", str(WORKERS)]
    running = subprocess.Popen([*command, "--store", str(store)], stdout=subprocess.DEVNULL)
    root = f"http://127.0.0.1:{port}"
    try:
        for _ in range(300):
            try:
                urllib.request.urlopen(f"{root}/en/home", timeout=5).close()
                break
            except OSError:
                time.sleep(0.1)
        yield root, running.pid
    finally:
        running.terminate()
        running.wait(20)


def processor(server: int) -> list[float]:
    """Seconds of processor of the server, then of each worker; empty where the system does not say (Linux does)."""
    found = []
    for path in [Path(f"/proc/{server}"), *sorted(Path("/proc").glob("[0-9]*"))]:
        try:
            parts = (path / "stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if (path.name == str(server) and not found) or int(parts[1]) == server:
            found.append((int(parts[11]) + int(parts[12])) / os.sysconf("SC_CLK_TCK"))
    return found


def ask(root: str, question: dict[str, Any], until: int) -> float:
    """Seconds from sending a question to numbers of so many draws."""
    begun = time.perf_counter()
    headers = {"Content-Type": "application/json"}
    sent = urllib.request.Request(f"{root}/api/lab/studies", json.dumps(question).encode(), headers)
    with urllib.request.urlopen(sent) as answer:
        study = json.load(answer)["id"]
    with urllib.request.urlopen(f"{root}/api/lab/studies/{study}/events") as stream:
        name = ""
        for line in stream:
            if line.startswith(b"event: "):
                name = line[7:].decode().strip()
            elif name == "numbers" and line.startswith(b"data: ") and json.loads(line[6:])["draws"] >= until:
                return time.perf_counter() - begun
            elif name == "end":
                raise SystemExit(f"the study ended early: {line.decode()}")
    raise SystemExit("the stream ended early")


def hearings(times: float, draws: int, seed: int = 7) -> dict[str, Any]:
    """The question: so many times the hearings from April 2022."""
    setting = {"lever": "capacity.rpd", "value": times, "from": "2022-04-01"}
    return {"settings": [setting], "draws": draws, "seed": seed}


def pages(root: str, chrome: str) -> list[str]:
    """What each page weighs and how long it blocks, as lines."""
    from playwright.sync_api import sync_playwright

    told = []
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chrome, args=["--no-sandbox"])
        for name in PAGES:
            page = browser.new_context(viewport={"width": 1400, "height": 900}).new_page()
            page.add_init_script(WATCH)
            wire = page.context.new_cdp_session(page)
            wire.send("Network.enable")
            weight, elsewhere = [0], []
            wire.on("Network.loadingFinished", lambda one, weight=weight: weight.__setitem__(
                0, weight[0] + int(one["encodedDataLength"])))
            page.on("request", lambda sent, elsewhere=elsewhere: elsewhere.append(sent.url)
                    if sent.url.startswith("http") and not sent.url.startswith(root) else None)
            page.goto(f"{root}/en/{name}", wait_until="load")
            page.wait_for_timeout(3000)
            seen = page.evaluate("seen")
            told.append(
                f"  {name:<10} {weight[0] / 1e6:5.2f} MB, blocked {seen['blocked']:4.0f} ms, largest at "
                f"{seen['largest'] / 1000:4.2f} s, moved {seen['moved']:.3f}, asked elsewhere {len(elsewhere)}"
                + (" OVER" if weight[0] > WEIGHT or seen["blocked"] > BLOCKED else "")
            )
            page.context.close()
        browser.close()
    return told


def main(answers: int = ANSWERS, draws: int = DRAWS) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder, server(Path(folder) / "store") as (root, process):
        ask(root, {"draws": 2}, 2)
        for warm in (1.31, 1.37, 1.41, 1.43):
            ask(root, hearings(warm, 2), 2)
        before = processor(process)
        times = [ask(root, hearings(1.5 + 0.01 * k, 2), 2) for k in range(answers)]
        used = [(b - a) / answers for a, b in zip(before, processor(process), strict=False)]
        load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
        say(f"first answer, median of {answers}: {statistics.median(times):.2f} s (fastest {min(times):.2f}, slowest "
            f"{max(times):.2f}); limit {FIRST} s; load of the machine {load:.1f} on {os.cpu_count()} cores")
        if used:
            say(f"  processor: server {used[0]:.2f} s (what is written afterwards for why included), busiest worker "
                f"{max(used[1:]):.2f} s an answer")
        if draws:
            many(root, process, draws)
        chrome = os.environ.get("CHROME") or next((path for one in BROWSERS if (path := shutil.which(one))), None)
        if chrome and importlib.util.find_spec("playwright"):
            say(f"pages at 1400 px (limits {WEIGHT / 1e6} MB and {BLOCKED} ms):")
            say("\n".join(pages(root, chrome)))
        else:
            say("no browser: pages were not weighed")


def many(root: str, process: int, draws: int) -> None:
    """So many paired draws: none of them in the store, and then with those of the baseline there."""
    for times, what in ((2.0, "none in the store"), (2.5, "the baseline's in the store")):
        before = processor(process)
        seconds = ask(root, hearings(times, draws, seed=11), draws)
        used = sum(processor(process)) - sum(before)
        say(f"{draws} paired draws, {what}: {seconds:.1f} s; limit {MANY:.0f} s; processor {used:.1f} s on all cores")


if __name__ == "__main__":
    main(*(int(one) for one in sys.argv[1:3]))
