"""Roxham: if the law, the road, the police, the hearing rooms or the beds change, what happens to people.

Every public name is loaded when it is first used, so `import roxham` costs almost nothing.

    import roxham as rx

    corridor = rx.load("canada_us")
    study = rx.load_study("roxham-road")
    result = rx.run(study, corridor, draws=5, seed=7)
    print(rx.compare(result))

It is a model of the law and of the road, not legal advice.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from roxham.errors import (
        EvidenceError,
        LawError,
        RoxhamError,
        RunError,
        SourceMissing,
        SpecError,
        UnitError,
        UnknownName,
    )
    from roxham.lab.compare import compare
    from roxham.lab.ensemble import run_study as run
    from roxham.lab.rooms import rooms
    from roxham.lab.scenario import Scenario, Study, load_study
    from roxham.law import decide as check
    from roxham.law import explain
    from roxham.sim.corridor import Corridor, cases, load
    from roxham.sim.metrics import METRICS, Metric
    from roxham.sim.plan import plan
    from roxham.streams import Streams

__all__ = [
    "__version__",
    "Corridor",
    "EvidenceError",
    "LawError",
    "METRICS",
    "Metric",
    "RoxhamError",
    "RunError",
    "Scenario",
    "SourceMissing",
    "SpecError",
    "Streams",
    "Study",
    "UnitError",
    "UnknownName",
    "cases",
    "check",
    "compare",
    "explain",
    "load",
    "load_study",
    "plan",
    "rooms",
    "run",
]

__version__ = "0.1.0"

# Public name -> (module, name there). The list of names is pinned by tests/test_public_surface.py.
_PUBLIC: dict[str, tuple[str, str]] = {
    "Corridor": ("roxham.sim.corridor", "Corridor"),
    "EvidenceError": ("roxham.errors", "EvidenceError"),
    "LawError": ("roxham.errors", "LawError"),
    "METRICS": ("roxham.sim.metrics", "METRICS"),
    "Metric": ("roxham.sim.metrics", "Metric"),
    "RoxhamError": ("roxham.errors", "RoxhamError"),
    "RunError": ("roxham.errors", "RunError"),
    "Scenario": ("roxham.lab.scenario", "Scenario"),
    "SourceMissing": ("roxham.errors", "SourceMissing"),
    "SpecError": ("roxham.errors", "SpecError"),
    "Streams": ("roxham.streams", "Streams"),
    "Study": ("roxham.lab.scenario", "Study"),
    "UnitError": ("roxham.errors", "UnitError"),
    "UnknownName": ("roxham.errors", "UnknownName"),
    "cases": ("roxham.sim.corridor", "cases"),
    "check": ("roxham.law", "decide"),
    "compare": ("roxham.lab.compare", "compare"),
    "explain": ("roxham.law", "explain"),
    "load": ("roxham.sim.corridor", "load"),
    "load_study": ("roxham.lab.scenario", "load_study"),
    "plan": ("roxham.sim.plan", "plan"),
    "rooms": ("roxham.lab.rooms", "rooms"),
    "run": ("roxham.lab.ensemble", "run_study"),
}

def __getattr__(name: str) -> Any:
    """Load a public name from its module on first use."""
    try:
        module, attribute = _PUBLIC[name]
    except KeyError:
        from roxham.errors import did_you_mean

        near = did_you_mean(name, _PUBLIC)
        hint = f"; did you mean {near!r}?" if near else ""
        raise AttributeError(f"module 'roxham' has no attribute {name!r}{hint}") from None
    value = getattr(importlib.import_module(module), attribute)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
