"""Fit the share of Quebec's border arrivals in need of a bed who were sent out of the province.

Published: 7,131 people to Ontario from 30 June 2022 to 26 February 2023; 10,580 out of Quebec to 26 February 2024;
475 of 505 arrivals in three days from 11 February 2023. Arrivals are the irregular entries of the month and, from
April 2023, the land-border claims beyond them, spread evenly over days; need is that of reception.yaml. Three steps
follow from the three published figures.

    python scripts/fit_transfers.py         # prints the shares to write into reception.yaml
"""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta

from roxham.evidence.fill import filled_entries
from roxham.evidence.tables import read_table

START, LATE, AFTER, END = date(2022, 6, 30), date(2023, 2, 11), date(2023, 2, 27), date(2024, 2, 26)
CLOSED = date(2023, 3, 25)
TO_ONTARIO, OUT_OF_QUEBEC = 7_131, 10_580
# need_share of reception.yaml: corridor (before and from 11 February 2023) and claims at ports.
NEED_CORRIDOR, NEED_CORRIDOR_LATE, NEED_PORT = 0.65, 0.95, 0.3


def needing(day: date, entries: dict[str, float], claims: dict[str, float]) -> float:
    """Persons who cross or claim at Quebec's land border on a day and ask for a bed."""
    month = f"{day:%Y-%m}"
    length = monthrange(day.year, day.month)[1]
    crossing, port = entries.get(month, 0.0) / length, 0.0
    if day >= CLOSED:
        month = max(month, "2023-04")  # the last week of March 2023 is nearer to April than to its own month
        crossing, port = 0.0, claims[month] / monthrange(int(month[:4]), int(month[5:]))[1]
    return crossing * (NEED_CORRIDOR_LATE if day >= LATE else NEED_CORRIDOR) + port * NEED_PORT


def main() -> None:
    """Print the three shares and the totals that they give."""
    entries = {m: c.persons for m, c in filled_entries("canada_us")[1].items()}
    claims = {
        f"{row['year']}-{int(row['month']):02d}": float(row["claims"])
        for row in read_table("canada_us", "claims_monthly")
        if (row["classification"], row["province"], row["office"]) == ("claim_office_type", "QC", "land_border")
        and row["month"]
    }
    days = [START + timedelta(n) for n in range((END - START).days + 1)]
    need = {day: needing(day, entries, claims) for day in days}
    spans = [(START, LATE), (LATE, AFTER), (AFTER, END + timedelta(1))]
    asked = [sum(need[d] for d in days if first <= d < last) for first, last in spans]
    february = 475 / 505 / NEED_CORRIDOR_LATE
    early = (TO_ONTARIO - february * asked[1]) / asked[0]
    after = (OUT_OF_QUEBEC - TO_ONTARIO) / asked[2]
    for (first, _), persons, share in zip(spans, asked, (early, february, after), strict=True):
        print(f"from {first}: {persons:8.0f} ask for a bed, share {share:.4f}, sent on {persons * share:7.0f}")


if __name__ == "__main__":
    main()
