"""One draw of one scenario: the plan of the day carried out on columns."""

from __future__ import annotations

from datetime import date

import numpy as np

from roxham.errors import EvidenceError, RunError
from roxham.sim.account import STATES, Account, Tally
from roxham.sim.breakdown import break_down
from roxham.sim.corridor import Corridor
from roxham.sim.flow import Flow
from roxham.sim.journey import next_round
from roxham.sim.metrics import METRICS, Outcome
from roxham.sim.numbers import drawn_parameters
from roxham.sim.plan import PLAN, Step
from roxham.streams import Streams


def begin(
    corridor: Corridor, *, seed: int, draw: int, from_: date, to: date, calibration: str = "main", trace: bool = False
) -> Flow:
    """Make the empty state of a draw: calendar, streams, account and tally."""
    if from_.day != 1 or to < from_:
        raise RunError(f"a run begins on the first of a month and ends later; not {from_} to {to}")
    days = np.arange(np.datetime64(from_, "D"), np.datetime64(to, "D") + 1)
    months = np.arange(np.datetime64(from_, "M"), np.datetime64(to, "M") + 1)
    month_of_day = (days.astype("datetime64[M]") - months[0]).astype(np.int64)
    posterior = corridor.posterior(calibration)
    missing = sorted(set(corridor.parameters) - set(posterior.parameters[0]))
    if missing:
        raise EvidenceError(f"calibration {calibration!r} lacks {', '.join(missing)}: run `roxham calibrate` again")
    tally = Tally(month_of_day, len(months))
    crossings = (*corridor.world.segments, *corridor.choice.ports)
    places = {
        "segment": crossings, "province": corridor.provinces, "reception": tuple(corridor.reception.places),
        "all": ("all",),
    }
    for metric in METRICS.values():
        tally.declare(metric.name, places[metric.by])
    return Flow(
        corridor=corridor, rng=Streams(seed, draw), draw=draw, posterior=posterior,
        parameters=drawn_parameters(corridor, posterior.parameters[draw % len(posterior)]), days=days, months=months,
        account=Account(len(days), (*STATES, *corridor.procedure.states)), tally=tally, trace=trace)


def carry_out(flow: Flow) -> Flow:
    """Carry out every step of the plan, in order; rounds repeat while anybody sets out again."""
    rounds = [step for step in PLAN if step.repeats]
    for step in PLAN:
        if not step.repeats:
            _do(step, flow)
        elif step is rounds[0]:
            while True:
                for one in rounds:
                    _do(one, flow)
                if not next_round(flow):
                    break
    return flow


def _do(step: Step, flow: Flow) -> None:
    """Carry out one step; what it counts is booked on its name."""
    flow.tally.step = step.name
    step.do(flow)


def run_draw(
    corridor: Corridor, *, seed: int, draw: int, from_: date, to: date, calibration: str = "main", lines: bool = True
) -> Outcome:
    """Run one draw from the first of a month to a last day.

    The same seed, draw and corridor give the same outcome, whatever else runs. Posterior draw `draw` modulo their
    number gives the parameters.

    Args:
        lines: whether the lines that every metric is made of are wanted too.

    Raises:
        RunError: when the days are out of order; EvidenceError when the calibration does not reach them.
    """
    flow = carry_out(begin(corridor, seed=seed, draw=draw, from_=from_, to=to, calibration=calibration))
    return Outcome(
        months=tuple(str(m) for m in flow.months), cells=flow.tally.cells(), account=flow.account.occupancy(),
        breakdown=break_down(flow) if lines else None)
