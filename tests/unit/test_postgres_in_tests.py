"""Without PostgreSQL its half of the tests says so; where CI counts on it, it fails."""

from __future__ import annotations

import pytest

from tests.support.postgres import NoPostgresError, missing


@pytest.mark.parametrize(("ci", "outcome"), [("true", "Failed"), ("1", "Failed"), ("", "Skipped")])
def test_never_silent_in_ci(monkeypatch, ci, outcome):
    monkeypatch.setenv("CI", ci)
    with pytest.raises(BaseException, match="no initdb") as told:
        missing(NoPostgresError("no initdb"))
    assert type(told.value).__name__ == outcome
