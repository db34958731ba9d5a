"""Proposes a profile for a file: layout, columns, units, times, positions, with the evidence."""
