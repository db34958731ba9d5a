"""Which model may score: the one of the last day of training, trained where it is not yet there."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb

from forecasting import queries
from forecasting.cells import store
from forecasting.cells.training import WARM_UP, Trainer
from forecasting.errors import ModelError, NotEnoughHistoryError
from forecasting.hours.hashes import kpis_hash

_NOT_LEARNT = {"threads", "policy_file", "playbook_file", "bursts", "retrain_days"}


@dataclass(frozen=True)
class Live:
    """The model that may score, if any, and what people should know about it."""

    stored: store.Stored | None
    warnings: tuple[str, ...]


def midnight_before(moment: datetime, zone: str) -> datetime:
    """The local midnight at or before ``moment``, in UTC."""
    local = moment.astimezone(ZoneInfo(zone))
    return local.replace(hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)


def trained_at(moment: datetime, zone: str, every_days: int) -> datetime:
    """The local midnight, in UTC, of the last day of training at or before ``moment``.

    Every ``every_days``-th day is one, counted from a Monday of long ago: 1 is every day, 7 every
    Monday. So the model of a moment follows from the moment, and not from when the worker ran.
    """
    midnight = midnight_before(moment, zone).astimezone(ZoneInfo(zone))
    since = (midnight.toordinal() - 1) % every_days
    return (midnight - timedelta(days=since)).astimezone(UTC)


def live_model(
    connection: duckdb.DuckDBPyConnection, as_of: datetime, trainer: Trainer, models_dir: Path
) -> Live:
    """The model for ``as_of``: a function of what was known at the midnight of ``trained_at``.

    A stored model is used again only if facts and settings have the same fingerprint. A new one
    that does not pass its gates does not go live: the newest sound older one stays.
    """
    midnight = trained_at(as_of, trainer.maker.zone, trainer.maker.settings.retrain_days)
    fingerprint = fingerprint_of(connection, midnight, trainer)
    notes: list[str] = []
    older: store.Stored | None = None
    for folder in store.find(models_dir, midnight):
        try:
            stored = store.load(folder)
        except ModelError as error:
            notes.append(f"{error}; it is left out, delete it")
            continue
        if stored.trained_as_of == midnight and stored.fingerprint == fingerprint:
            return Live(stored, tuple(notes))
        if older is None and stored.trained_as_of < midnight:
            older = stored
        if stored.trained_as_of < midnight:
            break
    try:
        trained = trainer.train(connection, midnight)
    except (NotEnoughHistoryError, ModelError) as error:
        notes.append(f"no new model as of {midnight:%Y-%m-%dT%H:%MZ}: {error}")
        if older is not None:
            notes.append(f"the model of {older.trained_as_of:%Y-%m-%dT%H:%MZ} stays in use")
        return Live(older, tuple(notes))
    stored = store.save(
        models_dir,
        trained.model,
        trained_as_of=midnight,
        fingerprint=fingerprint,
        report=trained.report,
    )
    return Live(stored, tuple(notes))


def fingerprint_of(connection: duckdb.DuckDBPyConnection, as_of: datetime, trainer: Trainer) -> str:
    """SHA-256 of the facts known at ``as_of`` that training can see, and of the settings."""
    settings = trainer.maker.settings
    # an origin looks back at hours, whose normals were taken up to a week before them
    reach = timedelta(days=settings.training_days + settings.normal_days + 7) + WARM_UP
    zone, names = trainer.maker.zone, trainer.maker.catalogue.names
    kpis = kpis_hash(connection, as_of, as_of - reach, zone=zone, kpis=names)
    facts = queries.frame(connection, "facts_fingerprint", {"origin": as_of})
    orders = queries.frame(connection, "orders_fingerprint", {"origin": as_of})
    relations = trainer.maker.inventories.relations
    first = as_of - timedelta(days=settings.training_days + 7)
    # Threads change how long a model takes, not the model; the policy colours, it does not score;
    # the pace says when one is trained, not what it learns.
    what = "|".join(
        (
            kpis,
            *facts.iloc[0].astype(str),
            *orders["orders"],
            relations.fingerprint(connection, first, as_of),
            settings.model_dump_json(exclude=_NOT_LEARNT),
            trainer.maker.catalogue.model_dump_json(),
            zone,
        )
    )
    return hashlib.sha256(what.encode()).hexdigest()
