"""What one client may ask for, what a client that leaves frees, and what never reaches a log."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable
from typing import Any

import httpx2
import pytest
from asked import QUESTION, begin, finish
from starlette.testclient import TestClient

from roxham.app import jobs
from roxham.app.jobs import Jobs
from roxham.app.settings import Limits


def test_a_body_that_is_too_large_is_refused_before_it_is_read(make: Callable[..., Any]) -> None:
    with TestClient(make(limits=Limits(body=1000))) as client:
        answer = client.post("/api/lab/check", json={"yaml": "x" * 2000})
        assert (answer.status_code, answer.json()["detail"]) == (413, "The request is larger than 1 kB.")

        def pieces() -> Any:
            yield b'{"yaml": "'
            for _ in range(50):
                yield b"x" * 100
            yield b'"}'

        answer = client.post("/api/lab/check", content=pieces(), headers={"content-type": "application/json"})
        assert answer.status_code == 413


def test_too_many_requests_are_asked_to_wait(make: Callable[..., Any]) -> None:
    with TestClient(make(limits=Limits(rate=0.5, burst=3))) as client:
        said = [client.get("/api/lab/studies/0123456789ab") for _ in range(5)]
        assert [one.status_code for one in said] == [404, 404, 404, 429, 429]
        assert 1 <= int(said[-1].headers["retry-after"]) <= 2
        assert said[-1].headers["content-type"] == "application/problem+json"
        assert client.get("/en/home").status_code == 200  # pages are not counted


def test_a_client_has_only_so_many_studies_at_work(make: Callable[..., Any]) -> None:
    with TestClient(make(limits=Limits(per_client=2))) as client:
        studies = [begin(client, draws=300, seed=seed)["id"] for seed in (1, 2)]
        answer = client.post("/api/lab/studies", json={**QUESTION, "draws": 300, "seed": 3})
        assert answer.status_code == 429 and answer.headers["retry-after"]
        assert begin(client, draws=300, seed=1)["id"] == studies[0]  # the same one is no other
        for study in studies:
            client.delete(f"/api/lab/studies/{study}")
            finish(client, study, "cancelled")
        begin(client, draws=3, seed=3)


def test_a_client_that_leaves_frees_its_work(
    make: Callable[..., Any], serving: Callable[[Any], str], monkeypatch: Any
) -> None:
    monkeypatch.setattr(jobs, "GRACE", 0.5)
    app = make()
    held: Jobs = app.state.jobs
    with httpx2.Client(base_url=serving(app), timeout=30) as client:
        study = client.post("/api/lab/studies", json={**QUESTION, "draws": 400}).json()["id"]
        with client.stream("GET", f"/api/lab/studies/{study}/events") as stream:
            lines = stream.iter_lines()
            while not next(lines).startswith("event: numbers"):
                pass
            time.sleep(1.0)
            assert held._jobs[study].status == "running"  # somebody listens
        until = time.monotonic() + 20
        while held._jobs[study].status == "running" and time.monotonic() < until:
            time.sleep(0.05)
        assert held._jobs[study].status == "cancelled"
        assert 2 <= held._jobs[study].draws < 400
        assert not held._jobs[study]._streams


def test_a_study_that_another_wants_goes_on(
    make: Callable[..., Any], serving: Callable[[Any], str], monkeypatch: Any
) -> None:
    monkeypatch.setattr(jobs, "GRACE", 0.5)
    app = make()
    address = serving(app)
    with httpx2.Client(base_url=address, timeout=60) as client:
        study = client.post("/api/lab/studies", json={**QUESTION, "draws": 30}).json()["id"]
        ends: list[str] = []

        def listen() -> None:
            with (
                httpx2.Client(base_url=address, timeout=60) as other,
                other.stream("GET", f"/api/lab/studies/{study}/events") as stream,
            ):
                for line in stream.iter_lines():
                    if line.startswith("data: "):
                        ends.append(json.loads(line[6:]).get("status", ""))

        thread = threading.Thread(target=listen)
        thread.start()
        with client.stream("GET", f"/api/lab/studies/{study}/events") as stream:
            next(stream.iter_lines())
        thread.join(60)
        assert ends[-1] == "done"


def test_a_study_ends_when_its_time_is_over(make: Callable[..., Any]) -> None:
    with TestClient(make(limits=Limits(seconds=0.8))) as client:
        study = begin(client, draws=400)["id"]
        state = finish(client, study, "cancelled")
        assert "the most that this server gives" in state["progress"]["problems"][0]["message"]


def test_results_in_memory_are_bounded_and_come_back_from_the_store(make: Callable[..., Any]) -> None:
    app = make(limits=Limits(kept=2))
    with TestClient(app) as client:
        studies = [begin(client, seed=seed)["id"] for seed in (1, 2, 3, 4)]
        before = {}
        for study in studies:
            finish(client, study)
            before[study] = client.get(f"/api/lab/studies/{study}").json()["title"]
        assert len(app.state.jobs._jobs) <= 4
        for seed in (5, 6):
            finish(client, begin(client, seed=seed)["id"])
        assert len(app.state.jobs._jobs) <= 3
        assert studies[0] not in app.state.jobs._jobs
        finish(client, studies[0])
        assert client.get(f"/api/lab/studies/{studies[0]}/result").json()["draws"] == 3


def test_a_fault_of_the_model_is_told_without_its_words(
    make: Callable[..., Any], monkeypatch: Any, caplog: Any
) -> None:
    word = " ".join(["a", "private", "word"])

    def broken(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError(word)

    monkeypatch.setattr("roxham.lab.ensemble.run_study", broken)
    with TestClient(make()) as client:
        state = finish(client, begin(client)["id"], "failed")
    assert state["progress"]["problems"][0]["message"] == "the server failed on this study"
    assert "ZeroDivisionError" in caplog.text and word not in caplog.text


@pytest.mark.parametrize("path", ["check", "place", "lab"])
def test_nothing_that_is_typed_reaches_a_log(
    make: Callable[..., Any], serving: Callable[[Any], str], path: str, caplog: Any, capfd: Any
) -> None:
    app = make()

    @app.get("/api/lab/broken")
    def broken(name: str) -> None:
        raise ValueError(f"this fails on {name}")

    words = "Zephyrine-Ouedraogo"
    with (
        caplog.at_level(logging.DEBUG, logger="roxham"),
        caplog.at_level(logging.DEBUG, logger="uvicorn"),
        httpx2.Client(base_url=serving(app), timeout=30) as client,
    ):
        client.get(f"/en/{path}?name={words}")
        client.get(f"/en/{words}")
        client.post(f"/api/{path}/check", json={"yaml": words, "name": words})
        client.post(f"/api/{path}", content=words, headers={"x-name": words})
        client.get(f"/api/lab/studies/{words}")
        client.get(f"/api/lab/broken?name={words}")
        client.post("/api/lab/studies", json={"yaml": f"name: {words}"})
    ours = [one for one in caplog.records if one.name.split(".")[0] in ("roxham", "uvicorn", "asyncio")]
    told = "\n".join(one.getMessage() + (one.exc_text or "") for one in ours) + "".join(capfd.readouterr())
    assert "GET /{language}/{name} 200" in told and "ValueError" in told
    assert words.lower() not in told.lower()
