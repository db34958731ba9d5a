"""kill -9 at every named boundary of ingest over twenty seeds, on a state that accumulates."""

from __future__ import annotations

import random
import zipfile
from collections import Counter
from pathlib import Path

import duckdb
import pytest

from ingest.archive.journal import Journal
from ingest.clock import FixedClock
from ingest.inbox import take_inbox
from ingest.rebuild import rebuild
from ingest.retention.tend import tend
from ingest.settings import IngestSettings
from ingest.warehouse import open_warehouse
from tests.support.forks import fork
from tests.support.tables import same_tables, tables
from tests.support.warehouses import KPI_HEAD, NOW, TICKET_HEAD

SEEDS = 20
CANARY = "13987654321"
SETTINGS = IngestSettings(inbox_old_s=0, min_free_bytes=0)

# module and name of the function before which the process is killed
BOUNDARIES = [
    ("ingest.inbox", "_in_order"),  # files are found
    ("ingest.delivering", "known_rows"),  # looked over
    ("ingest.delivering", "stage"),  # on the long way
    ("ingest.file_rows", "load_directly"),  # on the short way, in the transaction
    ("ingest.file_rows", "load_interval_rows"),  # in the transaction, nothing written
    ("ingest.file_rows", "load_states"),
    ("ingest.archive.store", "_keep_one"),  # file not archived
    ("ingest.delivering", "keep_masked"),
    ("ingest.archive.masking", "free_name"),  # the masked copy stands aside
    ("ingest.archive.store", "sync_folder"),  # archived, names not durable
    ("ingest.delivering", "enter"),  # archived, ledger not written
    ("ingest.archive.journal", "_line"),  # committed, not in the journal
    ("ingest.inbox", "put_away"),  # in the journal, still in the inbox
    ("ingest.putting_away", "move_refused_as_it_is"),  # refused, not moved
    ("ingest.archive.masking", "_write_reason"),  # not moved, without its reason
    ("ingest.retention.tend", "update_quality"),  # all is loaded
    ("ingest.retention.tend", "apply_retention"),
]

ONCE = {("ingest.inbox", "_in_order"), *BOUNDARIES[-4:]}  # called once a round

CHILD = """
import importlib, sys, time
from pathlib import Path
from ingest.clock import FixedClock
from ingest.inbox import take_inbox
from ingest.retention.tend import tend
from ingest.settings import IngestSettings
from ingest.warehouse import open_warehouse
from tests.support.warehouses import NOW

module, name, times, data = sys.argv[1:]
module, left = importlib.import_module(module), int(times)
original = getattr(module, name)

def stop(*args, **kwargs):
    global left
    left -= 1
    if left == 0:
        print("reached", flush=True)
        time.sleep(600)
    return original(*args, **kwargs)

setattr(module, name, stop)
connection = open_warehouse(Path(data))
settings = IngestSettings(inbox_old_s=0, min_free_bytes=0)
take_inbox(connection, Path(data), settings=settings, clock=FixedClock(NOW))
tend(connection, Path(data), settings=settings, clock=FixedClock(NOW))
print("done", flush=True)
"""


def drop(inbox: Path, seed: int) -> None:
    """Files of one round: all fates and feeds; names keep each feed's order."""
    inbox.mkdir(parents=True, exist_ok=True)
    chance = random.Random(seed)
    day, hour = 1 + seed // 24, seed % 24
    moment = f"2026-02-{day:02}T{hour:02}:00:00+08:00"
    rows = "".join(f"C{i},{moment},60,{chance.randint(0, 9)},{i}\n" for i in range(5))
    (inbox / f"kpis_{seed:03}a.csv").write_text(KPI_HEAD + rows)
    if seed:
        before = chance.randrange(seed)
        again = f"2026-02-{1 + before // 24:02}T{before % 24:02}:00:00+08:00"
        text = f"C1,{again},60,{chance.randint(0, 9)},\nC2,{again},60,x,1\nC9,{again},60,1,1\n"
        (inbox / f"kpis_{seed:03}b.csv").write_text(KPI_HEAD + text)
    (inbox / f"tickets_{seed:03}.csv").write_text(
        TICKET_HEAD
        + f"T{seed},{moment},,{CANARY},,请回电{CANARY}\n"
        + f"T{seed // 2},{moment},2026-02-20T{hour:02}:00:00+08:00,{CANARY},3,\n"
        + "broken\n"
    )
    day = f"2026-02-{1 + seed // 2:02}"
    (inbox / f"handovers_{seed:03}.csv").write_text(
        "cell_id,neighbour_id,ts,period_min,attempts,successes\n"
        f"C1,C2,{day},1440,{chance.randint(5, 9)},5\nC1,C1,{day},1440,1,1\n"
    )
    (inbox / f"kpis_{seed:03}z.csv").write_text(f"cell_id,latency_ms\nA,{seed}\n")
    if seed % 5 == 0:
        with zipfile.ZipFile(inbox / f"kpis_{seed:03}c.zip", "w") as packed:
            for part in "xy":
                line = f"Z{part},{moment},60,{seed % 7},1\n"
                packed.writestr(f"kpis_{seed:03}c{part}.csv", KPI_HEAD + line)


def killed(data: Path, boundary: tuple[str, str], times: int) -> str:
    """What the child said before it was killed: ``reached`` or ``done``."""
    child = fork(CHILD, *boundary, times, data)
    said = child.stdout.readline().strip()
    child.kill()
    return said


def take(connection: duckdb.DuckDBPyConnection, data: Path) -> None:
    for _ in range(3):  # a container's files are taken at the next look
        take_inbox(connection, data, settings=SETTINGS, clock=FixedClock(NOW))


def finish(data: Path) -> None:
    connection = open_warehouse(data)
    take(connection, data)
    tend(connection, data, settings=SETTINGS, clock=FixedClock(NOW))
    connection.close()


def facts(data: Path) -> dict:
    """All tables, without the order in which deliveries were taken.

    A refused file may stand in the ledger twice: it was tried twice.
    """
    found = tables(
        data,
        without="delivery_id|last_delivery_id|.*_through|how|file|refused|file_number|changed_ns",
    )
    found["deliveries"] = Counter(set(found["deliveries"]))
    return {name: rows for name, rows in found.items() if "mark" not in name}


@pytest.mark.slow
def test_twenty_seeds_of_kills_end_as_if_there_had_been_none(tmp_path: Path) -> None:
    calm, harried = tmp_path / "calm", tmp_path / "harried"
    for data in (calm, harried):
        (data / "secrets").mkdir(parents=True, mode=0o700)
        (data / "secrets/customer.key").write_bytes(bytes(range(32)))
        (data / "secrets/customer.key").chmod(0o600)
    reached = set()
    undisturbed = open_warehouse(calm)
    for seed in range(SEEDS):
        drop(calm / "inbox", seed)
        take(undisturbed, calm)
        drop(harried / "inbox", seed)
        boundary = BOUNDARIES[seed % len(BOUNDARIES)]
        times = 1 if boundary in ONCE else random.Random(seed).randint(1, 2)
        if killed(harried, boundary, times) == "reached":
            reached.add(boundary)
    undisturbed.close()
    assert reached == set(BOUNDARIES)
    finish(calm)  # tended once: however often upkeep runs, it ends the same
    finish(harried)
    assert not [p for p in (harried / "inbox").rglob("*") if p.is_file() and p.name[0] != "."]
    same_tables(facts(calm), facts(harried))
    for folder in ("archive", "rejected"):
        assert contents(harried / folder) >= contents(calm / folder)
    refused = [p for p in (harried / "rejected").rglob("*") if p.suffix != ".txt" and p.is_file()]
    assert all(path.with_name(path.name + ".reason.txt").exists() for path in refused)
    journal = Journal(harried)
    entries = list(journal.entries())
    assert [entry["delivery_id"] for entry in entries] == list(range(1, len(entries) + 1))
    for path in harried.rglob("*"):
        assert not path.is_file() or CANARY.encode() not in path.read_bytes(), path
    before = tables(harried)
    done = rebuild(harried, settings=SETTINGS, clock=FixedClock(NOW))
    assert (done.missing, done.different) == ((), ())
    same_tables(before, tables(harried))


def contents(folder: Path) -> set[bytes]:
    return {
        path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not path.name.endswith(".reason.txt")
    }
