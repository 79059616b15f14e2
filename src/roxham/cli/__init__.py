"""The command line: thin doors to the corridor, the law, the laboratory and the evidence.

Whatever a reader can mend is told on standard error, one problem a line, with exit status 2 and no traceback.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

import typer

from roxham.cli import cost, data, law, person, rank, study, walk_fit, walk_show, why
from roxham.cli import evidence as seen
from roxham.cli import experiments as trust
from roxham.cli import forecast as ahead
from roxham.cli import place as desk
from roxham.cli import walk as roads
from roxham.cli.app import app as serve_app
from roxham.cli.console import PROBLEMS
from roxham.cli.runs import runs
from roxham.cli.sql import sql
from roxham.errors import RoxhamError

app = typer.Typer(
    name="roxham",
    help="If the law, the road, the police, the hearing rooms or the beds change, what happens to people?\n\n"
    "A model of the law and of the road, not legal advice. Each command has --help with examples.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(study.run)
app.command()(study.compare)
app.command()(study.rooms)
app.command()(rank.rank)
app.add_typer(runs, name="runs")
app.command()(sql)
app.command()(cost.cost)
app.command()(person.check)
app.command()(why.why)
app.command()(desk.place)
app.command()(ahead.forecast)
app.command()(ahead.score)
app.command()(ahead.backtest)
app.command()(trust.experiments)
app.command()(trust.sensitivity)
app.command("app")(serve_app)
app.command()(data.plan)
app.command()(data.cases)
app.command()(data.calibrate)
data.evidence.command("diff")(seen.diff)
data.evidence.command("plot")(seen.plot)
data.evidence.command("add")(seen.add)
app.add_typer(data.evidence, name="evidence")
app.add_typer(law.law, name="law")
roads.walk.command("map")(walk_show.draw_map)
roads.walk.command("film")(walk_show.film)
roads.walk.command("couple")(walk_show.couple)
roads.walk.command("fit")(walk_fit.fit)
app.add_typer(roads.walk, name="walk")


def _print_version(wanted: bool) -> None:
    if wanted:
        from roxham import __version__

        typer.echo(f"roxham {__version__}")
        raise typer.Exit


@app.callback()
def start(
    version: bool = typer.Option(
        False, "--version", help="Print the version and leave.", callback=_print_version, is_eager=True
    ),
) -> None:
    """Stand before every command, so that `roxham --version` works."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and leave with its exit status: 0 done, 2 something to mend, 130 interrupted."""
    try:
        app(args=list(arguments) if arguments is not None else None, prog_name="roxham")
    except RoxhamError as error:
        for problem in error.problems:
            typer.echo(str(problem), err=True)
        sys.exit(PROBLEMS)
