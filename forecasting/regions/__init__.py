"""How many complaints each region will see: daily counts, forecast and honestly bounded."""
