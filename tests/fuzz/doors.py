"""The doors through which files of others come in: each reads one file of a kind, and may only raise a RoxhamError."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import seeds

Read = Callable[[Path, "Room"], object]


@dataclass(frozen=True)
class Room:
    """A folder in which files are read, with what stands beside them; nothing outside it may be written."""

    root: Path

    @classmethod
    def furnish(cls, root: Path) -> Room:
        """Put in place what the files that are fuzzed refer to."""
        from roxham.sim.corridor import cases

        for name, text in seeds.BESIDE.items():
            _put(root / "study" / name, text)
        for name, text in seeds.WALK.items():
            counted = name in ("data_layout.csv", "refugees.csv", "c.csv")
            folder = "source_data" if counted else "." if name.endswith(".yml") else "input_csv"
            _put(root / "walk" / folder / name, text)
        shutil.copytree(cases()["toy"], root / "case")
        (root / "case" / "evidence").mkdir()
        for name, text in seeds.HELD.items():
            _put(root / "held" / name, text)
        return cls(root)


@dataclass(frozen=True)
class Door:
    """One kind of file: valid ones to begin with, how its name ends, what reads it, and how many of each hundred."""

    seeds: tuple[bytes, ...]
    ending: str
    read: Read
    weight: float


def _put(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


@cache
def names() -> Any:
    from roxham.sim.corridor import load

    return load("toy").names()


@cache
def _toy() -> Any:
    from roxham.sim.corridor import load

    return load("toy")


@cache
def _book() -> Any:
    from roxham.law import load_law
    from roxham.sim.corridor import cases

    return load_law(cases()["canada_us"] / "law")


def _scenario(path: Path, _room: Room) -> object:
    from roxham.lab.scenario import load_scenario, range_notes

    scenario = load_scenario(path, case="toy", names=names())
    return range_notes([scenario], names()), _toy().amend(scenario.amendments)


def _study(path: Path, _room: Room) -> object:
    from roxham.lab.scenario import load_study

    return load_study(path, case="toy", names=names())


def _person(path: Path, _room: Room) -> object:
    from roxham.law.explain import explain
    from roxham.law.person import person_from_yaml

    person = person_from_yaml(path)
    return explain(_book(), person.facts, person.readings).text("fr")


def _expect(path: Path, _room: Room) -> object:
    from roxham.law.expect import disagreements, read_vignettes

    _, people = read_vignettes(path, _book())
    return disagreements(_book(), people)


def _families(path: Path, _room: Room) -> object:
    from roxham.sim.placement.read import read_families

    return read_families(path, date(2030, 3, 10), ("harbour", "mill", "hills"))


def _sites(path: Path, _room: Room) -> object:
    from roxham.sim.placement.read import read_places

    return read_places(path)


def _expected(path: Path, _room: Room) -> object:
    from roxham.sim.placement.read import read_forecast

    return read_forecast(path)


def _evidence(path: Path, room: Room) -> object:
    from roxham.evidence.vintage import add_series

    folder = room.root / "case" / "evidence"
    for old in folder.iterdir():
        old.unlink()
    (folder / "series.yaml").write_text(seeds.HELD["evidence/series.yaml"], encoding="utf-8")
    (folder / "releases.csv").write_text("table,period,province,released,source_url,note\n", encoding="utf-8")
    told = {"unit": "beds", "kind": "stock", "title": ("A", "B"), "definition": "x"}
    return add_series(room.root / "case", path, name="added", **told)


def _table(path: Path, room: Room) -> object:
    """Read an evidence table that stands in a case already, as a series and as a part of the ledger."""
    from roxham.evidence.ledger import ledger
    from roxham.evidence.series import load_series

    folder = room.root / "held"
    (folder / "evidence" / "mine.csv").write_bytes(path.read_bytes())
    return load_series(folder, "mine"), ledger(folder)


def _releases(path: Path, room: Room) -> object:
    from roxham.evidence.series import load_series

    folder = room.root / "held"
    target = folder / "evidence" / "releases.csv"
    before = target.read_bytes()
    try:
        target.write_bytes(path.read_bytes())
        return load_series(folder, "mine")
    finally:
        target.write_bytes(before)


def _registry(path: Path, room: Room) -> object:
    from roxham.evidence.series import list_series, load_series

    folder = room.root / "held"
    target = folder / "evidence" / "series.yaml"
    before = target.read_bytes()
    try:
        target.write_bytes(path.read_bytes())
        return [load_series(folder, name) for name in list_series(folder)]
    finally:
        target.write_bytes(before)


def _manifest(path: Path, room: Room) -> object:
    from roxham.lab.store import read_study

    (room.root / "run").mkdir(exist_ok=True)
    (room.root / "run" / "manifest.json").write_bytes(path.read_bytes())
    return read_study(room.root / "run")


def _hub(path: Path, room: Room) -> object:
    from roxham.forecast.hub import read_archive

    (room.root / "kept" / "team-model").mkdir(parents=True, exist_ok=True)
    (room.root / "kept" / "team-model" / "x.csv").write_bytes(path.read_bytes())
    return read_archive(room.root / "kept")


def _geojson(path: Path, _room: Room) -> object:
    from roxham._map import read_geojson

    return read_geojson(path)


def _people(kind: str) -> Read:
    def read(path: Path, _room: Room) -> object:
        from roxham.sim import case
        from roxham.spec import load_csv

        rows = {"groups": case.GroupRow, "shares": case.ShareRow, "families": case.FamilyRow, "ties": case.TieRow,
                "acceptance": case.OutcomeRow}  # fmt: skip
        return load_csv(path, rows[kind])

    return read


def _part(kind: str) -> Read:
    def read(path: Path, _room: Room) -> object:
        from roxham.sim import case
        from roxham.spec import load_yaml

        kinds: Mapping[str, Any] = {
            "parameters": dict[str, case.Parameter], "services": dict[str, case.ServiceSpec],
            "desk": dict[str, case.ServiceSpec], "costs": case.CostSpec, "case": case.CaseInfo}  # fmt: skip
        return load_yaml(path, kinds[kind])

    return read


def _case(name: str) -> Read:
    """Read a whole case with one of its files as given."""

    def read(path: Path, room: Room) -> object:
        from roxham.sim.corridor import load

        target = room.root / "case" / name
        before = target.read_bytes()
        try:
            target.write_bytes(path.read_bytes())
            return load(room.root / "case")
        finally:
            target.write_bytes(before)

    return read


def _walk(name: str) -> Read:
    """Read a folder of a walk with one of its files as given."""

    def read(path: Path, room: Room) -> object:
        from roxham.walk.read import survey

        (target,) = (room.root / "walk").rglob(name)
        before = target.read_bytes()
        try:
            target.write_bytes(path.read_bytes())
            folder, faults = survey(room.root / "walk")
            return folder, [str(one) for one in faults.listed()]
        finally:
            target.write_bytes(before)

    return read


def _texts(given: Mapping[str, str] | tuple[str, ...]) -> tuple[bytes, ...]:
    return tuple(text.encode() for text in (given.values() if isinstance(given, Mapping) else given))


CASE_FILES = ("case.yaml", "choice.yaml", "procedure.yaml", "people/shares.csv", "people/families.csv",
              "map/segments.csv", "map/places.csv", "map/climate.csv", "law/law.yaml", "reception.yaml",
              "calibration/main/parameters.csv")  # fmt: skip


@cache
def doors() -> dict[str, Door]:
    """All doors by name."""
    from roxham.sim.corridor import cases

    toy = cases()["toy"]
    found = {
        "scenario": Door(_texts(seeds.SCENARIOS), ".yaml", _scenario, 6),
        "study": Door(_texts(seeds.STUDIES), ".study.yaml", _study, 1.5),
        "person": Door(_texts(seeds.PERSONS), ".yaml", _person, 3),
        "expect": Door((seeds.EXPECT.encode(),), ".yaml", _expect, 0.5),
        "families": Door(_texts(seeds.FAMILIES), ".csv", _families, 26),
        "places": Door(_texts(seeds.SITES), ".csv", _sites, 24),
        "expected": Door(_texts(seeds.EXPECTED), ".csv", _expected, 14),
        "evidence": Door(_texts(seeds.EVIDENCE), ".csv", _evidence, 4),
        "table": Door((seeds.HELD["evidence/mine.csv"].encode(),), ".csv", _table, 3),
        "releases": Door((seeds.HELD["evidence/releases.csv"].encode(),), ".csv", _releases, 2),
        "registry": Door((seeds.HELD["evidence/series.yaml"].encode(),), ".yaml", _registry, 0.7),
        "hub": Door((seeds.hub().encode(),), ".csv", _hub, 2),
        "geojson": Door((seeds.GEOJSON.encode(),), ".json", _geojson, 3),
        "manifest": Door((seeds.MANIFEST.encode(),), ".json", _manifest, 10),
    }
    for kind, text in seeds.PEOPLE.items():
        found[f"people-{kind}"] = Door((text.encode(),), ".csv", _people(kind), 6)
    for kind, text in seeds.PARTS.items():
        found[f"part-{kind}"] = Door((text.encode(),), ".yaml", _part(kind), 0.8)
    for name, text in seeds.WALK.items():
        found[f"walk-{name.split('.')[0]}"] = Door((text.encode(),), Path(name).suffix, _walk(name), 1.2)
    for name in CASE_FILES:
        if (toy / name).is_file():
            label = f"case-{Path(name).stem.replace('_', '-')}"
            found[label] = Door(((toy / name).read_bytes(),), Path(name).suffix, _case(name), 0.01)
    return found
