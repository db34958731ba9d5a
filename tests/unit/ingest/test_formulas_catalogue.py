"""The formula catalogue: the built-in one is sound, an operator's own comes before it."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from ingest.catalogue import Catalogue, load_catalogue
from ingest.errors import CatalogueError
from ingest.formulas.catalogue import BUILT_IN, load_formulas
from ingest.settings import IngestSettings

GOOD = """
[[formula.drop_rate_pct]]
name = "ours"
standard = "handbook, page 3"
unit = "%"
expression = "100 * share({lost}, {all})"
"""


def read(tmp_path: Path, text: str):
    path = tmp_path / "formulas.toml"
    path.write_text(text, "utf-8")
    return load_formulas(path, load_catalogue())


def test_built_in_formulas() -> None:
    found = load_formulas(None, load_catalogue())
    # what cell counters cannot tell: measurement reports and call records
    assert set(load_catalogue().names) - set(found.by_kpi) == {"rsrp_dbm", "sinr_db", "voice_mos"}
    assert all(f.variant.standard for each in found.by_kpi.values() for f in each)
    assert found.signed <= found.counters
    assert set(found.aliases.values()) <= found.counters


def test_no_name_stands_for_two_counters() -> None:
    aliases = tomllib.loads(BUILT_IN.read_text("utf-8"))["aliases"]
    names = [name.casefold() for each in aliases.values() for name in each]
    assert len(names) == len(set(names))
    assert not set(names) & {name.casefold() for name in aliases}


def test_own_formulas_come_first(tmp_path: Path) -> None:
    text = GOOD + '[aliases]\n"lost" = ["Dropped", "1526727546"]\n'
    found = read(tmp_path, text)
    names = [f.variant.name for f in found.by_kpi["drop_rate_pct"]]
    assert names[:2] == ["ours", "E-UTRAN, 3GPP counters"]
    assert found.aliases["1526727546"] == "lost"  # taken from the built-in L.E-RAB.AbnormRel
    assert "accessibility_pct" in found.by_kpi
    built_in = load_formulas(None, load_catalogue())
    assert found.fingerprint != built_in.fingerprint


def test_without_the_built_in_ones(tmp_path: Path) -> None:
    found = read(tmp_path, "built_in = false\n" + GOOD)
    assert set(found.by_kpi) == {"drop_rate_pct"}
    assert found.counters == {"lost", "all"}
    assert found.aliases == {}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("drop_rate_pct", "drop_rate"), "no such KPI; KPIs are availability_pct"),
        (('unit = "%"', 'unit = "ms"'), "'ours': its unit is 'ms', the KPI's '%'"),
        (("{all}", "{all}, 3"), "'ours': expression: share takes two arguments (position 7)"),
        (("{lost}, {all}", "1, 2"), "it uses no counter"),
        (('name = "ours"', 'name = "ours"\nweight = 3'), "formula.drop_rate_pct.0.weight"),
        (("[[formula", "[[formulas"), "formulas: Extra inputs"),
        (('standard = "handbook, page 3"', ""), "formula.drop_rate_pct.0.standard"),
        (("[[", "[["), None),
    ],
)
def test_refused_with_file_kpi_and_formula(
    tmp_path: Path, change: tuple[str, str], words: str | None
) -> None:
    if words is None:
        read(tmp_path, GOOD)
        return
    with pytest.raises(CatalogueError) as caught:
        read(tmp_path, GOOD.replace(*change))
    assert words in str(caught.value)
    assert "formulas.toml" in str(caught.value)


def test_an_alias_of_two_counters_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match="'x' stands for 'lost' and for 'all'"):
        read(tmp_path, GOOD + '[aliases]\nlost = ["x"]\nall = ["x"]\n')


def test_unreadable(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match="cannot read the formula catalogue"):
        read(tmp_path, "[[")
    with pytest.raises(CatalogueError, match="cannot read the formula catalogue"):
        IngestSettings(formulas=tmp_path / "none.toml").load_formulas()


def test_a_smaller_kpi_catalogue_leaves_built_in_formulas_out() -> None:
    whole = load_catalogue()
    small = Catalogue(kpis=(whole["drop_rate_pct"],))
    assert set(load_formulas(None, small).by_kpi) == {"drop_rate_pct"}
