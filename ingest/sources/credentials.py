"""A source's user and password, or token: from a file that nobody else may read."""

from __future__ import annotations

import base64
import os
import stat
import tomllib
from pathlib import Path

from ingest.sources.errors import SourceError


def authorization(path: Path) -> str:
    """The value of the header ``Authorization`` (RFC 7617, RFC 6750).

    Raises:
        SourceError: absent, readable for others, or neither user and password nor token. The
            message never holds a word of the content.
    """
    try:
        trouble = mode_trouble(path)
        if trouble:
            raise SourceError(trouble)
        content = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError as error:
        raise SourceError(f"credentials_file {path} is not there") from error
    except OSError as error:
        raise SourceError(f"credentials_file {path} cannot be read: {error.strerror}") from error
    except ValueError:
        raise SourceError(f"credentials_file {path} is no TOML") from None
    if not all(isinstance(value, str) and value.isprintable() for value in content.values()):
        raise SourceError(f"credentials_file {path}: values are texts of one line")
    if content.keys() == {"token"}:
        return f"Bearer {content['token']}"
    if content.keys() == {"user", "password"} and ":" not in content["user"]:
        pair = f"{content['user']}:{content['password']}".encode()
        return "Basic " + base64.b64encode(pair).decode("ascii")
    raise SourceError(f"credentials_file {path}: give user and password, or token, nothing else")


def mode_trouble(path: Path) -> str | None:
    """One line when others may read the file; FileNotFoundError when it is not there."""
    status = path.stat()
    mode = stat.S_IMODE(status.st_mode)
    if mode & 0o077:
        return f"credentials_file {path} has mode {mode:04o}: others may read it; chmod 600 {path}"
    if status.st_uid not in (os.geteuid(), 0):
        return f"credentials_file {path} belongs to another user: chown it to your own"
    return None
