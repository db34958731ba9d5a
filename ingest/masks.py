"""Personal data within texts: what they look like, and what stands in their place.

Patterns are searched in a copy of the text whose full-width signs are narrow, sign by sign, so that
the text keeps all else as it was written. Cell ids, order numbers, times and figures stay readable;
a label before a number (电话, 身份证, IMSI) makes it personal where its shape alone would not.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

TEL, ID, MAIL, PLATE, NAME = "***TEL***", "***ID***", "***@***", "***PLATE***", "***NAME***"

_WIDE = {0xFF01 + place: 0x21 + place for place in range(94)} | {0x3000: 0x20}
_GAP = r"[-\s\u200b\u2010-\u2015]"
_FREE = r"(?<!\d)(?<!\d\.)"  # not inside a longer number, nor behind its decimal point
_PROVINCES = r"(?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[12]|91)"
_MONTH_DAY = r"(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_HAN = r"[\u4e00-\u9fff]"
_COMPOUND = "欧阳|司马|上官|诸葛|东方|皇甫|尉迟|公孙|慕容|长孙|宇文|司徒|令狐|夏侯"
_SURNAME = (
    rf"(?:{_COMPOUND}|[赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏窦章苏潘葛"
    r"范彭鲁韦马苗方俞任袁柳唐费薛雷贺倪汤罗毕郝邬安常乐傅卞齐康伍余顾孟黄穆萧尹姚邵汪祁毛狄贝戴宋庞"
    r"熊纪舒屈项祝董梁杜阮蓝闵季贾江童颜郭梅林钟徐邱骆高夏蔡田樊胡凌霍虞万柯管卢莫房裘解应宗丁宣邓洪包"
    r"左石崔龚程邢陆翁荀甄封芮靳段焦巴牧车侯全班仰秋仲伊宫宁仇甘厉武符刘景詹龙叶司黎白蒲赖卓屠池乔闻党"
    r"谭姬申冉桑桂牛寿边燕冀尚农温庄晏柴瞿阎连习艾向古易廖耿匡文东欧沃利师巩聂勾敖冷曾关肖涂岳闫])"
)
_REPORTS = "反映|来电|致电|投诉|申告|表示|要求|电话|手机|先生|女士|小姐|称"

Check = Callable[[str], bool]


@dataclass(frozen=True)
class Mask:
    """A pattern whose group ``it`` (else all of it) is replaced where ``holds`` says so."""

    pattern: re.Pattern[str]
    mask: str
    holds: Check | None = None


def _mask(pattern: str, mask: str, holds: Check | None = None) -> Mask:
    return Mask(re.compile(pattern, re.ASCII if mask == TEL else 0), mask, holds)


def valid_identity(number: str) -> bool:
    """Whether the check sign of an 18-digit number is right (GB 11643, ISO 7064 MOD 11-2)."""
    total = sum(int(d) * w for d, w in zip(number, _WEIGHTS, strict=False))
    return "10X98765432"[total % 11] == number[17].upper()


_MASKS = (
    _mask(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", MAIL),
    # identity numbers: area, date of birth, serial, check sign; the old ones without it
    _mask(
        rf"(?<!\d){_PROVINCES}\d{{4}}(?:18|19|20)\d\d{_MONTH_DAY}\d{{3}}[\dXx](?![\dXx])",
        ID,
        valid_identity,
    ),
    _mask(
        rf"(?<!\d)(?!460)(?<!\d[-./]){_PROVINCES}\d{{4}}[3-9]\d{_MONTH_DAY}\d{{3}}(?![-.]?\d)",
        ID,
    ),
    _mask(
        r"(?:身份证|证件|护照)(?:号码?)?[::\s为是]{0,3}"
        r"(?P<it>[A-Za-z]?\d[\dXx]{6,17})(?![\dXx])",
        ID,
    ),
    _mask(r"(?i:IMSI|IMEI|ICCID)[::\s为是]{0,3}(?P<it>\d{14,20})(?!\d)", ID),
    _mask(r"(?i:微信号?|wechat)[::\s为是]{1,3}(?P<it>[A-Za-z][\w-]{5,19})", ID),
    _mask(r"QQ号?[::\s为是]{0,3}(?P<it>[1-9]\d{4,10})(?!\d)", ID),
    # mobile, in one piece or 3-4-4, 3-3-5, 3-8, 4-4-3, 7-4, with or without 0 or +86 before it
    _mask(
        rf"{_FREE}(?:(?:\+|00)?86{_GAP}?|0)?1[3-9](?:\d{_GAP}?\d{{4}}{_GAP}?\d{{4}}"
        rf"|\d{_GAP}\d{{3}}{_GAP}\d{{5}}|\d{{2}}{_GAP}\d{{4}}{_GAP}\d{{3}})(?!\d)",
        TEL,
    ),
    # landline with its area code: 010-12345678, (0755)1234567, +86 10 6234 5678
    _mask(
        rf"{_FREE}\(?(?:0|(?:\+|00)86{_GAP}?0?)(?:10|2\d|[3-9]\d\d)\)?{_GAP}?"
        rf"[2-9]\d{{2,3}}{_GAP}?\d{{4}}(?!\d)",
        TEL,
    ),
    # North American number; 400 and 800 are hotlines
    _mask(
        rf"{_FREE}(?:\+?1[-.\s])?\(?(?![48]00)[2-9]\d\d\)?[-.\s]{{1,2}}[2-9]\d\d[-.\s]\d{{4}}(?!\d)",
        TEL,
    ),
    _mask(rf"(?<![\w+])\+[1-9]\d{{0,2}}(?:{_GAP}?\d){{8,12}}(?!\d)", TEL),
    _mask(
        r"(?:电话|座机|固话|手机号?|联系方式|号码|[Tt]el|[Pp]hone)[::\s为是]{0,3}"
        rf"(?P<it>[2-9]\d{{2,3}}{_GAP}?\d{{4}})(?!\d)",
        TEL,
    ),
    # number plate: province, letter, five signs (six on new-energy vehicles)
    _mask(
        r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使领]"
        r"[A-Z][·•\s]?[A-HJ-NP-Z0-9]{4,5}[A-HJ-NP-Z0-9挂学警港澳](?![A-Za-z0-9])",
        PLATE,
    ),
    # names: behind a label; before a form of address
    _mask(
        rf"(?:姓名|联系人|机主|户主|户名|投诉人|申告人|来电人)[::\s为是叫]{{0,3}}"
        rf"(?P<it>{_SURNAME}{_HAN}{{1,2}})(?=$|[^\u4e00-\u9fff]|{_REPORTS})",
        NAME,
    ),
    _mask(
        rf"(?:客户|用户|顾客):\s*(?P<it>{_SURNAME}{_HAN}{{1,2}})(?=$|[^\u4e00-\u9fff]|{_REPORTS})",
        NAME,
    ),
    _mask(rf"(?P<it>{_SURNAME}{_HAN}{{0,2}})(?=先生|女士|小姐)", NAME),
    _mask(
        r"(?i:customer name|contact(?: person)?|caller|subscriber name):\s*"
        r"(?P<it>[A-Z][a-z]+(?: [A-Z][a-z]+){1,2})\b",
        NAME,
    ),
)  # fmt: skip


_WORTH = re.compile(
    r"\d|[@＠]|先生|女士|小姐|姓名|联系人|[机户]主|户名|[投来申][诉电告]人|[客用]户|顾客|微信|wechat|name|contact|caller",
    re.IGNORECASE,
)  # what every pattern asks for, one way or the other


_TIME = re.compile(
    r"(?:19|20)\d\d[-/.](?:0?[1-9]|1[0-2])[-/.](?:[0-2]?\d|3[01])"
    r"(?:[T ][0-2]?\d:[0-5]\d(?::[0-5]\d(?:\.\d+)?)?\s?(?:Z|[+-]\d\d:?\d\d)?)?",
    re.ASCII,
)
_SHORT = 32
_NEEDS = {
    MAIL: re.compile("@"),
    TEL: re.compile(r"\d(?:\D{0,3}\d){6}"),
    ID: re.compile(r"\d(?:\D{0,3}\d){4}|微信|wechat", re.IGNORECASE),
    PLATE: re.compile(r"[A-Z][·•\s]?[A-Z0-9]{4}"),
    NAME: re.compile(
        r"先生|女士|小姐|姓名|联系人|[机户]主|户名|[投来申][诉电告]人|[客用]户:|顾客|name|contact|caller",
        re.IGNORECASE,
    ),
}  # what the patterns of a kind ask for at the least


def mask_text(text: str | None) -> str | None:
    """The text with phone, identity and plate numbers, e-mail addresses and names masked.

    Names are masked behind a label (姓名, 联系人) and before a form of address (先生), nowhere
    else: no list tells them from other words.
    """
    if text is None or not _WORTH.search(text) or _TIME.fullmatch(text):
        return text
    return _of_short(text) if len(text) <= _SHORT else _masked(text)


@lru_cache(maxsize=8192)
def _of_short(text: str) -> str:
    """Words of channels, categories and states come again and again."""
    return _masked(text)


def _masked(text: str) -> str:
    narrow = _narrow(text)
    kinds = {kind for kind, needs in _NEEDS.items() if needs.search(narrow)}
    for mask in _MASKS:
        if mask.mask in kinds:
            changed = _apply(mask, text, narrow)
            if changed is not text:
                text, narrow = changed, _narrow(changed)
    return text


def _narrow(text: str) -> str:
    return text if text.isascii() else text.translate(_WIDE)


def _apply(mask: Mask, text: str, narrow: str) -> str:
    group = "it" if "it" in mask.pattern.groupindex else 0
    parts: list[str] = []
    done = 0
    for match in mask.pattern.finditer(narrow):
        if mask.holds is None or mask.holds(match[group]):
            parts += [text[done : match.start(group)], mask.mask]
            done = match.end(group)
    return "".join([*parts, text[done:]]) if parts else text
