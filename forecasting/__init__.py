"""Facts in, forecasts out: features, risk, calibration, region trends, colours, backtest."""
