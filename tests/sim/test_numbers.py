"""Any number of a case is amended by its name, in its unit, and acts where the simulation uses it."""

from __future__ import annotations

from datetime import date

import pytest

from roxham.errors import SpecError, UnknownName
from roxham.sim.amend import Amendment, amendment
from roxham.sim.corridor import Corridor, load
from roxham.sim.metrics import Outcome
from roxham.sim.run import run_draw


@pytest.fixture(scope="module")
def toy() -> Corridor:
    return load("toy")


def number(name: str, **keys: object) -> Amendment:
    return amendment(name="a change", kind="number", number=name, **keys)


def draw(corridor: Corridor, *changes: Amendment) -> Outcome:
    return run_draw(corridor.amend(changes), seed=7, draw=1, from_=date(2030, 1, 1), to=date(2030, 5, 31))


def total(outcome: Outcome, metric: str) -> float:
    return float(outcome.cell(metric).value.sum())


def test_every_number_times_one_changes_nothing(toy: Corridor) -> None:
    before = draw(toy)
    after = draw(toy, *(number(name, multiply=1) for name in toy.numbers))
    for cells in before.cells:
        assert (after.cell(cells.metric).value == cells.value).all(), cells.metric


def test_the_names_are_those_of_the_ledger() -> None:
    from pathlib import PurePath

    from roxham.evidence.ledger import ledger

    numbers = load("canada_us").numbers
    parts = ("parameters.yaml", "costs.yaml", "reception.yaml", "services.yaml", "procedure.yaml", "choice.yaml")
    rows = [row for row in ledger("canada_us").rows if row.file in parts]
    assert len(rows) > 200
    for row in rows:
        name = row.name if row.file == "parameters.yaml" else f"{PurePath(row.file).stem}.{row.name}"
        assert name in numbers, name
        assert numbers[name].value == row.value


def test_a_price_that_is_set_has_no_range_left(toy: Corridor) -> None:
    free = draw(toy, *(number(name, set="0 CRN2030") for name in toy.numbers if name.startswith("costs.items.")))
    assert all(total(free, f"cost_{payer}") == 0 for payer in ("federal", "provincial", "municipal"))
    item = toy.amend([number("costs.items.hearing", set="2500 CRN2030")]).costs.items["hearing"]
    assert (item.value, item.low, item.high) == (2500, 2500, 2500)


def test_steps_of_a_service_change_as_the_capacity_does(toy: Corridor) -> None:
    days = {"from_": "2030-02-01", "until": "2030-03-31"}
    by_number = draw(toy, number("services.rpd.steps", multiply=2, **days))
    by_kind = draw(toy, amendment(name="twice", kind="capacity", service="rpd", multiply=2, **days))
    assert total(by_number, "cost_federal") == total(by_kind, "cost_federal") > total(draw(toy), "cost_federal")


def test_steps_are_as_they_were_before_and_after(toy: Corridor) -> None:
    changed = toy.amend([number("services.rpd.steps", set="12 persons / day", from_="2030-02-01", until="2030-03-31")])
    steps = [(step.from_.isoformat(), step.value) for step in changed.services["rpd"].steps]
    assert steps == [("2030-01-01", 6), ("2030-02-01", 12), ("2030-04-01", 6)]


def test_a_parameter_is_set_in_every_draw_or_scaled_in_each(toy: Corridor) -> None:
    from roxham.sim.run import begin

    days = {"seed": 7, "from_": date(2030, 1, 1), "to": date(2030, 1, 31)}
    fixed, scaled = toy.amend([number("b_heard", set=3)]), toy.amend([number("b_heard", multiply=2)])
    for place in range(3):
        drawn = begin(toy, draw=place, **days).parameters
        assert begin(fixed, draw=place, **days).parameters == {**drawn, "b_heard": 3.0}
        assert begin(scaled, draw=place, **days).parameters == {**drawn, "b_heard": 2 * drawn["b_heard"]}
    assert total(draw(fixed), "heard") != total(draw(toy), "heard")


def test_danger_travel_and_acceptance_act_too(toy: Corridor) -> None:
    before = draw(toy)
    water = draw(toy, number("danger.mill_road.water", multiply=3))
    assert total(water, "exposure_index") > total(before, "exposure_index")
    nobody = draw(toy, *(number(name, set=0) for name in toy.numbers if name.endswith(".acceptance")))
    assert total(nobody, "accepted") < total(before, "accepted")
    assert total(draw(toy, number("travel.speed", set="30 km / hour")), "heard") != total(before, "heard")


@pytest.mark.parametrize(
    ("name", "keys", "said"),
    [
        ("costs.items.hearing", {"set": "2500 CRN2029"}, "is in CRN2029, but costs.items.hearing is in CRN2030"),
        ("costs.items.hearing", {"set": 2500}, 'has no unit; write it as "2500 CRN2030"'),
        ("costs.items.hearing", {"set": "-1 CRN2030"}, "cannot be -1: it is zero or more"),
        ("appeal_share", {"set": 1.2}, "cannot be 1.2: it is a share, 0 to 1"),
        ("appeal_share", {"multiply": 1000}, "it is a share, 0 to 1"),
        ("perceived_half_life_days", {"set": "0 days"}, "must be above zero"),
        ("b_heard", {"set": 3, "from_": "2030-02-01"}, "holds for the whole run; leave out 'from'"),
    ],
)
def test_what_cannot_be_is_refused(toy: Corridor, name: str, keys: dict[str, object], said: str) -> None:
    with pytest.raises(SpecError, match=said.replace("(", r"\(")) as error:
        toy.amend([number(name, **keys)])
    assert not isinstance(error.value, UnknownName)


def test_an_unknown_number_is_told_with_the_nearest(toy: Corridor) -> None:
    with pytest.raises(UnknownName, match=r'did you mean "costs\.items\.hearing"'):
        toy.amend([number("costs.item.hearing", multiply=2)])


@pytest.mark.parametrize("given", ["three weeks", "1e999 days", True, "nan days", float("nan"), 10**400, [3], {}])
def test_no_number_is_read_from_what_is_none(given: object) -> None:
    with pytest.raises(SpecError):
        number("reception.patience_days", set=given)


def test_units_of_time_are_read(toy: Corridor) -> None:
    places = toy.amend([number("reception.places.mill_hall.stay_days", set="3 weeks")]).reception.places
    assert places["mill_hall"].stay_days.value == 21
    steps = toy.amend([number("services.rpd.steps", set="42 persons / week")]).services["rpd"].steps
    assert [step.value for step in steps] == [6]


def test_a_value_outside_the_range_is_said_and_not_refused(toy: Corridor) -> None:
    from roxham.lab.scenario import Scenario, range_notes
    from roxham.sim.case import Words

    far = Scenario(name="far", title=Words(en="Far", fr="Loin"), amendments=(
        number("b_heard", set=900), number("costs.items.hearing", multiply=1.1)))  # fmt: skip
    (note,) = range_notes([far], toy.names())
    assert str(note).startswith("b_heard: 900 lies outside the range of the case")
