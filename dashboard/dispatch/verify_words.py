"""Why an order was verified or reopened, in plain words: what an event's ``reason`` holds.

Pages do not read them: they have words of their own for the event's ``details``.
"""

from __future__ import annotations

from collections.abc import Sequence

from dashboard.dispatch.verify import Reason

_SAID = 3


def said(reasons: Sequence[Reason]) -> str:
    """A code, a colon, and the first three reasons in words."""
    told = "; ".join(_words(reason) for reason in reasons[:_SAID])
    more = f" (and {len(reasons) - _SAID} more)" if len(reasons) > _SAID else ""
    return f"{reasons[0].code}: {told}{more}"


def _words(reason: Reason) -> str:
    since = "" if reason.since is None else f"{reason.since:%Y-%m-%d %H:%MZ}"
    beside = "" if reason.normal is None else f" (normal {reason.normal:.6g})"
    value = "" if reason.value is None else f" {reason.value:.6g}{beside}"
    off = ""
    if reason.hours is not None and reason.of is not None:
        off = f" off for {reason.hours:g} of {reason.of:g} h"
    place = f"{reason.kpi} of {reason.cell_id}"
    strays = f"{place}{value}{off} since {since}"
    return {
        "complaint": f"complaint {reason.ticket_id} about {reason.cell_id} at {since}",
        "late_complaint": f"complaint {reason.ticket_id} about {reason.cell_id} at {since}",
        "no_change": strays,
        "out_of_band": strays,
        "not_in_band": strays,
        "not_known": f"{place} not known" + (f" after {since}" if since else ""),
        "no_kpis": f"no KPIs of {reason.cell_id}",
        "nobody": f"{place}: nobody used the cell",
        "cured": "KPIs in their normal band, no complaint",
        "time_over": "verified, and nothing came since",
        "band_hours": f"hours of KPIs until {since}",
        "quiet_hours": f"hours without complaints until {since}",
    }[reason.code]
