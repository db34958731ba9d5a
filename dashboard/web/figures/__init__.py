"""Pure functions from values to Plotly figures; sizes follow ``scale`` (1 at 1080 lines)."""
