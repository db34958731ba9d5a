"""Work orders of a plausible week in an ops database: for tests of pages and API, and benchmarks.

``fill_orders`` proposes orders at the sites of a table of cells and leads them through whole lives,
each step at its own time before ``at``; ``plan_of`` gives the teams their stops.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from dashboard.dispatch.desk import DispatchDesk
from dashboard.dispatch.model import Draft, Order, Step
from dashboard.dispatch.plans import Plans, Stop
from dashboard.dispatch.proofs import Proof, Proofs
from dashboard.dispatch.settings import DispatchSettings
from dashboard.dispatch.sla import make_rules
from dashboard.dispatch.store import Orders
from dashboard.dispatch.verify import Facts, KpiFact
from dashboard.dispatch.verify_settings import VerifySettings
from dashboard.dispatch.verifying import look_at
from dashboard.ops.engine import open_ops

CAUSES = ("hardware", "interference", "congestion", "transport", "coverage", "sleeping_cell")
SKILL = {"hardware": "radio", "interference": "interference", "congestion": "capacity",
         "transport": "transmission", "coverage": "antenna", "sleeping_cell": "remote"}  # fmt: skip
REMOTE = ("congestion", "sleeping_cell")
RELAPSE = "掉线率 20 小时内两次越过常态上限"
PEOPLE = ("王工", "李敏", "赵强")
# Team, name, skills, and where its base lies.
TEAMS = (
    ("T01", "城东一队", "radio;transmission", 116.49, 39.93),
    ("T02", "城东二队", "interference;antenna;radio", 116.52, 39.90),
    ("T03", "城西一队", "radio;transmission", 116.24, 39.92),
    ("T04", "城西二队", "interference;antenna", 116.29, 39.96),
    ("T05", "城北一队", "radio;antenna", 116.37, 40.07),
    ("T06", "城北二队", "transmission;radio", 116.41, 40.02),
    ("T07", "城南一队", "radio;antenna", 116.34, 39.80),
    ("T08", "通州一队", "radio;transmission", 116.66, 39.90),
    ("T09", "顺义一队", "radio;antenna;transmission", 116.66, 40.13),
    ("T10", "优化中心", "remote;capacity;analysis", 116.40, 39.91),
)
MIN, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
# State in which an order ends, and its weight among a hundred orders.
ENDS = (("proposed", 22), ("accepted", 12), ("dispatched", 12), ("on_site", 9), ("repaired", 15),
        ("verified", 9), ("closed", 7), ("rejected", 6), ("cancelled", 3),
        ("reopened", 5))  # fmt: skip


def fill_orders(
    data, cells: pd.DataFrame, *, at: datetime, count: int = 60, seed: int = 5, grain: int = 1
) -> list[Order]:
    """Orders in every state, with their events; returns them as they stand at ``at``.

    Args:
        data: the data directory.
        cells: ``cell_id, name, site_id, region_id, longitude, latitude, probability,
            expected_low_complaints, subscribers``; the most probable sites come first.
        at: the present moment, by the clock of the facts.
        count: orders.
        seed: of what chance decides.
        grain: so many orders share their times: quicker to write where there are thousands.
    """
    random = np.random.default_rng(seed)
    drafts = drafts_of(cells, count, at=at)
    ends = [state for state, weight in ENDS for _ in range(weight)]
    lives = [
        life(ends[int(len(ends) * (0.618034 * k % 1))], random) for k in range(-(-count // grain))
    ]
    # Moment, number of the step, life: all in the order in which they happened.
    script = sorted(
        ((at - ago).replace(microsecond=0), n, k)
        for k, steps in enumerate(lives)
        for n, (ago, _) in enumerate(steps)
    )
    engine = open_ops(data)
    orders, ids = Orders(engine), defaultdict(list)
    try:
        for moment, n, k in script:
            step, group = lives[k][n][1], drafts[k * grain : (k + 1) * grain]
            if step.kind == "propose":
                made = orders.propose(group, at=moment, step=step)
                ids[k] = [one.order.id for one in made]
            elif step.kind in ("assign", "dispatch"):
                for order_id, draft in zip(ids[k], group, strict=True):
                    team = Step(step.kind, step.who, step.actor, step.reason,
                                {"team_id": draft.team_id})  # fmt: skip
                    orders.act(order_id, [team], at=moment)
            else:
                done = orders.act_on_many([(one, None) for one in ids[k]], [step], at=moment)
                assert not done.refused, done.refused
        Plans(engine).replace(plan_of(_all(orders, ids), at), at)
        return _all(orders, ids)
    finally:
        engine.dispose()


def drafts_of(cells: pd.DataFrame, count: int, *, at: datetime) -> list[Draft]:
    """A draft per site and cause, the sites at risk first."""
    ranked = cells.sort_values("probability", ascending=False, na_position="last")
    sites = list(ranked.groupby("site_id", sort=False))
    made = []
    for n in range(count):
        site_id, rows = sites[n % len(sites)]
        cause = CAUSES[(n // len(sites) + n % len(sites)) % len(CAUSES)]
        rows = rows.head(1 + n % 3)
        first = rows.iloc[0]
        expected = float(rows["expected_low_complaints"].fillna(0.05).sum())
        place = (float(first["longitude"]), float(first["latitude"]))
        works = {"work_id": f"W{n}", "kind": "cutover",
                 "starts_at": (at + 6 * HOUR).isoformat()}  # fmt: skip
        evidence = {"kind": "kpi", "kpi": "drop_rate_pct", "window": "24h", "value": 1.42,
                    "normal": 0.31, "hours": 31.0}  # fmt: skip
        made.append(Draft(
            site_id=str(site_id),
            cause=cause,
            cell_ids=tuple(sorted(rows["cell_id"])),
            title=str(first["name"]).rsplit("-", 1)[0],
            region_id=first["region_id"],
            longitude=place[0],
            latitude=place[1],
            as_of=at - 30 * MIN,
            probability=float(np.nan_to_num(first["probability"], nan=0.02)),
            expected=round(expected, 3),
            avoided=round(expected * (0.35 + 0.05 * (n % 7)), 3),
            users=float(rows["subscribers"].fillna(500).sum()),
            skill=SKILL[cause],
            hours=1.0 + 0.5 * (n % 4),
            on_site=cause not in REMOTE,
            team_id=_team(SKILL[cause], place, n),
            evidence=(evidence,),
            works=(works,) if n % 9 == 4 else (),
        ))  # fmt: skip
    return made


def life(end: str, random: np.random.Generator) -> list[tuple[timedelta, Step]]:
    """Steps to that state: how long before the present each was taken, the first first."""
    late = random.random() < 0.25
    person = PEOPLE[int(random.integers(len(PEOPLE)))]
    propose = Step("propose", "foresite", "system")
    accept, dispatch = Step("accept", person), Step("dispatch", person)
    arrive, repair = (
        Step("arrive", "抢修班组", "crew"),
        Step("repair", "抢修班组", "crew", details={"found_cause": "hardware"}),
    )
    verify, close = Step("verify", "foresite", "system"), Step("close", "foresite", "system")
    warn = Step("warn", "foresite", "system", details={"timer": "accept"})
    missed = Step("escalate", "foresite", "system", details={"timer": "accept"})
    path = {
        "proposed": [propose],
        "accepted": [propose, accept],
        "dispatched": [propose, accept, dispatch],
        "on_site": [propose, accept, dispatch, arrive],
        "repaired": [propose, accept, dispatch, arrive, repair],
        "verified": [propose, accept, dispatch, arrive, repair, verify],
        "closed": [propose, accept, dispatch, arrive, repair, verify, close],
        "rejected": [propose, Step("reject", person, reason="no_fault: 现场各项指标正常")],
        "cancelled": [propose, accept, Step("cancel", person, reason="duplicate: 与综维工单重复")],
        "reopened": [propose, accept, dispatch, arrive, repair,
                     Step("reopen", "foresite", "system", reason=RELAPSE)],
    }[end]  # fmt: skip
    # Time between two steps, the last one being the time since then.
    if end in ("proposed", "reopened"):
        gaps = [random.uniform(1, 11) if not late else random.uniform(17, 70)]
    elif end in ("verified", "closed", "rejected", "cancelled", "repaired"):
        gaps = [random.uniform(60, 1300)]
    else:
        gaps = [random.uniform(4, 55) if not late else random.uniform(130, 170)]
    usual = {"accept": (3, 14), "dispatch": (4, 25), "arrive": (25, 80), "repair": (35, 150),
             "verify": (4400, 4700), "close": (60, 900), "reopen": (700, 1500),
             "reject": (5, 60), "cancel": (30, 120)}  # fmt: skip
    for step in reversed(path[1:]):
        gaps.insert(0, random.uniform(*usual[step.kind]))
    steps, ago = [], sum(gaps)
    for step, gap in zip(path, gaps, strict=True):
        steps.append((ago * MIN, step))
        ago -= gap
    if end == "proposed" and late:
        begun = steps[0][0]
        steps += [(begun - 10 * MIN, warn), (begun - 15 * MIN, missed)]
    if end == "on_site" and random.random() < 0.5:
        steps.append((2 * MIN, Step("comment", person, reason="已联系物业，等待开机房门")))
    return steps


def plan_of(orders: Iterable[Order], at: datetime) -> list[Stop]:
    """Each team's orders one after the other from now on, at 30 km/h as the crow flies."""
    bases = {team: (lon, lat) for team, _, _, lon, lat in TEAMS}
    stops, free = [], {}
    waiting = [o for o in orders if o.state in ("accepted", "dispatched", "on_site", "proposed")]
    order_of = {"on_site": 0, "dispatched": 1, "accepted": 2, "proposed": 3}
    for order in sorted(waiting, key=lambda o: (order_of[o.state], o.id)):
        team = order.team_id or order.draft.team_id
        place, moment, last = free.get(team, (0, at, bases[team]))
        here = (order.draft.longitude, order.draft.latitude)
        travel = 60 * _km(last, here) / 30 if order.draft.on_site else 0.0
        ends = moment + travel * MIN + order.draft.hours * HOUR
        if ends > at + 9 * HOUR:
            continue
        hours = travel / 60 + order.draft.hours
        stops.append(Stop(order.id, team, place + 1, moment, moment + travel * MIN, ends, travel,
                          60 * order.draft.hours, (order.draft.avoided or 0) / hours))  # fmt: skip
        free[team] = (place + 1, ends, here)
    return stops


def team_tables(at: datetime) -> dict[str, pd.DataFrame]:
    """The snapshot's tables ``teams`` and ``shifts``: all teams by day, two of them by night."""
    day = pd.Timestamp(at).tz_convert("Asia/Shanghai").normalize()
    teams = pd.DataFrame(
        [
            {"team_id": team, "name": name, "skills": skills, "longitude": lon, "latitude": lat,
             "region_ids": ""}
            for team, name, skills, lon, lat in TEAMS
        ]
    )  # fmt: skip
    shifts = []
    for n, (team, *_) in enumerate(TEAMS):
        for ahead in (0, 1):
            start = day + pd.Timedelta(days=ahead, hours=20 if n % 5 == 4 else 8 + n % 3)
            shifts.append({"team_id": team, "starts_at": start, "ends_at": start + 9 * HOUR})
    return {"teams": teams, "shifts": pd.DataFrame(shifts)}


def _team(skill: str, place: tuple[float, float], n: int) -> str:
    able = sorted(
        (team for team in TEAMS if skill in team[2].split(";")),
        key=lambda team: _km((team[3], team[4]), place),
    )
    return able[n % 2 if len(able) > 1 and n % 5 == 0 else 0][0]


def _km(one: tuple[float, float], other: tuple[float, float]) -> float:
    east = (one[0] - other[0]) * 111.3 * math.cos(math.radians(39.9))
    return math.hypot(east, (one[1] - other[1]) * 111.3)


def _all(orders: Orders, ids: dict[int, list[int]]) -> list[Order]:
    return [orders.get(one) for k in sorted(ids) for one in ids[k]]


def desk_of(data) -> DispatchDesk:
    """The desk over a data directory, with days off of China in Beijing's time."""
    settings = DispatchSettings()
    rules = make_rules(settings.sla, ZoneInfo("Asia/Shanghai"), "CN")
    return DispatchDesk(data, None, settings, rules=rules)


def look_at_proof(orders: Orders, order: Order, at: datetime, *, off: str | None = None) -> Proof:
    """What a look at a repaired order says: KPIs of its cells known since the repair.

    ``off`` names a KPI that is beyond its band for 30 % of these hours in the first cell: too many
    to verify, too few to reopen.
    """
    since = order.repaired_at
    assert since is not None
    known = max(0.0, min(24.0, (at - since) / timedelta(hours=1) - 1))
    names = ("accessibility_pct", "drop_rate_pct", "latency_ms")
    facts = []
    for n, cell in enumerate(order.draft.cell_ids):
        for name in names:
            out = float(round(0.3 * known)) if name == off and n == 0 else 0.0
            facts.append(
                KpiFact(cell, name, known, known, out, known, out, out_since=since,
                        value=3.0, normal=0.4, last=at)
            )  # fmt: skip
    found = Facts(tuple(facts))
    _, proof = look_at(order, found, VerifySettings(), at, at)
    Proofs(orders.engine).replace([proof])
    return proof
