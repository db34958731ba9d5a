"""What a suggestion says."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from ingest.profiles.model import Table

Sure = Literal["high", "medium", "low"]


@dataclass(frozen=True)
class Guess:
    """One thing that was guessed: ``what`` it is about, ``value``, why, and how sure it is."""

    what: str
    value: str
    why: str
    sure: Sure


@dataclass(frozen=True)
class Preview:
    """Mapped rows as they would be stored, and what became of the rows tried.

    Attributes:
        columns: canonical columns (``customer_hash`` for customers).
        rows: up to five, as text; None where unknown.
        read: rows tried.
        rejected: reason -> rows.
        refused: why the loader refuses the file with this profile; None when it takes it.
    """

    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str | None, ...], ...] = ()
    read: int = 0
    rejected: dict[str, int] = field(default_factory=dict)
    refused: str | None = None


@dataclass(frozen=True)
class Suggestion:
    """A proposed profile.

    Attributes:
        table: the proposal.
        guesses: how it came about, in the order of the file's reading.
        unused: columns of the file that were not understood or are not needed.
        toml: text of the profile.
        shipped: name of a shipped profile that fits already, else None.
    """

    table: Table
    guesses: tuple[Guess, ...]
    unused: tuple[str, ...]
    toml: str
    shipped: str | None = None
