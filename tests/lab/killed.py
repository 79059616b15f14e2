"""Kills a study again and again: `python killed.py FOLDER MOMENTS SEED` in a process of its own, without threads.

A study of the toy border with a store is begun in a child, which is killed (SIGKILL) at a random moment; then it is
begun again, until it ends by itself; then another study begins, until there were so many deaths. After each, whatever
the child had told as finished must stand in the store, and nothing twice; at the end of each study its numbers must be
those of a study that nobody killed. Prints the number of deaths, of draws kept, and of studies that came to their end.
"""

from __future__ import annotations

import hashlib
import importlib
import os
import random
import re
import signal
import sys
import time
from pathlib import Path

import roxham
from roxham.lab.ensemble import run_study
from roxham.lab.scenario import load_study
from roxham.lab.summary import StudyResult
from roxham.lab.vault import Vault

DRAWS, SEED = 8, 7
#: Seconds after which a child is dead at the latest.
LONGEST = 0.5
PART = re.compile(r"(\d{8})-(\d{8})-.*\.parquet")


def digest(result: StudyResult) -> str:
    found = hashlib.sha256(result.summary.to_csv().encode())
    found.update(result.values.tobytes() + result.weights.tobytes())
    return found.hexdigest()


class Trial:
    """One study in one store, begun until it ends."""

    def __init__(self, folder: Path) -> None:
        self.store, self.told, self.end = folder / "store", folder / "told", folder / "end"
        folder.mkdir()
        self.told.touch()
        self.study, self.corridor = load_study("tutorial", case="toy"), roxham.load("toy")

    def child(self) -> None:
        log = os.open(self.told, os.O_WRONLY | os.O_APPEND)
        result = run_study(
            self.study, self.corridor, draws=DRAWS, seed=SEED, vault=Vault(self.store),
            on_draw=lambda task, table: os.write(log, f"{task[0]} {task[1]}\n".encode()) and None)
        self.end.write_text(digest(result), encoding="utf-8")

    def check(self) -> int:
        """How many draws are kept; all that were told as finished, and none twice."""
        told = {tuple(map(int, line.split())) for line in self.told.read_text(encoding="utf-8").splitlines()}
        vault, kept = Vault(self.store), 0
        days = {"from_": self.study.from_, "to": self.study.to}
        for k, scenario in enumerate(self.study.scenarios):
            shelf = vault.shelf(self.corridor, scenario, seed=SEED, **days)
            held = shelf.held()
            lost = {draw for at, draw in told if at == k} - held
            assert not lost, f"finished and not kept: {scenario.name} {sorted(lost)}"
            here = [PART.fullmatch(path.name) for path in (self.store / shelf.folder).glob("*.parquet")]
            drawn = [n for part in here if part for n in range(int(part[1]), int(part[2]) + 1)]
            assert sorted(drawn) == sorted(held), f"kept twice: {scenario.name} {sorted(drawn)}"
            kept += len(held)
        return kept


def main(folder: Path, moments: int, seed: int) -> None:
    importlib.import_module("duckdb")  # before the first child, so that none waits for it
    trial = Trial(folder / "whole")
    expected = digest(run_study(trial.study, trial.corridor, draws=DRAWS, seed=SEED))
    chance, deaths, ends, kept = random.Random(seed), 0, 0, 0
    while deaths < moments:
        trial = Trial(folder / f"{ends}")
        while not trial.end.exists():
            child = os.fork()
            if not child:
                trial.child()
                os._exit(0)
            time.sleep(chance.uniform(0, LONGEST))
            os.kill(child, signal.SIGKILL)
            _, status = os.waitpid(child, 0)
            assert os.WIFSIGNALED(status) or status == 0, "the child failed by itself"
            deaths += os.WIFSIGNALED(status)
            kept = trial.check()
        assert trial.end.read_text(encoding="utf-8") == expected, "the resumed study gave other numbers"
        ends += 1
    sys.stdout.write(f"{deaths} {kept} {ends}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
