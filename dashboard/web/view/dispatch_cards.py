"""Orders in words: the cards of the board, and the teams beside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from dashboard.dispatch.proofs import Proof
from dashboard.dispatch.states import Kind, State, possible
from dashboard.web.context import Look
from dashboard.web.view import words as w
from dashboard.web.view.dispatch_rows import Row, Rows
from dashboard.web.view.dispatch_teams import Duty
from dashboard.web.view.order_words import SIGNS, reason_text, state_word
from dashboard.web.view.state import path_to

AT_DESK: tuple[Kind, ...] = (
    "accept",
    "dispatch",
    "assign",
    "reject",
    "cancel",
    "reopen",
    "close",
    "comment",
)
"""What a person at the board may do, in the order of the buttons."""
_FIRST = ("accept", "dispatch", "close")
"""Of these the first that is possible stands on the card itself."""


def card(look: Look, rows: Rows, row: Row, *, acting: bool) -> dict[str, Any]:
    """A card; times as seconds since 1970, because its clock runs in the browser.

    Args:
        look: words of the language.
        rows: names of teams.
        row: the order.
        acting: whether steps can be taken (not in a replay, not on a wall).
    """
    texts, order, draft = look.words.texts, row.order, row.order.draft
    can = what_can(order.state) if acting else []
    return {
        "id": order.name,
        "seq": order.seq,
        "state": order.state,
        "sign": SIGNS[order.state],
        "said": state_word(texts, order.state),
        "site": draft.title,
        "cells": texts(
            "dispatch.cells" if len(draft.cell_ids) > 1 else "dispatch.cell", n=len(draft.cell_ids)
        ),
        "users": texts("dispatch.users", n=w.number(draft.users)),
        "where": row.region or w.NOTHING,
        "cause": look.words.cause(draft.cause),
        "avoided": w.expected(draft.avoided),
        "team": rows.teams.name(row.team) if row.team else texts("dispatch.team_none"),
        "given": "yes" if order.team_id else "no",
        "tip": _tip(look, rows, row),
        "due": _due(look, row),
        "since": order.since.timestamp(),
        "opened": order.opened_at.timestamp(),
        "late": row.late,
        "marks": _marks(look, row),
        "can": can,
        "act": next((kind for kind in _FIRST if kind in can), ""),
        "href": look.state.href(path_to("dispatch", order.name)),
    }


def what_can(state: State) -> list[str]:
    """What a person at the board may do with an order in that state, as buttons stand."""
    can = possible(state, "person")
    # To send a team is to accept the order (view/dispatch_act.py).
    return [k for k in AT_DESK if k in can or (k == "dispatch" and state == "proposed")]


def _due(look: Look, row: Row) -> dict[str, Any] | None:
    timer = row.timer
    if timer is None:
        return None
    return {
        "what": look.words.texts(f"dispatch.timer.{timer.name}"),
        "from": timer.begun_at.timestamp(),
        "warn": timer.warn_at.timestamp() if timer.warn_at is not None else None,
        "at": timer.due_at.timestamp(),
        "proof": timer.proof,
    }


def _marks(look: Look, row: Row) -> list[list[str]]:
    """Signs on the card: kind, text, what it says in full."""
    texts, order = look.words.texts, row.order
    made = []
    if row.proof is not None and order.state == "repaired":
        made.append(_proof_mark(look, row.proof))
    if order.reopened:
        told = texts("dispatch.mark_reopened_help", n=order.reopened)
        made.append(["reopened", texts("dispatch.mark_reopened"), told])
    if works := next(iter(order.draft.works), None):
        starts = look.words.moment(datetime.fromisoformat(works["starts_at"]))
        kind = look.words.code("works", works.get("kind"))
        told = texts("dispatch.mark_works_help", kind=kind, time=starts)
        made.append(["works", texts("dispatch.mark_works"), told])
    if order.comments:
        told = texts("dispatch.mark_comments_help", n=order.comments)
        made.append(["comments", texts("dispatch.mark_comments", n=order.comments), told])
    return made


def _proof_mark(look: Look, proof: Proof) -> list[str]:
    """How many KPIs are back, of how many; in full: hours known, complaints, until when."""
    texts, words = look.words.texts, look.words
    told = [
        texts("order_proof.back", n=proof.kpis_back, of=proof.kpis,
              hours=w.number(proof.known_h), need=w.number(proof.of_h)),
        texts("dispatch.mark_proof_quiet", n=proof.complaints,
              time=words.moment(proof.quiet_until)),
        texts("order_proof.looked", time=words.moment(proof.as_of)),
    ]  # fmt: skip
    if not proof.known_h:
        return ["proof", texts("dispatch.mark_proof_none"), "\n".join(told)]
    kind = "proof" if proof.kpis_back == proof.kpis else "proof off"
    said = texts("dispatch.mark_proof", n=proof.kpis_back, of=proof.kpis)
    return [kind, said, "\n".join(told)]


def _tip(look: Look, rows: Rows, row: Row) -> str:
    """All of it in some lines, for whoever waits over a card."""
    texts, words, order, draft = look.words.texts, look.words, row.order, row.order.draft
    lines = [
        texts("dispatch.tip_state", state=state_word(texts, order.state), by=order.by,
              time=words.moment(order.since)),
        texts("dispatch.tip_cells", cells=" ".join(draft.cell_ids[:6]),
              users=w.number(draft.users)),
        texts("dispatch.tip_worth", avoided=w.expected(draft.avoided),
              expected=w.expected(draft.expected), rank=w.expected(row.rank),
              hours=f"{draft.hours:g}"),
    ]  # fmt: skip
    if row.team:
        key = "dispatch.tip_has" if order.team_id else "dispatch.tip_suggested"
        lines.append(texts(key, team=rows.teams.name(row.team)))
    if order.reason:
        lines.append(texts("dispatch.tip_reason", reason=reason_text(texts, order.reason)))
    return "\n".join(lines)


def team(look: Look, duty: Duty, *, planned: bool) -> dict[str, Any]:
    """A team of the strip.

    Args:
        look: words of the language.
        duty: the team now.
        planned: whether the plan of that moment is known.
    """
    texts, words = look.words.texts, look.words
    shift = duty.shift
    said = texts(f"dispatch.duty.{duty.state}")
    where = duty.at.draft.title if duty.at is not None else ""
    hours = w.NOTHING
    if shift is not None:
        hours = texts(
            "dispatch.shift", start=words.time(shift.starts_at), end=words.time(shift.ends_at)
        )
    load = duty.planned_h / shift.hours if shift is not None and shift.hours else 0.0
    text = ""
    if shift is not None and planned:
        text = texts("dispatch.planned", hours=f"{duty.planned_h:.1f}", of=f"{shift.hours:g}")
    told = (
        duty.team.name,
        f"{said} · {where}" if where else said,
        hours,
        text,
        skills(look, duty.team.skills),
    )
    return {
        "id": duty.team.team_id,
        "name": duty.team.name,
        "state": duty.state,
        "said": said,
        "where": where,
        "hours": hours,
        "planned": text,
        "load": round(min(load, 1.0), 3) if planned else None,
        "blocks": [[b.kind, round(b.start, 4), round(b.end, 4)] for b in duty.blocks],
        "now": None if duty.now is None else round(duty.now, 4),
        "open": duty.open,
        "tip": "\n".join(filter(None, told)),
    }


def skills(look: Look, codes: str) -> str:
    """A team's skills in words."""
    found = [look.words.texts.get(f"skill.{code}") or code for code in codes.split(";") if code]
    return look.words.texts("dispatch.join").join(found)


def choices(
    look: Look, rows: Rows, shown: Sequence[Row], chosen: Mapping[str, str]
) -> dict[str, list[dict[str, str]]]:
    """What one may choose from lists: what there is, and what is chosen though it is gone."""
    regions = {row.order.draft.region_id or "" for row in shown} | {chosen.get("region_id", "")}
    causes = {row.order.draft.cause for row in shown} | {chosen.get("cause", "")}
    teams = {row.team for row in shown} | set(rows.teams.by_id) | {chosen.get("team", "")}
    none = {"value": "none", "label": look.words.texts("dispatch.team_none")}
    return {
        "region_id": _list({code: rows.regions.get(code, code) for code in regions if code}),
        "cause": _list({code: look.words.cause(code) for code in causes if code}),
        "team": [none, *_list({t: rows.teams.name(t) for t in teams if t and t != "none"})],
    }


def _list(named: Mapping[str, str]) -> list[dict[str, str]]:
    return [
        {"value": value, "label": label}
        for value, label in sorted(named.items(), key=lambda one: (one[1], one[0]))
    ]
