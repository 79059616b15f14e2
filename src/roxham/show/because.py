"""Why two runs differ, in words: a table and a chart of the lines that add up to the difference."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from roxham.lab.because import Because, Item
from roxham.show.plot import house_style
from roxham.show.table import compact, metric_label, place_names
from roxham.show.text import Language, has, number, percent, say

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from rich.table import Table

    from roxham.sim.corridor import Corridor

#: How many lines are told one by one.
LINES = 12


@dataclass(frozen=True)
class Words:
    """What the parts of a case are called: places, steps, states, items of cost and lines of the law."""

    language: Language
    names: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, corridor: Corridor | None, language: Language) -> Words:
        """The words of a case, or none where the case is not at hand."""
        if corridor is None:
            return cls(language)
        names = place_names(corridor.folder, language)
        for titles in (corridor.services, corridor.reception.places, corridor.costs.items):
            names |= {name: str(getattr(one.title, language)) for name, one in titles.items()}
        for segment in corridor.world.segments.values():
            names[segment.id] = str(getattr(segment, f"name_{language}"))
        for name, stage in corridor.procedure.stages.items():
            names[name] = title = str(getattr(stage.title, language))
            for way in (*stage.outcomes, *((stage.leave,) if stage.leave else ())):
                says = getattr(way.says, language) if way.says else way.name.replace("_", " ")
                names[f"{name}>{way.name}"] = f"{title}, {says}"
        for line in corridor.law.consequences.get("because", ()):
            names[f"rule {line.value}"] = line.label[language]
        return cls(language, names)

    def name(self, key: str) -> str:
        """A name, or its id in plain letters."""
        return self.names.get(key, key.replace("_", " "))

    def what(self, what: str) -> str:
        """The way, cohort, move or item of a line."""
        if what in self.names:
            return self.names[what]
        if ">" in what:
            out_of, to = (self._state(part) for part in what.split(">"))
            return say("because_move", self.language, out_of=out_of, to=to)
        year = re.fullmatch(r"(\d{4}) (\w+)", what)
        if year:
            return say("because_came", self.language, way=self.what(year[2]), year=year[1])
        if what.endswith("_again"):
            return say("because_again", self.language, way=self.what(what.removesuffix("_again")))
        return say(f"because_way_{what}", self.language) if has(f"because_way_{what}") else self.name(what)

    def _state(self, state: str) -> str:
        if state in self.names:
            return self.names[state]
        return say(f"because_state_{state}", self.language) if has(f"because_state_{state}") else self.what(state)

    def item(self, item: Item) -> str:
        """One line of the answer in words, with its citation."""
        if item.effect == "amendment":
            return item.what
        parts = [self.name(item.place)] if item.place not in ("", "all") else []
        if item.what:
            parts.append(self.what(item.what))
        if item.rule:
            parts.append(self.name(f"rule {item.rule}") if f"rule {item.rule}" in self.names else self.name(item.rule))
        if has(f"because_effect_{item.effect}"):
            parts.append(say(f"because_effect_{item.effect}", self.language))
        if not parts:
            parts.append(self._step(item.step))
        return "; ".join(parts) + (f" [{item.cite}]" if item.cite else "")

    def _step(self, step: str) -> str:
        from roxham.sim.plan import PLAN

        for one in PLAN:
            if one.name == step:
                return one.name if self.language == "en" else one.fr.split(":")[0].strip().lower()
        return self._state(step)

    def step(self, item: Item) -> str:
        """The step of a line."""
        return self._step(item.step) if item.step and ">" not in item.what else ""


def lines_of(answer: Because, words: Words, most: int = LINES) -> list[tuple[str, str, float, tuple[float, float]]]:
    """Step, words, mean and band of the largest lines, and of the smaller ones together; they add up to the total."""
    import numpy as np

    listed = answer.items if len(answer.items) <= most + 1 else answer.items[:most]
    rows = [(words.step(item), words.item(item), item.mean, item.band) for item in listed]
    rest = answer.items[len(listed):]
    if rest:
        sums = sum((item.by_draw for item in rest[1:]), rest[0].by_draw)
        low, high = np.percentile(sums, (5, 95)).tolist()
        told = say("because_smaller", words.language, count=len(rest))
        rows.append(("", told, float(sums.sum() / sums.size), (low, high)))
    return rows


def heading(answer: Because, language: Language) -> str:
    """What differs, and how much it is in each of the two runs."""
    where = say("because_everywhere", language) if answer.place == "all" else answer.place.replace("_", " ")
    when = say("because_always", language) if answer.period == "all" else answer.period
    first, second = ((side.scenario for side in (answer.a, answer.b)) if answer.a.scenario != answer.b.scenario
                     else (side.label for side in (answer.a, answer.b)))
    a, b = (compact(float(side.values.mean()), language) for side in (answer.a, answer.b))
    metric = metric_label(answer.metric, language)
    return say("because_title", language, metric=metric, where=where, when=when, a=a, b=b, first=first, second=second)


def notes(answer: Because, language: Language) -> list[str]:
    """What else differs between the two runs."""
    return [say(f"because_note_{name}", language, draws=answer.by_draw.size) for name in answer.notes]


def because_table(answer: Because, words: Words, *, most: int = LINES) -> Table:
    """The lines of an answer: step, what, mean difference, band and share of the difference."""
    from rich.markup import escape
    from rich.table import Table

    language = words.language
    total = compact(answer.total, language, signed=True)
    unit, draws = _unit(answer.unit, language), answer.by_draw.size
    caption = say("because_difference", language, total=total, unit=unit, draws=draws)
    table = Table(title=escape(heading(answer, language)), caption="\n".join([caption, *notes(answer, language)]),
                  title_justify="left", caption_justify="left", show_footer=True)
    table.add_column(say("because_column", language), footer=say("because_total", language), overflow="fold")
    table.add_column(unit, justify="right", footer=total)
    table.add_column(say("because_band", language), justify="right")
    table.add_column(say("because_share", language), justify="right")
    rows = lines_of(answer, words, most)
    for told, (_, _, mean, (low, high)) in zip(_names(rows, language), rows, strict=True):
        band = "" if low == mean == high else f"[{compact(low, language, True)}, {compact(high, language, True)}]"
        share = percent(mean / answer.total, language, signed=True) if answer.total else number(float("nan"), language)
        table.add_row(escape(told), compact(mean, language, signed=True), escape(band), share)
    return table


def because_chart(answer: Because, words: Words, *, most: int = LINES) -> Figure:
    """The lines as steps from one run's value to the other's, with their bands."""
    from matplotlib.figure import Figure
    from matplotlib.ticker import FuncFormatter

    rows = lines_of(answer, words, most)
    labels = [_wrapped(name) for name in (answer.a.scenario, *_names(rows, words.language), answer.b.scenario)]
    tall = 0.16 + 0.14 * max(label.count("\n") + 1 for label in labels)
    with house_style():
        figure = Figure(figsize=(8, 1.2 + tall * len(labels)), layout="constrained")
        axes = figure.subplots()
        at = float(answer.a.values.mean())
        axes.barh(0, at, color="0.6")
        for k, (_, _, mean, _) in enumerate(rows, start=1):
            axes.barh(k, mean, left=at, color="#b3452c" if mean > 0 else "#2c6fb3")
            edge = max(at, at + mean)
            told = compact(mean, words.language, signed=True)
            axes.annotate(told, (edge, k), xytext=(4, 0), textcoords="offset points", va="center")
            at += mean
        axes.barh(len(rows) + 1, float(answer.b.values.mean()), color="0.6")
        axes.set_yticks(range(len(labels)), labels)
        axes.set_ylim(len(labels) - 0.4, -0.6)
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: compact(value, words.language)))
        axes.set_xlabel(_unit(answer.unit, words.language))
        axes.set_title(_wrapped(heading(answer, words.language), 90), loc="left")
        axes.set_xmargin(0.12)
    return figure


def _names(rows: Sequence[tuple[str, str, float, tuple[float, float]]], language: Language) -> list[str]:
    """The lines in words, after their step where steps differ."""
    steps = {step for step, *_ in rows if step}
    apart = "\u00a0: " if language == "fr" else ": "
    return [what if not step or len(steps) == 1 or what.startswith(step) else step + apart + what
            for step, what, *_ in rows]


def _unit(unit: str, language: Language) -> str:
    return say(f"because_unit_{unit}", language) if has(f"because_unit_{unit}") else unit


def _wrapped(text: str, width: int = 52) -> str:
    import textwrap

    return "\n".join(textwrap.wrap(text, width))
