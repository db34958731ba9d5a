"""What orders are called in other systems."""

from __future__ import annotations

from sqlalchemy import Engine, insert, select, update
from sqlalchemy.exc import IntegrityError

from dashboard.dispatch.errors import DispatchError
from dashboard.dispatch.model import name_of
from dashboard.ops.engine import explained, reading
from dashboard.ops.outbox_schema import work_order_links

MOST_CHARS = 200
_C = work_order_links.c


class TakenNameError(DispatchError):
    """A system calls two orders by one name; the message says which."""


class Links:
    """The table ``work_order_links``; each method is one transaction, and raises OpsError."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def external(self, system: str, order_id: int) -> str | None:
        """What the order is called there; None: not known."""
        query = select(_C.external_id).where(_C.system == system, _C.order_id == order_id)
        with reading(self._engine) as connection:
            found: str | None = connection.execute(query).scalar()
            return found

    def order(self, system: str, external_id: str) -> int | None:
        """The order that is called so there; None: not known."""
        query = select(_C.order_id).where(_C.system == system, _C.external_id == external_id)
        with reading(self._engine) as connection:
            found = connection.execute(query).scalar()
            return None if found is None else int(found)

    def note(self, system: str, order_id: int, external_id: str) -> None:
        """Remember what the order is called there; a newer name takes the older one's place.

        Raises:
            TakenNameError: another order is called so there.
        """
        one = (_C.system == system, _C.order_id == order_id)
        row = {"system": system, "order_id": order_id, "external_id": external_id}
        with explained(self._engine):
            try:
                with self._engine.begin() as connection:
                    renamed = update(work_order_links).where(*one).values(external_id=external_id)
                    if not connection.execute(renamed).rowcount:
                        connection.execute(insert(work_order_links), row)
            except IntegrityError:
                # Two may have written the same at once: that is no trouble.
                if self.order(system, external_id) != order_id:
                    raise TakenNameError(
                        f"{system} calls another order than {name_of(order_id)} by the id "
                        f"{external_id[:60]!r}"
                    ) from None
