"""Datelines: the place, date and agency that stand before a report, as in «عدن (وكالة النخيل) - ».

A dateline says where a report was written and who sent it, not where or by whom a thing was done; by the annotation
guidelines no argument lies in it. Only what names an agency, or has a date and something in brackets, is taken for one:
a place and a dash alone may begin a sentence as well.
"""

from __future__ import annotations

import re

_DASH = "[-–—ـ|:]{1,2}"
_WORD = r"[^\s()\[\]«»\"|:؛.!؟\-–—ـ/]{1,20}"
_PLACE = rf"{_WORD}(?: {_WORD}){{0,4}}?"
# «14 آذار/مارس», «21 يناير 2023», «3/10/2024», with or without «في» or a comma before.
_DATE = (
    r"،? ?(?:في )?\d{1,2}(?:"
    r"[/-]\d{1,2}(?:[/-]\d{2,4})?"
    r"| [^\W\d_]{3,9}(?: [^\W\d_]{3,9})?(?: ?/ ?[^\W\d_]{3,9})?(?:,? \d{4})?)"
)
_BRACKETED = re.compile(rf"\s*(?P<place>{_PLACE})?(?P<date>{_DATE})? ?\((?P<agency>[^()\n]{{2,40}})\) ?{_DASH}(?=\s)")
_PLAIN = re.compile(
    rf"\s*(?P<place>{_PLACE})(?P<date>{_DATE})?(?: [-–—ـ]{{1,2}} | ?/ ?)(?P<agency>{_WORD}(?: {_WORD}){{0,4}}?)"
    rf" ?(?:{_DASH}|/)(?=\s)"
)
_AGENCY = re.compile(
    r"(?:وكال(?:ة|ات)|شبكة|قناة|إذاعة|راديو|موقع|منصة|صحيفة|مراسلنا|خاص|رويترز|الأناضول|سانا|واس|وام|قنا|بترا|وفا|كونا"
    r"|سبوتنيك|شينخوا|نوفوستي|تاس|[أا]سوشي\w+|[أا] ?\.? ?ف ?\.? ?ب|د ?\.? ?ب ?\.? ?[أا]"
    r"|CNN|BBC|AFP|AP|DPA|DW|RT|EFE|Reuters|Xinhua)(?!\w)"
    r"|.*(?<!\w)(?:برس|نيوز)$"
)
_TELLING = re.compile(r"(?<!\w)(?:و|ف)?(?:قال|أعلن|ذكر|أفاد|نقل|أورد|أكد|نشر|بث|أضاف|كشف|حسب|بحسب|وفق|نقلا|عن)ت?(?!\w)")


def find_dateline(text: str) -> int:
    """Return where the report begins: the end of the dateline and its dash, 0 where there is none."""
    for pattern in (_BRACKETED, _PLAIN):
        match = pattern.match(text)
        if match is None or _TELLING.search(match["place"] or ""):
            continue
        if _AGENCY.match(match["agency"]) or (pattern is _BRACKETED and match["date"]):
            return match.end()
    return 0
