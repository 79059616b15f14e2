"""Scenarios and studies: YAML that names what changes, and the loading of it with every problem told at once.

A scenario is an ordered list of amendments with a title in two languages and the reason for asking. A study
names scenarios in order; the first is the baseline that the others are compared with.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Self

from pydantic import Field, model_validator

from roxham._yaml import Row, parse
from roxham.errors import Problem, SpecError, UnknownName, did_you_mean, raise_problems
from roxham.sim.amend import Amendment, Names, amendments_hash, unknown_names
from roxham.sim.case import Words
from roxham.sim.corridor import cases
from roxham.spec import Spec, load_yaml, problem_at, read_text

STUDY_ENDING = ".study.yaml"
NAME = r"^[a-z0-9][a-z0-9-]*$"


class Scenario(Spec):
    """One way that things might have been: a name, a title, the reason for asking, and its amendments.

    >>> as_it_was = Scenario(name="as-it-was", title={"en": "As it was", "fr": "Tel que ce fut"})
    >>> as_it_was.amendments
    ()
    """

    name: str = Field(pattern=NAME, description="small letters, digits and hyphens; the name in every result")
    title: Words
    why: str = Field(default="", description="what the reader learns from it")
    source: str | None = Field(default=None, description="where the idea comes from")
    amendments: tuple[Amendment, ...] = ()

    @property
    def hash(self) -> str:
        """SHA-256 of the ordered amendments, hexadecimal."""
        return amendments_hash(self.amendments)


class StudyFile(Spec):
    """What a study file holds: its days and the names (or files) of its scenarios, the baseline first."""

    name: str = Field(pattern=NAME)
    title: Words
    why: str = ""
    source: str | None = None
    from_: date
    to: date
    scenarios: tuple[str, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        _check_days(self.from_, self.to)
        return self


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
        _check_days(self.from_, self.to)
        names = [scenario.name for scenario in self.scenarios]
        twice = sorted({name for name in names if names.count(name) > 1})
        if not names or twice:
            said = f'the scenario "{twice[0]}" stands twice' if twice else "a study needs at least one scenario"
            raise SpecError(f"{said} (study {self.name})")

    @property
    def baseline(self) -> Scenario:
        """The scenario that the others are compared with."""
        return self.scenarios[0]

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
    scenario = load_scenario(path, names=names)
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
    scenarios = _load_all([_find(str(one), folder, studies=False) for one in (first, second)], names)
    flagship, _ = _flagship(folder)
    title = Words(
        en=f"{scenarios[1].title.en} beside {scenarios[0].title.en}",
        fr=f"{scenarios[1].title.fr} à côté de {scenarios[0].title.fr}",
    )
    name = f"{scenarios[0].name}-{scenarios[1].name}"
    return Study(name, title, tuple(scenarios), flagship.from_, flagship.to)


def load_scenario(path: str | Path, *, names: Names | None = None) -> Scenario:
    """Load one scenario file; with ``names``, check every name that its amendments use.

    Raises SpecError (UnknownName when only names are wrong) with every problem, each with line and
    suggestion.
    """
    problems = list(_name_problems(Path(path), names)) if names is not None else []
    try:
        scenario = load_yaml(path, Scenario)
    except SpecError as error:
        found = sorted([*error.problems, *problems], key=lambda one: (one.line or 0, one.column or 0))
        raise SpecError(found) from None
    raise_problems(problems, UnknownName)
    return scenario


def list_studies(case: str | Path = "canada_us") -> tuple[str, ...]:
    """Names of the studies of a case.

    >>> list_studies()
    ('roxham-road',)
    """
    return _studies(case_folder(case) / "scenarios")


def list_scenarios(case: str | Path = "canada_us") -> tuple[str, ...]:
    """Names of the scenarios of a case."""
    return _scenarios(case_folder(case) / "scenarios")


def _name_problems(path: Path, names: Names) -> Iterable[Problem]:
    data = parse(read_text(path), str(path))
    amendments = data.get("amendments") if isinstance(data, Row) else None
    for row in amendments if isinstance(amendments, list) else []:
        if not isinstance(row, Row) or row.where is None:
            continue
        for key, message, hint in unknown_names(row, names):
            line, column = row.where.values[key]
            yield Problem(f'amendment "{row.get("name", "")}": {message}', str(path), line, column, hint)


def _resolve(file: StudyFile, path: Path, folder: Path, names: Names | None) -> Study:
    """Read the scenarios that a study file names, and tell the problems of all of them at once."""
    missing: list[Problem] = []
    paths: list[Path] = []
    for position, name in enumerate(file.scenarios):
        found = _beside(name, path.parent) or _beside(name, folder)
        if found is None:
            hint = did_you_mean(name, [*_scenarios(path.parent), *_scenarios(folder)])
            missing.append(_at(path, position, f'"{name}" is not a scenario here or in the case', hint))
        elif found in paths:
            missing.append(_at(path, position, f'the scenario "{name}" stands twice', None))
        else:
            paths.append(found)
    scenarios = _load_all(paths, names, missing)
    return Study(file.name, file.title, tuple(scenarios), file.from_, file.to, file.why)


def _at(path: Path, position: int, message: str, hint: str | None) -> Problem:
    listed = parse(read_text(path), str(path)).get("scenarios")
    where = getattr(listed, "where", None)
    line, column = where.values.get(str(position), (None, None)) if where is not None else (None, None)
    return Problem(message, str(path), line, column, hint)


def _load_all(paths: Sequence[Path], names: Names | None, before: Sequence[Problem] = ()) -> list[Scenario]:
    problems, scenarios, unknown_only = list(before), [], True
    for path in paths:
        try:
            scenarios.append(load_scenario(path, names=names))
        except SpecError as error:
            problems.extend(error.problems)
            unknown_only &= isinstance(error, UnknownName)
    raise_problems(problems, UnknownName if unknown_only else SpecError)
    return scenarios


def _check_days(first: date, last: date) -> None:
    if last < first:
        raise SpecError(f"'to' {last} lies before 'from' {first}")


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


def _scenarios(folder: Path) -> tuple[str, ...]:
    return tuple(sorted(path.stem for path in folder.glob("*.yaml") if not path.name.endswith(STUDY_ENDING)))


def _flagship(folder: Path) -> tuple[StudyFile, Path]:
    """The first study of a case: it gives the baseline and the days to scenarios that stand alone."""
    studies = _studies(folder)
    if not studies:
        raise SpecError(Problem(f"the case has no study: a file ending in {STUDY_ENDING}", str(folder)))
    path = folder / f"{studies[0]}{STUDY_ENDING}"
    return load_yaml(path, StudyFile), path


def _is_file_name(name: str) -> bool:
    return name.endswith((".yaml", ".yml")) or "/" in name or "\\" in name


def _beside(name: str, folder: Path) -> Path | None:
    path = folder / (name if _is_file_name(name) else f"{name}.yaml")
    return path if path.is_file() else None


def _find(name: str, folder: Path, *, studies: bool = True) -> Path:
    if _is_file_name(name):
        return Path(name)
    endings = (STUDY_ENDING, ".yaml") if studies else (".yaml",)
    for ending in endings:
        if (folder / f"{name}{ending}").is_file():
            return folder / f"{name}{ending}"
    known = [*(_studies(folder) if studies else ()), *_scenarios(folder)]
    what = "a study or scenario" if studies else "a scenario"
    said = f'"{name}" is not {what} of this case, nor a YAML file; known are {", ".join(known)}'
    raise UnknownName(Problem(said, hint=did_you_mean(name, known)))


def _looks_like_study(path: Path) -> bool:
    data = parse(read_text(path), str(path))
    return isinstance(data, Row) and "scenarios" in data


def check_names(study: Study, names: Names) -> None:
    """Raise UnknownName with every name that the amendments of a study use and the case does not have."""
    raise_problems(
        (
            problem_at(change, key, f'{scenario.name}, amendment "{change.name}": {message}', hint)
            for scenario in study.scenarios
            for change in scenario.amendments
            for key, message, hint in unknown_names(change.to_dict(), names)
        ),
        UnknownName,
    )
