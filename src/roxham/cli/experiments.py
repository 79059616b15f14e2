"""Commands about how far to believe the corridor: experiments and sensitivity."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from roxham.cli.console import default_jobs, interruptible, progress, show_json, show_table
from roxham.cli.study import Case, Jobs, Json, Quiet
from roxham.errors import Problem, RunError, UnknownName, did_you_mean

if TYPE_CHECKING:
    from roxham.forecast.foretell import Foretold


def experiments(
    only: Annotated[list[str] | None, typer.Option("--only", help="For example 2023; may be repeated.")] = None,
    draws: Annotated[int, typer.Option("--draws", min=1, help="Fitted sets of parameters.")] = 40,
    seed: Annotated[int, typer.Option("--seed", min=0, help="The same seed gives the same draws.")] = 1,
    out: Annotated[Path | None, typer.Option("--out", help="Folder for every quantile and score as CSV.")] = None,
    jobs: Jobs = 0,
    case: Case = "canada_us",
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """The natural experiments: what was foretold from before a new law, and what came.

    For each, the corridor is fitted to the months published by the day (pseudo-real-time), is told the new law and
    foretells twelve months. Its scores stand beside those of the counts alone and of a seasonal log random walk.

    \b
    roxham experiments --only 2023
    roxham experiments --out experiments --json
    """
    from roxham.forecast.experiment_scores import checked, fall, rise, verdicts, write
    from roxham.forecast.experiments import find
    from roxham.forecast.foretell import foretell

    chosen = find(case, only)
    found: list[Foretold] = []
    with interruptible():
        for name, one in chosen.items():
            with progress(f"experiment {name}: fits", hidden=quiet or json) as report:
                found.append(foretell(
                    name, one, case=case, draws=draws, seed=seed, jobs=jobs or default_jobs(), progress=report))
    if out is not None:
        command = f"roxham experiments --draws {draws} --seed {seed}"
        write(found, out, case, {"draws": draws, "seed": seed, "command": command})
    if json:
        show_json([
            {"experiment": one.name, "day": one.experiment.day, "known_to": one.known_to, "pseudo_real_time": True,
             "scores": [asdict(row) for row in verdicts(one, case)],
             "checks": [asdict(row) for row in checked(one)], "falls": [asdict(row) for row in fall(one, case)],
             "moved": [asdict(row) for row in rise(one, case)] if one.experiment.displaces else []}
            for one in found])  # fmt: skip
    elif not quiet:
        for each in found:
            _show(each, case)


def _show(one: Foretold, case: str) -> None:
    from roxham.forecast.experiment_scores import checked, fall, verdicts

    typer.echo(f"{one.experiment.title.en} (months known: to {one.known_to})")
    rows = [
        [row.series, row.model, f"{row.wis:,.0f}", f"{row.baseline_wis:,.0f}", f"{row.skill:+.0%}",
         f"{row.covered_50:.0%}", f"{row.covered_80:.0%}", f"{row.covered_95:.0%}"]
        for row in verdicts(one, case) if row.model != "seasonal_walk" or row.series == "all"
    ]  # fmt: skip
    columns = ["series", "model", "WIS", "baseline", "skill", "50 %", "80 %", "95 %"]
    show_table("Scores over twelve months", columns, rows)
    rows = [
        [row.check, row.how, f"{row.observed:,.0f}", f"{row.q50:,.0f}", f"{row.q10:,.0f} to {row.q90:,.0f}",
         "yes" if row.inside_80 else "no"]
        for row in checked(one)
    ]  # fmt: skip
    show_table("Published points", ["check", "what", "seen", "median", "80 % band", "inside"], rows)
    rows = [
        [row.model, f"{row.seen:+.0%}", f"{row.q50:+.0%}", f"{row.q10:+.0%} to {row.q90:+.0%}"]
        for row in fall(one, case)
    ]
    show_table("Change from the month of the day to the next", ["model", "seen", "median", "80 % band"], rows)


def sensitivity(
    headline: Annotated[
        list[str] | None, typer.Option("--headline", help="For example heard; may be repeated.")
    ] = None,
    count: Annotated[int, typer.Option("--count", min=1, help="Assumptions of each headline.")] = 3,
    paths: Annotated[
        int, typer.Option("--paths", min=0, help="Screen anew along so many paths; 0 shows what ships with the case.")
    ] = 0,
    seed: Annotated[int, typer.Option("--seed", min=0, help="The same seed gives the same paths.")] = 1,
    out: Annotated[Path | None, typer.Option("--out", help="File for all effects as CSV.")] = None,
    jobs: Jobs = 0,
    case: Case = "canada_us",
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """The most influential assumptions of each headline (Morris screening over their ranges).

    What moving an assumption from one end of its range to the other does to a headline of the corridor as it was, over
    the whole study; the pressure is inferred anew each time, so that what was observed stays explained.

    \b
    roxham sensitivity
    roxham sensitivity --headline heard --count 5
    roxham sensitivity --paths 4 --out sensitivity.csv
    """
    from roxham.evidence.tables import case_folder
    from roxham.forecast.sensitivity import HEADLINES, read, screen, top, write

    wanted = headline or list(HEADLINES)
    problems = [
        Problem(f'"{name}" is not a headline', hint=did_you_mean(name, HEADLINES)) for name in wanted
        if name not in HEADLINES
    ]  # fmt: skip
    if problems:
        raise UnknownName(problems)
    if paths:
        with interruptible(), progress("sensitivity: runs", hidden=quiet or json) as report:
            effects = screen(case, paths=paths, seed=seed, jobs=jobs or default_jobs(), progress=report)
    else:
        stored = case_folder(case) / "sensitivity.csv"
        if not stored.is_file():
            raise RunError(Problem(f'no screening ships with the case "{case}"; run one with --paths 4', str(stored)))
        effects = read(stored)
    if out is not None:
        write(effects, out)
    found = [one for name in wanted for one in top(effects, name, count)]
    if json:
        show_json([asdict(one) for one in found])
    elif not quiet:
        rows = [
            [one.headline, one.factor, f"{one.share:.1%}", f"{one.size:,.4g}", f"{one.mean:+,.4g}"] for one in found
        ]
        columns = ["headline", "assumption", "effect", "in its unit", "direction"]
        show_table("What a headline hangs on: its change over the range of an assumption", columns, rows)
