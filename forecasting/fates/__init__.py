"""What became of every live forecast: hit, miss, false alarm or treated."""

from forecasting.fates.pipeline import judge_due
from forecasting.fates.told import TABLES, accuracy_tables

__all__ = ["TABLES", "accuracy_tables", "judge_due"]
