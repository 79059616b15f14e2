"""The store when things go wrong: files altered or cut short, a full disk, a kill, two writers, a wrong clock."""

from __future__ import annotations

import contextlib
import errno
import json
import multiprocessing
import os
import random
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from handful import HandfulCorridor, handful_draw, handful_study
from hypothesis import given
from hypothesis import strategies as st
from shelved import about, shelf, table, write_on_and_on, write_rounds

from roxham.errors import RunError, UnitError
from roxham.lab import ground, store
from roxham.lab.ensemble import run_study
from roxham.lab.part import same
from roxham.lab.prune import age, check_store, mend_store, plan_pruning, prune, size
from roxham.lab.runs import open_run
from roxham.lab.shelf import PART, Shelf
from roxham.lab.vault import Vault

SPAWN = multiprocessing.get_context("spawn")


def parts(folder: Path) -> list[Path]:
    """The files of draws in a store, sorted."""
    return sorted(path for path in folder.rglob("*.parquet") if PART.fullmatch(path.name))


def whole(held: Shelf, draws: int) -> bool:
    """Whether a shelf holds these draws, each with its own numbers."""
    found = held.get(range(draws))
    return set(found) == set(range(draws)) and all(same(found[draw], table(draw)) for draw in found)


# ------------------------------------------------------------------------------------------ altered and cut short
@pytest.mark.parametrize("harm", ["altered", "cut short", "emptied"])
def test_a_file_that_was_harmed_is_named_left_out_and_made_again(harm: str, tmp_path: Path) -> None:
    held = shelf(Vault(tmp_path))
    for draw in range(3):
        held.put({draw: table(draw)})
    victim = parts(tmp_path)[1]
    content = victim.read_bytes()
    middle = len(content) // 2
    harmed = {"altered": content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :],
              "cut short": content[:-1], "emptied": b""}[harm]
    victim.write_bytes(harmed)
    again = shelf(Vault(tmp_path))
    assert set(again.get(range(3))) == {0, 2}
    (problem,) = again.damaged
    assert problem.message == "this file was altered or cut short"
    assert problem.file == str(victim)
    assert check_store(Vault(tmp_path)) == [problem]
    again.put({1: table(1)})
    assert whole(shelf(Vault(tmp_path)), 3)
    assert check_store(Vault(tmp_path)) == []


@given(data=st.data())
def test_no_harm_to_any_file_gives_wrong_numbers(data: st.DataObject, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("store")
    held = shelf(Vault(folder))
    held.put({0: table(0)})
    held.put({1: table(1), 2: table(2)})
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != "store.json")
    victim = data.draw(st.sampled_from(files))
    content = bytearray(victim.read_bytes())
    for _ in range(data.draw(st.integers(1, 3))):
        content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    victim.write_bytes(bytes(content))
    again = shelf(Vault(folder))
    found = again.get(range(3))
    assert all(same(found[draw], table(draw)) for draw in found)
    assert check_store(Vault(folder)) or whole(shelf(Vault(folder)), 3)  # bytes may have been flipped back
    shutil.rmtree(folder)


def test_a_run_goes_on_beside_a_harmed_file_and_its_summary_is_the_same(tmp_path: Path) -> None:
    study, corridor, model = handful_study(), _any(HandfulCorridor()), _any(handful_draw)
    first = run_study(study, corridor, draws=3, seed=3, model=model, vault=Vault(tmp_path))
    name = Vault(tmp_path).keep_study(study, corridor, 3, 3, model)
    victim = parts(tmp_path)[0]
    victim.write_bytes(victim.read_bytes()[:100])
    with pytest.raises(RunError, match=r"altered or cut short[\s\S]*of 9 draws of this run are here"):
        open_run(Vault(tmp_path), name)
    again = run_study(study, corridor, draws=3, seed=3, model=model, vault=Vault(tmp_path))
    assert again.summary.to_csv() == first.summary.to_csv()
    assert open_run(Vault(tmp_path), name).summary.to_csv() == first.summary.to_csv()


def test_names_that_are_gone_take_their_draws_with_them_until_they_are_made_again(tmp_path: Path) -> None:
    held = shelf(Vault(tmp_path))
    held.put({0: table(0), 1: table(1)})
    (names,) = tmp_path.rglob("names-*.json")
    names.unlink()
    again = shelf(Vault(tmp_path))
    assert again.get([0, 1]) == {}
    assert "names that go with this file are missing" in again.damaged[0].message
    again.put({0: table(0)})
    assert set(shelf(Vault(tmp_path)).get([0])) == {0}


def test_a_draw_that_stands_twice_with_other_numbers_is_told_and_mended(tmp_path: Path) -> None:
    held = shelf(Vault(tmp_path))
    held.put({0: table(0), 1: table(1)})
    other = table(1)
    held.put({1: replace(other, values=np.nextafter(other.values, np.inf))})
    with pytest.raises(RunError, match=r"draw 1 stands here twice with different numbers .*runs check --mend"):
        shelf(Vault(tmp_path)).get([1])
    assert len(check_store(Vault(tmp_path))) == 1
    assert len(mend_store(Vault(tmp_path))) == 2
    assert check_store(Vault(tmp_path)) == []
    assert shelf(Vault(tmp_path)).held() == frozenset()


def test_a_file_that_says_more_than_it_holds_is_told(tmp_path: Path) -> None:
    held = shelf(Vault(tmp_path))
    held.put({0: table(0)})
    held.put({1: table(1)})
    (first, second) = parts(tmp_path)
    first.rename(first.with_name(first.name.replace("00000000-00000000", "00000000-00000003")))
    again = shelf(Vault(tmp_path))
    assert set(again.get(range(5))) == {1}
    assert "does not hold the draws that its name says" in again.damaged[0].message
    second.rename(second.with_name(second.name.replace("00000001-00000001", "00000001-99999999")))
    assert shelf(Vault(tmp_path)).held() == {0, 1, 2, 3}  # by the first one's name; the other's says too much
    named = [Path(problem.file or "").name for problem in check_store(Vault(tmp_path))]
    assert named == [path.name for path in parts(tmp_path)]


def test_a_shelf_that_is_taken_away_under_a_writer_begins_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("roxham.lab.shelf.LOOK_SECONDS", -1.0)
    held = shelf(Vault(tmp_path))
    held.put({0: table(0)})
    shutil.rmtree(tmp_path / "shelves")
    held.put({0: table(0), 1: table(1)})
    assert whole(shelf(Vault(tmp_path)), 2)


# ------------------------------------------------------------------------------------------ kill and two writers
@pytest.mark.parametrize("times", [3, pytest.param(40, marks=pytest.mark.slow)])
def test_a_kill_at_any_moment_loses_no_draw_that_was_kept(times: int, tmp_path: Path) -> None:
    chance = random.Random(7)
    kept = 0
    for number in range(times):
        ready = tmp_path / f"ready-{number}"
        url = tmp_path / "runs"
        writer = SPAWN.Process(target=write_on_and_on, args=(str(url), str(ready), about(), kept))
        writer.start()
        while not ready.exists():
            time.sleep(0.005)
        time.sleep(chance.uniform(0.0, 0.25))
        os.kill(writer.pid or 0, signal.SIGKILL)
        writer.join()
        held = shelf(Vault(url))
        draws = sorted(held.held())
        assert draws == list(range(len(draws))) and len(draws) >= kept
        assert whole(held, len(draws))
        assert held.check() == []
        assert len(parts(url)) == len(draws)
        kept = len(draws)
    assert kept > 0


@pytest.mark.parametrize("rounds", [10, pytest.param(100, marks=pytest.mark.slow)])
def test_two_writers_on_one_store_spoil_nothing_and_double_nothing(rounds: int, tmp_path: Path) -> None:
    given = (str(tmp_path), rounds, about(), SPAWN.Barrier(2))
    writers = [SPAWN.Process(target=write_rounds, args=(*given, way)) for way in (False, True)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(120)
        assert writer.exitcode == 0
    for number in range(rounds):
        vault = Vault(tmp_path / str(number))
        held = shelf(vault)
        assert whole(held, 4)
        assert check_store(vault) == []
        assert len(parts(tmp_path / str(number))) == 4
        assert list((tmp_path / str(number) / "drafts").iterdir()) == []


# ------------------------------------------------------------------------------------------ disk
@contextlib.contextmanager
def small_disk(folder: Path, kilobytes: int) -> Iterator[Path]:
    """A disk of that size; the test is skipped, with the reason, where none can be had."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        pytest.skip("a small disk needs the right to mount one")
    folder.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", str(folder)],
                          capture_output=True, text=True, check=False)
    if made.returncode:
        pytest.skip(f"a small disk cannot be mounted: {made.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_ends_with_one_clear_message_and_an_intact_store(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 256) as disk:
        kept = -1
        with pytest.raises(RunError) as told:
            fill(disk / "runs")
        (problem,) = told.value.problems
        assert "the disk is full; free some space, run `roxham runs prune`" in problem.message
        vault = Vault(disk / "runs")
        kept = len(shelf(vault).held())
        assert kept > 3
        assert whole(shelf(vault), kept)
        assert check_store(vault) == []
        assert list((disk / "runs" / "drafts").iterdir()) == []


def test_a_run_on_a_full_disk_keeps_what_it_had_and_goes_on_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study, corridor, model = handful_study(), _any(HandfulCorridor()), _any(handful_draw)
    run_study(study, corridor, draws=1, seed=3, model=model, vault=Vault(tmp_path))
    before = {path: path.read_bytes() for path in parts(tmp_path)}

    def full(self: Any, draft: Path, path: str) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(ground.Folder, "adopt", full)
        with pytest.raises(RunError, match=r"disk is full.*Every draw that was kept before is intact"):
            run_study(study, corridor, draws=3, seed=3, model=model, vault=Vault(tmp_path))
    assert {path: path.read_bytes() for path in parts(tmp_path)} == before
    assert list((tmp_path / "drafts").iterdir()) == []
    done = run_study(study, corridor, draws=3, seed=3, model=model, vault=Vault(tmp_path))
    assert done.summary.to_csv() == run_study(study, corridor, draws=3, seed=3, model=model).summary.to_csv()


def fill(folder: Path) -> None:
    held = shelf(Vault(folder))
    for draw in range(10_000):
        held.put({draw: table(draw)})


def test_a_place_that_cannot_be_written_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder", encoding="utf-8")
    with pytest.raises(RunError, match=r"a file stands in the way.*--store"):
        Vault(tmp_path / "file" / "runs").probe()
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o500)
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        error = ground.explain(PermissionError(errno.EACCES, "Permission denied"), str(closed))
        assert "cannot be written" in str(error)
        return
    with pytest.raises(RunError, match=r"cannot be written; choose another place with --store"):
        Vault(closed / "runs").probe()


@pytest.mark.parametrize(("url", "said"), [
    ("nowhere://runs", "nothing here can reach this kind of address"),
    ("gcs://bucket", "this kind of address needs another package"),
])
def test_an_address_that_cannot_be_reached_says_so(url: str, said: str) -> None:
    pytest.importorskip("fsspec")
    with pytest.raises(RunError, match=said):
        Vault(url)


# ------------------------------------------------------------------------------------------ clock and versions
def test_a_clock_that_was_set_back_or_forward_harms_nothing(tmp_path: Path) -> None:
    study, corridor, model = handful_study(), _any(HandfulCorridor()), _any(handful_draw)
    vault = Vault(tmp_path)
    run_study(study, corridor, draws=2, seed=3, model=model, vault=vault)
    names = [vault.keep_study(study, corridor, 3, draws, model) for draws in (1, 2)]
    for name, years in zip(names, (-30, 30), strict=True):
        path = tmp_path / "studies" / f"{name}.json"
        held = json.loads(path.read_text(encoding="utf-8"))
        held["created"] = (datetime.now(UTC) + timedelta(days=365 * years)).isoformat(timespec="seconds")
        path.write_text(json.dumps(held), encoding="utf-8")
    for number, path in enumerate(parts(tmp_path)):
        moment = time.time() + (-1) ** number * 30 * 365 * 86400
        os.utime(path, (moment, moment))
    again = Vault(tmp_path)
    assert [kept.id for kept in again.studies()] == [names[1], names[0]]
    assert check_store(again) == []
    assert open_run(again, names[1]).draws == 2
    planned = plan_pruning(again, older_than=timedelta(days=1))
    assert [kept.id for kept in planned.runs] == [names[0]]
    assert planned.shelves == ()


def test_drafts_of_the_dead_are_swept_and_those_of_the_living_are_left(tmp_path: Path) -> None:
    held = shelf(Vault(tmp_path))
    held.put({0: table(0)})
    for name, days in (("old", -3), ("far", 3), ("now", 0)):
        path = tmp_path / "drafts" / name
        path.write_bytes(b"half")
        os.utime(path, (time.time() + days * 86400,) * 2)
    assert [path.name for path in (tmp_path / "drafts").iterdir() if Vault(tmp_path) and path.exists()] == ["now"]


def test_a_draft_that_somebody_swept_is_written_once_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    held = shelf(Vault(tmp_path))
    held.put({0: table(0)})
    adopt, times = ground.Folder.adopt, []

    def swept(self: ground.Folder, draft: Path, path: str) -> None:
        times.append(path)
        if len(times) == 1:
            shutil.rmtree(tmp_path / "drafts")
        adopt(self, draft, path)

    monkeypatch.setattr(ground.Folder, "adopt", swept)
    held.put({1: table(1)})
    assert whole(shelf(Vault(tmp_path)), 2)


def test_another_format_says_exactly_what_and_which_version(tmp_path: Path) -> None:
    study, corridor = handful_study(), _any(HandfulCorridor())
    vault = Vault(tmp_path)
    name = vault.keep_study(study, corridor, 3, 2)
    path = tmp_path / "studies" / f"{name}.json"
    held = json.loads(path.read_text(encoding="utf-8"))
    from roxham.lab.shelf import canonical, sha

    def forge(**changes: Any) -> str:
        asked = {**held["asked"], **changes}
        name = sha(canonical(asked))[:12]
        content = json.dumps({**held, "asked": asked, "version": "9.1"})
        (tmp_path / "studies" / f"{name}.json").write_text(content, encoding="utf-8")
        return name

    with pytest.raises(RunError, match=r"version 9.1 in the format roxham-kept/2; this version reads roxham-k"):
        vault.study(forge(format="roxham-kept/2"))
    scenarios = [{**held["asked"]["study"]["scenarios"][0], "amendments": [{"name": "x", "kind": "teleport"}]}]
    for hostile in (["../../.."] * 3, ["0" * 64]):
        with pytest.raises(RunError, match=r"does not name one place of draws for each scenario"):
            vault.study(forge(shelves=hostile))
    with pytest.raises(RunError, match=r"version 9.1, and this version does not know all that it asks"):
        vault.study(forge(study={**held["asked"]["study"], "scenarios": scenarios}))
    path.write_text(path.read_text(encoding="utf-8").replace('"seed": 3', '"seed": 4'), encoding="utf-8")
    with pytest.raises(RunError, match="altered or cut short"):
        vault.study(name)
    assert vault.studies() == ()
    assert len(vault.unread()) == 5
    assert mend_store(vault) == [f"studies/{name}.json"]
    (tmp_path / "store.json").write_text('{"format": "roxham-store/7"}', encoding="utf-8")
    with pytest.raises(RunError, match="this store has the format roxham-store/7"):
        Vault(tmp_path)


def test_an_old_folder_of_a_run_opens_or_says_exactly_why_not(tmp_path: Path) -> None:
    study, corridor, model = handful_study(), _any(HandfulCorridor()), _any(handful_draw)
    folder = store.write(run_study(study, corridor, draws=2, seed=3, model=model), tmp_path / "run")
    assert store.read(folder).draws == 2
    path = folder / store.MANIFEST
    held = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**held, "format": "roxham-run/2", "code_version": "9.1"}), encoding="utf-8")
    with pytest.raises(RunError, match=r"version 9.1 in the format roxham-run/2; this version reads roxham-run"):
        store.read(folder)
    held["scenarios"][0]["amendments"] = [{"name": "x", "kind": "teleport"}]
    path.write_text(json.dumps(held), encoding="utf-8")
    with pytest.raises(RunError, match="does not know all that it asks"):
        store.read(folder)
    with pytest.raises(RunError, match=r"counts teleported, which this version does not know; use version 9.1"):
        store.check_metrics(["heard", "teleported"], "9.1", str(folder))


# ------------------------------------------------------------------------------------------ prune
def test_pruning_takes_old_runs_and_leaves_the_draws_of_others(tmp_path: Path) -> None:
    study, corridor, model = handful_study(), _any(HandfulCorridor()), _any(handful_draw)
    vault = Vault(tmp_path)
    small = replace(study, name="small", scenarios=study.scenarios[:1])
    for one in (study, small):
        run_study(one, corridor, draws=2, seed=3, model=model, vault=vault)
    names = [vault.keep_study(one, corridor, 3, 2, model) for one in (study, small)]
    now = datetime.now(UTC) + timedelta(days=40)
    assert len(plan_pruning(vault, older_than=timedelta(days=30), now=now).runs) == 2
    for name, day in zip(names, (1, 2), strict=True):
        path = tmp_path / "studies" / f"{name}.json"
        held = json.loads(path.read_text(encoding="utf-8")) | {"created": f"2026-01-0{day}T00:00:00+00:00"}
        path.write_text(json.dumps(held), encoding="utf-8")
    planned = plan_pruning(vault, keep=1)
    assert [kept.id for kept in planned.runs] == [names[0]]
    assert len(planned.shelves) == 1  # "twice"; "as it was" is of both, and "again" asks the same
    prune(vault, planned)
    assert [kept.id for kept in vault.studies()] == [names[1]]
    assert open_run(vault, names[1]).draws == 2
    assert check_store(vault) == []
    everything = plan_pruning(vault, to=0)
    assert (len(everything.runs), everything.left) == (1, 0)
    prune(vault, everything)
    assert parts(tmp_path) == []


def test_draws_that_nobody_kept_are_left_alone_for_an_hour(tmp_path: Path) -> None:
    vault = Vault(tmp_path)
    shelf(vault).put({0: table(0)})
    assert plan_pruning(vault, keep=0).shelves == ()
    for path in tmp_path.rglob("*"):
        os.utime(path, (time.time() - 7200,) * 2)
    assert len(plan_pruning(vault, keep=0).shelves) == 1


@pytest.mark.parametrize(("read", "text"), [(age, "a month"), (age, "30"), (size, "five"), (size, "5 XB")])
def test_an_age_or_size_that_cannot_be_read_says_how_to_write_it(read: Any, text: str) -> None:
    with pytest.raises(UnitError, match="write for example"):
        read(text)


def _any(thing: Any) -> Any:
    return thing
