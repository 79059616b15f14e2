"""Decide claims: outcome, grounds and consequences for one person or a million, from one definition.

The three-valued evaluation comes first; the burden of proof is a step after it (`if_unknown` of a rule). Both answers
are kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from roxham.errors import LawError, Problem, did_you_mean
from roxham.law.columns import Columns, truth
from roxham.law.expr import (
    UNKNOWN,
    YES,
    AnyRecord,
    Below,
    Between,
    Column,
    Holds,
    Is,
    Node,
    Not,
    Rule,
    Tri,
    both,
    compare,
    either,
)
from roxham.law.facts import BITS
from roxham.law.rules import AXES, DAY, GROUNDS, OUTCOMES, STCA, LawBook, Provision, Stage

if TYPE_CHECKING:
    from roxham.law.explain import Explanation

_BASE = {
    "minor": ("birth_date",),
    "days_since_entry": ("entry_at",),
    "over_one_year_since_first_entry": ("entry_at", "earlier_entries"),
}


class Evaluation:
    """One law read on one set of people: the context in which conditions are evaluated.

    With `burden`, a rule that the claimant must prove (or disprove) is settled against them where it is unknown.
    """

    def __init__(self, book: LawBook, people: Columns, readings: Mapping[str, str], *, burden: bool = False) -> None:
        self.book, self.people, self.readings, self.burden = book, people, readings, burden
        self.met_unknown = False
        self._rules: dict[tuple[str, ...], Tri] = {}
        self._versions: dict[tuple[str, str | None, bool], Tri] = {}
        self._scope: tuple[str, ...] = ()
        self._derived: dict[str, Column] = {}

    def fact(self, name: str) -> Column:
        """Return a fact, or what is worked out from facts with the numbers of the law."""
        if name in _BASE:
            column = self._derived.get(name)
            if column is None:
                column = self._derived[name] = self._work_out(name)
            return column
        return self.people.fact(name)

    def _work_out(self, name: str) -> Column:
        if name == "minor":
            return self.people.minor(self._number("minor_age"))
        if name == "days_since_entry":
            return self.people.days_since_entry()
        return self.people.over_one_year(self._number("one_year_entry_after"), self._number("one_year_months"))

    def _number(self, parameter: str) -> int:
        value = self.book.parameters[parameter].steps[-1][1]
        if value is None:
            raise LawError(f'the parameter "{parameter}" must have a value')
        return value

    def rule(self, name: str) -> Tri:
        """Return the answer of a rule: any of its clauses, each only while its version is in force."""
        key = (name, *self._scope)
        value = self._rules.get(key)
        if value is None:
            value = self._rules[key] = self._settled(self.book.provisions[name])
        return value

    def _settled(self, provision: Provision) -> Tri:
        value: Tri = -1
        for clause in provision.clauses:
            value = either(value, self.clause(clause.version, clause.when))
            if isinstance(value, int) and value == YES:
                break
        if provision.if_unknown is None or not _some_unknown(value):
            return value
        self.met_unknown = True
        if not self.burden:
            return value
        settled = 1 if provision.if_unknown == "met" else -1
        return settled if isinstance(value, int) else np.where(value == UNKNOWN, np.int8(settled), value)

    def clause(self, version: str | None, when: Node) -> Tri:
        """Return the answer of one clause."""
        gate = YES if version is None else self.in_force(version, None, False)
        return gate if isinstance(gate, int) and gate == -1 else both(gate, when.value(self))

    def in_force(self, version: str, on: str | None, whole_day: bool) -> Tri:
        """Return where a rule version governs, on the person's own dates and what was known on the day of decision."""
        key = (version, on, whole_day)
        value = self._versions.get(key)
        if value is None:
            value = self._versions[key] = self._governs(*key)
        return value

    def _governs(self, name: str, on: str | None, whole_day: bool) -> Tri:
        version = self.book.versions[name]
        if version.never:
            return -1
        axis = AXES[on or version.on]
        start, unit = version.start, DAY if axis == "as_of" else 1
        if whole_day or axis == "as_of":
            start = start // DAY * DAY
        date = self.fact(axis)
        value = compare(date, start // unit, None if version.end is None else version.end // unit)
        value = both(value, compare(self.fact("as_of"), version.known_from, None))
        for first, last in version.void:
            scale = DAY // unit
            span = compare(date, first * scale, None if last is None else (last + 1) * scale)
            value = both(value, -span)
        return value

    def reading(self, name: str) -> str:
        """Return the reading of an open point."""
        return self.readings.get(name) or self.book.open_points[name].default

    def parameter(self, name: str) -> tuple[str, tuple[tuple[int, int | None], ...]]:
        """Return the fact that dates a parameter, and its steps."""
        parameter = self.book.parameters[name]
        unit = DAY if parameter.on == "decision" else 1
        return AXES[parameter.on], tuple((start // unit, value) for start, value in parameter.steps)

    def records(self, scope: str) -> int:
        """Return the length of the longest list of records of this kind."""
        return self.people.records(scope)

    def enter(self, scope: str, index: int | None) -> None:
        """Look at one record of a list from now on, or at none."""
        self.people.enter(scope, index)
        self._scope = () if index is None else (scope, str(index))

    # ---- tables read downwards

    def table(self, stages: tuple[Stage, ...], results: tuple[str, ...], before: tuple[tuple[Tri, str], ...] = ()
              ) -> NDArray[np.int8]:
        """Return the result of a table for everybody; where several results are possible, the last of `results`."""
        lines = [*before]
        for stage in stages:
            value = YES if stage.rule is None else self.rule(stage.rule)
            lines.append((-value if stage.unless else value, stage.result))
        possible: Any = np.uint8(0)
        reach: Any = np.True_
        for value, result in lines:
            bit = np.uint8(1 << results.index(result))
            possible = possible | np.where(reach & (np.asarray(value) >= 0), bit, np.uint8(0))
            reach = reach & (np.asarray(value) <= 0)
        found = _single(len(results))[possible]
        return np.full(self.people.n, found, dtype=np.int8) if np.ndim(found) == 0 else found

    def answer(self) -> Answer:
        """Decide everybody."""
        values = [self.rule(rule) for rule in self.book.grounds.values()]
        eligible: Tri = YES
        bits: Any = np.uint16(0)
        for number, value in enumerate(values):
            eligible = both(eligible, -value)
            bits = bits | np.where(np.asarray(value) == YES, np.uint16(1 << number), np.uint16(0))
        stopped: Tri = -1
        frame = []
        for stage in self.book.frame:
            value = self.rule(str(stage.rule))
            stopped = either(stopped, value)
            frame.append((value, stage.result))
        e = values[GROUNDS.index("e")]
        rest = (((*frame, (e, "ineligible_return_to_US"), (-eligible, "ineligible_other"), (YES, "eligible"))))
        outcome = self.table((), OUTCOMES, rest)
        stca = self.table(self.book.stca, STCA, ((stopped, "not_reached"),))
        reached = np.asarray(stopped) == -1
        grounds = np.broadcast_to(np.where(reached, bits, np.uint16(0)), (self.people.n,)).astype(np.uint16)
        return Answer(outcome, stca, grounds, self._exceptions(stca))

    def _exceptions(self, stca: NDArray[np.int8]) -> NDArray[np.int8]:
        out = np.zeros(self.people.n, dtype=np.int8)
        excepted = stca == STCA.index("covered_exception")
        if excepted.any():
            for number in range(len(self.book.exceptions), 0, -1):
                value = self.book.exception_nodes[number - 1].value(self)
                out[excepted & (np.asarray(value) == YES)] = number
        return out


@dataclass(frozen=True, eq=False)
class Answer:
    """What was decided for each of n people, as codes: outcome, Agreement test, bit set of grounds, exception."""

    outcome: NDArray[np.int8]
    stca: NDArray[np.int8]
    grounds: NDArray[np.uint16]
    exception: NDArray[np.int8]


@dataclass(frozen=True, eq=False)
class Decision:
    """The decision on each of n people, after the burden of proof.

    `outcome` holds codes of `OUTCOMES`, `stca` of `STCA`, `exception` of `book.exception_names`; `grounds` has bit k
    for `GROUNDS[k]`. `before_burden` is the three-valued answer, in which what is not known stays undetermined.
    """

    book: LawBook
    people: Columns
    readings: Mapping[str, str]
    outcome: NDArray[np.int8]
    stca: NDArray[np.int8]
    grounds: NDArray[np.uint16]
    exception: NDArray[np.int8]
    before_burden: Answer

    def __len__(self) -> int:
        return len(self.outcome)

    @property
    def heard(self) -> NDArray[np.bool_]:
        """Whose claim is referred to the Board."""
        return np.equal(self.outcome, OUTCOMES.index("eligible"))

    def rows(self, name: str) -> NDArray[np.int8]:
        """Return the line of a table of consequences that each person meets, -1 where none."""
        return _lines_met(self, name)

    def consequence(self, name: str) -> NDArray[np.int8]:
        """Return one consequence for everybody, as codes of `consequence_names`."""
        names = self.consequence_names(name)
        codes = [names.index(row.value) for row in self.book.consequences[name]]
        return np.array([*codes, len(names) - 1], dtype=np.int8)[self.rows(name)]

    def consequence_names(self, name: str) -> tuple[str, ...]:
        """Return what the codes of a consequence mean; the last is "n/a"."""
        return consequence_names(self.book, name)

    @cached_property
    def prra(self) -> NDArray[np.int8]:
        """Pre-removal risk assessment, as codes of `consequence_names("prra")`."""
        return self.consequence("prra")

    @cached_property
    def removal(self) -> NDArray[np.int8]:
        """Removal order and when it takes force, as codes of `consequence_names("removal")`."""
        return self.consequence("removal")

    @cached_property
    def unknown(self) -> NDArray[np.uint64]:
        """Facts that would settle an undetermined answer, as a bit set (`facts.BITS`)."""
        return settling(self)

    def explain(self, row: int = 0) -> Explanation:
        """Return the cited tree of one row."""
        from roxham.law.explain import explain_columns

        return explain_columns(self.book, row_of(self.people, row), self.readings)

    def reason(self, row: int = 0, lang: str = "en") -> str:
        """Return one sentence: the outcome of a row and the provisions that decided it."""
        return self.explain(row).reason(lang)


def decide(book: LawBook, facts: Mapping[str, Any] | Columns, readings: Mapping[str, str] | None = None) -> Decision:
    """Decide every person described by `facts`, under a body of law.

    `facts` maps names of `FACTS` to one value for everybody or an array with one entry per person (codes from
    `codes(name)`, datetime64 for dates). Raises LawError for unknown names, codes and columns of unequal length.
    """
    people = facts if isinstance(facts, Columns) else Columns(facts)
    chosen = checked_readings(book, readings)
    evaluation = Evaluation(book, people, chosen)
    before = evaluation.answer()
    after = Evaluation(book, people, chosen, burden=True).answer() if evaluation.met_unknown else before
    return Decision(book, people, chosen, after.outcome, after.stca, after.grounds, after.exception, before)


def checked_readings(book: LawBook, readings: Mapping[str, str] | None) -> Mapping[str, str]:
    """Return the readings to use, or raise LawError for a switch or a reading that the law does not have."""
    problems = []
    for name, choice in (readings or {}).items():
        if name not in book.switches:
            problems.append(Problem(f'"{name}" is not a reading switch', hint=did_you_mean(name, book.switches)))
        elif choice not in book.switches[name]:
            choices = book.switches[name]
            hint = did_you_mean(choice, choices)
            problems.append(Problem(f'{name}: "{choice}" is not one of {", ".join(choices)}', hint=hint))
    if problems:
        raise LawError(problems)
    return {**book.readings, **(readings or {})}


def _some_unknown(value: Tri) -> bool:
    if isinstance(value, int):
        return value == UNKNOWN
    return bool((value == UNKNOWN).any())


def _single(count: int) -> NDArray[np.int8]:
    """Return, for each set of possible results, the only one in it, else the last result."""
    table = np.full(256, count - 1, dtype=np.int8)
    for number in range(count - 1):
        table[1 << number] = number
    return table


def consequence_names(book: LawBook, name: str) -> tuple[str, ...]:
    """Return the values of a consequence in the order of their codes; the last is "n/a"."""
    if name not in book.consequences:
        raise LawError(Problem(f'"{name}" is not a consequence', hint=did_you_mean(name, book.consequences)))
    return (*dict.fromkeys(row.value for row in book.consequences[name] if row.value != "n/a"), "n/a")


def _lines_met(decision: Decision, name: str) -> NDArray[np.int8]:
    out = np.full(len(decision), -1, dtype=np.int8)
    open_ = np.ones(len(decision), dtype=np.bool_)
    evaluation = Evaluation(decision.book, decision.people, decision.readings)
    for number, row in enumerate(decision.book.consequences[name]):
        here = open_.copy()
        if row.outcomes:
            here &= _among(decision.outcome, row.outcomes, OUTCOMES)
        if row.stca:
            here &= _among(decision.stca, row.stca, STCA)
        if row.any_of:
            here &= (decision.grounds & _bits(row.any_of)) != 0
        if row.only:
            here &= (decision.grounds != 0) & ((decision.grounds & ~_bits(row.only)) == 0)
        if row.rule is not None:
            here &= truth(evaluation.rule(row.rule), len(decision)) == YES
        if row.version is not None:
            here &= truth(evaluation.in_force(row.version, None, False), len(decision)) == YES
        out[here] = number
        open_ &= ~here
    return out


def _among(codes: NDArray[np.int8], names: tuple[str, ...], results: tuple[str, ...]) -> NDArray[np.bool_]:
    table = np.zeros(len(results), dtype=np.bool_)
    table[[results.index(name) for name in names]] = True
    return table[codes]


def _bits(grounds: tuple[str, ...]) -> np.uint16:
    return np.uint16(sum(1 << GROUNDS.index(ground) for ground in grounds))


def ground_names(bits: int) -> tuple[str, ...]:
    """Return the grounds of a bit set as they are cited.

    >>> ground_names(0b1010)
    ('A101(1)(b)', 'A101(1)(b.2)')
    """
    return tuple(f"A101(1)({ground})" for number, ground in enumerate(GROUNDS) if bits >> number & 1)


def row_of(people: Columns, row: int) -> Columns:
    """Return one person as columns of length one."""
    return rows_of(people, np.array([range(people.n)[row]]))


def rows_of(people: Columns, rows: NDArray[np.intp]) -> Columns:
    """Return some of the people."""
    return Columns({name: value[rows] if isinstance(value, np.ndarray) else value
                    for name, value in people.given.items()})


def settling(decision: Decision) -> NDArray[np.uint64]:
    """Return the facts that would settle each undetermined answer, as bits."""
    out = np.zeros(len(decision), dtype=np.uint64)
    rows = np.flatnonzero(decision.before_burden.outcome == OUTCOMES.index("undetermined"))
    if rows.size == 0:
        return out
    evaluation = Evaluation(decision.book, rows_of(decision.people, rows), decision.readings)
    size = evaluation.people.n
    found = np.zeros(size, dtype=np.uint64)
    names = [*(str(stage.rule) for stage in decision.book.frame), *decision.book.grounds.values()]
    for name in names:
        _mark(Rule(name), np.ones(size, dtype=np.bool_), evaluation, found)
    out[rows] = found if size == rows.size else found[0]
    return out


def _mark(node: Node, mask: NDArray[np.bool_], evaluation: Evaluation, out: NDArray[np.uint64]) -> None:
    mask = mask & (truth(node.value(evaluation), mask.size) == UNKNOWN)
    if not mask.any():
        return
    if isinstance(node, Is | Holds | Between | Below):
        for fact in _BASE.get(node.fact, (node.fact,)):
            if fact == "us_national" and fact not in evaluation.people.given:
                fact = "nationalities"
            out[mask] |= np.uint64(1 << BITS[fact])
    elif isinstance(node, Rule):
        for clause in evaluation.book.provisions[node.name].clauses:
            open_ = mask & (truth(evaluation.clause(clause.version, clause.when), mask.size) == UNKNOWN)
            _mark(clause.when, open_, evaluation, out)
    elif isinstance(node, AnyRecord):
        for index in range(evaluation.records(node.scope)):
            evaluation.enter(node.scope, index)
            _mark(node.part, mask, evaluation, out)
            evaluation.enter(node.scope, None)
    else:
        for child in node.children():
            _mark(child, mask, evaluation, out)


