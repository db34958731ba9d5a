"""How good forecasts were: outcomes, baselines, measures, lead times, causes."""
