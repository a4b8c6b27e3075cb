"""Numbers in Arabic words, written for the tests alone and sharing nothing with the reader."""

from __future__ import annotations

_MASCULINE = ["واحد", "اثنان", "ثلاثة", "أربعة", "خمسة", "ستة", "سبعة", "ثمانية", "تسعة", "عشرة"]
_FEMININE = ["واحدة", "اثنتان", "ثلاث", "أربع", "خمس", "ست", "سبع", "ثماني", "تسع", "عشر"]
_TENS = ["عشر", "ثلاث", "أربع", "خمس", "ست", "سبع", "ثمان", "تسع"]
_HUNDREDS = ["مئة", "", "ثلاثمئة", "أربعمائة", "خمسمئة", "ستمائة", "سبعمئة", "ثمانمئة", "تسعمائة"]
_SCALES = [("مليار", "ملياران", "مليارات"), ("مليون", "مليونان", "ملايين"), ("ألف", "ألفان", "آلاف")]


def _below_hundred(number: int, is_feminine: bool, is_oblique: bool) -> str:
    ones = _FEMININE if is_feminine else _MASCULINE
    if number <= 10:
        word = ones[number - 1]
        return word.replace("ان", "ين") if is_oblique and number == 2 else word
    if number < 20:
        first = {11: "إحدى" if is_feminine else "أحد", 12: "اثنتا" if is_feminine else "اثنا"}.get(number)
        if number == 12 and is_oblique:
            first = first[:-1] + "ي"
        return f"{first or ones[number - 11]} {'عشرة' if is_feminine else 'عشر'}"
    tens = _TENS[number // 10 - 2] + ("ين" if is_oblique else "ون")
    if number % 10 == 0:
        return tens
    return f"{_below_hundred(number % 10, is_feminine, is_oblique)} و{tens}"


def _below_thousand(number: int, is_feminine: bool, is_oblique: bool) -> str:
    hundreds, rest = divmod(number, 100)
    parts = []
    if hundreds == 2:
        parts.append("مئتين" if is_oblique else "مئتان")
    elif hundreds:
        parts.append(_HUNDREDS[hundreds - 1])
    if rest:
        parts.append(_below_hundred(rest, is_feminine, is_oblique))
    return " و".join(parts)


def spell(number: int, *, is_feminine: bool, is_oblique: bool) -> str:
    """Return a number from 1 to 10**12 - 1 in words."""
    parts = []
    for (one, two, many), size in zip(_SCALES, (10**9, 10**6, 10**3), strict=True):
        count, number = divmod(number, size)
        if count == 1:
            parts.append(one)
        elif count == 2:
            parts.append(two.replace("ان", "ين") if is_oblique else two)
        elif count:
            parts.append(f"{_below_thousand(count, False, is_oblique)} {many if 3 <= count <= 10 else one}")
    if number:
        parts.append(_below_thousand(number, is_feminine, is_oblique))
    return " و".join(parts)
