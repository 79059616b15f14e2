"""A line with shares by type, patience, appointments and a longest line does what its rules say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from roxham.errors import RunError
from roxham.sim.record import little
from roxham.sim.service import Served, Unfinished, serve

TINY = 1e-9


def column(*values: int) -> NDArray[np.int32]:
    return np.array(values, dtype=np.int32)


@dataclass
class Party:
    row: int
    arrived: int
    weight: int
    priority: int
    kind: int
    patience: int
    appointment: int
    began: int = -1
    ended: int = -1
    left: int = -1
    turned: bool = False

    @property
    def due(self) -> int:
        return max(self.arrived, self.appointment)

    @property
    def order(self) -> tuple[int, int, int]:
        return self.priority, self.due, self.row


@dataclass
class Case:
    parties: list[Party]
    capacity: list[float]
    shares: list[list[float]]
    limit: list[float]
    uses: frozenset[str]

    def options(self) -> dict[str, Any]:
        """The options that this case uses, as `serve` takes them."""
        rows = self.parties
        every: dict[str, Any] = {
            "priority": np.array([p.priority for p in rows], dtype=np.int8),
            "kind": np.array([p.kind for p in rows], dtype=np.int8),
            "shares": np.array(self.shares),
            "patience": column(*[p.patience for p in rows]),
            "not_before": column(*[p.appointment for p in rows]),
            "limit": np.array(self.limit),
        }
        return {name: value for name, value in every.items() if name in self.uses}


def by_hand(case: Case) -> None:
    """The rules written as slowly and plainly as possible: one party at a time, one day at a time."""
    kinds = len(case.shares)
    serving: list[Party | None] = [None] * kinds
    spent = [0.0] * kinds
    for day, capacity in enumerate(case.capacity):

        def waiting(of: int) -> list[Party]:
            here = [p for p in case.parties if p.kind == of and p.due <= day and p.began < 0 and p.left < 0]  # noqa: B023
            return sorted(here, key=lambda p: p.order)

        def spend(credit: float, allowed: list[int]) -> float:
            """Spend on the first in order among the kinds allowed; give back what nobody can use."""
            while credit > TINY:
                begun = [k for k in allowed if serving[k] is not None]
                if not begun:
                    heads = [waiting(k)[0] for k in allowed if waiting(k)]
                    if not heads:
                        return credit
                    chosen = min(heads, key=lambda p: p.order)
                    chosen.began = day  # noqa: B023
                    serving[chosen.kind] = chosen
                    begun = [chosen.kind]
                party = min((serving[k] for k in begun), key=lambda p: p.order if p else (0, 0, 0))
                assert party is not None
                need = party.weight - spent[party.kind]
                if credit + TINY < need:
                    spent[party.kind] += credit
                    return 0.0
                credit -= need
                party.ended = day  # noqa: B023
                serving[party.kind], spent[party.kind] = None, 0.0
            return 0.0

        rest = 1 - sum(shares[day] for shares in case.shares)
        pot = capacity * rest if rest > TINY else 0.0
        for k in range(kinds):
            pot += spend(capacity * case.shares[k][day], [k])
        spend(pot, list(range(kinds)))
        go_home(case, day)


def go_home(case: Case, day: int) -> None:
    """Those whose patience ends leave, then those who came today join the line while it has room."""
    unserved = [p for p in case.parties if p.arrived <= day and p.began < 0 and p.left < 0]
    if "patience" in case.uses:
        for party in unserved:
            if max(party.arrived + party.patience, 0) <= day:
                party.left = day
    if "limit" not in case.uses:
        return
    line = sum(p.weight for p in unserved if p.left < 0 and p.arrived < max(day, 0))
    for party in unserved:
        if party.left < 0 and party.arrived == day:
            if line + party.weight <= case.limit[day]:
                line += party.weight
            else:
                party.left, party.turned = day, True


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """A small service that uses any of the options."""
    uses = draw(st.sets(st.sampled_from(["priority", "kind", "patience", "not_before", "limit"])))
    uses |= {"shares"} if "kind" in uses else set()
    days = draw(st.integers(1, 18))
    kinds = draw(st.integers(1, 3)) if "kind" in uses else 1
    eighths = st.lists(st.integers(0, 8 // kinds), min_size=days, max_size=days).map(lambda row: [k / 8 for k in row])
    shares = [draw(eighths) for _ in range(kinds)] if "kind" in uses else [[1.0] * days]
    parties = []
    for row in range(draw(st.integers(0, 24))):
        arrived = draw(st.integers(-4, days + 1))
        parties.append(Party(
            row, arrived, draw(st.integers(1, 6)), draw(st.integers(-1, 1)) if "priority" in uses else 0,
            draw(st.integers(0, kinds - 1)), draw(st.integers(0, 6)),
            arrived + draw(st.integers(-2, 8)) if "not_before" in uses else arrived))  # fmt: skip
    quarters = st.lists(st.integers(0, 48).map(lambda q: q / 4), min_size=days, max_size=days)
    rooms = st.lists(st.integers(0, 20).map(float), min_size=days, max_size=days)
    return Case(parties, draw(quarters), shares, draw(rooms), frozenset(uses))


def run(case: Case) -> Served:
    return serve(
        column(*[p.arrived for p in case.parties]), column(*[p.weight for p in case.parties]),
        np.array(case.capacity), horizon=len(case.capacity), **case.options())  # fmt: skip


@given(cases())
@settings(max_examples=400, deadline=None)
def test_the_kernel_agrees_with_the_rules_written_by_hand(case: Case) -> None:
    served = run(case)
    by_hand(case)
    assert served.began.tolist() == [p.began for p in case.parties]
    assert served.ended.tolist() == [p.ended for p in case.parties]
    assert served.left.tolist() == [p.left for p in case.parties]
    assert served.turned_away.tolist() == [p.turned for p in case.parties]
    assert served.gave_up.tolist() == [p.left >= 0 and not p.turned for p in case.parties]


@given(cases())
@settings(max_examples=150, deadline=None)
def test_little_holds_and_everybody_is_somewhere(case: Case) -> None:
    served = run(case)
    area, spent = little(served)
    assert area == spent
    stock = served.stock()
    for day in range(len(case.capacity)):
        came = sum(p.weight for p in case.parties if p.arrived <= day)
        done = int(served.weight[served.done & (served.ended <= day)].sum())
        gone = int(served.weight[(served.left >= 0) & (served.left <= day)].sum())
        assert stock[day] == came - done - gone == served.pending(day)
    assert not (served.done & (served.left >= 0)).any()


@given(cases(), st.data())
@settings(max_examples=150, deadline=None)
def test_a_run_cut_in_two_gives_the_same_days(case: Case, data: st.DataObject) -> None:
    whole = run(case)
    cut = data.draw(st.integers(0, len(case.capacity)))
    options = case.options()
    one = serve(whole.arrived, whole.weight, np.array(case.capacity), horizon=cut, **options)
    rest = np.flatnonzero(one.out < 0)
    begun = tuple(Unfinished(int(np.searchsorted(rest, u.row)), u.spent, u.began) for u in one.in_service)
    for name in {"priority", "kind", "patience", "not_before"} & set(options):
        options[name] = options[name][rest]
    two = serve(
        whole.arrived[rest], whole.weight[rest], np.array(case.capacity), horizon=len(case.capacity),
        initial=begun, first=cut, **options)  # fmt: skip
    for name in ("began", "ended", "left", "turned_away"):
        days = getattr(one, name).copy()
        days[rest] = getattr(two, name)
        assert days.tolist() == getattr(whole, name).tolist(), name


@given(cases())
@settings(max_examples=100, deadline=None)
def test_options_that_ask_for_nothing_change_nothing(case: Case) -> None:
    plain = Case(case.parties, case.capacity, case.shares, case.limit, case.uses & {"priority"})
    before = run(plain)
    rows = len(case.parties)
    after = serve(
        before.arrived, before.weight, np.array(case.capacity), horizon=len(case.capacity),
        kind=np.zeros(rows, dtype=np.int8), shares=np.ones(1), patience=10_000, limit=np.inf,
        not_before=before.arrived - 3, **plain.options())  # fmt: skip
    assert (after.began == before.began).all() and (after.ended == before.ended).all()
    assert (after.left == -1).all()
    assert after.in_service == before.in_service


def test_a_kind_has_its_share_and_the_others_what_it_leaves() -> None:
    kind = np.array([0] * 8 + [1] * 2, dtype=np.int8)
    served = serve(column(*[0] * 10), column(*[1] * 10), np.full(3, 4.0), horizon=3, kind=kind,
                   shares=np.array([0.75, 0.25]))  # fmt: skip
    assert served.ended.tolist() == [0, 0, 0, 1, 1, 1, 2, 2, 0, 1]  # 3 + 1, 3 + 1, and then 2 + 0


def test_one_party_of_each_kind_may_be_in_service() -> None:
    kind = np.array([0, 1], dtype=np.int8)
    served = serve(column(0, 0), column(3, 3), np.full(2, 2.0), horizon=2, kind=kind, shares=np.array([0.5, 0.5]))
    assert served.in_service == (Unfinished(0, 2.0, 0), Unfinished(1, 2.0, 0))
    assert served.unfinished == Unfinished(0, 2.0, 0)


def test_patience_is_served_before_it_ends() -> None:
    served = serve(column(0, 0, 0, -9), column(1, 1, 1, 1), np.ones(4), horizon=4, patience=column(0, 1, 3, 2))
    assert served.ended.tolist() == [-1, 1, 2, 0]  # the backlog stands first, although its patience is long over
    assert served.left.tolist() == [0, -1, -1, -1]


def test_an_appointment_orders_the_line_and_capacity_before_it_is_lost() -> None:
    served = serve(column(0, 0, 1), column(1, 1, 1), np.ones(6), horizon=6, not_before=column(4, 2, 2))
    assert served.ended.tolist() == [4, 2, 3]


def test_a_full_line_turns_away_those_who_come_last() -> None:
    served = serve(column(0, 0, 0, 0, 1), column(1, 2, 2, 1, 1), np.ones(3), horizon=3, limit=3)
    assert served.turned_away.tolist() == [False, False, True, False, False]  # row 1 is begun when row 4 comes
    assert served.left.tolist() == [-1, -1, 0, -1, -1]
    assert served.stock().tolist() == [3, 4, 2]
    assert served.waited.tolist() == [0, 1, -1, -1, -1]


def test_a_line_that_gets_shorter_puts_nobody_out() -> None:
    served = serve(column(-1, 0, 1), column(3, 3, 1), np.zeros(2), horizon=2, limit=np.array([4.0, 1.0]))
    assert served.left.tolist() == [-1, 0, 1]
    assert served.turned_away.tolist() == [False, True, True]


@pytest.mark.parametrize(("options", "said"), [
    ({"kind": np.zeros(1, dtype=np.int8)}, "together"),
    ({"kind": np.zeros(2, dtype=np.int8), "shares": np.ones(1)}, "kind has shape"),
    ({"kind": np.ones(1, dtype=np.int8), "shares": np.ones(1)}, "kind goes from 1 to 1"),
    ({"kind": np.zeros(1, dtype=np.int8), "shares": np.array([0.7, 0.7])}, "sum to 1 or less"),
    ({"kind": np.zeros(1, dtype=np.int8), "shares": np.ones((1, 1))}, "shares has shape"),
    ({"patience": -1}, "patience must be 0"),
    ({"patience": column(1, 2)}, "patience has shape"),
    ({"patience": np.array([0.5])}, "whole days"),
    ({"not_before": column(1, 2)}, "not_before has shape"),
    ({"limit": -1.0}, "limit must be 0"),
    ({"limit": np.ones(1)}, "limit has shape"),
    ({"initial": (Unfinished(0, 0.5, 0), Unfinished(0, 0.5, 0))}, "both in service"),
])  # fmt: skip
def test_wrong_options_are_refused(options: dict[str, Any], said: str) -> None:
    with pytest.raises(RunError, match=said):
        serve(column(0), column(1), np.ones(2), horizon=2, **options)
