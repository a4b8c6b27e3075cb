"""Datelines: the place, date and agency that stand before a report, as in «عدن (وكالة النخيل) - ».

A dateline says where a report was written and who sent it, not where or by whom a thing was done; by the annotation
guidelines no argument lies in it. Only what names an agency, or has a date and something in brackets, is taken for one:
a place and a dash alone may begin a sentence as well.
"""

from __future__ import annotations

import re

from rasd.text.charsets import FORMAT_SET, MARK_SET, TATWEEL

# Longer than any dateline, so that a long text costs no more than a short one.
_DATELINE_REACH = 200
# Marks and drawn-out letters are seen through; a tatweel by itself is a dash.
_SEEN = re.compile(rf"\s+|[^{MARK_SET}{FORMAT_SET}{TATWEEL}]|(?<=\s){TATWEEL}(?=\s)")
_DATELINE_END = re.compile(r"[-–—ـ|:/]")
_DASH = "[-–—ـ|:]{1,2}"
_WORD = r"[^\s()\[\]«»\"|:؛.!؟\-–—ـ/]{1,20}"
_PLACE = rf"{_WORD}(?: {_WORD}){{0,4}}?"
# «14 آذار/مارس», «21 يناير 2023», «3/10/2024», with or without «في» or a comma before.
_DATE = (
    r"[،,]? ?(?:في )?\d{1,2}(?:"
    r"[/-]\d{1,2}(?:[/-]\d{2,4})?"
    r"| [^\W\d_]{3,9}(?: [^\W\d_]{3,9})?(?: ?/ ?[^\W\d_]{3,9})?(?:,? \d{4})?)"
)
_BRACKETED = re.compile(rf" ?(?P<place>{_PLACE})?(?P<date>{_DATE})? ?\((?P<agency>[^()\n]{{2,40}})\) ?{_DASH}(?= )")
_PLAIN = re.compile(
    rf" ?(?P<place>{_PLACE})(?P<date>{_DATE})?(?: [-–—ـ]{{1,2}} | ?/ ?)(?P<agency>{_WORD}(?: {_WORD}){{0,2}}?)"
    rf" ?(?:{_DASH}|/)(?= )"
)
_AGENCY = re.compile(
    r"(?:وكال(?:[ةه]|ات)|شبك[ةه]|قنا[ةه]|[إا]ذاع[ةه]|راديو|موقع|منص[ةه]|صحيف[ةه]|مراسلنا|خاص|رويترز|ال[أا]ناضول|سانا|واس"
    r"|وام|قنا|بترا|وفا|كونا|سبوتنيك|شينخوا|نوفوستي|تاس|[أا]سوشي\w+|[أا] ?\.? ?ف ?\.? ?ب|د ?\.? ?ب ?\.? ?[أا]"
    r"|CNN|BBC|AFP|AP|DPA|DW|RT|EFE|Reuters|Xinhua)(?!\w)"
    r"|.*(?<!\w)(?:برس|نيوز)$"
)
_TELLING = re.compile(r"(?<!\w)(?:و|ف)?(?:قال|أعلن|ذكر|أفاد|نقل|أورد|أكد|نشر|بث|أضاف|كشف|حسب|بحسب|وفق|نقلا|عن)ت?(?!\w)")


def find_dateline(text: str) -> int:
    """Return where the report begins: the end of the dateline and its dash, 0 where there is none."""
    if not _DATELINE_END.search(text, 0, _DATELINE_REACH):
        return 0
    seen = list(_SEEN.finditer(text, 0, _DATELINE_REACH))
    plain = "".join(" " if char[0].isspace() else char[0] for char in seen)
    for pattern in (_BRACKETED, _PLAIN):
        match = pattern.match(plain)
        if match is None or _TELLING.search(match["place"] or ""):
            continue
        if _AGENCY.match(match["agency"]) or (pattern is _BRACKETED and match["date"]):
            return seen[match.end() - 1].end()
    return 0
