"""Check of what the data are worth, as it was published last."""

from __future__ import annotations

import json
from pathlib import Path

from dashboard.doctor.findings import Finding
from dashboard.errors import SnapshotError
from dashboard.settings import Settings
from dashboard.snapshot import Snapshot

NAME = "data quality"
BAD = 0.2  # lighter flaws, such as new cells, are news


def quality(data: Path, settings: Settings) -> Finding:
    """Is something missing, refused or out of line? The worst is named."""
    from dashboard.web.i18n import load_texts
    from dashboard.web.view.quality import sentence
    from dashboard.web.view.words import Words

    try:
        shown = Snapshot.open(data)
    except SnapshotError as error:
        return Finding(NAME, "warn", str(error), "publish a snapshot: `foresite forecast`")
    try:
        flaws = [row for row in shown.rows("quality_flaws") if row["weight"] >= BAD]
    finally:
        shown.close()
    if not flaws:
        return Finding(NAME, "ok", "nothing missing, refused or out of line")
    words = Words(load_texts("en"), settings.zone, settings.ingest.load_catalogue())
    worst = sentence(flaws[0]["code"], json.loads(flaws[0]["about"]), words)
    more = f" (and {len(flaws) - 1} more)" if len(flaws) > 1 else ""
    return Finding(NAME, "warn", f"{worst}{more}", "see them all with `foresite quality`")
