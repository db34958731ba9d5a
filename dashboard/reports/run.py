"""Make what is due and hand it over, each report to each recipient once."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import Engine

from dashboard.errors import LockedError
from dashboard.reports import mail
from dashboard.reports.content import Made, letter, make, newest_whole_day
from dashboard.reports.deliveries import FOLDER, Deliveries, State
from dashboard.reports.errors import MailError, ReportError, UnsureError
from dashboard.reports.periods import Period, due
from dashboard.reports.settings import ReportsSettings
from dashboard.snapshot import NothingPublishedError, Snapshot

log = structlog.get_logger()

LOCK = "reports.lock"
_ATTEMPTS = 12
_LEFT = "the process ended while it was handed over: nobody knows whether it was taken"


@dataclass
class Outcome:
    """What a run did: labels of reports by what became of them."""

    sent: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    unsure: list[str] = field(default_factory=list)

    @property
    def message(self) -> str:
        """One line for the history of runs."""
        parts = [f"{name}: {', '.join(told)}" for name, told in vars(self).items() if told]
        return "; ".join(parts)


@dataclass(frozen=True)
class Desk:
    """What handing over needs.

    Attributes:
        data: the data directory.
        engine: the ops database.
        settings: who gets what.
        now: the present moment of facts (a demo's clock runs faster).
        send: hands a letter over.
        machine_now: the machine's clock, for what is written down.
        stopping: asked between two deliveries; True ends the run.
    """

    data: Path
    engine: Engine
    settings: ReportsSettings
    now: datetime
    machine_now: datetime
    send: mail.Sender = mail.send
    stopping: Callable[[], bool] = lambda: False


def folder_of(data: Path, settings: ReportsSettings) -> Path:
    """Where the files are put."""
    return settings.folder if settings.folder is not None else data / "reports"


def recipients(settings: ReportsSettings) -> tuple[str, ...]:
    """The folder, then each address."""
    return (FOLDER, *(settings.mail.to if settings.mail else ()))


def run_due(desk: Desk) -> Outcome:
    """Everything that is due and not yet handed over; missed periods are made up.

    A report waits until the snapshot has seen the whole of its period. Each recipient has an entry
    of its own, written before and after; one that fails does not keep the others waiting.

    Raises:
        LockedError: another process hands reports over now.
        OpsError: the ops database cannot be used: nothing is sent without being written down.
    """
    done = Outcome()
    with _alone(desk.data):
        deliveries = Deliveries(desk.engine)
        for left in deliveries.left_open(desk.machine_now, _LEFT):
            if left.recipient != FOLDER:
                log.error("report unsure", period=left.period.label, recipient=left.recipient)
                done.unsure.append(f"{left.period.label} {left.recipient}")
        try:
            snapshot = Snapshot.open(desk.data)
        except NothingPublishedError:
            return done
        try:
            zone = ZoneInfo(snapshot.manifest.time_zone)
            rhythm = desk.settings
            known = newest_whole_day(snapshot)
            for period in due(
                rhythm.every, desk.now, zone, hour=rhythm.hour, catch_up=rhythm.catch_up
            ):
                if period.last <= known and not desk.stopping():
                    _hand_over(desk, snapshot, period, recipients(rhythm), done=done, again=False)
        finally:
            snapshot.close()
    return done


def send_now(desk: Desk, period: Period, to: Sequence[str], *, again: bool) -> Outcome:
    """One report by hand; with ``again`` whatever became of it before.

    Raises:
        ReportError: the period is not over, or nothing was published since.
        LockedError: another process hands reports over now.
    """
    done = Outcome()
    with _alone(desk.data):
        Deliveries(desk.engine).left_open(desk.machine_now, _LEFT)
        snapshot = Snapshot.open(desk.data)
        try:
            known = newest_whole_day(snapshot)
            if period.last > known:
                raise ReportError(
                    f"{period.label} ends on {period.last}, the newest snapshot knows whole days "
                    f"up to {known}; wait, or run: foresite forecast"
                )
            _hand_over(desk, snapshot, period, to, done=done, again=again)
        finally:
            snapshot.close()
    return done


def _hand_over(
    desk: Desk,
    snapshot: Snapshot,
    period: Period,
    to: Sequence[str],
    *,
    done: Outcome,
    again: bool,
) -> None:
    """To each recipient that has not got it; the report is made only if there is one."""
    deliveries = Deliveries(desk.engine)
    wanted = [name for name in to if again or deliveries.open(period, name, desk.machine_now)]
    if not wanted:
        return
    made = [make(snapshot, period, language) for language in desk.settings.languages]
    for recipient in wanted:
        if desk.stopping():
            return
        if deliveries.claim(
            period, recipient, desk.machine_now, snapshot_id=snapshot.id, again=again
        ):
            state, reason = _try(desk, period, recipient, made)
            _note(desk, deliveries, period, recipient, state=state, reason=reason)
            told = {"sent": done.sent, "unsure": done.unsure}.get(state, done.failed)
            told.append(f"{period.label} {recipient}")


def _try(desk: Desk, period: Period, recipient: str, made: list[Made]) -> tuple[State, str]:
    """Hand over what was claimed; what became of it, and why."""
    settings = desk.settings
    try:
        if recipient == FOLDER:
            put(folder_of(desk.data, settings), [file for one in made for file in one.files])
        elif settings.mail is None:
            return "failed", "no mail server is set: see reports.mail"
        else:
            desk.send(letter(made, period), recipient, settings.mail, desk.machine_now)
    except UnsureError as error:
        return "unsure", str(error)
    except MailError as error:
        return "refused" if error.final else "failed", str(error)
    except (ReportError, OSError) as error:
        return "failed", str(error)
    return "sent", ""


def _note(
    desk: Desk,
    deliveries: Deliveries,
    period: Period,
    recipient: str,
    *,
    state: State,
    reason: str,
) -> None:
    now, about = desk.machine_now, {"period": period.label, "recipient": recipient}
    if state == "sent":
        deliveries.sent(period, recipient, now)
        log.info("report sent", **about)
    elif state == "unsure":
        deliveries.unsure(period, recipient, now, reason)
        log.error("report unsure", **about, reason=reason)
    elif state == "refused":
        deliveries.refused(period, recipient, now, reason)
        log.error("report refused", **about, reason=reason)
    else:
        attempts = desk.settings.mail.attempts if desk.settings.mail else _ATTEMPTS
        deliveries.failed(period, recipient, now, reason, attempts=attempts)
        log.warning("report not sent", **about, reason=reason)


def put(folder: Path, files: Sequence[mail.Attachment]) -> None:
    """Write files so that each is there whole or not at all; the same file again is the same."""
    folder.mkdir(parents=True, exist_ok=True)
    for file in files:
        draft = folder / f".{file.name}.part"
        with draft.open("wb") as out:
            out.write(file.content)
            out.flush()
            os.fsync(out.fileno())
        draft.replace(folder / file.name)
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _alone(data: Path) -> Iterator[None]:
    """One process hands reports over at a time; the kernel frees the lock of a killed one."""
    data.mkdir(parents=True, exist_ok=True)
    handle = os.open(data / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as error:
        raise LockedError("another process hands reports over now; try again later") from error
    finally:
        os.close(handle)
