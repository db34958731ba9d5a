"""Messages of the robots in group chats of WeCom, DingTalk and Feishu."""

from __future__ import annotations

from typing import Any

from dashboard.dispatch.outbound.notice import Notice

Json = dict[str, Any]

WECOM_BYTES = 4096
"""Of a markdown message's content (developer.work.weixin.qq.com, 群机器人配置说明)."""
MOST_BYTES = 16_000
"""DingTalk refuses a message above 20,000 bytes, Feishu one above 20 KB."""
# What the robots would read as mentions, links and marks, in signs that only look like them.
_HARMLESS = str.maketrans("<>[]*`~\\", "＜＞［］＊｀～＼")
_LOUD = frozenset({"escalate", "reopen", "cannot"})
_GOOD = frozenset({"verify", "close"})


def wecom(notice: Notice) -> Json:
    """A markdown message of WeCom."""
    colour = _colour(notice, "warning", "info", "comment")
    head = f'### <font color="{colour}">{plain(notice.happened)}</font> {notice.order.name}'
    lines = [f"> {line}" for line in _lines(notice)]
    text = _fitting(head, lines, _link(notice), "\n", WECOM_BYTES)
    return {"msgtype": "markdown", "markdown": {"content": text}}


def dingtalk(notice: Notice) -> Json:
    """A markdown message of DingTalk; its title is what the list of chats shows."""
    head = f"### {plain(notice.title)}"
    lines = [f"- {line}" for line in _lines(notice)]
    text = _fitting(head, lines, _link(notice), "\n\n", MOST_BYTES)
    return {"msgtype": "markdown", "markdown": {"title": plain(notice.title), "text": text}}


def feishu(notice: Notice) -> Json:
    """A card of Feishu, with a button that opens the order."""
    text = _fitting("", _lines(notice), None, "\n", MOST_BYTES)
    elements: list[Json] = [{"tag": "div", "text": {"tag": "lark_md", "content": text}}]
    if notice.link:
        button = {
            "tag": "button",
            "text": {"tag": "plain_text", "content": notice.voice.texts("outbound.open")},
            "url": notice.link,
            "type": "primary",
        }
        elements.append({"tag": "action", "actions": [button]})
    return {
        "msg_type": "interactive",
        "card": {
            "config": {"wide_screen_mode": True},
            "header": {
                "title": {"tag": "plain_text", "content": plain(notice.title)},
                "template": _colour(notice, "red", "green", "blue"),
            },
            "elements": elements,
        },
    }


def plain(text: str) -> str:
    """Data as they may stand in a message: on one line, without marks that a robot would read."""
    return " ".join(text.split()).translate(_HARMLESS)


def _lines(notice: Notice) -> list[str]:
    """Label and value; the first, which is the place, stands out."""
    colon = notice.voice.texts("outbound.colon")
    told = [(plain(label), plain(value)) for label, value in notice.lines()]
    return [
        f"{label}{colon}**{value}**" if number == 0 else f"{label}{colon}{value}"
        for number, (label, value) in enumerate(told)
    ]


def _link(notice: Notice) -> str | None:
    return f"[{notice.voice.texts('outbound.open')}]({notice.link})" if notice.link else None


def _colour(notice: Notice, loud: str, good: str, usual: str) -> str:
    if notice.event.kind in _LOUD:
        return loud
    return good if notice.event.kind in _GOOD else usual


def _fitting(head: str, lines: list[str], link: str | None, between: str, most: int) -> str:
    """As many lines as fit; head and link always stand."""
    frame = [part for part in (head, link) if part]
    left = most - sum(len((part + between).encode()) for part in frame)
    kept = []
    for line in lines:
        left -= len((line + between).encode())
        if left < 0:
            break
        kept.append(line)
    return between.join(part for part in (head, *kept, link or "") if part)
