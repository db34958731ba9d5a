from __future__ import annotations

import ast
import re
import string
from pathlib import Path

import pytest

import dashboard.web
from dashboard.web.i18n import LANGUAGES, load_texts
from ingest.catalogue import load_catalogue

SOURCES = sorted(Path(dashboard.web.__file__).parent.rglob("*.py"))
LITERAL = re.compile(r"""texts\(\s*"([a-z0-9_.]+)\"""")


def fields(text):
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_both_languages_have_the_same_keys_and_placeholders():
    zh, en = (load_texts(language).table for language in ("zh", "en"))
    assert set(zh) == set(en)
    assert {key: fields(zh[key]) - {"month"} for key in zh} == {
        key: fields(en[key]) - {"month"} for key in en
    }


def test_every_key_in_code_exists():
    used = {key for path in SOURCES for key in LITERAL.findall(path.read_text("utf-8"))}
    assert len(used) > 60
    assert used <= set(load_texts("zh").table)


def test_no_text_is_empty():
    for language in LANGUAGES:
        assert [key for key, text in load_texts(language).table.items() if not text.strip()] == []


def test_no_chinese_in_code():
    """Words for people live in the TOML files; docstrings may quote them.

    The API's description has none; its examples are data as operators have them.
    """
    for path in SOURCES:
        if path.parent.name == "description":
            continue
        tree = ast.parse(path.read_text("utf-8"))
        documented = {
            id(node.body[0].value)
            for node in ast.walk(tree)
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
            and node.body
            and isinstance(node.body[0], ast.Expr)
        }
        found = [
            node.value
            for node in ast.walk(tree)
            if isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in documented
            and re.search(r"[\u4e00-\u9fff]", node.value)
        ]
        assert found == [], path


def test_unknown_language_is_refused():
    with pytest.raises(ValueError, match="no language 'fr': use one of zh, en"):
        load_texts("fr")


def test_units_that_are_words_have_texts():
    words = {kpi.unit for kpi in load_catalogue().kpis if kpi.unit.islower() and len(kpi.unit) > 2}
    for unit in words:
        assert load_texts("zh").get(f"unit.{unit}")
