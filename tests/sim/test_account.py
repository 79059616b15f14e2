"""The account is double entry, and the tally puts every day in its month."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from roxham.sim.account import STATES, Account, Tally

DAYS = 20


def days(*values: int) -> NDArray[np.int32]:
    return np.array(values, dtype=np.int32)


@st.composite
def moves(draw: st.DrawFn) -> list[tuple[int, int, int, int]]:
    """Parties of one to six persons: size, day of arrival (before or in the run), day of moving on, state."""
    one = st.tuples(st.integers(1, 6), st.integers(-3, DAYS + 2), st.integers(0, 9), st.integers(1, len(STATES) - 1))
    return [(size, came, came + stay, state) for size, came, stay, state in draw(st.lists(one, max_size=15))]


@given(moves())
def test_everybody_is_somewhere_every_day(parties: list[tuple[int, int, int, int]]) -> None:
    account = Account(DAYS)
    for size, came, moved, state in parties:
        account.arrive(days(came), days(size), STATES[0])
        account.move(days(moved), days(size), STATES[0], STATES[state])
    found = account.occupancy()
    for day in range(DAYS):
        assert found["arrived"][day] == sum(size for size, came, *_ in parties if came <= day)
        for k, state in enumerate(STATES):
            there = sum(
                size for size, came, moved, to in parties if came <= day and k == (to if moved <= day else 0)
            )  # fmt: skip
            assert found[state][day] == there
            assert account.stock(state)[day] == there


def test_a_day_past_the_end_has_not_happened() -> None:
    account = Account(DAYS)
    account.arrive(days(2), days(3), "in_us")
    account.move(days(DAYS), days(3), "in_us", "returned")
    assert account.stock("in_us")[-1] == 3
    assert account.stock("returned").sum() == 0


def tally() -> Tally:
    made = Tally(np.array([0, 0, 0, 1, 1]), 2)
    made.declare("cost_provincial", ("a", "b"))
    return made


def test_amounts_fall_in_their_month_and_place() -> None:
    book = tally()
    book.add("cost_provincial", np.array([0, 1, 1, 1]), days(2, 2, 4, 4), np.array([1.0, 2.0, 4.0, 8.0]))
    book.add("cost_provincial", 0, days(3), np.array([16.0]))
    book.add("cost_provincial", 0, days(-1, 5, 2**30), np.array([99.0, 99.0, 99.0]))  # outside the run
    book.add_daily("cost_provincial", 1, np.array([1, 1, 1, 10, 10.0]))
    (cells,) = book.cells()
    assert cells.value.tolist() == [[1.0, 16.0], [2.0 + 3.0, 12.0 + 20.0]]
    assert cells.places == ("a", "b")


def test_a_stock_is_that_of_the_last_day_of_the_month() -> None:
    book = tally()
    book.month_end("cost_provincial", 0, np.array([1.0, 2.0, 3.0, 4.0, 5.0]))
    assert book.values["cost_provincial"][0].tolist() == [3.0, 5.0]


def test_only_registered_metrics_are_tallied() -> None:
    with pytest.raises(KeyError):
        tally().declare("number of unicorns", ("all",))
