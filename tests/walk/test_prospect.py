"""What the law of a destination lets people expect: heeded in our own rule, and nowhere else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from roxham.errors import SourceMissing, SpecError, UnknownName
from roxham.walk import read_folder, run
from roxham.walk.ours import predict
from roxham.walk.prospect import read_prospects

MALI = Path(__file__).parent / "cases" / "mali2012"
LAW = """
heed: {{value: {heed}, unit: power, status: assumed, low: 0, high: 2}}
prospects:
  - {{country: Niger, from: 2012-06-01, value: {niger}, unit: chance, status: assumed, low: 0, high: 1}}
"""

Law = Callable[..., Path]


@pytest.fixture
def law(tmp_path: Path) -> Callable[..., Path]:
    def write(text: str = LAW, **values: object) -> Path:
        path = tmp_path / "prospects.yaml"
        path.write_text(text.format(**{"heed": 1, "niger": 0.1} | values), encoding="utf-8")
        return path

    return write


def central(path: Path | None) -> np.ndarray:
    made = predict(MALI, draws=0, law=None if path is None else read_prospects(path))
    assert made.name[3:6] == ("Abala", "Mangaize", "Tabareybarey")
    return made.central


def test_a_country_that_offers_nothing_draws_nobody_from_that_day(law: Law) -> None:
    folder = read_folder(MALI)
    day = next(number for number in range(folder.days) if folder.day(number).isoformat() == "2012-06-01")
    plain, shut = central(None), central(law(niger=0))
    niger = [row for row, name in enumerate(("Bobo-Dioulasso", "Mentao", "Fassala-Mbera", "Abala", "Mangaize",
                                             "Tabareybarey", "Niamey")) if row >= 3]
    np.testing.assert_allclose(plain[:, :day], shut[:, :day], rtol=1e-12)
    grown = np.diff(shut[niger][:, day - 1:], axis=1)
    np.testing.assert_allclose(grown, 0, atol=1e-9)
    np.testing.assert_allclose(shut.sum(axis=0), plain.sum(axis=0))  # nobody is lost: they go elsewhere


def test_who_minds_the_law_more_goes_less_where_it_offers_little(law: Law) -> None:
    plain = central(None)
    np.testing.assert_allclose(central(law(heed=0)), plain)
    last = [central(law(heed=heed))[3:, -1].sum() for heed in (0, 0.5, 1, 2)]
    assert last == sorted(last, reverse=True)
    assert last[0] > last[-1]


def test_the_walk_and_the_prediction_agree(law: Law) -> None:
    made = run(MALI, mode="roxham", replicates=2, law=law())
    drawn = predict(MALI, draws=2, law=read_prospects(law())).counts
    np.testing.assert_array_equal(made.people, np.rint(drawn.transpose(0, 2, 1)))


@pytest.mark.parametrize(
    ("text", "kind", "said"),
    [
        (LAW.replace("Niger", "Nigr"), UnknownName,
         'prospects.yaml:4:15: "Nigr" is not a country of the folder (did you mean "Niger"?)'),
        (LAW.replace("unit: chance", "unit: percent"), SpecError, 'with the unit "chance"'),
        (LAW.replace(", low: 0, high: 1", ""), SourceMissing, "an assumed number needs low and high"),
    ],
)
def test_faults_of_a_law_file_are_told_with_their_line(law: Law, text: str, kind: type, said: str) -> None:
    with pytest.raises(kind) as told:
        run(MALI, mode="roxham", replicates=1, law=law(text))
    assert said in str(told.value)


@pytest.mark.parametrize("mode", ["flee", "documented"])
def test_other_modes_say_that_they_know_no_law(law: Law, mode: str) -> None:
    with pytest.raises(SpecError, match="knows no law"):
        run(MALI, mode=mode, replicates=1, law=law())  # type: ignore[arg-type]
