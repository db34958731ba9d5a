"""`foresite demo`: a living sample city."""

from __future__ import annotations

import logging
from typing import Annotated

import typer

from dashboard.cli.commands.run import PORT, PortOption
from dashboard.cli.session import DataOption, JsonOption, begin

PAST_DAYS = 10
"""Scores come in within ten days: so six of them are settled, enough to say how sure shares are."""


def demo(
    context: typer.Context,
    *,
    port: PortOption = PORT,
    cells: Annotated[int, typer.Option(min=60, max=50_000, help="Cells of the city.")] = 2000,
    days: Annotated[int, typer.Option(min=14, max=365, help="Days of history.")] = 90,
    seed: Annotated[int, typer.Option(min=0, help="Another seed, another city.")] = 1,
    past: Annotated[
        int,
        typer.Option(
            min=0,
            max=60,
            help="Days for which forecasts are made up for, each with what was known then; fewer"
            " with a short history, 0: none.",
        ),
    ] = PAST_DAYS,
    speed: Annotated[
        float,
        typer.Option(
            min=0,
            max=3600,
            help="Simulated seconds a second; 60: an hour a minute; 0: stands still.",
        ),
    ] = 60,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Start over, even if a demo could be continued.")
    ] = False,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show a living sample city on this machine.

    Simulates a city up to the present hour, ingests it, forecasts its last weeks as they were known
    day by day, so that there are hits and misses to look at, and serves it. The city then
    lives on: each simulated hour's files are dropped into the inbox, and crews mend what is red in
    every second district; the others are yours. Run again, it continues where it stopped. With
    --json the object is printed when the pages answer.
    """
    session = begin(context, data, as_json)
    settings = session.settings
    from dashboard.demo import Plan, run_demo
    from dashboard.runtime.logs import configure_logging

    configure_logging("demo", logging.WARNING)  # children log into files of their own
    run_demo(
        session.data,
        settings,
        Plan(cells, days, seed, past),
        port=port,
        speed=speed,
        fresh=fresh,
        out=session.out,
    )
