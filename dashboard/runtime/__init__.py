"""Long-running processes: lock, worker, web server, supervisor, demo."""
