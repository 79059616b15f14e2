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
COPY = "(FORMAT parquet, COMPRESSION zstd)"


def write_pieces(pieces: Iterable[Columns], said: str, labels: Mapping[str, Sequence[str]], path: Path) -> None:
    """Write pieces one after the other into one file.

    Args:
        said: what is selected from a piece, as SQL over the table `numbers`.
        labels: lists that the SQL looks names up in.
    """
    import duckdb

    parts: list[Path] = []
    with duckdb.connect(config=SETTINGS) as connection:
        for k, columns in enumerate(pieces):
            parts.append(path.with_name(f"{path.stem}-{k:06d}.parquet"))
            connection.register("numbers", dict(columns))
            connection.execute(f"COPY (SELECT {said} FROM numbers) TO '{_quoted(parts[-1])}' {COPY}", dict(labels))
            connection.unregister("numbers")
        if len(parts) == 1:
            parts[0].replace(path)
            return
        names = [str(part) for part in parts]
        connection.execute(
            f"COPY (SELECT * FROM read_parquet($names)) TO '{_quoted(path)}' {COPY}", {"names": names})
        for part in parts:
            part.unlink()


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
