"""A small object store that speaks as much of S3 as a client needs to list, read, put and take away; for tests."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

NOW = "2026-01-01T00:00:00.000Z"


class Handler(BaseHTTPRequestHandler):
    """One request; objects lie in the server's dictionary by bucket and key."""

    protocol_version = "HTTP/1.1"
    server: Server

    def do_PUT(self) -> None:
        if self.server.full:
            self._send(507, b"<Error><Code>InsufficientStorage</Code><Message>No space left</Message></Error>")
            return
        content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.headers.get("x-amz-content-sha256", "").startswith("STREAMING") or "aws-chunked" in (
            self.headers.get("Content-Encoding") or ""
        ):
            content = _unchunked(content)
        with self.server.lock:
            self.server.objects[self._key()] = content
        self._send(200, b"", ETag=_tag(content))

    def do_GET(self) -> None:
        query = parse_qs(urlsplit(self.path).query)
        if "list-type" in query:
            self._list(query.get("prefix", [""])[0], query.get("delimiter", [""])[0])
            return
        content = self.server.objects.get(self._key())
        if content is None:
            self._send(404, b"<Error><Code>NoSuchKey</Code><Message>none</Message></Error>")
        else:
            self._send(200, content, ETag=_tag(content), **{"Last-Modified": formatdate(0, usegmt=True)})

    def do_HEAD(self) -> None:
        bucket_itself = "/" not in self._key().strip("/")
        content = b"" if bucket_itself else self.server.objects.get(self._key())
        self._send(404 if content is None else 200, content or b"", **{"Last-Modified": formatdate(0, usegmt=True)})

    def do_DELETE(self) -> None:
        with self.server.lock:
            self.server.objects.pop(self._key(), None)
        self._send(204, b"")

    def _key(self) -> str:
        return unquote(urlsplit(self.path).path).lstrip("/")

    def _list(self, prefix: str, delimiter: str) -> None:
        bucket = self._key().strip("/")
        files, folders = [], {}
        for path, content in sorted(self.server.objects.items()):
            key = path.removeprefix(f"{bucket}/")
            if path == key or not key.startswith(prefix):
                continue
            head, found, _ = key[len(prefix) :].partition(delimiter) if delimiter else (key, "", "")
            if found:
                folders[f"{prefix}{head}{delimiter}"] = True
            else:
                files.append(f"<Contents><Key>{escape(key)}</Key><LastModified>{NOW}</LastModified>"
                             f"<ETag>{_tag(content)}</ETag><Size>{len(content)}</Size></Contents>")
        common = "".join(f"<CommonPrefixes><Prefix>{escape(one)}</Prefix></CommonPrefixes>" for one in folders)
        count = len(files) + len(folders)
        said = (f'<?xml version="1.0"?><ListBucketResult><Name>{bucket}</Name><Prefix>{escape(prefix)}</Prefix>'
                f"<KeyCount>{count}</KeyCount><IsTruncated>false</IsTruncated>{''.join(files)}{common}"
                "</ListBucketResult>")
        self._send(200, said.encode(), **{"Content-Type": "application/xml"})

    def _send(self, status: int, content: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(content)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, format: str, *arguments: object) -> None:
        """Say nothing."""


class Server(ThreadingHTTPServer):
    """The store: objects by bucket and key; `full` refuses every put."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.objects: dict[str, bytes] = {}
        self.lock = threading.Lock()
        self.full = False


@contextmanager
def serve() -> Iterator[Server]:
    """A running store."""
    server = Server()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _tag(content: bytes) -> str:
    return f'"{hashlib.md5(content).hexdigest()}"'


def _unchunked(content: bytes) -> bytes:
    """A body that was sent in chunks with trailers, put together."""
    whole = b""
    while content:
        size, _, content = content.partition(b"\r\n")
        count = int(size.split(b";")[0], 16)
        if not count:
            break
        whole += content[:count]
        content = content[count + 2 :]
    return whole
