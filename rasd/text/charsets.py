"""The only tables of Arabic characters: letters, marks, digits, punctuation and invisible characters.

Names that end in `_SET` are bodies for a regular expression's square brackets; the others are plain strings or
mappings. The ranges are those of Unicode 15.
"""

from __future__ import annotations

import functools
import re
import unicodedata

TATWEEL = "\u0640"
DAGGER_ALEF = "\u0670"

# The 28 letters with their hamza carriers, ta marbuta and alef maqsura: what standard Arabic is written with.
LETTER_SET = "\u0621-\u063a\u0641-\u064a"

# The eight marks that PyArabic, and so AraBERT, calls tashkeel: fathatan to sukun.
TASHKEEL_SET = "\u064b-\u0652"

# Madda and hamza written as combining marks. They belong to the letter below them, so they are composed, not dropped.
COMBINING_HAMZA_SET = "\u0653-\u0655"

# Every other mark of the Arabic blocks (Koranic signs, dagger alef) and the variation selectors.
EXTRA_MARK_SET = (
    "\u0610-\u061a\u0656-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed"
    "\u0898-\u089f\u08ca-\u08e1\u08e3-\u08ff\ufe00-\ufe0f"
)
MARK_SET = TASHKEEL_SET + COMBINING_HAMZA_SET + EXTRA_MARK_SET

# Unicode category Cf: bidi controls, zero-width joiners and spaces, soft hyphen, byte order mark, number signs.
FORMAT_SET = (
    "\u00ad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064"
    "\u2066-\u206f\ufeff\ufff9-\ufffb\U000e0001\U000e0020-\U000e007f"
)

# Letters of one character that are written onto the front of an Arabic word: and, so, by, to, like, will.
PROCLITICS = "وفبلكس"

# Letters that writers put for one another -> the one that stands for them all.
LETTER_FOLDS = {"أ": "ا", "إ": "ا", "آ": "ا", "ى": "ي", "ة": "ه", "ؤ": "ء", "ئ": "ء"}

# Letters of Persian, Urdu, Kurdish and Maghrebi spelling -> the Arabic letter an Arabic newsroom writes for them.
PERSIAN_LETTERS = {
    "ٱ": "ا",
    "ٲ": "أ",
    "ٳ": "إ",
    "ٵ": "أ",
    "ٶ": "ؤ",
    "ٸ": "ئ",
    "ٹ": "ت",
    "ٺ": "ت",
    "ټ": "ت",
    "ٿ": "ث",
    "پ": "ب",
    "ٻ": "ب",
    "ڀ": "ب",
    "چ": "ج",
    "ڇ": "ج",
    "څ": "ج",
    "ڃ": "ج",
    "ځ": "ح",
    "ڈ": "د",
    "ډ": "د",
    "ڌ": "ذ",
    "ڑ": "ر",
    "ړ": "ر",
    "ڕ": "ر",
    "ژ": "ز",
    "ږ": "ز",
    "ڙ": "ر",
    "ښ": "ش",
    "ڤ": "ف",
    "ڥ": "ف",
    "ڢ": "ف",
    "ڧ": "ق",
    "ڨ": "ق",
    "ک": "ك",
    "ڪ": "ك",
    "ګ": "ك",
    "ڭ": "ك",
    "گ": "ك",
    "ݣ": "ك",
    "ڳ": "ك",
    "ڵ": "ل",
    "ں": "ن",
    "ڻ": "ن",
    "ڼ": "ن",
    "ھ": "ه",
    "ۀ": "ه",
    "ہ": "ه",
    "ۂ": "ه",
    "ۃ": "ة",
    "ە": "ه",
    "ۄ": "و",
    "ۅ": "و",
    "ۆ": "و",
    "ۇ": "و",
    "ۈ": "و",
    "ۉ": "و",
    "ۋ": "و",
    "ی": "ي",
    "ۍ": "ي",
    "ێ": "ي",
    "ې": "ي",
    "ے": "ي",
    "ۓ": "ئ",
    "ݐ": "ب",
    "ۏ": "و",
}

ARABIC_INDIC_DIGITS = "٠١٢٣٤٥٦٧٨٩"
PERSIAN_DIGITS = "۰۱۲۳۴۵۶۷۸۹"
ASCII_DIGITS = "0123456789"
DECIMAL_SEPARATORS = {"٫": ".", "٬": ","}

# Presentation forms are letters as a typesetter's font stores them; text pulled out of old PDF files has them.
PRESENTATION_SET = "\ufb50-\ufbb1\ufbd3-\ufd3f\ufd50-\ufd8f\ufd92-\ufdc7\ufdf0-\ufdfc\ufe70-\ufe74\ufe76-\ufefc"

# Look-alikes that AraBERT's vocabulary lacks -> the character it has.
PUNCTUATION_FOLDS = {
    "‐": "-",
    "‑": "-",
    "‒": "-",
    "―": "—",
    "−": "-",
    "‹": "«",
    "›": "»",
    "„": "“",
    "‟": "“",
    "‚": "‘",
    "‛": "‘",
    "´": "'",
    "۔": ".",
    "×": "*",
    "÷": "/",
    "•": "·",
}

EMOJI_SET = (
    "©®\u203c\u2049\u2122\u2139\u2194-\u21aa\u231a-\u23ff\u24c2\u25aa-\u27bf\u2934\u2935\u2b05-\u2b55\u3030\u303d"
    "\u3297\u3299\U0001f000-\U0001faff"
)

# Letters and numbers: `\w` without the underscore is exactly the categories L* and N*, tatweel included.
LETTER_OR_NUMBER = r"[^\W_]"


@functools.cache
def all_marks_set() -> str:
    """Return the body of a character class for all of category M, of every script.

    Built at first use, as it scans Unicode (tens of milliseconds).
    """
    marks = [code for code in range(0x20000) if unicodedata.category(chr(code))[0] == "M"]
    marks += range(0xE0100, 0xE01F0)  # the only marks above the second plane: variation selectors
    ranges: list[list[int]] = []
    for code in marks:
        if ranges and ranges[-1][1] == code - 1:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
    return "".join(f"{re.escape(chr(first))}-{re.escape(chr(last))}" for first, last in ranges)
