"""Tables that commands write: CSV or Parquet, told by the suffix."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    import pandas as pd

SUFFIXES = (".csv", ".parquet")


def require_suffix(path: Path | None, option: str) -> None:
    """Refuse a file that could not be written, before any work is done.

    Raises:
        typer.BadParameter: the suffix names no format; exit code 2.
        FileNotFoundError: its folder does not exist.
    """
    if path is None:
        return
    if path.suffix.lower() not in SUFFIXES:
        raise typer.BadParameter(
            f"{path} has no known format; use {' or '.join(SUFFIXES)}", param_hint=option
        )
    if not path.parent.is_dir():
        raise FileNotFoundError(2, "no such folder", str(path.parent))
    if path.is_dir():
        raise IsADirectoryError(21, "is a directory", str(path))


def write_table(frame: pd.DataFrame, path: Path) -> None:
    """Write the frame; the file appears complete or not at all.

    CSV is UTF-8 with times in ISO 8601 (UTC) and empty for unknown.
    """
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        if path.suffix.lower() == ".csv":
            frame.to_csv(partial, index=False, date_format="%Y-%m-%dT%H:%M:%SZ")
        else:
            frame.to_parquet(partial, index=False)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
