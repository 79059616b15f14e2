"""Keeping a result: a folder with the summary, every draw, and a manifest; written whole or not at all.

The folder is filled beside its final place and then renamed, so that a crash, a full disk or an interrupt
leaves either the old result or the new one.
"""

from __future__ import annotations

import json
import platform
import shutil
import tempfile
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np

from roxham._files import parse_json
from roxham.errors import Problem, RoxhamError, RunError, SpecError
from roxham.lab.draws import read_draws, write_draws
from roxham.lab.lines import write_lines
from roxham.lab.scenario import Scenario, Study
from roxham.lab.summary import StudyResult
from roxham.sim.amend import describe
from roxham.sim.case import Words
from roxham.sim.metrics import METRICS, MONEY
from roxham.spec import read_text

FORMAT = "roxham-run/1"
#: What says all of a scenario.
OF_SCENARIO = ("name", "title", "why", "source", "amendments")
#: A manifest of a thousand scenarios has two million bytes; a larger one is none of ours.
MOST_BYTES = 50_000_000
SUMMARY, DRAWS, LINES, MANIFEST = "summary.csv", "results.parquet", "lines.parquet", "manifest.json"


def write(result: StudyResult, out: str | Path, *, also: Callable[[Path], object] | None = None) -> Path:
    """Write ``summary.csv``, ``results.parquet`` and ``manifest.json`` into the folder ``out``.

    What every metric is made of goes into ``lines.parquet``, where the model says so.
    A folder that an earlier run wrote is replaced; any other folder that is not empty is left alone.

    Args:
        also: called with the folder being filled, to add more files before it takes its final place.

    Raises RunError when the folder cannot be written; nothing half-written stays behind.
    """
    target = check_target(out)
    draft = _draft_beside(target)
    try:
        (draft / SUMMARY).write_text(result.summary.to_csv(), encoding="utf-8", newline="\n")
        write_draws(result, draft / DRAWS)
        if result.lines:
            write_lines(result.lines, result.scenarios, result.months, draft / LINES)
        text = json.dumps(manifest(result), ensure_ascii=False, indent=2) + "\n"
        (draft / MANIFEST).write_text(text, encoding="utf-8", newline="\n")
        if also is not None:
            also(draft)
        draft.chmod(0o755)
        _put_in_place(draft, target)
    except OSError as error:
        raise RunError(Problem(f"the folder cannot be written: {error.strerror}", str(target))) from None
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return target


def check_target(out: str | Path) -> Path:
    """Return the folder as a full path when a result may be written there; raise RunError otherwise.

    Called before a long run, so that nobody waits for a result that cannot be kept.
    """
    target = Path(out).expanduser().absolute()
    if target.exists() and not _is_ours(target):
        said = "this is not an empty folder, nor a result of an earlier run; choose another folder"
        raise RunError(Problem(said, str(target)))
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RunError(Problem(f"the folder cannot be made: {error.strerror}", str(target))) from None
    _draft_beside(target).rmdir()
    return target


def _draft_beside(target: Path) -> Path:
    try:
        return Path(tempfile.mkdtemp(prefix=f".{target.name}.", suffix=".draft", dir=target.parent))
    except OSError as error:
        raise RunError(Problem(f"the folder cannot be written: {error.strerror}", str(target))) from None


def manifest(result: StudyResult) -> dict[str, Any]:
    """Say what was run: case and its hash, code version, seed, draws, days, and every amendment."""
    study = result.study
    return {
        "format": FORMAT,
        "case": result.case,
        "case_hash": result.case_hash,
        "code_version": result.version,
        "seed": result.seed,
        "draws": result.draws,
        "draws_with_lines": len({draw for _, draw in result.lines}),
        "study": {"name": study.name, "title": study.title.model_dump(), "why": study.why},
        "from": study.from_.isoformat(),
        "to": study.to.isoformat(),
        "baseline": study.baseline.name,
        "scenarios": [_scenario_entry(scenario) for scenario in study.scenarios],
        "persons_per_room": result.persons_per_room,
        "currency": result.currency,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def read_manifest(folder: str | Path) -> dict[str, Any]:
    """Read the manifest of a stored result; raise RunError when the folder holds none of ours."""
    path = Path(folder) / MANIFEST
    try:
        held = parse_json(read_text(path, limit=MOST_BYTES))
    except SpecError as error:
        said = "this folder holds no result of a run (no readable manifest.json)"
        raise RunError(Problem(said, str(folder))) from error
    if not isinstance(held, dict) or held.get("format") != FORMAT:
        told = held.get("format") if isinstance(held, dict) else None
        said = f"the manifest is not of the format {FORMAT}"
        if isinstance(told, str) and told.startswith("roxham-run/"):
            said = (f"this run was written by version {held.get('code_version')} in the format {told}; "
                    f"this version reads {FORMAT}: use version {held.get('code_version')}")
        raise RunError(Problem(said, str(path)))
    return held


def check_metrics(metrics: Iterable[str], version: str, file: str) -> None:
    """Raise RunError when a run counts what this version does not know: how it sums could only be guessed."""
    unknown = sorted(set(metrics) - set(METRICS))
    if unknown:
        said = f"this run counts {', '.join(unknown)}, which this version does not know; use version {version}"
        raise RunError(Problem(said, file))


def read(folder: str | Path) -> StudyResult:
    """Read a stored result back, every draw of it.

    Raises RunError when the folder holds no result, or only part of one.
    """
    held = read_manifest(folder)
    try:
        study = _known_study(held, str(Path(folder) / MANIFEST))
        names = tuple(scenario.name for scenario in study.scenarios)
        months, cells, values, counts = read_draws(Path(folder) / DRAWS, names, int(held["draws"]))
        check_metrics((metric for metric, _ in cells), str(held["code_version"]), str(Path(folder) / DRAWS))
        return StudyResult(
            study=study,
            case=str(held["case"]),
            case_hash=str(held["case_hash"]),
            version=str(held["code_version"]),
            seed=int(held["seed"]),
            months=months,
            cells=cells,
            values=values,
            weights=counts,
            persons_per_room=held.get("persons_per_room"),
            currency=held.get("currency", MONEY),
        )
    except KeyError as error:
        raise RunError(Problem(f"the key {error} is missing", str(Path(folder) / MANIFEST))) from None


def as_result(source: StudyResult | str | Path) -> StudyResult:
    """Return a result, reading it when it is given as a folder."""
    return source if isinstance(source, StudyResult) else read(source)


def _is_ours(target: Path) -> bool:
    if not target.is_dir():
        return False
    if not any(target.iterdir()):
        return True
    try:
        read_manifest(target)
    except RoxhamError:
        return False
    return True


def read_study(folder: str | Path) -> Study:
    """Read the study of a stored result: its scenarios with their amendments.

    Raises RunError when the folder holds none of ours.
    """
    return _known_study(read_manifest(folder), str(Path(folder) / MANIFEST))


def _known_study(held: Mapping[str, Any], file: str) -> Study:
    try:
        return _study(held)
    except RoxhamError as error:
        said = (f"this run was written by version {held.get('code_version')}, and this version does not know all that "
                f"it asks ({error})")
        raise RunError(Problem(said, file)) from error
    except KeyError as error:
        raise RunError(Problem(f"the key {error} is missing", file)) from None
    except (TypeError, ValueError, AttributeError):
        raise RunError(Problem("the manifest does not tell what was run as this version writes it", file)) from None


def _put_in_place(draft: Path, target: Path) -> None:
    """Rename the draft to its place, the earlier result aside first and away afterwards."""
    aside = draft.with_suffix(".old")
    if target.exists():
        target.rename(aside)
    try:
        draft.rename(target)
    except OSError:
        if aside.exists():
            aside.rename(target)
        raise
    shutil.rmtree(aside, ignore_errors=True)


def _scenario_entry(scenario: Scenario) -> dict[str, Any]:
    return {
        "name": scenario.name,
        "title": scenario.title.model_dump(),
        "why": scenario.why,
        "source": scenario.source,
        "hash": scenario.hash,
        "printed": [describe(change) for change in scenario.amendments],
        "amendments": [change.to_dict() for change in scenario.amendments],
        **({} if scenario.setting is None else {"setting": scenario.setting.model_dump()}),
    }


def _study(held: Mapping[str, Any]) -> Study:
    return read_study_entry({**held["study"], **{key: held[key] for key in ("from", "to", "scenarios")}})


def study_entry(study: Study) -> dict[str, Any]:
    """All that a study asks, as plain data."""
    return {
        "name": study.name,
        "title": study.title.model_dump(),
        "why": study.why,
        "from": study.from_.isoformat(),
        "to": study.to.isoformat(),
        "scenarios": [_asked(_scenario_entry(scenario)) for scenario in study.scenarios],
    }


def _asked(entry: Mapping[str, Any]) -> dict[str, Any]:
    """What a scenario asks, of all that is told of it; its place in a sweep only where it has one."""
    return {key: entry[key] for key in (*OF_SCENARIO, "setting") if key != "setting" or entry.get(key) is not None}


def read_study_entry(entry: Mapping[str, Any]) -> Study:
    """The study behind plain data; raise KeyError or SpecError when the data is not of one, or of a newer version."""
    from pydantic import ValidationError

    try:
        scenarios = [Scenario.model_validate(_asked(one)) for one in entry["scenarios"]]
        title = Words.model_validate(entry["title"])
    except ValidationError as error:
        raise SpecError([str(one["msg"]) for one in error.errors()]) from error
    first, last = (date.fromisoformat(entry[key]) for key in ("from", "to"))
    return Study(str(entry["name"]), title, tuple(scenarios), first, last, why=str(entry.get("why", "")))
