"""Secrets of endpoints: from files that nobody else may read, or from the environment."""

from __future__ import annotations

import os
from pathlib import Path

from dashboard.dispatch.outbound.errors import OutboundError
from ingest.sources.credentials import mode_trouble

MOST = 4096


def lines_of(what: str, path: Path | None, variable: str | None) -> tuple[str, ...]:
    """The lines of a secret, empty ones left out; nothing when neither place is named.

    Args:
        what: the setting's name, for messages.
        path: of a file with mode 0600.
        variable: of the environment.

    Raises:
        OutboundError: absent, empty, too large or readable for others; the message never holds
            a word of the content.
    """
    if path is not None:
        text = _read(what, path)
    elif variable is not None:
        text = os.environ.get(variable, "")
    else:
        return ()
    lines = tuple(line.strip() for line in text.splitlines() if line.strip())
    where = path if path is not None else f"the variable {variable}"
    if not lines:
        raise OutboundError(f"{what}: {where} is empty")
    if not all(line.isascii() and line.isprintable() for line in lines):
        raise OutboundError(f"{what}: {where} holds signs that are not plain ASCII")
    return lines


def _read(what: str, path: Path) -> str:
    try:
        trouble = mode_trouble(path)
        if trouble:
            raise OutboundError(trouble.replace("credentials_file", what, 1))
        with path.open("rb") as file:
            content = file.read(MOST + 1)
    except FileNotFoundError:
        raise OutboundError(f"{what} {path} is not there") from None
    except OSError as error:
        raise OutboundError(f"{what} {path} cannot be read: {error.strerror}") from None
    if len(content) > MOST:
        raise OutboundError(f"{what} {path} has more than {MOST:,} bytes")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise OutboundError(f"{what} {path} is no text") from None
