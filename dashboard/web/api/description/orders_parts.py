"""A work order, its events, and what is sent to them."""

from __future__ import annotations

from typing import get_args

from dashboard.dispatch.sla_settings import TimerName
from dashboard.dispatch.states import ACTORS, KINDS, STATES
from dashboard.dispatch.verify import WAITING
from dashboard.web.api.description.cell_parts import EVIDENCE
from dashboard.web.api.description.fields import (
    Schema,
    choice,
    flag,
    listed,
    mapped,
    maybe,
    moment,
    number,
    record,
    ref,
    share,
    text,
    whole,
)
from dashboard.web.api.orders_body import LONGEST
from dashboard.web.api.orders_write import ACTORS as MAY_SAY
from dashboard.web.api.orders_write import MOST_AT_ONCE, MOST_CELLS

TIMERS = get_args(TimerName)
_ORDER: dict[str, Schema] = {
    "id": text("What people call it.", pattern=r"^WO-\d{6,}$"),
    "state": choice("Where it stands.", STATES),
    "open": flag("There is still something to do or to prove."),
    "seq": whole("Number of its newest event: send it back as `seen`."),
    "opened_at": moment("When it was proposed."),
    "opened_by": text("By whom."),
    "opener": choice("Which kind of actor that was.", ACTORS),
    "changed_at": moment("Of its newest event."),
    "since": moment("When it came into its state."),
    "by": text("Who brought it there."),
    "reason": text("Why, where a reason was given; else empty."),
    "team_id": maybe(text("The team it was given to.")),
    "accepted_at": maybe(moment("Since it was opened or reopened last.")),
    "dispatched_at": maybe(moment("Likewise.")),
    "arrived_at": maybe(moment("Likewise.")),
    "repaired_at": maybe(moment("Likewise: reported, not proven.")),
    "verified_at": maybe(moment("Likewise: KPIs were well and nobody complained.")),
    "found_cause": maybe(text("What the crew found.")),
    "reopened": whole("How often it was reopened."),
    "comments": whole("How many."),
    "site_id": text("The site; a cell without one stands for itself."),
    "cause": text("Cause, a code of the playbook or `unknown`."),
    "title": text("Name of the place."),
    "region_id": maybe(text("Finest region of the site.")),
    "longitude": maybe(number("Of the site.", "°, WGS-84")),
    "latitude": maybe(number("Of the site.", "°, WGS-84")),
    "as_of": maybe(moment("Of the forecast it follows from.")),
    "snapshot_id": maybe(text("What was shown then.")),
    "probability": maybe(share("Highest risk of its cells then.")),
    "users": maybe(number("Who use its cells.", "users")),
    "skill": text("Code of the skill it asks for; empty: any."),
    "hours": number("Work without the way.", "h"),
    "on_site": flag("Somebody has to go there."),
    "due_at": maybe(moment("By when somebody should be there; null: by the timers alone.")),
    "note": text("By whoever opened it; may be empty."),
    "cell_ids": listed({"type": "string"}, "The cells to be mended, sorted."),
    "expected_low_complaints": maybe(
        number("Expected of its cells within the horizon.", "complaints")
    ),
    "expected_avoided": maybe(
        number("Of these, what a repair is expected to spare: an estimate.", "complaints")
    ),
    "suggested_team_id": maybe(text("Suggested team.")),
    "evidence": listed(ref("OrderEvidence"), "Why the cause is thought so."),
    "works": listed(ref("OrderWorks"), "Works planned there within the horizon."),
    "timers": {
        "type": "object",
        "description": "Timers of this state that warned or were missed.",
        "properties": {
            timer: choice(f"Of `{timer}`.", ("warned", "missed")) for timer in TIMERS
        },
        "additionalProperties": False,
    },
    "timer": maybe(ref("OrderTimer")),
    "plan": maybe(ref("OrderStop")),
    "proof": maybe(ref("OrderProof")),
    "possible": listed(
        choice("Event.", KINDS), "What a person may do now; nothing at an earlier moment."
    ),
}  # fmt: skip
_TIMER: dict[str, Schema] = {
    "name": choice("Which timer.", TIMERS),
    "since": moment("When it began."),
    "warn_at": moment("When it warns."),
    "due_at": moment("When its time is used up."),
}
_STOP: dict[str, Schema] = {
    "team_id": text("Who goes."),
    "place": whole("Which stop of the team it is, from 1."),
    "starts_at": moment("When they set out."),
    "arrives_at": moment("When they are there."),
    "ends_at": moment("When the work is done."),
    "travel_min": number("On the way; 0 for work from afar.", "min"),
    "work_min": number("Of work.", "min"),
    "per_hour": number("Expected complaints avoided per crew hour.", "complaints / h"),
}
_PROOF: dict[str, Schema] = {
    "as_of": moment("By what was known then."),
    "looked_at": moment("When; after each publish."),
    "kpis": whole("How many are asked about, over all cells."),
    "kpis_back": whole("Of these in their normal band, by the hours known so far."),
    "known_h": number("Hours known of the least known KPI.", "h"),
    "of_h": number("Hours asked for.", "h"),
    "complaints": whole("Made since the repair."),
    "band_until": moment("Until then KPIs are watched at least."),
    "quiet_since": moment("The repair, or the newest complaint after it."),
    "quiet_until": moment("Until then nobody must complain."),
    "give_up_at": moment("Not proven until then: it reopens."),
    "more": whole("Reasons left out."),
    "reasons": listed(ref("ProofReason"), "What is still waited for."),
}
_REASON: dict[str, Schema] = {
    "code": choice("What it is.", WAITING),
    "cell_id": maybe(text("Of which cell.")),
    "kpi": maybe(text("Of which KPI.")),
    "since": maybe(
        moment("First hour beyond the band, or newest hour known; of what only time brings: when.")
    ),
    "value": maybe(number("Of the worst hour, in the KPI's unit.")),
    "normal": maybe(number("The cell's own of that hour.")),
    "hours": maybe(number("Beyond the band; of `nobody`: with users.", "h")),
    "of": maybe(number("Of so many hours with users.", "h")),
}
_EVIDENCE = {
    name: {**schema, "type": schema["type"][0] if isinstance(schema["type"], list)
           else schema["type"]}
    for name, schema in EVIDENCE.items()
}  # fmt: skip
_WORKS: dict[str, Schema] = {
    "work_id": text("Its number."),
    "starts_at": moment("Planned beginning."),
    "kind": maybe(text("Such as `cutover`.")),
}
_EVENT: dict[str, Schema] = {
    "id": whole("Greater is later, over all orders."),
    "order_id": text("Whose."),
    "seq": whole("Number within the order, from 1."),
    "kind": choice("What happened.", KINDS),
    "before": maybe(choice("State before; null: it was opened.", STATES)),
    "after": choice("State after.", STATES),
    "at": moment("When, by the clock of the data."),
    "who": text("Name of the person, crew, system or peer."),
    "actor": choice("Which of these.", ACTORS),
    "reason": text("Why; may be empty. `reject` and `cannot` begin with a code and a colon."),
    "details": {
        "type": "object",
        "description": "What belongs to it: `team_id`, `found_cause`, `timer`, `draft`, …",
    },
}
_NEW: dict[str, Schema] = {
    "site_id": text("The site; of its cells those at risk, else all, are meant."),
    "cell_ids": listed({"type": "string"}, "Cells of one site.", minItems=1, maxItems=MOST_CELLS),
    "cause": text("A cause of the playbook; `unknown` when left out."),
    "note": text("For the crew.", maxLength=LONGEST),
    "due_at": moment("By when somebody should be there; with its offset."),
    "by": text("Who asks; the address when left out.", maxLength=100),
}
_STEP: dict[str, Schema] = {
    "event": choice("What is done.", KINDS),
    "reason": text(
        "Why; `reject`, `cannot`, `cancel`, `reopen` need it, a `comment` is it. A code, a colon, "
        "words: `no_fault: all KPIs fine on site`.",
        maxLength=LONGEST,
    ),
    "details": mapped(
        {"type": ["string", "number", "boolean", "null"]},
        "`team_id` (dispatch, assign; the suggested one is sent when it is left out), "
        "`found_cause` (repair, reject on site); others are kept as they come.",
    ),
    "by": text("Who does it; the address when left out.", maxLength=100),
    "actor": choice("`person` when left out.", MAY_SAY),
}
_SEEN = whole("`seq` of the order as you saw it: what others decided since is a conflict.",
              minimum=0)  # fmt: skip
ERROR = {
    "error": ref("Problem"),
    "order": ref("WorkOrder"),
    "event": ref("OrderEvent"),
    "possible": listed(choice("Event.", KINDS), "Events that would fit."),
}
PARTS: dict[str, Schema] = {
    "WorkOrder": record("A work order as it stands.", _ORDER),
    "OrderTimer": record("The timer that runs.", _TIMER),
    "OrderStop": record("Its place in the plan of the shifts; plans are not kept.", _STOP),
    "OrderProof": record(
        "How far a repair has proven itself, by the newest look at it; null before the first look, "
        "in other states than `repaired` and `verified`, and at an earlier moment.", _PROOF,
    ),
    "ProofReason": record("A reason to wait; what does not apply is null.", _REASON),
    "OrderEvidence": record("A piece of evidence, without what is empty.", _EVIDENCE,
                            optional=EVIDENCE),
    "OrderWorks": record("Planned works.", _WORKS, optional=_WORKS),
    "OrderEvent": record("A step that was taken; it never changes.", _EVENT),
    "NewOrder": record("An order to be opened; `site_id`, `cell_ids` or both.", _NEW,
                       optional=_NEW),
    "Opened": record(
        "What became of it.",
        {
            "new": flag("False: one of that site and cause was open already, and stands."),
            "order": ref("WorkOrder"),
        },
    ),
    "OrderStep": record("Something done to an order.", {**_STEP, "seen": _SEEN},
                        optional=[name for name in (*_STEP, "seen") if name != "event"]),
    "ManySteps": record(
        "The same for several orders.",
        {
            **_STEP,
            "orders": listed(
                record("An order.", {"id": text("Which."), "seen": _SEEN}, optional=["seen"]),
                "Each is all or nothing by itself.", minItems=1, maxItems=MOST_AT_ONCE,
            ),
        },
        optional=[name for name in _STEP if name != "event"],
    ),
    "ManyDone": record(
        "What became of each.",
        {
            "done": listed(ref("WorkOrder"), "Orders that took the step, as they stand."),
            "refused": listed(ref("OrderRefused"), "Orders that did not."),
        },
    ),
    "OrderRefused": record(
        "Why an order did not take the step.", {"id": text("Which."), **ERROR},
        optional=["order", "event", "possible"],
    ),
    "OrderError": record(
        "An error in the one shape, with the order as it stands, what the other did (a conflict), "
        "and what would fit.",
        ERROR, optional=["order", "event", "possible"],
    ),
}  # fmt: skip
