from __future__ import annotations

import hashlib
import hmac
import stat
from pathlib import Path

import pytest

from ingest.errors import IngestError
from ingest.privacy import KEY_FILE, customer_key, hash_customer, mask_text

KEY = bytes(range(32))


def test_hash_is_hmac_sha256_of_the_plain_number() -> None:
    expected = hmac.new(KEY, b"13812345678", hashlib.sha256).hexdigest()
    assert hash_customer("13812345678", KEY) == expected
    for same in (
        "+86 138-1234-5678",
        "008613812345678",
        " 138 1234 5678 ",
        "１３８１２３４５６７８",
    ):
        assert hash_customer(same, KEY) == expected
    assert hash_customer("13812345679", KEY) != expected
    assert hash_customer("13812345678", bytes(32)) != expected
    assert hash_customer(f"hmac:{expected}", KEY) == expected
    assert hash_customer(None, KEY) is None
    assert hash_customer("  ", KEY) is None


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("请回电13812345678谢谢", "请回电***TEL***谢谢"),
        ("tel:+86 138-1234-5678.", "tel:***TEL***."),
        ("致电.13812345678", "致电.***TEL***"),
        ("手机０１３８１２３４５６７８", "手机***TEL***"),
        ("１３８１２３４５６７８", "***TEL***"),
        ("座机010-62345678或(0755)2345678", "座机***TEL***或***TEL***"),
        ("call 404-555-1234 or (404) 555-1234", "call ***TEL*** or ***TEL***"),
        ("身份证11010519491231002X", "身份证***ID***"),
        ("mail li.lei+x@example.com.cn!", "mail ***@***!"),
        ("京A12345 和 粤B·D12345 的车", "***PLATE*** 和 ***PLATE*** 的车"),
    ],
)
def test_masks(text: str, masked: str) -> None:
    assert mask_text(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "掉线率 12.5%，时延 130 ms，RSRP -110 dBm",
        "2026-03-01T08:00:00+08:00",
        "20260301080000",
        "工单 202603010000123456789",
        "116.407413812345678",
        "eNodeB 111220, ECI 28472321, ARFCN 633984",
        "Case # ESL01877347",
        "Foster City, CA 94404",
        "价格@100元",
    ],
)
def test_leaves_figures_times_and_ids_alone(text: str) -> None:
    assert mask_text(text) == text


def test_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    secrets = tmp_path / "secrets"
    key = customer_key(secrets, hashes_exist=False)
    assert len(key) == 32
    assert stat.S_IMODE((secrets / KEY_FILE).stat().st_mode) == 0o600
    assert stat.S_IMODE(secrets.stat().st_mode) == 0o700
    assert customer_key(secrets, hashes_exist=True) == key
    assert [path.name for path in secrets.iterdir()] == [KEY_FILE]


def test_a_lost_key_is_not_replaced(tmp_path: Path) -> None:
    with pytest.raises(IngestError, match="put the key back"):
        customer_key(tmp_path, hashes_exist=True)
    assert not (tmp_path / KEY_FILE).exists()
    (tmp_path / KEY_FILE).write_bytes(b"short")
    with pytest.raises(IngestError, match="5 bytes instead of 32"):
        customer_key(tmp_path, hashes_exist=False)
