"""What to do about each cause: a file that an operator may replace."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from forecasting.cells.causes import UNKNOWN, load_signatures
from forecasting.errors import ForecastingError

BUILT_IN = Path(__file__).with_name("playbook.toml")


class Play(BaseModel):
    """First steps, the skill they need and what to take along, in both languages."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    action_zh: str = Field(min_length=1)
    action_en: str = Field(min_length=1)
    skill_zh: str = Field(min_length=1)
    skill_en: str = Field(min_length=1)
    parts_zh: str = Field(min_length=1)
    parts_en: str = Field(min_length=1)


COLUMNS = ["cause", *Play.model_fields]


@cache
def load_playbook(path: Path | None = None) -> dict[str, Play]:
    """The play by cause; the built-in ones when ``path`` is None.

    Raises:
        ForecastingError: the file cannot be read, lacks a cause or a text, or has unknown keys.
    """
    path = path or BUILT_IN
    try:
        raw = tomllib.loads(path.read_text("utf-8"))
        plays = {cause: _play(path, cause, table) for cause, table in raw.items()}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ForecastingError(f"{path}: cannot read the playbook: {error}") from error
    wanted = [*load_signatures(), UNKNOWN]
    missing = [cause for cause in wanted if cause not in plays]
    if missing:
        raise ForecastingError(f"{path}: the playbook lacks {', '.join(missing)}: add a table each")
    return plays


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
