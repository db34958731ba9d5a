"""Can reports be made and handed over, and did they arrive?"""

from __future__ import annotations

import os
from pathlib import Path

from dashboard.doctor.findings import Finding
from dashboard.errors import DashboardError
from dashboard.ops.engine import open_ops_to_read
from dashboard.settings import Settings

_ADVICE = "`foresite report list` shows each; `foresite report send --again` sends one once more"


def reports(data: Path, settings: Settings) -> Finding:
    """Folder, mail server (reached, and logged in to; nothing is sent), and what went wrong."""
    from dashboard.reports.mail import check
    from dashboard.reports.run import folder_of

    name, rhythm = "reports", settings.reports
    if not rhythm.every:
        return Finding(name, "ok", "off; reports.every switches weekly or monthly ones on")
    folder = folder_of(data, rhythm)
    nearest = next(place for place in (folder, *folder.parents) if place.exists())
    if not os.access(nearest, os.W_OK | os.X_OK):
        return Finding(name, "fail", f"{folder} cannot be written to", "check its owner and mode")
    if rhythm.mail is not None:
        try:
            check(rhythm.mail)
        except DashboardError as error:
            return Finding(
                name, "fail", f"no mail can be sent: {error}", "see reports.mail in the settings"
            )
    trouble = _troubles(data, settings)
    if trouble:
        return Finding(name, "warn", trouble, _ADVICE)
    where = f"mail by {rhythm.mail.host}" if rhythm.mail else "no mail"
    return Finding(name, "ok", f"each {' and '.join(rhythm.every)} into {folder}, {where}")


def _troubles(data: Path, settings: Settings) -> str:
    from dashboard.reports.deliveries import Deliveries

    engine = open_ops_to_read(data, settings.ops.address)
    if engine is None:
        return ""
    try:
        history = Deliveries(engine).history()
    finally:
        engine.dispose()
    open_ = [entry for entry in history if entry.state in ("failed", "refused", "unsure")]
    return "; ".join(
        f"{entry.period.label} to {entry.recipient}: {entry.state} ({entry.message})"
        for entry in open_[:3]
    )
