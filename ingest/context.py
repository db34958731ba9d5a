"""What all files of one call of the loader share."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path

from ingest.archive.journal import Journal
from ingest.contracts import Feed
from ingest.profiles import LoadedProfile
from ingest.profiles.model import Table
from ingest.readers.measurements.ahead import ReadAhead
from ingest.settings import IngestSettings


@dataclass(frozen=True)
class Context:
    """What all files of one call share.

    Attributes:
        settings: zone, limits, delays.
        feeds: the canonical feeds by name.
        profile: of the files; None: canonical.
        data: the data directory.
        live_at: moment of loading in live mode; None in history mode.
        loaded_at: moment that the ledger notes.
        source: name of the source, for the ledger.
        inside: folder of the file in the inbox, kept in the archive.
        dry_run: nothing is kept: all is rolled back, no file is archived.
        secrets_dir: where the key of the customer hashes lives.
        ahead: reads performance files while others are loaded; None: each when its turn comes.
    """

    settings: IngestSettings
    feeds: dict[str, Feed]
    profile: LoadedProfile | None
    data: Path
    live_at: datetime | None
    loaded_at: datetime
    source: str
    inside: Path
    dry_run: bool
    secrets_dir: Path
    ahead: ReadAhead | None = None

    @cached_property
    def journal(self) -> Journal:
        """The journal beside the warehouse."""
        return Journal(self.data)

    def reading(self, table: Table, profile: LoadedProfile | None = None) -> str:
        """Name of the profile, and a fingerprint of all that decides how a file is read."""
        used = profile or self.profile
        formulas = "" if table.counters is None else self.settings.load_formulas().fingerprint
        name = "canonical" if used is None else used.name
        what = "|".join(
            (
                repr(self.feeds[table.feed]),  # with the ranges of the catalogue
                self.settings.time_zone,
                str(self.settings.kpi_delay_min),
                table.model_dump_json(),
                formulas,
            )
        )
        return f"{name}@{hashlib.sha256(what.encode()).hexdigest()[:12]}"

    def how(self, table: Table | None) -> str:
        """JSON of how a file is read, from which a rebuild reads it again."""
        return json.dumps(
            {
                "table": None if table is None else table.model_dump(mode="json"),
                "time_zone": self.settings.time_zone,
                "kpi_delay_min": self.settings.kpi_delay_min,
            },
            ensure_ascii=False,
            sort_keys=True,
        )
