"""The report, checked: figures are computed from the evidence, verdicts follow their rules."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from roxham.errors import EvidenceError
from roxham.show.checked import Checked, FigureSpec, RuleSpec, check_report, compute, judge


@pytest.fixture(scope="module")
def report(case: Path) -> dict[str, Checked]:
    return {one.id: one for one in check_report(case)}


def test_all_eleven_figures_are_checked(report: dict[str, Checked]) -> None:
    assert len(report) == 11


@pytest.mark.parametrize(
    ("claim", "verdict", "figures"),
    [
        ("nearly_40000", "supported", {"all": 39_540, "claims": 40_146}),
        ("twice_2019", "supported", {"before": 16_503, "times": 39_540 / 16_503}),
        ("nearly_5000_january", "supported", {"all": 4_994, "quebec": 4_875}),
        ("thousands_to_ontario", "supported", {"ontario": 7_131, "later": 10_580}),
        ("border_8850", "supported", {"whole": 8_891}),
        ("seventy_before_dawn", "not_verified", {"daily": 4_875 / 31}),
        ("quebec_share", "nuance", {"share": 39_171 / 39_540, "claims_share": 65_570 / 144_000}),
        ("winter", "supported", {"winter": (4_689 + 4_875 + 4_517) / 3}),
        ("charged_then_released", "corrected", {}),
        ("small_beside_south", "supported", {"share": 39_540 / 2_378_944}),
        ("cost_of_a_claimant", "nuance", {"first": 14_321, "last": 16_666, "hotel": 208 * 113}),
    ],
)
def test_verdicts_and_figures(report: dict[str, Checked], claim: str, verdict: str, figures: dict[str, float]) -> None:
    checked = report[claim]
    assert checked.verdict == verdict
    for name, value in figures.items():
        assert checked.figures[name] == pytest.approx(value)


def test_every_claim_has_a_source_and_both_languages(report: dict[str, Checked]) -> None:
    for checked in report.values():
        assert checked.sources
        assert all(address.startswith("http") for address in checked.sources)
        assert checked.finding("en") != checked.finding("fr")
        assert "{" not in checked.finding("en") + checked.finding("fr")


def test_model_border_is_within_one_percent(report: dict[str, Checked]) -> None:
    assert report["border_8850"].figures["model"] == pytest.approx(8_891, rel=0.01)


def test_rules() -> None:
    near = RuleSpec(rule="near", figure="x", claimed=100, within=0.05)
    assert judge(near, {"x": 104}) == "supported"
    assert judge(near, {"x": 106}) == "corrected"
    assert judge(RuleSpec(rule="at_least", figure="x", claimed=2), {"x": 1.9}) == "corrected"
    assert judge(RuleSpec.model_validate({"rule": "fixed", "is": "nuance"}), {}) == "nuance"


def test_a_figure_that_fits_two_rows_is_refused(case: Path) -> None:
    figure = FigureSpec(name="x", file="interceptions_periods.csv", where={"province": "QC"}, column="persons")
    with pytest.raises(EvidenceError, match="rows for"):
        compute(figure, {}, case / "evidence")


def test_every_missing_figure_is_told_at_once(case: Path, tmp_path: Path) -> None:
    shutil.copy(case / "newspaper.yaml", tmp_path)
    with pytest.raises(EvidenceError) as caught:
        check_report(tmp_path)
    assert len(caught.value.problems) > 10
