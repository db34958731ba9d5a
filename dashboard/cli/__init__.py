"""The command line `foresite`; it imports heavy libraries only inside commands."""

from dashboard.cli.app import app, main

__all__ = ["app", "main"]
