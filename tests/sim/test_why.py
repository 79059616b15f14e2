"""One party's story is the run itself, read row by row."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from roxham.errors import UnknownName
from roxham.law import OUTCOMES
from roxham.sim.corridor import Corridor
from roxham.sim.flow import Flow
from roxham.sim.run import begin, carry_out
from roxham.sim.why import why

FROM, TO = date(2023, 2, 1), date(2023, 5, 31)


@pytest.fixture(scope="module")
def flow(corridor: Corridor) -> Flow:
    return carry_out(begin(corridor, seed=7, draw=2, from_=FROM, to=TO, trace=True))


def story(corridor: Corridor, party: int, lang: str = "en") -> list[dict[str, str]]:
    return why(corridor, party=party, seed=7, draw=2, from_=FROM, to=TO, lang=lang)


def parties(flow: Flow, outcome: str) -> list[int]:
    """Parties of the corridor whose first decision at the border was this one."""
    code = OUTCOMES.index(outcome)
    return [int(r) for t in flow.traces if t.round == 0 and t.outcome.size == t.row.size
            for r in t.row[t.outcome == code][:3]]  # fmt: skip


def test_a_story_is_told_in_the_order_of_its_days(corridor: Corridor, flow: Flow) -> None:
    for party in (0, 5, *parties(flow, "eligible")[:2], len(flow.people()) - 1):
        told = story(corridor, party)
        assert told
        assert [row["date"] for row in told] == sorted(row["date"] for row in told)
        assert all(set(row) == {"step", "date", "what", "citation"} and row["what"] for row in told)
        assert str(FROM) <= told[0]["date"] <= told[-1]["date"] <= str(TO)
        first = flow.days[flow.people().day[party]]
        assert told[0]["date"] == str(first)


@pytest.mark.parametrize(("outcome", "words"), [
    ("eligible", "the claim may be heard"), ("ineligible_return_to_US", "is sent back across the border"),
])  # fmt: skip
def test_the_border_says_what_the_run_decided_and_why(
    corridor: Corridor, flow: Flow, outcome: str, words: str
) -> None:
    found = parties(flow, outcome)
    assert found
    for party in found[:2]:
        (decision, *_) = (row for row in story(corridor, party) if row["step"] == "border")
        assert decision["what"] == words
        assert decision["citation"]


def test_a_person_returned_under_the_protocol_hears_of_it(corridor: Corridor, flow: Flow) -> None:
    told = [row for party in parties(flow, "ineligible_return_to_US") for row in story(corridor, party)]
    assert any("101(1)(e)" in row["citation"].replace(" ", "") or "159" in row["citation"] for row in told)


def test_one_who_stays_has_a_short_story(corridor: Corridor, flow: Flow) -> None:
    assert flow.table is not None
    stay = flow.table.index("stay")[0]
    party = next(int(t.row[t.option == stay][0]) for t in flow.traces if (t.option == stay).any())
    told = story(corridor, party)
    assert [row["step"] for row in told] == ["pressure", "choice"]
    assert told[1]["what"] == "stays on the other side"


def test_a_claim_made_otherwise_is_told_too(corridor: Corridor, flow: Flow) -> None:
    people = flow.people()
    for stream in (1, 2, 3):
        party = int((people.stream == stream).nonzero()[0][0])
        told = story(corridor, party)
        assert [row["step"] for row in told[:2]] == ["other claims", "border"]
        assert corridor.provinces[int(people.settle[party])] in told[0]["what"]


def test_a_hearing_and_a_bed_are_told(corridor: Corridor, flow: Flow) -> None:
    claims = flow.heard()
    housed = claims.row[(claims.later["bed_from"] >= 0) & (claims.later["sent_on"] == 1)]
    told = story(corridor, int(housed[0]))
    stays = [row["what"] for row in told if row["step"] == "reception"]
    assert sum(what.startswith("is transferred and has a bed at ") for what in stays) == 1
    assert any(row["what"] == "is referred to a hearing" for row in story(
        corridor, int(claims.row[claims.later["referred"] < flow.n_days][0])))  # fmt: skip


def test_first_nights_waiting_and_the_move_are_told(corridor: Corridor, flow: Flow) -> None:
    claims = flow.heard()
    transit, who = flow.served["beds: lacolle_temporary"], flow.lodged["lacolle_temporary"]
    slept = np.isin(np.arange(len(claims)), who[transit.entered >= 0])
    mover = slept & (claims.later["bed_from"] >= 0) & (claims.later["moved_on"] < flow.n_days)
    stays = [row["what"] for row in story(corridor, int(claims.row[np.flatnonzero(mover)[0]]))
             if row["step"] == "reception"]
    assert stays[0].startswith("spends the first nights at Temporary lodging")
    assert any(what.startswith("has a bed at ") for what in stays)
    assert any(what.startswith("moves on to ") for what in stays)
    record, who = flow.served["beds: niagara_falls"], flow.lodged["niagara_falls"]
    told = story(corridor, int(claims.row[who[np.flatnonzero(record.entered > record.arrived)[0]]]))
    stays = [row["what"].split(" Niagara")[0] for row in told if row["step"] == "reception"]
    assert stays[-2:] == ["finds no bed at", "is transferred and has a bed at"]


def test_french_tells_the_same_days_in_other_words(corridor: Corridor, flow: Flow) -> None:
    party = parties(flow, "eligible")[0]
    english, french = story(corridor, party), story(corridor, party, "fr")
    assert [row["date"] for row in english] == [row["date"] for row in french]
    assert all(e["what"] != f["what"] for e, f in zip(english, french, strict=True))


def test_a_party_that_is_not_there(corridor: Corridor, flow: Flow) -> None:
    last = len(flow.people()) - 1
    with pytest.raises(UnknownName, match=f"no party {last + 1}: this run has parties 0 to {last}"):
        story(corridor, last + 1)
    with pytest.raises(UnknownName):
        story(corridor, -1)
