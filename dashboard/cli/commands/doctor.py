"""`foresite doctor`: checks, and what to do."""

from __future__ import annotations

import typer

from dashboard.cli.session import DataOption, JsonOption, begin

_MARKS = {"ok": "✓", "warn": "!", "fail": "✗"}


def doctor(
    context: typer.Context,
    *,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Check that all is well, and say what to do.

    Looks at data directory, settings, clock, disk, fonts, browser, worker, warehouse and freshness.
    Exit code 1 when a check fails; warnings alone leave it at 0.
    """
    session = begin(context, data, as_json)
    from dashboard.doctor import examine
    from dashboard.doctor.findings import worst

    findings = list(examine(session.data))
    lines = []
    for finding in findings:
        lines.append(f"{_MARKS[finding.status]} {finding.check}: {finding.message}")
        if finding.advice:
            lines.append(f"    → {finding.advice}")
    status = worst(findings)
    payload = {"status": status, "checks": [finding.as_dict() for finding in findings]}
    session.out.result(payload, lines)
    if status == "fail":
        failed = ", ".join(finding.check for finding in findings if finding.status == "fail")
        session.out.note(f"foresite: failed: {failed}")
        raise typer.Exit(1)
