"""KPIs of one hour: the cell's own level, the load of the hour, the hidden fault, and noise."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ingest.simulator import causes
from ingest.simulator.city import City
from ingest.simulator.rng import Stream, stream
from ingest.simulator.state import Hour

Array = NDArray[np.float64]

# Noise of an hourly value: standard deviation in the KPI's unit, or of its logarithm.
_ADDED = {
    "availability_pct": 0.05,
    "accessibility_pct": 0.35,
    "handover_success_pct": 1.1,
    "rsrp_dbm": 1.4,
    "sinr_db": 1.2,
    "interference_dbm": 1.6,
    "voice_mos": 0.10,
}
_SCALED = {
    "drop_rate_pct": 0.38,
    "packet_loss_pct": 0.45,
    "throughput_dl_mbps": 0.18,
    "throughput_ul_mbps": 0.22,
    "latency_ms": 0.14,
}
_LIMITS = {
    "availability_pct": (0, 100), "accessibility_pct": (0, 100), "handover_success_pct": (0, 100),
    "drop_rate_pct": (0, 100), "packet_loss_pct": (0, 100), "rsrp_dbm": (-140, -50),
    "sinr_db": (-20, 40), "interference_dbm": (-126, -60), "voice_mos": (1, 5),
}  # fmt: skip
NAMES = (
    "availability_pct", "accessibility_pct", "handover_success_pct", "drop_rate_pct",
    "packet_loss_pct", "prb_util_dl_pct", "prb_util_ul_pct", "throughput_dl_mbps",
    "throughput_ul_mbps", "latency_ms", "rsrp_dbm", "sinr_db", "interference_dbm", "voice_mos",
    "active_users", "traffic_dl_gb", "traffic_ul_gb",
)  # fmt: skip

_LOST = 0.0025  # share of rows that never arrive
_LOST_BROKEN = 0.15  # … of a cell whose hardware is badly broken


def _table(attribute: str) -> dict[str, Array]:
    names = {name for cause in causes.CAUSES for name in getattr(cause, attribute)}
    return {n: np.array([getattr(c, attribute).get(n, 0.0) for c in causes.CAUSES]) for n in names}


_ADD, _LOG = _table("add"), _table("log")


def measure(city: City, hour: Hour) -> tuple[dict[str, NDArray[np.float32]], NDArray[np.bool_]]:
    """The KPI columns of one hour, one value per cell, and which rows arrive at all."""
    rng = stream(city.seed, Stream.KPIS, int(hour.local.timestamp() // 3600))
    n = len(city.cells)
    shown = hour.strength * hour.gain
    values: dict[str, Array] = {}
    for name, deviation in _ADDED.items():
        change = _ADD[name][hour.kind] * shown if name in _ADD else 0.0
        values[name] = city.base[name] + change + rng.normal(0, deviation, n)
    for name, deviation in _SCALED.items():
        change = _LOG[name][hour.kind] * shown if name in _LOG else 0.0
        added = _ADD[name][hour.kind] * shown if name in _ADD else 0.0
        values[name] = city.base[name] * np.exp(change + rng.normal(0, deviation, n)) + added
    _load_effects(city, hour, shown, values, rng)
    for name, (low, high) in _LIMITS.items():
        values[name] = np.clip(values[name], low, high)
    broken = (hour.kind == causes.INDEX["hardware"]) & (shown > 0.7)
    arrives = rng.random(n) >= np.where(broken, _LOST_BROKEN, _LOST)
    return {name: values[name].round(3).astype(np.float32) for name in NAMES}, arrives


def _load_effects(
    city: City, hour: Hour, shown: Array, values: dict[str, Array], rng: np.random.Generator
) -> None:
    n = len(city.cells)
    kept = np.exp(_LOG["active_users"][hour.kind] * shown)
    users = hour.users * kept
    # Users of a sleeping cell are carried by the cells that face it.
    gone = np.where(hour.kind == causes.INDEX["sleeping_cell"], hour.users - users, 0.0)
    taken = np.zeros(n)
    np.add.at(taken, city.heard.ravel(), np.repeat(gone / city.heard.shape[1], city.heard.shape[1]))
    swell = 1 + taken / np.maximum(users, 1.0)
    load = hour.load * np.minimum(swell, 2.5)
    users = (users + taken) * rng.lognormal(0, 0.1, n)
    used = load / np.cbrt(1 + load**3)
    values["prb_util_dl_pct"] = np.clip(100 * used * rng.lognormal(0, 0.07, n), 0, 100)
    values["prb_util_ul_pct"] = np.clip(58 * used * rng.lognormal(0, 0.1, n), 0, 100)
    squeeze = 1 / (1 + 1.6 * load**3)
    values["throughput_dl_mbps"] = values["throughput_dl_mbps"] * squeeze
    values["throughput_ul_mbps"] = values["throughput_ul_mbps"] / (1 + 0.8 * load**3)
    values["latency_ms"] = values["latency_ms"] * (1 + 1.4 * np.maximum(0, load - 0.6))
    values["active_users"] = users
    nr = (city.cells["technology"] == "NR").to_numpy()
    per_user = np.where(nr, 0.11, 0.045)
    values["traffic_dl_gb"] = users * per_user * rng.lognormal(0, 0.12, n)
    values["traffic_ul_gb"] = values["traffic_dl_gb"] * rng.lognormal(np.log(0.12), 0.1, n)
