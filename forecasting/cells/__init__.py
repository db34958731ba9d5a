"""Where: the risk of every cell."""
