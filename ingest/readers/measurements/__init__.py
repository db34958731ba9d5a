"""Performance files of 3GPP TS 32.435 (measCollecFile) and TS 28.532 (measDataFile), streamed."""

from __future__ import annotations

from pathlib import Path

from ingest.counters.rows import Measured, Wanted
from ingest.profiles.model import Table
from ingest.readers.measurements.reader import Reader
from ingest.settings import IngestSettings


def read_measurements(
    path: Path, table: Table | None, settings: IngestSettings, wanted: Wanted
) -> Measured:
    """Read a performance file, plain or gzip; its rows come batch by batch.

    Namespaces of any version count, and none. Results are lists (``measTypes``, ``measResults``)
    or single (``measType p``, ``r p``). An object's name begins with its managed element's, or,
    where the file gives none, with its sender's. An interval starts at the end time that the file
    gives less its duration; an end time without offset is in the zone of the table, else of the
    settings.

    Args:
        path: the file.
        table: of the profile; its zone, time formats and ``granularity_s`` count.
        settings: zone and limits.
        wanted: the counters that are read.

    Raises:
        FileRefusedError: no performance file, no sound XML, a document type, or beyond a limit;
            also while the rows are read, and then none of them may be kept.
    """
    return Reader(path, table, settings, wanted).start()
