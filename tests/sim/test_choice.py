"""The choice model: a logit whose terms do what they say, fed by the law of each day."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from roxham.law import OUTCOMES
from roxham.sim.amend import amendment
from roxham.sim.choice import Alternative, ChoiceTable, choice_table, outcomes_by_law, perceived
from roxham.sim.corridor import Corridor

OPEN, SHUT = (date(2022, 7, 1), date(2022, 7, 31)), (date(2023, 6, 1), date(2023, 6, 30))
NEW_YORK, ALONE, RELATED = 0, 0, 1
ELIGIBLE, RETURN = OUTCOMES.index("eligible"), OUTCOMES.index("ineligible_return_to_US")


def table(corridor: Corridor, span: tuple[date, date] = OPEN, **other: float) -> ChoiceTable:
    return choice_table(corridor, {**corridor.posterior().parameters[0], **other}, *span)


def last(made: ChoiceTable, hub: int = NEW_YORK, related: int = ALONE, group: int = 0) -> dict[Alternative, float]:
    """Probabilities by alternative on the last day, when people have long known the law."""
    row = made.probability[made.key[-1], hub, related, group]
    return dict(zip(made.alternatives, row.tolist(), strict=True))


def total(chances: dict[Alternative, float], manner: str | None = None, place: str | None = None) -> float:
    return sum(p for a, p in chances.items() if manner in (None, a.manner) and place in (None, a.place))


def test_probabilities_sum_to_one_every_day_for_everybody(corridor: Corridor) -> None:
    made = table(corridor, (date(2017, 1, 1), date(2024, 12, 31)))
    assert made.key.shape == (2922,) and made.key[0] == 0 and set(np.diff(made.key)) <= {0, 1}
    assert made.key[-1] + 1 == made.probability.shape[0]
    assert np.allclose(made.probability.sum(axis=-1), 1.0, atol=1e-12)
    assert (made.probability >= 0).all()
    assert len(set(made.alternatives)) == len(made.alternatives) == made.probability.shape[-1]


def utilities_by_hand(corridor: Corridor, made: ChoiceTable, related: int, group: int, on: date) -> NDArray[np.float64]:
    """The utility as the manual writes it, term by term, for a hub and a day on which beliefs have settled."""
    p = corridor.posterior().parameters[0]
    law = outcomes_by_law(corridor, np.array([np.datetime64(on)]), round(p["late_claim_days"]))
    weight = p["established_share"] * related
    reference = corridor.choice.reference
    tie = corridor.ties

    def chance(way: str, code: int) -> float:
        return (1 - weight) * float(law[way][0] == code) + weight * float(law[way + "+"][0] == code)

    def worth(way: str) -> float:
        return p["b_heard"] * chance(way, ELIGIBLE) - p["b_returned"] * chance(way, RETURN)

    def fixed(place: str, manner: str, day: date, g: int) -> float:
        leg = corridor.world.travel("new_york", place, day)
        fare = leg.fare_cad
        value = -p["b_cost"] * fare / 100 - p["b_time"] * leg.hours / 10
        if manner == "port":
            value += p["port_constant"] + (0 if place == "lacolle" else p["port_elsewhere_constant"])
        else:
            value -= p["b_risk"] * corridor.world.exposure(place, day.month, manner == "hide")
            value += -p["avoid_cost"] if manner == "hide" else 0 if place == "roxham_road" else p["segment_constant"]
        return value + p["b_ties"] * tie[g, corridor.province_index(corridor.province_of(place))]

    stay = p["stay_share_open"]
    mean = np.mean([fixed("roxham_road", "present", reference, g) for g in range(len(corridor.groups))])
    road = np.log((1 - stay) / stay) - p["b_heard"] - mean
    unseen = max(("inland_soon", "inland_late"), key=lambda way: (chance(way, ELIGIBLE), way == "inland_soon"))
    out = []
    for option in made.alternatives:
        if option.manner == "stay":
            out.append(0.0)
        elif option.manner == "air":
            fare, hours = corridor.choice.air_fare.value, corridor.choice.air_hours.value
            cost = p["b_cost"] * fare / 100 + p["b_time"] * hours / 10
            out.append(road + p["air_visa_constant"] - cost + p["b_ties"] * tie[group].max() + worth("air"))
        else:
            caught = corridor.world.segments[option.place].detection if option.manner == "hide" else 1.0
            met = (1 - caught) * worth(unseen) + caught * worth("between")
            by_law = worth("port") if option.manner == "port" else met
            value = road + fixed(option.place, option.manner, on, group) + by_law
            if option.place == "roxham_road" and option.manner == "present":
                value -= p["crowd"] * (1 - float(law["between"][0] == ELIGIBLE))
            out.append(value)
    return np.array(out)


@pytest.mark.parametrize("related", [ALONE, RELATED])
@pytest.mark.parametrize("span", [OPEN, SHUT], ids=["before the Protocol", "after it"])
def test_the_logit_is_the_softmax_of_the_utility_written_out(
    corridor: Corridor, span: tuple[date, date], related: int
) -> None:
    from scipy.special import softmax

    made = table(corridor, span)
    for group in (0, 5):
        expected = softmax(utilities_by_hand(corridor, made, related, group, span[1]))
        assert np.allclose(list(last(made, related=related, group=group).values()), expected, rtol=2e-3, atol=1e-9)


def test_the_share_that_stays_is_the_one_stated(corridor: Corridor) -> None:
    """`stay_share_open` is defined among people without a relative: staying against the known road."""
    made = table(corridor)
    stay = corridor.posterior().parameters[0]["stay_share_open"]
    odds = [np.log(total(c, "stay") / total(c, "present", "roxham_road"))
            for c in (last(made, group=g) for g in range(len(corridor.groups)))]  # fmt: skip
    assert np.mean(odds) == pytest.approx(np.log(stay / (1 - stay)), abs=0.02)


def test_leaving_one_way_out_shares_its_people_among_the_others_in_proportion(corridor: Corridor) -> None:
    """A logit without nests: the ratios between the ways that remain do not move."""
    closed = corridor.amend([amendment(name="closed", kind="crossing", place="coutts", open=False)])
    before, after = last(table(corridor)), last(table(closed))
    assert total(after, place="coutts") == 0 < total(before, place="coutts")
    ratio = [after[a] / before[a] for a in before if a.place != "coutts" and before[a] > 0]
    assert np.allclose(ratio, ratio[0], rtol=1e-9)


def test_closing_roxham_road_moves_people_to_other_stretches(corridor: Corridor) -> None:
    closure = amendment(name="closed", kind="crossing", place="roxham_road", open=False, from_="2022-07-15")
    made, base = table(corridor.amend([closure])), table(corridor)
    day = {d: [dict(zip(t.alternatives, t.probability[t.key[d], NEW_YORK, ALONE, 0].tolist(), strict=True))
               for t in (base, made)] for d in (13, 14)}  # fmt: skip
    assert day[13][0] == day[13][1]
    before, after = day[14]
    assert total(before, "present", "roxham_road") > 0.5
    assert total(after, place="roxham_road") == 0
    for segment in corridor.world.segments:
        if segment != "roxham_road":
            assert total(after, "present", segment) > total(before, "present", segment)
    heir = corridor.choice.neighbours["roxham_road"][0]
    gain = {s: total(after, "present", s) - total(before, "present", s) for s in corridor.world.segments}
    assert max(gain, key=lambda s: gain[s]) == heir
    assert total(after, "stay") > total(before, "stay")


def test_people_go_where_they_may_be_heard(corridor: Corridor) -> None:
    few, many = last(table(corridor, b_heard=2.0)), last(table(corridor, b_heard=5.0))
    ratio = [total(c, "present", "roxham_road") / total(c, "port", "lacolle") for c in (few, many)]
    assert np.log(ratio[1] / ratio[0]) == pytest.approx(3.0, abs=1e-3)  # the road hears, the port returns
    shut = [last(table(corridor, SHUT, b_heard=b)) for b in (2.0, 5.0)]
    assert total(shut[1], "present") < total(shut[0], "present")


def test_the_protocol_empties_the_road_of_people_without_a_relative(corridor: Corridor) -> None:
    never = corridor.amend([amendment(name="never", kind="law", instrument="protocol_2023", action="never")])
    with_it, without = table(corridor, SHUT), table(never, SHUT)
    for group in range(len(corridor.groups)):
        alone = [total(last(t, group=group), "present", "roxham_road") for t in (with_it, without)]
        assert alone[0] < 0.25 * alone[1]
        related = [total(last(t, group=group, related=RELATED), "port", "lacolle") for t in (with_it, without)]
        assert related[0] > related[1]  # where a relative is shown, the port hears


def test_a_fare_moves_people_as_its_price_says(corridor: Corridor) -> None:
    p = corridor.posterior().parameters[0]
    fare = corridor.world.travel("new_york", "roxham_road", OPEN[1]).fare_cad
    dear = corridor.amend([amendment(name="dear", kind="fare", origin="new_york", destination="roxham_road",
                                     fare=f"{fare + 300:.6f} CAD2017", from_="2022-07-10")])  # fmt: skip
    before, after = last(table(corridor)), last(table(dear))
    odds = [np.log(total(c, "present", "roxham_road") / total(c, "stay")) for c in (before, after)]
    assert odds[1] - odds[0] == pytest.approx(-3 * p["b_cost"], abs=1e-6)


@pytest.mark.parametrize("half_life", [0.5, 1.3, 7.0, 30.0])
def test_beliefs_follow_the_law_with_an_exact_half_life(half_life: float) -> None:
    law = np.concatenate([np.ones(5), np.zeros(400)])
    believed = perceived(law, half_life)
    assert np.array_equal(believed[:5], np.ones(5))
    for day in (1, 2, 10, 60):
        assert believed[4 + day] == pytest.approx(0.5 ** (day / half_life), rel=1e-9)


@given(st.lists(st.sampled_from([0.0, 1.0]), min_size=1, max_size=80), st.floats(0.05, 40))
def test_beliefs_move_a_fixed_share_of_the_way_each_day(law: list[float], half_life: float) -> None:
    keep, believed, by_hand = 0.5 ** (1 / half_life), law[0], []
    for today in law:
        believed = today + (believed - today) * keep
        by_hand.append(believed)
    assert np.allclose(perceived(np.array(law), half_life), by_hand, atol=1e-9)


def test_waiting_pays_only_between_the_protocol_and_c12(corridor: Corridor) -> None:
    start, end = date(2023, 3, 1), date(2026, 12, 31)
    made = table(corridor, (start, end))
    for related in (ALONE, RELATED):
        days = np.arange(np.datetime64(start), np.datetime64(end) + 1)
        waits = dict(zip(days, made.waits[made.key, related], strict=True))
        assert not any(w for day, w in waits.items() if day < np.datetime64("2023-03-25"))
        assert all(w for day, w in waits.items() if np.datetime64("2023-03-25") <= day < np.datetime64("2026-03-01"))
        assert not waits[np.datetime64("2026-12-31")]  # a claim after 14 days is no longer heard


def test_nobody_waits_where_the_fourteen_days_are_gone(corridor: Corridor) -> None:
    none = amendment(name="no limit", kind="law", parameter="between_poe_limit_days", value="none", from_="2023-03-25")
    assert not table(corridor.amend([none]), SHUT).waits.any()
    assert table(corridor, SHUT).waits.all()


def test_police_change_only_those_who_hide(corridor: Corridor) -> None:
    twice = corridor.amend([amendment(name="twice", kind="police", place="quebec_west", presence=2)])
    before, after = last(table(corridor, SHUT)), last(table(twice, SHUT))
    assert total(after, "hide", "quebec_west") < total(before, "hide", "quebec_west")
    rest = [after[a] / before[a] for a in before if (a.manner, a.place) != ("hide", "quebec_west") and before[a] > 0]
    assert np.allclose(rest, rest[0], rtol=1e-9) and rest[0] > 1


def test_the_reference_day_does_not_move_with_a_scenario(corridor: Corridor) -> None:
    """The constant of the road is that of the corridor as it was, even when the road is closed that day."""
    closure = amendment(name="closed", kind="crossing", place="roxham_road", open=False, from_="2022-06-01",
                        until="2022-07-20")  # fmt: skip
    base, amended = last(table(corridor)), last(table(corridor.amend([closure])))
    assert base == amended
