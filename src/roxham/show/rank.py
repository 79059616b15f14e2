"""A ranking of scenarios as a table and as a picture: values with their bands, and the worlds in which each is best."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

from roxham.lab.rank import Band, Rank, Ranking
from roxham.show.plot import BLUE, GREY, ORANGE, WIDE, house_style
from roxham.show.table import compact, metric_label
from roxham.show.text import Language, has, number, percent, say, span

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from rich.table import Table

#: A picture with more lines than this cannot be read.
MOST_LINES = 30
#: What is told of each scenario, as keys of the catalogue.
COLUMNS = ("rank_value", "rank_difference", "rank_best", "rank_better", "rank_regret")
WIDE_ENOUGH = 115  # characters of a terminal that has room for all columns and some words of each scenario
WIDTH_OF_NAMES = 44  # characters of a title beside the picture


def rank_table(ranking: Ranking, language: Language = "en", columns: Sequence[str] = COLUMNS) -> Table:
    """Scenarios by their mean, the best first, with the baseline among them; a settled difference is bold.

    `columns` are some of COLUMNS, for a terminal where all are too wide. No number is broken over two lines.
    """
    from rich.table import Table
    from rich.text import Text

    title = say("rank_title", language, metric=metric_label(ranking.metric, language), unit=_unit(ranking, language),
                better=say("rank_less" if ranking.less_is_better else "rank_more", language))  # fmt: skip
    table = Table(title=title, caption=_caption(ranking, language), title_justify="left", caption_justify="left")
    table.add_column("", justify="right", no_wrap=True)
    table.add_column(say("scenario", language), overflow="fold")
    for key in columns:
        table.add_column(say(key, language), justify="right", overflow="fold", no_wrap=True)
    for one in ranking.ranks:
        base = one.scenario == ranking.baseline
        shown = say("rank_baseline", language, title=one.title) if base else one.title
        cells: dict[str, str | Text] = {
            "rank_value": _band(one.value, language),
            "rank_difference": Text("" if base else _band(one.difference, language, signed=True),
                                    style="bold" if one.settled else ""),
            "rank_best": _of(one.best, ranking, language),
            "rank_better": "" if base else _of(one.better, ranking, language),
            "rank_regret": f"{compact(one.regret, language)}\n({compact(one.regret_worst, language)})",
        }  # fmt: skip
        table.add_row(str(one.place), Text(shown, style="bold" if base else ""), *(cells[key] for key in columns))
    return table


def rank_tables(ranking: Ranking, language: Language, width: int) -> list[Table]:
    """The table, or two of them where the terminal is too narrow for all columns."""
    if width >= WIDE_ENOUGH:
        return [rank_table(ranking, language)]
    return [rank_table(ranking, language, COLUMNS[:2]), rank_table(ranking, language, COLUMNS[2:])]


def rank_words(ranking: Ranking, language: Language = "en") -> str:
    """The answer in sentences: best on the whole, best most often, and least lost at the worst."""
    often, least = ranking.most_often, ranking.least_regret
    return " ".join([
        say("rank_said_mean", language, scenario=ranking.first.scenario),
        say("rank_said_often", language, scenario=often.scenario, count=_count(often.best, language),
            all=number(ranking.worlds, language)),
        say("rank_said_regret", language, scenario=least.scenario, worst=compact(least.regret_worst, language),
            unit=_unit(ranking, language))])  # fmt: skip


def rank_figure(ranking: Ranking, language: Language = "en") -> Figure:
    """Values with 90 % bands, a line through the baseline's mean, and the share of worlds in which each is best."""
    from matplotlib.figure import Figure
    from matplotlib.ticker import FuncFormatter

    shown = _lines(ranking)
    heights = range(len(shown))[::-1]
    with house_style():
        figure = Figure(figsize=(WIDE + 1.0, 1.1 + 0.28 * len(shown)), layout="constrained")
        left, right = figure.subplots(1, 2, sharey=True, width_ratios=[2.2, 1])
        for height, one in zip(heights, shown, strict=True):
            colour = GREY if one.scenario == ranking.baseline else BLUE
            left.plot([one.value.low, one.value.high], [height, height], color=colour, linewidth=2.2, alpha=0.5)
            left.plot([one.value.mean], [height], marker="o", markersize=4, color=colour, linestyle="none")
            right.barh([height], [100 * one.best / ranking.worlds], color=colour if colour == GREY else ORANGE)
            right.annotate(percent(one.best / ranking.worlds, language), (100 * one.best / ranking.worlds, height),
                           (3, 0), textcoords="offset points", va="center", fontsize="small")  # fmt: skip
        base = next(one for one in ranking.ranks if one.scenario == ranking.baseline)
        left.axvline(base.value.mean, color=GREY, linewidth=0.7)
        left.set_yticks(list(heights), [_short(one, ranking, language) for one in shown])
        left.set_title(f"{metric_label(ranking.metric, language)} ({_unit(ranking, language)})")
        left.xaxis.set_major_formatter(FuncFormatter(lambda value, _: compact(value, language)))
        right.set_title(say("rank_best_of", language, worlds=number(ranking.worlds, language)))
        right.set_xlim(0, 118)
        right.set_xticks([50, 100], [percent(share, language) for share in (0.5, 1)])
        for axes in (left, right):
            axes.grid(True, axis="x")
            axes.grid(False, axis="y")
    return figure


def _lines(ranking: Ranking) -> tuple[Rank, ...]:
    """The best scenarios that a picture has room for, the baseline among them."""
    if len(ranking.ranks) <= MOST_LINES:
        return ranking.ranks
    shown = ranking.ranks[:MOST_LINES]
    if any(one.scenario == ranking.baseline for one in shown):
        return shown
    return (*shown[:-1], next(one for one in ranking.ranks if one.scenario == ranking.baseline))


def _short(one: Rank, ranking: Ranking, language: Language) -> str:
    shown = say("rank_baseline", language, title=one.title) if one.scenario == ranking.baseline else one.title
    return "\n".join(textwrap.wrap(textwrap.shorten(shown, 2 * WIDTH_OF_NAMES, placeholder=" …"), WIDTH_OF_NAMES))


def _unit(ranking: Ranking, language: Language) -> str:
    """The unit of the metric in that language, as the explanation of differences has it."""
    key = f"because_unit_{ranking.unit}"
    return say(key, language) if has(key) else ranking.unit


def _caption(ranking: Ranking, language: Language) -> str:
    counts = {"worlds": ranking.worlds, "samples": ranking.samples, "draws": ranking.draws}
    told = say("rank_caption", language, **{key: number(value, language) for key, value in counts.items()})
    left_out = say("rank_left_out", language, count=number(ranking.left_out, language)) if ranking.left_out else ""
    return f"{told} {left_out}".strip()


def _band(band: Band, language: Language, *, signed: bool = False) -> str:
    middle, low, high = (compact(value, language, signed) for value in (band.mean, band.low, band.high))
    return middle if low == middle == high else f"{middle}\n({span(low, high, language)})"


def _of(count: float, ranking: Ranking, language: Language) -> str:
    """A count of worlds out of all of them."""
    return say("rank_of", language, count=_count(count, language), all=number(ranking.worlds, language))


def _count(count: float, language: Language) -> str:
    """A count of worlds; a shared first place makes a fraction."""
    return number(count, language, 0 if count == round(count) else 1)
