"""What stands on the page: the findings as words, numbers and figures of one language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from roxham.show.claim import ROAD, Danger
from roxham.show.findings import CLOSED, Findings
from roxham.show.fit import Compared, observed_entries
from roxham.show.folder import Band, RunFolder
from roxham.show.headline import headline, short_title
from roxham.show.plot import holdout_chart, monthly_strip, segment_chart, series_name, to_svg
from roxham.show.text import Language, month, number, percent, say, span

if TYPE_CHECKING:
    from markupsafe import Markup

KEY_SCENARIOS = ("protocol-never", "protocol-2019", CLOSED, "no-agreement")
ENTRIES_GOAL, PENDING_GOAL = 0.05, 0.15
ENOUGH_DRAWS = 20


def page(findings: Findings, language: Language) -> dict[str, Any]:
    """Everything that the template asks for."""
    run = findings.run
    first, last = (run.periods[0], run.periods[-1]) if run.periods else ("", "")
    dates = {"from_": month(first, language), "to_": month(last, language)} if first else {"from_": "", "to_": ""}
    cited = _Citations()
    checked = [
        {
            "claim": one.claim(language),
            "verdict": say(f"checked_{one.verdict}", language),
            "kind": one.verdict,
            "finding": one.finding(language),
            "refs": cited.numbers(one.sources),
        }
        for one in findings.checked
    ]
    return {
        "language": language,
        "say": lambda key, **values: say(key, language, **values),
        "number": lambda value, decimals=0: number(value, language, decimals),
        "dates": dates,
        "answer": _answer(findings, dates["to_"], language),
        "headline": headline(findings, language),
        "headline_note": _bold(say("headline_note", language, **dates)),
        "waiting": _still_waiting(findings, language),
        "few_draws": say("few_draws", language, draws=run.draws) if 0 < run.draws < ENOUGH_DRAWS else "",
        "monthly": _monthly(findings, dates, language),
        "claim": _claim(findings, language),
        "map": _map(findings, language),
        "fit": _fit(findings, cited, language),
        "test": _test(findings, language),
        "checked": checked,
        "misuse": [say(f"misuse_{number_of}", language, **_only(dates, number_of)) for number_of in (1, 2, 3, 4)],
        "sources": cited.addresses,
        "ledger": say(
            "ledger_line", language, **{key: number(count, language) for key, count in findings.ledger.items()}
        ),
        "run_line": _run_line(run, language),
    }


def _only(dates: Mapping[str, str], number_of: int) -> dict[str, str]:
    return {"to_": dates["to_"]} if number_of == 4 else {}


class _Citations:
    """Addresses in the order in which the page cites them."""

    def __init__(self) -> None:
        self.addresses: list[str] = []

    def numbers(self, addresses: Sequence[str]) -> list[int]:
        for address in addresses:
            if address.startswith("http") and address not in self.addresses:
                self.addresses.append(address)
        return [self.addresses.index(address) + 1 for address in addresses if address in self.addresses]


def _still_waiting(findings: Findings, language: Language) -> str:
    """A sentence on the scenario that leaves most people more at the eligibility desk: they are in no wait yet."""
    run, metric = findings.run, "pending_eligibility"
    changes = {name: cell.change for name in run.scenarios if (cell := run.cell(name, metric)) is not None}
    if not changes:
        return ""
    most = max(changes, key=lambda name: changes[name].q50)
    if changes[most].direction <= 0:
        return ""
    return say(
        "still_waiting", language, scenario=short_title(findings, most, language),
        more=number(changes[most].q50, language, 0, True))


def _answer(findings: Findings, until: str, language: Language) -> Markup:
    found = findings.danger
    if found is None:
        return _safe(say("answer_without", language))
    entries, unseen, heard = (_band_words(band, language) for band in (found.seen, found.unseen, found.heard))
    verdict = verdict_words(found, language)
    return _safe(
        say(
            "answer",
            language,
            entries=entries,
            unseen=unseen,
            heard=heard,
            to_=until,
            beside=_beside(findings, found, language),
            verdict=f"<strong>{verdict[:1].upper()}{verdict[1:]}</strong>",
        )
    )


def _beside(findings: Findings, found: Danger, language: Language) -> str:
    same = found.against != findings.run.baseline
    return say("beside_same_law" if same else "beside_what_happened", language)


def _band_words(band: Band, language: Language) -> str:
    """A difference in words: the median, then its 90 % band, to three figures."""
    low, middle, high = (
        number(_three_figures(value), language, signed=True) for value in (band.q05, band.q50, band.q95)
    )
    return say("band_words", language, middle=middle, low=low, high=high)


def _three_figures(value: float) -> float:
    return float(f"{value:.3g}")


def _monthly(findings: Findings, dates: Mapping[str, str], language: Language) -> dict[str, Any]:
    run = findings.run
    names = [run.baseline, *(name for name in KEY_SCENARIOS if name in run.scenarios and name != run.baseline)]
    titles = [short_title(findings, name, language) for name in names]
    series = [run.months(name, "entries_irregular") for name in names]
    panels = [(title, cells) for title, cells in zip(titles, series, strict=True) if cells]
    if not panels:
        return {}
    observed = observed_entries(findings.case_folder)
    alt = say("monthly_alt", language, names="; ".join(title for title, _ in panels[1:]), **dates)
    rows = []
    for position, (label, _) in enumerate(panels[0][1]):
        cells = [
            f"{number(one[position][1].value.q50, language)} ({_ends(one[position][1].value, language)})"
            for _, one in panels
        ]
        seen = number(observed[label], language) if label in observed else "\u2013"
        rows.append([month(label, language), seen, *cells])
    return {
        "pictures": _both(monthly_strip, panels, observed, name="monthly", alt=alt, language=language),
        "header": [say("month", language), say("observed", language), *(title for title, _ in panels)],
        "rows": rows,
    }


def _ends(band: Band, language: Language, decimals: int = 0) -> str:
    return span(number(band.q05, language, decimals), number(band.q95, language, decimals), language)


def _both(draw: Any, *values: Any, name: str, alt: str, language: Language) -> list[Markup]:
    """A figure drawn twice, for a wide page and for a phone; the page shows the one that fits."""
    wide = to_svg(draw(*values, language=language), f"{name}-{language}", alt, "wide")
    narrow = to_svg(draw(*values, language=language, narrow=True), f"{name}-{language}-narrow", alt, "narrow")
    return [_safe(wide), _safe(narrow)]


def _claim(findings: Findings, language: Language) -> dict[str, Any]:
    found = findings.danger
    if found is None:
        return {}
    names = {key: f"{place} {words[language]}" for place, (key, words) in enumerate(findings.segments.items(), start=1)}
    largest = max(found.segments, key=lambda one: abs(one.whole.q50))
    alt = say(
        "segments_alt",
        language,
        count=len(found.segments),
        largest=names.get(largest.segment, largest.segment),
        value=number(largest.whole.q50, language, signed=True),
    )
    levels = {"before": _level(found.deaths_before, language), "after": _level(found.deaths_after, language)}
    return {
        "verdict": verdict_words(found, language),
        "kind": found.verdict,
        "rows": _claim_rows(found, language),
        "levels": say("claim_c_levels", language, **levels),
        "beside": say("claim_beside", language, beside=_beside(findings, found, language)),
        "inputs": _claim_inputs(found, language),
        "pictures": _both(segment_chart, found, names, name="segments", alt=alt, language=language),
        "segments": [
            [names.get(one.segment, one.segment), *(_signed(band, language) for band in one.bands)]
            for one in found.segments
        ],
    }


def verdict_words(found: Danger, language: Language) -> str:
    """The verdict in words, which say so where most of the danger weights are assumed."""
    assumed, count = found.inputs["weights"]
    rests = found.verdict != "not_determined" and assumed > count / 2
    return say(f"verdict_{found.verdict}_assumed" if rests else f"verdict_{found.verdict}", language)


def _claim_rows(found: Danger, language: Language) -> list[dict[str, Any]]:
    level = found.per_entry_before.q50
    each = found.per_entry
    low, middle, high = (
        percent(end / level if level else 0.0, language, signed=True) for end in (each.q05, each.q50, each.q95)
    )
    per_entry = {
        "label": say("claim_b", language),
        "middle": middle,
        "band": span(low, high, language),
        "reading": _reading(each, language),
        "part": False,
    }
    return [
        _measure("claim_a", found.elsewhere, language),
        _measure("claim_a_winter", found.elsewhere_winter, language, part=True),
        _measure("claim_road", found.road, language, part=True),
        per_entry,
        _measure("claim_b_total", found.exposure, language, part=True),
        _measure("claim_c", found.deaths, language, decimals=2),
    ]


def _claim_inputs(found: Danger, language: Language) -> str:
    total = sum(count for _, count in found.inputs.values())
    groups = {
        group: say("assumed_of", language, assumed=number(assumed, language), count=number(count, language))
        for group, (assumed, count) in found.inputs.items()
    }
    return say(
        "claim_d",
        language,
        total=number(total, language),
        share=percent(found.assumed_share, language),
        north=number(found.recorded_deaths["northbound"], language),
        south=number(found.recorded_deaths["southbound"], language),
        **groups,
    )


def _measure(key: str, band: Band, language: Language, decimals: int = 0, part: bool = False) -> dict[str, Any]:
    low, middle, high = (number(value, language, decimals, signed=True) for value in (band.q05, band.q50, band.q95))
    return {
        "label": say(key, language),
        "middle": middle,
        "band": span(low, high, language),
        "reading": _reading(band, language),
        "part": part,
    }


def _reading(band: Band, language: Language) -> str:
    return say({1: "is_positive", -1: "is_negative", 0: "is_zero"}[band.direction], language)


def _level(band: Band, language: Language) -> str:
    return f"{number(band.q50, language, 2)} ({_ends(band, language, 2)})"


def _signed(band: Band, language: Language) -> str:
    low, middle, high = (number(value, language, signed=True) for value in (band.q05, band.q50, band.q95))
    return f"{middle} ({span(low, high, language)})"


def _map(findings: Findings, language: Language) -> dict[str, Markup]:
    """The map of changes by stretch with its inset: large, for a phone, and small with numbers for paper."""
    found, world = findings.danger, findings.world
    if found is None or world is None:
        return {}
    from roxham.show.keymap import key_map
    from roxham.show.map import border_map

    changes = {one.segment: one.whole.q50 for one in found.segments}
    alt = say("map_alt", language)
    words: dict[str, Any] = {"title": say("map_title", language), "label": say("map_label", language)}
    figures = {
        "wide": border_map(world, changes, **words, language=language, focus=ROAD),
        "narrow": border_map(world, changes, **words, language=language, focus=ROAD, narrow=True),
        "paper": key_map(world, changes, language=language, focus=ROAD),
    }
    drawn = {shape: to_svg(figure, f"map-{language}-{shape}", alt, shape) for shape, figure in figures.items()}
    return {shape: _safe(svg) for shape, svg in drawn.items()}


def _fit(findings: Findings, cited: _Citations, language: Language) -> dict[str, Any]:
    found = findings.fit
    claims = found.claims
    if claims is None:
        sentence = say("fit_claims_none", language)
    else:
        sentence = say(
            "fit_claims", language, error=percent(claims.median_error, language, 1), large=claims.large,
            small=claims.small, small_error=number(claims.small_error, language),
        )  # fmt: skip
    goals = {
        "entries": f"\u00b1{percent(ENTRIES_GOAL, language)}",
        "pending": f"\u00b1{percent(PENDING_GOAL, language)}",
    }
    return {
        "entries": [_compared(one, ENTRIES_GOAL, cited, language) for one in found.entries],
        "pending": [_compared(one, PENDING_GOAL, cited, language) for one in found.pending],
        "claims": sentence,
        "legend": say("fit_legend", language, **goals),
        "claim_rows": [
            [month(label, language), number(truth, language), number(guess, language)]
            for label, truth, guess in (claims.months if claims else ())
        ],
    }


def _compared(one: Compared, goal: float, cited: _Citations, language: Language) -> dict[str, Any]:
    label = say("first_quarter", language) if one.label.endswith("Q1") else one.label.replace("+", "*")
    return {
        "label": label,
        "observed": number(one.observed, language),
        "model": number(one.model.q50, language),
        "band": _ends(one.model, language),
        "error": percent(one.error, language, 1, signed=True),
        "missed": abs(one.error) > goal,
        "refs": cited.numbers([one.source]),
    }


def _test(findings: Findings, language: Language) -> dict[str, Any]:
    if not findings.tests:
        return {}
    sentences = [
        say(
            "test_sentence", language,
            series=series_name(one.series, one.place, language),
            seen=sum(row.observed == row.observed for row in one.months),
            months=len(one.months),
            model=number(one.model_error, language),
            seasonal=number(one.seasonal_error, language),
            last=number(one.last_error, language),
            covered=percent(one.covered, language),
            bias=percent(one.bias, language, signed=True),
            better=say("test_better" if one.better else "test_worse", language),
        )
        for one in findings.tests
    ]  # fmt: skip
    alt = say("test_alt", language, summary=" ".join(sentences))
    tables = [
        {
            "title": series_name(one.series, one.place, language),
            "rows": [
                [
                    month(row.month, language), number(row.observed, language),
                    f"{number(row.model.q50, language)} ({_ends(row.model, language)})",
                    number(row.naive_seasonal, language), number(row.naive_last, language),
                ]
                for row in one.months
            ],
        }
        for one in findings.tests
    ]  # fmt: skip
    pictures = _both(holdout_chart, findings.tests, name="test", alt=alt, language=language)
    return {"sentences": sentences, "pictures": pictures, "tables": tables}


def _run_line(run: RunFolder, language: Language) -> str:
    known = run.manifest
    unknown = say("unknown", language)
    return say(
        "run_line", language,
        version=known.get("version", known.get("code_version", unknown)),
        seed=known.get("seed", unknown),
        draws=run.draws or unknown,
        hash=str(known.get("case_hash", unknown))[:12],
    )  # fmt: skip


def _safe(text: str) -> Markup:
    from markupsafe import Markup

    return Markup(text)


def _bold(text: str) -> Markup:
    """Turns the one **word** of a phrase into bold type."""
    before, word, after = text.split("**")
    return _safe(f"{before}<b>{word}</b>{after}")
