"""`foresite quality`: what the data are worth."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from dashboard.cli.session import DataOption, JsonOption, Session, begin
from dashboard.cli.times import parse_time

if TYPE_CHECKING:
    from datetime import datetime

    from dashboard.web.view.quality import Rows

_DAYS = 2


def quality(
    context: typer.Context,
    *,
    as_of: Annotated[
        str | None,
        typer.Option(
            metavar="TIME",
            help="As known then; default now, or the newest data when that is older.",
        ),
    ] = None,
    lang: Annotated[
        str, typer.Option(metavar="zh|en", help="Language of the warnings for people.")
    ] = "en",
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what is missing, late, refused or out of line in the data.

    Looks at the last fifteen days. While a worker runs, what it published last is shown.
    """
    session = begin(context, data, as_json)
    if lang not in ("zh", "en"):
        raise typer.BadParameter(f"{lang!r} is no language; use zh or en", param_hint="--lang")
    from dashboard.errors import LockedError
    from dashboard.plain import plain

    given = parse_time(as_of, session.settings.zone, "--as-of") if as_of else None
    try:
        said = _of_warehouse(session, given)
    except LockedError as error:
        if given is not None:
            raise
        session.out.note(f"{str(error).split(';')[0]}: what was published last is shown")
        said = _of_snapshot(session)
    plained = plain(said)
    assert isinstance(plained, dict)
    session.out.result(plained, _lines(said, lang, session))


def _of_warehouse(session: Session, given: datetime | None) -> dict[str, Any]:
    from dashboard.newest import default_as_of
    from dashboard.publish.quality import quality_rows
    from dashboard.runtime.locks import write_lock
    from dashboard.runtime.opened import opened_warehouse
    from dashboard.web.view.quality import HOURS_SHOWN
    from ingest.quality import assess

    settings = session.settings
    with (
        write_lock(session.data, "foresite quality"),
        opened_warehouse(session.data, settings) as connection,
    ):
        moment = given or default_as_of(connection, session.clock)
        assessed = assess(connection, moment, settings.ingest)
    rows = quality_rows(assessed, settings.time_zone, HOURS_SHOWN)
    return _summary(session, assessed.as_of, rows)


def _of_snapshot(session: Session) -> dict[str, Any]:
    from dashboard.snapshot import Snapshot
    from dashboard.web.view.quality import HOURS_SHOWN, LISTED

    snapshot = Snapshot.open(session.data)
    try:
        manifest = snapshot.manifest
        parameters: dict[str, dict[str, Any]] = {
            "hours": {"since": manifest.as_of - HOURS_SHOWN},
            "days": {"zone": manifest.time_zone},
            "cells": {"limit": LISTED},
        }
        return _summary(
            session,
            manifest.as_of,
            lambda name: snapshot.rows(f"quality_{name}", parameters.get(name)),
        )
    finally:
        snapshot.close()


def _summary(session: Session, as_of: datetime, rows: Rows) -> dict[str, Any]:
    from dashboard.web.i18n import load_texts
    from dashboard.web.view.quality import summary
    from dashboard.web.view.words import Words

    catalogue = session.settings.ingest.load_catalogue()
    zh, en = (Words(load_texts(x), session.settings.zone, catalogue) for x in ("zh", "en"))
    return {"as_of": as_of, **summary(rows, (zh, en))}


def _lines(said: dict[str, Any], lang: str, session: Session) -> list[str]:
    """For people: warnings, then one line per source and feed, then the sums."""
    local = said["as_of"].astimezone(session.settings.zone)
    lines = [f"Quality of the data as of {local:%Y-%m-%d %H:%M %Z}"]
    lines += [f"! {warning['text'][lang]}" for warning in said["warnings"]]
    if not said["warnings"]:
        lines.append("✓ nothing to mend")
    complete = _complete(said["completeness"])
    rejected = _rejected(said["rejected"])
    for row in said["sources"]:
        parts = [f"{row['source']} · {row['feed']}"]
        if row["age_min"] is not None:
            parts.append(f"newest {_age(row['age_min'] / 60)} old")
        if row["feed"] == "kpis" and row["source"] in complete:
            parts.append(f"{complete[row['source']]:.1%} complete in {_DAYS} days")
        parts.append(f"{row['files']} files, {row['files_refused']} refused")
        share = rejected.get((row["source"], row["feed"]))
        if share is not None:
            parts.append(f"{share:.2%} of rows rejected")
        lines.append("  " + ", ".join(parts))
    places = said["attribution"]
    if places["tickets"]:
        named = ", ".join(
            f"{places[place] / places['tickets']:.0%} {word}"
            for place, word in (
                ("cell", "by their cell"),
                ("position", "by position"),
                ("region", "by region only"),
                ("none", "not at all"),
            )
        )
        lines.append(f"  {places['tickets']:,} tickets placed: {named}")
    return lines


def _complete(days: list[dict[str, Any]]) -> dict[str, float]:
    """Share of the expected intervals that arrived, over the last days of each source."""
    by_source: dict[str, list[dict[str, Any]]] = {}
    for row in days:
        by_source.setdefault(row["source"], []).append(row)
    return {
        source: sum(row["intervals_present"] for row in rows[-_DAYS:])
        / sum(row["intervals_expected"] for row in rows[-_DAYS:])
        for source, rows in by_source.items()
    }


def _rejected(days: list[dict[str, Any]]) -> dict[tuple[str, str], float]:
    sums: dict[tuple[str, str], list[int]] = {}
    for row in days:
        counts = sums.setdefault((row["source"], row["feed"]), [0, 0])
        counts[0] += row["rows_rejected"]
        counts[1] += row["rows_read"]
    return {key: bad / read for key, (bad, read) in sums.items() if read}


def _age(hours: float) -> str:
    return f"{hours * 60:.0f} min" if hours < 2 else f"{hours:.0f} h"
