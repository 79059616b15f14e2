"""Fit the nationality shares of the corridor to the published rows, and write people/shares.csv.

Unknown: the share of each group in each step of time. Known: counts and percentages by country over periods. Each
published row is a weighted mean of the steps it covers; the weights are the monthly irregular entries, counted as
far as claims had been referred (the table to September 2022 lags behind the arrivals of its last ten months).
Weighted least squares with a weak pull towards neighbouring steps, shares at least 0.

    python scripts/fit_shares.py            # writes the file and prints published against fitted
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import lsq_linear

from roxham.evidence.fill import filled_entries

OUT = Path(__file__).resolve().parent.parent / "src/roxham/cases/canada_us/people/shares.csv"
STEPS = ("2017-01", "2017-07", "2017-10", "2018-07", "2018-12", "2019-10", "2021-12", "2022-10")
DATES = ("2017-01-01", "2017-07-01", "2017-10-01", "2018-07-01", "2018-12-01", "2019-10-01", "2021-11-21", "2022-10-01")
FITTED = ("haiti", "nigeria", "colombia", "turkey", "pakistan", "dr_congo", "sudan", "angola")
# Referred by 30 September 2022: 73,397 in all, 45,517 of them by June 2019.
TOTAL_2022, TOTAL_2019 = 73_397, 45_517
PULL = 0.1  # one standard deviation of the change of a share from one step to the next


@dataclass(frozen=True)
class Known:
    """One published row as a share of a period, and how far it may be missed (one standard deviation)."""

    group: str
    first: str
    last: str
    share: float
    sd: float
    referred: bool = False


def known_rows() -> list[Known]:
    """The published rows used, copied from claims_by_country.csv."""
    to_2019 = {"nigeria": 13_565, "haiti": 7_798, "colombia": 2_158, "turkey": 1_600, "pakistan": 1_367}
    to_2022 = {
        "nigeria": 16_834, "haiti": 14_621, "colombia": 5_158, "turkey": 3_451, "pakistan": 2_859,
        "dr_congo": 2_540, "sudan": 1_825, "angola": 1_808,
    }  # fmt: skip
    jan = {"haiti": 136, "nigeria": 122, "colombia": 104, "pakistan": 96, "angola": 87}
    feb = {"haiti": 130, "nigeria": 109, "colombia": 106, "pakistan": 81, "angola": 37}
    rows = [Known(g, "2017-02", "2019-06", n / TOTAL_2019, 0.002) for g, n in to_2019.items()]
    rows += [Known(g, "2017-02", "2022-09", n / TOTAL_2022, 0.004, referred=True) for g, n in to_2022.items()]
    rows += [Known(g, "2020-01", "2020-01", n / 1_177, 0.02) for g, n in jan.items()]
    rows += [Known(g, "2020-02", "2020-02", n / 990, 0.02) for g, n in feb.items()]
    recent = {"haiti": 0.27, "turkey": 0.15, "colombia": 0.12}
    rows += [Known(g, "2021-12", "2022-09", s, 0.01) for g, s in recent.items()]
    before = {"nigeria": 0.19, "colombia": 0.09, "dr_congo": 0.06, "pakistan": 0.05}
    rows += [Known(g, "2018-12", "2019-09", s, 0.01) for g, s in before.items()]
    # In 2019 Haiti came sixth, after the United States at 5 % (order of the irregular claims of 2019).
    rows.append(Known("haiti", "2018-12", "2019-09", 0.045, 0.01))
    # All claims (any way of entry) by country and year, scaled by the group's irregular part to June 2019.
    every = {
        "haiti": (7_765, 1_230, 1_620), "nigeria": (5_965, 8_830, 4_090), "colombia": (1_370, 2_575, 3_360),
        "turkey": (2_180, 1_805, 1_980), "pakistan": (1_715, 2_015, 2_635),
    }  # fmt: skip
    for group, (in_2017, in_2018, in_2019) in every.items():
        part = to_2019[group] / (in_2017 + in_2018 + in_2019 / 2)
        rows.append(Known(group, "2017-02", "2017-12", part * in_2017 / 20_278, 0.015))
        rows.append(Known(group, "2018-01", "2018-12", part * in_2018 / 19_419, 0.015))
    return rows


def referral_weights(entries: dict[str, float]) -> dict[str, float]:
    """Weigh months by entries referred by September 2022: the last ten months count only as far as the total says."""
    late = [m for m in entries if "2021-12" <= m <= "2022-09"]
    middle = sum(n for m, n in entries.items() if "2019-07" <= m < "2021-12")
    share = (TOTAL_2022 - TOTAL_2019 - middle) / sum(entries[m] for m in late)
    return {m: n * (share if m in late else 1.0) for m, n in entries.items()}


def mix(row: Known, weights: dict[str, float]) -> NDArray[np.float64]:
    """Weight of each step of time in one published row."""
    out = np.zeros(len(STEPS))
    for month, persons in weights.items():
        if row.first <= month <= row.last:
            out[sum(month >= step for step in STEPS) - 1] += persons
    return np.asarray(out / out.sum(), dtype=np.float64)


def fit(rows: list[Known]) -> tuple[dict[str, NDArray[np.float64]], list[tuple[Known, float]]]:
    """Shares by group and step, and the fitted value of each published row."""
    entries = {m: c.persons for m, c in filled_entries("canada_us")[0].items()}
    referred = referral_weights(entries)
    smooth = np.diff(np.eye(len(STEPS)), axis=0) / PULL
    shares: dict[str, NDArray[np.float64]] = {}
    told: list[tuple[Known, float]] = []
    for group in FITTED:
        mine = [row for row in rows if row.group == group]
        left = np.array([mix(row, referred if row.referred else entries) for row in mine])
        right = np.array([row.share for row in mine])
        sd = np.array([row.sd for row in mine])
        system = np.vstack([left / sd[:, None], smooth])
        target = np.concatenate([right / sd, np.zeros(len(STEPS) - 1)])
        shares[group] = np.asarray(lsq_linear(system, target, bounds=(0.0, 1.0)).x)
        told += list(zip(mine, (left @ shares[group]).tolist(), strict=True))
    return shares, told


# Shares without a published row: value, low, high by step. What is left is `other`.
ASSUMED = {
    "venezuela": ((0.02, 0.0, 0.05),) * 5 + ((0.02, 0.0, 0.06), (0.05, 0.02, 0.1), (0.1, 0.04, 0.2)),
    "zimbabwe": ((0.01, 0.0, 0.03),) * 6 + ((0.01, 0.0, 0.03), (0.02, 0.0, 0.06)),
}
SOURCES = "irb_crossers_2019;irb_crossers_2022;cimm_nov_2022;public_safety_2020;ircc_claims_monthly"


def write(shares: dict[str, NDArray[np.float64]]) -> None:
    """Write people/shares.csv: rounded to four places, `other` takes what is left."""
    with OUT.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(["group", "from", "share", "unit", "status", "low", "high", "source", "note"])
        for k, day in enumerate(DATES):
            last, left = k == len(DATES) - 1, 1.0
            for group in FITTED:
                value = round(float(shares[group][k]), 4)
                left -= value
                if last:
                    note = "no published row after September 2022: as fitted to the end of it"
                    ends = (round(value * 0.5, 4), round(min(value * 1.7 + 0.02, 1.0), 4))
                    out.writerow([group, day, value, "share", "assumed", *ends, "", note])
                else:
                    out.writerow([group, day, value, "share", "estimated", "", "", SOURCES, "scripts/fit_shares.py"])
            for group, steps in ASSUMED.items():
                value, low, high = steps[k]
                left -= value
                out.writerow([group, day, value, "share", "assumed", low, high, "", "no published row for this group"])
            low, high = round(left - 0.1, 4), round(left + 0.1, 4)
            out.writerow(["other", day, round(left, 4), "share", "assumed", low, high, "", "what the others leave"])


def main() -> None:
    """Fit, print and write."""
    shares, told = fit(known_rows())
    for row, fitted in told:
        print(f"{row.group:10s} {row.first}..{row.last}  published {row.share:7.4f}  fitted {fitted:7.4f}")
    for group, steps in shares.items():
        print(f"{group:10s}", "  ".join(f"{value:6.3f}" for value in steps))
    print(f"{'rest':10s}", "  ".join(f"{1 - sum(shares[g][k] for g in shares):6.3f}" for k in range(len(STEPS))))
    write(shares)


if __name__ == "__main__":
    main()
