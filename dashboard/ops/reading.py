"""What other processes read of the ops database."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from dashboard.ops.engine import open_ops_to_read
from dashboard.ops.runs import Runs, SourceState

States = Callable[[], Mapping[str, SourceState]]
"""Gives the state of each source that was ever fetched; raises OpsError."""


def states_of(data: Path, url: str | None) -> States:
    """A reader of the sources' states; empty while there is no database."""

    def read() -> Mapping[str, SourceState]:
        engine = open_ops_to_read(data, url)
        if engine is None:
            return {}
        try:
            return Runs(engine).sources()
        finally:
            engine.dispose()

    return read
