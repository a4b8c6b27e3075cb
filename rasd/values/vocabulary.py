"""The words that times are told with, each phrase with what it says: (kind, value).

Months come in four sets: Levantine («كانون الثاني»), Egyptian and Gulf («يناير»), Algerian and Tunisian («جانفي»),
Moroccan («غشت»); the Hijri months are a kind of their own. All forms are folded when the table is built.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from rasd.values.words import make_phrases


class Item(NamedTuple):
    """A phrase of a time: what kind of word it is, and its value."""

    kind: str
    value: Any = None


_MONTHS = (
    "يناير|كانون الثاني|كانون ثاني|جانفي",
    "فبراير|شباط|فيفري|فبرائر",
    "مارس|آذار|اذار|مارش",
    "أبريل|إبريل|نيسان|أفريل|أبرايل",
    "مايو|أيار|آيار|ماي|ماية",
    "يونيو|حزيران|جوان|يونيه|حزيرن",
    "يوليو|تموز|جويلية|يوليوز|يوليه",
    "أغسطس|آب|أوت|غشت|اغشت",
    "سبتمبر|أيلول|شتنبر|ايلول|سبتامبر",
    "أكتوبر|تشرين الأول|تشرين أول|اكتوبر",
    "نوفمبر|تشرين الثاني|تشرين ثاني|نونبر|نوفمبير",
    "ديسمبر|كانون الأول|كانون أول|دجنبر|ديسمبير",
)
_HIJRI_MONTHS = (
    "محرم|المحرم",
    "صفر",
    "ربيع الأول|ربيع أول",
    "ربيع الثاني|ربيع الآخر|ربيع ثاني|ربيع الاخر",
    "جمادى الأولى|جمادى الأول|جماد الأول|جمادي الأولى",
    "جمادى الآخرة|جمادى الثانية|جمادى الثاني|جماد الثاني|جمادى الآخر",
    "رجب",
    "شعبان",
    "رمضان",
    "شوال",
    "ذو القعدة|ذي القعدة|ذا القعدة",
    "ذو الحجة|ذي الحجة|ذا الحجة",
)
_WEEKDAYS = (
    "الاثنين|الإثنين",
    "الثلاثاء|ثلاثاء|الثلثاء|ثلثاء",
    "الأربعاء|أربعاء|الاربعا",
    "الخميس",
    "الجمعة|جمعة",
    "السبت|سبت",
    "الأحد",
)
_DAYS = {
    "أول أمس|أول من أمس|أمس الأول|قبل أمس|قبل يوم أمس": -2,
    "أمس|الأمس|البارحة|يوم أمس|البارح|امبارح|مبارح": -1,
    "اليوم|هذا اليوم|الآن|حاليا|حالي|اللحظة|هذه اللحظة|في هذه اللحظة|الوقت الحالي|الوقت الراهن|دابا|هسه|هلق|دلوقتي": 0,
    "غد|غدا|الغد|يوم غد|يوم الغد|بكرا|بكره|غدوة": 1,
    "بعد غد|بعد الغد|بعد يوم غد": 2,
}
_NIGHTS = {
    "الليلة الماضية|ليلة أمس|ليل أمس|الليلة الفائتة|ليلة البارحة": -1,
    "الليلة قبل الماضية": -2,
    "الليلة|هذه الليلة|ليل اليوم": 0,
}
_PARTS = {
    "فجر|فجرا|الفجر|سحرا|السحر|ساعات الفجر|ساعات الفجر الأولى": "dawn",
    "صباح|صباحا|الصباح|صبيحة|صبيحه|ضحى|قبل الظهر|قبل ظهر": "morning",
    "ساعات الصباح|ساعات الصباح الأولى|الساعات الأولى من الصباح": "morning",
    "ظهر|ظهرا|الظهر|ظهيرة|الظهيرة|منتصف النهار|منتصف نهار": "noon",
    "بعد ظهر|بعد الظهر|عصر|عصرا|العصر": "afternoon",
    "مساء|المساء|ساعات المساء|غروب": "evening",
    "ليل|ليلا|الليل|ساعات الليل|ليلة|الليلة": "night",
    "منتصف ليل|منتصف ليلة|منتصف الليل": "midnight",
}
_UNITS: dict[str, tuple[str, int | None]] = {
    "دقيقة": ("minute", 1),
    "دقيقتين|دقيقتان|الدقيقتين": ("minute", 2),
    "دقائق|الدقائق": ("minute", None),
    "ساعة": ("hour", 1),
    "ساعتين|ساعتان|الساعتين": ("hour", 2),
    "ساعات|الساعات": ("hour", None),
    "يوم|يوما|نهار|النهار": ("day", 1),
    "يومين|يومان|يومي|اليومين|اليومان": ("day", 2),
    "أيام|الأيام|أياما": ("day", None),
    "ليلتين|ليلتان": ("day", 2),
    "ليال|ليالي": ("day", None),
    "أسبوع|الأسبوع|أسبوعا": ("week", 1),
    "أسبوعين|أسبوعان|الأسبوعين|الأسبوعان": ("week", 2),
    "أسابيع|الأسابيع": ("week", None),
    "شهر|الشهر|شهرا": ("month", 1),
    "شهرين|شهران|شهري|الشهرين|الشهران": ("month", 2),
    "أشهر|الأشهر|شهور|الشهور|شهورا": ("month", None),
    "عام|العام|عاما|سنة|السنة": ("year", 1),
    "عامين|عامان|عامي|العامين|العامان|سنتين|سنتان|السنتين": ("year", 2),
    "أعوام|الأعوام|سنوات|السنوات|سنين|السنين|أعواما": ("year", None),
    "عقد|العقد|عقدا": ("decade", 1),
    "عقدين|عقدان|العقدين": ("decade", 2),
    "عقود|العقود": ("decade", None),
    "قرن|القرن|قرنا": ("century", 1),
    "قرنين|القرنين": ("century", 2),
    "قرون|القرون": ("century", None),
}
_RELATIVE = {
    "الماضي|الماضية|الماضيين|الماضيتين|الماضين|الماضيان|ماضية|ماض|المنصرم|المنصرمة|المنصرمين": "past",
    "الفائت|الفائتة|السابق|السابقة|السابقين|الأخير|الأخيرة": "past",
    "الأخيرين|الأخيرتين|أخيرة|أخير|المنقضي|المنقضية|الخالي|الفارط|الفارطة": "past",
    "المقبل|المقبلة|المقبلين|المقبلتين|القادم|القادمة|القادمين|القادمتين|الآتي|الآتية|مقبل|مقبلة|قادم|قادمة": "next",
    "الجاري|الجارية|الحالي|الحالية|هذا|هذه|الراهن|الراهنة|جار|جاري|الجاريين": "now",
    "قبل الماضي|قبل الماضية|ما قبل الماضي": "before last",
}
_EDGES = {
    "مطلع|بداية|بدايات|أوائل|مستهل": "early",
    "منتصف|أواسط|وسط|منتصفه": "middle",
    "أواخر|نهاية|نهايات|آخر|ختام": "late",
}
_SEASONS = {"ربيع|الربيع": "spring", "صيف|الصيف": "summer", "خريف|الخريف": "autumn", "شتاء|الشتاء": "winter"}
_DECADES = ("عشرين", "ثلاثين", "أربعين", "خمسين", "ستين", "سبعين", "ثمانين", "تسعين")
_DECADE_ENDINGS = ("ات", "يات")
_ORDINALS = (
    "الأول|أول",
    "الثاني|ثاني",
    "الثالث|ثالث",
    "الرابع|رابع",
    "الخامس|خامس",
    "السادس|سادس",
    "السابع|سابع",
    "الثامن|ثامن",
    "التاسع|تاسع",
    "العاشر|عاشر",
    "الحادي عشر|حادي عشر",
    "الثاني عشر",
    "الثالث عشر",
    "الرابع عشر",
    "الخامس عشر",
    "السادس عشر",
    "السابع عشر",
    "الثامن عشر",
    "التاسع عشر",
    "العشرين|العشرون",
)
# Hours are feminine, days and months are not.
_HOURS = (
    "الأولى|الواحدة",
    "الثانية",
    "الثالثة",
    "الرابعة",
    "الخامسة",
    "السادسة",
    "السابعة",
    "الثامنة",
    "التاسعة",
    "العاشرة",
    "الحادية عشرة|الحادية عشر",
    "الثانية عشرة|الثانية عشر",
)
_ORDINAL_TENS = {"العشرين|العشرون|عشرين|عشرون": 20, "الثلاثين|الثلاثون|ثلاثين|ثلاثون": 30}
_ORDINAL_ONES = {"الحادي|الواحد": 1}
_BOUNDS = {
    "نيف|أكثر من|ما يزيد عن|ما يزيد على|أزيد من|ما لا يقل عن|ما يقرب على": "min",
    "أقل من|ما لا يزيد عن|دون|لا يتجاوز|ما يصل إلى": "max",
    "نحو|حوالي|حوالى|قرابة|زهاء|ما يقارب|ما يقرب من|تقريبا|ما يناهز": "about",
}
_RELATIONS = {
    "منذ|مذ|منذ أن": "since",
    "قبل|قبيل|ما قبل": "before",
    "بعد|بعيد|عقب|ما بعد": "after",
    "حتى|لغاية|إلى غاية": "until",
    "خلال|على مدى|على مدار|طوال|طيلة|لمدة|مدة|أثناء|في غضون|في أثناء|لفترة": "during",
}
_VAGUE = (
    "مؤخرا|أخيرا|لاحقا|سابقا|قريبا|فورا|الفور|على الفور|آنذاك|حينها|وقت لاحق|وقت قريب|وقت مبكر|فترة قصيرة|فترة طويلة|"
    "وقت سابق|وقت سابق من|حينئذ|وقتها|قديما|مستقبلا|المستقبل|الماضي البعيد|فترة|قليل|وقت الذروة|"
    "الآونة الأخيرة|الفترة الأخيرة|الفترة الماضية|المدى المنظور|الوقت المناسب|أي لحظة|أيام معدودات|فترة وجيزة|"
    "وقت|مرة أخرى|دائما|الأبد"
)
_REPEATS = "يوميا|أسبوعيا|شهريا|سنويا|كل|يومي|أسبوعي|مرارا|أحيانا"
_SAME = "نفسه|نفسها|ذاته|ذاتها|ذلك|تلك|التالي|التالية|اللاحق"
_FEW = {"بضعة|بضع": True, "القليلة|قليلة|عدة|القلائل|معدودة|المعدودة": False}
_FILLERS = (
    'في|من|ل|ب|(|)|/|,|.|«|»|"|الـ|ال|كامل|كاملة|كاملا|بحلول|ساعة متأخرة|ساعات متأخرة|وقت متأخر|'
    "ساعة مبكرة|وقت مبكر من|الباكر|باكر|باكرا|الساعات الأولى|أولى ساعات|واحد|واحدة|الفترة|أخرى|"
    "إضافي|إضافية|إضافيا|إضافيين|متتالي|متتالية|متتاليين|متتاليا|متواصلة|متواصلين|على التوالي"
)
_JOINS = {"و": "and", "إلى|حتى|-|لغاية|على": "to"}
_ZONES = {
    "بتوقيت غرينتش|بتوقيت جرينتش|توقيت غرينتش|ت غ|ت.غ|تغ|غرينتش|بتوقيت غرينيتش|GMT": "Z",
    "بالتوقيت المحلي|التوقيت المحلي|محلي|محليا": "local",
}


@functools.cache
def phrases() -> Mapping[tuple[str, ...], Item]:
    """Return every phrase with what it says."""
    table: dict[tuple[str, ...], Item] = {}
    for words, item in _all_phrases():
        for phrase in make_phrases({words: item}):
            table.setdefault(phrase, item)
            if item.kind in ("vague", "repeat") and phrase[-1].endswith("ا"):  # folding takes tanwin's alef
                table.setdefault((*phrase[:-1], phrase[-1][:-1]), item)
    return table


def _all_phrases() -> Iterator[tuple[str, Item]]:
    """Yield phrases with what they say; where two are alike, the first counts."""
    for kind, names, first in (("month", _MONTHS, 1), ("hijri", _HIJRI_MONTHS, 1), ("weekday", _WEEKDAYS, 0)):
        yield from ((words, Item(kind, number)) for number, words in enumerate(names, first))
    for offset, words in ((offset, words) for words, offset in _NIGHTS.items()):
        yield words, Item("night", offset)
    tables: dict[str, Mapping[str, Any]] = {
        "day": _DAYS,
        "relative": _RELATIVE,
        "edge": _EDGES,
        "ordinal": {words: number for number, words in enumerate(_ORDINALS, 1)},
        "hour": {words: number for number, words in enumerate(_HOURS, 1)},
        "part": _PARTS,
        "bound": _BOUNDS,
        "relation": _RELATIONS,
        "join": _JOINS,
        "season": _SEASONS,
        "zone": _ZONES,
    }
    for kind, table in tables.items():
        yield from ((words, Item(kind, value)) for words, value in table.items())
    yield "الساعة|ساعة عند|عند الساعة", Item("clock")
    yield _VAGUE, Item("vague")
    yield _FILLERS, Item("filler")
    for words, unit in _UNITS.items():
        yield words, Item("unit", unit)
    for number, stem in enumerate(_DECADES, 2):
        words = "|".join(f"{article}{stem}{ending}" for ending in _DECADE_ENDINGS for article in ("", "ال"))
        yield words, Item("decade", number * 10)
    yield _REPEATS, Item("repeat")
    yield _SAME, Item("same")
    yield from ((words, Item("few", is_numbered)) for words, is_numbered in _FEW.items())
    yield "بين|ما بين|الفترة بين|الفترة ما بين|الفترة من|الفترة الممتدة بين", Item("between")
    yield "فاتح|غرة", Item("number", 1)
    yield "هـ|هجرية|هجري|للهجرة|الهجري", Item("era", "hijri")
    yield "م|ميلادية|ميلادي|الميلادي|للميلاد", Item("era", "gregorian")
    yield "الموافق|الموافق ل|الموافقة ل", Item("also")
    yield ":", Item("colon")
    yield "تشرين|كانون|جمادى", Item("ambiguous")
    yield "إلا", Item("minus")


@functools.cache
def ordinal_ones() -> Mapping[tuple[str, ...], int]:
    """Return what may stand before "and twenty" in an ordinal, by phrase."""
    return make_phrases({words: number for number, words in enumerate(_ORDINALS[:9], 1)}) | make_phrases(_ORDINAL_ONES)


@functools.cache
def ordinal_tens() -> Mapping[tuple[str, ...], int]:
    """Return the tens of ordinals by phrase."""
    return make_phrases(_ORDINAL_TENS)
