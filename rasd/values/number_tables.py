"""The words about numbers: what bounds them, what stands for many or few, whose dual means that there are two."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import NamedTuple

from rasd.values.words import fold, make_phrases

# A bound that words set («min», «max», «about», «odd»), and whether the number itself is within.
Bound = tuple[str, bool]

# What stands before a number, or behind it -> the bound that it sets, and whether the number itself is within.
_BEFORE: dict[str, Bound] = {
    "أكثر من|أكثر من من|أكثر|أزيد من|ما يزيد عن|ما يزيد على|يزيد عن|يزيد على|تزيد عن|تزيد على|بأكثر من": ("min", False),
    "ما يربو على|ما يربو عن|يربو على|يربو عن|تربو على|ما ينوف على|ما ينوف عن|ينوف على|ينوف عن|ينيف على|تنيف على|"
    "ما ينيف على|ما يفوق|يفوق|تفوق|فوق|فاق|تجاوز|تجاوزت|يتجاوز|تتجاوز|ما يتجاوز|ما تجاوز|تخطى|تخطت|يتخطى|تتخطى|"
    "ما يتخطى": ("min", False),
    "أكثر بقليل من|أكثر بكثير من": ("min", False),
    "أقل بقليل من|أقل بكثير من": ("max", False),
    "+": ("min", True),
    "ما لا يقل عن|لا يقل عن|لا تقل عن|ليس أقل من|لا أقل من|على الأقل|بما لا يقل عن|ما لايقل عن|لايقل عن|مالايقل عن|"
    "مالا يقل عن|بما لايقل عن": ("min", True),
    "أقل من|دون|تحت|ما دون|ما يقل عن|أدنى من|بأقل من": ("max", False),
    "ما يصل إلى|يصل إلى|تصل إلى|وصل إلى|حتى|على الأكثر|لا يزيد عن|لا يزيد على|ما لا يزيد عن|ما لا يزيد على": (
        "max",
        True,
    ),
    "لا أكثر من|ليس أكثر من|ليسوا أكثر من|لا يتجاوز|لا تتجاوز|ما لا يتجاوز|لم يتجاوز|بحد أقصى|كحد أقصى": ("max", True),
    "لا يتعدى|لا تتعدى|لم يتعد|لا يتخطى|لا تتخطى": ("max", True),
    "نحو|حوالي|حوالى|زهاء|قرابة|ما يقارب|ما يقرب من|يقارب|تقارب|يناهز|تناهز|ما يناهز|بحدود|في حدود|حدود": (
        "about",
        True,
    ),
    "تقريبا|ما يقرب|ما يقارب من|قريب من|قريبا من|ناهز|ناهزت|بنحو|بحوالي": ("about", True),
}
_BEHIND: dict[str, Bound] = {
    "على الأقل|على أقل تقدير|في أقل تقدير|كحد أدنى|فأكثر|أو أكثر|وأكثر|فما فوق|+": ("min", True),
    "على الأكثر|كحد أقصى|فأقل|أو أقل|فما دون": ("max", True),
    "تقريبا|أو نحو ذلك|أو ما يقارب|أو يزيد": ("about", True),
    "ونيف|ونيفا|و نيف|و نيفا": ("odd", False),
}
_PERCENT = "في المئة|في المائة|بالمئة|بالمائة|بالميه|%|في المية|من المئة"
# Between a verb and its number these say what the number is of: «لا يقل عددهم عن 20».
THEIR_NUMBER = ("عددهم", "عددها", "عددهن")
# Plurals of tens, hundreds and so on, without a number before them; the upper end is the last before the next one.
_MANY = {"عشرات": 10, "مئات|مآت|مائات": 100, "آلاف|ألوف|ألاف|آلافا": 10**3, "ملايين": 10**6, "مليارات|بلايين": 10**9}
_FEW = "بضعة|بضع|نيف"
ODD = "نيف"
TWO = ("اثنان", "اثنين", "اثنتان", "اثنتين")
# Behind one of these a number is none: «بلا واحد».
NOT = ("لا", "بلا", "دون")
_SOME = "عدة"
_VAGUE = (
    "كثير|كثيرة|كثيرون|كثيرين|كثيرا|عديد|عديدة|العديد|عدد|عددا|أعداد|أعدادا|معظم|غالبية|أغلب|أغلبية|بعض|جميع|كل|كافة|"
    "عدد كبير|عدد قليل|قليل|قليلة|مجموعة|حفنة|آخرون|آخرين|شتى|كبير|سائر"
)
PRONOUNS = ("هما", "هم", "هن", "ها", "ه", "نا")
# Behind a number these say what part of it, so that a number after them is another matter.
PARTITIVE = ("من", "بينهم", "بينهن", "بينها", "منهم", "منهن", "منها", "بين", "اصل", "(", ",")

# People and things whose dual means that there are two. Of the first the plural is broken, so that «ين» is a dual; of
# the second it may be the plural as well; of the third the dual has its own ending.
_BROKEN = (
    "قتيل جريح شخص طفل جندي رجل شاب طبيب ضابط شهيد أسير سجين قاضي صاروخ لغم مسجد مبنى منزل برج جسر زورق "
    "قارب لواء مصنع متجر انفجار هجوم تفجير محامي نائب وزير حارس راكب عنصر فرد شقيق أجنبي تلميذ كاهن راهب"
)
_SOUND = (
    "مدني مسلح مواطن مقاتل مصاب موقوف معتقل متظاهر محتج مهاجر لاجئ نازح مسعف صحفي صحافي مصور انتحاري مهاجم ناشط متطوع "
    "مسؤول موظف مدرس معلم مهندس رياضي متشدد متمرد قيادي لبناني سوري عراقي فلسطيني يمني ليبي مصري تركي إسرائيلي "
    "سائح عامل عسكري شرطي سائق"
)
_FEMININE = (
    "ضحية امرأة فتاة طفلة سيدة غارة قذيفة قنبلة طائرة سيارة مركبة دبابة سفينة عبوة شاحنة حافلة مدرسة جثة عملية ضربة "
    "بلدة قرية مدينة ناقلة مروحية دراجة ممرضة صحفية صحافية طالبة مدنية مسيرة"
)


class Tables(NamedTuple):
    """The words in the folded form that texts are compared in; phrases are tuples of them."""

    before: Mapping[tuple[str, ...], Bound]
    behind: Mapping[tuple[str, ...], Bound]
    percent: Mapping[tuple[str, ...], bool]
    many: Mapping[str, int]
    few: Mapping[str, bool]
    vague: frozenset[str]
    duals: Mapping[str, bool]


@functools.cache
def number_tables() -> Tables:
    """Return the tables, folded once for all."""

    def mark(words: str) -> dict[tuple[str, ...], bool]:
        return make_phrases({words: True})

    duals = {fold(f"{noun}ان"): True for noun in f"{_BROKEN} {_SOUND}".split()}
    duals |= {fold(f"{noun}ين"): False for noun in _SOUND.split()}
    duals |= {fold(f"{noun}ين"): True for noun in _BROKEN.split()}
    duals |= {fold(f"{noun[:-1]}ت{ending}"): True for noun in _FEMININE.split() for ending in ("ان", "ين")}
    return Tables(
        before=make_phrases(_BEFORE),
        behind=make_phrases(_BEHIND),
        percent=mark(_PERCENT),
        many={phrase[0]: value for phrase, value in make_phrases(_MANY).items()},
        few={phrase[0]: True for phrase in mark(_FEW)} | {phrase[0]: False for phrase in mark(_SOME)},
        vague=frozenset(word for phrase in mark(_VAGUE) for word in phrase),
        duals=duals,
    )
