"""How customers of a network are served and complain: what tells the cells around a place apart.

The chance that a complaint from a place is a cell's is Bayes' rule over the cells around:

    chance ∝ density x (users + company x named) x rate(technology) x P(kind | technology)
             x exp(place x [its words name the cell's place])

all of it to the power of a sharpness that makes the chances neither bolder nor shyer than they
prove (1 without history).

- density: of the cell's users at the place (``geo.serving``);
- users: subscribers, as a multiple of the median cell's;
- named: complaints around that time that do name this cell, each counted exp(-|hours apart| / 48):
  troubles last for days, and whoever names the cell speaks for those who do not;
- rate: complaints per subscriber of the cell's technology;
- kind: the ticket's service and the generations it mentions.

:class:`Habits` are the numbers in it; ``cells.serving_learn`` takes them from history, and
``cells.blame`` adds what the users of each cell suffered just before.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

from forecasting.cells.serving_words import kinds, named_places, place_word
from forecasting.errors import ModelError
from geo.masts import Masts, expand
from geo.serving import ServingModel

Array = npt.NDArray[np.float64]
Index = npt.NDArray[np.int64]

COMPANY_H = 48.0
_FAR = 6.0 * COMPANY_H  # farther apart a complaint counts less than 1 in 400: nothing
_SPAN = 1e9  # hours, more than any two moments lie apart


@dataclass(frozen=True)
class Habits:
    """What is known of the ways of a network's customers; the defaults need no history.

    Attributes:
        geometry: how a cell's users lie around its mast.
        company: users (multiples of the median cell's) that one complaint naming the cell is worth.
        sharpness: power to which the chances are taken before they are made to sum to 1.
        place: logarithm of how much likelier a cell is whose place the words name.
        kinds: kind of ticket, technology, logarithm of P(kind | technology) / P(kind).
        rates: technology, logarithm of its complaints per subscriber over all cells'.
        tickets: learned from so many tickets with both cell and position.
    """

    geometry: ServingModel = field(default_factory=ServingModel)
    company: float = 1.0
    sharpness: float = 1.0
    place: float = 0.0
    kinds: tuple[tuple[str, str, float], ...] = ()
    rates: tuple[tuple[str, float], ...] = ()
    tickets: int = 0

    def to_json(self) -> str:
        """As JSON text, keys sorted."""
        return json.dumps(asdict(self), ensure_ascii=False, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Habits:
        """The habits that ``to_json`` wrote.

        Raises:
            ModelError: the text is not such.
        """
        try:
            told = json.loads(text)
            shape = told["geometry"]
            shape["reach_of"] = tuple((str(t), float(f)) for t, f in shape["reach_of"])
            return cls(
                geometry=ServingModel(**shape),
                company=float(told["company"]),
                sharpness=float(told["sharpness"]),
                place=float(told["place"]),
                kinds=tuple((str(k), str(t), float(v)) for k, t, v in told["kinds"]),
                rates=tuple((str(t), float(v)) for t, v in told["rates"]),
                tickets=int(told["tickets"]),
            )
        except (ValueError, TypeError, KeyError) as error:
            raise ModelError(f"not the habits of a network's customers: {error}") from None


class Crowd:
    """The cells of an inventory as attribution sees them; arrays in the order of ``masts``.

    Args:
        cells: ``cell_id, longitude, latitude`` and, each if it is there, ``azimuth_deg, name,
            technology, subscribers``.
    """

    def __init__(self, cells: pd.DataFrame) -> None:
        self.masts = Masts.of(cells)
        ordered = cells.iloc[self.masts.row]
        self.technology = _column(ordered, "technology", "").astype(str)
        self.technologies, code = np.unique(self.technology, return_inverse=True)
        self.code = code.astype(np.int64)
        self.words = np.array([place_word(n) for n in _column(ordered, "name", "")], dtype=object)
        given = pd.to_numeric(pd.Series(_column(ordered, "subscribers", np.nan)), errors="coerce")
        positive = given.astype(float).where(given > 0)
        median = positive.median()
        self.users = (positive / median).fillna(1.0).to_numpy(float)
        self.numbers = pd.Index(self.masts.cell_ids)

    def scale(self, model: ServingModel) -> Array:
        """Multiple of the reach of every cell."""
        factors = dict(model.reach_of)
        return np.array([factors.get(t, 1.0) for t in self.technology], dtype=np.float64)


def _column(frame: pd.DataFrame, name: str, otherwise: object) -> npt.NDArray[np.object_]:
    if name not in frame:
        return np.full(len(frame), otherwise, dtype=object)
    values = frame[name].astype(object)
    return values.where(values.notna(), otherwise).to_numpy(object)


@dataclass(frozen=True)
class Named:
    """Complaints that name their cell, by cell and time.

    Attributes:
        key: cell x span + hour, ascending: one search finds a cell's complaints around a moment.
        hour: hours since 1970.
        ticket: their ids.
    """

    key: Array
    hour: Array
    ticket: npt.NDArray[np.object_]

    @classmethod
    def of(cls, tickets: pd.DataFrame, crowd: Crowd) -> Named:
        """Of tickets with ``ticket_id, cell_id, created_at``; cells that are not there are none."""
        if "created_at" not in tickets:
            tickets = tickets.iloc[:0].assign(created_at=pd.Series(dtype="datetime64[us, UTC]"))
        cell = crowd.numbers.get_indexer(pd.Index(tickets["cell_id"]))
        there = np.flatnonzero(cell >= 0)
        hour = hours(tickets["created_at"].iloc[there])
        ticket = tickets["ticket_id"].to_numpy(object)[there]
        key = cell[there] * _SPAN + hour
        order = np.lexsort((ticket.astype(str), key))
        return cls(key[order], hour[order], ticket[order])

    def company(
        self, cell: Index, hour: Array, ticket: npt.NDArray[np.object_] | None = None
    ) -> Array:
        """Complaints naming each cell around each hour, the nearer the more; one's own left out."""
        middle = cell * _SPAN + hour
        start = np.searchsorted(self.key, middle - _FAR)
        stop = np.searchsorted(self.key, middle + _FAR, side="right")
        pair, other = expand(
            start.astype(np.int64), stop.astype(np.int64), np.arange(len(self.key))
        )
        worth = np.exp(-np.abs(self.hour[other] - hour[pair]) / COMPANY_H)
        if ticket is not None:
            worth = np.where(self.ticket[other] == ticket[pair], 0.0, worth)
        return np.bincount(pair, weights=worth, minlength=len(cell)).astype(np.float64)


def hours(moments: pd.Series) -> Array:
    """Hours since 1970 of aware moments."""
    since = pd.to_datetime(moments, utc=True) - pd.Timestamp(0, tz="UTC")
    return np.asarray(since.dt.total_seconds() / 3600, dtype=np.float64)


@dataclass(frozen=True)
class Evidence:
    """What besides geometry tells the cells of each ticket apart; arrays by pair.

    Attributes:
        users: of the cell.
        company: complaints naming the cell around then.
        place: 1.0 where the words name the cell's place.
        said: logarithm of rate and P(kind | technology).
    """

    users: Array
    company: Array
    place: Array
    said: Array

    def log(self, habits: Habits) -> Array:
        """Logarithm of what the geometric density is to be multiplied with."""
        rate = np.log(self.users + habits.company * self.company)
        return np.asarray(rate + habits.place * self.place + self.said)


def gather(
    tickets: pd.DataFrame,
    pairs: tuple[Index, Index],
    crowd: Crowd,
    named: Named,
    habits: Habits,
) -> Evidence:
    """Evidence of pairs of a ticket (its number) and a cell (its number)."""
    ticket, cell = pairs
    company = np.zeros(len(ticket))
    if "created_at" in tickets and len(named.key):
        own = tickets["ticket_id"].to_numpy(object)[ticket]
        company = named.company(cell, hours(tickets["created_at"])[ticket], own)
    place = np.zeros(len(ticket))
    if habits.place != 0.0:
        place = named_places(tickets, crowd.words, ticket, cell).astype(np.float64)
    said = np.asarray(said_of(tickets, crowd, habits)[ticket, crowd.code[cell]])
    return Evidence(np.asarray(crowd.users[cell]), company, place, said)


def said_of(tickets: pd.DataFrame, crowd: Crowd, habits: Habits) -> Array:
    """Logarithm of rate x P(kind | technology) / P(kind), shape (tickets, technologies sorted)."""
    names = crowd.technologies
    rates = dict(habits.rates)
    usual = np.array([rates.get(str(name), 0.0) for name in names])
    table = np.tile(usual, (len(tickets), 1))
    if habits.kinds:
        told = {(kind, technology): value for kind, technology, value in habits.kinds}
        codes, present = pd.factorize(kinds(tickets))
        ratios = np.array(
            [[told.get((str(kind), str(name)), 0.0) for name in names] for kind in present]
        ).reshape(len(present), len(names))
        table += ratios[codes]
    return table
