"""The plan of the shifts as it was made last: which team goes where, and when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine, delete, insert, select

from dashboard.ops.engine import explained, reading
from dashboard.ops.order_schema import work_order_plans


@dataclass(frozen=True)
class Stop:
    """A team's stop at an order. Times are UTC.

    Attributes:
        order_id: of the order.
        team_id: who goes.
        place: which stop of the team it is, from 1.
        starts_at: when they set out.
        arrives_at: when they are there.
        ends_at: when the work is done.
        travel_min: minutes on the way; 0 for work from afar.
        work_min: minutes of work.
        per_hour: expected complaints avoided per crew hour.
    """

    order_id: int
    team_id: str
    place: int
    starts_at: datetime
    arrives_at: datetime
    ends_at: datetime
    travel_min: float
    work_min: float
    per_hour: float


class Plans:
    """The table ``work_order_plans``. Methods raise OpsError."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def replace(self, stops: Sequence[Stop], at: datetime) -> None:
        """The new plan in place of the old one, in one transaction."""
        rows = [{**asdict(stop), "made_at": at} for stop in stops]
        with explained(self._engine), self._engine.begin() as connection:
            connection.execute(delete(work_order_plans))
            if rows:
                connection.execute(insert(work_order_plans), rows)

    def read(self) -> tuple[dict[int, Stop], datetime | None]:
        """Stops by order, and when the plan was made; None: there is none."""
        with reading(self._engine) as connection:
            return read_plan(connection)


def read_plan(connection: Connection) -> tuple[dict[int, Stop], datetime | None]:
    """As :meth:`Plans.read`, within a transaction of the caller's."""
    rows = connection.execute(select(work_order_plans).order_by(work_order_plans.c.order_id)).all()
    names = Stop.__dataclass_fields__
    stops = {int(r.order_id): Stop(**{name: getattr(r, name) for name in names}) for r in rows}
    return stops, rows[0].made_at if rows else None
