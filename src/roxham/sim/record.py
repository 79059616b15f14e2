"""What every record of a service can be asked: Little's law, exactly."""

from __future__ import annotations

from typing import Protocol


class Record(Protocol):
    """What a service leaves behind: `Served`, `Housed` or `Attended`."""

    def area(self) -> float:
        """The number of people or parties here, summed over the time of the run."""
        ...

    def days_here(self) -> float:
        """The time that all of them spent here within the run."""
        ...


def little(record: Record) -> tuple[float, float]:
    """Both sides of Little's law for one service of one run: the stock summed over days, and the days spent.

    The first is added up day by day from the stock, the second person by person from the days of coming and
    going. They must be equal (to rounding, where time is continuous); over the length of the run they are the
    mean number here, and the rate of arrival times the mean time spent (Little, 1961).

    >>> import numpy as np
    >>> from roxham.sim.service import serve
    >>> arrived, persons = np.array([0, 0, 1], dtype=np.int32), np.array([2, 1, 3], dtype=np.int32)
    >>> little(serve(arrived, persons, np.array([2.0, 0.0, 4.0]), horizon=3))
    (5.0, 5.0)
    """
    return record.area(), record.days_here()
