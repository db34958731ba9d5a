"""Where layer sets lie, and how one gets there: whole or not at all."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from dashboard.errors import LayersError
from dashboard.snapshot import files

INDEX = "index.json"
_NAME = re.compile(r"[0-9a-f]{16}")


def layers_dir(data: Path) -> Path:
    """Where the layer sets of inventories lie."""
    return data / "layers"


def is_name(text: str) -> bool:
    """May a layer set be called so? 16 hex digits."""
    return _NAME.fullmatch(text) is not None


def write_set(root: Path, name: str, fill: Callable[[Path], dict[str, Any]]) -> Path:
    """Makes a set aside, fsyncs it and renames it into place.

    What an earlier, killed attempt left is removed first. The caller sees to it that nobody else
    writes into ``root``.

    Args:
        root: the folder of all sets.
        name: the new set's.
        fill: writes the set's files into the folder given, and returns its index; ``files``
            (path -> SHA-256 of every file) is added to it.

    Returns:
        The set's folder.
    """
    root.mkdir(parents=True, exist_ok=True)
    sweep(root)
    aside = root / f"{files.TEMPORARY}{name}"
    aside.mkdir()
    try:
        index = fill(aside)
        made = sorted(path for path in aside.rglob("*") if path.is_file())
        index["files"] = {path.relative_to(aside).as_posix(): files.sha256(path) for path in made}
        text = json.dumps(index, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        files.write_durably(aside / INDEX, text.encode())
        for path in (*made, *(path for path in aside.rglob("*") if path.is_dir()), aside):
            files.sync(path)
        target = root / name
        if target.exists():  # a damaged one
            remove_set(target)
        aside.rename(target)
        files.sync(root)
    except BaseException:
        shutil.rmtree(aside, ignore_errors=True)
        raise
    return target


def sweep(root: Path) -> None:
    """Removes what killed processes left half made or half removed."""
    for leftover in root.glob(f"{files.TEMPORARY}*"):
        shutil.rmtree(leftover) if leftover.is_dir() else leftover.unlink()


def remove_set(path: Path) -> None:
    """Removes a set; killed half-way, what is left is no set."""
    gone = path.with_name(f"{files.TEMPORARY}gone-{path.name}")
    if gone.exists():
        shutil.rmtree(gone)
    path.rename(gone)
    shutil.rmtree(gone, ignore_errors=True)


def read_index(path: Path) -> dict[str, Any]:
    """The index of a set.

    Raises:
        LayersError: there is none, or it is unreadable or another set's.
    """
    try:
        index: dict[str, Any] = json.loads((path / INDEX).read_bytes())
        own, listed = index["hash"] == path.name, index["files"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise LayersError(f"map layers {path.name}: unusable index: {error}") from error
    if not own or not isinstance(listed, dict):
        raise LayersError(f"map layers {path.name}: unusable index: it is of another set")
    return index


def verify(path: Path, index: dict[str, Any]) -> None:
    """Compares every file with its hash.

    Raises:
        LayersError: a file is missing or damaged.
    """
    for name, expected in index["files"].items():
        try:
            actual = files.sha256(path / name)
        except OSError as error:
            raise LayersError(f"map layers {path.name}: {name} cannot be read: {error}") from error
        if actual != expected:
            raise LayersError(f"map layers {path.name}: {name} is damaged (its hash differs)")


def prune_layers(data: Path, named: Iterable[str | None]) -> list[str]:
    """Removes sets that no kept snapshot names; the caller holds the worker's lock.

    A set is made before the snapshot that names it. A process killed in between leaves a set that
    nobody names: the next run names it, or it goes here.

    Args:
        data: the data directory.
        named: sets that stay.

    Returns:
        The names removed.
    """
    root, keep = layers_dir(data), set(named)
    if not root.is_dir():
        return []
    sweep(root)
    doomed = sorted(p for p in root.iterdir() if is_name(p.name) and p.name not in keep)
    for path in doomed:
        remove_set(path)
    return [path.name for path in doomed]
