"""The parts of ``/api/v1/data``."""

from __future__ import annotations

from dashboard.web.api.description.fields import (
    Schema,
    about_snapshot,
    choice,
    day,
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
from dashboard.web.view.quality import KINDS

CODES = (
    "silent", "missing", "gaps", "no_tickets", "rejected", "refused", "kpi_gone", "unit", "shift",
    "not_in_inventory", "no_kpis", "new", "unplaced", "unknown_cells",
)  # fmt: skip
_ABOUT: dict[str, Schema] = {
    "source": text("Which source."),
    "feed": text("Which feed."),
    "kpi": text("Which KPI."),
    "vendor": text("Whose equipment; several with commas between."),
    "since": maybe(moment("When it began.")),
    "share": share("How much of it."),
    "intervals": whole("Intervals missing.", "intervals"),
    "files": whole("Files refused.", "files"),
    "rows": whole("Rows rejected.", "rows"),
    "reason": text("The commonest reason."),
    "value": number("Now, in the KPI's unit."),
    "usual": number("Before, in the KPI's unit."),
    "factor": number("The ratio of two units that this is close to."),
    "cells": whole("Cells concerned.", "cells"),
    "example": text("One of them."),
    "tickets": whole("Tickets concerned.", "tickets"),
}
_HOUR: dict[str, Schema] = {
    "source": text("Which source."),
    "hour": moment("Its beginning."),
    "cells_expected": whole("Cells of the source.", "cells"),
    "cells_present": whole("Of these, with KPIs.", "cells"),
    "intervals_expected": whole("Intervals due.", "intervals"),
    "intervals_present": whole("Of these, that came.", "intervals"),
    "share": share("Present ÷ expected."),
}
_DAY: dict[str, Schema] = {
    "source": _HOUR["source"],
    "day": day("Which local day."),
    **{name: _HOUR[name] for name in ("intervals_expected", "intervals_present", "share")},
}
_WARNING: dict[str, Schema] = {
    "code": choice("What is wrong.", CODES),
    "weight": number("The gravest first."),
    "text": record("In words.", {"zh": text("Chinese."), "en": text("English.")}),
    "about": record("The figures in it; which of them there are hangs on the code.", _ABOUT,
                    optional=_ABOUT),
}  # fmt: skip
_SOURCE: dict[str, Schema] = {
    "source": text("Which source."),
    "feed": text("Which feed."),
    "delivered_at": maybe(moment("When its newest file came.")),
    "data_time": maybe(moment("Of its newest fact.")),
    "known_at": maybe(moment("When that became known.")),
    "files": whole("Files of 14 days.", "files"),
    "files_refused": whole("Of these, refused.", "files"),
    "age_min": maybe(number("Age of its newest fact.", "min")),
}
_INCOMPLETE: dict[str, Schema] = {
    "cell_id": text("Which cell."),
    "source": text("Which source."),
    "day": day("Which day."),
    "expected": whole("Intervals due.", "intervals"),
    "present": whole("Of these, that came.", "intervals"),
}
_REJECTED: dict[str, Schema] = {
    "source": text("Which source."),
    "feed": text("Which feed."),
    "day": day("Day of loading."),
    "rows_read": whole("Rows read.", "rows"),
    "rows_rejected": whole("Of these, rejected.", "rows"),
    "reasons": mapped({"type": "integer", "x-unit": "rows"}, "Rows by reason."),
    "share": share("Rejected ÷ read."),
}
_SHIFT: dict[str, Schema] = {
    "kind": text("`level` (values), `nulls` (they went missing)."),
    "kpi": text("Which KPI."),
    "source": text("Which source."),
    "vendor": maybe(text("Whose equipment.")),
    "technology": maybe(text("Of which technology.")),
    "since": moment("When it began."),
    "until": maybe(moment("Newest hour of it.")),
    "lasting": flag("It goes on."),
    "cells": whole("Cells concerned.", "cells"),
    "value": maybe(number("Median now, in the KPI's unit.")),
    "usual": maybe(number("Usual median, in the KPI's unit.")),
    "z": maybe(number("How far it strays, in robust deviations.")),
}
_KIND = record(
    "Cells of this kind.",
    {
        "cells": whole("How many.", "cells"),
        "listed": listed({"type": "string"}, "The first of them."),
    },
)
_BY_PLACE: dict[str, Schema] = {
    "cell": whole("They name their cell.", "tickets"),
    "position": whole("They have coordinates.", "tickets"),
    "region": whole("They name a region.", "tickets"),
    "none": whole("Nothing tells their place.", "tickets"),
}
_ATTRIBUTION = record(
    "What tells the tickets' place.",
    {
        "tickets": whole("All.", "tickets"),
        **_BY_PLACE,
        "unknown_cell": whole("They name a cell that nobody knows.", "tickets"),
        "days": listed(
            record("A day.", {"day": day("Which day."), **_BY_PLACE}), "Day by day."
        ),
    },
)  # fmt: skip
DATA: dict[str, Schema] = {
    **about_snapshot(),
    "data_time": maybe(moment("Of the newest KPI.")),
    "ticket_time": maybe(moment("Of the newest ticket.")),
    "time_zone": text("Of the days (IANA)."),
    "warnings": listed(ref("DataWarning"), "The gravest first."),
    "sources": listed(record("A source's feed.", _SOURCE), "By source and feed."),
    "completeness": listed(record("A source's day.", _DAY), "By source and local day."),
    "hours": listed(record("A source's hour.", _HOUR), "The last 48 hours."),
    "incomplete_cells": listed(record("A cell's day.", _INCOMPLETE), "The newest first."),
    "rejected": listed(record("A feed's day.", _REJECTED), "The newest first."),
    "shifts": listed(record("A shift.", _SHIFT), "KPIs whose level changed at once."),
    "inventory": record("Cells that only one side knows.", dict.fromkeys(KINDS, _KIND)),
    "attribution": _ATTRIBUTION,
}
DATA_PARTS: dict[str, Schema] = {"DataWarning": record("A warning.", _WARNING)}
