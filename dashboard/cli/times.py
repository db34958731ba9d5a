"""Times and dates in arguments: ISO 8601; without offset, in the operator's zone."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import typer

FORMS = "2026-11-21, 2026-11-21T08:00, 2026-11-21T08:00+08:00 or 2026-11-21T00:00:00Z"


def parse_time(text: str, zone: ZoneInfo, option: str) -> datetime:
    """An aware UTC moment.

    Raises:
        typer.BadParameter: not ISO 8601, or a local time that the zone skips; exit code 2.
    """
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise typer.BadParameter(
            f"{text!r} is not a time; valid forms are {FORMS}", param_hint=option
        ) from None
    if moment.tzinfo is None:
        local = moment.replace(tzinfo=zone)
        if local.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != moment:
            raise typer.BadParameter(
                f"{text!r} does not exist in {zone.key}: the clock jumps over it; "
                "give the time with its offset",
                param_hint=option,
            )
        moment = local
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise typer.BadParameter(f"{text!r} is out of range", param_hint=option) from None


def parse_date(text: str, option: str) -> date:
    """A local day.

    Raises:
        typer.BadParameter: not of the form YYYY-MM-DD; exit code 2.
    """
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise typer.BadParameter(
            f"{text!r} is not a date; the valid form is 2026-11-21", param_hint=option
        ) from None
