"""What a JSON file holds, by its first signs: regions, or records, and of which TM Forum API."""

from __future__ import annotations

import re
from pathlib import Path

from ingest.readers.head import head_of

JSON_NAMES = (".json", ".jsonl", ".ndjson")
_TOKEN = re.compile(r'"((?:[^"\\]|\\.)*)"|([\[\]{}:,])|[^\s"\[\]{}:,]+', re.DOTALL)
_GEOGRAPHY = {
    "FeatureCollection", "Feature", "Topology", "GeometryCollection", "Polygon", "MultiPolygon",
}  # fmt: skip
_TICKET_MEMBERS = {
    "creationDate", "ticketType", "statusChange", "statusChangeDate", "statusChangeHistory",
    "troubleTicketCharacteristic", "requestedResolutionDate", "expectedResolutionDate",
}  # fmt: skip
_ALARM_MEMBERS = {"alarmRaisedTime", "perceivedSeverity", "alarmType", "alarmedObject", "ackState"}


def is_json(path: Path) -> bool:
    """Whether the file's name, ``.gz`` apart, is that of a JSON file."""
    return path.name.lower().removesuffix(".gz").endswith(JSON_NAMES)


def is_geography(path: Path) -> bool:
    """Whether the outermost object of a JSON file is GeoJSON or TopoJSON."""
    return bool(_outer_types(head_of(path)) & _GEOGRAPHY)


def profile_of(path: Path) -> str | None:
    """``tmf621`` or ``tmf642`` where a JSON file is that by its content, else None.

    Told by ``@type``, by the name of a notification, or by two members that no other record has.
    """
    head = head_of(path)
    names = {match[1] for match in _TOKEN.finditer(head) if match[1]}
    if names & {"TroubleTicket", "troubleTicket"} or any(
        re.fullmatch(r"TroubleTicket\w*(Event|Notification)", name) for name in names
    ):
        return "tmf621"
    if any(re.fullmatch(r"Alarm\w*(Event|Notification)", name) for name in names):
        return "tmf642"
    if len(names & _ALARM_MEMBERS) > 1 and "id" in names:
        return "tmf642"
    if "creationDate" in names and len(names & _TICKET_MEMBERS) > 1:
        return "tmf621"
    return None


def _outer_types(head: str) -> set[str]:
    """Values of ``type`` in the outermost object; the type that its other members tell."""
    found: set[str] = set()
    depth, before, name = 0, "", ""
    for match in _TOKEN.finditer(head):
        text, sign = match[1], match[2]
        if sign in ("{", "["):
            if depth == 1 and name in ("features", "arcs", "geometries"):
                found.add("FeatureCollection")
            if depth == 0 and sign == "[":
                return found
            depth += 1
        elif sign in ("}", "]"):
            depth -= 1
            if depth == 0:
                return found
        elif sign == ":" and depth == 1:
            name = before
        elif text is not None and depth == 1:
            if name == "type":
                found.add(text)
            before, name = text, ""
    return found
