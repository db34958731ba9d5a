"""What became of one file."""

from __future__ import annotations

from dataclasses import dataclass, field

from ingest.masks import mask_text


@dataclass(frozen=True)
class FileResult:
    """Rows of one file, by what became of them.

    Attributes:
        file: the path as given or found.
        feed: name of the feed, empty when it could not be told.
        rows_read: rows of the file, header and blank lines apart; the sum of the five below.
        rows_loaded: rows whose key was new.
        rows_updated: rows that changed what was known of their key.
        rows_unchanged: rows that said what was known already.
        rows_rejected: rows set aside in ``rejected_rows``.
        rows_merged: rows that another row of the same file and key took up or replaced.
        reasons: ``code:column`` (or ``code``) -> rows. Codes of rows that were kept but flagged
            are in it too, so that it may sum to more than ``rows_rejected``.
        ignored: columns of the file that its feed does not know.
        notes: lines on what was repaired and what looks wrong, the gravest first; nothing was
            refused for it.
        refused: one line that says why the whole file was refused; None when it was taken.
        known: the same content had been loaded before.
        again: refused for now only, since the file was changed while it was read.
    """

    file: str
    feed: str
    rows_read: int = 0
    rows_loaded: int = 0
    rows_updated: int = 0
    rows_unchanged: int = 0
    rows_rejected: int = 0
    rows_merged: int = 0
    reasons: dict[str, int] = field(default_factory=dict)
    ignored: tuple[str, ...] = ()
    refused: str | None = None
    known: bool = False
    again: bool = False
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        # names of columns and words of a file are shown, logged and kept: masked like its texts
        for part in ("ignored", "notes"):
            masked = tuple(mask_text(text) or "" for text in getattr(self, part))
            object.__setattr__(self, part, masked)
        if self.refused is not None:
            known = self.file if self.refused.startswith(self.file) else ""
            shown = known + (mask_text(self.refused.removeprefix(known)) or "")
            object.__setattr__(self, "refused", shown)
        parts = (
            self.rows_loaded
            + self.rows_updated
            + self.rows_unchanged
            + self.rows_rejected
            + self.rows_merged
        )
        if self.rows_read != parts:
            raise RuntimeError(f"{self.file}: {self.rows_read} rows read, {parts} accounted for")

    def to_json(self) -> dict[str, object]:
        """The object of ``foresite ingest --json``; ``refused`` only where it is so."""
        shown: dict[str, object] = {
            "file": self.file,
            "feed": self.feed,
            "rows_read": self.rows_read,
            "rows_loaded": self.rows_loaded,
            "rows_updated": self.rows_updated,
            "rows_unchanged": self.rows_unchanged,
            "rows_rejected": self.rows_rejected,
            "rows_merged": self.rows_merged,
            "reasons": dict(sorted(self.reasons.items())),
        }
        if self.ignored:
            shown["ignored"] = list(self.ignored)
        if self.notes:
            shown["notes"] = list(self.notes)
        if self.refused is not None:
            shown["refused"] = self.refused
        return shown
