"""What pages tell of reports: when they are made, who gets them, what became of the last ones."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from dashboard.ops.engine import open_ops_to_read
from dashboard.reports.deliveries import Deliveries, Delivery
from dashboard.reports.settings import ReportsSettings


@dataclass(frozen=True)
class ReportHistory:
    """Reads the ops database; writes nothing.

    Attributes:
        data: the data directory.
        url: of another database than SQLite in it.
        settings: who gets what.
    """

    data: Path
    url: str | None = None
    settings: ReportsSettings = field(default_factory=ReportsSettings)

    def newest(self, limit: int) -> list[Delivery]:
        """The newest periods first; empty while there is no database.

        Raises:
            OpsError: it cannot be read.
        """
        engine = open_ops_to_read(self.data, self.url)
        if engine is None:
            return []
        try:
            return Deliveries(engine).history(limit)
        finally:
            engine.dispose()
