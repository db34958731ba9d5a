"""What a check found."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

Status = Literal["ok", "warn", "fail"]
ORDER: tuple[Status, ...] = ("ok", "warn", "fail")


@dataclass(frozen=True)
class Finding:
    """The answer of one check.

    Attributes:
        check: name of the check.
        status: `ok`; `warn`: works, but look at it; `fail`: something will not work.
        message: what was found.
        advice: what to do, empty when all is well.
    """

    check: str
    status: Status
    message: str
    advice: str = ""

    def as_dict(self) -> dict[str, Any]:
        """As in the JSON of the command."""
        return asdict(self)


def worst(findings: list[Finding]) -> Status:
    """The worst status of all."""
    return max((finding.status for finding in findings), key=ORDER.index, default="ok")
