"""Every command of the page *From laptop to cluster* runs, in its order, and all runs that must agree do."""

from __future__ import annotations

import os
import re
import shlex
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from roxham.cli import main

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "do" / "cluster.md").read_text(encoding="utf-8")
PORT = "8786"


def commands() -> list[list[str]]:
    blocks = re.findall(r"^```console\n(.*?)^```", PAGE, re.M | re.S)
    return [shlex.split(line) for line in "".join(blocks).splitlines()]


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def answers(port: int) -> bool:
    with socket.socket() as asked:
        return asked.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder in which every command of the page was given; the commands of Dask go on beside the others."""
    made, port, running = tmp_path_factory.mktemp("cluster"), free_port(), []
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(made)
        patch.setenv("ROXHAM_STORE", str(made / "store"))
        try:
            for program, *arguments in commands():
                given = [one.replace(PORT, str(port)) for one in arguments]
                if program == "dask":
                    quiet = ["--no-dashboard"]
                    running.append(subprocess.Popen(
                        [sys.executable, "-W", "ignore", "-m", "dask", *given, *quiet], env=environment, cwd=made,
                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
                    until = time.monotonic() + 60
                    while not answers(port) and time.monotonic() < until:
                        time.sleep(0.05)
                    continue
                with pytest.raises(SystemExit) as left:
                    main([*given, "--quiet"] if given[0] == "run" else given)
                assert left.value.code == 0, given
            yield made
        finally:
            for process in reversed(running):
                process.terminate()
                process.wait()


def test_every_command_of_the_page_runs(folder: Path) -> None:
    assert {one.name for one in folder.iterdir()} >= {"laptop", "enough", "local", "cluster", "store"}
    assert {program for program, *_ in commands()} == {"roxham", "dask"}


def test_laptop_and_cluster_give_the_same_summary(folder: Path) -> None:
    summaries = [(folder / name / "summary.csv").read_bytes() for name in ("laptop", "local", "cluster")]
    assert summaries[0] == summaries[1] == summaries[2]


def test_what_the_page_says_of_sizes_is_what_the_code_does() -> None:
    from roxham.lab.bench import DRAWS_WITH_LINES
    from roxham.lab.until import checkpoints

    assert f"first {DRAWS_WITH_LINES} draws" in " ".join(PAGE.split())
    first = ", ".join(str(count) for count in list(checkpoints(1000))[:7])
    assert f"after {first} draws and so on" in " ".join(PAGE.split())
