"""`foresite backtest`: forecasts of the past, judged by what then happened."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dashboard.cli.session import DataOption, JsonOption, begin
from dashboard.cli.tables import require_suffix, write_table
from dashboard.cli.times import parse_date


def backtest(
    context: typer.Context,
    *,
    first: Annotated[str, typer.Option("--from", metavar="DATE", help="First local midnight.")],
    last: Annotated[str, typer.Option("--to", metavar="DATE", help="Last local midnight.")],
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Also write every cell's forecasts: .csv or .parquet."),
    ] = None,
    truth: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="truth/ of a simulated city: judge against its oracle."),
    ] = None,
    retrain_days: Annotated[
        int, typer.Option(min=1, max=366, help="Train anew every so many days.")
    ] = 7,
    by: Annotated[
        list[str] | None,
        typer.Option(
            metavar="WHAT",
            help="Also print a breakdown: region, technology, cause, calibration or confusion;"
            " may be given several times. --json has them all.",
        ),
    ] = None,
    horizon: Annotated[
        list[int] | None,
        typer.Option(
            min=1,
            max=336,
            help="A further horizon in hours, instead of 24 and 168; may be given several times.",
        ),
    ] = None,
    resamples: Annotated[
        int,
        typer.Option(min=0, max=100_000, help="Resamples of the bootstrap; 0: no intervals."),
    ] = 1000,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Judge forecasts of the past.

    Forecasts at each local midnight from --from to --to with what was known then. Prints the
    measures beside those of all baselines; publishes nothing. What each measure says:
    docs/how-to/backtest.md.
    """
    session = begin(context, data, as_json)
    require_suffix(out, "--out")
    first_day, last_day = parse_date(first, "--from"), parse_date(last, "--to")
    if last_day < first_day:
        raise typer.BadParameter(f"{last} is before --from {first}", param_hint="--to")
    if truth is not None and not truth.is_dir():
        raise FileNotFoundError(2, "no such folder", str(truth))
    settings = session.settings
    from forecasting.judging.report import BREAKDOWNS

    for name in by or ():
        if name not in BREAKDOWNS:
            raise typer.BadParameter(
                f"{name!r} is none of {', '.join(BREAKDOWNS)}", param_hint="--by"
            )
    from dashboard.newest import require_facts
    from dashboard.runtime.locks import write_lock
    from dashboard.runtime.opened import opened_warehouse
    from forecasting.backtest import OTHER_HORIZONS_H
    from forecasting.backtest import backtest as run_backtest

    with (
        write_lock(session.data, "foresite backtest"),
        opened_warehouse(session.data, settings) as connection,
        session.out.progress() as report,
    ):
        require_facts(connection)
        result = run_backtest(
            connection,
            first_day,
            last_day,
            settings=settings.forecasting,
            truth=truth,
            retrain_days=retrain_days,
            catalogue=settings.ingest.load_catalogue(),
            progress=report,
            horizons=tuple(horizon) if horizon else OTHER_HORIZONS_H,
            resamples=resamples,
        )
    if out is not None:
        write_table(result.forecasts, out)
    session.out.result(result.to_json(), result.lines(tuple(by or ())))
