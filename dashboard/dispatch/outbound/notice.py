"""What a message is about: an order as it stood after an event, in words of one language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from dashboard.dispatch.model import Event, Order
from ingest.masks import mask_text

MOST_CELLS = 5
MOST_REASONS = 3
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class _Gaps(dict[str, str]):
    """Values of a text; what is not known of them is left out."""

    def __missing__(self, key: str) -> str:
        return "–"


class Texts(Protocol):
    """The words of a language."""

    @property
    def language(self) -> str:
        """``zh`` or ``en``."""

    def __call__(self, key: str, **values: object) -> str:
        """The text of a key, filled in."""

    def get(self, key: str) -> str | None:
        """The text, or None."""


@dataclass(frozen=True)
class Play:
    """What the playbook says of a cause, in one language."""

    action: str
    skill: str
    parts: str


@dataclass(frozen=True)
class Voice:
    """How one endpoint is spoken to.

    Attributes:
        texts: words of its language.
        zone: of the operator.
        plays: by cause.
        pages: address under which people open the pages, without a slash at its end; None:
            messages have no link.
        kpis: what KPIs are called; by their names where they are not here.
    """

    texts: Texts
    zone: ZoneInfo
    plays: Mapping[str, Play]
    pages: str | None = None
    kpis: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True)
class Notice:
    """One event of one order, for one endpoint. Holds no names of persons.

    Attributes:
        order: as it stood after the event.
        event: of which is told.
        voice: how.
    """

    order: Order
    event: Event
    voice: Voice

    @property
    def title(self) -> str:
        """What happened to which order."""
        return self._text("title", event=self.happened, order=self.order.name)

    @property
    def subject(self) -> str:
        """The same with the place, for a mail."""
        return self._text(
            "subject",
            event=self.happened,
            order=self.order.name,
            place=" ".join(self.order.draft.title.split()),
        )

    @property
    def happened(self) -> str:
        """The event in words."""
        return self._text(f"event.{self.event.kind}")

    @property
    def state(self) -> str:
        """The order's state in words."""
        return self.voice.texts(f"order_state.{self.order.state}")

    @property
    def cause(self) -> str:
        """The cause in words; as it came where it has none."""
        cause = self.order.draft.cause
        return self.voice.texts.get(f"cause.{cause}") or cause

    @property
    def play(self) -> Play | None:
        """What is to be done; None for a cause that the playbook does not know."""
        return self.voice.plays.get(self.order.draft.cause)

    @property
    def link(self) -> str | None:
        """The order's page."""
        pages = self.voice.pages
        return f"{pages}/dispatch/{self.order.name}" if pages else None

    @property
    def team_id(self) -> str | None:
        """The team it was given to, else the one that is suggested."""
        return self.order.team_id or self.order.draft.team_id

    @property
    def reason(self) -> str:
        """Why, with the code of the reason in words; personal data in it are masked."""
        if proof := self._proof():
            return proof
        code, colon, more = self.event.reason.partition(":")
        known = self.voice.texts.get(f"order_reason.{code.strip()}")
        said = self.event.reason
        if known is not None:
            more = more.strip()
            said = f"{known}{self._text('colon')}{more}" if colon and more else known
        return " ".join((mask_text(said) or "").split())[:300]

    def lines(self) -> list[tuple[str, str]]:
        """Label and value of all that a person wants to know, in the order of reading."""
        draft, play = self.order.draft, self.play
        place = draft.title if draft.site_id in draft.title else f"{draft.title} ({draft.site_id})"
        told = [
            ("place", place),
            ("cells", self._cells()),
            ("cause", self.cause),
            ("action", play.action if play else ""),
            ("skill", play.skill if play else draft.skill),
            ("parts", play.parts if play and draft.on_site else ""),
            ("expected", self._expected()),
            ("users", self._users()),
            ("team", self.team_id or ""),
            ("due", self.moment(draft.due_at) if draft.due_at and self.order.open else ""),
            ("coordinates", self._position()),
            ("timer", self._timer()),
            ("state", self.state),
            ("reason", self.reason),
            ("at", self.moment(self.event.at)),
        ]
        return [(self._text(label), " ".join(value.split())) for label, value in told if value]

    def moment(self, at: datetime) -> str:
        """A time as people say it, in the operator's zone."""
        local = at.astimezone(self.voice.zone)
        return self._text(
            "moment",
            month=local.month if self.voice.texts.language == "zh" else _MONTHS[local.month - 1],
            day=local.day,
            time=f"{local:%H:%M}",
        )

    def _proof(self) -> str:
        """What the product found when it verified or reopened, in words; empty of other events."""
        found = self.event.details.get("reasons")
        if self.event.actor != "system" or not isinstance(found, list):
            return ""
        told = [self._found(one) for one in found[:MOST_REASONS] if isinstance(one, Mapping)]
        return self._text("semicolon").join(part for part in told if part)

    def _found(self, reason: Mapping[str, Any]) -> str:
        known = self.voice.texts.get(f"order_proof.{reason.get('code')}")
        if known is None:
            return ""
        values = {
            name: f"{value:g}" if isinstance(value, int | float) else str(value)
            for name, value in reason.items()
        }
        kpi, since = str(reason.get("kpi", "")), reason.get("since")
        values |= {"kpi": self.voice.kpis.get(kpi, kpi), "cell": str(reason.get("cell_id", ""))}
        if isinstance(since, str):
            values["time"] = self.moment(datetime.fromisoformat(since))
        return known.format_map(_Gaps(values))

    def _timer(self) -> str:
        """Of a warning or escalation: which time limit, when it ended, and who is to see to it."""
        details = self.event.details
        name, due = details.get("timer"), details.get("due_at")
        if not isinstance(name, str):
            return ""
        told = [self.voice.texts.get(f"order_timer.{name}") or name]
        if isinstance(due, str):
            told.append(self.moment(datetime.fromisoformat(due)))
        if isinstance(to := details.get("to"), str):
            told.append(self._text("escalated_to", to=to))
        return self._text("join").join(told)

    def _cells(self) -> str:
        cells = self.order.draft.cell_ids
        names = self._text("join").join(cells[:MOST_CELLS])
        if len(cells) <= MOST_CELLS:
            return names
        return self._text("cells_more", names=names, n=len(cells))

    def _expected(self) -> str:
        draft = self.order.draft
        if draft.expected is None:
            return ""
        if draft.avoided is None:
            return self._text("expected_value", n=f"{draft.expected:.1f}")
        return self._text(
            "expected_avoided", n=f"{draft.expected:.1f}", avoided=f"{draft.avoided:.1f}"
        )

    def _users(self) -> str:
        users = self.order.draft.users
        return "" if users is None else self._text("users_value", n=f"{users:,.0f}")

    def _position(self) -> str:
        draft = self.order.draft
        if draft.longitude is None or draft.latitude is None:
            return ""
        return f"{draft.longitude:.5f}, {draft.latitude:.5f}"

    def _text(self, key: str, **values: object) -> str:
        return self.voice.texts(f"outbound.{key}", **values)
