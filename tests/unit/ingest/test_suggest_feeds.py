"""A city's feeds under other names, in other layouts: suggested profiles load the same rows."""

# ruff: noqa: E501 - tables of names

from __future__ import annotations

import random
from pathlib import Path

import pandas as pd
import pytest

from ingest.contracts import feeds
from ingest.profiles import load_profile
from ingest.settings import IngestSettings
from ingest.simulator import simulate
from ingest.suggest.propose import suggest
from tests.support.warehouses import Room
from tests.support.workbooks import workbook

SETTINGS = IngestSettings()
FEEDS = feeds(SETTINGS.load_catalogue())
CHINESE = {
    "cells": {
        "cell_id": "小区标识", "site_id": "基站ID", "name": "小区名称", "technology": "制式",
        "longitude": "经度", "latitude": "纬度", "azimuth_deg": "方位角(°)",
        "antenna_height_m": "挂高(m)", "band": "频段", "vendor": "厂家", "region_id": "网格编号",
        "subscribers": "用户数",
    },
    "tickets": {
        "ticket_id": "工单编号", "created_at": "受理时间", "recorded_at": "建单时间",
        "due_at": "处理时限", "replied_at": "回复时间", "closed_at": "归档时间",
        "callback_at": "回访时间", "channel": "受理渠道", "service": "业务类型",
        "category": "投诉类型", "description": "投诉内容", "cell_id": "小区标识",
        "longitude": "经度", "latitude": "纬度", "region_id": "网格编号", "customer_id": "客户号码",
        "satisfaction": "满意度", "callback_satisfaction": "回访满意度", "status": "工单状态",
    },
    "kpis": {
        "cell_id": "小区标识", "ts": "开始时间", "period_min": "统计周期",
        "availability_pct": "小区可用率(%)", "accessibility_pct": "无线接通率(%)",
        "handover_success_pct": "切换成功率(%)", "drop_rate_pct": "掉线率(%)",
        "packet_loss_pct": "丢包率(%)", "prb_util_dl_pct": "下行PRB利用率(%)",
        "prb_util_ul_pct": "上行PRB利用率(%)", "throughput_dl_mbps": "下行速率(Mbps)",
        "throughput_ul_mbps": "上行速率(Mbps)", "latency_ms": "时延(ms)", "rsrp_dbm": "平均RSRP(dBm)",
        "sinr_db": "平均SINR(dB)", "interference_dbm": "上行干扰(dBm)", "voice_mos": "语音MOS",
        "active_users": "激活用户数", "traffic_dl_gb": "下行流量(GB)", "traffic_ul_gb": "上行流量(GB)",
    },
    "works": {
        "work_id": "割接编号", "site_id": "站点ID", "starts_at": "计划开始时间",
        "ends_at": "计划结束时间", "announced_at": "公告时间", "kind": "割接类型",
        "description": "割接内容",
    },
}  # fmt: skip
ENGLISH = {
    "cells": {
        "cell_id": "ECGI", "site_id": "eNodeB ID", "name": "Cell Name", "technology": "RAT",
        "longitude": "Lon", "latitude": "Lat", "azimuth_deg": "Azimuth",
        "antenna_height_m": "Antenna Height", "band": "Frequency Band", "vendor": "Manufacturer",
        "region_id": "Area ID", "subscribers": "Subscriber Count",
    },
    "tickets": {
        "ticket_id": "Case Number", "created_at": "Date Created", "recorded_at": "Entry Time",
        "due_at": "Due Date", "replied_at": "Resolution Time", "closed_at": "Date Closed",
        "callback_at": "Callback Time", "channel": "Contact Channel", "service": "Product",
        "category": "Complaint Type", "description": "Details", "cell_id": "Serving Cell",
        "longitude": "Lon", "latitude": "Lat", "region_id": "District ID", "customer_id": "MSISDN",
        "satisfaction": "CSAT", "callback_satisfaction": "Callback Score", "status": "Ticket Status",
    },
    "kpis": {
        "cell_id": "Cell Name", "ts": "Period Start Time", "period_min": "Granularity",
        "availability_pct": "Cell_Availability", "accessibility_pct": "CSSR",
        "handover_success_pct": "HO Success Rate", "drop_rate_pct": "ERAB Drop Rate",
        "packet_loss_pct": "Packet Loss Rate", "prb_util_dl_pct": "DL PRB Utilization",
        "prb_util_ul_pct": "UL PRB Utilization", "throughput_dl_mbps": "DL_Throughput_Mbps",
        "throughput_ul_mbps": "UL_Throughput_Mbps", "latency_ms": "RTT_ms", "rsrp_dbm": "Avg RSRP",
        "sinr_db": "Avg SINR", "interference_dbm": "UL Interference", "voice_mos": "VoLTE MOS",
        "active_users": "Active UE", "traffic_dl_gb": "DL Traffic (GB)",
        "traffic_ul_gb": "UL Traffic (GB)",
    },
    "works": {
        "work_id": "Change Number", "site_id": "Site", "starts_at": "Planned Start",
        "ends_at": "Planned End", "announced_at": "Announce Time", "kind": "Change Type",
        "description": "Summary",
    },
}  # fmt: skip
TIMES = {"中文": "%Y/%m/%d %H:%M:%S", "english": "%d.%m.%Y %H:%M:%S", "own": None}


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> dict[str, pd.DataFrame]:
    """Feeds as text, with times of Beijing without offset to the second."""
    folder = tmp_path_factory.mktemp("city")
    simulate(folder, cells=60, days=40, seed=3, with_truth=False)
    kpis = pd.concat(pd.read_parquet(path) for path in sorted((folder / "kpis").glob("*.parquet")))
    made = {"kpis": kpis.head(2000).copy()}
    for feed in ("cells", "tickets", "works"):
        made[feed] = pd.read_csv(folder / f"{feed}.csv", dtype=str)
    for feed, frame in made.items():
        assert len(frame) > 3, feed
        for column in FEEDS[feed].columns:
            if column.kind == "time" and column.name in frame:
                times = pd.to_datetime(frame[column.name], utc=True, format="ISO8601")
                frame[column.name] = times.dt.tz_convert("Asia/Shanghai").dt.floor("s")
    return made


def renamed(frame: pd.DataFrame, names: dict[str, str], form: str | None, seed: int) -> list[list]:
    """Rows of text under other names, columns shuffled, with two that nobody knows."""
    plain = frame.copy()
    for name in plain:
        if isinstance(plain[name].dtype, pd.DatetimeTZDtype):
            plain[name] = plain[name].dt.strftime(form or "%Y-%m-%dT%H:%M:%S%z")
    plain = plain.rename(columns=names).astype(object)
    plain = plain.where(plain.notna(), "")
    plain.insert(0, "序号", [str(row) for row in range(1, len(plain) + 1)])
    plain["备用"] = ""
    order = list(plain.columns)
    random.Random(seed).shuffle(order)
    return [order, *(["" if v == "" else str(v) for v in row] for row in plain[order].to_numpy())]


def text(rows: list[list], delimiter: str) -> str:
    assert not any(delimiter in field or '"' in field for row in rows for field in row)
    return "".join(delimiter.join(row) + "\n" for row in rows)


def table(room: Room, feed: str) -> list[tuple]:
    columns = ", ".join(
        "round(satisfaction)" if name == "satisfaction" else name
        for name in (c.stored for c in FEEDS[feed].columns if c.name != "changed_at")
    )
    return room.rows(f"SELECT {columns} FROM {feed} ORDER BY ALL")


@pytest.mark.parametrize("layout", ["comma", "semicolon gbk", "title and tabs", "xlsx"])
@pytest.mark.parametrize("language", ["中文", "english"])
@pytest.mark.parametrize("feed", ["cells", "tickets", "kpis", "works"])
def test_the_same_rows_under_other_names(
    tmp_path: Path, city: dict[str, pd.DataFrame], feed: str, language: str, layout: str
) -> None:
    names = (CHINESE if language == "中文" else ENGLISH)[feed]
    rows = renamed(city[feed], names, TIMES[language], seed=len(layout))
    room = Room(tmp_path / "data")
    plain = Room(tmp_path / "plain")
    plain_rows = renamed(city[feed], {}, None, seed=0)
    delimiter = "\t" if any("," in field for row in rows for field in row) else ","
    source = room.put("export_20260301.csv", text(rows, delimiter))
    if layout == "semicolon gbk":
        source.write_bytes(text(rows, ";").encode("gb18030"))
    elif layout == "title and tabs":
        title = "导出报表" + "\t" * (len(rows[0]) - 1) + "\n"
        source.write_text(title + text(rows, "\t"), "utf-8-sig")
    elif layout == "xlsx":
        source = room.put("export_20260301.xlsx", workbook({"导出": rows}))
    made = suggest(source, settings=SETTINGS, feeds=FEEDS)
    found = {c: rule.source[0] for c, rule in made.table.columns.items() if rule.source}
    assert found == {c: n for c, n in names.items() if c in city[feed]}
    assert set(made.unused) == {"序号", "备用"}
    profile = tmp_path / "made.toml"
    profile.write_text(made.toml, "utf-8")
    assert load_profile(str(profile), FEEDS).profile.tables == (made.table,)
    [result] = room.load(source, profile=str(profile))
    canonical = plain.put("canonical.csv", "")
    canonical.write_text("\n".join("\t".join(row) for row in plain_rows) + "\n", "utf-8")
    own = tmp_path / "own.toml"
    columns = "".join(f'{c} = {{ source = "{c}" }}\n' for c in names)
    own.write_text(
        f'description = "x"\n[[tables]]\nfeed = "{feed}"\ndelimiter = "\\t"\n'
        f"[tables.columns]\n{columns}"
    )
    # the customers' hashes are compared too: both have the same key
    (plain.data / "secrets").mkdir(exist_ok=True)
    if (room.data / "secrets" / "customer.key").exists():
        (plain.data / "secrets" / "customer.key").write_bytes(
            (room.data / "secrets" / "customer.key").read_bytes()
        )
    [expected] = plain.load(canonical, profile=str(own))
    assert result.refused is None
    assert result.rows_rejected == expected.rows_rejected == 0
    assert result.rows_loaded == expected.rows_loaded == len(city[feed])
    assert table(room, feed) == table(plain, feed)
    room.close()
    plain.close()
