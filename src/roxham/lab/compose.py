"""Scenarios that build on others: their amendments in order, each file once, and what conflicts told with its place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from roxham._files import leads_out
from roxham._yaml import Row, parse
from roxham.errors import Problem, SpecError, UnknownName, did_you_mean, raise_problems
from roxham.lab.conflict import conflicts
from roxham.lab.design import Scenario
from roxham.sim.amend import Amendment, Names, most_narrow, unknown_names, wrong_numbers
from roxham.spec import check_data, read_text

__all__ = ["Finder", "load_composed", "place_in_list"]

STUDY_ENDING = ".study.yaml"
MAX_LAYERS = 10  # scenarios that build on scenarios that build on scenarios: judgement


@dataclass(frozen=True)
class Finder:
    """Where the scenarios that a file names may stand: beside it, then in the case; never anywhere else."""

    folders: tuple[Path, ...]

    def find(self, name: str, file: Path, key: str, position: int) -> Path:
        """Return the file of a scenario that a file names in one of its lists.

        Raises SpecError when the name leads out of the folders, UnknownName with the nearest name otherwise.
        """
        found = None
        for folder in self.folders:
            ending = "" if is_file_name(name) else ".yaml"
            if leads_out(name, folder) or leads_out(f"{name}{ending}", folder):
                said = f'"{name[:80]}" leads out of the folder; name scenarios beside this file or in the case'
                raise SpecError(place_in_list(file, key, position, said))
            path = folder / f"{name}{ending}"
            if path.is_file() and found is None:
                found = path
        if found is None:
            hint = did_you_mean(name, [one for folder in self.folders for one in scenarios_in(folder)])
            said = f'"{name[:80]}" is not a scenario here or in the case'
            raise UnknownName(place_in_list(file, key, position, said, hint))
        return found


def is_file_name(name: str) -> bool:
    """Say whether a name is meant as that of a file."""
    return name.endswith((".yaml", ".yml")) or "/" in name or "\\" in name


def scenarios_in(folder: Path) -> tuple[str, ...]:
    """Names of the scenarios that stand in a folder."""
    return tuple(sorted(path.stem for path in folder.glob("*.yaml") if not path.name.endswith(STUDY_ENDING)))


def place_in_list(file: Path, key: str, position: int, message: str, hint: str | None = None) -> Problem:
    """Return a problem at the place of one entry of a list in a file."""
    listed = parse(read_text(file), str(file)).get(key)
    where = getattr(listed, "where", None)
    line, column = where.values.get(str(position), (None, None)) if where is not None else (None, None)
    return Problem(message, str(file), line, column, hint)


@dataclass
class _Build:
    """The amendments gathered so far, the files that they came from, and what is wrong."""

    amendments: list[Amendment] = field(default_factory=list)
    seen: set[Path] = field(default_factory=set)
    problems: list[Problem] = field(default_factory=list)
    kinds: list[type[SpecError]] = field(default_factory=list)

    def note(self, error: SpecError) -> None:
        self.problems += error.problems
        self.kinds.append(type(error))


def load_composed(path: Path, finder: Finder, names: Names | None) -> Scenario:
    """Load a scenario with the amendments of those that it extends in front of its own.

    Raises SpecError (UnknownName when only names are wrong) with every problem of all files, conflicts included.
    """
    build = _Build()
    scenario = _add(path, finder, names, build, ())
    raise_problems(dict.fromkeys(build.problems), most_narrow(build.kinds))
    if scenario is None:
        raise SpecError(Problem("the scenario could not be read", str(path)))
    if not scenario.extends:
        return scenario
    made = scenario.model_copy(update={"amendments": tuple(build.amendments), "extends": ()})
    made.__dict__["_where"] = scenario.__dict__.get("_where")
    return made


def _add(
    path: Path, finder: Finder, names: Names | None, build: _Build, above: Sequence[Path], wins: bool = False
) -> Scenario | None:
    """Add the amendments of a file and of those that it extends, in order; the word of those above it counts too."""
    try:
        scenario = _load_one(path, names)
    except SpecError as error:
        build.note(error)
        return None
    build.seen.add(path.resolve())
    wins = wins or scenario.later_wins
    for position, name in enumerate(scenario.extends):
        try:
            parent = finder.find(name, path, "extends", position)
        except SpecError as error:
            build.note(error)
            continue
        if parent.resolve() in (one.resolve() for one in (*above, path)):
            said = f'"{name}" extends this scenario already: scenarios cannot stand on themselves'
            build.note(SpecError(place_in_list(path, "extends", position, said)))
        elif len(above) >= MAX_LAYERS:
            said = f"scenarios are built on one another more than {MAX_LAYERS} deep"
            build.note(SpecError(place_in_list(path, "extends", position, said)))
        elif parent.resolve() not in build.seen:
            _add(parent, finder, names, build, (*above, path), wins)
    _join(scenario, build, wins=wins)
    return scenario


def _join(scenario: Scenario, build: _Build, *, wins: bool) -> None:
    found = conflicts(scenario.amendments, build.amendments)
    build.amendments += scenario.amendments
    if found and not wins:
        build.note(SpecError([conflict.problem() for conflict in found]))


def _load_one(path: Path, names: Names | None) -> Scenario:
    """Load one file; with names, check every name and number that its amendments use."""
    data = parse(read_text(path), str(path))
    found = list(_name_problems(path, data, names)) if names is not None else []
    problems, kinds = [problem for problem, _ in found], [kind for _, kind in found]
    try:
        scenario = check_data(data, Scenario, file=str(path))
    except SpecError as error:
        every = sorted([*error.problems, *problems], key=lambda one: (one.line or 0, one.column or 0))
        raise SpecError(every) from None
    raise_problems(problems, most_narrow(kinds))
    return scenario


def _name_problems(path: Path, data: Any, names: Names) -> Iterator[tuple[Problem, type[SpecError]]]:
    amendments = data.get("amendments") if isinstance(data, Row) else None
    for row in amendments if isinstance(amendments, list) else []:
        if not isinstance(row, Row) or row.where is None:
            continue
        for kind, check in ((UnknownName, unknown_names), (SpecError, wrong_numbers)):
            for key, message, hint in check(row, names):
                line, column = row.where.values.get(key, (row.where.line, row.where.column))
                yield Problem(f'amendment "{row.get("name", "")}": {message}', str(path), line, column, hint), kind


def load_all(
    paths: Iterable[Path], finder: Finder, names: Names | None, before: Sequence[SpecError] = ()
) -> list[Scenario]:
    """Load scenarios in order and tell the problems of all of them at once, after those found before."""
    errors, scenarios = list(before), []
    for path in paths:
        try:
            scenarios.append(load_composed(path, finder, names))
        except SpecError as error:
            errors.append(error)
    problems = dict.fromkeys(problem for error in errors for problem in error.problems)
    raise_problems(problems, most_narrow(type(error) for error in errors))
    return scenarios
