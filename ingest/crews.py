"""What crews can do: lists in one text, and the skills that orders ask for."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, get_args

Skill = Literal[
    "radio", "antenna", "transmission", "remote", "interference", "capacity", "analysis"
]
SKILLS: tuple[Skill, ...] = get_args(Skill)
"""Codes of the playbook and of teams: radio equipment, antennas and climbing, backhaul, remote
optimisation, interference hunting, capacity, analysis."""

_APART = re.compile(r"[;,、；，|\s]+")
_WORDS: dict[str, Skill] = {
    "radio": "radio", "主设备": "radio", "主设备维护": "radio", "无线": "radio",
    "基站": "radio", "基站维护": "radio", "无线维护": "radio",
    "antenna": "antenna", "天馈": "antenna", "天馈与塔工": "antenna", "天线": "antenna",
    "塔工": "antenna", "登高": "antenna", "climbing": "antenna",
    "transmission": "transmission", "transport": "transmission", "backhaul": "transmission",
    "传输": "transmission", "传输维护": "transmission", "线路": "transmission",
    "remote": "remote", "远程": "remote", "远程网优": "remote", "后台": "remote",
    "网优": "remote", "后台网优": "remote",
    "interference": "interference", "干扰": "interference", "干扰排查": "interference",
    "扫频": "interference",
    "capacity": "capacity", "容量": "capacity", "容量优化": "capacity", "扩容": "capacity",
    "analysis": "analysis", "分析": "analysis", "网优分析": "analysis",
}  # fmt: skip


@dataclass(frozen=True)
class Skills:
    """The skills of one team: those that orders ask for, and words that nobody knows."""

    known: tuple[Skill, ...]
    unknown: tuple[str, ...]


def split_list(text: str | None) -> tuple[str, ...]:
    """The parts of a list in one text: separated by ``;`` ``,`` ``、`` or blanks; each once."""
    if text is None:
        return ()
    return tuple(dict.fromkeys(part for part in _APART.split(text) if part))


def skills_of(text: str | None) -> Skills:
    """The skills that a team's text names, by code or by the trade's words in either language."""
    known: list[Skill] = []
    unknown: list[str] = []
    for word in split_list(text):
        code = _WORDS.get(word.casefold())
        if code is None:
            unknown.append(word)
        elif code not in known:
            known.append(code)
    return Skills(tuple(known), tuple(unknown))


def unknown_skills(texts: Iterable[str | None]) -> tuple[str, ...]:
    """All words among these texts that are no skill, each once, in order."""
    return tuple(sorted({word for text in texts for word in skills_of(text).unknown}))
