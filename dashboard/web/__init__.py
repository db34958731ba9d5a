"""The web application: pages, figures and the read API over published snapshots."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import dash

    from dashboard.dispatch.desk import DispatchDesk
    from dashboard.ops.desk import OpsDesk
    from dashboard.web.settings import WebSettings
    from ingest.clock import Clock


def create_app(
    data: Path,
    *,
    clock: Clock,
    settings: WebSettings,
    ops: OpsDesk | None = None,
    dispatch: DispatchDesk | None = None,
) -> dash.Dash:
    """The application over a data directory; see ``dashboard.web.app.create_app``.

    Dash is imported here and not above: the command line reads this package's settings alone.
    """
    from dashboard.web.app import create_app as create

    return create(data, clock=clock, settings=settings, ops=ops, dispatch=dispatch)
