"""One simulated party's life, step by step, with the provision that decided: the same run, read row by row."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from roxham.errors import Problem, UnknownName
from roxham.law import OUTCOMES, Decision, Explanation, decide
from roxham.people import STREAMS
from roxham.sim.corridor import Corridor
from roxham.sim.flow import Attempt, Flow
from roxham.sim.journey import border_facts, decision_of, other_facts
from roxham.sim.reception import Housed
from roxham.sim.run import begin, carry_out

_WORDS: dict[str, tuple[str, str]] = {
    "present": ("crosses at {place} and presents to the police", "passe par {place} et se présente à la police"),
    "hide": ("crosses at {place}, hiding", "passe par {place} en se cachant"),
    "port": ("goes to the port of entry {place}", "se rend au point d'entrée {place}"),
    "air": ("flies with a visa", "prend l'avion avec un visa"),
    "stay": ("stays on the other side", "reste de l'autre côté"),
    "arrives": ("a party of {size} from {group} sets out from {hub}; a relative in the country: {anchor}",
                "un groupe de {size} ({group}) part de {hub}; un parent au pays : {anchor}"),
    "other": ("a party of {size} claims {way} in {province}; a relative in the country: {anchor}",
              "un groupe de {size} fait une demande {way} ({province}); un parent au pays : {anchor}"),
    "intercepted": ("is met by the police: arrested, identified, handed to the border agency; charges deferred",
                    "est intercepté par la police : arrêté, identifié, remis à l'agence; accusations différées"),
    "unseen": ("is not seen", "n'est pas vu"),
    "eligible": ("the claim may be heard", "la demande peut être entendue"),
    "ineligible_return_to_US": ("is sent back across the border", "est renvoyé de l'autre côté"),
    "directed_back": ("is directed back for now",
                      "est redirigé pour l'instant"),
    "bed": ("has a bed at {place}", "a un lit à {place}"),
    "first_nights": ("spends the first nights at {place}", "passe les premières nuits à {place}"),
    "no_bed": ("finds no bed at {place} and waits", "ne trouve pas de lit à {place} et attend"),
    "gives_up": ("stops waiting for a bed at {place}", "cesse d'attendre un lit à {place}"),
    "moved_on": ("moves on to {place} by itself", "part de lui-même vers {place}"),
    "bed_transfer": ("is transferred and has a bed at {place}", "est transféré et a un lit à {place}"),
    "yes": ("yes", "oui"), "no": ("no", "non"), "unproved": ("yes, but not proved", "oui, mais sans preuve"),
    "airport": ("at an airport", "à l'aéroport"), "inland": ("inland", "au pays"),
    "land_port": ("at a land port of entry", "à un point d'entrée terrestre"),
}


def why(
    corridor: Corridor, *, party: int, seed: int, draw: int, from_: date, to: date, lang: str = "en"
) -> list[dict[str, str]]:
    """What one simulated party did and what was decided, in order: step, date, what, citation.

    `party` is its row: first those who set out for the land border, then claims made otherwise.

    Raises:
        UnknownName: when the run has no such party.
    """
    flow = _run(corridor, party, seed, draw, from_, to)
    people = flow.people()
    story = _Story(flow, party, lang)
    if people.stream[party] == 0:
        story.set_out()
        for trip in flow.traces:
            story.journey(trip)
    else:
        story.claim_otherwise()
    story.claim_life()
    return [dict(zip(("step", "date", "what", "citation"), row[1:], strict=True)) for row in sorted(story.rows)]



def trees(
    corridor: Corridor, *, party: int, seed: int, draw: int, from_: date, to: date
) -> list[tuple[str, Explanation]]:
    """The cited tree of each decision that one simulated party met at the border: its day, and the explanation.

    Empty where the party never came to an office.

    Raises:
        UnknownName: when the run has no such party.
    """
    flow = _run(corridor, party, seed, draw, from_, to)
    out = []
    for day, decision in decisions(flow):
        row = np.flatnonzero(day[0] == party)
        if row.size:
            out.append((str(flow.days[int(day[1][row[0]])]), decision.explain(int(row[0]))))
    return out


def decisions(flow: Flow) -> list[tuple[tuple[NDArray[np.int64], NDArray[np.int32]], Decision]]:
    """Every decision of a traced run: (row of each party, day of each claim) and the decision on them."""
    out = []
    for trip in flow.traces:
        if trip.outcome.shape[0] == trip.row.shape[0] and trip.row.size:
            out.append(((trip.row, trip.claim), decision_of(flow, trip)))
    rows = np.flatnonzero(flow.people().stream != 0)
    if rows.size:
        found = decide(flow.corridor.law, other_facts(flow, rows), flow.corridor.readings)
        out.append(((rows, flow.people().day[rows]), found))
    return out


def _run(corridor: Corridor, party: int, seed: int, draw: int, from_: date, to: date) -> Flow:
    flow = carry_out(begin(corridor, seed=seed, draw=draw, from_=from_, to=to, trace=True))
    if not 0 <= party < len(flow.people()):
        raise UnknownName(Problem(f"no party {party}: this run has parties 0 to {len(flow.people()) - 1}"))
    return flow


class _Story:
    """The rows of one party's story: sort key, step, date, words, citation."""

    def __init__(self, flow: Flow, party: int, lang: str) -> None:
        self.flow, self.party, self.lang = flow, party, lang
        self.rows: list[tuple[tuple[int, int], str, str, str, str]] = []

    def words(self, key: str, **names: Any) -> str:
        """A phrase in the story's language."""
        return _WORDS[key][self.lang == "fr"].format(**names)

    def add(self, step: str, day: int, what: str, citation: str = "") -> None:
        """Add a row on a day within the run."""
        if 0 <= day < self.flow.n_days:
            self.rows.append(((day, len(self.rows)), step, str(self.flow.days[day]), what, citation))

    def place(self, name: str) -> str:
        """A place's name in the story's language."""
        world = self.flow.corridor.world
        thing = world.segments.get(name) or world.places.get(name)
        return name if thing is None else str(getattr(thing, f"name_{self.lang}"))

    def anchor(self) -> str:
        """Whether a relative in Canada is there and shown."""
        people = self.flow.people()
        if not people.anchored[self.party]:
            return self.words("no")
        return self.words("yes" if people.shown[self.party] else "unproved")

    def set_out(self) -> None:
        """The party at its hub."""
        people, corridor = self.flow.people(), self.flow.corridor
        group = corridor.group_rows[int(people.group[self.party])]
        hub = tuple(corridor.choice.hubs)[int(people.origin[self.party])]
        self.add("pressure", int(people.day[self.party]), self.words(
            "arrives", size=int(people.size[self.party]), group=getattr(group, f"name_{self.lang}"),
            hub=self.place(hub), anchor=self.anchor()))

    def journey(self, trip: Attempt) -> None:
        """One round of choice, crossing and decision."""
        found = np.flatnonzero(trip.row == self.party)
        table = self.flow.table
        if not found.size or table is None:
            return
        k = int(found[0])
        option = table.alternatives[int(trip.option[k])]
        self.add("choice", int(trip.day[k]), self.words(option.manner, place=self.place(option.place)))
        if trip.outcome.shape[0] != trip.row.shape[0]:
            return
        if option.manner in ("present", "hide"):
            caught = bool(trip.caught[k])
            self.add("crossing", int(trip.entry[k]), self.words("intercepted" if caught else "unseen"),
                     "A18(1), R27(2), A133" if caught else "")
        outcome = OUTCOMES[int(trip.outcome[k])]
        decision = decide(self.flow.corridor.law, border_facts(self.flow, trip), self.flow.corridor.readings)
        what = self.words(outcome) if outcome in _WORDS else outcome
        self.add("border", int(trip.claim[k]), what, decision.reason(k, self.lang))

    def claim_otherwise(self) -> None:
        """A claim made at an airport, inland or at a port by somebody outside the corridor."""
        people, corridor = self.flow.people(), self.flow.corridor
        stream = STREAMS[int(people.stream[self.party])]
        province = corridor.provinces[int(people.settle[self.party])]
        day = int(people.day[self.party])
        self.add("other claims", day, self.words(
            "other", size=int(people.size[self.party]), way=self.words(stream), province=province,
            anchor=self.anchor()))
        decision = decide(corridor.law, other_facts(self.flow, np.array([self.party])), corridor.readings)
        outcome = OUTCOMES[int(np.atleast_1d(decision.outcome)[0])]
        self.add("border", day, self.words(outcome) if outcome in _WORDS else outcome, decision.reason(0, self.lang))

    def claim_life(self) -> None:
        """The stages, the permit and the bed of a claim, whether it went forward or was barred at the border."""
        claims, course = self.flow.heard(), self.flow.course
        barred = np.concatenate([rows for rows, _ in self.flow.barred])
        found = np.flatnonzero(np.concatenate([claims.row, barred]) == self.party)
        if not found.size or course is None:
            return
        k = int(found[0])
        for name, passage in course.passages.items():
            at = np.flatnonzero(passage.row == course.backlog + k)
            if at.size and passage.outcome[at[0]] >= 0:
                stage = course.procedure.stages[name]
                way = [*stage.outcomes, stage.leave][passage.outcome[at[0]]]
                assert way is not None
                says = getattr(way.says, self.lang) if way.says else way.name
                self.add(getattr(stage.title, self.lang).lower(), int(passage.left[at[0]]), says)
        if k >= len(claims):
            return
        for track in course.procedure.beside.values():
            title = getattr(track.title, self.lang)
            says = getattr(track.says, self.lang) if track.says else title
            self.add(title.lower(), int(claims.later[track.mark][k]), says)
        self.beds(k)

    def beds(self, k: int) -> None:
        """Every place where a claim asked for a bed, and the move to another province."""
        flow, claims = self.flow, self.flow.heard()
        for name, who in flow.lodged.items():
            spec, record = flow.corridor.reception.places[name], flow.served[f"beds: {name}"]
            place = getattr(spec.title, self.lang)
            assert isinstance(record, Housed)
            for row in np.flatnonzero(who == k).tolist():
                came, entered, left = (int(days[row]) for days in (record.arrived, record.entered, record.left))
                sent = claims.later["sent_on"][k]
                key = "first_nights" if "transit" in spec.serves else "bed_transfer" if sent else "bed"
                waited = (entered if entered >= 0 else left if left >= 0 else flow.n_days) > came
                if waited:
                    self.add("reception", came, self.words("no_bed", place=place))
                self.add("reception", entered, self.words(key, place=place))
                if waited and entered < 0:
                    self.add("reception", left, self.words("gives_up", place=place))
        home = flow.corridor.provinces[int(flow.people().settle[self.party])]
        self.add("reception", int(claims.later["moved_on"][k]), self.words("moved_on", place=home))
