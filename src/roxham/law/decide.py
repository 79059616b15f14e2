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
from roxham.law.evaluation import BASE, Answer, Evaluation
from roxham.law.expr import UNKNOWN, YES, AnyRecord, Below, Between, Holds, Is, Node, Rule
from roxham.law.facts import BITS
from roxham.law.frame import Frame, columns_of
from roxham.law.rules import GROUNDS, OUTCOMES, STCA, LawBook

if TYPE_CHECKING:
    from roxham.law.explain import Explanation

_PARTS = ("outcome", "stca", "grounds", "exception")
_BLOCK = 1 << 18
"""Many people are decided in runs of this length, which stay in the processor's cache."""


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


def decide(
    book: LawBook, facts: Mapping[str, Any] | Columns | Frame, readings: Mapping[str, str] | None = None
) -> Decision:
    """Decide every person described by `facts`, under a body of law.

    `facts` maps names of `FACTS` to one value for everybody or an array with one entry per person (codes from
    `codes(name)`, datetime64 for dates), or is a pandas or Polars data frame with such columns, in which names may
    stand for codes and a blank cell is unknown. Raises LawError for unknown names, codes and columns of unequal length.

    >>> from importlib.resources import files
    >>> from roxham.law import load_law
    >>> book = load_law(str(files("roxham") / "cases" / "canada_us" / "law"))
    >>> people = {"entry_at": np.array(["2023-03-24T22:00", "2023-03-26T22:00"], dtype="datetime64[s]"),
    ...           "claim_at": np.array(["2023-03-24T23:00", "2023-03-26T23:00"], dtype="datetime64[s]"),
    ...           "entry_place": "between_poe_land", "claim_place": "between_poe_intercept"}
    >>> decide(book, people).heard  # the same from pandas.DataFrame(people) or polars.DataFrame(people)
    array([ True, False])
    """
    people = facts if isinstance(facts, Columns) else Columns(columns_of(facts))
    chosen = checked_readings(book, readings)
    if people.n <= 2 * _BLOCK:
        before, after = _answers(book, people, chosen)
    else:
        starts = range(0, people.n, _BLOCK)
        blocks = [_answers(book, _block(people, start), chosen) for start in starts]
        before, after = (_joined([one[side] for one in blocks]) for side in (0, 1))
    return Decision(book, people, chosen, after.outcome, after.stca, after.grounds, after.exception, before)


def _answers(book: LawBook, people: Columns, readings: Mapping[str, str]) -> tuple[Answer, Answer]:
    """Return the answer before and after the burden of proof."""
    evaluation = Evaluation(book, people, readings)
    before = evaluation.answer()
    return before, evaluation.with_burden().answer() if evaluation.met_unknown else before


def _block(people: Columns, start: int) -> Columns:
    """Return a run of the people, without copying what was given."""
    part = slice(start, start + _BLOCK)
    return Columns({name: value[part] if isinstance(value, np.ndarray) else value
                    for name, value in people.given.items()})


def _joined(answers: list[Answer]) -> Answer:
    """Put the answers on runs of people one after another."""
    return Answer(*(np.concatenate([getattr(one, name) for one in answers]) for name in _PARTS))


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
        for fact in BASE.get(node.fact, (node.fact,)):
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


