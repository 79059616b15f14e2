"""What every command shares: arguments read with all their problems at once, progress, tables and JSON."""

from __future__ import annotations

import json
import math
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import typer

from roxham.errors import Problem, RoxhamError, SpecError, UnknownName

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID
    from rich.table import Table

T = TypeVar("T")

PROBLEMS = 2
INTERRUPTED = 130
SECONDS_BEFORE_PROGRESS = 2.0
SECONDS_BETWEEN_LINES = 60.0
WIDTH_WITHOUT_TERMINAL = 120


class Gather:
    """Do several readings and raise the problems of all of them together.

    >>> gather = Gather()
    >>> gather.do(int, "7")
    7
    >>> gather.done()
    """

    def __init__(self) -> None:
        self.errors: list[RoxhamError] = []

    def do(self, make: Callable[..., T], *arguments: Any, **keys: Any) -> T | None:
        """Return what a function makes, or None after noting its problems."""
        try:
            return make(*arguments, **keys)
        except RoxhamError as error:
            self.errors.append(error)
            return None

    def done(self) -> None:
        """Raise one error when there were problems."""
        if len(self.errors) == 1:
            raise self.errors[0]
        if self.errors:
            kind = UnknownName if all(isinstance(error, UnknownName) for error in self.errors) else SpecError
            raise kind(list(dict.fromkeys(problem for error in self.errors for problem in error.problems)))


def day(text: str | None, option: str) -> date | None:
    """Read a civil day given on the command line; raise UnitError naming the option otherwise."""
    from roxham.errors import UnitError
    from roxham.units import parse_date

    if text is None:
        return None
    try:
        return parse_date(text)
    except UnitError as error:
        raise UnitError([Problem(f"{option}: {problem.message}") for problem in error.problems]) from None


def month(text: str | None, option: str) -> str | None:
    """Read a month, ``YYYY-MM``, given on the command line; raise UnitError naming the option otherwise.

    >>> month("2023-03", "--to")
    '2023-03'
    """
    from roxham.errors import UnitError

    if text is None:
        return None
    day(f"{text}-01" if len(text) == 7 else None, option)
    if len(text) != 7:
        raise UnitError(f'{option}: "{text}" is not a month; write it as year-month, for example "2023-03"')
    return text


def language(lang: str) -> Literal["en", "fr"]:
    """Read a language; raise UnknownName for any but English and French."""
    if lang == "en":
        return "en"
    if lang == "fr":
        return "fr"
    raise UnknownName(Problem(f'--lang: "{lang}" is not a language here; write en or fr'))


def default_jobs() -> int:
    """How many processes this machine can run at once."""
    count = getattr(os, "process_cpu_count", os.cpu_count)
    if hasattr(os, "sched_getaffinity"):
        return max(len(os.sched_getaffinity(0)), 1)
    return count() or 1


def show_json(data: Any) -> None:
    """Print data as JSON; numbers that do not exist become null."""
    typer.echo(json.dumps(_plain(data), ensure_ascii=False, indent=2))


def _plain(data: Any) -> Any:
    if isinstance(data, dict):
        return {str(key): _plain(value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [_plain(value) for value in data]
    if isinstance(data, float) and not math.isfinite(data):
        return None
    return data if isinstance(data, str | int | float | bool | None) else str(data)


def show_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]], *, note: str = "") -> None:
    """Print a table; the first column is text, the others are numbers."""
    from rich.table import Table

    table = Table(title=title, title_justify="left", caption=note or None, caption_justify="left", show_lines=False)
    for place, column in enumerate(columns):
        table.add_column(column, justify="right" if place else "left", overflow="fold")
    for row in rows:
        table.add_row(*row)
    show(table)


def show(table: Table) -> None:
    """Print a table as wide as the terminal, or wide enough where there is none."""
    from rich.console import Console

    Console(width=table_width(), highlight=False).print(table)


def table_width() -> int:
    """How many characters a line may have: as many as the terminal has, or a fixed number where there is none."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else WIDTH_WITHOUT_TERMINAL


@contextmanager
def progress(label: str, *, hidden: bool) -> Iterator[Callable[[int, int], None] | None]:
    """Give a callback that draws a bar on standard error once the work has taken two seconds.

    Where standard error is not a terminal, as in the log of a cluster's job, a line is written each minute instead.
    Nothing is drawn when hidden.
    """
    if hidden:
        yield None
        return
    if not sys.stderr.isatty():
        yield _Lines(label)
        return
    bar = _Bar(label)
    try:
        yield bar
    finally:
        bar.stop()


class _Lines:
    """Progress in lines, for a log."""

    def __init__(self, label: str) -> None:
        self.label = label
        self.begun = self.told = time.monotonic()

    def __call__(self, done: int, total: int) -> None:
        now = time.monotonic()
        if now - self.told < SECONDS_BETWEEN_LINES or not done:
            return
        self.told = now
        gone = now - self.begun
        left = gone / done * (total - done)
        typer.echo(f"{self.label}: {done:,} of {total:,}, {gone / 60:.0f} min gone, {left / 60:.0f} min left", err=True)


class _Bar:
    """A progress bar that appears only when the wait is worth one."""

    def __init__(self, label: str) -> None:
        self.label = label
        self.begun = time.monotonic()
        self.shown: Progress | None = None
        self.task: TaskID | None = None

    def __call__(self, done: int, total: int) -> None:
        if self.shown is None and time.monotonic() - self.begun >= SECONDS_BEFORE_PROGRESS:
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

            columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
            self.shown = Progress(*columns, console=Console(stderr=True), transient=True)
            self.task = self.shown.add_task(self.label, total=total)
            self.shown.start()
        if self.shown is not None and self.task is not None:
            self.shown.update(self.task, completed=done, total=total)

    def stop(self) -> None:
        if self.shown is not None:
            self.shown.stop()


@contextmanager
def interruptible() -> Iterator[None]:
    """Leave quietly, with status 130, when the reader interrupts a long piece of work."""
    try:
        yield
    except KeyboardInterrupt:
        typer.echo("interrupted; nothing half-written stays behind", err=True)
        raise typer.Exit(INTERRUPTED) from None
