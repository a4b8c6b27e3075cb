"""Counts, written for this table, and the exact number that each must give."""

from __future__ import annotations

from rasd.values import cardinals, numbers


def exact(value):
    return {"value": value}


def about(value):
    return {"value": value, "approximate": True}


def between(low, high, **more):
    return {"min": low, "max": high, **more}


def vague(low, high=None):
    return {"min": low, **({} if high is None else {"max": high}), "approximate": True}


def share(value, **more):
    return {"value": value, **more, "share": True}


def unresolved(reason):
    return {"unresolved": reason}


NUMBERS = [
    ("ثلاثة", exact(3)),
    ("ثلاث", exact(3)),
    ("الثلاثة", exact(3)),
    ("إحدى عشرة", exact(11)),
    ("اثني عشر", exact(12)),
    ("اثنتا عشرة", exact(12)),
    ("ثماني عشرة", exact(18)),
    ("مئة وأحد عشر", exact(111)),
    ("خمسة وعشرون", exact(25)),
    ("أربعا وعشرين", exact(24)),
    ("واحد وستين", exact(61)),
    ("مئة", exact(100)),
    ("مائة وسبعة", exact(107)),
    ("مئتان وخمسون", exact(250)),
    ("مئتي", exact(200)),
    ("مائتا", exact(200)),
    ("ثلاثمئة وأربعة عشر", exact(314)),
    ("خمسمائة", exact(500)),
    ("ثلاث مئة", exact(300)),
    ("ألف ومئتان", exact(1200)),
    ("ألفان", exact(2000)),
    ("ألفي", exact(2000)),
    ("ألفا متظاهر", exact(2000)),
    ("ألفاً", exact(1000)),
    ("ثلاثة آلاف وخمسمائة", exact(3500)),
    ("تسعة وتسعون ألفا وتسعمئة", exact(99900)),
    ("مئة وثلاثة آلاف", exact(103000)),
    ("ألف وثمانمئة وخمسة وثلاثين", exact(1835)),
    ("مليونان", exact(2_000_000)),
    ("مليون ونصف", exact(1_500_000)),
    ("ثلاثة ملايين ونصف المليون", exact(3_500_000)),
    ("ألف مليون", exact(10**9)),
    ("مليارين ومئتي مليون", exact(2_200_000_000)),
    ("نصف مليون", exact(500_000)),
    ("ربع مليون نازح", exact(250_000)),
    ("١٢٥", exact(125)),
    ("۱۲۵", exact(125)),
    ("٣٬٥٠٠", exact(3500)),
    ("1,600", exact(1600)),
    ("12 500", exact(12500)),
    ("1.234.567", exact(1_234_567)),
    ("٣٫٥ ملايين", exact(3_500_000)),
    ("2,5 مليون", exact(2_500_000)),
    ("1.600 مليون", exact(1_600_000)),
    ("45 ألف", exact(45000)),
    ("13 ألفا و200", exact(13200)),
    ("2 مليون و300 ألف و12", exact(2_300_012)),
    ("الـ14", exact(14)),
    ("الجنود الثلاثة", exact(3)),
    ("11 قتيلا بينهم 3 أطفال", exact(11)),
    ("3 من أصل 5", exact(3)),
    ("أحد الركاب", exact(1)),
    ("قتيلان", exact(2)),
    ("جنديين", exact(2)),
    ("غارتين", exact(2)),
    ("مسلحان", exact(2)),
    ("خَمـــسَةُ", exact(5)),
    ("أكثر من 180", {"min": 181}),
    ("أزيد من عشرين ألف", {"min": 20001}),
    ("ما يزيد عن ألف", {"min": 1001}),
    ("ما يربو على خمسين", {"min": 51}),
    ("ما لا يقل عن 45 ألف", {"min": 45000}),
    ("20 شخصاً على الأقل", {"min": 20}),
    ("خمسين أو أكثر", {"min": 50}),
    ("أقل من عشرة", {"max": 9}),
    ("ما يصل إلى 86 ألف", {"max": 86000}),
    ("لا يتجاوز 40", {"max": 40}),
    ("نحو أربعين", about(40)),
    ("حوالى 300", about(300)),
    ("زهاء مئتي راكب", about(200)),
    ("ما يقارب الستين", about(60)),
    ("خمسون شخصا تقريبا", about(50)),
    ("بين 20 و30", between(20, 30)),
    ("ما بين 32 و35 ألف", between(32000, 35000)),
    ("بين خمسة وعشرين", between(5, 20)),
    ("من ثلاثة إلى خمسة", between(3, 5)),
    ("20-30", between(20, 30)),
    ("أربعة أو خمسة", between(4, 5)),
    ("نحو 20 إلى 30", between(20, 30, approximate=True)),
    ("عشرات", vague(20, 99)),
    ("العشرات", vague(20, 99)),
    ("مئات القتلى", vague(200, 999)),
    ("آلاف", vague(2000, 9999)),
    ("عشرات الآلاف", vague(20000, 99999)),
    ("مئات آلاف", vague(200_000, 999_999)),
    ("بضعة", vague(3, 9)),
    ("بضع مئات", vague(300, 999)),
    ("بضعة عشر", vague(13, 19)),
    ("عشرون ونيف", vague(21, 29)),
    ("عدة", vague(3)),
    ("أكثر من عشرات", vague(20)),
    ("نصف", share(0.5)),
    ("نصفهم", share(0.5)),
    ("ثلثي السكان", share(0.666667)),
    ("ثلاثة أرباع", share(0.75)),
    ("60 في المئة", share(0.6)),
    ("نحو 12,5%", share(0.125, approximate=True)),
    ("أكثر من نصف", {"min": 0.5, "share": True}),
    ("٪50", share(0.5)),
    ("أكثر من %50", {"min": 0.5, "share": True}),
    ("لا أقل من خمسة", {"min": 5}),
    ("لا يقل عددهم عن 20", {"min": 20}),
    ("تجاوز عددهم المئة", {"min": 101}),
    ("20+ مقاتلا", {"min": 20}),
    ("تحت العشرين", {"max": 19}),
    ("أكثر من 20 وأقل من 30", between(21, 29)),
    ("أقل من مئة وأكثر من خمسين", between(51, 99)),
    ("لا أحد", exact(0)),
    ("أكثر من 20 شخصا وأقل من 30", unresolved(numbers.SEVERAL)),
    ("أقل من 20 وأقل من 30", unresolved(numbers.SEVERAL)),
    ("3 ½", unresolved(numbers.SEVERAL)),
    ("العديد", unresolved(numbers.VAGUE)),
    ("عدد كبير", unresolved(numbers.VAGUE)),
    ("معظم السكان", unresolved(numbers.VAGUE)),
    ("معظمهم", unresolved(numbers.VAGUE)),
    ("الجنود", unresolved(numbers.NO_NUMBER)),
    ("1.600", unresolved(cardinals.AMBIGUOUS_SEPARATOR)),
    ("ألفا", unresolved("the last letter may mean one or two of them")),
    ("شرطيين", unresolved(numbers.DUAL_OR_PLURAL)),
    ("مدنيين", unresolved(numbers.DUAL_OR_PLURAL)),
    ("20 قتيلا و30 جريحا", unresolved(numbers.SEVERAL)),
    ("13 ألفا و2000 عائلة", unresolved(numbers.SEVERAL)),
    ("نساء وعشرين", unresolved(numbers.NO_NUMBER)),
    ("12,34,5", unresolved("the digits are grouped as no number is")),
]

FURTHER_NUMBERS = [
    ("ثلاثماية وعشرة", exact(310)),
    ("شخصان اثنان", exact(2)),
    ("نيف وثلاثين", vague(31, 39)),
    ("200+", {"min": 200}),
    ("+200", {"min": 200}),
    ("تخطى الألف", {"min": 1001}),
    ("ما ينوف على مئة", {"min": 101}),
    ("ينيف على ٢٠٠", {"min": 201}),
    ("مالايقل عن 12", {"min": 12}),
    ("40 على أقل تقدير", {"min": 40}),
    ("أكثر بقليل من مئة", {"min": 101}),
    ("أقل بقليل من 100", {"max": 99}),
    ("لا أكثر من 30", {"max": 30}),
    ("ليس أكثر من 20 شخصا", {"max": 20}),
    ("لم يتجاوز العشرين", {"max": 20}),
    ("ما يقرب المئة", about(100)),
    ("مجموعة من المسلحين", unresolved(numbers.VAGUE)),
    ("قتيلان و3 جرحى", unresolved(numbers.SEVERAL)),
    ("رجلان وثلاث نساء", unresolved(numbers.SEVERAL)),
]
