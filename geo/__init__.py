"""Pure geometry: coordinate systems, boundaries, locating, neighbours. No database, no web."""
