"""Who sits at this terminal."""

from __future__ import annotations


def user() -> str:
    """The name of the account; ``terminal`` where it has none."""
    import getpass

    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "terminal"
