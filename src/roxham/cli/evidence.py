"""More commands about what was seen: what became known between two days, a plot, and a reader's own series."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from roxham.cli.console import Gather, day, language, show_json, show_table
from roxham.cli.study import Case, Json, Language
from roxham.errors import Problem, RunError, UnknownName

Kind = Literal["flow", "stock"]


def diff(
    first: Annotated[str, typer.Argument(help="The earlier day, year-month-day.")],
    last: Annotated[str, typer.Argument(help="The later day.")],
    series: Annotated[list[str] | None, typer.Option("--series", help="A series; may be repeated.")] = None,
    case: Case = "canada_us",
    json: Json = False,
) -> None:
    """What became known between two days.

    By the house rule a month counts as published on day 15 of the second month after it, unless a release date is
    cited; a series that was added with its own dates keeps them.

    \b
    roxham evidence diff 2023-03-01 2023-06-01 --series interceptions_QC
    """
    from roxham.evidence.vintage import became_known

    gather = Gather()
    days = gather.do(day, first, "the earlier day"), gather.do(day, last, "the later day")
    gather.done()
    if days[0] is None or days[1] is None:
        raise RunError("two days are needed")
    found = became_known(case, days[0], days[1], names=series)
    if json:
        show_json([vars(one) for one in found])
        return
    rows = [
        [one.series, one.period, "–" if one.value is None else f"{one.value:,.0f}", one.unit, str(one.published)]
        for one in found
    ]
    show_table(f"Known by {last} and not by {first}", ["series", "period", "value", "unit", "published"], rows)


def plot(
    series: Annotated[str, typer.Argument(help="A series of `roxham evidence list`.")],
    out: Annotated[Path, typer.Option("--out", help="A file that ends in .svg, .png or .pdf.")],
    as_of: Annotated[str | None, typer.Option("--as-of", help="Only what was published by this day.")] = None,
    case: Case = "canada_us",
    lang: Language = "en",
) -> None:
    """Draw an observed series, with its ranges and the days on which it changes its meaning.

    \b
    roxham evidence plot claims_land_border_QC --out claims.svg
    roxham evidence plot claims_land_border_QC --as-of 2023-03-24 --out known.png --lang fr
    """
    from roxham.evidence.series import load_series
    from roxham.show.fan import series_figure
    from roxham.show.plot import to_svg

    gather = Gather()
    tongue, known = gather.do(language, lang), gather.do(day, as_of, "--as-of")
    gather.done()
    if out.suffix not in (".svg", ".png", ".pdf"):
        raise RunError(Problem("the file must end in .svg, .png or .pdf", str(out)))
    held = load_series(case, series)
    figure = series_figure(held if known is None else held.as_of(known), language=tongue or "en")
    out.parent.mkdir(parents=True, exist_ok=True)
    if out.suffix == ".svg":
        drawn = to_svg(figure, series, held.title[tongue or "en"])
        out.write_text(drawn, encoding="utf-8", newline="\n")
    else:
        figure.savefig(out, dpi=150)
    typer.echo(str(out))


def add(
    file: Annotated[Path, typer.Argument(help="CSV: period, value, source_url; status, low, high, published, note.")],
    name: Annotated[str, typer.Option("--name", help="What the series shall be called.")],
    unit: Annotated[str, typer.Option("--unit", help="For example persons.")],
    kind: Annotated[str, typer.Option("--kind", help="flow (adds up over time) or stock (stands on a day).")] = "flow",
    title: Annotated[str | None, typer.Option("--title", help="In English; the name otherwise.")] = None,
    title_fr: Annotated[str | None, typer.Option("--title-fr", help="In French; the English one otherwise.")] = None,
    definition: Annotated[str, typer.Option("--definition", help="What exactly is counted.")] = "",
    case: Case = "canada_us",
    json: Json = False,
) -> None:
    """Put your own CSV into a case as an observed series, with the same checks.

    Every problem is told with its line and nothing is written then. Days in the column `published` are kept as the
    series' true vintage.

    \b
    roxham evidence add beds.csv --name beds_montreal --unit beds --kind stock --case my_case
    """
    from roxham.evidence.vintage import add_series

    if kind not in ("flow", "stock"):
        raise UnknownName(Problem(f'--kind: "{kind}" is neither flow nor stock'))
    chosen: Kind = "flow" if kind == "flow" else "stock"
    titles = (title or name, title_fr or title or name)
    held = add_series(case, file, name=name, unit=unit, kind=chosen, title=titles, definition=definition or titles[0])
    if json:
        show_json({"series": held.name, "points": len(held.points), "unit": held.unit, "kind": held.kind})
    else:
        first, last = held.points[0].period, held.points[-1].period
        typer.echo(f"{held.name}: {len(held.points)} points, {first} to {last}, {held.unit}, {held.kind}")
