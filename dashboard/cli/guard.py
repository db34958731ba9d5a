"""From exceptions to exit codes: one clear line for what people can mend, a log for our bugs."""

from __future__ import annotations

import errno
import os
import tempfile
import traceback
from pathlib import Path

from ingest.clock import SystemClock

LOG_NAME = "errors.log"

_DISK_FULL = {errno.ENOSPC, errno.EDQUOT}


def explain(error: BaseException) -> str | None:
    """One line for an error that a person can mend; None for a bug of ours."""
    from dashboard.errors import DashboardError
    from forecasting.errors import ForecastingError
    from geo.errors import GeoError
    from ingest.errors import IngestError

    if isinstance(error, DashboardError | ForecastingError | IngestError | GeoError):
        return one_line(str(error))
    if isinstance(error, OSError):
        return _explain_os(error)
    if isinstance(error, MemoryError):
        return "out of memory: give the machine more, or set memory_limit in foresite.toml"
    return _explain_duckdb(error)


def one_line(text: str) -> str:
    """The text on one line, spaces collapsed."""
    return " ".join(text.split())


def write_log(error: BaseException, data: Path | None) -> Path:
    """Append the traceback to the data directory's error log, or to one in the temporary folder."""
    text = "".join(traceback.format_exception(error))
    entry = f"--- {SystemClock().now().isoformat(timespec='seconds')}\n{text}"
    folder = data / "logs" if data is not None and data.is_dir() else None
    if folder is not None:
        try:
            folder.mkdir(exist_ok=True)
            return _append(folder / LOG_NAME, entry)
        except OSError:
            pass  # a full or read-only data directory may be the very reason of the error
    handle, name = tempfile.mkstemp(prefix="foresite-", suffix=".log")
    os.close(handle)
    return _append(Path(name), entry)


def _append(path: Path, text: str) -> Path:
    with path.open("a", encoding="utf-8") as log:
        log.write(text)
    return path


def _explain_os(error: OSError) -> str:
    where = f"{error.filename}: " if error.filename else ""
    if error.errno in _DISK_FULL:
        return f"{where}the disk is full: make room, then run the command again"
    return one_line(f"{where}{error.strerror or error}")


def _explain_duckdb(error: BaseException) -> str | None:
    """DuckDB's errors about files, disk and memory; its others are bugs of ours."""
    if "duckdb" not in type(error).__module__:
        return None
    if type(error).__name__ in {"IOException", "OutOfMemoryException", "FatalException"}:
        return one_line(f"warehouse: {str(error).splitlines()[0]}")
    return None
