"""Commands of a walk: displaced people on a map of towns, roads and camps; check its folder, run it, score it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from roxham._csv import write_csv
from roxham.cli.console import (
    PROBLEMS,
    Gather,
    default_jobs,
    interruptible,
    language,
    progress,
    show_json,
    show_table,
)
from roxham.cli.study import Jobs, Json, Language

if TYPE_CHECKING:
    from roxham.walk import Folder, Walk
    from roxham.walk.simulate import Mode

walk = typer.Typer(
    help="Displaced people on a map of towns, roads and camps.", no_args_is_help=True, rich_markup_mode=None
)

Place = Annotated[Path, typer.Argument(help="The folder: input_csv, source_data and simsetting.yml.")]
Observed = Annotated[Path | None, typer.Option("--observed", help="The folder of counts, where it stands elsewhere.")]
Settings = Annotated[Path | None, typer.Option("--settings", help="The settings file, where it stands elsewhere.")]
Fitted = Annotated[Path | None, typer.Option("--parameters", help="Written by `roxham walk fit` (mode roxham).")]
Law = Annotated[Path | None, typer.Option("--law", help="What each country's law lets people expect (mode roxham).")]


@walk.command("check")
def check(folder: Place, observed: Observed = None, settings: Settings = None, lang: Language = "en",
          json: Json = False) -> None:
    """Every fault of a folder, with file and line.

    A fault is fatal (the folder cannot be run), wrong (it can, but surely not as meant) or a note. Fatal and wrong ones
    end with status 2.

    \b
    roxham walk check mali2012
    roxham walk check mali2012 --json
    """
    from roxham.show.text import say
    from roxham.walk import check_folder

    language(lang)
    faults = check_folder(folder, observed=observed, settings=settings)
    counts: dict[str, Any] = {
        kind: sum(one.severity == kind for one in faults) for kind in ("fatal", "wrong", "note")
    }
    if json:
        show_json({"faults": [{"severity": one.severity, **_problem(one.problem)} for one in faults], "counts": counts})
    else:
        for fault in faults:
            typer.echo(str(fault), err=fault.severity != "note")
        tongue = language(lang)
        typer.echo(say("walk_faults", tongue, **counts) if faults else say("walk_fine", tongue))
    if counts["fatal"] or counts["wrong"]:
        raise typer.Exit(PROBLEMS)


def _problem(problem: Any) -> dict[str, Any]:
    return {"message": problem.message, "file": problem.file, "line": problem.line, "hint": problem.hint}


@walk.command("run")
def run(
    folder: Place,
    mode: Annotated[str, typer.Option("--mode", help="flee, documented or roxham.")] = "flee",
    draws: Annotated[int, typer.Option("--draws", min=1, help="Replicates, each with its own draws of chance.")] = 50,
    seed: Annotated[int, typer.Option("--seed", min=0, help="The same seed gives the same result, bit by bit.")] = 1,
    score: Annotated[bool, typer.Option("--score", help="Hold the walk against what was counted.")] = False,
    out: Annotated[Path | None, typer.Option("--out", help="Write people by day and place as CSV.")] = None,
    by: Annotated[str | None, typer.Option("--by", help="A demographic whose groups are told apart in --out.")] = None,
    hasten: Annotated[int | None, typer.Option("--hasten", min=1, help="Divide all numbers of people.")] = None,
    law: Law = None,
    parameters: Fitted = None,
    observed: Observed = None,
    settings: Settings = None,
    jobs: Jobs = 0,
    lang: Language = "en",
    json: Json = False,
) -> None:
    """Walk people over a folder's map and tell where they are.

    The modes: flee keeps to Flee's rules as its program acts, documented to its manual, roxham is our own.

    \b
    roxham walk run mali2012
    roxham walk run mali2012 --mode roxham --draws 50 --seed 1 --score --json
    roxham walk run mali2012 --draws 200 --out people.csv
    roxham walk run mali2012 --mode roxham --law prospects.yaml
    """
    from roxham.walk import read_folder

    gather = Gather()
    gather.do(language, lang)
    read = gather.do(read_folder, folder, observed=observed, settings=settings)
    gather.done()
    assert read is not None
    for fault in read.faults:
        if fault.severity == "wrong":
            typer.echo(str(fault), err=True)
    if score and mode == "roxham" and out is None:
        _show_score(_own_score(read, draws, seed, law, parameters), lang, json)
        return
    made = _walk(read, mode=mode, draws=draws, seed=seed, hasten=hasten, by=by, law=law,
                 parameters=parameters, jobs=jobs, json=json)
    if out is not None:
        _write(made, out)
    if score:
        from roxham.walk.score import score as measure

        _show_score(_own_score(read, draws, seed, law, parameters) if mode == "roxham" else measure(made), lang, json)
    elif json:
        show_json(_data(made))
    else:
        _show(made, lang)


def as_mode(mode: str) -> Mode:
    """Take a text as a mode: the walk itself refuses one that is none, with the nearest name."""
    return cast("Mode", mode)


def _own_score(
    read: Folder, draws: int, seed: int, law: Path | None, parameters: Path | None
) -> dict[str, object]:
    from roxham.walk.ours_pull import read_parameters
    from roxham.walk.ours_score import score
    from roxham.walk.prospect import read_prospects

    heeded = None if law is None else read_prospects(law)
    return score(read, draws=draws, seed=seed, parameters=read_parameters(parameters), law=heeded)


def _walk(read: Folder, *, mode: str, draws: int, seed: int, hasten: int | None, by: str | None,
          law: Path | None, parameters: Path | None, jobs: int, json: bool) -> Walk:
    from roxham.walk import run as walk_people

    with interruptible(), progress("walk", hidden=json) as report:
        return walk_people(read, mode=as_mode(mode), replicates=draws, seed=seed, hasten=hasten, by=by, law=law,
                           parameters=parameters, jobs=jobs or default_jobs(), progress=report)


def _data(made: Walk) -> dict[str, Any]:
    import numpy as np

    low, high = made.band(90)
    middle = np.median(made.people, axis=0)
    return {
        "mode": made.mode, "draws": made.replicates, "seed": made.seed, "seconds": round(made.seconds, 3),
        "dates": made.dates,
        "places": {
            name: {"median": middle[:, column].tolist(), "low": low[:, column].tolist(),
                   "high": high[:, column].tolist()}
            for column, name in enumerate(made.name)
        },
    }


def _show(made: Walk, lang: str) -> None:
    import numpy as np

    from roxham.show.text import say
    from roxham.walk import observed_table

    low, high = made.band(90)
    middle = np.median(made.people, axis=0)
    table = observed_table(made.folder, hasten=1 if made.plan is None else made.plan.hasten)
    counted = dict(zip(table.name, table.people[-1], strict=True)) if table.people.size else {}
    rows = [
        [name, f"{middle[-1, column]:,.0f}", f"{low[-1, column]:,.0f}", f"{high[-1, column]:,.0f}",
         f"{counted[name]:,.0f}" if name in counted else ""]
        for column, name in enumerate(made.name)
    ]
    heads = [say(f"walk_{key}", language(lang)) for key in ("place", "middle", "low", "high", "counted")]
    show_table(say("walk_title", language(lang), date=made.dates[-1]), heads, rows)


def _show_score(found: dict[str, Any], lang: str, json: bool) -> None:
    if json:
        show_json(found)
        return
    from roxham.show.text import say

    tongue = language(lang)
    without = say("walk_without", tongue)
    rows = [[key, f"{found[key]:.3f}"] for key in found if key.startswith("ard") and found[key] is not None]
    rows += [[f"{without}: {name}", f"{value:.3f}"]
             for name, value in found["baselines"].items() if value is not None]
    show_table(say("walk_score", tongue), [say("walk_what", tongue), say("walk_ard", tongue)], rows)


def _write(made: Walk, path: Path) -> None:
    """Write people by day and place: the middle and the ends of the 50, 80 and 95 percent bands."""
    import numpy as np

    from roxham.errors import Problem, RunError

    bands = [made.band(percent) for percent in (50, 80, 95)]
    middle = np.median(made.people, axis=0)
    groups = np.median(made.groups, axis=0) if made.group else None
    try:
        with path.open("w", newline="", encoding="utf-8") as file:
            head = ["day", "date", "place", "median", *(f"{end}{percent}" for percent in (50, 80, 95)
                                                        for end in ("low", "high")), *made.group]
            write_csv(file, [head])
            for day, when in enumerate(made.dates):
                for column, name in enumerate(made.name):
                    ends = [f"{end[day, column]:.0f}" for band in bands for end in band]
                    more = [f"{one:.0f}" for one in groups[day, column]] if groups is not None else []
                    write_csv(file, [[day, when, name, f"{middle[day, column]:.0f}", *ends, *more]])
    except OSError as error:
        raise RunError(Problem(f"cannot be written: {error.strerror}", file=str(path))) from None
