"""Requests that nobody would write: the API answers each as its description says, and never with a fault of ours."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import pytest

schemathesis = pytest.importorskip("schemathesis", reason="schemathesis is in the extra `test`")


def check(app: Any, examples: int, prefix: str) -> int:
    """Try every operation under a path; gives how many there were."""
    from hypothesis import HealthCheck, Phase, given, settings
    from schemathesis.checks import not_a_server_error
    from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance

    schema = schemathesis.openapi.from_asgi("/api/openapi.json", app)
    checks = [not_a_server_error, content_type_conformance, response_schema_conformance]
    tried = 0
    for found in schema.get_all_operations():
        operation = found.ok()
        if not operation.path.startswith(prefix) or operation.path.endswith("/events"):
            continue
        tried += 1

        @given(case=operation.as_strategy())
        @settings(
            max_examples=examples,
            deadline=None,
            derandomize=True,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        def ask(case: Any) -> None:
            if isinstance(case.body, dict) and isinstance(case.body.get("draws"), int):
                case.body["draws"] = min(case.body["draws"], 2)
            case.call_and_validate(checks=checks)

        ask()
    return tried


@pytest.mark.filterwarnings("ignore")
def test_no_request_to_the_laboratory_breaks_the_server(make: Callable[..., Any]) -> None:
    from roxham.app.settings import Limits

    app = make(limits=Limits(rate=1e9, burst=10**9, per_client=2, queue=2))
    assert check(app, 12, "/api/lab") >= 8


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_no_request_breaks_the_server(make: Callable[..., Any]) -> None:
    from roxham.app.settings import Limits

    app = make(case="canada_us", limits=Limits(rate=1e9, burst=10**9, per_client=2, queue=2))
    assert check(app, int(os.environ.get("ROXHAM_FUZZ", "200")), "/api") >= 15
