"""The store: what is put in comes out bit by bit, under what it is a draw of, and nothing is computed twice."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from handful import HandfulCorridor, handful_draw, handful_study
from hypothesis import given
from hypothesis import strategies as st
from shelved import DAYS, shelf, table

from roxham.errors import RunError, UnknownName
from roxham.lab import identity, store
from roxham.lab.bench import Table
from roxham.lab.ensemble import run_study
from roxham.lab.identity import code_files, code_hash, fingerprint, model_hash
from roxham.lab.lines import Lines
from roxham.lab.part import same
from roxham.lab.runs import list_runs, open_run, versus
from roxham.lab.shelf import Shelf
from roxham.lab.vault import Vault, default_place
from roxham.sim.amend import amendment
from roxham.sim.breakdown import Key

PACKAGE = Path(store.__file__).parents[1]


@pytest.fixture(params=["folder", "object store"])
def vault(request: pytest.FixtureRequest, tmp_path: Path) -> Vault:
    return Vault(tmp_path / "runs" if request.param == "folder" else f"memory://{tmp_path.name}")


def test_what_is_put_comes_out_bit_by_bit(vault: Vault) -> None:
    held = shelf(vault)
    assert held.held() == frozenset()
    held.put({draw: table(draw) for draw in (0, 1, 2, 5)})
    held.put({4: table(4)})
    again = shelf(Vault(vault.url))
    assert again.held() == {0, 1, 2, 4, 5}
    found = again.get(range(10))
    assert list(found) == [0, 1, 2, 4, 5]
    assert all(same(found[draw], table(draw)) for draw in found)
    assert again.damaged == again.check() == []


def test_lines_are_left_aside_where_nobody_asks_for_them(vault: Vault) -> None:
    held = shelf(vault)
    held.put({0: table(0), 1: table(1)})
    bare = held.get([1], lines=False)[1]
    assert bare.lines is None
    assert same(bare, replace(table(1), lines=None))


numbers = st.floats(allow_nan=True, width=64)
some_names = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)


def several(count: int) -> st.SearchStrategy[list[float]]:
    return st.lists(numbers, min_size=count, max_size=count)


@st.composite
def tables(draw: st.DrawFn) -> dict[int, Table]:
    months = tuple(f"{year:04d}-{month:02d}" for year in (1999, 2000) for month in range(1, 13))
    months = months[: draw(st.integers(1, 4))]
    cells = draw(st.lists(st.tuples(st.sampled_from(["heard", "wait_days_rpd", "bed_nights"]), some_names),
                          min_size=1, max_size=5, unique=True))
    means = sum(metric == "wait_days_rpd" for metric, _ in cells)
    made = {}
    for number in draw(st.sets(st.integers(0, 99_999_999), min_size=1, max_size=4)):
        keys = draw(st.lists(st.builds(Key, *[some_names] * 7), max_size=4, unique=True))
        rows = sorted(draw(st.sets(st.tuples(st.integers(0, len(keys) - 1), st.integers(0, len(months) - 1)))
                           if keys else st.just(set())))
        used = sorted({line for line, _ in rows})
        weighted = sorted(draw(st.sets(st.integers(0, len(rows) - 1)) if rows else st.just(set())))
        lines = Lines(
            tuple(keys[k] for k in used), np.array([used.index(line) for line, _ in rows], dtype=np.uint16),
            np.array([month for _, month in rows], dtype=np.uint16),
            np.array(draw(several(len(rows))), dtype=np.float64),
            np.array(weighted, dtype=np.int32),
            np.array(draw(st.lists(st.floats(0.5, 1e9), min_size=len(weighted), max_size=len(weighted)))))
        values, counts = (draw(several(n * len(months))) for n in (len(cells), means))
        made[number] = Table(
            months, tuple(cells), np.array(values).reshape(len(cells), -1),
            np.array(counts, dtype=np.float64).reshape(means, len(months)), lines if used else None)
    return made


@given(made=tables())
def test_any_table_comes_out_as_it_was_put(made: dict[int, Table], tmp_path_factory: pytest.TempPathFactory) -> None:
    held = shelf(Vault(tmp_path_factory.mktemp("store")))
    held.put(made)
    found = shelf(Vault(held.ground.url)).get(made)
    assert set(found) == set(made)
    assert all(same(found[draw], made[draw]) for draw in made)


def test_a_key_is_of_everything_that_makes_the_numbers_and_of_nothing_else(tmp_path: Path) -> None:
    vault, corridor, (as_it_was, twice, again) = Vault(tmp_path), HandfulCorridor(), handful_study().scenarios
    other = amendment(name="more", kind="capacity", service="rpd", multiply=3)
    both = [(*twice.amendments, other), (other, *twice.amendments)]

    def key(corridor: Any = corridor, scenario: Any = as_it_was, **keys: Any) -> str:
        return vault.shelf(corridor, scenario, **{"seed": 3, "model": handful_draw, **DAYS, **keys}).key

    assert key() == key(scenario=again)
    apart = [
        key(), key(scenario=twice), key(seed=4), key(from_=date(2017, 10, 1)), key(to=date(2018, 3, 31)),
        key(corridor=replace(corridor, id="other")), key(corridor=replace(corridor, hash="1" * 64)),
        key(corridor=replace(corridor, amendments=(other,))), key(model=None),
        *(key(scenario=twice.model_copy(update={"amendments": order})) for order in both),
    ]
    assert len(set(apart)) == len(apart)


def test_a_corridor_that_was_changed_in_memory_is_another(tmp_path: Path) -> None:
    import roxham

    toy = roxham.load("toy")
    assert fingerprint(toy) == fingerprint(roxham.load("toy"))
    place = next(iter(toy.world.segments.values()))
    changed = replace(toy, world=replace(toy.world, segments={
        **toy.world.segments, place.id: place.model_copy(update={"detection": place.detection / 2})}))
    assert fingerprint(changed) != fingerprint(toy)


def test_a_fingerprint_is_the_same_in_every_process() -> None:
    import roxham

    code = "import roxham; from roxham.lab.identity import fingerprint; print(fingerprint(roxham.load('toy')))"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True,
                          env={"PYTHONPATH": str(PACKAGE.parent), "PYTHONHASHSEED": "1"}).stdout
    assert told.strip() == fingerprint(roxham.load("toy"))


def test_what_cannot_be_told_apart_is_not_kept() -> None:
    with pytest.raises(RunError, match="cannot be told apart"):
        fingerprint({"stream": object()})
    unreadable: Any = eval("lambda corridor, **keys: None")
    with pytest.raises(RunError, match="run without a store"):
        model_hash(unreadable)


def imported(path: Path) -> set[Path]:
    """Files of the package that a module imports when it is loaded or run."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names: list[str] = []
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("roxham"):
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names if alias.name.startswith("roxham")]
        for name in names:
            base = PACKAGE.joinpath(*name.split(".")[1:])
            found |= {file for file in (base.with_suffix(".py"), base / "__init__.py") if file.is_file()}
    return found


def test_every_module_behind_a_draw_is_part_of_the_code_s_hash() -> None:
    begun = {PACKAGE / "sim" / "run.py", PACKAGE / "sim" / "corridor.py", PACKAGE / "lab" / "lines.py"}
    reached: set[Path] = set()
    while begun:
        path = begun.pop()
        reached.add(path)
        begun |= imported(path) - reached
    # words of errors, the public names, and how a finished run is written to disk
    elsewhere = {PACKAGE / "errors.py", PACKAGE / "__init__.py", PACKAGE / "lab" / "parquet.py"}
    assert reached - elsewhere - set(code_files()) == set()
    assert PACKAGE / "lab" / "bench.py" in code_files()


def test_other_code_has_another_hash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for file in code_files():
        copy = tmp_path / file.relative_to(PACKAGE)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(file.read_bytes())
    monkeypatch.setattr(identity, "PACKAGE", tmp_path)
    plain = identity.code_hash.__wrapped__
    assert plain() == code_hash()
    (tmp_path / "sim" / "money.py").write_bytes((tmp_path / "sim" / "money.py").read_bytes() + b"#")
    assert plain() != code_hash()


class Counting:
    """The handful's model, counted."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.draws: list[int] = []
        import handful

        def counted(corridor: Any, *, draw: int, **keys: Any) -> Any:
            self.draws.append(draw)
            return handful_draw(corridor, draw=draw, **keys)

        counted.__module__, counted.__qualname__ = handful.__name__, "handful_draw"
        self.model: Any = counted


def test_nothing_is_computed_twice(vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    study, corridor, count = handful_study(scenarios=2), HandfulCorridor(), Counting(monkeypatch)
    first = run_study(study, corridor, draws=3, seed=3, model=count.model, vault=vault)  # type: ignore[arg-type]
    assert len(count.draws) == 6
    again = run_study(study, corridor, draws=3, seed=3, model=count.model, vault=vault)  # type: ignore[arg-type]
    assert len(count.draws) == 6
    assert again.summary.to_csv() == first.summary.to_csv()
    longer = run_study(study, corridor, draws=4, seed=3, model=count.model, vault=vault)  # type: ignore[arg-type]
    assert len(count.draws) == 8
    plain = run_study(study, corridor, draws=4, seed=3, model=handful_draw)  # type: ignore[arg-type]
    assert longer.summary.to_csv() == plain.summary.to_csv()


def test_a_study_is_kept_and_opened_again(vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    study, corridor = handful_study(), HandfulCorridor()
    made: Any = handful_draw
    name = vault.keep_study(study, corridor, 3, 2, made)  # type: ignore[arg-type]
    assert vault.keep_study(study, corridor, 3, 2, made) == name  # type: ignore[arg-type]
    other = vault.keep_study(study, corridor, 4, 2, made)  # type: ignore[arg-type]
    assert other != name
    with pytest.raises(RunError, match=r"0 of 6 draws of this run are here; run the study again with seed 3"):
        open_run(vault, name)
    result = run_study(study, corridor, draws=2, seed=3, model=made, vault=vault)  # type: ignore[arg-type]
    again = Vault(vault.url)
    kept = again.study(name[:6])
    assert (kept.study, kept.seed, kept.draws, kept.case) == (study, 3, 2, "handful")
    opened = open_run(again, name)
    assert opened.summary.to_csv() == result.summary.to_csv()
    assert opened.persons_per_room == result.persons_per_room
    listed = {one.kept.id: one for one in list_runs(again)}
    assert (listed[name].held, listed[other].held, listed[name].current) == (2, 0, False)


def test_an_id_that_is_not_there_says_which_is_near(vault: Vault) -> None:
    name = vault.keep_study(handful_study(), HandfulCorridor(), 3, 2)  # type: ignore[arg-type]
    wrong = name[:-1] + ("0" if name[-1] != "0" else "1")
    with pytest.raises(UnknownName, match=f'did you mean "{name}"'):
        vault.study(wrong)
    for hostile in ("../../etc/passwd", "", "*", "zzzz"):
        with pytest.raises(UnknownName, match="no run of the store"):
            vault.study(hostile)


def test_lines_of_a_real_case_come_back(tmp_path: Path) -> None:
    import roxham
    from roxham.lab.scenario import load_study

    toy = roxham.load("toy")
    study = load_study("as-it-was", case="toy")
    vault = Vault(tmp_path)
    made = run_study(study, toy, draws=2, seed=7, vault=vault)
    name = vault.keep_study(study, toy, 7, 2)
    opened = open_run(vault, name)
    assert made.lines
    assert opened.lines.keys() == made.lines.keys()
    folders = [store.write(one, tmp_path / str(k)) for k, one in enumerate((made, opened))]
    for file in (store.SUMMARY, store.DRAWS, store.LINES):
        assert (folders[0] / file).read_bytes() == (folders[1] / file).read_bytes()
    assert list_runs(vault)[0].current


def test_two_runs_side_by_side_say_what_is_apart() -> None:
    made: Any = handful_draw
    corridor: Any = HandfulCorridor()
    one, other = (run_study(handful_study(scenarios=n), corridor, draws=2, seed=n, model=made) for n in (2, 3))
    assert versus(one, one).equal
    found = versus(one, other, ["entries_irregular", "heard"])
    assert not found.equal
    assert found.apart["seed"] == ("2", "3")
    assert found.missing == ("again",)
    assert [(row.scenario, row.metric) for row in found.rows] == [
        ("as-it-was", "entries_irregular"), ("twice", "entries_irregular")]
    assert found.rows[0].one == one.summary.row("as-it-was", "entries_irregular")["mean"]
    assert json.dumps(found.to_dict())


def test_the_usual_place_is_the_user_s_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ROXHAM_STORE", "s3://bucket/runs")
    assert default_place() == "s3://bucket/runs"
    monkeypatch.setenv("ROXHAM_STORE", "none")
    assert default_place() == "memory://roxham"
    monkeypatch.delenv("ROXHAM_STORE")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setattr(sys, "platform", "linux")
    assert default_place() == str(tmp_path / "roxham" / "runs")


def test_looking_writes_nothing(tmp_path: Path) -> None:
    vault = Vault(tmp_path / "runs")
    assert (vault.studies(), vault.keys(), shelf(vault).held(), shelf(vault).get([1])) == ((), (), frozenset(), {})
    assert list(tmp_path.iterdir()) == []
    assert isinstance(shelf(vault), Shelf)
