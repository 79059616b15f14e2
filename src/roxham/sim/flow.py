"""The state of one draw while its steps run: parties, claims, the account and the tally."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from roxham.law import codes
from roxham.people import Parties
from roxham.sim.account import Account, Tally
from roxham.sim.choice import ChoiceTable
from roxham.sim.corridor import Corridor
from roxham.sim.passage import Course
from roxham.sim.posterior import Posterior
from roxham.sim.reception import Housed
from roxham.sim.service import Served
from roxham.streams import Streams

Floats = NDArray[np.float64]
#: A day index that never comes.
NEVER = np.int32(2**30)


@dataclass
class Claims:
    """One row per party whose claim goes forward: who, when, where, and what became of it (day indexes).

    `way` indexes `STREAMS`: somebody of the corridor who claims at a port counts with those who claim at ports.
    """

    row: NDArray[np.int64]
    day: NDArray[np.int32]
    office: NDArray[np.int8]
    province: NDArray[np.int8]
    way: NDArray[np.int8]
    later: dict[str, NDArray[np.int32]] = field(default_factory=dict)

    def __len__(self) -> int:
        return int(self.row.shape[0])


@dataclass
class Attempt:
    """One round of choice and crossing for the parties that set out (again)."""

    round: int
    row: NDArray[np.int64]
    day: NDArray[np.int32]
    option: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    entry: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, dtype=np.int32))
    caught: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, dtype=bool))
    claim: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, dtype=np.int32))
    outcome: NDArray[np.int8] = field(default_factory=lambda: np.zeros(0, dtype=np.int8))

    def keep(self, mask: NDArray[np.bool_]) -> None:
        """Keep only some of the rows."""
        for name in ("row", "day", "option", "entry", "caught", "claim", "outcome"):
            column = getattr(self, name)
            if column.shape[0] == mask.shape[0]:
                setattr(self, name, column[mask])


@dataclass
class Flow:
    """Everything that the steps of one draw read and write."""

    corridor: Corridor
    rng: Streams
    draw: int
    posterior: Posterior
    parameters: Mapping[str, float]
    days: NDArray[np.datetime64]
    months: NDArray[np.datetime64]
    account: Account
    tally: Tally
    trace: bool = False
    table: ChoiceTable | None = None
    parties: Parties | None = None
    attempt: Attempt | None = None
    again: Attempt | None = None
    made: list[Claims] = field(default_factory=list)
    claims: Claims | None = None
    barred: list[tuple[NDArray[np.int64], NDArray[np.int32]]] = field(default_factory=list)
    traces: list[Attempt] = field(default_factory=list)
    nights: dict[str, Floats] = field(default_factory=dict)
    daily: dict[str, Floats] = field(default_factory=dict)
    #: What each item costs each payer, by (item, payer): dollars of the base year, (places of the metric, months).
    meters: dict[tuple[str, str], Floats] = field(default_factory=dict)
    #: What happened at the border, by event: rows of parties and days, in the order in which they were noted.
    events: dict[str, list[tuple[NDArray[np.int64], NDArray[np.int32]]]] = field(default_factory=dict)
    #: Every claim's way through the stages of the procedure.
    course: Course | None = None
    #: What every service of the run did, by its name: one record each, beds as `beds: PLACE`.
    served: dict[str, Served | Housed] = field(default_factory=dict)
    #: The claim of each row of the record of a place with beds, by its name.
    lodged: dict[str, NDArray[np.int64]] = field(default_factory=dict)
    _causes: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, dtype=np.int64))

    @property
    def n_days(self) -> int:
        """Length of the run in days."""
        return int(self.days.shape[0])

    def people(self) -> Parties:
        """All parties; a step that needs them comes after the one that makes them."""
        assert self.parties is not None
        return self.parties

    def trip(self) -> Attempt:
        """The round under way."""
        assert self.attempt is not None
        return self.attempt

    def heard(self) -> Claims:
        """All claims that go forward."""
        assert self.claims is not None
        return self.claims

    def happened(self, event: str, rows: NDArray[np.int64], day: NDArray[np.int32]) -> None:
        """Note that something happened to parties on their days."""
        self.events.setdefault(event, []).append((rows, day))

    def set_causes(self, rows: NDArray[np.int64], codes: NDArray[np.int64]) -> None:
        """Keep, for each party, why it came to where it is: codes of `tally.cause`."""
        missing = len(self.people()) - self._causes.shape[0]
        if missing > 0:
            self._causes = np.concatenate([self._causes, np.zeros(missing, dtype=np.int64)])
        self._causes[rows] = codes

    def causes(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Why each party came to where it is: how it came, and the rule that let its claim be heard or not."""
        self.set_causes(rows[:0], rows[:0])
        return self._causes[rows]

    def earlier_claims(self, rows: NDArray[np.int64]) -> NDArray[np.int8]:
        """The fact `prior_claim_canada` of each party: a share has had a claim rejected before."""
        had = self.uniform("earlier claim", rows) < self.parameters["prior_claim_share"]
        known = codes("prior_claim_canada")
        return np.where(had, known["rejected"], known["none"]).astype(np.int8)

    def uniform(self, process: str, rows: NDArray[np.int64], step: int = 0) -> Floats:
        """One number per party from the stream of a process."""
        return self.rng.uniform(process, self.people().number[rows], step)
