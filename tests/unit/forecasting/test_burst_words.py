"""Words that rise in a burst."""

from __future__ import annotations

from forecasting.bursts.words import grams, rising

USUAL = ["上网有点慢", "在家信号弱", "打电话听不清", "上网慢要求回复"] * 20


def test_runs_of_characters_without_torn_ends():
    found = grams("视频的卡 iPhone15 5G")
    assert {"视频", "iphone15", "5g"} <= found
    assert not any(word.endswith("的") or word.startswith("的") for word in found)


def test_the_phrase_that_rises_is_shown_whole():
    burst = ["地铁站付款码打不开", "付款码打不开，很急", "超市付款码打不开", "上网慢"]
    assert rising(burst, USUAL) == ["付款码打不开"]


def test_what_is_always_said_does_not_rise():
    assert rising(["上网慢", "上网慢", "上网慢", "信号弱"], USUAL) == []


def test_a_word_needs_three_descriptions():
    assert rising(["停电了", "停电了"], USUAL) == []
    assert rising(["停电了"] * 3, USUAL) == ["停电"] or rising(["停电了"] * 3, USUAL) == ["停电了"]


def test_no_more_than_asked_and_none_within_another():
    burst = ["付款码打不开 wifi", "地铁停运 付款码打不开 wifi", "地铁停运 付款码打不开 wifi"] * 2
    shown = rising(burst, USUAL, at_most=2)
    assert len(shown) == 2
    assert shown == [word for word in shown if not any(word in x for x in shown if x != word)]


def test_same_words_whatever_the_order():
    burst = ["付款码打不开", "地铁付款码打不开", "付款码打不开 wifi", "wifi 连不上", "wifi 连不上"]
    assert rising(burst, USUAL) == rising(burst[::-1], USUAL[::-1])
