"""What was seen, beside what the model draws: the evidence's own series for the metrics that have one."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from roxham.app.shapes import Both, Observed, Source
from roxham.errors import EvidenceError
from roxham.lab.summary import ALL

if TYPE_CHECKING:
    from roxham.evidence.series import Series
    from roxham.sim.corridor import Corridor

#: The series that shows the same thing as a metric, by place; `{place}` is the place, `total` for all.
SERIES = {
    "entries_irregular": "interceptions_{place}",
    "claims_land_border": "claims_land_border_{place}",
    "claims_airport": "claims_airport_{place}",
    "claims_inland": "claims_inland_{place}",
}
#: Metrics by segment, whose series are by province: only the sum of all places is comparable.
WHOLE = {"entries_irregular"}


def observed(corridor: Corridor, metric: str, place: str, months: Sequence[str]) -> list[Observed]:
    """The observed line of a metric at a place, month by month; none where nobody publishes it."""
    pattern = SERIES.get(metric)
    if pattern is None or (metric in WHOLE and place != ALL):
        return []
    series = _series(corridor.folder, pattern.format(place="total" if place == ALL else place))
    if series is None:
        return []
    values = series.values
    addresses = list(dict.fromkeys(point.source_url for point in series.points if point.source_url))
    source = Source(id=series.name, title=series.title["en"], title_fr=series.title["fr"],
                    url=addresses[0] if addresses else "")  # fmt: skip
    return [
        Observed(
            metric=metric,
            place=place,
            label=Both(en=series.title["en"], fr=series.title["fr"]),
            values=[values.get(month) for month in months],
            note=series.definition,
            source=source,
        )
    ]


@lru_cache(maxsize=64)
def _series(folder: Path, name: str) -> Series | None:
    from roxham.evidence.series import load_series

    try:
        return load_series(folder, name)
    except EvidenceError:
        return None
