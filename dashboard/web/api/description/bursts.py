"""``/api/v1/bursts``: batch complaints."""

from __future__ import annotations

from dashboard.web.api.description.fields import (
    Schema,
    about_snapshot,
    choice,
    listed,
    maybe,
    moment,
    number,
    record,
    ref,
    share,
    text,
    whole,
)
from dashboard.web.api.description.model import Operation
from dashboard.web.api.description.shared import ALWAYS, refused, told

_COUNTED = record(
    "How many tickets name it.", {"name": text("What."), "tickets": number("Of it.", "tickets")}
)
_WORKS = record(
    "Works near it.",
    {
        "work_id": text("Its number."),
        "site_id": maybe(text("On which mast.")),
        "kind": maybe(text("Such as `cutover`.")),
        "description": maybe(text("As the source says it.")),
        "when": choice("How it lies to the alarm.", ("done", "under_way", "planned")),
        "starts_at": moment("Planned beginning."),
        "ends_at": maybe(moment("Planned end.")),
    },
)
_ALARM = record(
    "An alarm near it.",
    {
        "alarm_id": text("Its number."),
        "cell_id": maybe(text("Of which cell.")),
        "site_id": maybe(text("Of which mast.")),
        "severity": maybe(text("Perceived severity.")),
        "text": maybe(text("As the source says it.")),
        "raised_at": moment("When it was raised."),
        "cleared_at": maybe(moment("When it was cleared.")),
    },
)
_BURST: dict[str, Schema] = {
    "burst_id": text("Identifier."),
    "first_seen_at": moment("When it was first found."),
    "window_start": moment("Where its window begins."),
    "window_h": whole("Length of its window.", "h"),
    "longitude": number("Middle of its circle.", "°, WGS-84"),
    "latitude": number("Middle of its circle.", "°, WGS-84"),
    "rings": whole("Rings of hexagons about the middle one."),
    "radius_m": number("Of the circle.", "m"),
    "tickets": number("In window and circle, shared ones in part.", "tickets"),
    "expected": number("Usual there and then.", "tickets"),
    "llr": number("Log-likelihood ratio now."),
    "peak_llr": number("The highest so far."),
    "p_value": maybe(share("Chance of one as strong in a usual time.")),
    "recurrence_days": maybe(number("Chance alone brings one in so many days.", "days")),
    "region_id": maybe(text("Region of the middle.")),
    "site_id": maybe(text("The mast that most tickets point at.")),
    "site_share": maybe(share("Of its tickets.")),
    "cell_ids": listed({"type": "string"}, "Cells concerned, the most tickets first."),
    "services": listed(_COUNTED, "The commonest services."),
    "categories": listed(_COUNTED, "The commonest categories."),
    "words": listed({"type": "string"}, "Words that rise in the descriptions."),
    "works": listed(_WORKS, "Works near it."),
    "alarms": listed(_ALARM, "Alarms near it."),
    "region_name": maybe(text("Name of that region.")),
    **about_snapshot(),
}
BURST_SCHEMAS: dict[str, Schema] = {"Burst": record("A batch of complaints.", _BURST)}


def bursts() -> Operation:
    """The batch complaints that stand."""
    answer = told(listed(ref("Burst"), "The least probable first."), "The batches that stand.")
    return Operation(
        "get", "/bursts", "listBursts", "Batch complaints that stand, the least probable first",
        (*answer, refused(400), refused(503)), parameters=ALWAYS,
    )  # fmt: skip
