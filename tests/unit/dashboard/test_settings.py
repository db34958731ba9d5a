import os
from zoneinfo import ZoneInfo

import pytest

from dashboard.errors import SettingsError
from dashboard.settings import FILE_NAME, load_settings


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch):
    for name in os.environ:
        if name.startswith("FORESITE_"):
            monkeypatch.delenv(name)


def write(folder, text):
    (folder / FILE_NAME).write_text(text)


def test_defaults_without_a_file(tmp_path):
    settings = load_settings(tmp_path / "not made yet")
    assert settings.zone == ZoneInfo("Asia/Shanghai")
    assert settings.ingest.time_zone == "Asia/Shanghai"
    assert settings.forecasting.horizon_h == 72
    assert not (tmp_path / "not made yet").exists()


def test_file_then_environment(tmp_path, monkeypatch):
    write(tmp_path, "[schedule]\ninbox_every_s = 10\nforecast_every_min = 30\n[web]\nlanguage='en'")
    assert load_settings(tmp_path).schedule.inbox_every_s == 10
    monkeypatch.setenv("FORESITE_SCHEDULE__INBOX_EVERY_S", "3")
    settings = load_settings(tmp_path)
    assert settings.schedule.inbox_every_s == 3  # the variable wins
    assert settings.schedule.forecast_every_min == 30  # the rest of the table stays
    assert settings.web.language == "en"


def test_the_operators_zone_is_also_that_of_files_unless_they_have_their_own(tmp_path):
    write(tmp_path, 'time_zone = "Europe/Berlin"')
    assert load_settings(tmp_path).ingest.time_zone == "Europe/Berlin"
    write(tmp_path, 'time_zone = "Europe/Berlin"\n[ingest]\ntime_zone = "UTC"')
    assert load_settings(tmp_path).ingest.time_zone == "UTC"


def test_settings_cannot_be_changed(tmp_path):
    with pytest.raises(ValueError, match="frozen"):
        load_settings(tmp_path).time_zone = "UTC"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("time_zon = 'UTC'", r"foresite.toml: time_zon: no such setting"),
        ("[web]\nlangage = 'en'", r"foresite.toml: web.langage: no such setting"),
        ("time_zone = 'Mars/Base'", r"time_zone: no such time zone.*\(found 'Mars/Base'\)"),
        ("[schedule]\ninbox_every_s = -1", r"schedule.inbox_every_s: .*greater.*\(found -1\)"),
        ("[schedule]\ninbox_every_s = 'often'", r"inbox_every_s: .*number.*\(found 'often'\)"),
        ("a = = 1", r"foresite.toml: not valid TOML"),
        ("x = 1\ny = 2", r"no such setting.* \(and 1 more\)"),
        ("[forecasting]\nhorizon_h = 999", r"forecasting.horizon_h"),
    ],
)
def test_a_bad_file_gives_one_line_with_file_and_key(tmp_path, text, message):
    write(tmp_path, text)
    with pytest.raises(SettingsError, match=message) as caught:
        load_settings(tmp_path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("FORESITE_TIMEZONE", "UTC", "FORESITE_TIMEZONE: no such setting; known are .*TIME_ZONE"),
        ("FORESITE_WEB__COLOUR", "red", "environment variable FORESITE_WEB__COLOUR: no such"),
        ("FORESITE_TIME_ZONE", "Nowhere", "environment variable FORESITE_TIME_ZONE: no such time"),
        ("FORESITE_WEB", "{half", "environment: "),
    ],
)
def test_a_bad_variable_is_named(tmp_path, monkeypatch, name, value, message):
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=message) as caught:
        load_settings(tmp_path)
    assert "\n" not in str(caught.value)


def test_variables_that_are_no_settings_are_left_alone(tmp_path, monkeypatch):
    monkeypatch.setenv("FORESITE_DATA", str(tmp_path))
    monkeypatch.setenv("FORESITE_AUTH", "off")
    monkeypatch.setenv("FORESITE_REAL_DATA", "/nowhere")
    load_settings(tmp_path)


def test_undecodable_file(tmp_path):
    (tmp_path / FILE_NAME).write_bytes(b"time_zone = '\xff'")
    with pytest.raises(SettingsError, match="not valid TOML"):
        load_settings(tmp_path)
