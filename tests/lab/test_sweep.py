"""Sweeps, grids and Latin hypercubes become scenarios with readable names in an order that stays; worlds are paired."""

from __future__ import annotations

import re
import shlex
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import roxham
from roxham.cli import main
from roxham.errors import RunError, SpecError, UnknownName
from roxham.lab.scenario import Study, load_study
from roxham.sim.amend import Names
from roxham.sim.corridor import Corridor

HEAD = """\
name: mine
title: {en: Mine, fr: Le mien}
from: 2030-01-01
to: 2030-03-31
scenarios: [as-it-was, more-hearings, road-closed]
"""
ROOMS = "{amendment: second hearing room, key: multiply, values: [1.5, 2, 3]}"
DAYS = "{name: day, amendment: second hearing room, key: from, values: [2030-02-01, 2030-03-01]}"


@pytest.fixture(scope="module")
def toy() -> Corridor:
    return roxham.load("toy")


def study(folder: Path, *parts: str, head: str = HEAD) -> Path:
    path = folder / "mine.study.yaml"
    path.write_text(head + "".join(parts), encoding="utf-8")
    return path


def sweep(*items: str, how: str = "", key: str = "sweep") -> str:
    return f"{key}:\n{how}  of:\n" + "".join(f"    - {item}\n" for item in items)


def loaded(folder: Path, *parts: str, head: str = HEAD) -> Study:
    return load_study(study(folder, *parts, head=head), case="toy", names=known())


@cache
def known() -> Names:
    return roxham.load("toy").names()


def names(made: Study) -> list[str]:
    return [one.name for one in made.scenarios]


LATIN = "  method: latin\n  samples: 5\n  seed: 3\n"


# Names and order.


def test_a_grid_has_every_combination_the_last_varies_fastest(tmp_path: Path) -> None:
    made = loaded(tmp_path, sweep(ROOMS, DAYS))
    assert names(made) == [
        "as-it-was",
        *(f"more-hearings-multiply-{rooms}-day-2030-0{month}-01" for rooms in ("1.5", "2", "3") for month in (2, 3)),
        "road-closed",
    ]
    change = made.scenarios[2].amendments[0].to_dict()
    assert (change["multiply"], change["from"], change["service"]) == (1.5, "2030-03-01", "rpd")
    assert made.scenarios[1].title.fr.endswith("(multiply 1,5; day 2030-02-01)")
    assert made.scenarios[1].title.en.endswith("(multiply 1.5; day 2030-02-01)")
    assert load_study(tmp_path / "mine.study.yaml", case="toy") == made


def test_one_at_a_time_leaves_the_others_as_they_are(tmp_path: Path) -> None:
    made = loaded(tmp_path, sweep(ROOMS, DAYS, how="  method: one\n"))
    assert len(made.scenarios) == 2 + 3 + 2
    changes = [one.amendments[0].to_dict() for one in made.scenarios[1:6]]
    assert [(one["multiply"], one["from"]) for one in changes] == [
        (1.5, "2030-07-01"), (2, "2030-07-01"), (3, "2030-07-01"), (2, "2030-02-01"), (2, "2030-03-01")]  # fmt: skip


def test_a_number_is_varied_in_all_but_the_baseline(tmp_path: Path) -> None:
    made = loaded(tmp_path, sweep("{number: b_heard, low: 1, high: 3, steps: 3}"))
    assert names(made) == ["as-it-was", *(f"{name}-b-heard-{k}" for name in ("more-hearings", "road-closed")
                                          for k in (1, 2, 3))]  # fmt: skip
    last = made.scenarios[-1].amendments[-1].to_dict()
    assert (last["number"], last["set"]) == ("b_heard", "3 utility")


def test_a_study_of_the_baseline_alone_varies_it(tmp_path: Path) -> None:
    head = HEAD.replace(", more-hearings, road-closed", "")
    item = "{name: hearing, number: costs.items.hearing, values: [1000, 4000 CRN2030]}"
    made = loaded(tmp_path, sweep(item), head=head)
    assert names(made) == ["as-it-was", "as-it-was-hearing-1000", "as-it-was-hearing-4000-crn2030"]
    assert made.scenarios[1].title.fr == "Tel que ce fut (hearing 1000 CRN2030)"


def test_scenarios_may_be_named(tmp_path: Path) -> None:
    item = "{number: b_heard, key: multiply, values: [0.5]}"
    made = loaded(tmp_path, sweep(item, how="  scenarios: [road-closed]\n"))
    assert names(made) == ["as-it-was", "more-hearings", "road-closed-b-heard-0.5"]
    assert made.scenarios[2].amendments[-1].to_dict()["multiply"] == 0.5


def test_negative_values_and_units_are_read(tmp_path: Path) -> None:
    beds = "name: beds\ntitle: {en: B, fr: L}\namendments: [{name: more, kind: beds, place: all, add: 5 beds}]\n"
    (tmp_path / "beds.yaml").write_text(beds, encoding="utf-8")
    head = HEAD.replace("road-closed", "beds")
    made = loaded(tmp_path, sweep("{amendment: more, key: add, values: [-20, 40]}"), head=head)
    assert names(made)[-2:] == ["beds-add-minus-20", "beds-add-40"]
    assert [one.amendments[0].to_dict()["add"] for one in made.scenarios[-2:]] == ["-20 beds", "40 beds"]


def test_long_names_become_numbers(tmp_path: Path) -> None:
    items = [f"{{name: a-rather-long-name-{k}, number: {number}, values: [1, 2]}}"
             for k, number in enumerate(["b_heard", "b_cost", "b_time", "b_risk"])]  # fmt: skip
    made = loaded(tmp_path, sweep(*items))
    assert names(made)[1] == "more-hearings-01"
    assert len(set(names(made))) == 1 + 2 * 16


# Latin hypercubes.


def test_a_latin_hypercube_uses_each_part_of_each_range_once(tmp_path: Path) -> None:
    items = ["{number: b_heard, range: case}", "{number: costs.items.hearing, low: 1000, high: 4000, scale: log}"]
    made = loaded(tmp_path, sweep(*items, how=LATIN.replace("5", "8") + "  scenarios: [road-closed]\n"))
    numbers = roxham.load("toy").numbers
    points = np.array([[numbers[change.number].read(change.set) for change in one.amendments[1:]]
                       for one in made.scenarios[2:]])  # fmt: skip
    assert points.shape == (8, 2)
    low, high = numbers["b_heard"].low, numbers["b_heard"].high
    assert sorted(((points[:, 0] - low) / (high - low) * 8).astype(int)) == list(range(8))
    assert sorted((np.log(points[:, 1] / 1000) / np.log(4) * 8).astype(int)) == list(range(8))
    assert names(made)[2] == "road-closed-1"


def test_its_seed_makes_the_samples_and_nothing_else_does(tmp_path: Path) -> None:
    item = "{number: b_heard, range: case}"
    first, again = (loaded(tmp_path, sweep(item, how=LATIN)) for _ in range(2))
    other = loaded(tmp_path, sweep(item, how=LATIN.replace("seed: 3", "seed: 4")))
    assert first == again
    assert first != other
    assert names(first) == names(other)


def test_listed_values_of_a_latin_hypercube_come_equally_often(tmp_path: Path) -> None:
    made = loaded(tmp_path, sweep(ROOMS, how=LATIN.replace("samples: 5", "samples: 9")))
    held = [one.amendments[0].to_dict()["multiply"] for one in made.scenarios[1:10]]
    assert sorted(held) == [1.5] * 3 + [2] * 3 + [3] * 3


# Worlds.


def test_every_scenario_is_run_in_every_world_and_compared_there(tmp_path: Path, toy: Corridor) -> None:
    worlds = sweep("{name: hearing, number: costs.items.hearing, values: [1000, 4000]}", key="worlds")
    made = loaded(tmp_path, worlds, head=HEAD.replace("03-31", "08-31"))
    assert names(made) == [name + world for world in ("", "-w1", "-w2")
                           for name in ("as-it-was", "more-hearings", "road-closed")]  # fmt: skip
    assert [made.beside(one).name for one in made.scenarios] == [
        name for world in ("", "-w1", "-w2") for name in [f"as-it-was{world}"] * 3]
    assert made.scenarios[4].setting is not None
    assert (made.scenarios[4].option, made.scenarios[4].world) == ("more-hearings", "w1")
    assert made.scenarios[4].setting.values == {"hearing": "1000 CRN2030"}
    result = roxham.run(made, toy, draws=2, seed=7)
    cheap, dear = (result.summary.row(f"more-hearings-{w}", "cost_federal") for w in ("w1", "w2"))
    assert result.summary.row("as-it-was-w2", "cost_federal")["diff_mean"] == 0
    assert 0 < cheap["diff_mean"] < dear["diff_mean"]
    both = [result.by_draw(f"{name}-w2", "cost_federal") for name in ("more-hearings", "as-it-was")]
    assert dear["diff_mean"] == pytest.approx((both[0] - both[1]).mean())


def test_a_sweep_and_worlds_go_together_and_are_kept_with_a_result(tmp_path: Path, toy: Corridor) -> None:
    from roxham.lab import store

    worlds = sweep("{number: b_heard, range: case}", how=LATIN.replace("5", "2"), key="worlds")
    made = loaded(tmp_path, sweep(ROOMS), worlds, head=HEAD.replace("03-31", "01-31"))
    assert len(made.scenarios) == 5 * 3
    folder = store.write(roxham.run(made, toy, draws=1, seed=7), tmp_path / "out")
    assert store.read(folder).study == made


def test_a_swept_scenario_gives_what_it_gives_when_written_out(tmp_path: Path, toy: Corridor) -> None:
    text = "name: more-hearings-multiply-3\ntitle: {en: E, fr: F}\namendments:\n  - {name: second hearing room, kind: capacity, service: rpd, multiply: 3, from: 2030-07-01}\n"  # noqa: E501
    (tmp_path / "by-hand.yaml").write_text(text, encoding="utf-8")
    swept = loaded(tmp_path, sweep(ROOMS)).scenarios[3]
    by_hand = load_study(tmp_path / "by-hand.yaml", case="toy").scenarios[1]
    assert swept.name == by_hand.name
    assert swept.hash == by_hand.hash


# What is wrong is told with its place.


@pytest.mark.parametrize(
    ("part", "said"),
    [
        (sweep("{number: b_herd, values: [1]}"), r'8:16: "b_herd" is not a number .*did you mean "b_heard"'),
        (sweep("{amendment: secnd hearing room, key: multiply, values: [1]}"),
         r'8:19: no scenario has an amendment .*did you mean "second hearing room"'),
        (sweep("{amendment: second hearing room, key: multply, values: [1]}"),
         r'8:45: the amendment .* has no key "multply".*did you mean "multiply"'),
        (sweep("{number: costs.items.hearing, values: [-3]}"), r"8:45: costs.items.hearing cannot be -3"),
        (sweep("{number: costs.items.hearing, values: [3 CAD2030]}"), r"8:45: .* is in CAD2030, but"),
        (sweep("{number: b_heard, values: [1], low: 2, high: 3}"), "8:7: .*exactly one of 'values'"),
        (sweep("{number: b_heard, low: 2}"), "8:7: .*'low' and 'high' go together"),
        (sweep("{number: b_heard, low: 3, high: 2, steps: 2}"), "8:7: .*must lie below"),
        (sweep("{number: b_heard, low: 0, high: 2}"), "how many values lie from low to high"),
        (sweep("{number: b_heard, low: 0, high: 2, steps: 3, scale: log}"), "above zero"),
        (sweep("{number: reception.transfer.to.hill_hotel, range: case, steps: 2}"), "the case gives no range"),
        (sweep("{key: set, values: [1]}"), "give either 'amendment'"),
        (sweep("{number: b_heard, values: []}"), "values"),
        (sweep("{number: b_heard, values: [1e999]}"), "finite number|infinity|not a number"),
        (sweep("{number: b_heard, low: 1, high: .nan, steps: 2}"), "finite number"),
        (sweep("{number: b_heard, low: 1, high: 2, steps: 100000}"), "less than or equal to 1000"),
        (sweep(ROOMS, ROOMS), 'two items are called "multiply"'),
        (sweep(ROOMS, how="  method: latin\n"), "needs 'samples' and its 'seed'"),
        (sweep(ROOMS, how="  seed: 3\n"), "belong to 'method: latin'"),
        (sweep(ROOMS, how="  scenarios: [nobody]\n"), '"nobody" is not a scenario of this study'),
        (sweep(ROOMS, how="  method: grids\n"), 'did you mean "grid"'),
        (sweep(ROOMS, key="worlds"), "varies numbers, not amendments"),
        (sweep(*[f"{{name: n{k}, number: b_heard, low: 1, high: 2, steps: 1000}}" for k in range(15)]),
         "make 2,000,000,000,000,000,000,000,000,000,000,000,000,000,000,003, and a study has at most 1,000"),
        (sweep("{name: ../../x, number: b_heard, values: [1]}"), "name"),
    ],
)
def test_what_is_wrong_with_a_sweep_is_told(tmp_path: Path, part: str, said: str) -> None:
    with pytest.raises(SpecError, match=said) as error:
        loaded(tmp_path, part)
    assert error.value.problems[0].line is not None
    if "b_herd" in part or "secnd" in part:
        assert isinstance(error.value, UnknownName)


def test_the_text_of_values_ends_no_name_as_a_path(tmp_path: Path) -> None:
    item = "{amendment: second hearing room, key: from, values: ['../../2030-02-01']}"
    with pytest.raises(SpecError, match="is not a date"):
        loaded(tmp_path, sweep(item))


# What a study takes is reckoned before it is run.


def test_a_study_that_is_too_large_is_refused_before_it_is_run(
    toy: Corridor, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = load_study("tutorial", case="toy")
    monkeypatch.setenv("ROXHAM_MEMORY", "20 MB")
    with pytest.raises(RunError, match=r"3 scenarios of 100,000 draws over 12 months take about .* GB") as error:
        roxham.run(made, toy, draws=100_000, model=_never)
    assert "ROXHAM_MEMORY=" in str(error.value)


def _never(*_: Any, **__: Any) -> Any:
    raise AssertionError("a draw was made")


@pytest.mark.parametrize(
    ("told", "limit"), [("16GB", 16e9), ("500 mb", 5e8), ("1.5 T", 1.5e12), ("123456", 123456), ("2kB", 2000)]
)
def test_the_limit_is_read(told: str, limit: float, monkeypatch: pytest.MonkeyPatch) -> None:
    from roxham.lab.limits import memory_limit

    monkeypatch.setenv("ROXHAM_MEMORY", told)
    assert memory_limit() == limit


@pytest.mark.parametrize("told", ["much", "-3GB", "0", "1e9", "9" * 99, "inf", "nan"])
def test_no_limit_is_read_from_what_is_none(told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from roxham.lab.limits import memory_limit

    monkeypatch.setenv("ROXHAM_MEMORY", told)
    with pytest.raises(RunError, match="ROXHAM_MEMORY"):
        memory_limit()


def test_without_a_word_the_limit_is_that_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    from roxham.lab import limits

    monkeypatch.delenv("ROXHAM_MEMORY", raising=False)
    assert 1e8 < limits.memory_limit() <= limits.SHARE * limits._machine()


# The page.

PAGE = Path(__file__).resolve().parents[2] / "docs" / "do" / "sweep.md"


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the files of the page, each named by its own name."""
    folder = tmp_path_factory.mktemp("page")
    for text in re.findall(r"^```yaml\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.M | re.S):
        ending = ".study.yaml" if "scenarios:" in text else ".yaml"
        (folder / f"{re.findall('name: (.*)', text)[0]}{ending}").write_text(text, encoding="utf-8")
    return folder


def call(*arguments: str) -> int:
    with pytest.raises(SystemExit) as left:
        main(list(arguments))
    return int(left.value.code or 0)


def test_the_commands_of_the_page_run(
    page: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(page)
    blocks = re.findall(r"^```console\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.M | re.S)
    commands = [shlex.split(line)[1:] for line in "".join(blocks).splitlines()]
    assert len(commands) == 5
    for arguments in commands:
        jobs = ["--jobs", "1"] if arguments[0] in ("run", "compare") else []
        assert call(*arguments, *jobs) == 0, arguments
    said = capsys.readouterr().out
    assert "8 worlds: 4 samples" in said and "8 mondes" in said
    assert (page / "wait.png").stat().st_size > 10_000


def test_the_scenarios_of_the_page_load_and_its_clash_is_told_as_it_says(
    page: Path, toy: Corridor, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(page)
    made = load_study("dear-hearings.yaml", case="toy", names=toy.names())
    changed = toy.amend(made.scenarios[1].amendments)
    assert changed.reception.places["mill_hall"].stay_days.value == 14
    assert call("run", "clash.yaml", "--case", "toy") == 2
    (told,) = re.findall(r"^```text\n(.*?)\n```", PAGE.read_text(encoding="utf-8"), re.M | re.S)
    assert told in capsys.readouterr().err
