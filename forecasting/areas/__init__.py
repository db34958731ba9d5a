"""Areas: cells rolled up to hexagons, regions of every level and the city."""
