"""Prophet, kept quiet and deterministic: the only place where it is fitted."""

from __future__ import annotations

import logging
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecasting.errors import ForecastingError


@dataclass(frozen=True)
class Shape:
    """What a series may contain.

    Attributes:
        daily: Fourier order of the season within the day; 0: none.
        weekly: Fourier order of the season within the week; 40 follows every hour of the week.
        yearly: Fourier order of the season within the year; only with more than a year of history.
        flexibility: Prophet's ``changepoint_prior_scale``; None: no trend at all.
    """

    daily: int = 0
    weekly: int = 3
    yearly: int = 0
    flexibility: float | None = 0.05


def fit_predict(
    history: pd.DataFrame,
    ahead: pd.DatetimeIndex,
    shape: Shape,
    holidays: pd.DataFrame | None = None,
    regressors: pd.DataFrame | None = None,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Fit Prophet (MAP) and give its mean inside and ahead.

    Args:
        history: ``ds`` (naive local time), ``y`` (finite numbers).
        ahead: naive local times to forecast.
        shape: seasonalities and flexibility of the trend.
        holidays: ``holiday, ds`` covering history and ahead; None or empty: none.
        regressors: index the times of history and ahead, a column an influence; None: none.

    Returns:
        Fitted values of ``history`` and forecasts for ``ahead``, not clipped.

    Raises:
        ForecastingError: Prophet could not fit the series.
    """
    from prophet import Prophet

    # Its level is reset at every use, so the logger as a whole is put out.
    logging.getLogger("cmdstanpy").disabled = True
    logging.getLogger("prophet").setLevel(logging.ERROR)
    model = Prophet(
        growth="flat" if shape.flexibility is None else "linear",
        daily_seasonality=shape.daily or False,
        weekly_seasonality=shape.weekly or False,
        yearly_seasonality=shape.yearly or False,
        changepoint_prior_scale=shape.flexibility or 0.05,
        holidays=None if holidays is None or holidays.empty else holidays,
        uncertainty_samples=0,
    )
    known = history[["ds", "y"]]
    times = pd.DataFrame({"ds": pd.DatetimeIndex(history["ds"]).append(ahead)})
    influences = pd.DataFrame() if regressors is None else regressors
    for name in influences.columns:
        # Pulled towards nothing: a few days of works must not move all others.
        model.add_regressor(name, prior_scale=0.5, standardize=False)
        times[name] = influences[name].reindex(times["ds"]).to_numpy(float)
        known = known.assign(**{name: times[name].to_numpy(float)[: len(known)]})
    try:
        model.fit(known, seed=1)
        mean = model.predict(times)["yhat"].to_numpy(float)
    except (RuntimeError, ValueError) as error:
        raise ForecastingError(f"Prophet could not fit {len(history)} values: {error}") from error
    if not np.isfinite(mean).all():
        raise ForecastingError(f"Prophet gave values that are not finite for {len(history)} values")
    return mean[: len(history)], mean[len(history) :]
