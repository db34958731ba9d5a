"""A layer set killed at every step: never half a set, and the next run needs no hand."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

# One process that forks a child per point: the child is killed when it reaches it.
FORKING = """
import json, os, signal, sys
from pathlib import Path
import dashboard.layers.build as build
import dashboard.layers.files as stored
from dashboard.basemap.store import basemap_dir, read_base_map
from dashboard.layers import ensure_layers, layers_dir, prune_layers
from dashboard.layers.files import is_name, read_index, verify
from dashboard import basemap
import dashboard.basemap.tend as tend
from geo.settings import GeoSettings
from tests.support.kills import killer
from tests.support.snapshots import tiny
from tests.support.inventory import REGIONS, base_roads

data, settings = Path(sys.argv[1]), GeoSettings(hexagon_resolution=4)
cells = tiny().cells

def work():
    other = cells.iloc[:3]
    made = ensure_layers(data, other, REGIONS, settings=settings)
    made = ensure_layers(data, cells, REGIONS, settings=settings)
    prune_layers(data, [made.name])  # the first one goes
    basemap.add(data, base_roads(), kind="roads", name="r", file="r", system="wgs84")
    basemap.remove(data, "r")

def watched(module, name, reached):
    whole = getattr(module, name)
    def call(*a, **k):
        reached()
        made = whole(*a, **k)
        reached()
        return made
    setattr(module, name, call)

def whole_sets():
    for root in (layers_dir(data), basemap_dir(data)):
        for path in root.iterdir() if root.is_dir() else ():
            if is_name(path.name):
                verify(path, read_index(path))
    for layer in read_base_map(data).layers:
        for name in layer.sets.values():
            read_index(basemap_dir(data) / name)

point, ended = 0, False
while not ended:
    point += 1
    pid = os.fork()
    if pid == 0:
        reached = killer(point)
        watched(build, "write_bands", reached)
        watched(stored.files, "write_durably", reached)
        watched(stored.files, "sync", reached)
        watched(stored.shutil, "rmtree", reached)
        watched(tend, "write_bands", reached)
        work()
        os._exit(0)
    _, status = os.waitpid(pid, 0)
    ended = os.waitstatus_to_exitcode(status) == 0
    assert ended or os.waitstatus_to_exitcode(status) == -signal.SIGKILL, status
    whole_sets()
    if point > 400:
        raise SystemExit("never ended")
    point += 6 if not ended else 0  # every seventh step; the state accumulates
left = sorted(p.name for p in layers_dir(data).iterdir())
print(json.dumps({"points": point, "left": left,
                  "base": sorted(p.name for p in basemap_dir(data).iterdir())}))
"""


@pytest.mark.slow
def test_killed_at_many_steps(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FORKING, str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["points"] > 60
    (only,) = said["left"]  # one whole set, nothing aside
    assert len(only) == 16
    assert said["base"] == ["base.json", "lock", "shapes"]
