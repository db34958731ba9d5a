"""Any split, order, repetition and file kind of the same deliveries ends in the same tables."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from itertools import pairwise, zip_longest
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.warehouses import KPI_HEAD, TICKET_HEAD, Room

KPIS = ("drop_rate_pct", "latency_ms", "voice_mos")
CALM = settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture(scope="module")
def room() -> Iterator[Room]:
    with tempfile.TemporaryDirectory() as folder:
        made = Room(Path(folder) / "data")
        yield made
        made.close()


def wipe(room: Room) -> None:
    tables = ("kpis", "kpi_revisions", "handovers", "handover_revisions", "ticket_states")
    for table in (*tables, "deliveries", "rejected_rows"):
        room.connection.execute(f"DELETE FROM {table}")


# quarters are exact in FLOAT, so that tables can be compared with ==
value = st.one_of(st.none(), st.integers(4, 20).map(lambda n: n / 4))
truth = st.dictionaries(
    st.tuples(st.sampled_from("ABC"), st.integers(0, 5)),
    st.tuples(value, value, value).filter(any),
    min_size=1,
    max_size=12,
)


def write(room: Room, number: int, rows: list[tuple], columns: tuple[str, ...], kind: str) -> Path:
    head = ["cell_id", "ts", "period_min", *columns]
    lines = [
        [cell, f"2026-03-01T{hour:02}:00:00+08:00", 60, *(fields[KPIS.index(c)] for c in columns)]
        for (cell, hour), fields in rows
    ]
    if kind == "parquet":
        path = room.put(f"kpis_{number}.parquet", b"")
        data = [list(column) for column in zip(*lines, strict=True)] or [[] for _ in head]
        types = [pa.string(), pa.string(), pa.int32(), *[pa.float64()] * len(columns)]
        arrays = [pa.array(c, t) for c, t in zip(data, types, strict=True)]
        pq.write_table(pa.table(arrays, names=head), path)
        return path
    text = ",".join(head) + "\n"
    text += "".join(",".join("" if v is None else str(v) for v in line) + "\n" for line in lines)
    return room.put(f"kpis_{number}.{kind}", text)


@CALM
@given(truth=truth, data=st.data())
def test_kpis_whole_rows(room: Room, truth: dict, data: st.DataObject) -> None:
    """Rows are dealt out to files, some to several, and the files come in any order."""
    wipe(room)
    rows = list(truth.items())
    dealt = data.draw(
        st.lists(st.lists(st.sampled_from(rows), max_size=8), max_size=4).map(lambda f: [*f, rows])
    )
    total = 0
    for number, file in enumerate(data.draw(st.permutations(dealt))):
        kind = data.draw(st.sampled_from(["csv", "csv.gz", "parquet"]))
        [result] = room.load(write(room, number, file, KPIS, kind))
        assert result.refused is None
        assert result.rows_read == len(file)
        assert (result.rows_updated, result.rows_rejected) == (0, 0)
        total += result.rows_loaded
    assert total == len(truth)
    assert stored(room) == expected(truth)
    assert room.one("SELECT count(*) FROM kpi_revisions") == (0,)


@CALM
@given(truth=truth, data=st.data())
def test_kpis_column_by_column(room: Room, truth: dict, data: st.DataObject) -> None:
    """Each file brings one column of the rows that have it; the others stay."""
    wipe(room)
    files = [
        ([row for row in truth.items() if row[1][i] is not None], (KPIS[i],)) for i in range(3)
    ]
    again = data.draw(st.lists(st.sampled_from(files), max_size=2))
    for number, (rows, columns) in enumerate(data.draw(st.permutations([*files, *again]))):
        [result] = room.load(write(room, number, rows, columns, "csv"))
        assert result.rows_rejected == 0
    assert stored(room) == expected(truth)


@CALM
@given(versions=st.lists(truth, min_size=1, max_size=4), data=st.data())
def test_of_revisions_the_last_delivered_counts(
    room: Room, versions: list[dict], data: st.DataObject
) -> None:
    wipe(room)
    table: dict = {}
    counted = 0
    for number, version in enumerate(versions):
        new = sum(key not in table for key in version)
        changed = sum(key in table and table[key] != row for key, row in version.items())
        table |= version
        rows = data.draw(st.permutations(list(version.items())))
        # a blank line makes the content new, so that the ledger does not know it
        path = write(room, number, rows, KPIS, "csv")
        path.write_text(path.read_text() + "\n" * number)
        [result] = room.load(path)
        assert (result.rows_loaded, result.rows_updated) == (new, changed)
        counted += changed
    assert stored(room) == expected(table)
    assert room.one("SELECT count(*) FROM kpi_revisions") == (counted,)


@CALM
@given(versions=st.lists(truth, min_size=1, max_size=4), data=st.data())
def test_dated_revisions_in_any_split_order_and_repetition(
    room: Room, versions: list[dict], data: st.DataObject
) -> None:
    """Rows that say when they were made: the newest made counts, whenever it is delivered."""
    wipe(room)
    table: dict = {}
    pieces = []
    for number, version in enumerate(versions):
        table |= version
        rows = [
            f"{cell},2026-03-01T{hour:02}:00:00+08:00,60,2026-03-02T{number:02}:00:00Z,"
            + ",".join("" if v is None else str(v) for v in row)
            + "\n"
            for (cell, hour), row in version.items()
        ]
        cut = data.draw(st.integers(0, len(rows)))
        pieces += [rows[:cut], rows[cut:]]
    again = data.draw(st.lists(st.sampled_from(pieces), max_size=3))
    mixed = data.draw(st.permutations([*pieces, *again]))
    if data.draw(st.booleans()):  # revisions of one row within one file
        mixed = [[*a, *b] for a, b in zip_longest(mixed[::2], mixed[1::2], fillvalue=[])]
    head = ",".join(["cell_id", "ts", "period_min", "revised_at", *KPIS]) + "\n"
    for number, rows in enumerate(mixed):
        result = room.take(f"kpis_{number}.csv", head + "".join(rows) + "\n" * number)
        assert result.rows_rejected == 0
    assert stored(room) == expected(table)
    newest = {key: number for number, version in enumerate(versions) for key in version}
    dated = {
        (cell, int(ts[11:13]) + (8 if ts[8:10] == "01" else -16)): int(made[11:13])
        for cell, ts, made in room.rows("SELECT cell_id, ts, revised_at FROM kpis")
    }
    assert dated == newest


relations = st.dictionaries(
    st.tuples(st.sampled_from("AB"), st.sampled_from("CD"), st.integers(1, 3)),
    st.integers(0, 9).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n))),
    min_size=1,
    max_size=8,
)


@settings(CALM, max_examples=6)
@given(versions=st.lists(relations, min_size=1, max_size=3), data=st.data())
def test_handovers_in_any_split_order_and_repetition(
    room: Room, versions: list[dict], data: st.DataObject
) -> None:
    """Of revisions the newest made counts, whenever and in whatever kind of file it comes."""
    wipe(room)
    table: dict = {}
    pieces = []
    for number, version in enumerate(versions):
        table |= version
        rows = [
            [cell, other, f"2026-03-0{day}T00:00:00+08:00", 1440, *counts, f"2026-04-0{number + 1}"]
            for (cell, other, day), counts in version.items()
        ]
        cut = data.draw(st.integers(0, len(rows)))
        pieces += [rows[:cut], rows[cut:]]
    again = data.draw(st.lists(st.sampled_from(pieces), max_size=3))
    head = [
        "cell_id", "neighbour_id", "ts", "period_min", "attempts", "successes", "revised_at",
    ]  # fmt: skip
    for number, rows in enumerate(data.draw(st.permutations([*pieces, *again]))):
        lines = [head, *([str(value) for value in row] for row in rows)]
        text = "\n".join(",".join(line) for line in lines) + "\n" * (number + 1)
        result = room.take(
            f"handovers_{number}.{data.draw(st.sampled_from(['csv', 'csv.gz']))}", text
        )
        assert result.refused is None
        assert result.rows_rejected == 0
    found = room.rows(
        "SELECT cell_id, neighbour_id, day(ts AT TIME ZONE 'Asia/Shanghai') AS day, attempts, "
        "successes FROM handovers ORDER BY ALL"
    )
    assert found == [(*key, *counts) for key, counts in sorted(table.items())]


rosters = st.dictionaries(
    st.tuples(st.sampled_from("AB"), st.integers(1, 3)), st.integers(0, 12), min_size=1, max_size=5
)


@settings(CALM, max_examples=6)
@given(versions=st.lists(rosters, min_size=1, max_size=3), data=st.data())
def test_rosters_in_any_split_order_and_repetition(
    room: Room, versions: list[dict], data: st.DataObject
) -> None:
    """Of a shift's states the one announced last counts; at each moment, of those known then."""
    room.connection.execute("DELETE FROM shift_states")
    wipe(room)
    tables: list[dict] = []
    pieces = []
    for number, version in enumerate(versions):
        tables.append((tables[-1] if tables else {}) | version)
        rows = [
            f"{team},2026-04-0{day} 08:00,2026-04-0{day} {8 + hours:02}:00,2026-03-0{number + 1}\n"
            for (team, day), hours in version.items()
        ]
        cut = data.draw(st.integers(0, len(rows)))
        pieces += [rows[:cut], rows[cut:]]
    again = data.draw(st.lists(st.sampled_from(pieces), max_size=3))
    head = "team_id,starts_at,ends_at,announced_at\n"
    for number, rows in enumerate(data.draw(st.permutations([*pieces, *again]))):
        result = room.take(f"shifts_{number}.csv", head + "".join(rows) + "\n" * number)
        assert (result.refused, result.rows_rejected) == (None, 0)
    for number, table in enumerate(tables):
        found = room.rows(
            "SELECT team_id, day(starts_at AT TIME ZONE 'Asia/Shanghai') AS day, "
            "date_diff('hour', starts_at, ends_at) AS hours "
            f"FROM shifts_as_of(TIMESTAMPTZ '2026-03-0{number + 1} 12:00:00+08') ORDER BY ALL"
        )
        assert found == [(*key, hours) for key, hours in sorted(table.items())]


def stored(room: Room) -> list[tuple]:
    return room.rows(f"SELECT cell_id, ts, {', '.join(KPIS)} FROM kpis ORDER BY cell_id, ts")


def expected(truth: dict) -> list[tuple]:
    def utc(hour: int) -> str:
        return f"2026-03-01T{hour - 8:02}:00:00Z" if hour >= 8 else f"2026-02-28T{hour + 16}:00:00Z"

    return [(cell, utc(hour), *row) for (cell, hour), row in sorted(truth.items())]


@st.composite
def ticket_states(draw: st.DrawFn) -> dict[str, list[str]]:
    """Tickets with their states, each state later than the one before, as CSV lines."""
    tickets = {}
    for number in range(draw(st.integers(1, 4))):
        times = sorted(draw(st.lists(st.integers(0, 200), min_size=1, max_size=4, unique=True)))
        lines = [f"T{number},2026-03-01 00:00,,13800000000,,new\n"]
        lines += [
            f"T{number},2026-03-01 00:00,2026-03-02 {t // 60:02}:{t % 60:02},13800000000,"
            f"{draw(st.integers(1, 10))},state {t}\n"
            for t in times
        ]
        tickets[f"T{number}"] = lines
    return tickets


@CALM
@given(tickets=ticket_states(), data=st.data())
def test_ticket_states(room: Room, tickets: dict[str, list[str]], data: st.DataObject) -> None:
    wipe(room)
    lines = [line for states in tickets.values() for line in states]
    shuffled = data.draw(st.permutations(lines + data.draw(st.lists(st.sampled_from(lines)))))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(shuffled)), max_size=4)))
    files = [shuffled[a:b] for a, b in pairwise([0, *cuts, len(shuffled)])]
    loaded = changed = 0
    for number, file in enumerate(files):
        result = room.take(f"tickets_{number}.csv", TICKET_HEAD + "".join(file))
        loaded += result.rows_loaded
        changed += result.rows_updated
        assert result.rows_rejected == 0
    assert (loaded, loaded + changed) == (len(tickets), len(lines))
    newest = [(ticket, states[-1].rsplit(",", 1)[1].strip()) for ticket, states in tickets.items()]
    assert room.rows("SELECT ticket_id, description FROM tickets ORDER BY 1") == sorted(newest)
    assert room.one("SELECT count(*) FROM ticket_states") == (len(lines),)


@CALM
@given(
    lines=st.lists(
        st.sampled_from(
            [
                "A,2026-03-01T08:00:00+08:00,60,1,2\n",
                "A,2026-03-01T08:00:00+08:00,60,,3\n",
                "B,2026-03-01 09:00,60,NaN,2\n",
                "B,2026-03-01 09:00,60,101,2\n",
                "B,2026-03-01 09:00,60,,\n",
                "B,2026-03-01 24:00,60,1,1\n",
                "B,2026-03-01 09:00,60,1\n",
                'B,2026-03-01 09:00,60,"1",2\n',
                'B,2026-03-01 09:00,60,"1"x,2\n',
                "\n",
                ",,,,\n",
            ]
        ),
        max_size=30,
    )
)
def test_every_row_is_accounted_for(room: Room, lines: list[str]) -> None:
    """Rows read are those of the file; each bad one is in rejected_rows under its own number."""
    wipe(room)
    result = room.take("kpis.csv", KPI_HEAD + "".join(lines))
    rows = [line for line in lines if line != "\n"]
    bad = [i for i, line in enumerate(rows, 1) if not line.startswith("A") and '"1",' not in line]
    assert result.refused is None
    assert result.rows_read == len(rows)
    assert [n for (n,) in room.rows("SELECT row_number FROM rejected_rows ORDER BY 1")] == bad
    assert sum(result.reasons.values()) == result.rows_rejected == len(bad)
