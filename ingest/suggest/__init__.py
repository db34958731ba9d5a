"""Proposes a profile for a file: layout, columns, units, times and positions, each with its evidence."""
