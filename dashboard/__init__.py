"""Where people act: command line, worker, snapshot, web application."""
