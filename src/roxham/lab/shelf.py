"""A shelf of the store: the draws of one scenario, in immutable files named by their own hash."""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from roxham.errors import Problem, RunError
from roxham.lab.ground import Ground, at_hand, explain, write_file
from roxham.lab.part import (
    TOGETHER,
    Name,
    connection,
    names_of,
    numbers_of,
    read_names,
    read_parts,
    same,
    write_names,
    write_part,
)

if TYPE_CHECKING:
    from roxham.lab.bench import Table

STORE = "roxham-store/1"
STORE_FILE, SHELVES, ABOUT = "store.json", "shelves", "shelf.json"
PART = re.compile(r"(?P<first>\d{8})-(?P<last>\d{8})-(?P<hash>[0-9a-f]{64})\.parquet")
KEY = re.compile("[0-9a-f]{64}")
NAMES = re.compile(r"names-(?P<hash>[0-9a-f]{64})\.json")
#: One part holds so many draws at most.
MOST_DRAWS = 1_000
#: How often a writer looks whether the names that it put here still stand, in seconds.
LOOK_SECONDS = 5.0
#: Called with a file that was found altered.
Tell = Callable[[Problem], object]


def canonical(data: Mapping[str, Any]) -> bytes:
    """Data as the one JSON text that is hashed.

    >>> canonical({"b": 1, "a": "é"}).decode()
    '{"a":"é","b":1}'
    """
    return json.dumps(data, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def sha(content: bytes) -> str:
    """SHA-256, hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def folder_of(key: str) -> str:
    """Where the shelf with a key stands, below the root of the store."""
    return f"{SHELVES}/{key[:2]}/{key}"


@dataclass(frozen=True)
class Part:
    """One file of draws: its path below the root of the store, and the draws in it."""

    path: str
    draws: frozenset[int]


class Shelf:
    """The draws of one scenario; made by `Vault.shelf`.

    ``key`` is the hash of what it is a shelf of; ``damaged`` names the files that were found altered, ``bad``
    their names in the shelf's folder.
    """

    def __init__(self, ground: Ground, about: bytes, key: str = "", tell: Tell | None = None) -> None:
        self.ground = ground
        self.tell = tell
        self.key = key or sha(about)
        self.folder = folder_of(self.key)
        self.damaged: list[Problem] = []
        self.bad: list[str] = []
        self._about = about
        self._names: dict[int, Name] = {}
        self._known: dict[str, int] = {}
        self._labelled, self._looked = False, time.monotonic()

    @property
    def about(self) -> dict[str, Any]:
        """What this is a shelf of: case, code, amendments, seed and days; nothing where the file of it was altered."""
        held: dict[str, Any] = json.loads(self._about) if sha(self._about) == self.key else {}
        return held

    def held(self) -> frozenset[int]:
        """The draws that are here; whether their files are whole shows when they are read."""
        return frozenset(draw for name in self.ground.names(self.folder) for draw in draws_of(name))

    def get(self, draws: Iterable[int], *, lines: bool = True) -> dict[int, Table]:
        """The tables of those draws that are here and whole.

        A file that was altered or cut short is left out and told in ``damaged``.

        Args:
            lines: whether what the metrics are made of is wanted too.

        Raises RunError when two files hold the same draw with different numbers.
        """
        wanted = frozenset(draws)
        return self._collect([name for name in self._look() if wanted & draws_of(name)], wanted, lines=lines)

    def whole(self) -> list[Part]:
        """The parts that are whole by their hash; the others are told in ``damaged``."""
        parts = [Part(f"{self.folder}/{name}", draws_of(name)) for name in self._look() if PART.fullmatch(name)]
        return [part for part in parts if self._verified([part.path])]

    @property
    def names(self) -> dict[int, Name]:
        """What the numbers of the rows stand for, as far as was looked."""
        return dict(self._names)

    def put(self, tables: Mapping[int, Table]) -> None:
        """Keep draws; when this returns they survive the end of the process.

        Raises RunError when the store cannot be written; what was kept before is intact.
        """
        for run in _runs(sorted(tables)):
            some = {draw: tables[draw] for draw in run}
            try:
                self._put(some)
            except RunError as error:
                if not _swept(error):
                    raise
                self._put(some)

    def label(self) -> None:
        """Say in the shelf's folder what it is a shelf of, and at the root what kind of store this is."""
        if not self._labelled and sha(self._about) == self.key:
            for path, content in ((STORE_FILE, canonical({"format": STORE})), (f"{self.folder}/{ABOUT}", self._about)):
                if self.ground.read([path]).get(path) != content:
                    write_file(self.ground, path, content)
        self._labelled = True

    def check(self) -> list[Problem]:
        """Verify every file by its hash and read it; tell those that were altered, cut short or do not agree."""
        self.damaged, self.bad, self._names, self._known = [], [], {}, {}
        standing = self._look()
        about = self.ground.read([f"{self.folder}/{ABOUT}"]).get(f"{self.folder}/{ABOUT}")
        if about is not None and sha(about) != self.key:
            self._spoiled(ABOUT)
        parts = [name for name in standing if PART.fullmatch(name)]
        for some in _apart(parts):
            self._read(some, lines=True)
        several = [draw for draw, count in Counter(d for name in parts for d in draws_of(name)).items() if count > 1]
        for draw in several:
            twice = [name for name in parts if draw in draws_of(name) and name not in self.bad]
            try:
                self._collect(twice, frozenset([draw]), lines=True)
            except RunError as error:
                self.damaged.extend(error.problems)
                self.bad.extend(name for name in twice if name not in self.bad)
        return list(self.damaged)

    def _collect(self, names: Sequence[str], wanted: frozenset[int], *, lines: bool) -> dict[int, Table]:
        """Those of the wanted draws that stand in some parts; where one stands twice, both must be the same."""
        found: dict[int, Table] = {}
        origin: dict[int, str] = {}
        for some in _apart(names):
            for draw, table in self._read(some, lines=lines).items():
                if draw in found and not same(found[draw], table):
                    raise RunError(self._twice(draw, origin[draw], some))
                if draw in wanted:
                    found[draw] = table
                    origin[draw] = next(name for name in some if draw in draws_of(name))
        return dict(sorted(found.items()))

    def _put(self, tables: Mapping[int, Table]) -> None:
        import duckdb

        self.label()
        draft = self.ground.draft()
        try:
            numbers = self._name(tables)
            write_part(connection(), tables, numbers, draft)
            name = f"{min(tables):08d}-{max(tables):08d}-{sha(draft.read_bytes())}.parquet"
            self.ground.adopt(draft, f"{self.folder}/{name}")
        except (OSError, duckdb.IOException) as error:
            raise explain(error, self.ground.url) from error
        finally:
            draft.unlink(missing_ok=True)

    def _name(self, tables: Mapping[int, Table]) -> dict[int, list[int]]:
        """Keep the names of rows that are not yet known here, before the part that uses them; give their numbers."""
        if time.monotonic() - self._looked > LOOK_SECONDS:
            self._looked = time.monotonic()
            if not set(self._known) <= set(self.ground.names(self.folder)):
                self._names, self._known = {}, {}  # somebody took this shelf away; it begins again
        numbers = {draw: numbers_of(table) for draw, table in tables.items()}
        if not all(self._names.keys() >= set(those) for those in numbers.values()):
            self._look()
        unknown: dict[int, Name] = {}
        for draw, those in numbers.items():
            if not self._names.keys() >= set(those):
                names = zip(those, names_of(tables[draw]), strict=True)
                unknown |= {number: name for number, name in names if number not in self._names}
        if unknown:
            content = write_names(unknown.values())
            name = f"names-{sha(content)}.json"
            write_file(self.ground, f"{self.folder}/{name}", content)
            self._names |= unknown
            self._known[name] = len(content)
        return numbers

    def _look(self) -> list[str]:
        """What stands here; names not yet known are read."""
        standing = self.ground.names(self.folder)
        new = [name for name in standing if NAMES.fullmatch(name) and name not in self._known]
        contents = self.ground.read([f"{self.folder}/{name}" for name in new])
        for name in new:
            content, found = contents.get(f"{self.folder}/{name}", b""), NAMES.fullmatch(name)
            if found and sha(content) == found["hash"]:
                self._names |= read_names(content)
                self._known[name] = len(content)
            else:
                self._spoiled(name)
        return standing

    def _read(self, names: Sequence[str], *, lines: bool) -> dict[int, Table]:
        """The draws of parts that are whole; those altered, or with rows that have no name, are told and left out."""
        contents = self._verified([f"{self.folder}/{name}" for name in names])
        with ExitStack() as stack:
            paths = [stack.enter_context(at_hand(self.ground, path, content)) for path, content in contents.items()]
            try:
                found = read_parts(connection(), paths, self._names, lines=lines) if paths else {}
                if set(found) == {draw for path in contents for draw in draws_of(path.rsplit("/", 1)[-1])}:
                    return found
                said = "this file does not hold the draws that its name says"
            except RunError:
                said = "the names that go with this file are missing or were altered"
        if len(names) == 1:
            self._spoiled(names[0], said)
            return {}
        return {draw: table for name in names for draw, table in self._read([name], lines=lines).items()}

    def _verified(self, paths: Sequence[str]) -> dict[str, bytes]:
        """The content of parts that are whole by their hash; those taken away since are left out too."""
        whole: dict[str, bytes] = {}
        for path, content in self.ground.read(paths).items():
            name = path.rsplit("/", 1)[-1]
            found = PART.fullmatch(name)
            if found is not None and sha(content) == found["hash"]:
                whole[path] = content
            else:
                self._spoiled(name)
        return whole

    def _spoiled(self, name: str, said: str = "this file was altered or cut short") -> None:
        problem = Problem(said, f"{self.ground.url}/{self.folder}/{name}")
        if problem not in self.damaged:
            self.damaged.append(problem)
            self.bad.append(name)
            if self.tell is not None:
                self.tell(problem)

    def _twice(self, draw: int, one: str, others: Sequence[str]) -> Problem:
        other = next(name for name in others if draw in draws_of(name))
        said = (f"draw {draw} stands here twice with different numbers ({one} and {other}); take both away with "
                "`roxham runs check --mend` and run the study again")
        return Problem(said, f"{self.ground.url}/{self.folder}")


def draws_of(name: str) -> frozenset[int]:
    """The draws that a part holds, by its name; none for any other file."""
    found = PART.fullmatch(name)
    draws = range(int(found["first"]), int(found["last"]) + 1) if found else range(0)
    return frozenset(draws) if len(draws) <= MOST_DRAWS else frozenset()


def _swept(error: RunError) -> bool:
    """Whether a draft was taken away, by somebody who pruned or whose clock is wrong, before it had its place."""
    cause = error.__cause__
    return isinstance(cause, FileNotFoundError) or "No such file" in str(cause)


def _runs(draws: Sequence[int]) -> Iterator[list[int]]:
    """Draws in stretches without a gap, none too long: each becomes one part."""
    stretch: list[int] = []
    for draw in draws:
        if stretch and (draw != stretch[-1] + 1 or len(stretch) == MOST_DRAWS):
            yield stretch
            stretch = []
        stretch.append(draw)
    if stretch:
        yield stretch


def _apart(names: Sequence[str]) -> Iterator[list[str]]:
    """Parts in lots of a few draws, no draw twice in a lot."""
    lot: list[str] = []
    inside: frozenset[int] = frozenset()
    for name in names:
        draws = draws_of(name)
        if lot and (draws & inside or len(draws | inside) > TOGETHER):
            yield lot
            lot, inside = [], frozenset()
        lot.append(name)
        inside |= draws
    if lot:
        yield lot
