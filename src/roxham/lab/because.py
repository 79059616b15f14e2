"""Why two runs differ: which step, service, rule or payer made the difference, in lines that add up to it.

Every metric is made of lines (`roxham.sim.breakdown`), so a difference is the sum of the differences of lines. Where a
line is a quantity times a price, people times days, or cohorts with waits of their own, the difference of the product
is shared out symmetrically (Kitagawa 1955; for two factors this is the Shapley value): each factor's change is taken
at the mean of the other. Nothing is left over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from roxham.errors import Problem, RunError, UnknownName, did_you_mean
from roxham.lab import store
from roxham.lab.draws import read_metric
from roxham.lab.lines import Read, read_lines
from roxham.lab.share import by_cohort, by_product, nights_in_bed, nights_without
from roxham.lab.summary import ALL, period_slices
from roxham.sim.breakdown import AHEAD, ASKED, LINE, NIGHTS, OFFERED, Key
from roxham.sim.metrics import METRICS, unit_of

Numbers = NDArray[np.float64]
Grouping = Literal["cause", "step", "rule", "place"]
GROUPINGS: tuple[Grouping, ...] = ("cause", "step", "rule", "place")
#: Metrics that are shared out month by month, between those who ask for a bed and the beds on offer.
NIGHTLY = {"nights_without_bed": nights_without, "bed_nights": nights_in_bed}
#: What an item is called by.
NAMES = ("place", "step", "what", "rule", "cite", "effect")
#: The lines must add up to the difference within this share of the largest number among them and the two values.
EXACT = 1e-9


@dataclass(frozen=True)
class Side:
    """One of the two runs: its folder, the scenario, and the metric by draw."""

    folder: Path
    scenario: str
    values: Numbers
    amendments: tuple[str, ...]

    @property
    def label(self) -> str:
        """Folder and scenario, as they are written on the command line."""
        return f"{self.folder}:{self.scenario}"


@dataclass(frozen=True)
class Item:
    """One line of the answer: what made part of the difference, and how much, by draw."""

    place: str
    step: str
    what: str
    rule: str
    cite: str
    effect: str
    by_draw: Numbers

    @property
    def mean(self) -> float:
        """The mean over draws."""
        return float(self.by_draw.sum() / self.by_draw.size)

    @property
    def band(self) -> tuple[float, float]:
        """Where nine draws in ten lie."""
        low, high = np.percentile(self.by_draw, (5, 95))
        return float(low), float(high)


@dataclass(frozen=True)
class Because:
    """Why a metric differs between two runs; the items add up to the difference in every draw."""

    metric: str
    unit: str
    place: str
    period: str
    a: Side
    b: Side
    items: tuple[Item, ...]
    notes: tuple[str, ...] = ()

    @cached_property
    def by_draw(self) -> Numbers:
        """The difference by draw, as the two runs report it."""
        return self.b.values - self.a.values

    @property
    def total(self) -> float:
        """The mean difference."""
        return float(self.by_draw.sum() / self.by_draw.size)

    def grouped(self, by: Grouping) -> Because:
        """The same answer with items added together: by `cause` (places together), `step`, `rule` or `place`."""
        keep = {"cause": ("step", "what", "rule", "cite", "effect"), "step": ("step", "effect"),
                "rule": ("rule", "cite", "effect"), "place": ("place", "effect")}[by]
        return self._together(lambda item: tuple(
            getattr(item, name) if name in keep else "" for name in NAMES))

    def _together(self, name: Callable[[Item], tuple[str, ...]]) -> Because:
        sums: dict[tuple[str, ...], Numbers] = {}
        for item in self.items:
            key = name(item)
            sums[key] = sums[key] + item.by_draw if key in sums else item.by_draw
        items = sorted((Item(**dict(zip(NAMES, key, strict=True)), by_draw=numbers) for key, numbers in sums.items()),
                       key=_largest)
        return Because(self.metric, self.unit, self.place, self.period, self.a, self.b, tuple(items), self.notes)

    def to_dict(self) -> dict[str, Any]:
        """Give the answer as plain data, for programs."""
        return {
            "metric": self.metric, "unit": self.unit, "place": self.place, "period": self.period,
            "draws": int(self.by_draw.size),
            "runs": [{"run": side.label, "mean": float(side.values.mean())} for side in (self.a, self.b)],
            "difference": self.total,
            "items": [
                {name: getattr(item, name) for name in NAMES}
                | {"difference": item.mean, "q05": item.band[0], "q95": item.band[1]}
                for item in self.items
            ],
            "notes": list(self.notes),
        }


def _largest(item: Item) -> tuple[float, str, str, str, str, str]:
    return -abs(item.mean), item.place, item.step, item.what, item.rule, item.effect


def because(metric: str, a: str | Path, b: str | Path, *, place: str = ALL, period: str = ALL) -> Because:
    """Say which lines made the difference of a metric between two runs, from the folders that they were written to.

    A run is a folder, or a folder and a scenario, `FOLDER:SCENARIO`; a folder alone stands for its baseline, and where
    both are the same folder, the second stands for its only other scenario.

    Raises:
        RunError: when a run was kept without its lines (an earlier version): it must be run again.
        UnknownName: naming the nearest metric, scenario, place or period.
    """
    if metric not in METRICS:
        raise UnknownName(Problem(f'"{metric}" is not a metric', hint=did_you_mean(metric, METRICS)))
    first, second = _scenarios(a, b)
    held = [_Held(folder, scenario, metric) for folder, scenario in (first, second)]
    notes = _agree(*held)
    draws = min(one.draws for one in held)
    months, before = _months(held, period)
    _check_place(held, metric, place)
    sides = [one.side(place, months, draws) for one in held]
    reads = [one.lines(place, months, draws) for one in held]
    earlier = [one.lines(place, before, draws) for one in held] if before else []
    items = [item for item in _items(metric, reads, earlier, draws) if item.by_draw.any()]
    answer = Because(metric, unit_of(metric, held[0].manifest.get("currency", "CAD")), place, period,
                     sides[0], sides[1], tuple(sorted(items, key=_largest)), tuple(notes))
    _add_up(answer)
    return answer


def _add_up(answer: Because) -> None:
    """Raise RunError unless the items add up to the difference in every draw."""
    made = sum((item.by_draw for item in answer.items), np.zeros_like(answer.by_draw))
    scale = np.max([np.abs(numbers) for numbers in (
        answer.a.values, answer.b.values, *(item.by_draw for item in answer.items))], axis=0)
    if np.isnan(answer.by_draw).any():
        raise RunError(f"{answer.metric} is a mean over nobody in {answer.period} in one of the runs; "
                       "choose a longer period")
    if (np.abs(made - answer.by_draw) > EXACT * np.maximum(scale, 1e-300)).any():
        raise RunError("the lines of these runs do not add up to their results: the folders were changed; run again")


def _items(metric: str, reads: Sequence[Read], earlier: Sequence[Read], draws: int) -> Iterator[Item]:
    """The items of a metric, as its kind says."""
    kind = METRICS[metric].kind
    both = _Both(reads[0], reads[1])
    if kind == "mean":
        yield from _told(by_cohort(both.amounts, both.weights, both.factor(AHEAD)), both.keys)
    elif metric in NIGHTLY:
        yield from _by_place(both, NIGHTLY[metric], draws)
    else:
        if earlier:
            before = _Both(earlier[0], earlier[1])
            sums: dict[str, Numbers] = {}
            for key, change in zip(before.keys, before.amounts[1] - before.amounts[0], strict=True):
                sums[key.place] = sums.get(key.place, 0.0) + change
            for where, change in sorted(sums.items()):
                yield Item(where, "", "", "", "", "opening", change)
        weighted = ~np.isnan(both.weights[0]).all(axis=1) | ~np.isnan(both.weights[1]).all(axis=1)
        yield from _told(by_product(both.amounts, both.weights, weighted), both.keys)


def _told(shares: dict[str, Numbers], keys: Sequence[Key]) -> Iterator[Item]:
    for effect, parts in shares.items():
        for key, change in zip(keys, parts, strict=True):
            yield Item(key.place, key.step, key.what, key.rule, key.cite, effect, change)


def _by_place(both: _Both, share: Callable[..., dict[str, Numbers]], draws: int) -> Iterator[Item]:
    """Nights of each place, shared out month by month: who asks, beds, and how long each is there or waits."""
    at = {place: k for k, place in enumerate(sorted({key.place for key in both.every}))}
    numbers = (both.at_places(at, kind) for kind in (LINE, NIGHTS, ASKED, OFFERED))
    step = both.every[0].step if both.every else ""
    for effect, parts in share(*numbers).items():
        for place, k in at.items():
            yield Item(place, step, "", "", "", effect, parts[k].reshape(draws, -1).sum(axis=1))


class _Both:
    """The lines of two runs side by side: amounts and weights of shape (2, lines, draws), zero where a run has none."""

    def __init__(self, a: Read, b: Read) -> None:
        self.every = sorted({*a.keys, *b.keys})
        self.keys = [key for key in self.every if key.kind == LINE]
        self._rows = [{key: k for k, key in enumerate(read.keys)} for read in (a, b)]
        self._reads = (a, b)
        self.draws = a.value.shape[1]
        self.amounts = self._stack(self.keys, "value", 0.0)
        self.weights = self._stack(self.keys, "weight", np.nan)

    def _stack(self, keys: Sequence[Key], name: str, absent: float) -> Numbers:
        out = np.full((2, len(keys), self.draws), absent)
        for side in (0, 1):
            numbers, rows = getattr(self._reads[side], name), self._rows[side]
            for k, key in enumerate(keys):
                if key in rows:
                    out[side, k] = numbers[rows[key]]
        return out

    def factor(self, kind: str) -> Numbers:
        """A factor beside each line, in the order of the lines."""
        return self._stack([key._replace(kind=kind) for key in self.keys], "value", 0.0)

    def at_places(self, at: dict[str, int], kind: str) -> Numbers:
        """Sums of lines or of a factor by place."""
        keys = [key for key in self.every if key.kind == kind]
        out = np.zeros((2, len(at), self.draws))
        for key, numbers in zip(keys, self._stack(keys, "value", 0.0).swapaxes(0, 1), strict=True):
            out[:, at[key.place]] += numbers
        return out


# ---------------------------------------------------------------- the folders of the runs
class _Held:
    """One scenario of a stored run."""

    def __init__(self, folder: Path, scenario: str, metric: str) -> None:
        self.folder, self.scenario, self.metric = folder, scenario, metric
        self.manifest = store.read_manifest(folder)
        self.draws = int(self.manifest.get("draws_with_lines") or self.manifest["draws"])
        if not (folder / store.LINES).is_file():
            said = "this run was kept without the lines that its metrics are made of: run it again"
            raise RunError(Problem(said, str(folder)))
        self.months, self.cells, self.values, self.counts = read_metric(folder / store.DRAWS, metric, scenario)

    @cached_property
    def entry(self) -> dict[str, Any]:
        """What the manifest says of the scenario."""
        return next(one for one in self.manifest["scenarios"] if one["name"] == self.scenario)

    def side(self, place: str, months: Sequence[str], draws: int) -> Side:
        """The metric by draw, as the run reports it."""
        of = [k for k, name in enumerate(self.cells) if place in (ALL, name)]
        when = [self.months.index(month) for month in months]
        values = self.values[:draws, of].sum(axis=1)
        kind = METRICS[self.metric].kind
        if kind == "stock":
            found = values[:, when[-1]]
        else:
            found = values[:, when].sum(axis=1)
        if kind == "mean":
            count = self.counts[:draws, of].sum(axis=1)[:, when].sum(axis=1)
            with np.errstate(divide="ignore", invalid="ignore"):
                found = np.where(count > 0, found / count, np.nan)
        amended = tuple(str(one) for one in self.entry.get("printed", ()))
        return Side(self.folder, self.scenario, found, amended)

    def lines(self, place: str, months: Sequence[str], draws: int) -> Read:
        """The lines of some months at the place."""
        apart = self.metric in NIGHTLY
        read = read_lines(self.folder / store.LINES, self.metric, self.scenario, self.draws, months, apart=apart)
        of = [k for k, key in enumerate(read.keys) if place in (ALL, key.place)]
        wide = draws * (len(months) if apart else 1)
        return Read(tuple(read.keys[k] for k in of), read.value[of, :wide], read.weight[of, :wide])


def _scenarios(a: str | Path, b: str | Path) -> tuple[tuple[Path, str], tuple[Path, str]]:
    """Folder and scenario of both runs."""
    (first, one), (second, two) = _parted(str(a)), _parted(str(b))
    held = [store.read_manifest(folder) for folder in (first, second)]
    names = [[str(entry["name"]) for entry in manifest["scenarios"]] for manifest in held]
    one, base = one or str(held[0]["baseline"]), str(held[1]["baseline"])
    if two is None:
        others = [name for name in names[1] if name != base]
        if first == second and len(others) != 1:
            shown = ", ".join(f"{second}:{name}" for name in others)
            raise RunError(f"which scenario of {second}? Write one of {shown}" if others else
                           f"{second} holds only one scenario: give another run")
        two = others[0] if first == second else base
    for scenario, known in ((one, names[0]), (two, names[1])):
        if scenario not in known:
            said = f'"{scenario}" is not a scenario of this run; it holds {", ".join(known)}'
            raise UnknownName(Problem(said, hint=did_you_mean(scenario, known)))
    return (first, one), (second, two)


def _parted(run: str) -> tuple[Path, str | None]:
    """A folder and a scenario; what follows the last colon is a scenario unless the whole is a folder."""
    folder, mark, scenario = run.rpartition(":")
    if not mark or Path(run).is_dir() or not Path(folder).is_dir():
        return Path(run), None
    return Path(folder), scenario


def _agree(a: _Held, b: _Held) -> list[str]:
    """Raise RunError unless two runs can be compared; note what else differs between them."""
    if a.months != b.months:
        spans = [f"{one.months[0]} to {one.months[-1]}" for one in (a, b)]
        raise RunError(f"the runs are of different months: {spans[0]}, and {spans[1]}")
    if a.manifest["case"] != b.manifest["case"]:
        raise RunError(f"the runs are of different cases: {a.manifest['case']}, and {b.manifest['case']}")
    return [name for name in ("case_hash", "code_version", "seed", "draws") if a.manifest[name] != b.manifest[name]]


def _months(held: Sequence[_Held], period: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The months of the period; and for a stock those before it."""
    months = held[0].months
    periods = dict(period_slices(months))
    if period not in periods:
        hint = did_you_mean(period, periods)
        raise UnknownName(Problem(f'"{period}" is not a period of these runs: a month, a year or all', hint=hint))
    where = periods[period]
    stock = METRICS[held[0].metric].kind == "stock"
    return months[where], months[: where.start] if stock else ()


def _check_place(held: Sequence[_Held], metric: str, place: str) -> None:
    known = sorted({name for one in held for name in one.cells} | {ALL})
    if place not in known:
        raise UnknownName(Problem(f'"{place}" is not a place of {metric}; it has {", ".join(known)}',
                                  hint=did_you_mean(place, known)))
