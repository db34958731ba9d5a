from __future__ import annotations

import hashlib
import hmac
import stat
from pathlib import Path

import pytest

from ingest.errors import IngestError
from ingest.privacy import (
    KEY_FILE,
    customer_key,
    hash_customer,
    mask_id,
    mask_place,
    mask_text,
)
from tests.support.warehouses import TICKET_HEAD, Room

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
        ("138-123-45678 或 1381 2345 678", "***TEL*** 或 ***TEL***"),
        ("+86-10-6234 5678", "***TEL***"),
        ("+44 20 7946 0958", "***TEL***"),
        ("联系电话：62345678，很急", "联系电话：***TEL***，很急"),
        ("１３０５０３６７０４０１００１", "***ID***"),  # the old form: born 1967-04-01
        ("身份证号：110105194912310021", "身份证号：***ID***"),  # wrong check sign, but labelled
        ("IMSI 460001234567890", "IMSI ***ID***"),
        ("微信：abc_1234，QQ 12345678", "微信：***ID***，QQ ***ID***"),
        ("ａ．ｂ＠ｃ．ｃｎ", "***@***"),
        ("客户张先生来电", "客户***NAME***先生来电"),
        ("张伟先生，联系人：李小明，急", "***NAME***先生，联系人：***NAME***，急"),
        ("姓名：欧阳修　机主王五反映", "姓名：***NAME***　机主***NAME***反映"),
        ("Contact: John Smith, ESL1", "Contact: ***NAME***, ESL1"),
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
        "小区460-00-123456-12弱覆盖，ＰＣＩ　１２３",
        "工单号TS20260301123456、GD-20260301-000123、GD202603011234567890",
        "110105202603010001",  # shaped like an identity number, but its check sign is wrong
        "基站 460001234567890",
        "热线400-812-3456、4008123456、95588、10086、12315",
        "客户方面反映信号差，客户常投诉",
        "用户：万达广场三层没有信号",
        "高铁上网慢，联系人不在家",
        "2026年3月1日13时25分至2026/03/02 08:30:15",
        "这位先生说 10.23.45.67 不通",
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


def test_an_id_with_a_number_in_it_is_hashed_and_still_tells_rows_apart() -> None:
    assert mask_id("TS-20260301-000123", KEY) == "TS-20260301-000123"
    one, other = mask_id("TS13812345678", KEY), mask_id("TS13812345679", KEY)
    assert one is not None
    assert one.startswith("id-")
    assert one.removeprefix("id-").isalpha()
    assert one != other
    assert mask_id(one, KEY) == one  # an archived copy is read again
    assert mask_place("13812345678") == "13812345678"  # a cell identity of 36 bits
    assert mask_place("家13812345678") == "家***TEL***"


TICKET = TICKET_HEAD + "T{0},2026-03-01T08:00:00Z,,1381234567{0},,\n"


def test_another_key_is_refused(room: Room) -> None:
    assert room.take("tickets_1.csv", TICKET.format(1)).rows_loaded == 1
    secret = room.data / "secrets" / KEY_FILE
    mine = secret.read_bytes()
    secret.write_bytes(bytes(32))
    refused = room.take("tickets_2.csv", TICKET.format(2)).refused
    assert refused is not None
    assert "is another key" in refused
    assert "put that one back" in refused
    assert mine.hex() not in refused
    secret.unlink()
    refused = room.take("tickets_2.csv", TICKET.format(2)).refused
    assert refused is not None
    assert "put the key back" in refused
    secret.write_bytes(mine)
    assert room.take("tickets_2.csv", TICKET.format(2)).rows_loaded == 1
    assert room.one("SELECT count(*) FROM secret_keys") == (1,)


def test_a_warehouse_of_before_takes_up_its_key(room: Room) -> None:
    room.take("tickets_1.csv", TICKET.format(1))
    room.connection.execute("DELETE FROM secret_keys")
    (room.data / "secrets" / KEY_FILE).rename(room.data / "kept")
    refused = room.take("tickets_2.csv", TICKET.format(2)).refused
    assert refused is not None
    assert "put the key back" in refused
    (room.data / "kept").rename(room.data / "secrets" / KEY_FILE)
    assert room.take("tickets_2.csv", TICKET.format(2)).rows_loaded == 1
    assert room.one("SELECT count(*) FROM secret_keys") == (1,)
