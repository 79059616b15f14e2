"""No file of somebody else ends in a traceback, holds the machine, or writes where it must not.

Every fault that was ever found stays in `kept/` as a file named after its door, and is read again in every run.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
import seeds
from doors import doors
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mutate import NUMBERS, WORDS, mutate

HERE = Path(__file__).parent
KEPT = sorted((HERE / "kept").glob("*--*"))
MEGABYTES = 1_000
SECONDS = 2.0


def fuzz(*arguments: object) -> dict[str, Any]:
    """Run the fuzzer in a process of its own, so that what it measures is its own."""
    command = [sys.executable, str(HERE / "run.py"), *map(str, arguments)]
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stderr[-3000:]
    told: dict[str, Any] = json.loads(made.stdout)
    return told


def check(told: dict[str, Any], files: int) -> None:
    """Say what fuzzing found; every limit is that of the page on safety."""
    assert told["faults"] == [], json.dumps(told["faults"], indent=1, ensure_ascii=False)[:6000]
    assert told["files"] == files
    assert 0.3 < told["refused"] / files < 0.95, "files that are all refused, or all read, test nothing"
    assert told["slowest"] < SECONDS, f"{told['slowest_door']} took {told['slowest']:.1f} s"
    assert told["megabytes"] < MEGABYTES


def test_ten_thousand_files() -> None:
    told = fuzz("--files", 10_000, "--seed", 20_301)
    check(told, 10_000)
    assert set(told["by_door"]) >= {name for name in doors() if not name.startswith("case-")}


@pytest.mark.slow
def test_a_hundred_thousand_files(tmp_path: Path) -> None:
    """On two cores: two processes, each with its own half."""
    half = [sys.executable, str(HERE / "run.py"), "--files", "50000", "--keep", str(tmp_path / "kept"), "--seed"]
    both = [subprocess.Popen([*half, seed], stdout=subprocess.PIPE, text=True) for seed in ("1", "2")]
    for process in both:
        out, _ = process.communicate()
        assert process.returncode == 0
        check(json.loads(out), 50_000)


@pytest.mark.slow
def test_whole_cases() -> None:
    check(fuzz("--files", 150, "--seed", 3, "--door", "case-"), 150)


@pytest.mark.slow
def test_files_that_reach_new_code(tmp_path: Path) -> None:
    """Coverage leads the changes: atheris (libFuzzer)."""
    pytest.importorskip("atheris", reason="atheris is not installed: it is not made for every machine")
    made = subprocess.run(
        [sys.executable, str(HERE / "cover.py"), str(tmp_path), "-runs=6000", "-seed=7", "-rss_limit_mb=1000",
         "-timeout=20", "-verbosity=0", "-print_final_stats=1"],
        capture_output=True, text=True, check=False, cwd=tmp_path)  # fmt: skip
    assert made.returncode == 0, made.stderr[-4000:]
    assert "number_of_executed_units: 6000" in made.stderr


@pytest.mark.parametrize("path", KEPT, ids=lambda path: path.name)
def test_a_fault_that_was_found_stays_mended(path: Path, reader: Any) -> None:
    door = doors()[path.name.split("--")[0]]
    fault, _ = reader.read(door, path.read_bytes())
    assert fault is None, fault


def test_there_are_kept_faults_of_doors_that_are_there() -> None:
    assert len(KEPT) >= 10
    assert {path.name.split("--")[0] for path in KEPT} <= set(doors())


def test_every_file_to_begin_with_is_read(reader: Any) -> None:
    for name, door in doors().items():
        for data in door.seeds:
            assert reader.read(door, data) == (None, False), (name, data[:400])


@pytest.fixture(scope="module")
def reader() -> Iterator[Any]:
    """A reader in this process, without the hook that never leaves it and without its alarms."""
    from run import Reader

    class Quiet(Reader):
        def __init__(self, root: Path) -> None:
            from doors import Room

            self.root, self.room, self.guard, self.clock = root, Room.furnish(root), _Deaf(), nullcontext

    with tempfile.TemporaryDirectory() as folder:
        yield Quiet(Path(folder))


class _Deaf:
    """Stands in for the guard where only what is raised counts."""

    def watching(self, _root: Path) -> Any:
        return nullcontext([])


# What the guard hears: else no file could ever be at fault.

_NAUGHTY = {
    "writes elsewhere": "open(OTHER + '/x', 'w')",
    "appends elsewhere": "open(OTHER + '/x', 'a')",
    "renames out": "import os; open(ROOT + '/y', 'w').close(); os.rename(ROOT + '/y', OTHER + '/y')",
    "removes elsewhere": "import os; os.remove(OTHER + '/there')",
    "makes a folder elsewhere": "import os; os.mkdir(OTHER + '/folder')",
    "by a link": "import os; os.symlink(OTHER, ROOT + '/out'); open(ROOT + '/out/x', 'w')",
    "starts a program": "import os; os.system('true')",
    "loads code": "import pickle; pickle.loads(b'cos\\ngetcwd\\n(tR.')",
    "connects": "import socket; s = socket.socket(); s.settimeout(0.01); s.connect(('127.0.0.1', 9))",
    "works too long": "while True: pass",
    "waits too long": "import time; time.sleep(3)",
}


@pytest.mark.parametrize("code", _NAUGHTY.values(), ids=_NAUGHTY.keys())
def test_the_guard_hears_it(code: str, tmp_path: Path) -> None:
    script = f"""
import sys, pathlib
sys.path.insert(0, {str(HERE)!r})
import guard
guard.SECONDS, guard.STUCK = 0.3, 1.0
ROOT, OTHER = {str(tmp_path / "root")!r}, {str(tmp_path / "other")!r}
hears = guard.Guard()
guard.watch_the_time()
with hears.watching(pathlib.Path(ROOT)) as heard:
    try:
        with guard.in_time():
            {code}
    except guard.TooSlow:
        heard.append("too slow")
    except OSError:
        pass
sys.exit(0 if heard else 1)
"""
    (tmp_path / "root").mkdir()
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "there").write_text("", encoding="utf-8")
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_guard_lets_a_file_of_the_folder_be_written(tmp_path: Path) -> None:
    from guard import Guard

    hears = Guard()
    with hears.watching(tmp_path) as heard:
        (tmp_path / "x").write_text("x", encoding="utf-8")
        os.rename(tmp_path / "x", tmp_path / "y")
        (tmp_path / "y").read_text(encoding="utf-8")
        (HERE / "seeds.py").read_text(encoding="utf-8")
    assert heard == []


# Files from a grammar, made smaller by hypothesis when one is at fault.

_SCALARS = st.one_of(
    st.sampled_from(NUMBERS), st.sampled_from(WORDS), st.integers(), st.floats(), st.booleans(), st.none(),
    st.text(max_size=12), st.dates().map(str))  # fmt: skip
_KEYS = st.sampled_from(
    ["name", "title", "en", "fr", "amendments", "kind", "service", "set", "multiply", "from", "until", "extends", "to",
     "scenarios", "sweep", "worlds", "of", "number", "values", "low", "high", "steps", "method", "samples", "seed",
     "entry_at", "claim_at", "facts", "readings", "value", "unit", "status", "source", "items", "setting",
     "x"])  # fmt: skip


def _larger(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(inner, max_size=4) | st.dictionaries(_KEYS, inner, max_size=5)


_TREES = st.recursive(_SCALARS, _larger, max_leaves=25)
_CELLS = st.one_of(st.sampled_from(NUMBERS), st.sampled_from(WORDS), st.text(max_size=10), st.integers().map(str))
CALM = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
TABLES = ["families", "places", "expected", "evidence", "table", "people-shares", "walk-locations"]


def _written(tree: Any) -> bytes:
    return json.dumps(tree, ensure_ascii=False, default=str).encode("utf-8", "surrogatepass")


@pytest.mark.parametrize("name", ["scenario", "study", "person", "expect", "registry", "part-services", "part-costs"])
@CALM
@given(tree=_TREES)
def test_trees_of_any_shape(name: str, tree: Any, reader: Any) -> None:
    fault, _ = reader.read(doors()[name], _written(tree))
    assert fault is None, fault


@pytest.mark.parametrize("name", ["scenario", "study"])
@CALM
@given(key=_KEYS, value=_TREES, place=st.integers(0, 8))
def test_a_valid_file_with_one_thing_changed(name: str, key: str, value: Any, place: int, reader: Any) -> None:
    door = doors()[name]
    text = door.seeds[place % len(door.seeds)] + f"{key}: ".encode() + _written(value) + b"\n"
    fault, _ = reader.read(door, text)
    assert fault is None, fault


@pytest.mark.parametrize("name", TABLES)
@CALM
@given(rows=st.lists(st.lists(_CELLS, max_size=11), max_size=5), quoted=st.booleans())
def test_tables_of_any_cells(name: str, rows: list[list[str]], quoted: bool, reader: Any) -> None:
    import csv
    import io

    held = io.StringIO()
    held.write(doors()[name].seeds[0].decode().split("\n")[0] + "\n")
    for row in rows:
        held.write((",".join(row) if not quoted else _quoted(csv, row)) + "\n")
    fault, _ = reader.read(doors()[name], held.getvalue().encode("utf-8", "surrogatepass"))
    assert fault is None, fault


def _quoted(csv: Any, row: list[str]) -> str:
    import io

    held = io.StringIO()
    csv.writer(held, lineterminator="").writerow([cell.replace("\x00", "") for cell in row])
    return held.getvalue()


def test_the_same_seed_makes_the_same_files() -> None:
    from random import Random

    door = doors()["scenario"]
    first, again = ([mutate(door.seeds, random) for _ in range(50)] for random in (Random(1), Random(1)))
    assert first == again
    assert len(set(first)) > 40
    assert set(first) != {mutate(door.seeds, Random(2)) for _ in range(50)}


def test_big_files_end_soon(reader: Any) -> None:
    """A hundred times as large as any, in shapes that readers have choked on."""
    import time

    many = 100_000
    shapes = ("[" * many, "{a: " * (many // 4), "- " * (many // 2), "a:\n" + "- 1\n" * (many // 4), '"' * many,
              "a: &a [1]\nb: [" + "*a," * (many // 3) + "]", "#" * many, "a: |\n" + " x\n" * 33_333, "&a " * 33_333)
    for shape in shapes:
        before = time.process_time()
        fault, refused = reader.read(doors()["scenario"], shape.encode())
        assert fault is None and refused, shape[:20]
        assert time.process_time() - before < SECONDS, shape[:20]


def test_seeds_are_small() -> None:
    assert max(len(text) for text in seeds.SCENARIOS) < 600
