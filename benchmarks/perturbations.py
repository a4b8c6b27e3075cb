"""Ways in which the same news is written elsewhere: each takes a text and a seed and gives the text rewritten.

With the new text comes a map by which spans of the old one are found again. Marks, tatweel and invisible characters
inside a word hang on the letter before them and lie in every span that ends with it; what is put beside a word, such as
`#` or a direction mark, lies in no span. The same text and seed always give the same.
"""

from __future__ import annotations

import functools
import random
import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from rewriting import Edit, Perturbed, rewrite, swap

from rasd.text import charsets

_LETTER = f"[{charsets.LETTER_SET}]"
_MARK = f"[{charsets.MARK_SET}]"
_WORD = re.compile(rf"{_LETTER}[{charsets.LETTER_SET}{charsets.MARK_SET}{charsets.TATWEEL}]*")
_WORD_END = rf"(?={_MARK}*(?![{charsets.LETTER_SET}{charsets.MARK_SET}{charsets.TATWEEL}]))"
_INNER = rf"(?<=[{charsets.LETTER_SET}{charsets.MARK_SET}{charsets.TATWEEL}])"
_DIGITS = charsets.ASCII_DIGITS + charsets.ARABIC_INDIC_DIGITS

FATHA, DAMMA, KASRA, SHADDA, SUKUN = "\u064e\u064f\u0650\u0651\u0652"
TANWIN = "\u064b\u064c\u064d"


def _random(text: str, seed: int) -> random.Random:
    return random.Random(f"{seed} {text}")


def add_tashkeel(text: str, seed: int, *, share: float) -> Perturbed:
    """Mark a share of the letters: vowels, sukun, shadda with a vowel; tanwin at a word's end only."""
    rng = _random(text, seed)
    edits = []
    for word in _WORD.finditer(text):
        for i in range(word.start(), word.end()):
            before, letter, after = text[i - 1 : i], text[i], text[i + 1 : i + 2]
            # Long vowels bear no mark, and what is marked already stays as it is.
            if letter in "اآىـ" or not re.match(_LETTER, letter) or re.match(_MARK, after) or rng.random() >= share:
                continue
            is_first, is_last = i == word.start(), i + 1 == word.end()
            if letter == "إ":
                mark = KASRA
            elif not is_last and after in "اى":
                mark = FATHA
            else:
                mark = rng.choice(FATHA + DAMMA + KASRA + (TANWIN if is_last else "" if is_first else SUKUN))
            can_double = not is_first and letter not in "ءأإؤئة" and before != "ا" and mark != SUKUN
            edits.append((i, i + 1, letter + (SHADDA if can_double and rng.random() < 0.15 else "") + mark))
    return rewrite(text, edits)


def add_tatweel(text: str, seed: int) -> Perturbed:
    """Draw out a third of the words: one to four tatweel between two letters that join, not inside lam-alef."""
    rng = _random(text, seed)
    edits = []
    for word in _WORD.finditer(text):
        joints = [
            i
            for i in range(word.start(), word.end() - 1)
            if "initial" in forms_of().get(text[i], {})
            and re.match(_LETTER, text[i + 1])
            and text[i : i + 2] not in ligatures()
        ]
        if joints and rng.random() < 1 / 3:
            i = rng.choice(joints)
            edits.append((i, i + 1, text[i] + charsets.TATWEEL * rng.randint(1, 4)))
    return rewrite(text, edits)


def drop_hamza(text: str, seed: int) -> Perturbed:
    """Write every alef bare."""
    return swap(text, dict.fromkeys("أإآ", "ا"))


def add_hamza(text: str, seed: int) -> Perturbed:
    """Put a hamza on half of the bare alefs that begin a word, the article aside: nobody writes one there."""
    rng = _random(text, seed)
    found = re.finditer(rf"(?<![{charsets.LETTER_SET}{charsets.MARK_SET}{charsets.TATWEEL}])ا(?!ل)(?={_LETTER})", text)
    return rewrite(text, [(*match.span(), "أ") for match in found if rng.random() < 0.5])


def ya_to_maqsura(text: str, seed: int) -> Perturbed:
    """Write every final ya without its dots."""
    return swap(text, {"ي": "ى"}, f"{_INNER}ي{_WORD_END}")


def maqsura_to_ya(text: str, seed: int) -> Perturbed:
    """Write every final alef maqsura with dots."""
    return swap(text, {"ى": "ي"}, f"{_INNER}ى{_WORD_END}")


def ta_to_ha(text: str, seed: int) -> Perturbed:
    """Write every ta marbuta without its dots."""
    return swap(text, {"ة": "ه"})


def ha_to_ta(text: str, seed: int) -> Perturbed:
    """Write every final ha with dots, pronouns included."""
    return swap(text, {"ه": "ة"}, f"{_INNER}ه{_WORD_END}")


def drop_punctuation(text: str, seed: int) -> Perturbed:
    """Drop all punctuation but that inside numbers; a space where two words would grow together."""
    edits = []
    for i, char in enumerate(text):
        kind, before, after = unicodedata.category(char), text[i - 1 : i], text[i + 1 : i + 2]
        if kind[0] != "P" or char in "%٪#_@&" or (before.isdigit() and after.isdigit()):
            continue
        is_closed = kind in ("Ps", "Pe", "Pi", "Pf") or char in "\"'"  # these touch words and part none
        edits.append((i, i + 1, " " if before.strip() and after.strip() and not is_closed else ""))
    return rewrite(text, edits)


def swap_punctuation(text: str, seed: int) -> Perturbed:
    """Put Latin commas, semicolons and question marks for Arabic ones, and the other way round."""
    table = dict(zip("،؛؟,;?", ",;?،؛؟", strict=True))
    return swap(text, table, r"[،؛؟,;?](?!\d)")


def spoil_spaces(text: str, seed: int) -> Perturbed:
    """Double a sixth of the spaces, make some no-break spaces, and one a line break."""
    rng = _random(text, seed)
    spaces = [match.start() for match in re.finditer(" ", text)]
    line_break = rng.choice(spaces) if spaces else -1
    edits = []
    for i in spaces:
        draw = rng.random()
        new = "\n" if i == line_break else "  " if draw < 1 / 6 else "\u00a0" if draw < 1 / 4 else " "
        edits.append((i, i + 1, new))
    return rewrite(text, edits)


def break_line(text: str, seed: int) -> Perturbed:
    """Make one space a line break."""
    spaces = [match.start() for match in re.finditer(" ", text)]
    place = _random(text, seed).choice(spaces) if spaces else 0
    return rewrite(text, [(place, place + 1, "\n")] if spaces else [])


def to_arabic_digits(text: str, seed: int) -> Perturbed:
    """Write numbers in Arabic-Indic digits with their own separators; not those of names such as F-16."""
    table = dict(zip(charsets.ASCII_DIGITS, charsets.ARABIC_INDIC_DIGITS, strict=True)) | {".": "٫", ",": "٬", "%": "٪"}
    return _swap_digits(text, table, r"[0-9]+(?:[.,][0-9]+)*%?")


def to_latin_digits(text: str, seed: int) -> Perturbed:
    """Write numbers in Latin digits with their own separators."""
    table = dict(zip(charsets.ARABIC_INDIC_DIGITS, charsets.ASCII_DIGITS, strict=True)) | {"٫": ".", "٬": ",", "٪": "%"}
    return _swap_digits(text, table, r"[٠-٩]+(?:[٫٬][٠-٩]+)*٪?")


def _swap_digits(text: str, table: dict[str, str], number: str) -> Perturbed:
    found = re.finditer(rf"(?<![A-Za-z0-9])(?<![A-Za-z]-){number}(?![A-Za-z])", text)
    return rewrite(text, [(*match.span(), "".join(table.get(char, char) for char in match.group())) for match in found])


def add_hashtags(text: str, seed: int) -> Perturbed:
    """Put `#` before a sixth of the words with the article, which stands in for a name, and before a few others.

    Half of the pairs with the article are joined: #الجيش_اللبناني.
    """
    rng = _random(text, seed)
    edits: list[Edit] = []
    words = list(_WORD.finditer(text))
    joined = -1
    for i, word in enumerate(words):
        is_definite = word.group().startswith("ال") and len(word.group()) > 3
        is_long = len(word.group()) > 3
        draw, draw_pair = rng.random(), rng.random()
        if i <= joined or draw >= (1 / 6 if is_definite else 1 / 20 if is_long else 0):
            continue
        if word.start() and not text[word.start() - 1].isspace():
            continue
        edits.append((word.start(), word.start(), "#"))
        after = words[i + 1] if i + 1 < len(words) else None
        is_pair = after is not None and after.group().startswith("ال") and text[word.end() : after.start()] == " "
        if is_definite and is_pair and draw_pair < 0.5:
            edits.append((word.end(), word.end() + 1, "_"))
            joined = i + 1
    return rewrite(text, edits)


@functools.cache
def forms_of() -> dict[str, dict[str, str]]:
    """Return the presentation forms of each letter: isolated, final and, if it joins the next, initial and medial."""
    forms: dict[str, dict[str, str]] = {}
    for kind, letters, form in _presentation_forms():
        if len(letters) == 1:
            forms.setdefault(letters, {})[kind] = form
    return forms


@functools.cache
def ligatures() -> dict[str, dict[str, str]]:
    """Return the forms of lam with each alef: isolated and final."""
    found: dict[str, dict[str, str]] = {}
    for kind, letters, form in _presentation_forms():
        if len(letters) == 2 and letters[0] == "ل" and letters[1] in "اأإآ":
            found.setdefault(letters, {})[kind] = form
    return found


def _presentation_forms() -> Iterable[tuple[str, str, str]]:
    """Yield kind, letters and form of the Unicode data's Arabic Presentation Forms-B."""
    for form in map(chr, range(0xFE80, 0xFEFD)):
        kind, *codes = unicodedata.decomposition(form).split()
        yield kind.strip("<>"), "".join(chr(int(code, 16)) for code in codes), form


def to_presentation_forms(text: str, seed: int) -> Perturbed:
    """Write every letter as the presentation form that its neighbours ask for, lam-alef as one."""
    forms = forms_of()
    letters = [i for i, char in enumerate(text) if char in forms or char == charsets.TATWEEL]
    marks = re.compile(f"{_MARK}*")
    edits: list[Edit] = []
    is_joined = False  # the letter before reaches out to this one
    skipped = -1
    for number, i in enumerate(letters):
        following = letters[number + 1] if number + 1 < len(letters) else -1
        is_followed = following >= 0 and marks.fullmatch(text, i + 1, following) is not None
        if i == skipped:
            is_joined = False  # alef reaches out to none
            continue
        if text[i] == charsets.TATWEEL:
            is_joined = is_followed
            continue
        pair = ligatures().get(text[i : i + 2])
        if pair:
            edits.append((i, i + 2, pair["final" if is_joined else "isolated"]))
            skipped = i + 1
            continue
        own = forms[text[i]]
        takes = is_followed and (text[following] == charsets.TATWEEL or "final" in forms[text[following]])
        reaches = "initial" in own and takes
        joined = is_joined and "final" in own
        kind = ("medial" if joined else "initial") if reaches else ("final" if joined else "isolated")
        edits.append((i, i + 1, own[kind]))
        is_joined = reaches
    return rewrite(text, edits)


INSIDE = "\u200c\u200d\u200b\u2060\u00ad\ufeff"  # zero-width joiners and spaces, soft hyphen
BESIDE = "\u200e\u200f\u061c\u200b\ufeff"  # direction marks and what has no width


def add_invisible(text: str, seed: int) -> Perturbed:
    """Put zero-width characters into a tenth of the words and direction marks beside a fifth."""
    rng = _random(text, seed)
    edits: list[Edit] = []
    for word in _WORD.finditer(text):
        start, end = word.span()
        draw = rng.random()
        if draw < 0.1 and end - start > 2:
            i = rng.randrange(start, end - 1)
            edits.append((i, i + 1, text[i] + rng.choice(INSIDE)))
        elif draw < 0.15:
            edits.append((start, start, rng.choice(BESIDE)))
        elif draw < 0.2:
            edits.append((end, end, rng.choice(BESIDE)))
        elif draw < 0.3:
            opening, closing = rng.choice(["\u202b\u202c", "\u202a\u202c", "\u2067\u2069"])
            edits += [(start, start, opening), (end, end, closing)]
    return rewrite(text, edits)


DATELINES = ("عمّان (وكالة الساحل) - ", "القاهرة - وكالات: ", "خاص - شبكة الضفاف الإخبارية | ")
DATED = (
    "الخرطوم 14 آذار/مارس (الشروق برس) ـ ",
    "القاهرة في 3 أكتوبر (وكالة الساحل) -- ",
    "بيروت، 21 يناير 2023 (الضفاف) - ",
)
ENDINGS = (
    "اقرأ أيضا: جدول مباريات الأسبوع وأسعار الخضار والفواكه",
    "شارك الخبر على فيسبوك وتويتر وواتساب",
    "تحرير: سامر النجار - إعداد: رنا الشامي",
    "للاشتراك في نشرتنا البريدية اضغط هنا",
    "جميع الحقوق محفوظة © شبكة الضفاف 2023",
    "آخر تحديث: 14:35 بتوقيت غرينتش",
    "الكلمات المفتاحية: أخبار، اليوم، الصباح",
    "طباعة | إرسال إلى صديق | تعليقات (12)",
)


def add_dateline(text: str, seed: int, *, datelines: tuple[str, ...]) -> Perturbed:
    """Put one of the datelines before the text."""
    return rewrite(text, [(0, 0, _random(text, seed).choice(datelines))])


def add_boilerplate(text: str, seed: int, *, joint: str) -> Perturbed:
    """Put an agency's dateline before the text and what pages carry under it behind, joined by `joint`."""
    rng = _random(text, seed)
    endings = rng.sample(ENDINGS, rng.randint(2, 4))
    dateline = rng.choice((*DATELINES, DATED[0]))
    return rewrite(text, [(0, 0, dateline), (len(text), len(text), joint + joint.join(endings))])


@dataclass(frozen=True, slots=True)
class Perturbation:
    """A way to rewrite texts.

    Attributes:
        apply: Takes a text and a seed.
        what: What it does.
        is_document: Whether the new text is split into sentences first, as users' documents are.
        is_gated: Whether Arg-C must hold.
    """

    apply: Callable[[str, int], Perturbed]
    what: str
    is_document: bool = False
    is_gated: bool = True


PERTURBATIONS = {
    "tashkeel_some": Perturbation(functools.partial(add_tashkeel, share=0.3), "vowel marks on a third of the letters"),
    "tashkeel_full": Perturbation(
        functools.partial(add_tashkeel, share=1.0), "vowel marks on every letter that bears one"
    ),
    "tatweel": Perturbation(add_tatweel, "a third of the words drawn out by tatweel"),
    "hamza_dropped": Perturbation(drop_hamza, "أ إ آ written ا"),
    "hamza_added": Perturbation(add_hamza, "ا written أ at the start of half of the words without article"),
    "ya_to_maqsura": Perturbation(ya_to_maqsura, "final ي written ى"),
    "maqsura_to_ya": Perturbation(maqsura_to_ya, "final ى written ي"),
    "ta_to_ha": Perturbation(ta_to_ha, "ة written ه"),
    "ha_to_ta": Perturbation(ha_to_ta, "final ه written ة"),
    "no_punctuation": Perturbation(drop_punctuation, "no punctuation but inside numbers"),
    "punctuation_swapped": Perturbation(swap_punctuation, "، ؛ ؟ written , ; ? and the other way round"),
    "white_space": Perturbation(spoil_spaces, "doubled and no-break spaces, a line break, read as one sentence"),
    # A line break ends a sentence by rule, since headlines have no full stop; this says what the rule costs.
    "line_break": Perturbation(
        break_line, "a line break in the sentence, read as a document", is_document=True, is_gated=False
    ),
    "arabic_digits": Perturbation(to_arabic_digits, "numbers in Arabic-Indic digits"),
    "latin_digits": Perturbation(to_latin_digits, "numbers in Latin digits"),
    "hashtags": Perturbation(add_hashtags, "# before a share of the words, pairs joined by _"),
    "presentation_forms": Perturbation(to_presentation_forms, "letters as presentation forms, lam-alef as one"),
    "invisible": Perturbation(add_invisible, "zero-width characters in words, direction marks beside them"),
    "dateline": Perturbation(
        functools.partial(add_dateline, datelines=DATELINES), "an agency's dateline before, read as a document", True
    ),
    "dateline_dated": Perturbation(
        functools.partial(add_dateline, datelines=DATED), "a dateline with a date before, read as a document", True
    ),
    "boilerplate_inline": Perturbation(
        functools.partial(add_boilerplate, joint=" "),
        "dateline before and page text behind on one line, read as a document",
        is_document=True,
    ),
    "boilerplate": Perturbation(
        functools.partial(add_boilerplate, joint="\n"),
        "dateline before and page text in lines below, read as a document",
        is_document=True,
    ),
}
