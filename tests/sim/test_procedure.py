"""A procedure as data: what it refuses with file and line, and what columns that go through it must obey."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roxham.errors import RunError, SpecError
from roxham.sim.case import ServiceSpec
from roxham.sim.course import run_procedure, service_capacity
from roxham.sim.passage import Cases, Course
from roxham.sim.procedure import Known, Procedure, load_procedure, on
from roxham.sim.record import little
from roxham.spec import Dated, parse_yaml
from roxham.streams import Streams

NUMBER = "unit: share, status: assumed, low: 0, high: 1"
COURT = f"""
starts: {{filed: court}}
stages:
  court:
    title: {{en: Court, fr: Tribunal}}
    state: pending
    service: court
    outcomes:
      - {{name: granted, to: granted, share: {{value: 0.25, {NUMBER}}}}}
      - {{name: refused, to: time}}
  time:
    title: {{en: Time to appeal, fr: Délai d'appel}}
    state: refused
    delay:
      - days: {{value: 10, unit: days, status: assumed, low: 5, high: 20}}
    outcomes:
      - {{name: appeals, to: appeal, share: {{value: 0.5, {NUMBER}}}}}
      - {{name: stops, to: removed}}
  appeal:
    title: {{en: Appeal, fr: Appel}}
    state: appeal
    service: appeal
    outcomes:
      - {{name: allowed, to: granted, share: {{value: 0.3, {NUMBER}}}}}
      - {{name: dismissed, to: removed}}
ends:
  granted: {{en: Granted, fr: Accordé}}
  removed: {{en: Removed, fr: Renvoyé}}
"""
RATE = "unit: cases / day, status: assumed, low: 0, high: 100"
SERVICES = f"""
court:
  title: {{en: Court, fr: Tribunal}}
  steps:
    - {{from: 2024-01-01, value: 5, {RATE}}}
  initial_pending: {{value: 30, unit: cases, status: assumed, low: 0, high: 100}}
  initial_wait_days: {{value: 20, unit: days, status: assumed, low: 0, high: 100}}
appeal:
  title: {{en: Appeal, fr: Appel}}
  steps:
    - {{from: 2024-01-01, value: 2, {RATE}}}
"""
DAYS = np.arange("2024-01-01", "2024-07-01", dtype="datetime64[D]")


def made(text: str = COURT) -> Procedure:
    return parse_yaml(text, Procedure)


def services(text: str = SERVICES) -> dict[str, ServiceSpec]:
    return parse_yaml(text, dict[str, ServiceSpec])


def through(
    text: str = COURT, daily: float = 6.0, *, held: str = SERVICES, drawn: bool = False, seed: int = 3
) -> Course:
    cases = Cases.daily(np.full(DAYS.size, daily))
    return run_procedure(made(text), services(held), cases, DAYS, Streams(seed, 0), drawn=drawn)


def folder(tmp_path: Path, procedure: str = COURT, held: str = SERVICES) -> Path:
    (tmp_path / "procedure.yaml").write_text(procedure, encoding="utf-8")
    (tmp_path / "services.yaml").write_text(held, encoding="utf-8")
    return tmp_path


# ---------------------------------------------------------------- what a file may say

MISTAKES = {
    "an unknown service": ("service: appeal", "service: apeal", ":22:", 'mean "appeal"?'),
    "an unknown stage": ("to: time}", "to: tine}", ":10:", 'mean "time"?'),
    "an unknown start": ("filed: court", "filed: cort", ":2:", 'mean "court"?'),
    "a way back": ("to: appeal,", "to: court,", ":17:", "has no circles"),
    "a stage never reached": ("- {name: appeals, to: appeal,", "- {name: appeals, to: granted,", ":20:",
                              "never reached"),
    "an end never reached": ("ends:", "ends:\n  lost: {en: Lost, fr: Perdu}", ":27:", '"lost" is never reached'),
    "a share over one": ("value: 0.25, unit: share, status: assumed, low: 0, high: 1",
                         "value: 25, unit: share, status: assumed, low: 0, high: 100", ":9:", "between 0 and 1"),
    "no rest": ("- {name: refused, to: time}", "- {name: refused, to: time, share: {value: 0.5, " + NUMBER + "}}",
                ":10:", "takes the rest"),
    "a parameter that is not there": ("- {name: refused, to: time}", "- {name: lost, to: time, parameter: luck}\n"
                                      "      - {name: refused, to: time}", ":10:", '"luck" is not a parameter'),
    "a question nobody answers": ("- {name: refused, to: time}", "- {name: lost, to: time, asks: fate}\n"
                                  "      - {name: refused, to: time}", ":10:", '"fate" is not a question'),
    "a trait that is not there": ("name: appeals,", "name: appeals, who: {colour: [red]},", ":17:",
                                  '"colour" is not a trait'),
    "neither service nor delay": ("    service: appeal\n", "", ":20:", "either a service or a delay"),
    "a negative delay": ("value: 10, unit: days, status: assumed, low: 5,",
                         "value: -1, unit: days, status: assumed, low: -5,", ":15:", "0 days or more"),
    "an unknown key": ("    state: appeal", "    states: appeal", ":21:", 'mean "state"?'),
    "a service twice": ("service: appeal", "service: court", ":22:", "two stages wait for court"),
    "an end that is a state": ("state: appeal", "state: granted", ":", "both an end and the state"),
}  # fmt: skip


@pytest.mark.parametrize("mistake", sorted(MISTAKES))
def test_a_mistake_is_told_with_its_line(tmp_path: Path, mistake: str) -> None:
    old, new, line, said = MISTAKES[mistake]
    assert old in COURT
    with pytest.raises(SpecError) as error:
        load_procedure(folder(tmp_path, COURT.replace(old, new, 1)))
    told = str(error.value)
    assert said in told
    assert f"procedure.yaml{line}" in told


@pytest.mark.parametrize(("first", "second", "total"), [(0.25, 0.6, "0.85"), (0.7, 0.6, "1.3")])
def test_shares_of_everybody_sum_to_one(tmp_path: Path, first: float, second: float, total: str) -> None:
    text = COURT.replace("value: 0.25", f"value: {first}", 1)
    text = text.replace("service: court", "service: court\n    split: all", 1)
    refused = "- {name: refused, to: time"
    text = text.replace(refused, f"{refused}, share: {{value: {second}, {NUMBER}}}")
    with pytest.raises(SpecError, match=f"shares sum to {total}, not to 1"):
        load_procedure(folder(tmp_path, text))
    good = text.replace(f"value: {second}", f"value: {1 - first}", 1)
    assert load_procedure(folder(tmp_path, good))[0].stages["court"].split == "all"


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    text = COURT.replace("service: appeal", "service: apeal").replace("to: time}", "to: tine}")
    with pytest.raises(SpecError) as error:
        load_procedure(folder(tmp_path, text))
    assert len(error.value.problems) >= 3  # and `time` is never reached


def test_streams_take_no_more_than_the_whole(tmp_path: Path) -> None:
    stream = (f"{{title: {{en: A, fr: A}}, who: {{group: [a]}}, takes: {{value: 1, {NUMBER}}},"
              f" share: [{{from: 2024-01-01, value: 0.7, {NUMBER}}}]}}")  # fmt: skip
    both = f"    streams:\n      one: {stream}\n      two: {stream}\n"
    text = COURT.replace("    service: court\n", f"    service: court\n{both}")
    with pytest.raises(SpecError, match=r"streams take 1.4 of the capacity from 2024-01-01"):
        load_procedure(folder(tmp_path, text), Known(traits={"group": ["a"]}))


def test_the_file_names_its_states_and_services() -> None:
    procedure = made()
    assert procedure.states == ("pending", "refused", "appeal", "granted", "removed")
    assert procedure.services == ("court", "appeal")
    assert procedure.state("filed") == "pending"
    assert (procedure.leads_to("time"), procedure.leads_to("granted")) == ("refused", "granted")


# ---------------------------------------------------------------- what columns obey


@given(st.lists(st.integers(0, 40), min_size=30, max_size=60), st.integers(1, 5), st.integers(0, 99), st.booleans())
@settings(max_examples=40, deadline=None)
def test_nobody_is_lost_and_little_holds(daily: list[int], size: int, seed: int, drawn: bool) -> None:
    cases = Cases.daily(np.array(daily, dtype=np.float64), size=size)
    course = run_procedure(made(), services(), cases, DAYS, Streams(seed, 1), drawn=drawn)
    states = course.account.occupancy()
    assert np.array_equal(np.sum([states[name] for name in course.procedure.states], axis=0), states["arrived"])
    assert states["arrived"][-1] == int(cases.size.sum()) + 30
    for name, passage in course.passages.items():
        assert (passage.left >= passage.entered).all()
        spent = (np.minimum(passage.left, DAYS.size) - np.maximum(passage.entered, 0)) * course.persons(name)
        assert course.stock(name).sum() == spent.sum()
        if passage.served is not None:
            area, here = little(passage.served)
            assert area == pytest.approx(here, rel=1e-9)
        assert ((passage.outcome >= 0) == (passage.left < DAYS.size)).all()


def test_the_court_decides_in_order_what_it_can() -> None:
    course = through()
    court = course.passages["court"]
    assert course.backlog == 30
    assert (np.diff(court.left[np.argsort(court.entered, kind="stable")]) >= 0).all()
    done = np.bincount(court.left[court.outcome >= 0], minlength=DAYS.size)
    assert (done == 5).all()
    assert course.account.stock("pending")[-1] == 30 + DAYS.size * (6 - 5)


def test_outcomes_come_as_often_as_the_file_says_and_never_otherwise() -> None:
    course = through(daily=30.0, held=SERVICES.replace("value: 5,", "value: 40,"))
    court = course.passages["court"]
    decided = int((court.outcome >= 0).sum())
    granted = int(court.by("granted").sum())
    assert abs(granted - 0.25 * decided) < 4 * np.sqrt(decided * 0.25 * 0.75)
    all_or_none = COURT.replace("value: 0.25", "value: 1")
    assert through(all_or_none).passages["court"].by("refused").sum() == 0
    assert through(COURT.replace("value: 0.25", "value: 0")).passages["court"].by("granted").sum() == 0


def test_the_two_ways_of_splitting_agree() -> None:
    text = COURT.replace("service: court", "service: court\n    split: all", 1)
    left, together = (through(one, daily=5.0, seed=8).passages["court"] for one in (COURT, text))
    n = (left.outcome >= 0).sum()
    assert abs(int(left.by("granted").sum()) - int(together.by("granted").sum())) < 5 * np.sqrt(n * 0.25 * 0.75 * 2)


def test_a_share_moves_only_those_it_concerns() -> None:
    """The same case draws the same number: a larger share takes everybody whom the smaller one took, and some more."""
    few, many = (through(COURT.replace("value: 0.25", f"value: {share}")) for share in (0.2, 0.4))
    courts = [course.passages["court"] for course in (few, many)]
    taken = [set(court.row[court.by("granted")].tolist()) for court in courts]
    assert taken[0] < taken[1]


def test_a_shorter_delay_serves_those_who_wait_from_its_first_day() -> None:
    steps = "[{from: 2024-01-01, value: 60, unit: days, status: assumed, low: 1, high: 99}, "
    steps += "{from: 2024-02-01, value: 5, unit: days, status: assumed, low: 1, high: 99}]"
    old = "{value: 10, unit: days, status: assumed, low: 5, high: 20}"
    course = through(COURT.replace(old, steps, 1))
    time = course.passages["time"]
    change = 31
    wait = time.left - time.entered
    before, after = time.entered < change - 1, (time.entered >= change) & (time.left < DAYS.size)
    assert (time.left[before] == np.minimum(time.entered[before] + 60, change + 5)).all()
    assert (wait[after] == 5).all()


def test_numbers_with_a_range_are_drawn_once_per_draw() -> None:
    delays = []
    for draw in range(6):
        course = run_procedure(made(), services(), Cases.daily(np.full(DAYS.size, 6.0)), DAYS, Streams(3, draw))
        time = course.passages["time"]
        (delay,) = set((time.left - time.entered)[time.outcome >= 0].tolist())
        delays.append(delay)
    assert len(set(delays)) > 2
    assert all(5 <= delay <= 20 for delay in delays)
    time = through(drawn=False).passages["time"]
    assert set((time.left - time.entered)[time.outcome >= 0].tolist()) == {10}


def test_an_exponential_delay_has_its_mean() -> None:
    text = COURT.replace("high: 20}\n", "high: 20}\n        spread: exponential\n", 1)
    course = through(text, daily=40.0, held=SERVICES.replace("value: 5,", "value: 60,"))
    time = course.passages["time"]
    early = time.entered < DAYS.size - 90
    stay = (np.minimum(time.left, DAYS.size) - time.entered)[early]
    assert abs(stay.mean() - 10) < 4 * 10 / np.sqrt(stay.size) + 0.05


def test_who_leaves_the_line_takes_no_capacity() -> None:
    leave = f"    leave: {{name: withdrawn, to: removed, rate: {{value: 1, {NUMBER}}}}}\n"
    text = COURT.replace("    service: court\n", "    service: court\n" + leave)
    course = through(text, daily=9.0)
    court = course.passages["court"]
    withdrawn = court.by("withdrawn")
    assert withdrawn.any()
    served = np.bincount(court.left[(court.outcome >= 0) & ~withdrawn], minlength=DAYS.size)
    assert (served == 5).all()
    exposure = course.stock("court").sum() / 365.25
    assert abs(int(withdrawn.sum()) - exposure) < 4 * np.sqrt(exposure) + 0.02 * exposure


def test_a_stream_is_served_beside_the_others_not_before_its_share() -> None:
    stream = (f"{{title: {{en: Quick, fr: Vite}}, who: {{group: [a]}}, takes: {{value: 1, {NUMBER}}},"
              f" share: [{{from: 2024-03-01, value: 0.4, {NUMBER}}}]}}")  # fmt: skip
    text = COURT.replace("    service: court\n", f"    service: court\n    streams:\n      quick: {stream}\n")
    plain = Cases.daily(np.full(DAYS.size, 8.0))
    groups = np.arange(len(plain)) % 4 == 0
    cases = Cases(plain.day, plain.size, plain.number, plain.start, {"group": (groups.astype(np.int64), ("b", "a"))})
    course = run_procedure(made(text), services(), cases, DAYS, Streams(1, 0), drawn=False)
    court = course.passages["court"]
    mine = course.cases.traits["group"][0][court.row] == 1
    march, done = court.entered >= 60, court.outcome >= 0
    wait = court.left - court.entered
    assert wait[mine & march & done].max() <= 1  # 2 a day come, 2 a day are sure
    assert wait[~mine & march & done].min() > 5
    assert (np.bincount(court.left[done], minlength=DAYS.size) == 5).all()


def test_staff_times_what_one_does_is_the_capacity() -> None:
    text = """
court:
  title: {en: Court, fr: Tribunal}
  steps: [{from: 2023-10-01, value: 366, unit: cases / year, status: assumed, low: 1, high: 999}]
  staff:
    - {from: 2023-10-01, value: 10, unit: judges, status: assumed, low: 1, high: 99}
    - {from: 2024-04-01, value: 14, unit: judges, status: assumed, low: 1, high: 99}
"""
    daily = service_capacity(services(text)["court"], DAYS)
    assert daily[0] == pytest.approx(10)
    assert daily[np.datetime64("2024-04-01") <= DAYS] == pytest.approx(14)


def test_a_service_that_counts_parties_serves_as_many_parties() -> None:
    held = SERVICES.replace("court:\n", "court:\n  counts: parties\n", 1)
    cases = Cases.daily(np.full(DAYS.size, 24.0), size=3)
    course = run_procedure(made(), services(held), cases, DAYS, Streams(1, 0))
    court = course.passages["court"]
    assert (np.bincount(court.left[court.outcome >= 0], minlength=DAYS.size) == 5).all()
    assert course.stock("court")[-1] == course.account.stock("pending")[-1]


def test_what_a_run_does_not_give_is_asked_for_by_name() -> None:
    text = COURT.replace("- {name: refused, to: time}", "- {name: lost, to: time, parameter: luck}\n"
                         "      - {name: refused, to: time}")  # fmt: skip
    with pytest.raises(RunError, match='names the parameter "luck"'):
        through(text)


def test_a_table_tells_each_stage_by_year() -> None:
    course = through()
    rows = {row["stage"]: row for row in course.table()}
    court = rows["court"]
    assert court["came"] == DAYS.size * 6
    assert court["left"] == court["granted"] + court["refused"] == DAYS.size * 5
    assert court["pending"] == 30 + court["came"] - court["left"]


def test_the_value_in_force_is_that_of_the_last_step() -> None:
    steps = [Dated(from_=day, value=value, unit="share", status="assumed", low=0, high=1)
             for day, value in ((DAYS[0].item(), 0.1), (DAYS[40].item(), 0.3))]  # fmt: skip
    assert [on(steps, DAYS[k].item()) for k in (0, 39, 40)] == [0.1, 0.1, 0.3]
    assert on(steps[::-1], DAYS[0].item().replace(year=2020)) == 0.1
