from __future__ import annotations

import json
from pathlib import Path

import pytest

from ingest.catalogue import load_catalogue
from ingest.contracts import feeds
from ingest.errors import ProfileError
from ingest.files import kind_of
from ingest.profiles import load_profile
from ingest.profiles.paths import parse_path
from ingest.profiles.records import profile_of
from ingest.settings import IngestSettings
from tests.support.warehouses import Room

TICKET = {
    "id": "T1",
    "creationDate": "2026-03-01",
    "channel": {"name": "hotline"},
    "note": [{"text": "a", "by": "x"}, {"text": "b", "by": "Y"}, {"text": "c", "by": "y"}],
    "statusChange": [{"s": "new", "at": "1"}, {"s": "closed", "at": "2"}],
    "relatedEntity": [{"id": "S", "@referredType": "Site"}, {"id": "C", "@referredType": "Cell"}],
    "flag": True,
    "tags": ["p", "q"],
    "a.b": "dotted",
    "empty": " ",
}


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("id", "T1"),
        ("channel.name", "hotline"),
        ("channel", None),  # an object is no text
        ("channel.name.more", None),
        ("note[*].text", "a; b; c"),
        ("note.text", None),  # which of them?
        ("statusChange[-1].at", "2"),
        ("statusChange[0].at", "1"),
        ("statusChange[7].at", None),
        ("relatedEntity[@referredType=cell].id", "C"),
        ("relatedEntity[@referredType!=Cell].id", "S"),
        ("relatedEntity[@referredType=NRCellDU,Cell].id", "C"),
        ("note[by=y].text", "b"),  # the first
        ("note[*][by=y].text", "b; c"),  # all
        ("flag", "true"),
        ("tags", "p; q"),
        ('"a.b"', "dotted"),
        ("nothing | empty | id", "T1"),
        ("[flag=true].id", "T1"),
        ("[flag=false].id", None),
        ("^eventTime", "now"),
    ],
)
def test_paths(path: str, text: str | None) -> None:
    assert parse_path(path).text(TICKET, {"eventTime": "now"}) == text


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("", "has no name at ''"),
        ("a..b", "has no name at ''"),
        ("a[", "open quote or bracket"),
        ("a[x]", r"selector \[x\]: use \*, a number, or a=b"),
        ("a[^b=c]", "tests no member"),
        ("a b", "cannot be understood at ' b'"),
        ("[a=b]", "has no name"),
    ],
)
def test_a_path_that_cannot_be_read_is_told(path: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=message):
        parse_path(path)
    profile = tmp_path / "own.toml"
    profile.write_text(
        'description = "x"\n[[tables]]\nfeed = "tickets"\nrecords = "json"\n[tables.columns]\n'
        f"channel = {{ source = {json.dumps(path)} }}\n"
    )
    with pytest.raises(ProfileError, match=r"own.toml: tables.0.columns.channel: the path"):
        load_profile(str(profile), feeds(load_catalogue()))


PLAIN = [
    {"ticket_id": "A", "created_at": "2026-03-01T08:00:00Z", "satisfaction": 3},
    {"ticket_id": "B", "created_at": "2026-03-01T09:00:00Z", "satisfaction": None, "more": 1},
]


@pytest.mark.parametrize(
    "content",
    [
        json.dumps(PLAIN),
        json.dumps({"total": 2, "items": PLAIN}),
        "\n".join(json.dumps(row) for row in PLAIN) + "\n",
        json.dumps(PLAIN[:1]) + "\n" + json.dumps({"page": PLAIN[1:]}),
        "\ufeff" + json.dumps(PLAIN, indent=2),
        json.dumps([{"eventType": "x", "event": {"ticket": row}} for row in PLAIN]),
        json.dumps([{"eventTime": "x", "event": row} for row in PLAIN]),
    ],
    ids=["array", "page", "lines", "pages", "bom", "notifications", "bare events"],
)
@pytest.mark.parametrize("name", ["tickets.json", "export.jsonl", "tickets.json.gz"])
def test_records_in_all_their_wrappings(room: Room, content: str, name: str) -> None:
    result = room.take(name, content)
    assert (result.feed, result.rows_read, result.rows_loaded) == ("tickets", 2, 2)
    assert result.ignored == ("more",)
    assert room.rows("SELECT ticket_id, satisfaction FROM tickets ORDER BY 1") == [
        ("A", 3),
        ("B", None),
    ]


def test_one_record_with_a_list_in_it_is_no_page(room: Room) -> None:
    row = {**PLAIN[0], "notes": [{"text": "a"}, {"text": "b"}]}
    assert room.take("tickets.json", json.dumps(row)).rows_read == 1


def test_numbers_stay_what_was_written(room: Room) -> None:
    big = "9" * 5000  # more digits than Python turns into a number
    result = room.take(
        "tickets.json",
        '[{"ticket_id": 20260301000012345678, "created_at": "2026-03-01", "longitude": 116.40, '
        '"latitude": 39.9},'
        f'{{"ticket_id": "B", "created_at": "2026-03-01", "satisfaction": {big}}}]',
    )
    assert room.rows("SELECT ticket_id, longitude FROM tickets") == [
        ("20260301000012345678", 116.4)
    ]
    assert result.reasons == {"not_a_number:satisfaction": 1}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('[{"ticket_id": "A"', "is not JSON, or cut off: line 1"),
        ('[{"ticket_id": "A"}', "is not JSON, or cut off"),
        ('{"ticket_id": "A"}\n{"ticket_id": "B', "is not JSON, or cut off: line 2"),
        ("", "is empty"),
        ("[]", "is empty"),
        ('[{"ticket_id": "A", "satisfaction": NaN}]', "holds NaN, which is not JSON"),
        ('[{"ticket_id": "A", "satisfaction": -Infinity}]', "holds -Infinity"),
        ('[{"ticket_id": "A", "ticket_id": "B"}]', "the name 'ticket_id' twice"),
        ("[" * 100_000, "too deep"),
        (
            '[{"ticket_id": "A", "created_at": "" , "channel": "' + "x" * 70_000 + '"}]',
            "record 1: a text is longer",
        ),
        ("ticket_id,created_at\nA,2026-03-01\n", "is not JSON"),
        (b'[{"ticket_id": "\xff\xfe\xfd"}]', "neither UTF-8 nor GB18030"),
    ],
)
def test_what_is_no_whole_json_is_refused(room: Room, content: str | bytes, message: str) -> None:
    result = room.take("tickets.json", content)
    assert result.refused is not None
    assert message in result.refused
    assert room.one("SELECT count(*) FROM ticket_states") == (0,)


def test_torn_at_every_byte_it_is_never_half_taken(room: Room) -> None:
    whole = json.dumps(PLAIN).encode()
    for length in range(len(whole)):
        assert room.take(f"tickets_{length}.json", whole[:length]).refused is not None
    assert room.one("SELECT count(*) FROM ticket_states") == (0,)


def test_limits(tmp_path: Path) -> None:
    room = Room(tmp_path / "data", IngestSettings(max_json_bytes=100, max_json_depth=3))
    deep = {"ticket_id": "A", "created_at": "2026-03-01", "x": {"y": {"z": {}}}}
    result = room.take("tickets.json", json.dumps([deep, 7, "text", None]))
    assert (result.rows_read, result.rows_loaded) == (4, 0)
    assert result.reasons == {"too_deep": 1, "not_an_object": 3}
    refused = room.take("tickets.json", json.dumps(PLAIN)).refused
    assert refused is not None
    assert "more than max_json_bytes = 100" in refused
    room.close()


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        ({"type": "FeatureCollection", "features": []}, "regions"),
        ({"name": "x", "features": [{"type": "Feature"}]}, "regions"),
        ({"type": "Topology", "objects": {}, "arcs": []}, "regions"),
        ({"crs": {"type": "name"}, "type": "FeatureCollection"}, "regions"),
        ([{"ticket_id": "A", "geometry": {"type": "Polygon"}}], "records"),
        ({"ticket_id": "A", "place": {"type": "Feature", "features": []}}, "records"),
        ({"items": [{"type": "FeatureCollection"}]}, "records"),
    ],
)
def test_geography_is_told_from_records_by_content(
    tmp_path: Path, content: object, kind: str
) -> None:
    path = tmp_path / "file.json"
    path.write_text(json.dumps(content))
    assert kind_of(path) == kind


@pytest.mark.parametrize(
    ("content", "name"),
    [
        ([{"id": "1", "@type": "TroubleTicket"}], "tmf621"),
        ({"eventType": "TroubleTicketResolvedEvent", "event": {"x": {"id": "1"}}}, "tmf621"),
        ([{"id": "1", "creationDate": "x", "ticketType": "y"}], "tmf621"),
        ([{"id": "1", "alarmRaisedTime": "x", "perceivedSeverity": "major"}], "tmf642"),
        ({"eventType": "AlarmStateChangeEvent", "event": {"alarm": {"id": "1"}}}, "tmf642"),
        ([{"ticket_id": "1", "creationDate": "x"}], None),
        ([{"id": "1", "severity": "major"}], None),
    ],
)
def test_tm_forum_is_known_by_its_content(
    tmp_path: Path, content: object, name: str | None
) -> None:
    path = tmp_path / "file.json"
    path.write_text(json.dumps(content))
    assert profile_of(path) == name


def test_a_folder_gives_only_json_that_is_data(room: Room) -> None:
    room.put("package.json", '{"name": "x", "version": "1"}')
    room.put("tickets_1.json", json.dumps(PLAIN))
    path = room.put("export.json", json.dumps([{"id": "1", "@type": "TroubleTicket"}]))
    results = room.load(path.parent)
    assert sorted(Path(result.file).name for result in results) == [
        "export.json",
        "tickets_1.json",
    ]
    assert room.rows("SELECT DISTINCT split_part(profile, '@', 1) FROM deliveries ORDER BY 1") == [
        ("canonical",),
        ("tmf621",),
    ]


def test_half_a_sign_is_set_aside(room: Room) -> None:
    result = room.take(
        "tickets.json",
        '[{"ticket_id": "A", "created_at": "2026-03-01", "channel": "\\ud83d", "\\ud83d": 1},'
        '{"ticket_id": "B", "created_at": "2026-03-01", "channel": "\\ud83d\\ude00"}]',
    )
    assert (result.rows_loaded, result.reasons) == (1, {"half_sign": 1})
    assert room.rows("SELECT channel FROM tickets") == [("\U0001f600",)]


def test_kpis_as_json(room: Room) -> None:
    rows = [{"cell_id": "C", "ts": "2026-03-01T08:00:00Z", "period_min": 60, "drop_rate_pct": 1.5}]
    assert room.take("kpis.json", json.dumps({"data": rows})).rows_loaded == 1
    assert room.rows("SELECT cell_id, drop_rate_pct FROM kpis") == [("C", 1.5)]
