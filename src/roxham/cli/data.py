"""Commands about what the model is made of: plan, cases, evidence, calibrate."""

from __future__ import annotations

import shutil
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated

import typer

from roxham.cli.console import Gather, default_jobs, interruptible, language, month, progress, show_json, show_table
from roxham.cli.study import Case, Jobs, Json, Language, Quiet
from roxham.errors import EvidenceError, Problem, RunError, raise_problems

evidence = typer.Typer(help="What was seen, and how numbers are known.", no_args_is_help=True, rich_markup_mode=None)


def plan(lang: Language = "en", json: Json = False) -> None:
    """The steps of the day, in order, as run.

    \b
    roxham plan
    roxham plan --lang fr
    """
    from roxham.sim.plan import plan as steps

    listed = steps(language(lang))
    if json:
        show_json([{"step": name, "what": what} for name, what in listed])
        return
    for number, (name, what) in enumerate(listed, start=1):
        typer.echo(f"{number:>2}  {name:<14} {what}")


def cases(json: Json = False) -> None:
    """The cases, their studies and scenarios.

    \b
    roxham cases
    roxham cases --json
    """
    from roxham.lab.scenario import list_scenarios, list_studies
    from roxham.sim.corridor import cases as known

    listed = [
        {"case": name, "studies": list_studies(name), "scenarios": list_scenarios(name)} for name in sorted(known())
    ]
    if json:
        show_json(listed)
        return
    for one in listed:
        typer.echo(one["case"])
        typer.echo(f"  studies:   {', '.join(one['studies'])}")
        typer.echo(f"  scenarios: {', '.join(one['scenarios'])}")


@evidence.command("ledger")
def count_numbers(
    case: Case = "canada_us",
    assumed: Annotated[bool, typer.Option("--assumed", help="List every assumed number with its range.")] = False,
    json: Json = False,
) -> None:
    """How every number is known, counted by file.

    Measured, derived, estimated or assumed. A number with neither a source nor the word assumed ends with status 2.

    \b
    roxham evidence ledger
    roxham evidence ledger --assumed
    """
    from roxham.evidence.ledger import STANDINGS, ledger

    book = ledger(case)
    if json:
        lines = [vars(line) for line in (book.assumed if assumed else ())]
        show_json({"counts": book.counts, "totals": book.totals, "assumed": lines, "problems": book.problems})
    elif assumed:
        rows = [
            [
                f"{line.file}:{line.line}",
                line.name,
                *(_number(part) for part in (line.value, line.low, line.high)),
                line.unit,
            ]
            for line in book.assumed
        ]
        show_table("Assumed numbers", ["file", "name", "value", "low", "high", "unit"], rows)
    else:
        counted = [*book.counts.items(), ("all", book.totals)]
        rows = [[file, *(f"{counts[one]:,}" for one in STANDINGS)] for file, counts in counted]
        show_table("Numbers by how they are known", ["file", *STANDINGS], rows)
    raise_problems(book.problems, EvidenceError)


@evidence.command("list")
def list_all(case: Case = "canada_us", json: Json = False) -> None:
    """Every observed series, with its unit and dates.

    \b
    roxham evidence list
    roxham evidence list --json
    """
    from roxham.evidence.series import list_series, load_series

    listed = [load_series(case, name) for name in list_series(case)]
    entries = [
        {
            "series": one.name,
            "title": dict(one.title),
            "unit": one.unit,
            "kind": one.kind,
            "points": len(one.points),
            "first": one.points[0].period if one.points else "",
            "last": one.points[-1].period if one.points else "",
            "proxy": one.proxy,
        }
        for one in listed
    ]
    if json:
        show_json(entries)
    else:
        columns = ["series", "unit", "kind", "points", "first", "last"]
        show_table("Observed series", columns, [[str(entry[column]) for column in columns] for entry in entries])


@evidence.command("check")
def check_sums(case: Case = "canada_us", json: Json = False) -> None:
    """Whether months add up to the published totals.

    \b
    roxham evidence check
    """
    from roxham.evidence.check import check_totals

    checks = check_totals(case)
    if json:
        show_json([{**vars(one), "difference": one.difference, "verdict": one.verdict} for one in checks])
        return
    rows = [
        [
            one.series,
            one.period,
            f"{one.published:,.0f}",
            f"{one.sum_of_months:,.0f}",
            f"{one.difference:,.0f}",
            one.verdict,
        ]
        for one in checks
    ]
    columns = ["series", "period", "published", "sum of months", "difference", "verdict"]
    show_table("Published totals and the months of their period", columns, rows)


def calibrate(
    data_to: Annotated[str, typer.Option("--data-to", help="Last month of data that may be seen.")] = "2024-12",
    out: Annotated[Path | None, typer.Option("--out", help="Folder; the case's calibration/main otherwise.")] = None,
    draws: Annotated[int, typer.Option("--draws", min=2, help="Posterior draws, the first one central.")] = 64,
    seed: Annotated[int, typer.Option("--seed", min=0, help="The same seed gives the same draws.")] = 1,
    jobs: Jobs = 0,
    case: Case = "canada_us",
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Fit the parameters to what was published.

    Infers the latent pressure and estimates the few choice parameters from the three breaks; all else stays assumed.
    The result takes the place of the one that ships with the case, unless --out names another folder. What is broken
    off goes on: finished draws wait beside that folder until the last one is done.

    \b
    roxham calibrate
    roxham calibrate --data-to 2023-02 --out held-out
    """
    from roxham.forecast.calibrate import calibrate as fit
    from roxham.forecast.shipped import write
    from roxham.sim.corridor import load

    gather = Gather()
    last_month = gather.do(month, data_to, "--data-to")
    corridor = gather.do(load, case)
    if corridor is not None:
        gather.do(_check_folder, folder := out or corridor.folder / "calibration" / "main")
    gather.done()
    if corridor is None or last_month is None:
        raise RunError("the case could not be loaded")
    last = (date.fromisoformat(f"{last_month}-01") + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    with interruptible(), progress("calibration: draws", hidden=quiet or json) as report:
        kept = folder.with_name(folder.name + ".draws")
        fitted = fit(
            case, data_to=last, draws=draws, seed=seed, jobs=jobs or default_jobs(), progress=report, keep=kept)
        written = write(corridor, fitted, folder, data_to=last, seed=seed)
        shutil.rmtree(kept, ignore_errors=True)
    if json:
        show_json({"folder": written, "data_to": last, "draws": len(fitted)})
    elif not quiet:
        typer.echo(f"calibration on data to {last}: {written}")


def _check_folder(folder: Path) -> None:
    """Refuse to replace a folder that no calibration wrote."""
    if folder.exists() and not (folder.is_dir() and (not any(folder.iterdir()) or (folder / "note.yaml").is_file())):
        said = "this is not an empty folder, nor an earlier calibration; choose another folder"
        raise RunError(Problem(said, str(folder)))


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:g}"
