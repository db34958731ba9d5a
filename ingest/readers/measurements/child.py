"""A process that reads performance files for another: ``python -m``, one JSON line in, one out.

The rows go into an Arrow stream on disk. It ends when its standard input does, so that it never
outlives the process that started it by more than a file.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa

from ingest.counters.rows import MEASURED, Wanted
from ingest.errors import IngestError
from ingest.profiles.model import Table
from ingest.readers.measurements import read_measurements
from ingest.settings import IngestSettings


def read_into(order: dict[str, Any]) -> dict[str, Any]:
    """Read one file; what the parent needs to know of it."""
    measured = read_measurements(
        Path(order["path"]),
        Table.model_validate(order["table"]),
        IngestSettings.model_validate(order["settings"]),
        Wanted(frozenset(order["wanted"])),
    )
    with pa.OSFile(order["out"], "wb") as file, pa.ipc.new_stream(file, MEASURED) as stream:
        for batch in measured.rows:
            stream.write_batch(batch)
    return {
        "sender": measured.sender,
        "vendor": measured.vendor,
        "begin": measured.begin.isoformat() if measured.begin else None,
        "rows_read": measured.rows_read,
        "bad": [[row.number, row.reason, row.value] for row in measured.bad],
        "counters_seen": sorted(measured.counters_seen),
        "ignored": list(measured.ignored),
    }


def main() -> None:
    """Serve orders until there are no more."""
    for line in sys.stdin:
        try:
            answer = read_into(json.loads(line))
        except IngestError as error:
            answer = {"refused": str(error)}
        except OSError as error:
            answer = {"errno": error.errno or 0, "failed": str(error)}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
