"""Site lists and ticket exports as Chinese operators write them: 工参表 and 投诉工单."""

# ruff: noqa: E501 - tables stay as wide as they are

from __future__ import annotations

import pytest

from ingest.privacy import customer_key, hash_customer
from tests.support.warehouses import Room
from tests.support.workbooks import local, workbook

SITES = [
    ["序号", "区县", "基站名称", "基站ID", "小区名称", "CGI", "经度", "纬度", "方位角", "挂高", "频段", "制式", "厂家"],
    [1, "朝阳区", "国贸", 123456, "国贸-1", "460-00-123456-1", 116.4612, 39.9088, 0, 35, "D频段", "4G", "华为"],
    [2, "朝阳区", "国贸", 123456, "国贸-2", "460-00-123456-2", 116.4612, 39.9088, 120, 35, "n41", "5G", "中兴通讯"],
    [3, "海淀区", "中关村", 123457, "中关村-1", "460-00-123457-1", "无", "无", 240, "２８．５", "FDD1800", "LTE-FDD", "诺基亚贝尔"],
]  # fmt: skip
TICKETS = [
    ["工单编号", "受理时间", "派单时间", "回复时间", "归档时间", "受理渠道", "一级分类", "二级分类", "三级分类", "四级分类", "投诉内容", "客户号码", "满意度", "经度", "纬度", "小区"],
    ["TS20260301000001", "2026/3/1 8:05", "2026/03/01 08:20:00", "2026-03-01 10:00:00", "2026-03-01 11:30:00", "10086热线", "网络质量", "语音", "掉话", "室内", "客户李先生反映室内掉话，电话13812345678，小区460-00-123456-1", "13812345678", "不满意", "116.4600", "39.9090", "460-00-123456-1"],
    ["TS20260301000002", "2026年03月01日 09:15:00", "", "", "", "微信", "网络质量", "上网", "", "", "上网慢", "１３９１２３４５６７８", "未评价", "", "", "无"],
    ["TS20260301000003", "20260301101500", "", "", "2026-03-02 10:15:00", "营业厅", "网络质量", "语音", "无信号", "", "无信号", "+86 139-1234-5678", "9", "", "", ""],
]  # fmt: skip


def as_csv(rows: list[list], delimiter: str = ",") -> str:
    return "".join(delimiter.join(str(field) for field in row) + "\n" for row in rows)


@pytest.mark.parametrize("form", ["utf-8", "gb18030", "xlsx"])
def test_site_list(room: Room, form: str) -> None:
    if form == "xlsx":
        path = room.put("4G工参.xlsx", workbook({"工参": SITES}))
    else:
        path = room.put("4G工参.csv", as_csv(SITES).encode(form))
    [result] = room.load(path, profile="cn_sites")
    assert (result.feed, result.rows_loaded, result.rows_rejected) == ("cells", 3, 0)
    assert result.ignored == ("序号", "区县", "基站名称")
    assert room.rows(
        "SELECT cell_id, site_id, name, technology, longitude, latitude, azimuth_deg, "
        "antenna_height_m, band, vendor, region_id FROM cells ORDER BY 1"
    ) == [
        ("460-00-123456-1", "123456", "国贸-1", "LTE", 116.4612, 39.9088, 0, 35, "D频段", "Huawei", None),
        ("460-00-123456-2", "123456", "国贸-2", "NR", 116.4612, 39.9088, 120, 35, "n41", "ZTE", None),
        ("460-00-123457-1", "123457", "中关村-1", "LTE", None, None, 240, 28.5, "FDD1800", "Nokia", None),
    ]  # fmt: skip


@pytest.mark.parametrize("form", ["utf-8", "gbk", "xlsx"])
def test_tickets(room: Room, form: str) -> None:
    if form == "xlsx":
        path = room.put("投诉工单.xlsx", workbook({"Sheet1": TICKETS}))
    else:
        path = room.put("投诉工单.csv", as_csv(TICKETS).encode(form))
    [result] = room.load(path, profile="cn_tickets")
    assert (result.feed, result.rows_loaded, result.rows_rejected) == ("tickets", 3, 0)
    key = customer_key(room.data / "secrets", hashes_exist=True)
    same = hash_customer("13912345678", key)
    assert room.rows(
        "SELECT ticket_id, created_at, recorded_at, replied_at, closed_at, channel, category, "
        "description, customer_hash, satisfaction, longitude, latitude, cell_id "
        "FROM tickets ORDER BY 1"
    ) == [
        (
            "TS20260301000001", "2026-03-01T00:05:00Z", "2026-03-01T00:20:00Z",
            "2026-03-01T02:00:00Z", "2026-03-01T03:30:00Z", "10086热线",
            "网络质量 > 语音 > 掉话 > 室内",
            "客户***NAME***先生反映室内掉话，电话***TEL***，小区460-00-123456-1",
            hash_customer("13812345678", key), 3, 116.46, 39.909, "460-00-123456-1",
        ),
        (
            "TS20260301000002", "2026-03-01T01:15:00Z", None, None, None, "微信",
            "网络质量 > 上网", "上网慢", same, None, None, None, None,
        ),
        (
            "TS20260301000003", "2026-03-01T02:15:00Z", None, None, "2026-03-02T02:15:00Z",
            "营业厅", "网络质量 > 语音 > 无信号", "无信号", same, 9, None, None, None,
        ),
    ]  # fmt: skip


def test_a_file_with_fewer_levels_and_true_dates(room: Room) -> None:
    rows = [
        ["工单号", "投诉时间", "一级分类", "二级分类"],
        ["1", local(2026, 3, 1, 8, 0), "网络", "上网"],
    ]
    [result] = room.load(room.put("投诉.xlsx", workbook({"a": rows})), profile="cn_tickets")
    assert result.rows_loaded == 1
    assert room.one("SELECT created_at, category FROM tickets") == (
        "2026-03-01T00:00:00Z",
        "网络 > 上网",
    )
