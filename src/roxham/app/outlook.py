"""Forecasts made once and kept: by the data they rest on, the day, and a reader's newer file held in memory."""

from __future__ import annotations

import hashlib
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from roxham.app.problem import Refused
from roxham.evidence.tables import case_folder

if TYPE_CHECKING:
    from roxham.forecast.ahead import Forecast
    from roxham.forecast.newer import Newer
    from roxham.lab.rooms import Rooms

#: Forecasts and newer files kept at once, and how long a newer file is kept (seconds).
FORECASTS, FILES, FILE_SECONDS = 32, 16, 3600.0
#: Requests that may wait for a forecast that is being made; who comes later is asked to try again.
WAITING = 12
BUSY = "Many forecasts are asked for at once; please try again in 3 s."


@dataclass(frozen=True)
class Made:
    """A forecast with the rooms it needs, and what it was made from."""

    forecast: Forecast
    rooms: Rooms | None
    newer: Newer | None
    key: str
    days: tuple[date, date]
    #: The answer that the page reads, by language, once it was given.
    answers: dict[str, dict[str, Any]] = field(default_factory=dict)


class Outlook:
    """The forecasts of one case; one is made at a time, and whoever asks for the same one waits for it."""

    def __init__(self, case: str = "canada_us") -> None:
        self.case = case
        self._made: OrderedDict[tuple[str, date, str], Made] = OrderedDict()
        self._files: OrderedDict[str, tuple[float, Newer]] = OrderedDict()
        self._lock, self._work = threading.Lock(), threading.Lock()
        self._waiting = 0
        self._days: dict[tuple[str, str], tuple[date, date]] = {}

    def data_hash(self) -> str:
        """Names the data that a forecast rests on: changes when a file of the evidence, or the plan, does."""
        folder = case_folder(self.case)
        files = sorted([*(folder / "evidence").glob("*.csv"), *folder.glob("*.yaml"), folder / "past_scores.csv"])
        told = "\n".join(_told(path) for path in files if path.is_file())
        return hashlib.sha256(told.encode()).hexdigest()[:16]

    def days(self, newer: Newer | None = None) -> tuple[date, date]:
        """The first day from which a forecast can be made, and the day on which all that is held was published."""
        from roxham.forecast.ahead import first_day, latest_day

        key = self.data_hash(), newer.digest if newer else ""
        if key not in self._days:
            if len(self._days) > FORECASTS:
                self._days.clear()
            self._days[key] = first_day(self.case), latest_day(self.case, newer)
        return self._days[key]

    def held(self, day: date | None = None, newer: str = "") -> Made | None:
        """A forecast that is ready, or None."""
        given = self.file(newer) if newer else None
        with self._lock:
            return self._made.get(self._key(day, given))

    def make(self, day: date | None = None, newer: str = "") -> Made:
        """A forecast as of a day, made now unless it is ready.

        Raises EvidenceError when too little was known on the day; Refused for a newer file no longer held, a day
        outside the data, or when too many wait.
        """
        given = self.file(newer) if newer else None
        key = self._key(day, given)
        with self._lock:
            if key in self._made:
                self._made.move_to_end(key)
                return self._made[key]
            if self._waiting >= WAITING:
                raise Refused(429, BUSY, {"Retry-After": "3"})
            self._waiting += 1
        try:
            with self._work:
                return self._made.get(key) or self._keep(key, given)
        finally:
            with self._lock:
                self._waiting -= 1

    @property
    def idle(self) -> bool:
        """True where nobody waits for a forecast."""
        return self._waiting == 0

    def _key(self, day: date | None, newer: Newer | None) -> tuple[str, date, str]:
        first, last = self.days(newer)
        if day is not None and not first <= day <= last:
            raise Refused(422, f"The day lies between {first} and {last}.")
        return self.data_hash(), day or last, newer.digest if newer else ""

    def _keep(self, key: tuple[str, date, str], newer: Newer | None) -> Made:
        from roxham.errors import RunError
        from roxham.forecast.ahead import forecast
        from roxham.forecast.beds import rooms_needed

        made = forecast(self.case, as_of_day=key[1], newer=newer)
        try:
            rooms = rooms_needed(made)
        except RunError:
            rooms = None
        name = hashlib.sha256("\n".join(map(str, key)).encode()).hexdigest()[:16]
        found = Made(made, rooms, newer, name, self.days(newer))
        with self._lock:
            self._made[key] = found
            while len(self._made) > FORECASTS:
                self._made.popitem(last=False)
        return found

    def keep_file(self, newer: Newer) -> str:
        """Hold a newer file in memory for an hour; gives its id."""
        name = newer.digest[:20]
        with self._lock:
            self._files[name] = (time.monotonic(), newer)
            self._files.move_to_end(name)
            while len(self._files) > FILES:
                self._files.popitem(last=False)
        return name

    def file(self, name: str) -> Newer:
        """A newer file that is held; Refused with 404 when it is not, or no longer."""
        with self._lock:
            for old in [one for one, (at, _) in self._files.items() if time.monotonic() - at > FILE_SECONDS]:
                del self._files[old]
            if name not in self._files:
                raise Refused(404, "This file is no longer held; please add it again.")
            return self._files[name][1]


def _told(path: Path) -> str:
    about = path.stat()
    return f"{path.name} {about.st_size} {about.st_mtime_ns}"
