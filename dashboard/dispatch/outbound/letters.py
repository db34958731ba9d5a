"""Mails about orders."""

from __future__ import annotations

from html import escape

from dashboard.dispatch.outbound.notice import Notice
from dashboard.reports.mail import Letter

_CELL = "padding:4px 16px 4px 0;vertical-align:top;border-bottom:1px solid #e3e6ea"
_BODY = (
    "font-family:'Noto Sans CJK SC','PingFang SC','Microsoft YaHei',sans-serif;font-size:14px;"
    "color:#1b2330"
)


def letter(notice: Notice, key: str) -> Letter:
    """The mail of one event; nothing in it is loaded from elsewhere.

    Args:
        notice: what it tells.
        key: of the message: makes the Message-ID.
    """
    texts, lines = notice.voice.texts, notice.lines()
    colon, footer = texts("outbound.colon"), texts("outbound.footer")
    said = [f"{label}{colon}{value}" for label, value in lines]
    link = [f"{texts('outbound.open')}{colon}{notice.link}"] if notice.link else []
    rows = "".join(
        f'<tr><td style="{_CELL};color:#5b6675">{escape(label)}</td>'
        f'<td style="{_CELL}">{escape(value)}</td></tr>'
        for label, value in lines
    )
    button = (
        f'<p><a href="{escape(notice.link)}">{escape(texts("outbound.open"))}</a></p>'
        if notice.link
        else ""
    )
    return Letter(
        subject=notice.subject,
        text="\n".join([notice.title, "", *said, *link, "", footer, ""]),
        html=(
            f'<!doctype html><html lang="{texts.language}"><body style="{_BODY}">'
            f"<h2>{escape(notice.title)}</h2>"
            f'<table style="border-collapse:collapse">{rows}</table>{button}'
            f'<p style="color:#5b6675">{escape(footer)}</p></body></html>'
        ),
        files=(),
        key=key,
    )
