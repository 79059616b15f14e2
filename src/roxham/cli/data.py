"""Commands about what the model is made of: plan, cases, evidence, calibrate."""

from __future__ import annotations

from typing import Annotated

import typer

from roxham.cli.console import show_json, show_table
from roxham.cli.study import Case, Json

evidence = typer.Typer(help="What was seen, and how numbers are known.", no_args_is_help=True, rich_markup_mode=None)


def plan(lang: Annotated[str, typer.Option("--lang", help="en or fr.")] = "en", json: Json = False) -> None:
    """The steps of the day, in order, as run.

    \b
    roxham plan
    roxham plan --lang fr
    """
    from roxham.sim.plan import plan as steps

    listed = steps(lang)
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


@evidence.command("list")
def list_tables(case: Case = "canada_us", json: Json = False) -> None:
    """The tables of published figures of a case.

    \b
    roxham evidence list
    """
    from roxham.evidence.tables import read_table, table_names

    listed = [
        {"table": name, "rows": len(rows), "columns": list(rows[0]) if rows else []}
        for name in table_names(case)
        for rows in [read_table(case, name)]
    ]
    if json:
        show_json(listed)
    else:
        show_table("Evidence", ["table", "rows"], [[str(one["table"]), f"{one['rows']:,}"] for one in listed])
