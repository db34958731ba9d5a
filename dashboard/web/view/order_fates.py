"""What became of work orders, and of every red, from the snapshot."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pandas as pd

from dashboard.snapshot import Snapshot
from dashboard.web.view.record import OUTCOMES, TOLD, Chosen, OrderFates


def order_fates(snapshot: Snapshot, since: date, chosen: Chosen, fates: pd.DataFrame) -> OrderFates:
    """As the snapshot knows it.

    Args:
        snapshot: its tables ``accuracy_orders`` and ``accuracy_reds``.
        since: first local day, of the opening or of the forecast.
        chosen: region, cause and technology; orders know no quiet cells.
        fates: of the days that count: ``status, fate, treatment, cells``.
    """
    asked = {
        "since": since,
        "region_id": chosen.region_id,
        "cause": chosen.cause,
        "technology": chosen.technology,
    }
    outcomes = Counter(dict.fromkeys(OUTCOMES, 0))
    reasons: dict[str, Counter[str | None]] = {name: Counter() for name in TOLD}
    for row in snapshot.rows("accuracy_orders", asked):
        outcomes[row["outcome"]] += row["orders"]
        if row["outcome"] in reasons:
            reasons[row["outcome"]][row["reason"]] += row["orders"]
    treated = fates[(fates["status"] == "red") & fates["fate"].isin(["treated", "treated_not"])]
    kinds: Counter[tuple[str, str]] = Counter()
    told = zip(treated["treatment"], treated["fate"], treated["cells"], strict=True)
    for treatment, fate, cells in told:
        # Before orders were known, all treatments were works.
        kinds[treatment if isinstance(treatment, str) else "works", fate] += int(cells)
    reds: Counter[str] = Counter()
    for row in snapshot.rows("accuracy_reds", {"since": since}):
        reds[row["fate"]] += row["reds"]
    return OrderFates(
        outcomes=outcomes,
        reasons={
            name: tuple(sorted(count.items(), key=lambda item: (-item[1], item[0] or "")))
            for name, count in reasons.items()
        },
        causes={
            (row["named"], row["found"]): row["orders"]
            for row in snapshot.rows("accuracy_causes", asked)
        },
        reds=reds,
        treatments=kinds,
    )
