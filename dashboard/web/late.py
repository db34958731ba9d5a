"""Scripts that one page alone needs: they stay out of the others (assets/frame.js fetches them)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import dash_ag_grid
from dash.fingerprint import build_fingerprint

NAME = "dash_ag_grid.min.js"


def grid() -> dict[str, str]:
    """Takes the table's script out of all pages; returns the ``meta`` tag that says where it is."""
    listed: list[dict[str, Any]] = dash_ag_grid._js_dist  # noqa: SLF001 - where Dash looks itself
    for script in listed:
        if script["relative_package_path"] == NAME:
            script["async"] = "lazy"
    modified = int(Path(str(dash_ag_grid.__file__)).with_name(NAME).stat().st_mtime)
    named: Any = build_fingerprint
    address = named(NAME, dash_ag_grid.__version__, modified)
    return {"name": "grid", "content": f"/_dash-component-suites/dash_ag_grid/{address}"}
