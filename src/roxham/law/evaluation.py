"""Read one body of law on one set of people: rules, versions, readings and tables, in three-valued logic."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from roxham.errors import LawError
from roxham.law.columns import Columns
from roxham.law.countries import by_country
from roxham.law.expr import NO, UNKNOWN, YES, Column, Node, Tri, both, compare, either
from roxham.law.facts import FACTS
from roxham.law.rules import AXES, DAY, GROUNDS, OUTCOMES, STCA, LawBook, Provision, Stage
from roxham.law.values import read


@dataclass(frozen=True, eq=False)
class Answer:
    """What was decided for each of n people, as codes: outcome, Agreement test, bit set of grounds, exception."""

    outcome: NDArray[np.int8]
    stca: NDArray[np.int8]
    grounds: NDArray[np.uint16]
    exception: NDArray[np.int8]


BASE: Mapping[str, tuple[str, ...]] = {
    "minor": ("birth_date",),
    "days_since_entry": ("entry_at",),
    "days_less_holidays": ("entry_at",),
    "over_one_year_since_first_entry": ("entry_at", "earlier_entries"),
}
"""What is worked out, and the facts that it rests on."""

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

    def with_burden(self) -> Evaluation:
        """Return the same evaluation with the burden of proof.

        What is settled already stays: settling the unknown never changes a definite answer (Kleene).
        """
        out = Evaluation(self.book, self.people, self.readings, burden=True)
        out._versions, out._derived = self._versions, self._derived
        out._rules = {key: value for key, value in self._rules.items() if not _some_unknown(value)}
        return out

    def fact(self, name: str) -> Column:
        """Return a fact, or what is worked out from facts with the numbers of the law."""
        if name in BASE or name in self.book.countries:
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
        if name == "days_less_holidays":
            return self.people.days_less_holidays()
        if name in self.book.countries:
            table = self.book.countries[name]
            default = read(FACTS[name], FACTS[name].default)
            when = self.people.fact(AXES[table.on])
            return by_country(table, self.people.said(name), self.people.nationalities(), when, default)
        carry = self.readings.get("holiday_carry") == "carried"
        return self.people.over_one_year(self._number("one_year_entry_after"), self._number("one_year_months"), carry)

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
        last = np.int8(len(results) - 1)
        out = np.full(self.people.n, -1, dtype=np.int8)
        reach = np.ones(self.people.n, dtype=np.bool_)
        clash = np.zeros(self.people.n, dtype=np.bool_)
        open_ = False
        for value, result in lines:
            if isinstance(value, int) and value == NO:
                continue
            code = np.int8(results.index(result))
            may = reach if isinstance(value, int) else reach & (value >= 0)
            if open_:
                clash |= may & (out >= 0) & (out != code)
            np.copyto(out, code, where=may & (out < 0) if open_ else may)
            if isinstance(value, int):
                if value == YES:
                    break
                open_ = True
            else:
                open_ = open_ or _some_unknown(value)
                reach = reach & (value <= 0)
        if open_:
            out[clash] = last
        out[out < 0] = last
        return out

    def answer(self) -> Answer:
        """Decide everybody."""
        values = [self.rule(rule) for rule in self.book.grounds.values()]
        eligible: Tri = YES
        bits: Any = np.uint16(0)
        for number, value in enumerate(values):
            eligible = both(eligible, -value)
            if not isinstance(value, int):
                bits = bits | (value == YES) * np.uint16(1 << number)
            elif value == YES:
                bits = bits | np.uint16(1 << number)
        stopped: Tri = -1
        frame = []
        for stage in self.book.frame:
            value = self.rule(str(stage.rule))
            stopped = either(stopped, value)
            frame.append((value, stage.result))
        e = values[GROUNDS.index("e")]
        rest = (*frame, (e, "ineligible_return_to_US"), (-eligible, "ineligible_other"), (YES, "eligible"))
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
                if not (isinstance(value, int) and value == NO):
                    np.copyto(out, np.int8(number), where=excepted & (np.asarray(value) == YES))
        return out


def _some_unknown(value: Tri) -> bool:
    if isinstance(value, int):
        return value == UNKNOWN
    return bool((value == UNKNOWN).any())
