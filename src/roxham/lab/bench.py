"""What one task of a study needs and gives: the bench that makes one draw of one scenario, and the table it makes.

A task depends on nothing but its bench, its scenario and its draw; so it may be done in any process, in any order, and
twice, and gives the same table.
"""

from __future__ import annotations

import hashlib
import io
import pickle
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from roxham.errors import Problem, RunError, SpecError, UnknownName
from roxham.lab.lines import Lines
from roxham.lab.scenario import Study
from roxham.sim.metrics import METRICS, Outcome

if TYPE_CHECKING:
    from roxham.sim.corridor import Corridor

Numbers = NDArray[np.float64]
#: What metrics are made of is kept for so many draws of a study, the first ones; a draw of it takes 0.6 MB.
DRAWS_WITH_LINES = 50
#: One piece of work: the number of a scenario in its study, and the number of a draw.
Task = tuple[int, int]


class Model(Protocol):
    """Whatever turns a corridor, a seed and a draw into an outcome; the simulator is one."""

    def __call__(self, corridor: Corridor, *, seed: int, draw: int, from_: date, to: date) -> Outcome: ...


@dataclass(frozen=True)
class Table:
    """The monthly cells of one draw, stacked, and the lines that they are made of.

    ``values`` has shape (cells, months), ``weights`` (cells that are means, months); ``cells`` names metric and place.
    """

    months: tuple[str, ...]
    cells: tuple[tuple[str, str], ...]
    values: Numbers
    weights: Numbers
    lines: Lines | None = None


@dataclass(frozen=True)
class Bench:
    """What every task of a study needs: the amended corridors, the days and the seed."""

    corridors: tuple[Corridor, ...]
    study: Study
    seed: int
    model: Model

    def run(self, scenario: int, draw: int) -> Table:
        """Make one draw of one scenario."""
        days = {"from_": self.study.from_, "to": self.study.to}
        return stack(self.model(self.corridors[scenario], seed=self.seed, draw=draw, **days))


def simulator() -> Model:
    """The model that makes a draw unless another is given."""
    return simulate


def simulate(corridor: Corridor, *, seed: int, draw: int, from_: date, to: date) -> Outcome:
    """One draw of the simulator, with the lines of its metrics for the first draws of a study."""
    from roxham.sim.run import run_draw

    return run_draw(corridor, seed=seed, draw=draw, from_=from_, to=to, lines=draw < DRAWS_WITH_LINES)


def check_seed(seed: int) -> None:
    """Raise RunError unless the seed is a whole number from 0 to 2**63 - 1."""
    if not 0 <= seed < 2**63:
        raise RunError(f"a seed is a whole number from 0 to 2**63 - 1, not {seed}")


def amended(study: Study, corridor: Corridor) -> tuple[Corridor, ...]:
    """Amend the corridor for every scenario of a study.

    Raises SpecError (UnknownName when only names are wrong) with all problems of all scenarios at once.
    """
    problems: list[Problem] = []
    corridors: list[Corridor] = []
    unknown_only = True
    for scenario in study.scenarios:
        try:
            corridors.append(corridor.amend(scenario.amendments))
        except SpecError as error:
            problems.extend(error.problems)
            unknown_only &= isinstance(error, UnknownName)
    if problems:
        raise UnknownName(problems) if unknown_only else SpecError(problems)
    return tuple(corridors)


def stack(outcome: Outcome) -> Table:
    """Put the cells of an outcome one on the other, and keep its lines where they are not zero."""
    cells = [(part.metric, place) for part in outcome.cells for place in part.places]
    values = np.concatenate([np.asarray(part.value, dtype=np.float64) for part in outcome.cells])
    counts = [part.weight for part in outcome.cells if METRICS[part.metric].kind == "mean"]
    if any(count is None for count in counts):
        raise RunError("a mean was recorded without its count")
    empty = np.zeros((0, len(outcome.months)))
    weights = np.concatenate([empty, *(np.asarray(count, dtype=np.float64) for count in counts)])
    lines = None if outcome.breakdown is None else Lines.of(outcome.breakdown)
    return Table(outcome.months, tuple(cells), values, weights, lines)


class _Packer(pickle.Pickler):
    """Pickles read-only mappings too, which the standard library leaves out."""

    def reducer_override(self, thing: Any) -> Any:
        return (_read_only, (dict(thing),)) if type(thing) is MappingProxyType else NotImplemented


def _read_only(mapping: dict[Any, Any]) -> MappingProxyType[Any, Any]:
    return MappingProxyType(mapping)


@dataclass(frozen=True)
class Packed:
    """A bench as bytes, and their SHA-256: so every worker begins with the very corridors of this process."""

    hash: str
    content: bytes


def pack(bench: Bench) -> Packed:
    """Pack a bench for other processes.

    Raises RunError when the model or the corridor cannot leave this process.
    """
    packed = io.BytesIO()
    try:
        _Packer(packed, protocol=pickle.HIGHEST_PROTOCOL).dump(bench)
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        raise RunError(f"this run cannot be shared between processes ({error}); use jobs=1") from error
    content = packed.getvalue()
    return Packed(hashlib.sha256(content).hexdigest(), content)


def unpack(packed: Packed) -> Bench:
    """The bench that was packed."""
    bench = pickle.loads(packed.content)
    if not isinstance(bench, Bench):
        raise RunError("what was packed is not a bench")
    return bench
