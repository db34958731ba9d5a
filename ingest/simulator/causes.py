"""Hidden causes: how often they come, how long they stay, what they do to KPIs and to users."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np

NONE = 0


@dataclass(frozen=True)
class Cause:
    """One kind of trouble.

    Attributes:
        name: the word that ``truth/`` uses.
        per_cell_day: mean new faults per cell and day (per site and day when ``site_wide``).
        mean_hours: mean duration; the end is memoryless, so nothing but its presence is known.
        ramp_hours: time until the full effect.
        felt: share of the severity that users feel.
        site_wide: all cells of a site together.
        daytime: only between 8 and 20 o'clock for half of the faults.
        add: KPI → change at severity 1, in the KPI's unit.
        log: KPI → change of the natural logarithm at severity 1.
        load: change of the logarithm of the offered load at severity 1.
    """

    name: str
    per_cell_day: float
    mean_hours: float
    ramp_hours: float = 1.0
    felt: float = 1.0
    site_wide: bool = False
    daytime: bool = False
    add: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    log: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    load: float = 0.0


# Index 0 is "no fault". After works: started by a work that went wrong, not by chance.
CAUSES: tuple[Cause, ...] = (
    Cause("none", 0.0, 1.0, felt=0.0),
    Cause(
        "hardware",
        per_cell_day=0.0024,
        mean_hours=70,
        ramp_hours=18,
        add={
            "availability_pct": -35,
            "accessibility_pct": -12,
            "handover_success_pct": -5,
            "voice_mos": -0.7,
        },
        log={"drop_rate_pct": 1.8, "throughput_dl_mbps": -0.7, "throughput_ul_mbps": -0.7},
    ),
    Cause(
        "interference",
        per_cell_day=0.0013,
        mean_hours=96,
        ramp_hours=2,
        site_wide=True,
        daytime=True,
        add={
            "interference_dbm": 16,
            "sinr_db": -8,
            "accessibility_pct": -4,
            "voice_mos": -0.5,
        },
        log={"drop_rate_pct": 1.1, "throughput_ul_mbps": -1.0, "throughput_dl_mbps": -0.4},
    ),
    Cause(
        "coverage",
        per_cell_day=0.0009,
        mean_hours=160,
        ramp_hours=4,
        add={
            "rsrp_dbm": -14,
            "sinr_db": -4,
            "handover_success_pct": -8,
            "voice_mos": -0.6,
        },
        log={"drop_rate_pct": 1.0, "throughput_dl_mbps": -0.6, "active_users": -0.25},
    ),
    Cause(
        "transport",
        per_cell_day=0.0026,
        mean_hours=22,
        ramp_hours=1,
        site_wide=True,
        add={"packet_loss_pct": 7, "voice_mos": -0.9},
        log={"latency_ms": 1.2, "throughput_dl_mbps": -0.8, "throughput_ul_mbps": -0.5},
    ),
    Cause(
        "sleeping_cell",
        per_cell_day=0.0014,
        mean_hours=44,
        ramp_hours=1,
        felt=0.9,
        log={"active_users": -1.8},
        load=-1.8,
    ),
    Cause(
        "after_works",
        per_cell_day=0.0,
        mean_hours=90,
        ramp_hours=1,
        site_wide=True,
        add={"handover_success_pct": -14, "accessibility_pct": -6, "voice_mos": -0.4},
        log={"drop_rate_pct": 0.9},
    ),
    Cause("congestion", per_cell_day=0.0022, mean_hours=110, ramp_hours=6, felt=0.0, load=1.5),
    # Counters that look bad while nobody suffers: test traffic, audits, a noisy neighbour at night.
    Cause(
        "benign",
        per_cell_day=0.0012,
        mean_hours=48,
        ramp_hours=1,
        felt=0.0,
        add={"interference_dbm": 8, "handover_success_pct": -5},
        log={"drop_rate_pct": 0.4},
    ),
)
NAMES: tuple[str, ...] = tuple(cause.name for cause in CAUSES)
INDEX: Mapping[str, int] = MappingProxyType({name: i for i, name in enumerate(NAMES)})

END_PER_HOUR = np.array([0.0] + [1.0 / c.mean_hours for c in CAUSES[1:]])
RAMP_HOURS = np.array([c.ramp_hours for c in CAUSES])
FELT = np.array([c.felt for c in CAUSES])
LOAD = np.array([c.load for c in CAUSES])
SITE_WIDE = np.array([c.site_wide for c in CAUSES])

WORK_GOES_WRONG = 0.22  # share of works that leave bad parameters behind
SEVERITY_LOW, SEVERITY_SPAN = 0.15, 0.80  # severity = low + span × Beta(2, 2)
SEVERITY_MEAN = SEVERITY_LOW + SEVERITY_SPAN / 2
