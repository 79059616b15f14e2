"""Fuzz the doors of Roxham: so many wrong files, each read in this process, and every fault kept as a file.

    python tests/fuzz/run.py --files 10000 --seed 1 --keep FOLDER

Prints one JSON object: how many files were read, how many were refused, the slowest, the memory, and the faults.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import resource
import sys
import tempfile
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from random import Random

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1] / "src")]

from doors import Door, Room, doors  # noqa: E402
from guard import Guard, TooSlow, in_time, watch_the_time  # noqa: E402
from mutate import mutate  # noqa: E402

SLOW = 0.5  # seconds: the slowest file is kept when it took longer, to be looked at


@dataclass
class Told:
    """What came of it."""

    files: int = 0
    refused: int = 0
    seconds: float = 0.0
    own_seconds: float = 0.0
    slowest: float = 0.0
    slowest_door: str = ""
    megabytes: float = 0.0
    by_door: dict[str, int] = field(default_factory=dict)
    faults: list[dict[str, str]] = field(default_factory=list)


class Reader:
    """Reads files through their doors under guard, and says what is wrong with how they were read."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.room = Room.furnish(root)
        self.guard = Guard()
        self.clock: Callable[[], AbstractContextManager[None]] = in_time
        watch_the_time()
        for door in doors().values():  # everything is imported before the watch begins
            for data in door.seeds:
                self.read(door, data, watch=False)

    def path(self, door: Door) -> Path:
        """Where a file of a door is put."""
        return self.root / "study" / f"a{door.ending}"

    def read(self, door: Door, data: bytes, *, watch: bool = True) -> tuple[str | None, bool]:
        """Read one file; return the fault, if any, and whether the file was refused."""
        from roxham.errors import RoxhamError

        path = self.path(door)
        path.write_bytes(data)
        refused, fault = False, None
        with self.guard.watching(self.root) as heard:
            try:
                with self.clock():
                    door.read(path, self.room)
            except RoxhamError as error:
                refused = True
                if not error.problems or not str(error).strip():
                    fault = f"{type(error).__name__} without a word"
            except TooSlow:
                fault = "longer than a file may take"
            except Exception:  # noqa: BLE001 - this is what is looked for
                fault = traceback.format_exc(limit=-12)
        if heard and watch:
            fault = f"{fault or ''} {'; '.join(heard)}".strip()
        return fault, refused


def fuzz(files: int, seed: int, root: Path, keep: Path | None = None, only: str | None = None) -> Told:
    """Read so many mutated files; the same seed makes the same files."""
    random, told, reader = Random(seed), Told(), Reader(root)
    chosen = {name: door for name, door in doors().items() if only is None or name.startswith(only)}
    labels, weights = list(chosen), [door.weight for door in chosen.values()]
    seen: set[str] = set()
    counts: Counter[str] = Counter()
    slowest = b""
    begun = time.monotonic()
    for name in random.choices(labels, weights, k=files):
        data = mutate(chosen[name].seeds, random)
        before = time.process_time()
        fault, refused = reader.read(chosen[name], data)
        took = time.process_time() - before
        told.files += 1
        told.refused += refused
        counts[name] += 1
        if took > told.slowest:
            told.slowest, told.slowest_door, slowest = took, name, data
        if fault is not None:
            where = _where(fault)
            if where not in seen:
                seen.add(where)
                told.faults.append({"door": name, "fault": fault, "file": _keep(keep, name, chosen[name], data)})
    if keep is not None and told.slowest > SLOW:
        _keep(keep, f"slow-{told.slowest_door}", chosen[told.slowest_door], slowest)
    told.seconds, told.own_seconds = time.monotonic() - begun, time.process_time()
    told.by_door = dict(counts)
    told.megabytes = peak()
    return told


def peak() -> float:
    """The most memory that this process had, in megabytes; Linux counts a parent's in `ru_maxrss` too."""
    status = Path("/proc/self/status")
    lines = status.read_text(encoding="utf-8").splitlines() if status.exists() else []
    found = [float(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM:")]
    return found[0] if found else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _where(fault: str) -> str:
    """The last place in Roxham that a fault passed, so that one fault is told once."""
    lines = [line.strip() for line in fault.splitlines()]
    inside = [line for line in lines if "/roxham/" in line]
    return (inside[-1] if inside else "") + lines[-1].split(":")[0][:60]


def _keep(folder: Path | None, name: str, door: Door, data: bytes) -> str:
    if folder is None:
        return repr(data[:2000])
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}--{hashlib.sha256(data).hexdigest()[:10]}{door.ending}"
    path.write_bytes(data)
    return str(path)


def main() -> None:
    """Read the arguments, fuzz, and print what came of it."""
    reader = argparse.ArgumentParser(description="Fuzz the doors of Roxham.")
    reader.add_argument("--files", type=int, default=10_000)
    reader.add_argument("--seed", type=int, default=1)
    reader.add_argument("--door", default=None, help="only doors whose name begins so")
    reader.add_argument("--keep", type=Path, default=None, help="a folder for files that show a fault")
    given = reader.parse_args()
    warnings.simplefilter("error")
    sys.dont_write_bytecode = True
    with tempfile.TemporaryDirectory(dir="/dev/shm" if Path("/dev/shm").is_dir() else None) as folder:
        told = fuzz(given.files, given.seed, Path(folder), given.keep, given.door)
    sys.stdout.write(json.dumps(asdict(told), indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
