"""The command `sql`: one question over every run that was kept."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from roxham.cli.console import interruptible, progress, show_json, show_table
from roxham.cli.keeping import Store, open_held
from roxham.cli.study import Json
from roxham.errors import RunError


def sql(
    question: Annotated[str, typer.Argument(help="One SELECT over runs, scenarios, draws and lines.")],
    run: Annotated[list[str] | None, typer.Option("--run", help="Only this run; may be repeated; faster.")] = None,
    rows: Annotated[int, typer.Option("--rows", min=1, help="As many rows at most.")] = 1_000,
    seconds: Annotated[float, typer.Option("--seconds", min=1, help="Give up after so long.")] = 120.0,
    csv: Annotated[bool, typer.Option("--csv", help="Print CSV instead of a table.")] = False,
    json: Json = False,
    store: Store = None,
) -> None:
    """Ask every run that was kept, in SQL.

    Four views can be asked, and nothing else read or changed: runs, scenarios, draws (a row for each scenario, draw,
    metric, place and month) and lines (what each metric is made of).

    \b
    roxham sql "SELECT run, study, draws, created FROM runs"
    roxham sql "SELECT scenario, avg(value) FROM draws WHERE metric = 'heard' GROUP BY scenario" --run last
    roxham sql "DESCRIBE lines"
    roxham sql "FROM draws WHERE metric = 'wait_days_rpd'" --rows 100000 --csv > waits.csv
    """
    from roxham._csv import write_csv
    from roxham.lab.sql import ask

    if csv and json:
        raise RunError("--csv and --json: choose one")
    vault = open_held(store)
    with interruptible(), progress("scenarios", hidden=False) as report:
        answer = ask(vault, question, runs=tuple(run or ()), rows=rows, seconds=seconds, progress=report)
    for problem in answer.damaged:
        typer.echo(f"{problem}; left out", err=True)
    if json:
        show_json([dict(zip(answer.columns, row, strict=True)) for row in answer.rows])
    elif csv:
        write_csv(sys.stdout, answer.rows, answer.columns)
    else:
        cells = [["" if cell is None else str(cell) for cell in row] for row in answer.rows]
        show_table("", list(answer.columns), cells)
    if answer.more:
        typer.echo(f"only the first {rows} rows; --rows gives more", err=True)
