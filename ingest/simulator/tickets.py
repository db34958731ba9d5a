"""Complaints become tickets: who, where, when, in what words, how answered, how scored."""

from __future__ import annotations

import tomllib
from collections import deque
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from functools import cache
from importlib import resources
from typing import Any

import numpy as np

from ingest.simulator import annoyance
from ingest.simulator.city import City
from ingest.simulator.rng import Stream, stream
from ingest.simulator.state import CAUSE_NAMES, Hour, State

_METRES_PER_DEGREE = 111_320.0
_ONLY_POSITION = 0.4  # share of tickets that carry coordinates and no cell
_POSITION_TOO = 0.5  # share of the others that carry coordinates as well
_REGION_TOO = 0.5  # share of tickets with a cell that name the district as well
_RECORDED_SLOWLY = 0.1  # more than a quarter of an hour after the call
_CALLED_BACK = 0.2
_LIMIT = timedelta(hours=48)
VOICE = "语音业务"


@dataclass(frozen=True)
class Ticket:
    """A ticket with all that will ever be known of it, and the hidden truth behind it."""

    ticket_id: str
    created_at: datetime
    recorded_at: datetime
    due_at: datetime
    replied_at: datetime
    closed_at: datetime
    callback_at: datetime | None
    channel: str
    service: str
    category: str
    description: str
    cell_id: str | None
    longitude: float | None
    latitude: float | None
    region_id: str | None
    customer_id: str
    satisfaction: int | None
    callback_satisfaction: int | None
    true_cell: int
    cause: str
    fault: int

    @property
    def low(self) -> bool:
        """Scored at or below 6."""
        return self.satisfaction is not None and self.satisfaction <= 6

    def as_known(self, at: datetime) -> dict[str, Any]:
        """The ticket as its system shows it at that moment."""
        row = {k: v for k, v in asdict(self).items() if k not in ("true_cell", "cause", "fault")}
        closed = self.closed_at <= at
        for name in ("recorded_at", "replied_at", "closed_at", "callback_at"):
            if row[name] is not None and row[name] > at:
                row[name] = None
        if not closed:
            row["satisfaction"] = None
        if row["callback_at"] is None:
            row["callback_satisfaction"] = None
        row["status"] = "closed" if closed else "replied" if self.replied_at <= at else "open"
        return row


@dataclass
class Customers:
    """The last customers who complained, per cell: they are the ones who repeat."""

    recent: dict[int, deque[int]] = field(default_factory=dict)
    count: int = 0

    def draw(self, cell: int, repeated: bool, rng: np.random.Generator) -> int:
        """A customer number; an earlier one of this cell when the complaint is a repetition."""
        known = self.recent.setdefault(cell, deque(maxlen=12))
        if repeated and known:
            return known[int(rng.integers(len(known)))]
        self.count += 1
        known.append(self.count)
        return self.count


@cache
def _texts() -> dict[str, Any]:
    text = resources.files("ingest.simulator").joinpath("texts.toml").read_text("utf-8")
    return tomllib.loads(text)


def draw_tickets(city: City, state: State, customers: Customers, hour: Hour) -> list[Ticket]:
    """The tickets created in this hour; the state's memory of complaints grows by them."""
    hours = int(hour.local.timestamp() // 3600)
    rng = stream(city.seed, Stream.TICKETS, hours)
    words = stream(city.seed, Stream.WORDS, hours)
    caused = rng.poisson(hour.causing[0])
    plain = rng.poisson(hour.background)
    tickets: list[Ticket] = []
    for is_caused, counts in ((True, caused), (False, plain)):
        for cell in np.repeat(np.flatnonzero(counts), counts[counts > 0]):
            said = float(words.random())
            complaint = _Complaint(hour, int(cell), is_caused, len(tickets), said)
            tickets.append(_ticket(city, state, customers, complaint, rng))
    state.memory += caused + plain
    return sorted(tickets, key=lambda t: (t.created_at, t.ticket_id))


@dataclass(frozen=True)
class _Complaint:
    """One complaint before it is filed: the hour, the true cell, and whether it has a cause.

    ``said`` (0 … 1, uniform) decides whether 4G or 5G is mentioned.
    """

    hour: Hour
    cell: int
    caused: bool
    number: int
    said: float

    def low_chance(self, repeated: int, late: int) -> float:
        """Probability that it is scored low, given that it is scored."""
        if not self.caused:
            severity = annoyance.BACKGROUND_SEVERITY
            return float(annoyance.low_share(severity, repeated, late))
        row = 1 + annoyance.COMBINATIONS.index((repeated, late))
        return float(self.hour.causing[row, self.cell] / self.hour.causing[0, self.cell])


def _ticket(
    city: City,
    state: State,
    customers: Customers,
    complaint: _Complaint,
    rng: np.random.Generator,
) -> Ticket:
    hour, cell = complaint.hour, complaint.cell
    repeated = int(rng.random() < hour.repeat[cell])
    late = int(rng.random() < annoyance.LATE)
    cause = CAUSE_NAMES[int(state.blamed[cell])] if complaint.caused else "none"
    created = hour.local + timedelta(seconds=int(rng.integers(3600)))
    minutes = rng.integers(15, 720) if rng.random() < _RECORDED_SLOWLY else rng.integers(1, 15)
    recorded = created + timedelta(minutes=int(minutes))
    answer_h = rng.uniform(48, 96) if late else np.clip(rng.lognormal(np.log(14), 0.7), 0.4, 47.5)
    replied = _whole(recorded + timedelta(hours=float(answer_h) * 0.85))
    closed = _whole(recorded + timedelta(hours=float(answer_h)))
    score = _score(rng, complaint.low_chance(repeated, late))
    callback = second_score = None
    if rng.random() < _CALLED_BACK:
        callback = _whole(closed + timedelta(hours=float(rng.uniform(2, 30))))
        second_score = None if score is None else min(10, score + int(rng.integers(0, 4)))
    customer = f"170{customers.draw(cell, bool(repeated), rng):08d}"
    channel, service, category, text = _words(city, rng, cell, cause, customer)
    text = _generation(str(city.cells["technology"].iat[cell]), service, complaint.said) + text
    lon, lat = _position(city, rng, cell)
    only_position = rng.random() < _ONLY_POSITION
    with_position = only_position or rng.random() < _POSITION_TOO
    with_region = rng.random() < _REGION_TOO and not only_position
    return Ticket(
        ticket_id=f"T{hour.local:%Y%m%d%H}{complaint.number:05d}",
        created_at=created,
        recorded_at=recorded,
        due_at=created + _LIMIT,
        replied_at=replied,
        closed_at=closed,
        callback_at=callback,
        channel=channel,
        service=service,
        category=category,
        description=text,
        cell_id=None if only_position else str(city.cells["cell_id"].iat[cell]),
        longitude=lon if with_position else None,
        latitude=lat if with_position else None,
        region_id=str(city.cells["region_id"].iat[cell]) if with_region else None,
        customer_id=customer,
        satisfaction=score,
        callback_satisfaction=second_score,
        true_cell=cell,
        cause=cause,
        fault=int(state.blamed_fault[cell]) if complaint.caused else 0,
    )


def _whole(moment: datetime) -> datetime:
    return moment.replace(microsecond=0)


def _score(rng: np.random.Generator, low_chance: float) -> int | None:
    """1 … 10, or nothing for the third that never answers; low with exactly ``low_chance``."""
    answers, low, spread = rng.random(), rng.random(), rng.random()
    if answers >= annoyance.SCORED:
        return None
    if low < low_chance:
        return int(np.searchsorted(np.cumsum([0.14, 0.12, 0.22, 0.16, 0.2, 0.16]), spread)) + 1
    return int(np.searchsorted(np.cumsum([0.2, 0.34, 0.26, 0.2]), spread)) + 7


def _pick(rng: np.random.Generator, weighted: list[list[Any]]) -> str:
    weights = np.array([w for _, w in weighted], float)
    return str(weighted[int(rng.choice(len(weighted), p=weights / weights.sum()))][0])


def _words(
    city: City, rng: np.random.Generator, cell: int, cause: str, phone: str
) -> tuple[str, str, str, str]:
    table = _texts()
    kind = table["causes"][cause]
    place = str(city.cells["name"].iat[cell]).split("-")[0].rstrip("0123456789")
    text = str(kind["texts"][int(rng.integers(len(kind["texts"])))]).format(place=place)
    ending = table["endings"][int(rng.integers(len(table["endings"])))]
    text = f"{text}，{ending.format(phone=phone)}" if ending else text
    category = str(kind["categories"][int(rng.integers(len(kind["categories"])))])
    voice = float(table["technologies"][city.cells["technology"].iat[cell]]["voice"])
    services = [[name, w * (voice if name == VOICE else 1.0)] for name, w in kind["services"]]
    return _pick(rng, table["channels"]), _pick(rng, services), category, text


def _generation(technology: str, service: str, said: float) -> str:
    """What the customer says of 4G and 5G before a complaint about data; mostly nothing."""
    if service == VOICE:
        return ""
    sayings = _texts()["technologies"][technology]["data"]
    shares = np.cumsum([share for _, share in sayings])
    return str(sayings[min(int(np.searchsorted(shares, said, "right")), len(sayings) - 1)][0])


def _position(city: City, rng: np.random.Generator, cell: int) -> tuple[float, float]:
    """Where the customer stood: inside the sector's beam, with the error of a phone's position."""
    columns = ("azimuth_deg", "longitude", "latitude")
    facing, longitude, latitude = (float(city.cells[c].to_numpy(float)[cell]) for c in columns)
    azimuth = np.radians(facing + rng.normal(0, 27))
    reach = city.reach_m[cell] * np.sqrt(rng.uniform(0.01, 1.2))
    east = reach * np.sin(azimuth) + rng.normal(0, 60)
    north = reach * np.cos(azimuth) + rng.normal(0, 60)
    lat = latitude + north / _METRES_PER_DEGREE
    lon = longitude + east / (_METRES_PER_DEGREE * np.cos(np.radians(lat)))
    return round(float(lon), 6), round(lat, 6)
