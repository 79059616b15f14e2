"""What changed in the law between two days, against known facts."""

from __future__ import annotations

import json
from datetime import date

import pytest

from roxham.cli import main
from roxham.errors import LawError
from roxham.law import LawChange
from roxham.law.diff import changes_between


def between(book, first, last):
    return {(one.id, one.kind, str(one.day))
            for one in changes_between(book, date.fromisoformat(first), date.fromisoformat(last))}


KNOWN = [
    ("2023-03-24", "2023-03-26", {
        ("RV11", "begins", "2023-03-25"), ("RV12", "begins", "2023-03-25"), ("RV13", "begins", "2023-03-25"),
        ("between_poe_limit_days", "parameter", "2023-03-25")}),
    ("2004-12-28", "2004-12-30", {
        ("RV02", "ends", "2004-12-29"), ("RV03", "begins", "2004-12-29"), ("RV04", "begins", "2004-12-29"),
        ("anchor_min_age", "parameter", "2004-12-29")}),
    ("2020-03-20", "2020-04-23", {
        ("RV09", "begins", "2020-03-21"), ("RV09", "ends", "2020-04-22"), ("RV10", "begins", "2020-04-22")}),
    ("2026-03-25", "2026-03-27", {
        ("RV16", "known", "2026-03-26"), ("RV17", "known", "2026-03-26"), ("RV18", "begins", "2026-03-26"),
        ("RV20", "begins", "2026-03-26"), ("RV21", "begins", "2026-03-26")}),
    ("2023-03-25", "2023-03-25", set()),
    ("2023-03-25", "2023-06-21", set()),
]


@pytest.mark.parametrize(("first", "last", "wanted"), KNOWN)
def test_known_changes(book, first, last, wanted):
    assert between(book, first, last) == wanted


def test_the_limit_of_days_and_a_rule_that_reaches_back(book):
    limit = changes_between(book, date(2023, 3, 24), date(2023, 3, 26))[-1]
    assert (limit.before, limit.after, limit.unit, limit.cite) == (None, "14", "days", "R159.4(1.1)")
    late = changes_between(book, date(2026, 3, 25), date(2026, 3, 27))
    assert {str(one.applies) for one in late if one.kind == "known"} == {"2025-06-03"}
    governed = {one.id: one for one in changes_between(book, date(2025, 6, 2), date(2025, 6, 3))}
    assert governed["RV16"].known == date(2026, 3, 26)
    assert governed["one_year_entry_after"].after == "2020-06-24"


def test_a_reform_shows(book):
    suspended = book.amend([LawChange(instrument="stca", action="void", from_=date(2019, 1, 1),
                                      until=date(2019, 1, 31))])
    found = between(suspended, "2018-12-01", "2019-03-01")
    assert {("RV03", "suspended", "2019-01-01"), ("RV03", "restored", "2019-02-01")} <= found
    whole = book.amend([LawChange(parameter="between_poe_limit_days", value=None, from_=date(2024, 1, 1))])
    (one,) = changes_between(whole, date(2023, 12, 1), date(2024, 2, 1))
    assert (one.before, one.after) == ("14", "none")
    never = book.amend([LawChange(instrument="protocol_2023", action="never")])
    assert not any(name.startswith("RV") for name, _, _ in between(never, "2023-03-24", "2023-03-26"))


def test_reversed_days_are_an_error(book):
    with pytest.raises(LawError, match="earlier day first"):
        changes_between(book, date(2024, 1, 2), date(2024, 1, 1))


def call(capsys, *arguments):
    with pytest.raises(SystemExit) as left:
        main(["law", "diff", *arguments])
    printed = capsys.readouterr()
    assert "Traceback" not in printed.err
    return left.value.code or 0, printed.out, printed.err


def test_the_command(capsys):
    status, out, _ = call(capsys, "2023-03-24", "2023-03-26")
    assert (status, "not set -> 14 days [R159.4(1.1)]" in out, "look for changes" in out) == (0, True, False)
    status, out, _ = call(capsys, "2026-03-25", "2026-07-01", "--lang", "fr")
    assert (status, "rétroagit au 2025-06-03" in out, "voyez les changements" in out) == (0, True, True)
    status, out, _ = call(capsys, "2023-03-24", "2023-03-26", "--json")
    assert (status, [one["id"] for one in json.loads(out)["changes"]][:3]) == (0, ["RV11", "RV12", "RV13"])


def test_bad_and_reversed_days_exit_2(capsys):
    status, _, said = call(capsys, "2023-13-24", "soon")
    assert (status, "DATE1" in said, "DATE2" in said) == (2, True, True)
    status, _, said = call(capsys, "2023-03-26", "2023-03-24")
    assert (status, "earlier day first" in said) == (2, True)
