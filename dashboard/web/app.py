"""The application factory: one Dash application over one data directory."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import dash

from dashboard.basemap.store import basemap_dir, read_base_map
from dashboard.dispatch.desk import DispatchDesk
from dashboard.layers.files import layers_dir
from dashboard.layers.store import LayerStore
from dashboard.ops.desk import OpsDesk
from dashboard.ops.reading import States
from dashboard.reports.history import ReportHistory
from dashboard.snapshot import SnapshotStore
from dashboard.web import api, compress, faults, late, ready
from dashboard.web.build import build_id
from dashboard.web.context import Context, Memo
from dashboard.web.pages import shell
from dashboard.web.security import protect
from dashboard.web.settings import WebSettings
from ingest.catalogue import Catalogue, load_catalogue
from ingest.clock import Clock

VIEWPORT = {"name": "viewport", "content": "width=device-width, initial-scale=1"}


def create_app(
    data: Path,
    *,
    clock: Clock,
    settings: WebSettings,
    catalogue: Catalogue | None = None,
    states: States | None = None,
    ops: OpsDesk | None = None,
    reports: ReportHistory | None = None,
    dispatch: DispatchDesk | None = None,
    store: SnapshotStore | None = None,
) -> dash.Dash:
    """Pages and API over the snapshots in ``data``; ``.server`` is the WSGI application.

    Nothing is loaded from elsewhere, nothing is written, and several applications can live in one
    process. A missing snapshot is no error: the pages say so and wait.

    Args:
        data: the data directory.
        clock: tells the present moment; a demo's runs faster.
        settings: how much is shown, and when data are stale.
        catalogue: KPI labels and units; the built-in ones when None.
        states: reads what is known of the sources' fetches, for ``/metrics``.
        ops: runs of jobs, and what people ask the worker to do, for ``/data``.
        reports: what became of reports, for ``/trends``.
        dispatch: the work orders; without it pages say that nobody tells of them.
        store: of the same directory, where somebody watches it; else one of its own.
    """
    context = Context(
        store=store or SnapshotStore(data),
        clock=clock,
        settings=settings,
        catalogue=catalogue or load_catalogue(),
        states=states,
        ops=ops,
        reports=reports,
        dispatch=dispatch,
        layers=LayerStore((layers_dir(data), basemap_dir(data))),
        base_map=lambda: read_base_map(data),
        kpi_memo=Memo(settings.cached_cells),
    )
    app = dash.Dash(
        "foresite",
        assets_folder=str(Path(__file__).with_name("assets")),
        use_pages=False,
        pages_folder="",
        title="Foresite",
        update_title="",
        serve_locally=True,
        add_log_handler=False,
        # The page knows of which build it is; /healthz tells of which the server is.
        meta_tags=[{"name": "build", "content": build_id()}, VIEWPORT, late.grid()],
        on_error=faults.handler(settings.language),
    )
    app.layout = shell.layout()
    app.validation_layout = cast("Any", shell.validation_layout())
    shell.register(app, context)
    api.register(app.server, context)
    ready.attend(context)
    compress.scripts(app.server)
    protect(app, settings.tiles.origin)
    return app
