"""Readers: one kind of file each; rows come out as text, or as a relation that DuckDB reads."""
