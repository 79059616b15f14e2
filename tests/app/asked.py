"""A study on the toy case, begun and waited for."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from starlette.testclient import TestClient

QUESTION: dict[str, Any] = {"scenarios": ["road-closed"], "draws": 3, "seed": 7}


def begin(client: TestClient, **question: Any) -> dict[str, Any]:
    """Begin a study; gives its state."""
    answer = client.post("/api/lab/studies", json={**QUESTION, **question})
    assert answer.status_code == 202, answer.text
    state: dict[str, Any] = answer.json()
    return state


def finish(client: TestClient, study: str, status: str = "done", seconds: float = 60) -> dict[str, Any]:
    """Wait until a study has ended; gives its state."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        state: dict[str, Any] = client.get(f"/api/lab/studies/{study}").json()
        if state["progress"]["status"] in ("done", "cancelled", "failed"):
            assert state["progress"]["status"] == status, state["progress"]
            return state
        time.sleep(0.05)
    raise AssertionError("the study did not end")
