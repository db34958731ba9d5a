"""Check of the crews: does the roster reach far enough, and can somebody do what is asked?"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from dashboard.dispatch.crews import STANDS_IN
from dashboard.doctor.findings import Finding
from dashboard.errors import SnapshotError
from dashboard.snapshot.tables import Tables
from ingest.crews import split_list

NAME = "crews"
_HELP = "docs/how-to/teams-and-shifts.md"


def crews(data: Path) -> Finding:
    """How many reds the roster of the published snapshot allows, and what it lacks."""
    try:
        tables = Tables.newest(data)
        teams, shifts = tables.rows("teams"), tables.rows("shifts")
        asked = {row["skill"] for row in tables.rows("playbook") if row["skill"]}
    except SnapshotError as error:
        return Finding(NAME, "warn", str(error), "publish a snapshot: `foresite forecast`")
    manifest = tables.manifest
    told = manifest.policy.get("crews") or {}
    reds = manifest.policy.get("capacity")
    if not teams and not shifts:
        return Finding(NAME, "ok", "no teams and shifts: reds follow the policy's share of cells")
    until = manifest.as_of + timedelta(hours=24)
    on_duty = {
        row["team_id"]
        for row in shifts
        if row["starts_at"] < until and row["ends_at"] > manifest.as_of
    }
    can = {
        skill for row in teams if row["team_id"] in on_duty for skill in split_list(row["skills"])
    }
    lacking = sorted(s for s in asked if not can & {s, *STANDS_IN.get(s, ())})
    if told.get("source") != "shifts":
        return Finding(
            NAME,
            "warn",
            f"the roster does not cover the 24 hours after the forecast; red cells at most: {reds}",
            f"deliver shifts: {_HELP}",
        )
    if lacking:
        return Finding(
            NAME,
            "warn",
            f"nobody on duty within 24 hours can do {', '.join(lacking)}",
            f"map the teams' skills, or roster somebody who can: {_HELP}",
        )
    hours = told.get("hours") or 0.0
    return Finding(
        NAME,
        "ok",
        f"{len(on_duty)} of {len(teams)} teams on duty within 24 hours, {hours:g} h; "
        f"red cells at most: {reds}",
    )
