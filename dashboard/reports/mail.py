"""One mail to one recipient, and how sure one may be that it was taken."""

from __future__ import annotations

import re
import smtplib
import socket
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from hashlib import sha256
from threading import Timer
from typing import Protocol

from dashboard.reports.errors import MailError, ReportError, UnsureError
from dashboard.reports.settings import MailSettings
from ingest.sources.credentials import mode_trouble

_LEADING_DOT = re.compile(rb"(?m)^\.")


@dataclass(frozen=True)
class Attachment:
    """A file of a mail."""

    name: str
    content: bytes
    maintype: str
    subtype: str


@dataclass(frozen=True)
class Letter:
    """What a mail says, without its recipient.

    Attributes:
        subject: one line.
        text: for programs that show no HTML.
        html: self-contained; nothing in it is loaded from elsewhere.
        files: attached.
        key: the same for the same report: makes the Message-ID, so that a mail that went out twice
            is known as one by the programs that receive it.
    """

    subject: str
    text: str
    html: str
    files: Sequence[Attachment]
    key: str


class Sender(Protocol):
    """Hands a letter to a mail server."""

    def __call__(
        self, letter: Letter, recipient: str, settings: MailSettings, at: datetime
    ) -> None:
        """Raises MailError (not taken) or UnsureError (perhaps taken)."""


def compose(letter: Letter, recipient: str, sender: str, at: datetime) -> EmailMessage:
    """The mail; same arguments, same mail."""
    mail = EmailMessage(policy=SMTP)
    mail["From"] = sender
    mail["To"] = recipient
    mail["Subject"] = " ".join(letter.subject.split())
    mail["Date"] = format_datetime(at)
    mark = sha256(f"{letter.key}|{recipient}|{sender}".encode()).hexdigest()[:32]
    mail["Message-ID"] = f"<{mark}@{sender.rpartition('@')[2]}>"
    # Answers by machines (absences) are not wanted.
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(letter.text)
    mail.add_alternative(letter.html, subtype="html")
    for file in letter.files:
        mail.add_attachment(
            file.content, maintype=file.maintype, subtype=file.subtype, filename=file.name
        )
    boundary = sha256(f"{mark}|boundary".encode()).hexdigest()[:24]
    for number, part in enumerate(part for part in mail.walk() if part.is_multipart()):
        part.set_boundary(f"=_{boundary}_{number}")
    return mail


def send(letter: Letter, recipient: str, settings: MailSettings, at: datetime) -> None:
    """Hand a letter to the mail server, for one recipient.

    Raises:
        MailError: the server has not taken it: try again, unless it is ``final``.
        UnsureError: the line broke after the text was handed over, before the answer.
    """
    mail = compose(letter, recipient, settings.sender, at)
    content = mail.as_bytes()
    with _line(settings) as line:
        with _not_taken(settings.host):
            line.ehlo_or_helo_if_needed()
            _said(line.mail(settings.sender), "the sender", final_from=600)
            _said(line.rcpt(recipient), "the recipient")
            code, answer = line.docmd("DATA")
            if code != 354:
                raise MailError(f"the server refuses the text: {_shown(code, answer)}")
            # While its last line is not sent, the server cannot have taken the mail.
            line.send(_LEADING_DOT.sub(b"..", content) + b".\r\n")
        try:
            code, answer = line.getreply()
        except (smtplib.SMTPException, OSError) as error:
            raise UnsureError(
                f"the text was handed over, then the line broke ({_reason(error)})"
            ) from None
        if code != 250:
            raise MailError(
                f"the server refuses the text: {_shown(code, answer)}", final=_final(code)
            )


def check(settings: MailSettings) -> None:
    """Can the server be reached, and does it let us in? Nothing is sent.

    Raises:
        MailError: no; one line says why, without secrets.
    """
    with _line(settings) as line, _not_taken(settings.host):
        line.noop()


@contextmanager
def _line(settings: MailSettings) -> Iterator[smtplib.SMTP]:
    """A connection, logged in; cut when the time for all of it is up."""
    where = f"{settings.host}:{settings.port}"
    password = password_of(settings)
    with _not_taken(where):
        line = _connect(settings)
    cut = Timer(settings.timeout_s, _cut, args=(line,))
    cut.daemon = True
    cut.start()
    try:
        with _not_taken(where):
            if settings.security == "starttls":
                line.starttls(context=_trust(settings))
            if settings.user is not None:
                line.login(settings.user, password or "")
        yield line
    finally:
        cut.cancel()
        _bye(line)


def _connect(settings: MailSettings) -> smtplib.SMTP:
    place = (settings.host, settings.port)
    # A part of the whole time; the timer above cuts what drags on in small pieces.
    patience = settings.timeout_s
    if settings.security == "tls":
        return smtplib.SMTP_SSL(*place, timeout=patience, context=_trust(settings))
    return smtplib.SMTP(*place, timeout=patience)


def _trust(settings: MailSettings) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=settings.ca_file)


def _cut(line: smtplib.SMTP) -> None:
    if line.sock is not None:
        try:
            line.sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            line.sock.close()


def _bye(line: smtplib.SMTP) -> None:
    """The mail is taken or not, whatever is said now."""
    try:
        line.quit()
    except (smtplib.SMTPException, OSError):
        line.close()


@contextmanager
def _not_taken(where: str) -> Iterator[None]:
    """Before the text is handed over every failure is a plain one."""
    try:
        yield
    except smtplib.SMTPAuthenticationError as error:
        # What the server says may quote the name; the code is enough.
        raise MailError(f"{where}: the login is refused ({error.smtp_code})") from None
    except smtplib.SMTPResponseException as error:
        raise MailError(f"{where}: {_shown(error.smtp_code, error.smtp_error)}") from None
    except ssl.SSLError as error:
        raise MailError(f"{where}: no trusted TLS: {error.reason or 'closed'}") from None
    except (smtplib.SMTPException, OSError) as error:
        raise MailError(f"{where}: {_reason(error)}") from None


def _said(answer: tuple[int, bytes], what: str, *, final_from: int = 500) -> None:
    code, text = answer
    if code not in (250, 251):
        raise MailError(
            f"the server refuses {what}: {_shown(code, text)}", final=code >= final_from
        )


def _final(code: int) -> bool:
    return 500 <= code < 600


def _shown(code: int, text: bytes | str) -> str:
    said = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return f"{code} {' '.join(said.split())[:160]}".strip()


def _reason(error: BaseException) -> str:
    if isinstance(error, TimeoutError) or "timed out" in str(error):
        return "no answer in time"
    return " ".join(str(error).split())[:160] or type(error).__name__


def password_of(settings: MailSettings) -> str | None:
    """The password; None without a login.

    Raises:
        ReportError: its file is absent, empty or readable for others; the content is never shown.
    """
    if settings.password is not None:
        return settings.password.get_secret_value()
    path = settings.password_file
    if path is None:
        return None
    try:
        trouble = mode_trouble(path)
        if trouble:
            raise ReportError(trouble.replace("credentials_file", "password_file"))
        text = path.read_text("utf-8").strip("\r\n")
    except OSError as error:
        raise ReportError(f"password_file {path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ReportError(f"password_file {path} is no text") from None
    if not text or "\n" in text:
        raise ReportError(f"password_file {path} must hold one line: the password")
    return text
