"""``/api/v1/data``, its jobs, and requests to the worker."""

from __future__ import annotations

from typing import get_args

from dashboard.ops.requests import JOBS
from dashboard.ops.requests import State as Asked
from dashboard.ops.runs import FETCH, Outcome
from dashboard.web.api.description.data_parts import DATA, DATA_PARTS
from dashboard.web.api.description.fields import (
    Schema,
    choice,
    listed,
    maybe,
    moment,
    number,
    record,
    ref,
    text,
    whole,
)
from dashboard.web.api.description.model import (
    CSV,
    FILE,
    JSON,
    XLSX,
    Answer,
    Operation,
    Parameter,
    Subject,
)
from dashboard.web.api.description.shared import ALWAYS, refused, told
from dashboard.web.settings import WebSettings
from dashboard.web.view.data_export import TABLES

_RUN: dict[str, Schema] = {
    "id": whole("Its number."),
    "job": text("Which job."),
    "source": maybe(text("Of a fetch.")),
    "started_at": moment("By the machine's clock."),
    "ended_at": maybe(moment("Null: it runs.")),
    "seconds": maybe(number("How long it took.", "s")),
    "outcome": maybe(choice("Null: it runs.", get_args(Outcome))),
    "files": whole("Files brought.", "files"),
    "rows_loaded": whole("Rows loaded or updated.", "rows"),
    "rows_rejected": whole("Rows rejected.", "rows"),
    "bytes": whole("Bytes brought.", "bytes"),
    "message": text("A line for people; may be empty."),
}
_REQUEST: dict[str, Schema] = {
    "id": whole("Its number."),
    "job": text("Which job."),
    "source": text("Of a fetch; else empty."),
    "asked_at": moment("When."),
    "asked_by": text("Who; until sign-in exists, the address."),
    "taken_at": maybe(moment("When the worker began; null: it waits.")),
    "ended_at": maybe(moment("When its run was over.")),
    "attempts": whole("How often it was begun."),
    "outcome": maybe(text("Of that run.")),
    "message": text("What that run said; may be empty."),
    "state": choice("Where it stands.", get_args(Asked)),
}
_EXAMPLE = {
    "id": 1, "job": "inbox", "source": "", "asked_at": "2026-11-21T07:23:00+00:00",
    "asked_by": "127.0.0.1", "taken_at": None, "ended_at": None, "attempts": 0, "outcome": None,
    "message": "", "state": "asked",
}  # fmt: skip
_NO_OPS = refused(503, "There is no ops database, or it cannot be read", "no_ops", "ops_unreadable")


def subject(settings: WebSettings) -> Subject:  # noqa: ARG001  the same for every subject
    """What the forecast rests on."""
    data = Operation(
        "get", "/data", "getData", "What the data are worth that the forecast rests on",
        (
            *told(ref("Data"), "Their state; a file (without a tag) when `format` asks for one.",
                  also={CSV: FILE, XLSX: FILE}),
            refused(400), refused(503),
        ),
        parameters=(
            Parameter("format", "JSON, or a file.", choice("Format.", ("json", "csv", "xlsx"))),
            Parameter("table", "Of a CSV file: which table.", choice("Table.", TABLES)),
            Parameter("source", "Of a file: rejected rows of a source.", {"type": "string"}),
            Parameter("feed", "Of a file: rejected rows of a feed.", {"type": "string"},
                      example="kpis"),
            Parameter("reason", "Of a file: rejected rows with this reason.", {"type": "string"}),
            *ALWAYS,
        ),
    )  # fmt: skip
    jobs = Operation(
        "get", "/data/jobs", "listJobs", "Runs of the worker's jobs, and what was asked of it",
        (Answer(200, "The newest first; never kept, and without a tag.", {JSON: ref("Jobs")}),
         refused(400), _NO_OPS),
    )  # fmt: skip
    ask = Operation(
        "post", "/data/requests", "askForJob", "Ask the worker for a job",
        (
            Answer(202, "Asked; where the job was asked for already, that request.",
                   {JSON: ref("JobRequest")}, example=_EXAMPLE),
            refused(400, "There is no such job", "bad_request", "unknown_job"),
            refused(403, "Not asked from this machine", "not_local"),
            _NO_OPS,
        ),
        body=record(
            "What is asked for.",
            {
                "job": choice("Which job.", (*JOBS, FETCH)),
                "source": text("Of a fetch: a declared source."),
            },
            optional=["source"],
        ),
        body_example={"job": "inbox"},
    )  # fmt: skip
    schemas = {
        "Data": record("State of the data.", DATA),
        **DATA_PARTS,
        "Jobs": record(
            "Jobs.",
            {
                "worker_seen_at": maybe(moment("When the worker last said that it lives.")),
                "runs": listed(ref("Run"), "The newest of each job."),
                "requests": listed(ref("JobRequest"), "The newest first."),
            },
        ),
        "Run": record("A run of a job.", _RUN),
        "JobRequest": record("A job that was asked for.", _REQUEST),
    }
    return Subject("data", "Freshness, completeness, rejections; jobs.", (data, jobs, ask), schemas)
