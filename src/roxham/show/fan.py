"""A forecast to look at: the fan chart, the table and the warning in words, in English and French."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from roxham.evidence.series import Series
from roxham.forecast.ahead import Forecast
from roxham.forecast.alarms import AHEAD, THRESHOLD
from roxham.forecast.outside import INSTALL
from roxham.forecast.regimes import LEVELS
from roxham.forecast.vintage import later_month
from roxham.show.plot import BLACK, BLUE, GREY, ORANGE, WIDE, house_style
from roxham.show.text import Language, day, month, number, percent, say, span

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from rich.table import Table

Floats = NDArray[np.float64]
_BANDS = ((0.95, 0.14), (0.8, 0.22), (0.5, 0.34))
_PAST = 30
_FEW = 3


def series_words(series: str, language: Language) -> str:
    """A series in words.

    >>> series_words("claims/QC/land_border", "en")
    'claims at the land border, QC'
    """
    kind, place, what = series.split("/")
    return f"{say(f'forecast_{kind}', language)} {say(f'forecast_{what}', language)}, {place}"


def fan_figure(
    forecast: Forecast, series: str, *, language: Language = "en", seen: Mapping[str, float] | None = None
) -> Figure:
    """Known counts as dots, then the median with 50, 80 and 95 % bands and the naive baseline's median in grey.

    `seen` holds counts published later; they are drawn as rings, for looking back.
    """
    from matplotlib.figure import Figure
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    known = dict(list(forecast.known[series].items())[-_PAST:])
    quantiles = forecast.quantiles(series)
    times = [_year(one) for one in forecast.months]
    with house_style():
        figure = Figure(figsize=(WIDE, 2.8), layout="constrained")
        axes = figure.subplots()
        for share, alpha in _BANDS:
            low, high = (quantiles[:, _at(end)] for end in ((1 - share) / 2, (1 + share) / 2))
            axes.fill_between(times, low, high, color=BLUE, alpha=alpha, linewidth=0,
                              label=percent(share, language))  # fmt: skip
        axes.plot(times, quantiles[:, _at(0.5)], color=BLUE)
        if series in forecast.baseline:
            axes.plot(times, forecast.baseline[series][:, _at(0.5)], color=GREY, linewidth=0.8, linestyle="--",
                      label=say("forecast_beside", language))  # fmt: skip
        axes.plot([_year(one) for one in known], list(known.values()), color=BLACK, marker="o", markersize=1.8)
        later = {one: seen[one] for one in forecast.months if seen and one in seen}
        if later:
            axes.plot([_year(one) for one in later], list(later.values()), color=ORANGE, marker="o", linestyle="none",
                      markersize=3, fillstyle="none", label=say("forecast_seen", language))  # fmt: skip
        axes.legend(frameon=False, loc="upper left", ncols=5)
        axes.axvline(forecast.day.year + forecast.day.timetuple().tm_yday / 365.25, color=GREY, linewidth=0.6)
        tops = [*known.values(), *later.values(), float(quantiles[:, _at(0.9)].max())]
        axes.set_ylim(0, max(tops) * 1.25)
        axes.set_title(series_words(series, language))
        axes.set_ylabel(say("people_a_month", language))
        axes.yaxis.set_major_locator(MaxNLocator(nbins=4, integer=True))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: number(value, language)))
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    return figure


def _year(label: str) -> float:
    return int(label[:4]) + (int(label[5:7]) - 0.5) / 12


def _at(level: float) -> int:
    return int(np.argmin(np.abs(LEVELS - level)))


def forecast_table(forecast: Forecast, language: Language = "en") -> Table:
    """The forecast as a table: months down for a few series, series down for many."""
    from rich.table import Table

    title = say("forecast_title", language, day=day(forecast.day.isoformat(), language),
                last=month(forecast.last, language))  # fmt: skip
    table = Table(title=title, title_justify="left", caption=say("forecast_pseudo", language), caption_justify="left")
    if len(forecast.draws) <= _FEW:
        _months_down(table, forecast, language)
    else:
        _series_down(table, forecast, language)
    return table


def _months_down(table: Table, forecast: Forecast, language: Language) -> None:
    table.add_column(say("month", language))
    for series in forecast.draws:
        table.add_column(series_words(series, language), justify="right")
        if series in forecast.baseline:
            table.add_column(say("forecast_beside", language), justify="right", style="dim")
    for k, target in enumerate(forecast.months):
        cells = [month(target, language)]
        for series in forecast.draws:
            cells.append(_band(forecast.quantiles(series)[k], language))
            if series in forecast.baseline:
                cells.append(_band(forecast.baseline[series][k], language))
        table.add_row(*cells)


def _series_down(table: Table, forecast: Forecast, language: Language) -> None:
    shown = [k for k, h in enumerate(forecast.horizons) if h in (1, 6, 12)]
    table.add_column(say("forecast_series", language), no_wrap=True)
    table.add_column(say("forecast_last", language), justify="right")
    for k in shown:
        table.add_column(month(forecast.months[k], language), justify="right", no_wrap=True)
    for series in forecast.draws:
        known = list(forecast.known[series].values())
        quantiles = forecast.quantiles(series)
        last = number(known[-1], language) if forecast.last in forecast.known[series] else "–"
        table.add_row(series, last, *(_band(quantiles[k], language) for k in shown))


def _band(quantiles: Floats, language: Language) -> str:
    middle, low, high = (number(float(quantiles[_at(level)]), language) for level in (0.5, 0.05, 0.95))
    return f"{middle} ({span(low, high, language)})"


def warning_words(forecast: Forecast, language: Language = "en") -> str:
    """The early warning in words: every alarm, or that there is none and where the chance is highest."""
    now = f"{forecast.day:%Y-%m}"
    blanks = {"now": month(now, language), "then": month(later_month(now, AHEAD), language)}
    known = [one for one in forecast.warnings if one.chance == one.chance]
    alarms = [one for one in known if one.alarm]
    lines = [
        say("forecast_alarm", language, series=series_words(one.series, language),
            chance=percent(one.chance, language), **blanks)
        for one in alarms
    ]  # fmt: skip
    if known and not alarms:
        top = max(known, key=lambda one: one.chance)
        words = series_words(top.series, language)
        lines = [say("forecast_quiet", language, series=words, chance=percent(top.chance, language), **blanks)]
    return "\n".join([*lines, say("forecast_threshold", language, threshold=percent(THRESHOLD, language))])


def missing_words(models: Sequence[str], language: Language) -> str:
    """Which models did not run for want of a library, and the command that installs it."""
    return say("forecast_missing", language, models=", ".join(models), command=INSTALL)


def series_figure(series: Series, *, language: Language = "en") -> Figure:
    """An observed series by period: values as dots, ranges as bars, and a line where it changes its meaning.

    A hole in the record stays a hole; a suppressed point shows its range alone.
    """
    from matplotlib.figure import Figure
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    times = [_decimal(point.period) for point in series.points]
    with house_style():
        figure = Figure(figsize=(WIDE, 2.8), layout="constrained")
        axes = figure.subplots()
        for time, point in zip(times, series.points, strict=True):
            if point.low is not None and point.high is not None and point.high > point.low:
                axes.plot([time, time], [point.low, point.high], color=BLUE, linewidth=1.2, alpha=0.5)
        values = [float("nan") if point.value is None else point.value for point in series.points]
        axes.plot(times, values, color=BLUE, marker="o", markersize=2, linestyle="none")
        for one in series.breaks:
            axes.axvline(one.day.year + one.day.timetuple().tm_yday / 365.25, color=ORANGE, linewidth=0.9)
        axes.set_ylim(bottom=0)
        axes.set_title(series.title[language])
        axes.set_ylabel(series.unit)
        axes.yaxis.set_major_locator(MaxNLocator(nbins=5))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: number(value, language)))
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    return figure


def _decimal(period: str) -> float:
    """A period as a decimal year: a month or year at its middle, a span at its end."""
    last = period.split("/")[-1]
    if len(last) == 4:
        return int(last) + 0.5
    return _year(last) if len(last) == 7 else int(last[:4]) + (int(last[5:7]) - 1 + int(last[8:10]) / 31) / 12
