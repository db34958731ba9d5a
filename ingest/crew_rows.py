"""Rows of teams and shifts that say more than is known: counted, and kept."""

from __future__ import annotations

import duckdb

from ingest.crews import skills_of
from ingest.mapping import Plan
from ingest.queries import one_row


def crew_flags(connection: duckdb.DuckDBPyConnection, plan: Plan) -> dict[str, int]:
    """What good rows of ``checked`` name that nobody knows; they are kept all the same.

    Returns:
        ``unknown_skill`` -> teams with a word that is no skill; ``unknown_team`` -> shifts of teams
        that are not loaded yet.
    """
    if plan.feed.name == "shifts":
        [rows] = one_row(
            connection,
            "SELECT count(*) FROM checked WHERE reason IS NULL AND team_id NOT IN "
            "(SELECT team_id FROM team_states)",
        )
        return {"unknown_team": int(rows)} if rows else {}
    if "skills" not in plan.mapping.names:
        return {}
    told = connection.execute(
        "SELECT skills, count(*) FROM checked WHERE reason IS NULL GROUP BY skills"
    ).fetchall()
    odd = sum(count for skills, count in told if skills_of(skills).unknown)
    return {"unknown_skill": odd} if odd else {}
