"""The slider over the past: one step per published snapshot, marks per day."""

from __future__ import annotations

import json
from itertools import accumulate

from dash import dcc, html
from dash.development.base_component import Component

from dashboard.web.components import parts
from dashboard.web.components.bar import icon
from dashboard.web.context import Context, Look
from dashboard.web.view.replay import Day, Replay, replay

# So many days get their date beside their mark, at most.
_MOST_DATES = 12


def strip(context: Context, look: Look, path: str) -> Component | None:
    """The slider of a replay; None in the present and on a kiosk."""
    state, words = look.state, look.words
    if not state.at_text or state.kiosk:
        return None
    found = replay(context.store.published(), look.snapshot.manifest.as_of, words.zone)
    now = dcc.Link(words.texts("replay.now"), href=state.here(path, at=None), className="to-now")
    only = len(found.moments) < 2
    inside = [html.Span(words.texts("replay.only_one"))] if only else _slider(look, found)
    return html.Section(
        [*inside, now],
        className="replay",
        **parts.aria(label=words.texts("replay.label")),
    )


def _slider(look: Look, found: Replay) -> list[Component]:
    texts, moments = look.words.texts, found.moments
    here = found.here if found.here is not None else len(moments) - 1
    # A day without snapshots takes the place of one step: seen, and out of the way.
    widths = [max(1, len(day.moments)) for day in found.days]
    starts = [0, *accumulate(widths)]
    places = [
        start + n
        for start, day in zip(starts, found.days, strict=False)
        for n in range(len(day.moments))
    ]
    # Which step is the first of its day.
    firsts = [n for n, m in enumerate(moments) if n == 0 or m.date() != moments[n - 1].date()]
    labels = [look.words.moment(moment) for moment in moments]
    config = {
        "moments": [moment.isoformat(timespec="seconds") for moment in moments],
        "labels": labels,
        "middles": [round((place + 0.5) / starts[-1], 5) for place in places],
        "days": firsts,
        "here": here,
        "play": texts("replay.play"),
        "pause": texts("replay.pause"),
    }
    every = -(-len(found.days) // _MOST_DATES)
    days = [
        _day(look, day, width, dated=(len(found.days) - 1 - n) % every == 0)
        for n, (day, width) in enumerate(zip(found.days, widths, strict=True))
    ]
    thumb = html.Div(
        className="replay-thumb",
        style={"left": f"{100 * config['middles'][here]:.3f}%"},  # type: ignore[index]
        tabIndex=0,
        role="slider",
        **parts.aria(
            label=texts("replay.slider"),
            valuemin="0",
            valuemax=str(len(moments) - 1),
            valuenow=str(here),
            valuetext=labels[here],
        ),
    )
    return [
        _button("back", texts("replay.previous"), "previous", off=here == 0),
        _button("play", texts("replay.play"), "play", off=False),
        _button("forward", texts("replay.next"), "next", off=here == len(moments) - 1),
        html.Div([*days, thumb], className="replay-track", **parts.data(config=json.dumps(config))),
        html.Output(labels[here], className="replay-label"),
    ]


def _day(look: Look, day: Day, width: int, *, dated: bool) -> Component:
    text = look.words.day(day.day)
    date = [html.Span(f"{day.day:%-m-%-d}", className="replay-date")] if dated else []
    name = "replay-day" if day.moments else "replay-day gap"
    title = text if day.moments else look.words.texts("replay.gap", day=text)
    steps = {"flexGrow": width, "--steps": width}
    return html.Div(date, className=name, style=steps, title=title)


def _button(shape: str, label: str, does: str, *, off: bool) -> Component:
    return html.Button(
        icon(shape),
        className="tool",
        title=label,
        disabled=off,
        **parts.aria(label=label),
        **parts.data(replay=does),
    )
