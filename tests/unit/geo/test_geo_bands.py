import pandas as pd
import pytest

from geo.bands import band_class, layers


@pytest.mark.parametrize(
    ("band", "expected"),
    [
        ("B8", "low"),
        ("b5", "low"),
        ("n28", "low"),
        ("Band 20", "low"),
        ("900", "low"),
        ("GSM900", "low"),
        ("700M", "low"),
        ("0.9G", "low"),
        ("B3", "mid"),
        ("n78", "mid"),
        ("DCS1800", "mid"),
        ("3.5GHz", "mid"),
        ("2.6G", "mid"),
        ("D频段", "mid"),
        ("F", "mid"),
        ("", "mid"),
        (None, "mid"),
        ("n257", "millimetre"),
        ("26GHz", "millimetre"),
        ("28000", "millimetre"),
    ],
)
def test_a_band_however_it_is_written(band, expected):
    assert band_class(band) == expected


def test_a_layer_is_a_technology_and_a_class_of_bands():
    cells = pd.DataFrame({"technology": [" lte", "NR", None], "band": ["B8", None, "n258"]})
    assert layers(cells).tolist() == ["LTE low", "NR mid", "OTHER millimetre"]
    assert layers(pd.DataFrame({"cell_id": ["a"]})).tolist() == ["OTHER mid"]
    assert layers(pd.DataFrame({"band": [8]})).tolist() == ["OTHER low"]
