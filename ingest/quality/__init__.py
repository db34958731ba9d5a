"""The quality of the data: what is missing, late, refused, out of line, and where it shows."""
