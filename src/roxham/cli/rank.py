"""The command that ranks the scenarios of a run: best on the whole, best in how many worlds, least regret."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from roxham.cli.console import Gather, language, show, show_json, table_width
from roxham.cli.study import Json, Language, Period, Place
from roxham.errors import Problem, RunError

if TYPE_CHECKING:
    from roxham.lab.rank import Ranking
    from roxham.show.text import Language as Tongue

PICTURES = (".png", ".svg", ".pdf")


def rank(
    result: Annotated[Path, typer.Argument(help="The folder of a run.")],
    metric: Annotated[str, typer.Option("--metric", help="What to rank by, such as heard or cost_federal.")],
    less_is_better: Annotated[
        bool, typer.Option("--less-is-better", help="The smallest value is the best; the largest otherwise.")
    ] = False,
    place: Place = "all",
    period: Period = "all",
    plot: Annotated[Path | None, typer.Option("--plot", help="Draw it, to a .png, .svg or .pdf file.")] = None,
    lang: Language = "en",
    json: Json = False,
) -> None:
    """Rank scenarios: which is best, in how many worlds.

    A world is one draw of chance in one sample of what nobody knows (the `worlds` of a study). Regret is how far a
    scenario falls behind the best one of the same world. The baseline is ranked with the others.

    \b
    roxham rank out/roxham-road --metric heard
    roxham rank out/roxham-road --metric cost_federal --less-is-better --plot cost.png
    roxham rank out/roxham-road --metric nights_without_bed --less-is-better --period 2023 --lang fr
    """
    from roxham.lab.rank import rank as put_in_order
    from roxham.show.rank import rank_tables, rank_words

    gather = Gather()
    gather.do(language, lang)
    gather.do(_picture, plot)
    gather.done()
    tongue = language(lang)
    table = put_in_order(
        result, metric, less_is_better=less_is_better, place=place, period=period, language=tongue)  # fmt: skip
    if plot is not None:
        _draw(table, plot, tongue)
    if json:
        show_json({**table.to_dict(), **({} if plot is None else {"plot": plot})})
    else:
        for part in rank_tables(table, tongue, table_width()):
            show(part)
        typer.echo(rank_words(table, tongue))


def _picture(path: Path | None) -> None:
    """Raise RunError for a kind of picture that is not drawn here."""
    if path is not None and path.suffix.lower() not in PICTURES:
        raise RunError(Problem(f"--plot: a picture ends in {', '.join(PICTURES)}", str(path)))


def _draw(table: Ranking, path: Path, tongue: Tongue) -> None:
    from roxham.show.rank import rank_figure

    try:
        rank_figure(table, tongue).savefig(path, dpi=150)
    except OSError as error:
        raise RunError(Problem(f"cannot be written: {error.strerror}", str(path))) from None
