"""Brings facts in and owns the warehouse."""
