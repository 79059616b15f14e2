"""The command that fits our rule of a walk on conflicts of your own, and tests it on each with that one left out."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from roxham.cli.console import interruptible, language, progress, show_json, show_table
from roxham.cli.study import Json, Language
from roxham.errors import Problem, UnknownName, did_you_mean

if TYPE_CHECKING:
    from roxham.walk.ours_fit import By, LeftOut

WAYS = ("error", "likelihood")


def fit(
    conflicts: Annotated[Path, typer.Argument(help="A folder that holds folders of walks with counts, two or more.")],
    out: Annotated[Path | None, typer.Option("--out", help="Write the parameters fitted on all, as YAML.")] = None,
    by: Annotated[str, typer.Option("--by", help="error (the measure) or likelihood (of the bands' law).")] = "error",
    lang: Language = "en",
    json: Json = False,
) -> None:
    """Fit our rule on conflicts, and test it on each with that one left out, beside forecasts without a model.

    \b
    roxham walk fit conflicts
    roxham walk fit conflicts --by likelihood --out parameters.yaml
    roxham walk run another --mode roxham --parameters parameters.yaml
    """
    from roxham.walk.ours_fit import leave_one_out, read_conflicts, write_parameters

    language(lang)
    if by not in WAYS:
        told = f'--by: "{by}" is no way to fit; ways are {", ".join(WAYS)}'
        raise UnknownName(Problem(told, hint=did_you_mean(by, WAYS)))
    way = cast("By", by)
    cases = read_conflicts(conflicts)
    with interruptible(), progress("fit", hidden=json) as report:
        rows, fitted = leave_one_out(cases, by=way, progress=report)
    if out is not None:
        write_parameters(fitted, out, conflicts=[case.name for case in cases], by=way)
    if json:
        left = [{**dataclasses.asdict(row), **row.baselines} for row in rows]
        show_json({"by": by, "left_out": left, "fitted_on_all": dataclasses.asdict(fitted)})
    else:
        _show(rows, lang)
        typer.echo(str(out) if out is not None else "\n".join(
            f"{name}: {value:g}" for name, value in dataclasses.asdict(fitted).items()))


def _show(rows: list[LeftOut], lang: str) -> None:
    import numpy as np

    from roxham.show.text import number, percent, say

    tongue = language(lang)
    table = [(row.case, row.ard, row.baselines["uniform"], row.informed,
              row.baselines.get("shares_30_days_ago_as_known", float("nan")), row.cover[80]) for row in rows]
    means = np.nanmean([row[1:] for row in table], axis=0)
    table.append((say("walk_mean", tongue), *means.tolist()))
    heads = ("left_out", "blind", "uniform", "informed", "known", "covered")
    show_table(say("walk_fitted", tongue), [say(f"walk_{head}", tongue) for head in heads],
               [[row[0], *(number(value, tongue, 3) for value in row[1:5]), percent(row[5], tongue)] for row in table])
