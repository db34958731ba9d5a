from importlib import resources

import pytest
import shapely

from geo.derive_beijing import main

PACKAGED = resources.files("geo") / "data" / "beijing_districts.geojson"


@pytest.mark.real_data
def test_the_packaged_file_is_what_the_module_derives(real_boundaries, tmp_path, capsys):
    out = tmp_path / "districts.geojson"
    assert main([str(real_boundaries / "beijing_districts_gcj02.geojson"), str(out)]) == 0
    assert out.read_bytes() == PACKAGED.read_bytes()
    assert f"{out.stat().st_size} bytes" in capsys.readouterr().out


def test_the_packaged_file_is_small_and_attributed():
    assert len(PACKAGED.read_bytes()) < 150_000
    attribution = (resources.files("geo") / "data" / "ATTRIBUTION.md").read_text(encoding="utf-8")
    assert "echarts@4.9.0" in attribution
    assert "Apache License 2.0" in attribution


def test_another_source_is_refused(write_geojson, tmp_path, capsys):
    source = write_geojson((shapely.box(116, 39, 117, 40), {"name": "?"}, "110101"))
    out = tmp_path / "districts.geojson"
    assert main([str(source), str(out)]) == 1
    assert "not Beijing's 16 districts" in capsys.readouterr().err
    assert not out.exists()


def test_usage(capsys):
    assert main([]) == 2
    assert "usage" in capsys.readouterr().err
