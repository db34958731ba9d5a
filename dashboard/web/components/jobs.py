"""Jobs of the worker: last run, last failure in words, and a button that asks for a run."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from dash import html
from dash.development.base_component import Component

from dashboard.ops.desk import Told
from dashboard.ops.runs import GOOD
from dashboard.web.components import parts
from dashboard.web.components.cell import table
from dashboard.web.components.data import minutes
from dashboard.web.i18n import Texts
from dashboard.web.view import words as w
from dashboard.web.view.data import Job
from dashboard.web.view.words import Words


def job_name(texts: Texts, job: str, source: str) -> str:
    """What a job is called; itself when it has no text."""
    told = texts.get(f"data.job_{job}")
    return f"{job} {source}".strip() if told is None else texts(f"data.job_{job}", source=source)


def ask_id(job: str, source: str) -> dict[str, str]:
    """The id of the button that asks for a job."""
    return {"type": "data-ask", "job": job, "source": source}


def worker_line(told: Told, now: datetime, words: Words) -> Component:
    """Whether the worker lives."""
    texts = words.texts
    if told.worker_lives(now):
        mark = html.Span("✓", className="state-mark", **parts.aria(hidden="true"))
        return html.Span([mark, texts("data.worker_lives")], className="state well")
    mark = html.Span("◷", className="state-mark", **parts.aria(hidden="true"))
    line = texts("data.worker_silent", seen=_seen(told, now, words))
    return html.Span([mark, line], className="state late")


def jobs_table(
    jobs: list[Job], told: Told, now: datetime, words: Words, *, replay: bool
) -> Component:
    """One line a job."""
    keys = ("job", "last", "outcome", "seconds", "usual_seconds", "error", "request")
    texts = words.texts
    heads = [*(texts(f"data.column_{key}") for key in keys), ""]
    rows = [_row(job, told, now, words, replay=replay) for job in jobs]
    return html.Div(table(heads, rows, texts("data.no_jobs")), className="wide jobs")


def _row(job: Job, told: Told, now: datetime, words: Words, *, replay: bool) -> list[Any]:
    texts, last = words.texts, job.last
    name = job_name(texts, job.job, job.source)
    outcome = "never" if last is None else last.outcome or "running"
    bad = last is not None and last.outcome is not None and last.outcome not in GOOD
    failure: list[Any] = []
    if job.failure is not None:
        said = job.failure.message or texts(f"data.outcome_{job.failure.outcome}")
        when = words.short_moment(job.failure.started_at, now)
        todo = texts.get(f"data.todo_job_{job.job}") or ""
        failure = [
            html.Div(f"{when} · {said}", className="failure"),
            html.Div(todo.format(source=job.source), className="panel-note"),
        ]
    return [
        name,
        words.short_moment(None if last is None else last.started_at, now),
        html.Span(texts(f"data.outcome_{outcome}"), className="bad" if bad else None),
        _seconds(texts, None if last is None else last.seconds),
        _seconds(texts, job.usual_s),
        html.Div(failure, className="wrap"),
        html.Div(_request(job, told, now, words), className="wrap request"),
        _button(job, name, texts, replay=replay),
    ]


def _button(job: Job, name: str, texts: Texts, *, replay: bool) -> Component:
    if not job.open_to:
        return html.Span()
    text = texts("data.run_again" if job.failure is not None else "data.run_now")
    return html.Button(
        text,
        id=ask_id(job.job, job.source),
        type="button",
        n_clicks=0,
        disabled=job.asked or replay,
        title=texts("data.not_here") if replay else None,
        className="ask",
        **parts.aria(label=f"{text} · {name}"),
    )


def _request(job: Job, told: Told, now: datetime, words: Words) -> list[Any]:
    texts, request = words.texts, job.request
    if request is None:
        return []
    moment = request.ended_at or request.taken_at or request.asked_at
    time = words.short_moment(moment, now)
    lines: list[Any] = [
        html.Div(texts(f"data.request_{request.state}", time=time), className=request.state)
    ]
    if request.ended_at is None and not told.worker_lives(now):
        note = texts("data.request_waits", seen=_seen(told, now, words))
        lines.append(html.Div(note, className="panel-note"))
    if request.state == "failed" and request.message:
        lines.append(html.Div(request.message, className="panel-note"))
    return lines


def _seen(told: Told, now: datetime, words: Words) -> str:
    if told.seen_at is None:
        return words.texts("data.never_seen")
    return words.short_moment(told.seen_at, now)


def _seconds(texts: Texts, seconds: float | None) -> str:
    if seconds is None:
        return w.NOTHING
    if seconds < 90:
        return texts("data.seconds", n=w.number(seconds, 1 if seconds < 10 else 0))
    return minutes(texts, seconds / 60)
