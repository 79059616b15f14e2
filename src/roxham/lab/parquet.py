"""Writing one Parquet file from columns that come a piece at a time, so that a long table takes little memory."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

#: Rows of a piece, about.
ROWS = 4_000_000
#: What DuckDB may take for itself.
SETTINGS: dict[str, Any] = {"memory_limit": "1GB", "threads": 2}
Columns = Mapping[str, NDArray[Any]]


def write_pieces(pieces: Iterable[Columns], said: str, labels: Mapping[str, Sequence[str]], path: Path) -> None:
    """Write pieces one after the other into one file.

    Pieces are kept beside the file as they come, numbers only, and then joined; names are looked up while joining.

    Args:
        said: what is selected from a piece, as SQL.
        labels: lists that the SQL looks names up in.
    """
    import duckdb

    parts: list[Path] = []
    with duckdb.connect(config=SETTINGS) as connection:
        for k, columns in enumerate(pieces):
            parts.append(path.with_name(f"{path.stem}-{k:06d}.parquet"))
            connection.register("numbers", dict(columns))
            connection.execute(f"COPY numbers TO '{_quoted(parts[-1])}' (FORMAT parquet, COMPRESSION uncompressed)")
            connection.unregister("numbers")
        connection.execute(
            f"COPY (SELECT {said} FROM read_parquet($parts)) TO '{_quoted(path)}' (FORMAT parquet, COMPRESSION zstd)",
            {**labels, "parts": [str(part) for part in parts]})
        for part in parts:
            part.unlink()


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
