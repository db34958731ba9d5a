"""Sources: where files come from, and how each kind of source is fetched into the inbox."""
