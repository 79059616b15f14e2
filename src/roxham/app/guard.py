"""What stands before every request: who may come in, the headers of every answer, and a log without anybody's words.

A log line has the method, the route's pattern, the status and the time; never an address, a query or a body. A failure
is logged with the lines of code that it passed, never with its message, which may hold what somebody typed.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import logging
import time
import traceback

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from roxham.app.problem import problem_response

LOG = logging.getLogger("roxham.app")
CSP = (
    "default-src 'self'; img-src 'self' data: blob:; style-src 'self'; script-src 'self'; object-src 'none'; "
    "base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
)
HEADERS = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
}


class Guard:
    """The outermost layer: token, headers and log."""

    def __init__(self, app: ASGIApp, token: str = "", prefix: str = "") -> None:
        self.app, self.token, self.prefix = app, token.encode(), prefix

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        scope["root_path"] = self.prefix  # a proxy may leave it in the path or not
        begun, status = time.perf_counter(), 500

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        try:
            if self.token and not _may_enter(Headers(scope=scope), self.token):
                ask = {"WWW-Authenticate": 'Basic realm="Roxham", charset="UTF-8"'}
                said = "This server asks for its token: as a bearer token, or as the password of any name."
                await problem_response(401, said, headers=ask)(scope, receive, answer)
            else:
                await self.app(scope, receive, answer)
        finally:
            route = getattr(scope.get("route"), "path", "-")
            LOG.info("%s %s %d %.0f ms", scope["method"], route, status, 1000 * (time.perf_counter() - begun))


def _may_enter(headers: Headers, token: bytes) -> bool:
    """True where the request shows the token, as a bearer's or as the password that a browser asks for."""
    kind, _, shown = headers.get("authorization", "").partition(" ")
    if kind.lower() == "bearer":
        return hmac.compare_digest(shown.strip().encode(), token)
    if kind.lower() == "basic":
        try:
            _, _, password = base64.b64decode(shown, validate=True).partition(b":")
        except (binascii.Error, ValueError):
            return False
        return hmac.compare_digest(password, token)
    return False


class Wordless(logging.Filter):
    """Takes the message out of a logged failure and leaves its kind and the lines of code it passed."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.exc_info and record.exc_info[0] is not None:
            kind, _, trace = record.exc_info
            where = "".join(traceback.format_tb(trace))
            record.exc_info, record.exc_text = None, None
            record.msg, record.args = f"{kind.__name__}\n{where}", None
        return True


def quiet_logs() -> None:
    """Keep what people type out of the logs of the server underneath."""
    for name in ("uvicorn.error", "roxham.app", "asyncio"):
        logger = logging.getLogger(name)
        if not any(isinstance(one, Wordless) for one in logger.filters):
            logger.addFilter(Wordless())
