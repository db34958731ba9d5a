"""The key of the customer hashes, held against the one that the warehouse knows."""

from __future__ import annotations

from pathlib import Path

import duckdb

from ingest.errors import IngestError
from ingest.privacy import KEY_FILE, customer_key, key_fingerprint
from ingest.queries import one_row, queries


def warehouse_key(connection: duckdb.DuckDBPyConnection, secrets_dir: Path) -> bytes:
    """The key that this warehouse's customers are hashed with; made at first use.

    Its fingerprint is noted in the warehouse when it is first used.

    Raises:
        IngestError: the key is missing though it was used before, is another one, or is not 32
            bytes long.
    """
    sql = queries("secret_keys")
    [noted] = one_row(connection, sql["fingerprint"])
    [hashed] = one_row(connection, sql["customers"])
    key = customer_key(secrets_dir, hashes_exist=bool(hashed) or noted is not None)
    found = key_fingerprint(key)
    if noted is None:
        connection.execute(sql["note"], {"fingerprint": found})
    elif noted != found:
        raise IngestError(
            f"{secrets_dir / KEY_FILE} is another key ({found}) than the one this warehouse's "
            f"customers are hashed with ({noted}): put that one back, or the same customer would "
            "count as two"
        )
    return key
