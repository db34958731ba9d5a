"""Leak lint: whatever becomes known after ``as_of``, and whatever is kept of newer forecasts, the
forecast stays the same to the last bit: cells, drivers, causes, regions, bursts and all else in it.
"""

from __future__ import annotations

from dataclasses import fields
from datetime import timedelta
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from forecasting.fates import accuracy_tables
from forecasting.run import Forecast, forecast
from ingest.catalogue import load_catalogue
from tests.support import futures, smallcity

pytestmark = pytest.mark.slow

AS_OF = smallcity.before_end(days=5, hours=-15)  # three in the afternoon
EARLIER = AS_OF - timedelta(days=4)
LATER = AS_OF + timedelta(days=2, hours=5)
THREADS = 1  # test_forecasting_wall holds that their number moves no digit
NOT_SAID = {"made_at"}  # when it was made is no part of what it says


def made(connection: duckdb.DuckDBPyConnection, data: Path, as_of=AS_OF) -> Forecast:
    return forecast(
        connection,
        as_of,
        models_dir=data / "models",
        settings=smallcity.SETTINGS.model_copy(update={"threads": THREADS}),
        made_at=smallcity.END,
    )


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Forecast:
    """Of one who has no future at all: what all others have to equal."""
    data = tmp_path_factory.mktemp("first")
    connection = smallcity.warehouse(data, THREADS)
    futures.delete(connection, AS_OF)
    result = made(connection, data)
    connection.close()
    assert not str(result.model_id).startswith("fallback")
    assert len(result.drivers) > 0
    return result


def same(one: object, other: object, where: str = "forecast") -> None:
    """Bit for bit, field by field; a field that is new in it is compared without being named."""
    for field in fields(one):
        mine, theirs = getattr(one, field.name), getattr(other, field.name)
        name = f"{where}.{field.name}"
        if field.name in NOT_SAID or field.name == "attributor":
            continue
        if isinstance(mine, pd.DataFrame):
            pd.testing.assert_frame_equal(
                pd.DataFrame(mine), pd.DataFrame(theirs), check_exact=True, obj=name
            )
        elif field.name == "inventory":
            same(mine, theirs, name)
        else:
            assert mine == theirs, name


def test_another_future(first: Forecast, tmp_path: Path) -> None:
    connection = smallcity.warehouse(tmp_path, THREADS)
    futures.rewrite(connection, AS_OF, seed=1)
    other = made(connection, tmp_path)
    connection.close()
    same(first, other)


def test_newer_forecasts_were_made_and_newer_facts_loaded(first: Forecast, tmp_path: Path) -> None:
    """Kept hours, normals, hashes, models, champions, bursts, fates: of newer and of older runs.

    And what was known of an earlier forecast's fate is told again after other futures came.
    """
    connection = smallcity.warehouse(tmp_path, THREADS)
    made(connection, tmp_path, EARLIER)
    before = told(connection, AS_OF)
    assert len(before["accuracy"]) > 0
    made(connection, tmp_path, LATER)
    told(connection, LATER)
    futures.rewrite(connection, AS_OF, seed=3)
    told(connection, LATER + timedelta(days=3))
    after = told(connection, AS_OF)
    for name, frame in before.items():
        pd.testing.assert_frame_equal(frame, after[name], check_exact=True, obj=name)
    same(first, made(connection, tmp_path))
    connection.close()


def told(connection: duckdb.DuckDBPyConnection, moment) -> dict[str, pd.DataFrame]:
    return accuracy_tables(
        connection, moment, settings=smallcity.SETTINGS, catalogue=load_catalogue()
    )


def test_the_past_does_move_digits(first: Forecast, tmp_path: Path) -> None:
    """The counter-proof: the same distortion an hour before the wall is seen."""
    connection = smallcity.warehouse(tmp_path, THREADS)
    futures.rewrite(connection, AS_OF - timedelta(hours=12), seed=1)
    other = made(connection, tmp_path)
    connection.close()
    joined = first.cells.merge(other.cells, on="cell_id", suffixes=("", "_other"))
    assert (joined["probability"] != joined["probability_other"]).mean() > 0.5
