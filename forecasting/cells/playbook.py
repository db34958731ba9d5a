"""What to do about each cause: a file that an operator may replace."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from forecasting.cells.causes import UNKNOWN, load_signatures
from forecasting.errors import ForecastingError
from ingest.crews import Skill

BUILT_IN = Path(__file__).with_name("playbook.toml")


class Play(BaseModel):
    """First steps, the skill they need and what to take along, in both languages.

    ``skill`` is the code by which a team is found, ``hours`` what the work usually takes without
    the way, ``on_site`` whether somebody must go there.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    action_zh: str = Field(min_length=1)
    action_en: str = Field(min_length=1)
    skill_zh: str = Field(min_length=1)
    skill_en: str = Field(min_length=1)
    parts_zh: str = Field(min_length=1)
    parts_en: str = Field(min_length=1)
    skill: Skill
    hours: float = Field(gt=0, le=24)
    on_site: bool


COLUMNS = ["cause", *Play.model_fields]
_LATER = ("skill", "hours", "on_site")  # an operator's older file lacks them


@cache
def load_playbook(path: Path | None = None) -> dict[str, Play]:
    """The play by cause; the built-in ones when ``path`` is None.

    Raises:
        ForecastingError: the file cannot be read, lacks a cause or a text, or has unknown keys.
    """
    path = path or BUILT_IN
    try:
        raw = tomllib.loads(path.read_text("utf-8"))
        plays = {
            cause: _play(path, cause, _completed(cause, table)) for cause, table in raw.items()
        }
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ForecastingError(f"{path}: cannot read the playbook: {error}") from error
    wanted = [*load_signatures(), UNKNOWN]
    missing = [cause for cause in wanted if cause not in plays]
    if missing:
        raise ForecastingError(f"{path}: the playbook lacks {', '.join(missing)}: add a table each")
    return plays


def _completed(cause: str, table: object) -> object:
    """A table of an older file, with what came later from the built-in playbook."""
    if not isinstance(table, dict):
        return table
    built_in = tomllib.loads(BUILT_IN.read_text("utf-8"))
    usual = built_in.get(cause, built_in[UNKNOWN])
    return {name: usual[name] for name in _LATER} | table


def _play(path: Path, cause: str, table: object) -> Play:
    try:
        return Play.model_validate(table)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join([cause, *(str(part) for part in first["loc"])])
        raise ForecastingError(f"{path}: playbook: {key}: {first['msg']}") from error


def playbook_table(path: Path | None = None) -> pd.DataFrame:
    """``COLUMNS``, one row per cause, as the snapshot keeps it."""
    plays = load_playbook(path)
    rows = [{"cause": cause, **play.model_dump()} for cause, play in plays.items()]
    return pd.DataFrame(rows, columns=COLUMNS)
