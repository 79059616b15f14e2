"""An app on the toy case, in this process and on a port, with a store of its own."""

from __future__ import annotations

import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from fastapi import FastAPI
    from starlette.testclient import TestClient

sys.path.insert(0, str(Path(__file__).parent))  # for `asked`, which the tests share


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[..., FastAPI]]:
    """Makes an app: `make(token="x", limits=Limits(...))`."""
    from roxham.app.serve import make_app
    from roxham.app.settings import Settings

    def build(**more: Any) -> FastAPI:
        given = {"case": "toy", "store": str(tmp_path / "store"), "executor": "serial", "warm": False, **more}
        return make_app(Settings(**given))

    return build


@pytest.fixture
def client(make: Callable[..., FastAPI]) -> Iterator[TestClient]:
    """A client of an app on the toy case."""
    from starlette.testclient import TestClient

    with TestClient(make(), raise_server_exceptions=False) as running:
        yield running


@pytest.fixture
def serving() -> Iterator[Callable[[FastAPI], str]]:
    """Serves an app on a free port in a thread of this process; gives its address."""
    import uvicorn

    running: list[tuple[Any, threading.Thread]] = []

    def serve(app: FastAPI) -> str:
        listening = socket.socket()
        listening.bind(("127.0.0.1", 0))
        listening.listen(1024)
        config = uvicorn.Config(app, access_log=False, log_level="warning", timeout_graceful_shutdown=1)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        running.append((server, thread))
        until = time.monotonic() + 30
        while not server.started and time.monotonic() < until:
            time.sleep(0.02)
        assert server.started
        return f"http://127.0.0.1:{listening.getsockname()[1]}"

    yield serve
    for server, thread in running:
        server.should_exit = True
        thread.join(20)
