"""The operator's own tile server under the map: the only other host that a page may ask."""

from __future__ import annotations

import ipaddress
import re
from typing import Any, Literal, Self
from urllib.parse import SplitResult, urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:]+\]")
_PLACES = ("{z}", "{x}", "{y}")
# Names that no public server has (RFC 2606, 6762, 8375) or that networks keep for themselves.
_PRIVATE_NAMES = ("localhost", ".local", ".lan", ".internal", ".intranet", ".home.arpa", ".corp")


class TileSettings(BaseModel):
    """Where tiles come from, and how they lie."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str | None = Field(
        None,
        max_length=1000,
        description="Address with `{z}`, `{x}` and `{y}`, such as "
        "`https://tiles.example.net/dark/{z}/{x}/{y}.png`; `http` only for private hosts. Without "
        "it the map asks nobody but this server.",
    )
    kind: Literal["raster", "vector"] = Field(
        "raster", description="Pictures, or vector tiles in OpenMapTiles' schema."
    )
    coordinates: Literal["wgs84", "gcj02"] = Field(
        "wgs84",
        description="Coordinate system of the tiles; with `gcj02` the map's own layers are drawn "
        "in it too, from the next forecast on.",
    )
    attribution: str = Field(
        "", max_length=300, description="Who is to be named in a corner of the map."
    )
    min_zoom: int = Field(0, ge=0, le=24, description="First zoom that the server has.")
    max_zoom: int = Field(
        18, ge=0, le=24, description="Last zoom that the server has; magnified beyond it."
    )
    tile_size: Literal[256, 512] = Field(
        256, description="Width of a picture in pixels; of no meaning for vector tiles."
    )

    @field_validator("coordinates", mode="before")
    @classmethod
    def _not_baidu(cls, system: Any) -> Any:  # noqa: ANN401 - as it stands in the file
        if system == "bd09":
            raise ValueError(
                "Baidu's tiles have another grid, which this map cannot show; use tiles in wgs84 "
                "or gcj02"
            )
        return system

    @field_validator("url")
    @classmethod
    def _usable(cls, url: str | None) -> str | None:
        if url is None:
            return None
        missing = [place for place in _PLACES if place not in url]
        if missing:
            raise ValueError(f"{', '.join(missing)} missing; the address needs {{z}}, {{x}}, {{y}}")
        parts = _split(url)
        if parts.username is not None or parts.password is not None:
            raise ValueError("no user or password in the address: every browser would see it")
        host = parts.hostname or ""
        shown = f"[{host}]" if ":" in host else host
        if not _HOST.fullmatch(shown) or "{" in parts.netloc:
            raise ValueError("the address must name one host, without placeholders in it")
        if parts.scheme == "http" and not _private(host):
            raise ValueError(f"http is for private hosts only; use https for {host}")
        return url

    @model_validator(mode="after")
    def _zooms_rise(self) -> Self:
        if self.min_zoom > self.max_zoom:
            raise ValueError(f"min_zoom = {self.min_zoom} is above max_zoom = {self.max_zoom}")
        return self

    @property
    def system(self) -> str:
        """The coordinate system in which the map draws its own layers."""
        return "wgs84" if self.url is None else self.coordinates

    @property
    def origin(self) -> str | None:
        """Scheme, host and port, as a Content Security Policy names them."""
        if self.url is None:
            return None
        parts = _split(self.url)
        return f"{parts.scheme}://{parts.netloc}".lower()

    def for_browser(self) -> dict[str, Any] | None:
        """What the map needs to know of it; None where there is none."""
        return None if self.url is None else self.model_dump(mode="json")


def _split(url: str) -> SplitResult:
    if not url.isascii() or re.search(r"[\s;,'\"<>\\]", url):
        raise ValueError("the address holds a space, a quote or another sign that URLs must encode")
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"}:
        raise ValueError("the address must begin with https:// (http:// for private hosts)")
    try:
        port = parts.port
    except ValueError as error:
        raise ValueError("the address has an impossible port") from error
    if not parts.netloc or port == 0:
        raise ValueError("the address names no host")
    return parts


def _private(host: str) -> bool:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return "." not in host or host.endswith(_PRIVATE_NAMES)
    return address.is_private or address.is_loopback or address.is_link_local
