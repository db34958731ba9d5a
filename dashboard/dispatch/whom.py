"""Which team a step is about, where whoever takes it names none."""

from __future__ import annotations

from dashboard.dispatch.errors import NotPossibleError
from dashboard.dispatch.model import Order, Step
from dashboard.dispatch.states import possible


def with_team(order: Order, step: Step) -> Step:
    """The step with a team: the one that is named, that has the order, or that was suggested.

    Raises:
        NotPossibleError: somebody is to be sent, and no team is known.
    """
    if step.kind not in ("dispatch", "assign") or step.details.get("team_id"):
        return step
    team = (order.team_id or order.draft.team_id) if step.kind == "dispatch" else None
    if not team:
        message = f"{order.name}: {step.kind} needs a team: name it (team_id)"
        raise NotPossibleError(message, order, possible(order.state, step.actor))
    details = {**step.details, "team_id": team}
    return Step(step.kind, step.who, step.actor, step.reason, details)
