"""What the base map consists of: one small file that names its layers, replaced as a whole.

```
DATA/basemap/
  base.json              the layers, in the order in which they were added
  shapes/<hash>.parquet  a layer as it was read: name, rank, geometry (WGS-84)
  <hash>/                its tiles, a layer set like those of DATA/layers/
  lock                   held by who changes it
```
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from dashboard.errors import LayersError
from dashboard.snapshot import files

FILE = "base.json"
LOCK = "lock"
SHAPES = "shapes"


class BaseLayer(BaseModel):
    """One layer of the base map."""

    model_config = ConfigDict(frozen=True)

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,40}$")
    kind: str
    file: str = Field(description="name of the file it was read from")
    features: int
    shapes: str = Field(description="hash of what was read")
    sets: dict[str, str] = Field(description="coordinate system -> layer set")


class BaseMap(BaseModel):
    """All layers."""

    model_config = ConfigDict(frozen=True)

    layers: tuple[BaseLayer, ...] = ()


def basemap_dir(data: Path) -> Path:
    """Where the base map lies."""
    return data / "basemap"


def read_base_map(data: Path) -> BaseMap:
    """The layers there are; none where nothing was added.

    Raises:
        LayersError: the file is unreadable.
    """
    path = basemap_dir(data) / FILE
    try:
        return BaseMap.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return BaseMap()
    except (OSError, ValidationError) as error:
        reason = str(error).splitlines()[0]
        raise LayersError(
            f"{path}: unreadable ({reason}): remove the file and add the base layers again"
        ) from error


def write_base_map(data: Path, base: BaseMap) -> None:
    """Replaces the list; readers see the old one or the new one."""
    text = base.model_dump_json(indent=1)
    files.replace_durably(basemap_dir(data) / FILE, text.encode())


@contextmanager
def base_lock(data: Path) -> Iterator[None]:
    """One writer at a time; waits for another, and goes with the process, however it ends."""
    root = basemap_dir(data)
    root.mkdir(parents=True, exist_ok=True)
    handle = os.open(root / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
