"""The tables of a snapshot with their types; docs/architecture.md says what each one holds."""

from __future__ import annotations

import pyarrow as pa

_TIME = pa.timestamp("us", tz="UTC")
_TEXT, _REAL, _INT, _FLAG, _DAY = pa.string(), pa.float64(), pa.int64(), pa.bool_(), pa.date32()


def _schema(**columns: pa.DataType) -> pa.Schema:
    return pa.schema(list(columns.items()))


# fmt: off
SCHEMAS: dict[str, pa.Schema] = {
    "cells": _schema(
        cell_id=_TEXT, name=_TEXT, site_id=_TEXT, region_id=_TEXT, technology=_TEXT, band=_TEXT,
        vendor=_TEXT, longitude=_REAL, latitude=_REAL, azimuth_deg=_REAL, subscribers=_REAL,
        status=_TEXT, probability=_REAL, expected_low_complaints=_REAL, cause=_TEXT, quiet=_FLAG,
        tickets_7d=_REAL, last_kpi_at=_TIME, quality_now=_REAL, quality_state=_TEXT,
        quality_kpi=_TEXT, agreement=_TEXT,
    ),
    "drivers": _schema(
        cell_id=_TEXT, rank=_INT, feature=_TEXT, kpi=_TEXT, value=_REAL, normal=_REAL,
        contribution=_REAL,
    ),
    "regions": _schema(
        region_id=_TEXT, name=_TEXT, parent_id=_TEXT, level=_INT, subscribers=_REAL, status=_TEXT,
        expected_low_complaints=_REAL, rate_per_10k=_REAL, quality_index=_REAL, cells=_INT,
        red_cells=_INT, yellow_cells=_INT, unknown_cells=_INT, expected_tickets=_REAL,
        expected_tickets_lower=_REAL, expected_tickets_upper=_REAL, label_longitude=_REAL,
        label_latitude=_REAL,
    ),
    "region_series": _schema(
        region_id=_TEXT, measure=_TEXT, day=_DAY, observed=_REAL, mean=_REAL, lower=_REAL,
        upper=_REAL, model=_TEXT,
    ),
    "tickets": _schema(
        ticket_id=_TEXT, created_at=_TIME, recorded_at=_TIME, closed_at=_TIME, channel=_TEXT,
        service=_TEXT, category=_TEXT, description=_TEXT, cell_id=_TEXT, attribution=_TEXT,
        weight=_REAL, region_id=_TEXT, satisfaction=_INT, low=_FLAG, status=_TEXT,
    ),
    "works": _schema(
        work_id=_TEXT, site_id=_TEXT, cell_id=_TEXT, region_id=_TEXT, starts_at=_TIME,
        ends_at=_TIME, announced_at=_TIME, kind=_TEXT, description=_TEXT,
    ),
    "events": _schema(
        event_id=_TEXT, name=_TEXT, kind=_TEXT, starts_at=_TIME, ends_at=_TIME, announced_at=_TIME,
        region_id=_TEXT, longitude=_REAL, latitude=_REAL, radius_m=_REAL,
    ),
    "neighbours": _schema(
        cell_id=_TEXT, neighbour_id=_TEXT, kind=_TEXT, distance_m=_REAL, weight=_REAL,
        border_m=_REAL, share=_REAL,
    ),
    "history": _schema(
        as_of=_TIME, red=_INT, yellow=_INT, green=_INT, unknown=_INT,
        expected_low_complaints=_REAL,
    ),
}
# Tables that came later, or that a publisher may have nothing to say in: empty when not given, and
# empty when an older snapshot that lacks them is read.
OPTIONAL: dict[str, pa.Schema] = {
    "alarms": _schema(
        alarm_id=_TEXT, cell_id=_TEXT, site_id=_TEXT, raised_at=_TIME, cleared_at=_TIME,
        acknowledged_at=_TIME, severity=_TEXT, kind=_TEXT, probable_cause=_TEXT,
        specific_problem=_TEXT, description=_TEXT, state=_TEXT,
    ),
    "teams": _schema(
        team_id=_TEXT, name=_TEXT, skills=_TEXT, longitude=_REAL, latitude=_REAL, region_ids=_TEXT,
    ),
    "shifts": _schema(team_id=_TEXT, starts_at=_TIME, ends_at=_TIME),
    "causes": _schema(
        cell_id=_TEXT, rank=_INT, kind=_TEXT, kpi=_TEXT, window=_TEXT, value=_REAL, normal=_REAL,
        hours=_REAL, cells=_INT, site_cells=_INT, code=_TEXT, text=_TEXT, since=_TIME, until=_TIME,
    ),
    "playbook": _schema(
        cause=_TEXT, action_zh=_TEXT, action_en=_TEXT, skill_zh=_TEXT, skill_en=_TEXT,
        parts_zh=_TEXT, parts_en=_TEXT, skill=_TEXT, hours=_REAL, on_site=_FLAG,
    ),
    "bursts": _schema(
        burst_id=_TEXT, first_seen_at=_TIME, window_start=_TIME, window_h=_INT, longitude=_REAL,
        latitude=_REAL, rings=_INT, radius_m=_REAL, tickets=_REAL, expected=_REAL, llr=_REAL,
        peak_llr=_REAL, p_value=_REAL, recurrence_days=_REAL, region_id=_TEXT, site_id=_TEXT,
        site_share=_REAL, cell_ids=_TEXT, services=_TEXT, categories=_TEXT, words=_TEXT,
        works=_TEXT, alarms=_TEXT,
    ),
    "accuracy": _schema(
        day=_DAY, as_of=_TIME, settled=_FLAG, scope=_TEXT, score=_TEXT, cells=_INT, positives=_REAL,
        visits=_REAL, found=_REAL, visits_1pct=_REAL, found_1pct=_REAL, average_precision=_REAL,
        expected=_REAL, observed=_REAL,
    ),
    "fates": _schema(
        day=_DAY, as_of=_TIME, settled=_FLAG, cell_id=_TEXT, status=_TEXT, fate=_TEXT, quiet=_FLAG,
        cause=_TEXT, probability=_REAL, low_complaints=_REAL, first_complaint_at=_TIME,
        treated_at=_TIME, region_id=_TEXT, technology=_TEXT, treatment=_TEXT,
    ),
    # Every red of all forecasts of a day by fate; waiting: the horizon is not over.
    "accuracy_reds": _schema(day=_DAY, fate=_TEXT, treatment=_TEXT, reds=_INT),
    "accuracy_orders": _schema(
        day=_DAY, order_id=_TEXT, opened_at=_TIME, region_id=_TEXT, technology=_TEXT, cause=_TEXT,
        found_cause=_TEXT, cells=_INT, outcome=_TEXT, reason=_TEXT, reopened=_INT,
        repaired_at=_TIME, verified_at=_TIME,
    ),
    "accuracy_reliability": _schema(
        day=_DAY, as_of=_TIME, settled=_FLAG, bin=_REAL, cells=_INT, forecast=_REAL,
        observed=_REAL,
    ),
    "accuracy_leads": _schema(
        cell_id=_TEXT, red_since=_TIME, red_until=_TIME, complaint_at=_TIME, lead_h=_REAL,
        over=_FLAG, cause=_TEXT, region_id=_TEXT, technology=_TEXT,
    ),
    "accuracy_firsts": _schema(
        cell_id=_TEXT, created_at=_TIME, warned=_FLAG, lead_h=_REAL, region_id=_TEXT,
        technology=_TEXT,
    ),
    "episodes": _schema(
        cell_id=_TEXT, since=_TIME, until=_TIME, status=_TEXT, probability=_REAL, cause=_TEXT,
        forecasts=_INT, technology=_TEXT, region_id=_TEXT, complaint_at=_TIME, low_complaints=_REAL,
        tickets=_REAL, treated_at=_TIME, treatment=_TEXT, over=_FLAG,
    ),
    # An empty region_id is the whole city; hours cut by the horizon's ends have a share below 1.
    "outlook": _schema(
        region_id=_TEXT, measure=_TEXT, horizon_h=_INT, expected=_REAL, lower=_REAL, upper=_REAL,
        spread=_REAL, origins=_INT,
    ),
    "outlook_hours": _schema(
        region_id=_TEXT, measure=_TEXT, hour=_TIME, share=_REAL, expected=_REAL,
    ),
    "accuracy_regions": _schema(
        day=_DAY, as_of=_TIME, ahead=_INT, settled=_FLAG, region_id=_TEXT, measure=_TEXT,
        mean=_REAL, lower=_REAL, upper=_REAL, observed=_REAL, model=_TEXT,
    ),
    "trend_marks": _schema(
        kind=_TEXT, name_zh=_TEXT, name_en=_TEXT, first=_DAY, last=_DAY, region_id=_TEXT,
        count=_INT,
    ),
    # An empty region_id is the whole city, an empty service all of them.
    "region_services": _schema(
        region_id=_TEXT, service=_TEXT, day=_DAY, observed=_REAL, mean=_REAL, lower=_REAL,
        upper=_REAL, model=_TEXT,
    ),
    # Kind: city, region, hexagon, or outside (of a layer, which its area_id names); kpis is JSON.
    "areas": _schema(
        kind=_TEXT, area_id=_TEXT, level=_INT, parent_id=_TEXT, name=_TEXT, cells=_REAL,
        subscribers=_REAL, users=_REAL, status=_TEXT, expected_low_complaints=_REAL,
        probability=_REAL, rate_per_10k=_REAL, rate_shrunk=_REAL, usual_low_complaints=_REAL,
        usual_shrunk=_REAL, ratio=_REAL, ratio_lower=_REAL, ratio_upper=_REAL, quality_index=_REAL,
        red_cells=_REAL, yellow_cells=_REAL, unknown_cells=_REAL, tickets_24h=_REAL,
        tickets_7d=_REAL, low_complaints_24h=_REAL, low_complaints_7d=_REAL, cause=_TEXT,
        kpis=_TEXT,
    ),
    "quality_flaws": _schema(rank=_INT, code=_TEXT, weight=_REAL, about=_TEXT),
    "quality_hours": _schema(
        source=_TEXT, hour=_TIME, cells_expected=_INT, cells_present=_INT,
        intervals_expected=_INT, intervals_present=_INT,
    ),
    "quality_cells": _schema(
        cell_id=_TEXT, source=_TEXT, day=_DAY, expected=_INT, present=_INT,
    ),
    "quality_sources": _schema(
        source=_TEXT, feed=_TEXT, delivered_at=_TIME, data_time=_TIME, known_at=_TIME, files=_INT,
        files_refused=_INT, age_min=_REAL,
    ),
    "quality_rejected": _schema(
        source=_TEXT, feed=_TEXT, day=_DAY, rows_read=_INT, rows_rejected=_INT, reasons=_TEXT,
    ),
    "quality_rejected_rows": _schema(
        loaded_at=_TIME, source=_TEXT, feed=_TEXT, file=_TEXT, row_number=_INT, column_name=_TEXT,
        value=_TEXT, reason=_TEXT,
    ),
    "quality_refused": _schema(
        loaded_at=_TIME, source=_TEXT, feed=_TEXT, file=_TEXT, reason=_TEXT,
    ),
    "quality_columns": _schema(
        source=_TEXT, feed=_TEXT, column_name=_TEXT, first_seen=_TIME, last_seen=_TIME,
        files_with=_INT, files=_INT, came=_FLAG, gone=_FLAG,
    ),
    "quality_rhythm": _schema(
        source=_TEXT, feed=_TEXT, deliveries=_INT, usual_min=_REAL, newest_at=_TIME,
    ),
    "quality_kpis": _schema(
        day=_DAY, kpi=_TEXT, source=_TEXT, vendor=_TEXT, technology=_TEXT, rows=_INT, nulls=_INT,
        p10=_REAL, median=_REAL, p90=_REAL, usual=_REAL, hours_flagged=_INT,
    ),
    "quality_shifts": _schema(
        kind=_TEXT, kpi=_TEXT, source=_TEXT, vendor=_TEXT, technology=_TEXT, since=_TIME,
        until=_TIME, lasting=_FLAG, cells=_INT, value=_REAL, usual=_REAL, z=_REAL,
    ),
    "quality_inventory": _schema(cell_id=_TEXT, kind=_TEXT, source=_TEXT, data_time=_TIME),
    "quality_attribution": _schema(
        day=_DAY, attribution=_TEXT, tickets=_INT, unknown_cell=_INT,
    ),
    "coordinates": _schema(
        first=_TEXT, second=_TEXT, verdict=_TEXT, first_system=_TEXT, second_system=_TEXT,
        sure=_TEXT, compared=_INT, east_m=_REAL, north_m=_REAL, error_m=_REAL, text=_TEXT,
    ),
    "boundary_remarks": _schema(
        code=_TEXT, grave=_FLAG, text=_TEXT, region_id=_TEXT, other_id=_TEXT, area_m2=_REAL,
        longitude=_REAL, latitude=_REAL,
    ),
}
# One row per ticket and technology; the tickets' whole kept history, a file per local month.
COMPLAINTS: pa.Schema = _schema(
    ticket_id=_TEXT, created_at=_TIME, day=_DAY, region_id=_TEXT, channel=_TEXT, service=_TEXT,
    category=_TEXT, technology=_TEXT, weight=_REAL, satisfaction=_INT, final_satisfaction=_INT,
    low=_FLAG, due_at=_TIME, due_day=_DAY, in_time=_FLAG, repeat=_FLAG, reply_min=_INT,
)
# Daily sums of them: by region, and by the values of one dimension (empty: of none) each; due and
# timely by the day on which complaints fell due, all else by the day on which they were made.
COMPLAINT_DAYS: pa.Schema = _schema(
    day=_DAY, dimension=_TEXT, value=_TEXT, region_id=_TEXT, tickets=_REAL, low_complaints=_REAL,
    rated=_REAL, score=_REAL, final_score=_REAL, final_rated=_REAL, repeats=_REAL, identified=_REAL,
    replied=_REAL, score_1=_REAL, score_2=_REAL, score_3=_REAL, score_4=_REAL, score_5=_REAL,
    score_6=_REAL, score_7=_REAL, score_8=_REAL, score_9=_REAL, score_10=_REAL, score_unknown=_REAL,
    due=_REAL, timely=_REAL,
)
# fmt: on
# Columns that came later: null where a frame or an older snapshot lacks them.
LATER: dict[str, frozenset[str]] = {
    "cells": frozenset({"quality_now", "quality_state", "quality_kpi", "agreement"}),
    "neighbours": frozenset({"border_m", "share"}),
    "fates": frozenset({"treatment"}),
    "playbook": frozenset({"skill", "hours", "on_site"}),
}
