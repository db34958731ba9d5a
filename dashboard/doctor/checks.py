"""All checks in the order in which a person would mend things."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from dashboard.doctor import crews as staff
from dashboard.doctor import data as published
from dashboard.doctor import fetching, machine, reporting, stores, telling
from dashboard.doctor.findings import Finding, Status
from dashboard.doctor.places import Places
from dashboard.errors import DashboardError
from dashboard.runtime.clock import load_clock
from dashboard.settings import Settings, load_settings
from ingest.clock import SystemClock

__all__ = ["Finding", "Status", "examine"]


def examine(data: Path) -> Iterator[Finding]:
    """Run every check; one that breaks is itself a finding, the others go on."""
    now = SystemClock().now()
    yield machine.data_directory(data)
    try:
        settings = load_settings(data)
        yield Finding("settings", "ok", f"time zone {settings.time_zone}")
    except DashboardError as error:
        yield Finding("settings", "fail", str(error), "correct it; the other checks use defaults")
        settings = Settings.model_construct()
    try:
        clock = load_clock(data)
        yield stores.shared_clock(clock)
    except DashboardError as error:
        yield Finding("clock", "fail", str(error), "see the message")
        clock = SystemClock()
    places = Places(data, settings, clock.now())
    checks: tuple[tuple[str, Callable[[], Finding]], ...] = (
        ("machine clock", lambda: machine.machine_clock(now)),
        ("disk", lambda: machine.disk(data)),
        ("time zones", lambda: machine.time_zones(settings.time_zone)),
        ("libraries", machine.libraries),
        ("worker", lambda: stores.lock(data)),
        ("warehouse", lambda: stores.warehouse(data, settings, clock.now())),
        ("snapshot", lambda: stores.snapshot(data, settings, clock.now())),
        ("data quality", lambda: published.quality(data, settings)),
        ("crews", lambda: staff.crews(data)),
        ("coordinates", places.coordinates),
        ("boundaries", places.boundaries),
        ("inbox", lambda: stores.inbox(data)),
        ("sources", lambda: fetching.sources(data, settings, now)),
        ("ops database", lambda: fetching.ops(data, settings)),
        ("reports", lambda: reporting.reports(data, settings)),
        ("outbox", lambda: telling.outbox(data, settings)),
        ("fonts", machine.fonts),
        ("browser", machine.browser),
    )
    for name, check in checks:
        yield _guarded(name, check)


def _guarded(name: str, check: Callable[[], Finding]) -> Finding:
    try:
        return check()
    except Exception as error:  # noqa: BLE001  a doctor that dies of the illness helps nobody
        reason = " ".join(str(error).split()) or type(error).__name__
        return Finding(name, "fail", f"cannot be checked: {reason}", "see the message")
