"""What became of each report for each recipient; written down before and after each step.

``sending`` stands while a report is handed over. A process that ends in that moment leaves it, and
nobody can know whether the server had taken the mail: the next run makes it ``unsure``. Unsure ones
are shown, and sent again only by a person (``foresite report send --again``). So nothing is sent
twice unasked, and nothing is lost unseen.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal

from sqlalchemy import ColumnElement, Engine, Row, and_, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from dashboard.ops.engine import explained, reading
from dashboard.ops.schema import report_deliveries
from dashboard.reports.periods import Period

State = Literal["sending", "sent", "failed", "refused", "unsure"]
FOLDER = "folder"
_FIRST_AGAIN = timedelta(minutes=5)
_LAST_AGAIN = timedelta(hours=6)
_C = report_deliveries.c


@dataclass(frozen=True)
class Delivery:
    """One report for one recipient. Times are UTC.

    Attributes:
        recipient: a mail address, or ``folder``.
        state: ``sending`` (now, or its process ended), ``sent``, ``failed`` (not taken; tried
            again at ``next_at``), ``refused`` (for good), ``unsure`` (perhaps taken).
        attempts: how often it was tried.
        next_at: when it is tried again by itself; None: not.
        message: what the last attempt said, one line.
    """

    id: int
    period: Period
    recipient: str
    state: State
    attempts: int
    first_at: datetime
    changed_at: datetime
    next_at: datetime | None
    snapshot_id: str
    message: str

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "report": self.period.unit,
            "period": self.period.label,
            "from": self.period.first.isoformat(),
            "to": self.period.last.isoformat(),
            "recipient": self.recipient,
            "state": self.state,
            "attempts": self.attempts,
            "first_at": self.first_at.isoformat(timespec="seconds"),
            "changed_at": self.changed_at.isoformat(timespec="seconds"),
            "next_at": self.next_at and self.next_at.isoformat(timespec="seconds"),
            "snapshot_id": self.snapshot_id,
            "message": self.message,
        }


class Deliveries:
    """The table ``report_deliveries``. Each method is one transaction; raises OpsError."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def open(self, period: Period, recipient: str, now: datetime) -> bool:
        """Is there anything to do: never tried, or failed and due again?"""
        found = self.find(period, recipient)
        if found is None:
            return True
        return found.state == "failed" and found.next_at is not None and found.next_at <= now

    def claim(
        self,
        period: Period,
        recipient: str,
        now: datetime,
        *,
        snapshot_id: str,
        again: bool = False,
    ) -> bool:
        """Write down that it is being sent, durably, before it is; False: another has it or did it.

        Args:
            period: of the report.
            recipient: of the delivery.
            now: by the machine's clock.
            snapshot_id: whose numbers are sent.
            again: a person asks for it: whatever became of it before, it is sent once more.
        """
        one = _one(period, recipient)
        ready: ColumnElement[bool] = and_(_C.state == "failed", _C.next_at <= now)
        if again:
            ready = or_(ready, _C.state != "sending")
        values = {"state": "sending", "changed_at": now, "snapshot_id": snapshot_id, "message": ""}
        with explained(self._engine):
            with self._engine.begin() as connection:
                taken = connection.execute(
                    update(report_deliveries)
                    .where(one, ready)
                    .values(**values, attempts=_C.attempts + 1, next_at=None)
                )
                if taken.rowcount:
                    return True
            row = {
                **values,
                "unit": period.unit,
                "first_day": period.first.isoformat(),
                "recipient": recipient,
                "attempts": 1,
                "first_at": now,
            }
            try:
                with self._engine.begin() as connection:
                    connection.execute(insert(report_deliveries), row)
            except IntegrityError:
                return False
            return True

    def sent(self, period: Period, recipient: str, now: datetime, message: str = "") -> None:
        """It was taken."""
        self._close(period, recipient, {"state": "sent", "changed_at": now, "message": message})

    def failed(
        self, period: Period, recipient: str, now: datetime, reason: str, *, attempts: int
    ) -> None:
        """It was not taken; tried again later, up to ``attempts`` in all."""
        found = self.find(period, recipient)
        tried = found.attempts if found else 1
        wait = min(_LAST_AGAIN, _FIRST_AGAIN * 2 ** min(tried - 1, 10))
        self._close(
            period,
            recipient,
            {
                "state": "failed",
                "changed_at": now,
                "next_at": now + wait if tried < attempts else None,
                "message": reason,
            },
        )

    def refused(self, period: Period, recipient: str, now: datetime, reason: str) -> None:
        """It was refused for good."""
        self._close(period, recipient, {"state": "refused", "changed_at": now, "message": reason})

    def unsure(self, period: Period, recipient: str, now: datetime, reason: str) -> None:
        """Nobody knows whether it was taken."""
        self._close(period, recipient, {"state": "unsure", "changed_at": now, "message": reason})

    def left_open(self, now: datetime, reason: str) -> list[Delivery]:
        """Make unsure what an ended process left as being sent; only whoever alone sends may ask.

        A folder's files are simply written again: that harms nobody.
        """
        with explained(self._engine), self._engine.begin() as connection:
            query = select(report_deliveries).where(_C.state == "sending")
            found = [_delivery(row) for row in connection.execute(query)]
            mail = and_(_C.state == "sending", _C.recipient != FOLDER)
            files = and_(_C.state == "sending", _C.recipient == FOLDER)
            values = {"changed_at": now, "message": reason}
            connection.execute(
                update(report_deliveries).where(mail).values(state="unsure", **values)
            )
            connection.execute(
                update(report_deliveries).where(files).values(state="failed", next_at=now, **values)
            )
        return found

    def find(self, period: Period, recipient: str) -> Delivery | None:
        """What became of one; None: nothing yet."""
        query = select(report_deliveries).where(_one(period, recipient))
        with reading(self._engine) as connection:
            row = connection.execute(query).first()
            return None if row is None else _delivery(row)

    def history(self, limit: int = 100) -> list[Delivery]:
        """The newest periods first."""
        query = (
            select(report_deliveries)
            .order_by(_C.first_day.desc(), _C.unit, _C.recipient)
            .limit(limit)
        )
        with reading(self._engine) as connection:
            return [_delivery(row) for row in connection.execute(query)]

    def _close(self, period: Period, recipient: str, values: dict[str, Any]) -> None:
        with explained(self._engine), self._engine.begin() as connection:
            connection.execute(
                update(report_deliveries)
                .where(_one(period, recipient), _C.state == "sending")
                .values(**values)
            )


def _one(period: Period, recipient: str) -> ColumnElement[bool]:
    return and_(
        _C.unit == period.unit,
        _C.first_day == period.first.isoformat(),
        _C.recipient == recipient,
    )


def _delivery(row: Row[Any]) -> Delivery:
    values = row._asdict()
    unit, first = values.pop("unit"), date.fromisoformat(values.pop("first_day"))
    return Delivery(period=Period(unit, first), **values)
