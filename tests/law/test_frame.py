"""People given as a data frame are decided as people given as arrays."""

from __future__ import annotations

import importlib
import importlib.util
from typing import Any

import numpy as np
import pytest

from roxham.errors import LawError
from roxham.law import OUTCOMES, decide

PEOPLE: dict[str, list[Any]] = {
    "entry_at": ["2023-03-24T22:00", "2023-03-26T22:00", "2023-03-26T22:00", "2023-03-26T22:00"],
    "claim_at": ["2023-03-24T23:00", "2023-03-26T23:00", "2023-03-26T23:00", "2023-04-20T10:00"],
    "entry_place": ["between_poe_land", "between_poe_land", "airport_poe", "between_poe_land"],
    "claim_place": ["between_poe_intercept", "between_poe_intercept", "airport_poe", "inland_office"],
    "nationalities": ["HTI", None, "TUR", "HTI"],
    "came_from_us": [True, True, False, True],
    "anchor_age": [None, 30, 30, 17],
}
WANTED = ["eligible", "ineligible_return_to_US", "eligible", "eligible"]


class Column(list[Any]):
    """A column that can only give its cells as an array."""

    def to_numpy(self) -> np.ndarray:
        return np.array(self, dtype=object)


class Frame:
    """The least that counts as a data frame."""

    def __init__(self, cells: dict[str, list[Any]]) -> None:
        self.cells = cells
        self.columns = list(cells)

    def __getitem__(self, name: str) -> Column:
        return Column(self.cells[name])


def told(decision):
    return [OUTCOMES[code] for code in decision.outcome]


def test_a_small_frame(book):
    assert told(decide(book, Frame(PEOPLE))) == WANTED


def test_one_by_one_is_the_same(book):
    decision = decide(book, Frame(PEOPLE))
    for row in range(4):
        one = {name: cells[row] for name, cells in PEOPLE.items()}
        one["nationalities"] = [one["nationalities"]] if one["nationalities"] else "unknown"
        alone = decide(book, one)
        for part in ("outcome", "stca", "grounds", "exception"):
            assert getattr(alone, part)[0] == getattr(decision, part)[row], (row, part)
        assert alone.before_burden.outcome[0] == decision.before_burden.outcome[row]


def test_wrong_cells_and_columns_are_told_at_once(book):
    wrong = {**PEOPLE, "entry_place": ["land_po"] * 4, "came_from_us": ["perhaps"] * 4, "anchors": [[], [], [], []]}
    with pytest.raises(LawError) as raised:
        decide(book, Frame(wrong))
    said = [str(one) for one in raised.value.problems]
    assert len(said) == 3
    assert any("land_poe" in one for one in said)
    assert any(one.startswith("anchors") and "stack" in one for one in said)
    with pytest.raises(LawError, match="is not a fact"):
        decide(book, Frame({**PEOPLE, "hair": [1, 2, 3, 4]}))
    with pytest.raises(LawError, match="cannot hold a list"):
        decide(book, Frame({**PEOPLE, "nationalities": [["HTI"], ["HTI"], ["HTI"], ["HTI"]]}))


@pytest.mark.parametrize("library", ["pandas", "polars"])
@pytest.mark.parametrize("dates", ["text", "datetime64"])
def test_a_real_frame(book, library, dates):
    if importlib.util.find_spec(library) is None:
        pytest.skip(f"{library} is not installed; the small frame stands for it")
    cells: dict[str, Any] = dict(PEOPLE)
    if dates == "datetime64":
        cells |= {name: np.array(PEOPLE[name], dtype="datetime64[us]") for name in ("entry_at", "claim_at")}
    frame = importlib.import_module(library).DataFrame(cells)
    assert told(decide(book, frame)) == WANTED
