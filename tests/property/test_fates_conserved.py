"""Conservation: every red of every forecast has exactly one fate, or is not yet due.

Whatever came, in whatever order it was delivered and however often it was judged in between.
"""

from __future__ import annotations

import random
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pandas as pd
import pytest

from forecasting.fates.due import due
from forecasting.fates.mark import FATES
from ingest.order_rows import OrderAbout, OrderEvent
from ingest.orders import OrderMirror
from tests.support.forecasts import FIRST, HOUR, SETTINGS, STATUS, Forecasts

CELLS = list(STATUS)
END = FIRST + timedelta(days=14)


def story(seed: int) -> dict[str, list]:
    """Forecasts, complaints, works and orders of two weeks, at whole and broken hours."""
    chance = random.Random(seed)

    def moment() -> object:
        return FIRST + timedelta(minutes=30 * chance.randrange(24 * 28))

    forecasts = [
        (
            FIRST + n * 15 * HOUR,
            {c: chance.choice(["red", "red", "yellow", "green"]) for c in CELLS},
        )
        for n in range(19)
    ]
    complaints = [
        (chance.choice(CELLS), at := moment(), chance.choice([1, 3, 6, 7, 10]),
         at + HOUR * chance.randrange(1, 60))
        for _ in range(12)
    ]  # fmt: skip
    works = [(moment(), {"cell_id": chance.choice(CELLS)}) for _ in range(3)]
    works += [(moment(), {"site_id": f"s{chance.randrange(3)}"}) for _ in range(2)]
    events: list[OrderEvent] = []
    about: list[OrderAbout] = []
    steps = sorted((moment(), n) for n in range(8) for _ in range(2))
    opened: set[int] = set()
    for number, (at, n) in enumerate(steps, 1):
        name, new = f"WO-{n:06d}", n not in opened
        kind, state = ("propose", "proposed") if new else ("repair", "repaired")
        events.append(OrderEvent(number, name, 1 + (not new), kind, state, at, "crew"))
        if new:
            opened.add(n)
            cells = tuple(chance.sample(CELLS, chance.choice([1, 2])))
            site = chance.choice(["s0", "s1", "elsewhere"])
            about.append(
                OrderAbout(name, number, at, site, None, "hardware", cells, None, None, None)
            )
    return {"forecasts": forecasts, "complaints": complaints, "works": works, "events": events,
            "about": about}  # fmt: skip


def filled(data: Path, told: dict[str, list], seed: int, judged_at: list) -> Forecasts:
    """The same story in another order, the orders in other parts, judged in between."""
    chance = random.Random(seed)
    room = Forecasts(data)
    for as_of, status in told["forecasts"]:
        room.forecast(as_of, status=status)
    for cell, at, score, closed in chance.sample(told["complaints"], len(told["complaints"])):
        room.complain(cell, at, score, closed_at=closed)
    for at, place in chance.sample(told["works"], len(told["works"])):
        room.work(at, **place)
    events, mirror = told["events"], OrderMirror(room.connection)
    cuts = sorted(chance.sample(range(1, len(events)), len(judged_at)))
    for start, stop, moment in zip([0, *cuts], [*cuts, None], [*judged_at, None], strict=True):
        part = events[start:stop]
        ids = {event.event_id for event in part}
        mirror.add([row for row in told["about"] if row.event_id in ids], part)
        if moment is not None:
            room.judge(moment)
    return room


@pytest.mark.parametrize("seed", [1, 2])
def test_every_red_has_one_fate_and_counts_add_up(tmp_path: Path, seed: int) -> None:
    told = story(seed)
    room = filled(tmp_path / "one", told, seed, [])
    for moment in (FIRST + timedelta(days=5, hours=7), END):
        tables = room.told(moment)
        made = room.connection.execute(
            "SELECT epoch_us(as_of), cell_id, fate FROM forecast_fates WHERE status = 'red'"
        ).fetchall()
        of_red = Counter((as_of, cell) for as_of, cell, _ in made)
        assert set(of_red.values()) == {1}
        assert {fate for *_, fate in made} <= set(FATES) - {"miss"}
        by_run = Counter(as_of for as_of, _ in of_red)
        waiting = 0
        for as_of, status in told["forecasts"]:
            if as_of > moment:
                continue
            reds = sum(colour == "red" for colour in status.values())
            if due(as_of, SETTINGS.horizon_h, moment) is None:
                waiting += reds
                reds = 0
            assert by_run[round(as_of.timestamp() * 1e6)] == reds, as_of
        shown = tables["accuracy_reds"]
        assert shown.loc[shown["fate"] == "waiting", "reds"].sum() == waiting
        known = [s for as_of, s in told["forecasts"] if as_of <= moment]
        every = sum(colour == "red" for status in known for colour in status.values())
        assert shown["reds"].sum() == every
        treated = shown[shown["fate"].isin(["treated", "treated_not"])]
        assert treated["treatment"].isin(["works", "order"]).all()
    room.close()


def test_the_order_of_deliveries_moves_no_fate(tmp_path: Path) -> None:
    told = story(3)
    plain = filled(tmp_path / "plain", told, 0, [])
    expected = plain.told(END)
    stored = plain.stored()
    plain.close()
    # events that arrive after forecasts were judged by later knowledge let them be judged anew
    moments = [FIRST + timedelta(days=9), FIRST + timedelta(days=12), END]
    room = filled(tmp_path / "other", told, 5, moments)
    for name, frame in room.told(END).items():
        pd.testing.assert_frame_equal(frame, expected[name], check_exact=True, obj=name)
    assert room.stored() == stored
    room.close()
    assert expected["accuracy_reds"]["treatment"].eq("order").any()
