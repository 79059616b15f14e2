"""How much one client may ask for: size of a body, requests a second, streams at once; and the polite answer."""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from roxham.app.problem import problem_response
from roxham.app.settings import Limits
from roxham.show.text import Language

#: Clients remembered at once; the one that came longest ago is forgotten first.
CLIENTS = 4096
STREAM = "/events"


@dataclass
class Client:
    """What one client has left, and when that was counted."""

    tokens: float
    at: float
    streams: int = 0


class Limiter:
    """Stands before the API: pages and static files pass."""

    def __init__(self, app: ASGIApp, limits: Limits) -> None:
        self.app, self.limits = app, limits
        self.clients: OrderedDict[str, Client] = OrderedDict()
        self.together = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or "/api/" not in scope["path"]:
            await self.app(scope, receive, send)
            return
        length = Headers(scope=scope).get("content-length", "0")
        if not length.isdigit() or int(length) > self.limits.body:
            await problem_response(413, too_large(self.limits), language=_asked_in(scope))(scope, receive, send)
            return
        client = self._client(client_of(scope))
        stream = scope["path"].endswith(STREAM)
        wait = self._wait(client, stream)
        if wait:
            said = f"Too many requests at once; please try again in {wait} s."
            answer = problem_response(429, said, headers={"Retry-After": str(wait)}, language=_asked_in(scope))
            await answer(scope, receive, send)
            return
        client.streams += stream
        self.together += not stream
        try:
            await self.app(scope, _bounded(receive, self.limits), send)
        finally:
            client.streams -= stream
            self.together -= not stream

    def _client(self, name: str) -> Client:
        now = time.monotonic()
        client = self.clients.pop(name, None) or Client(float(self.limits.burst), now)
        self.clients[name] = client
        while len(self.clients) > CLIENTS:
            self.clients.popitem(last=False)
        gained = (now - client.at) * self.limits.rate
        client.tokens, client.at = min(client.tokens + gained, float(self.limits.burst)), now
        return client

    def _wait(self, client: Client, stream: bool) -> int:
        """Seconds until this client may ask again; 0 now."""
        if stream and client.streams >= self.limits.streams:
            return 5
        if not stream and self.together >= self.limits.together:
            return 1
        if client.tokens < 1:
            return max(math.ceil((1 - client.tokens) / self.limits.rate), 1)
        client.tokens -= 1
        return 0


def client_of(scope: Scope) -> str:
    """Who asks: the address that the connection, or the proxy before this server, gives."""
    return scope["client"][0] if scope.get("client") else ""


class TooLarge(HTTPException):
    """A body that turned out larger than allowed while it was read."""

    def __init__(self, limits: Limits) -> None:
        super().__init__(413, too_large(limits))


def _bounded(receive: Receive, limits: Limits) -> Receive:
    """Read a body of unknown length only up to the limit."""
    seen = 0

    async def bounded() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > limits.body:
            raise TooLarge(limits)
        return message

    return bounded


def too_large(limits: Limits) -> str:
    """What is said to somebody who sends too much."""
    return f"The request is larger than {limits.body // 1000} kB."


def _asked_in(scope: Scope) -> Language:
    from roxham.app.shell import preferred

    return preferred(Headers(scope=scope).get("accept-language", ""))
