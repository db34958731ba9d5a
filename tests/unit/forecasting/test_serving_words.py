"""What the words of a complaint tell of place and generation."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from forecasting.cells.serving_words import kinds, mentions, named_places, place_word


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("海淀科技园0123-5G-1", "海淀科技园"),
        ("BJ-朝阳门地铁口-NR-2", "朝阳门地铁口"),
        ("Holborn Station 2", "holborn"),
        ("S0123-L1", ""),
        (None, ""),
        (float("nan"), ""),
    ],
)
def test_the_place_in_the_name_of_a_cell(name: object, word: str) -> None:
    assert place_word(name) == word


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("手机显示5G，网页打不开", "+5G"),
        ("手机只显示4G，没有5G信号", "+4G -5G"),
        ("突然就没有 5g 了", "-5G"),
        ("no 5G at home, VoLTE calls drop", "+VOLTE -5G"),
        ("网速只有5Gbps、2.5G", ""),
        ("上网慢", ""),
        (None, ""),
    ],
)
def test_mentioned_generations(text: object, found: str) -> None:
    assert mentions(text) == found


def test_the_kind_of_a_ticket_is_its_service_and_what_it_mentions() -> None:
    tickets = pd.DataFrame(
        {
            "service": ["数据业务", None],
            "category": ["5G投诉", "上网慢"],
            "description": ["很慢", "没有5G"],
        }
    )
    assert kinds(tickets).tolist() == ["数据业务|+5G", "|-5G"]
    assert kinds(tickets[["service"]]).tolist() == ["数据业务|", "|"]


def test_named_places_by_pair() -> None:
    tickets = pd.DataFrame({"description": ["在Holborn很慢", None]})
    words = np.array(["holborn", "", "西里"], dtype=object)
    ticket, cell = np.array([0, 0, 0, 1]), np.array([0, 1, 2, 0])
    assert named_places(tickets, words, ticket, cell).tolist() == [True, False, False, False]
    assert not named_places(tickets[[]], words, ticket, cell).any()
