"""Settings of the web application: one frozen model, embedded in the root settings."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from dashboard.web.tile_server import TileSettings
from dashboard.web.view.state import NIGHT_PATTERN


class WebSettings(BaseModel):
    """How screens look after themselves, and how much they show."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    language: Literal["zh", "en"] = Field(
        "zh", description="Language of pages whose address does not say `?lang=`."
    )
    theme: Literal["dark", "light"] = Field(
        "dark",
        description="Ground of desk pages whose address does not say `?theme=`; the wall is dark.",
    )
    refresh_seconds: float = Field(
        10.0, ge=1, le=600, description="Seconds after which a page asks for news."
    )
    rotate_seconds: int | None = Field(
        None,
        ge=5,
        le=3600,
        description=(
            "Pace at which walls with `?kiosk=full` go through districts and views; without it"
            " they stay, unless their address says `?rotate=<seconds>`."
        ),
    )
    night: str = Field(
        "22-6",
        pattern=NIGHT_PATTERN,
        description=(
            "Local hours in which walls with `?kiosk=full` dim, such as `22-6`, or `off`;"
            " `?night=` in an address goes before it."
        ),
    )
    reload_at: str = Field(
        "04:00",
        pattern=r"^(off|([01]\d|2[0-3]):[0-5]\d)$",
        description="Local time of the daily full reload of walls with `?kiosk=full`, or `off`.",
    )
    stale_after_min: float = Field(
        150.0,
        gt=0,
        le=10080,
        description="Age of the newest data, in minutes, from which everything is grey.",
    )
    worst_count: int = Field(10, ge=1, le=10, description="Rows of the list beside the map.")
    list_limit: int = Field(
        200, ge=10, le=1000, description="Rows of the table of cells; also the API's default limit."
    )
    api_limit: int = Field(
        100_000, ge=1, description="Highest `limit` that the API accepts for cells."
    )
    kpi_days: int = Field(14, ge=2, le=35, description="Days of KPI history on a cell's page.")
    kpi_forecast_h: int = Field(
        72, ge=1, le=168, description="Hours of KPI forecast on a cell's page."
    )
    cached_cells: int = Field(
        256, ge=1, le=10_000, description="KPI forecasts kept in memory, one per cell looked at."
    )
    public_url: str | None = Field(
        None,
        pattern=r"^https?://[^\s/?#@]+(/[^\s?#]*)?$",
        description="Address under which people open these pages, such as "
        "`https://foresite.example.com`; messages about orders link to it, and have no link "
        "without it.",
    )
    tiles: TileSettings = Field(
        TileSettings(), description="A tile server of the operator's own, under the map."
    )
