"""Overflow from place to place in made-up cases: people are conserved, night by night, whatever the beds."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roxham.errors import SpecError
from roxham.sim.amend import amendment
from roxham.sim.case import OnwardSpec, OverflowSpec
from roxham.sim.corridor import Corridor, load
from roxham.sim.flow import Flow
from roxham.sim.run import begin, carry_out
from roxham.spec import Number

FROM, TO = date(2030, 1, 1), date(2030, 3, 31)
HALL, HOTEL = "mill_hall", "hill_hotel"


def assumed(value: float, unit: str = "days") -> Number:
    return Number(value=value, unit=unit, status="assumed", low=0, high=1_000)


@pytest.fixture(scope="module")
def toy() -> Corridor:
    return load("toy")


def chained(toy: Corridor, *, after: int, patience: int, onward: float | None) -> Corridor:
    """The toy with overflow from the hall to the hotel, and moves of their own."""
    places: dict[str, Any] = dict(toy.reception.places)
    overflow = OverflowSpec(to=HOTEL, after_days=assumed(after))
    places[HALL] = places[HALL].model_copy(update={"overflow": overflow})
    moves = None if onward is None else OnwardSpec(share=assumed(onward, "share"), need_share=assumed(0.5, "share"))
    update = {"places": places, "patience_days": assumed(patience), "onward": moves}
    return replace(toy, reception=toy.reception.model_copy(update=update))


def run(corridor: Corridor, draw: int = 0) -> Flow:
    return carry_out(begin(corridor, seed=3, draw=draw, from_=FROM, to=TO))


@given(
    beds=st.tuples(st.integers(0, 80), st.integers(0, 80)), after=st.integers(0, 9), patience=st.integers(0, 20),
    share=st.floats(0, 1), onward=st.none() | st.floats(0, 1), draw=st.integers(0, 5),
)  # fmt: skip
@settings(max_examples=25, deadline=None)
def test_a_chain_of_places_conserves_people(
    toy: Corridor, beds: tuple[int, int], after: int, patience: int, share: float, onward: float | None, draw: int
) -> None:
    changes = [
        amendment(name="hall", kind="beds", place=HALL, set=f"{beds[0]} beds"),
        amendment(name="hotel", kind="beds", place=HOTEL, set=f"{beds[1]} beds"),
        amendment(name="rule", kind="transfer", share=share),
    ]
    flow = run(chained(toy, after=after, patience=patience, onward=onward).amend(changes), draw)
    hall, hotel = flow.served[f"beds: {HALL}"], flow.served[f"beds: {HOTEL}"]
    claims, places = flow.heard(), list(toy.reception.places)
    size, gone = flow.people().size[claims.row], flow.tally.values["left_without_bed"].sum(axis=1)
    for record in (hall, hotel):
        assert record.area() == record.days_here()
    passed = np.isin(flow.lodged[HALL][hall.gave_up], flow.lodged[HOTEL])
    assert hall.persons[hall.gave_up].sum() >= gone[places.index(HALL)]
    if beds[1] == 0:  # nobody is sent to a place without any bed
        assert hall.persons[hall.gave_up].sum() == gone[places.index(HALL)]
    elif onward is None:
        assert hall.persons[hall.gave_up][~passed].sum() == gone[places.index(HALL)]
    assert hotel.persons[hotel.gave_up].sum() == gone[places.index(HOTEL)]
    asked = claims.later["bed_place"] >= 0
    first = np.concatenate([flow.lodged[HALL], flow.lodged[HOTEL]])
    assert set(np.flatnonzero(asked).tolist()) == set(first.tolist())
    sent = claims.later["sent_on"] == 1
    assert np.isin(np.flatnonzero(sent), flow.lodged[HOTEL]).all()
    assert flow.tally.values["transferred"].sum() == size[sent].sum()
    assert (hall.occupied_persons <= beds[0]).all()
    assert (hotel.occupied_persons <= beds[1]).all()


def test_overflow_to_an_empty_chain_counts_the_nights_where_people_wait(toy: Corridor) -> None:
    none = run(chained(toy, after=2, patience=10, onward=None).amend(
        [amendment(name="none", kind="beds", place="all", set="0 beds")]))
    hall = none.served[f"beds: {HALL}"]
    assert hall.nights_in_bed.sum() == 0
    full = (hall.left >= 0) & (hall.arrived < none.n_days - 10)
    assert np.array_equal(hall.nights_without[full], 10 * hall.persons[full])


def test_nights_waited_before_count_at_the_next_place(toy: Corridor) -> None:
    chain = run(chained(toy, after=3, patience=5, onward=None).amend(
        [amendment(name="few", kind="beds", place="all", set="7 beds")]))
    hall, hotel = chain.served[f"beds: {HALL}"], chain.served[f"beds: {HOTEL}"]
    from_hall = np.isin(chain.lodged[HOTEL], chain.lodged[HALL][hall.gave_up])
    both = from_hall & hotel.gave_up
    assert both.sum() > 10
    assert ((hotel.left - hotel.arrived)[both] == 2).all()
    assert ((hotel.left - hotel.arrived)[~from_hall & hotel.gave_up] == 5).all()


def test_overflow_must_go_to_a_later_place_of_the_file(toy: Corridor, tmp_path: Any) -> None:
    import shutil

    folder = tmp_path / "toy"
    shutil.copytree(toy.folder, folder)
    file = folder / "reception.yaml"
    text = file.read_text(encoding="utf-8")
    back = "overflow: {to: mill_hall, after_days: {value: 1, unit: days, status: assumed, low: 0, high: 2}}"
    file.write_text(text.replace("    serves: [EAST]\n", f"    serves: [EAST]\n    {back}\n"), encoding="utf-8")
    with pytest.raises(SpecError, match="overflow goes to a later place"):
        load(folder)
    unknown = back.replace("mill", "mil")
    file.write_text(text.replace("    serves: [EAST]\n", f"    serves: [EAST]\n    {unknown}\n"), encoding="utf-8")
    with pytest.raises(SpecError, match="mill_hall"):
        load(folder)
