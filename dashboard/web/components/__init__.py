"""Building blocks of pages: functions from values to Dash components."""
