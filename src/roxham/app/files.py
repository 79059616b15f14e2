"""Static files: held in memory with their compressed form, under an address that names their content."""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

STATIC = Path(__file__).parent / "static"
FOREVER = "public, max-age=31536000, immutable"
#: What is worth compressing; pictures and fonts are compressed already.
PACKED = {".js", ".css", ".json", ".geojson", ".svg", ".html", ".txt", ".md", ".map"}
TYPES = {".js": "text/javascript", ".mjs": "text/javascript", ".geojson": "application/geo+json", ".md": "text/plain"}
SMALL = 500


@dataclass(frozen=True)
class File:
    """One file: its bytes, its type and its compressed form."""

    content: bytes
    kind: str
    worth: bool

    @cached_property
    def packed(self) -> bytes:
        """The bytes compressed once, with gzip."""
        return gzip.compress(self.content, 9, mtime=0)

    @cached_property
    def tag(self) -> str:
        """The content's own name."""
        return f'"{hashlib.sha256(self.content).hexdigest()[:20]}"'


class Static:
    """All files of a folder, read once."""

    def __init__(self, folder: Path = STATIC) -> None:
        paths = sorted(path for path in folder.rglob("*") if path.is_file())
        self.files = {path.relative_to(folder).as_posix(): _file(path) for path in paths}
        told = "\n".join(f"{name} {file.tag}" for name, file in self.files.items())
        self.version = hashlib.sha256(told.encode()).hexdigest()[:12]

    def respond(self, request: Request, version: str, path: str) -> Response | None:
        """The file, or none; one asked for under another version is not to be kept."""
        file = self.files.get(path)
        if file is None:
            return None
        fresh = version == self.version
        headers = {"Cache-Control": FOREVER if fresh else "no-cache", "ETag": file.tag, "Vary": "Accept-Encoding"}
        if request.headers.get("if-none-match") == file.tag:
            return Response(status_code=304, headers=headers)
        content = file.content
        if file.worth and "gzip" in request.headers.get("accept-encoding", ""):
            content, headers["Content-Encoding"] = file.packed, "gzip"
        return Response(content, headers=headers, media_type=file.kind)


def _file(path: Path) -> File:
    content = path.read_bytes()
    kind = TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return File(content, kind, path.suffix in PACKED and len(content) > SMALL)
