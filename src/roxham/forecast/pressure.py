"""The latent pressure: how many people set out each month, inferred from what was observed under the law of the day.

Where the road between ports is open, the level of a hub is its observed interceptions divided by the chance that one
person who sets out is intercepted. Where the law closes it, the level of Quebec's hub is the observed claims at
Quebec's land-border offices (people with a relative in Canada, at ports) divided by the chance of such a claim. Beyond
the data the log level walks at random from its last half-year.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from roxham.forecast.observed import Observed
from roxham.sim.corridor import Corridor
from roxham.sim.expected import Expected

Floats = NDArray[np.float64]
#: A month counts as open when the road was open on at least this share of its days.
OPEN_SHARE = 0.15
FLOOR = 1e-9


def open_share(days: NDArray[np.datetime64], open_: NDArray[np.bool_]) -> Floats:
    """Share of each month's days on which the road between ports was open."""
    month = days.astype("datetime64[M]").astype(np.int64)
    month = month - month[0]
    return np.bincount(month, weights=open_.astype(np.float64)) / np.bincount(month)


def levels(corridor: Corridor, seen: Observed, mean: Expected, is_open: Floats) -> Floats:
    """Persons who set out by month and hub, shape (months, hubs); NaN beyond the data."""
    hubs = tuple(corridor.choice.hubs)
    columns = [[corridor.province_index(p) for p in corridor.choice.hubs[hub].series_provinces] for hub in hubs]
    opened = is_open >= OPEN_SHARE
    out = _open_levels(hubs, columns, seen, mean.monthly("intercepted"), opened)
    land = mean.monthly("claims_between") + mean.monthly("claims_port")
    for h, hub in enumerate(hubs):
        if hub in seen.elsewhere:
            out[:, h] = _bridge(out[:, h], seen.months <= seen.data_to)
        else:
            claims = seen.claims["land_border"][:, columns[h]].sum(axis=1)
            out[~opened, h] = (claims / np.maximum(land[:, h, columns[h]].sum(axis=1), FLOOR))[~opened]
    return out


def _open_levels(
    hubs: tuple[str, ...], columns: list[list[int]], seen: Observed, met: Floats, opened: NDArray[np.bool_]
) -> Floats:
    """Levels that together explain the interceptions of every hub's provinces, month by month; NaN where closed.

    People of one hub also cross in the provinces of another, so the levels of a month are solved together, none below
    zero.
    """
    from scipy.optimize import nnls

    entries = np.stack([seen.elsewhere.get(hub, seen.irregular["QC"]) for hub in hubs], axis=1)
    rates = np.stack([met[:, :, cols].sum(axis=2) for cols in columns], axis=1)  # month, series, hub
    out = np.full(entries.shape, np.nan)
    for m in np.flatnonzero(opened & np.isfinite(entries).all(axis=1)):
        out[m] = nnls(np.maximum(rates[m], FLOOR), entries[m])[0]
    return out


def _bridge(level: Floats, within: NDArray[np.bool_]) -> Floats:
    """Fill gaps inside the data: on the log scale between both ends, or with the mean of the last year before."""
    known = np.flatnonzero(np.isfinite(level))
    out = level.copy()
    log = np.log(np.maximum(level[known], 0.5))
    gaps = np.flatnonzero(~np.isfinite(level) & within)
    inner = gaps[gaps < known[-1]]
    out[inner] = np.exp(np.interp(inner, known, log))
    out[gaps[gaps > known[-1]]] = np.exp(log[-12:].mean())
    return out


def extend(level: Floats, noise: Floats, step_sd: float) -> Floats:
    """Continue each hub beyond the data: the mean log level of its last six months, then a random walk.

    `noise` has shape (months, hubs), standard normal.
    """
    out = level.copy()
    for h in range(level.shape[1]):
        known = np.flatnonzero(np.isfinite(level[:, h]))
        ahead = np.arange(known[-1] + 1, level.shape[0])
        base = np.log(np.maximum(level[known[-6:], h], 0.5)).mean()
        out[ahead, h] = np.exp(base + step_sd * np.cumsum(noise[ahead, h]))
    return out


def other_streams(
    corridor: Corridor, seen: Observed, mean: Expected, level: Floats
) -> dict[str, Floats]:
    """Claims that the corridor does not explain, by office, shape (months, provinces), in persons.

    Published claims less what the corridor's own people add; never below zero. Beyond the data each month repeats the
    same month of the last year known.
    """
    filled = np.where(np.isfinite(level), level, 0.0)
    own_port = np.einsum("mhp,mh->mp", mean.monthly("claims_port"), filled)
    own_between = np.einsum("mhp,mh->mp", mean.monthly("claims_between"), filled)
    settle = corridor.shares(seen.months) @ (corridor.ties / corridor.ties.sum(axis=1, keepdims=True))
    own_air = (mean.monthly("claims_air") * filled).sum(axis=1)[:, None] * settle
    own_late = (mean.monthly("claims_late") * filled).sum(axis=1)[:, None] * settle
    land, inland = own_port + own_between, own_late
    for rule in corridor.choice.booking:
        p = corridor.province_index(rule.province)
        on = corridor.span(rule, seen.months.astype("datetime64[D]") + 14)
        land[on, p] -= own_between[on, p]
        inland[on, p] += own_between[on, p]
    raw = {
        "land_port": seen.claims["land_border"] - land, "airport": seen.claims["airport"] - own_air,
        "inland": seen.claims["inland"] - inland}
    return {office: _repeat(np.maximum(values, 0.0), seen.months, seen.data_to) for office, values in raw.items()}


def _repeat(values: Floats, months: NDArray[np.datetime64], last: np.datetime64) -> Floats:
    out = values.copy()
    end = int((last - months[0]).astype(int))
    for k in range(end + 1, len(months)):
        out[k] = out[k - 12]
    return out

