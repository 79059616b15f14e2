"""Scenarios and studies: YAML that names what changes, and the loading of it with every problem told at once.

A scenario is an ordered list of amendments with a title in two languages and the reason for asking; it may build on
others. A study names scenarios in order; the first is the baseline that the others are compared with. A study may vary
numbers over a sweep, and run all scenarios in several worlds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from roxham._yaml import Row, parse
from roxham.errors import Problem, SpecError, UnknownName, did_you_mean, raise_problems
from roxham.lab.compose import (
    STUDY_ENDING,
    Finder,
    is_file_name,
    load_all,
    load_composed,
    place_in_list,
    scenarios_in,
)
from roxham.lab.design import NAME, Scenario, StudyFile, check_days
from roxham.lab.sweep import expand
from roxham.sim.amend import Names, most_narrow, unknown_names, wrong_numbers
from roxham.sim.case import Words
from roxham.sim.corridor import cases, load
from roxham.spec import load_yaml, problem_at, read_text

__all__ = [
    "NAME",
    "STUDY_ENDING",
    "Scenario",
    "Study",
    "StudyFile",
    "case_folder",
    "check_names",
    "list_scenarios",
    "list_studies",
    "load_pair",
    "load_scenario",
    "load_study",
    "range_notes",
]


@dataclass(frozen=True)
class Study:
    """Scenarios to be run side by side between two days; the first is the baseline."""

    name: str
    title: Words
    scenarios: tuple[Scenario, ...]
    from_: date
    to: date
    why: str = ""

    def __post_init__(self) -> None:
        check_days(self.from_, self.to)
        names = [scenario.name for scenario in self.scenarios]
        twice = sorted({name for name in names if names.count(name) > 1})
        if not names or twice:
            said = f'the scenario "{twice[0]}" stands twice' if twice else "a study needs at least one scenario"
            raise SpecError(f"{said} (study {self.name})")

    @property
    def baseline(self) -> Scenario:
        """The scenario that the others are compared with."""
        return self.scenarios[0]

    def beside(self, scenario: Scenario) -> Scenario:
        """The scenario that one is compared with: the baseline in its own world."""
        if not scenario.world:
            return self.baseline
        same = [one for one in self.scenarios if one.world == scenario.world and one.option == self.baseline.option]
        return same[0] if same else self.baseline

    def scenario(self, name: str) -> Scenario:
        """Return one scenario by name; raise UnknownName with the nearest name otherwise."""
        for scenario in self.scenarios:
            if scenario.name == name:
                return scenario
        known = [scenario.name for scenario in self.scenarios]
        hint = did_you_mean(name, known)
        raise UnknownName(Problem(f'"{name}" is not a scenario of the study {self.name}', hint=hint))

    def between(self, from_: date | None = None, to: date | None = None) -> Study:
        """Return the same study over other days."""
        return replace(self, from_=from_ or self.from_, to=to or self.to)


def load_study(study: str | Path, *, case: str | Path = "canada_us", names: Names | None = None) -> Study:
    """Load a study by its name in a case, or from a YAML file.

    The name or file of a single scenario gives a study of that scenario beside the case's baseline. With
    ``names`` (``corridor.names()``) every name used in an amendment is checked too.

    Raises SpecError or UnknownName with every problem of all files at once.

    >>> study = load_study("roxham-road")
    >>> study.baseline.name, len(study.scenarios), study.from_.isoformat()
    ('as-it-was', 12, '2017-01-01')
    """
    folder = case_folder(case) / "scenarios"
    path = _find(str(study), folder)
    if path.name.endswith(STUDY_ENDING) or _looks_like_study(path):
        return _resolve(load_yaml(path, StudyFile), path, folder, names)
    scenario = load_composed(path, Finder((path.parent, folder)), names)
    flagship = _resolve(*_flagship(folder), folder, names)
    beside = (flagship.baseline,) if scenario.name != flagship.baseline.name else ()
    return replace(flagship, name=scenario.name, title=scenario.title, why=scenario.why, scenarios=(*beside, scenario))


def load_pair(
    first: str | Path, second: str | Path, *, case: str | Path = "canada_us", names: Names | None = None
) -> Study:
    """Load two scenarios (names in the case, or files) as a study in which the first is the baseline.

    >>> [scenario.name for scenario in load_pair("protocol-never", "no-agreement").scenarios]
    ['protocol-never', 'no-agreement']
    """
    folder = case_folder(case) / "scenarios"
    errors: list[SpecError] = []
    scenarios = []
    for path in [_find(str(one), folder, studies=False) for one in (first, second)]:
        try:
            scenarios.append(load_composed(path, Finder((path.parent, folder)), names))
        except SpecError as error:
            errors.append(error)
    raise_problems((one for error in errors for one in error.problems), most_narrow(type(error) for error in errors))
    flagship, _ = _flagship(folder)
    title = Words(
        en=f"{scenarios[1].title.en} beside {scenarios[0].title.en}",
        fr=f"{scenarios[1].title.fr} à côté de {scenarios[0].title.fr}",
    )
    name = f"{scenarios[0].name}-{scenarios[1].name}"
    return Study(name, title, tuple(scenarios), flagship.from_, flagship.to)


def load_scenario(path: str | Path, *, case: str | Path | None = None, names: Names | None = None) -> Scenario:
    """Load one scenario file, with the amendments of those that it extends in front of its own.

    They stand beside it or in the case. With ``names``, every name and number that its amendments use is checked.
    Raises SpecError (UnknownName when only names are wrong) with every problem, each with line and suggestion;
    amendments that set the same thing on the same days are a problem too, unless the scenario says `later_wins`.
    """
    folders = () if case is None else (case_folder(case) / "scenarios",)
    return load_composed(Path(path), Finder((Path(path).parent, *folders)), names)


def list_studies(case: str | Path = "canada_us") -> tuple[str, ...]:
    """Names of the studies of a case.

    >>> list_studies()
    ('roxham-road',)
    """
    return _studies(case_folder(case) / "scenarios")


def list_scenarios(case: str | Path = "canada_us") -> tuple[str, ...]:
    """Names of the scenarios of a case."""
    return scenarios_in(case_folder(case) / "scenarios")


def _resolve(file: StudyFile, path: Path, folder: Path, names: Names | None) -> Study:
    """Read the scenarios that a study file names, vary them, and tell the problems of all of them at once."""
    errors: list[SpecError] = []
    paths: list[Path] = []
    finder = Finder((path.parent, folder))
    for position, name in enumerate(file.scenarios):
        try:
            found = finder.find(name, path, "scenarios", position)
            if found in paths:
                said = f'the scenario "{name}" stands twice'
                raise SpecError(place_in_list(path, "scenarios", position, said))
            paths.append(found)
        except SpecError as error:
            errors.append(error)
    scenarios = load_all(paths, finder, names, errors)
    if file.sweep is not None or file.worlds is not None:
        known = names if names is not None and names.numbers else load(folder.parent).names()
        scenarios = expand(scenarios, file, known)
    return Study(file.name, file.title, tuple(scenarios), file.from_, file.to, file.why)


def case_folder(case: str | Path) -> Path:
    """Find the folder of a case by its name or path; raise UnknownName with the nearest name otherwise."""
    known = cases()
    name = str(case).replace("-", "_")
    if name in known:
        return known[name]
    if (Path(case) / "case.yaml").is_file():
        return Path(case)
    hint = did_you_mean(str(case), known)
    raise UnknownName(Problem(f'"{case}" is neither a case nor a folder with case.yaml', hint=hint))


def _studies(folder: Path) -> tuple[str, ...]:
    return tuple(sorted(path.name.removesuffix(STUDY_ENDING) for path in folder.glob(f"*{STUDY_ENDING}")))


def _flagship(folder: Path) -> tuple[StudyFile, Path]:
    """The first study of a case: it gives the baseline and the days to scenarios that stand alone."""
    studies = _studies(folder)
    if not studies:
        raise SpecError(Problem(f"the case has no study: a file ending in {STUDY_ENDING}", str(folder)))
    path = folder / f"{studies[0]}{STUDY_ENDING}"
    return load_yaml(path, StudyFile), path


def _find(name: str, folder: Path, *, studies: bool = True) -> Path:
    if is_file_name(name):
        return Path(name)
    endings = (STUDY_ENDING, ".yaml") if studies else (".yaml",)
    for ending in endings:
        if (folder / f"{name}{ending}").is_file():
            return folder / f"{name}{ending}"
    known = [*(_studies(folder) if studies else ()), *scenarios_in(folder)]
    what = "a study or scenario" if studies else "a scenario"
    said = f'"{name}" is not {what} of this case, nor a YAML file; known are {", ".join(known)}'
    raise UnknownName(Problem(said, hint=did_you_mean(name, known)))


def _looks_like_study(path: Path) -> bool:
    data = parse(read_text(path), str(path))
    return isinstance(data, Row) and "scenarios" in data


def check_names(study: Study, names: Names) -> None:
    """Raise UnknownName with every name that the amendments of a study use and the case does not have."""
    found = [
        (problem_at(change, key, f'{scenario.name}, amendment "{change.name}": {message}', hint), kind)
        for scenario in study.scenarios
        for change in scenario.amendments
        for kind, check in ((UnknownName, unknown_names), (SpecError, wrong_numbers))
        for key, message, hint in check(change.to_dict(), names)
    ]
    raise_problems((problem for problem, _ in found), most_narrow(kind for _, kind in found))


def range_notes(scenarios: Sequence[Scenario], names: Names) -> list[Problem]:
    """Say which amendments set a number outside the range that the case gives for it; nothing is refused."""
    found: list[Problem] = []
    for scenario in scenarios:
        for change in scenario.amendments:
            held = names.numbers.get(change.number) if change.kind == "number" else None
            if held is None or change.kind != "number":
                continue
            value = held.read(change.set) if change.set is not None else held.value * (change.multiply or 0.0)
            said = held.outside(value)
            if said is not None:
                found.append(problem_at(change, "set", said))
    return list(dict.fromkeys(found))
