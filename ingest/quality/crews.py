"""What should be looked at in the feeds of teams and shifts."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from ingest.crews import skills_of, unknown_skills
from ingest.quality.model import Flaw

_NAMED = 3


def crew_flaws(crews: pd.DataFrame) -> Iterator[Flaw]:
    """Words that are no skill, and shifts of teams that nobody knows.

    Args:
        crews: ``team_id, skills, known``: teams known, and those that only shifts name.
    """
    teams = crews[crews["known"].astype(bool)]
    skills = [None if pd.isna(text) else str(text) for text in teams["skills"]]
    odd = [team for team, text in zip(teams["team_id"], skills, strict=True)
           if skills_of(text).unknown]  # fmt: skip
    if odd:
        words = unknown_skills(skills)
        about = {"teams": len(odd), "example": odd[0], "words": ", ".join(words[:_NAMED])}
        yield Flaw("unknown_skills", 0.3, about)
    strangers = sorted(crews.loc[~crews["known"].astype(bool), "team_id"])
    if strangers:
        about = {"teams": len(strangers), "example": strangers[0]}
        yield Flaw("unknown_teams", 0.3, about)
