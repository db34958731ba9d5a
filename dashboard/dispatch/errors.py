"""Errors of dispatch; those of one order carry it as it stands now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboard.errors import DashboardError

if TYPE_CHECKING:
    from dashboard.dispatch.model import Event, Order


class DispatchError(DashboardError):
    """Something about work orders that a person must mend."""


class UnknownOrderError(DispatchError):
    """There is no such order."""


class NotPossibleError(DispatchError):
    """An event that does not fit the order's state, or that lacks its reason.

    Attributes:
        order: as it stands; None where there is none yet.
        possible: kinds of events that would fit.
    """

    def __init__(
        self, message: str, order: Order | None = None, possible: tuple[str, ...] = ()
    ) -> None:
        super().__init__(message)
        self.order, self.possible = order, possible


class ConflictError(DispatchError):
    """Somebody else was first.

    Attributes:
        order: as it stands now.
        event: what the other did.
    """

    def __init__(self, order: Order, event: Event) -> None:
        super().__init__(
            f"{order.name}: {event.who} was first: {event.kind} at "
            f"{event.at.isoformat(timespec='seconds')}; it is {order.state} now"
        )
        self.order, self.event = order, event


class AlreadyOpenError(DispatchError):
    """Another order of the same site and cause is open.

    Attributes:
        order: the open one.
    """

    def __init__(self, order: Order) -> None:
        super().__init__(
            f"{order.name} of site {order.draft.site_id} and cause {order.draft.cause} is open"
        )
        self.order = order
