"""Every query that the code names exists, and every query is named by some code."""

from __future__ import annotations

import ast
from pathlib import Path

import dashboard
from dashboard.snapshot.queries import load_queries

PACKAGE = Path(dashboard.__file__).parent
ASKING = ("rows", "frame", "table")


def words(path):
    return {
        node.value
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def asked(path):
    """Names of queries in ``snapshot.rows("name", ...)`` and the like."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        owner = ast.unparse(node.func.value)
        ours = node.func.attr in ASKING and (owner.endswith("snapshot") or owner == "shown")
        if ours and node.args and isinstance(node.args[0], ast.Constant):
            yield node.args[0].value


def test_what_is_asked_for_exists():
    known = load_queries()
    named = {name for path in PACKAGE.rglob("*.py") for name in asked(path)}
    assert len(named) > 20
    assert named - known.keys() == set()


def test_no_query_is_left_over():
    said = set().union(*(words(path) for path in PACKAGE.rglob("*.py")))
    begun = tuple(word for word in said if word.endswith("_") and len(word) > 8)  # f"name_{kind}"
    assert {n for n in load_queries() if n not in said and not n.startswith(begun)} == set()
