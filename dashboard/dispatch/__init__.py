"""Work orders: from a red cell to a verified repair. Knows the ops database; no web, no DuckDB."""
