"""Joining the reports of one happening, within a document and across documents.

Two events are reports of one incident where type (or kind, see `View.kinds`), realis, days and places agree and what
else both tell does not speak against it. A report joins an incident only if it agrees with all that is in it, so that a
vague report never ties two clear ones together. Only events are compared that share kind, day (or document) and place,
and who did it or to whom as far as both tell those: crowded days cost no more than quiet ones, unless very many reports
of one day and place name nobody, or name the same and yet contradict each other.

Nothing is learnt and nothing is guessed from spelling: a report too many is easier to mend than two incidents in one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from rasd.coding.rules import Code
from rasd.coding.view import Coding, View
from rasd.coding.when import find_day_parts, find_days
from rasd.coding.words import bare_word, begins_as_place, fold, place_words
from rasd.events import Argument, Document, Event, Sentence
from rasd.values.add import parse_date, read_argument_time

# Words of forces that name none.
_FORCE_LIST = """
قوات قوة جيش عناصر عنصر مسلحون مسلحين مسلحو مسلح مقاتلو مقاتلون مقاتلين طائرات طائرة مدفعية طيران تنظيم ميليشيا ميليشيات
مليشيا مليشيات فصائل فصيل حركة جماعة مجموعة مجموعات مجهولون مجهولين مجهول مجهولة رجال أفراد دورية مروحيات سلاح الجو
عسكرية مسلحة حربية مسيرة مسيرات
"""
_FORCE_WORDS = frozenset(bare_word(fold(word)) for word in _FORCE_LIST.split())
# An event whose days are wider than this is not dated.
_MAX_DAYS = 4


@dataclass(frozen=True, slots=True)
class Report:
    """What an event tells that can be compared.

    Attributes:
        kind: What types that tell of the same have in common.
        realis: Its realis.
        document: Its document.
        days: First and last day, None where not known.
        day_parts: Such as morning.
        places: Where it was; names without words such as town.
        grounds: The places, and what it was done to, which for attacks may be a place.
        agents: Words that name who did it; empty where none does.
        targets: Words that name to whom.
        code: The code that a view gives it.
    """

    kind: str
    realis: str | None
    document: str
    days: tuple[date, date] | None
    day_parts: frozenset[str]
    places: frozenset[str]
    grounds: frozenset[str]
    agents: frozenset[str]
    targets: frozenset[str]
    code: Code


def make_reports(document: Document, view: View, *, number: int) -> Iterator[Report]:
    """Yield a report for each event of a document, in the order of `rasd.coding.rows.make_rows`."""
    name = document.id if document.id is not None else f"document-{number}"
    published = _read_published(document)
    for sentence in document.sentences:
        siblings = sentence.events or ()
        for event in siblings:
            yield _make_report(event, sentence, view, name, published, view.apply(event, siblings))


def group_reports(reports: Sequence[Report]) -> list[int]:
    """Return for each report the position of the first report of its incident."""
    incidents: list[dict[Report, None]] = []
    members: list[list[int]] = []
    index: dict[Hashable, list[int]] = defaultdict(list)
    known: dict[Report, int] = {}
    # What tells most goes first: a vague report then finds the clear one that it belongs to.
    for position in sorted(range(len(reports)), key=lambda i: -_count_facts(reports[i])):
        report = reports[position]
        found = known.get(report)  # one like it has found its place
        if found is None:
            found = _find_incident(report, incidents, index)
        if found is None:
            found = len(incidents)
            incidents.append({})
            members.append([])
            # What joins an incident agrees with its first report too, so that it is found by that one's keys.
            for key in _list_keys(report):
                index[key].append(found)
        incidents[found][report] = None
        members[found].append(position)
        if agree(report, report):  # what names no ground is not even known to be the same as one like it
            known[report] = found
    first = [0] * len(reports)
    for positions in members:
        for position in positions:
            first[position] = min(positions)
    return first


def _find_incident(
    report: Report, incidents: Sequence[Mapping[Report, None]], index: Mapping[Hashable, Sequence[int]]
) -> int | None:
    """Return the incident that a report shares most with of those with all of whose reports it agrees."""
    # In order, since sets of words have none: of incidents that share as much the first is taken.
    candidates = sorted({incident for key in _look_up_keys(report) for incident in index.get(key, ())})
    fitting = [incident for incident in candidates if all(agree(report, other) for other in incidents[incident])]
    return max(fitting, key=lambda i: max(_count_shared(report, other) for other in incidents[i]), default=None)


def agree(one: Report, other: Report) -> bool:
    """Return whether two reports may tell of one incident.

    Days overlap, or one of them is not dated and both stand in one document; no part of the day speaks against it; the
    places of one are all among those of the other; named agents are not all different; and where agents or targets can
    be compared at all, some of them are the same.
    """
    if one.kind != other.kind or one.realis != other.realis:
        return False
    if one.days is None or other.days is None:
        if one.document != other.document:
            return False
    elif one.days[0] > other.days[1] or other.days[0] > one.days[1]:
        return False
    if one.day_parts and other.day_parts and not one.day_parts & other.day_parts:
        return False
    if one.agents and other.agents and not one.agents & other.agents:
        return False
    return _places_agree(one, other) and _people_agree(one, other)


def choose_code(codes: Iterable[Code], view: View) -> Code:
    """Return the code that stands for an incident.

    By the view's hierarchy, or else the one that most of its reports have; one that says more before one that says
    less, and nothing only where no report has a code.
    """
    known = [code for code in codes if code]
    if not known:
        return ()
    deepest = [code for code in known if len(code) == max(map(len, known))]
    if view.is_ranked:
        order = {code: i for i, code in enumerate(view.codes)}
        return min(deepest, key=order.__getitem__)
    return max(dict.fromkeys(deepest), key=deepest.count)


def describe_incidents(
    reports: Sequence[Report], first: Sequence[int], view: View
) -> tuple[dict[int, int], dict[int, Code]]:
    """Return the number of reports of each incident, by its first one, and its code."""
    sizes: dict[int, int] = defaultdict(int)
    codes: dict[int, list[Code]] = defaultdict(list)
    for report, start in zip(reports, first, strict=True):
        sizes[start] += 1
        codes[start].append(report.code)
    return dict(sizes), {start: choose_code(found, view) for start, found in codes.items()}


def _places_agree(one: Report, other: Report) -> bool:
    if one.places and other.places:
        return one.places <= other.grounds or other.places <= one.grounds
    if one.places or other.places:
        return bool(one.grounds & other.grounds) or one.document == other.document
    return bool(one.grounds & other.grounds)


def _people_agree(one: Report, other: Report) -> bool:
    comparable = [
        (mine, theirs) for mine, theirs in ((one.agents, other.agents), (one.targets, other.targets)) if mine and theirs
    ]
    if comparable:
        return any(mine & theirs for mine, theirs in comparable)
    # Nothing to compare: one place and one day are enough, one document alone is not.
    return bool(one.grounds & other.grounds)


def _read_published(document: Document) -> date | None:
    try:
        return parse_date(document.meta.get("date"))
    except ValueError:
        return None


def _make_report(
    event: Event, sentence: Sentence, view: View, document: str, published: date | None, coding: Coding
) -> Report:
    texts: dict[str, list[str]] = defaultdict(list)
    for argument in event.arguments or ():
        texts[argument.role].append(argument.text)
    # What is bombed is often a place by its first word: «بلدة السنديان».
    towns = [text for text in texts["Target"] if begins_as_place(text)]
    places = _name_places([*texts["Place"], *texts["Origin"], *texts["Destination"], *towns])
    times = [_read_time(item, event, sentence, published) for item in event.arguments or () if item.role == "Time"]
    days = find_days(times, published)
    if days is not None and (days[1] - days[0]).days >= _MAX_DAYS:
        days = None
    # What is only prepared is told as Actual, has no code, and is no report of the attack beside it.
    is_kin = event.realis != "Actual" or coding.code or coding.rule.candidates
    return Report(
        kind=view.kind_of(event.type) if is_kin else event.type,
        realis=event.realis,
        document=document,
        days=days,
        day_parts=find_day_parts(times),
        places=places,
        grounds=places | _name_places(texts["Target"]),
        agents=frozenset(word for text in texts["Agent"] for word in _name_words(text)),
        targets=frozenset(word for text in texts["Target"] for word in (_name_words(text) or _plain_words(text))),
        code=coding.code,
    )


def _read_time(argument: Argument, event: Event, sentence: Sentence, published: date | None) -> Mapping[str, Any]:
    """Return the value that a time has, or is given here where it has none."""
    if argument.values is not None and "time" in argument.values:
        return argument.values["time"]
    is_planned = event.realis == "Planned"
    return read_argument_time(argument, sentence, document_date=published, is_planned=is_planned)


# Whether a report names who did it.
_NAMED, _UNNAMED = "agent told", "no agent told"


def _list_keys(report: Report) -> Iterator[Hashable]:
    """Yield the keys by which others find a report: by its agents and targets, and by its grounds where those lack."""
    side = _NAMED if report.agents else _UNNAMED
    for moment in _list_moments(report):
        yield from ((moment, "agent", word) for word in report.agents)
        yield from ((moment, side, "target", word) for word in report.targets)
    for moment in _list_moments(report, is_placed=True):
        yield moment, side, "any"
        if not report.targets:
            yield moment, side, "untargeted"


def _look_up_keys(report: Report) -> Iterator[Hashable]:
    """Yield the keys under which stand all reports that may agree with one; see `agree`."""
    # Where both name agents one of these must be the same; where not, but both name targets, one of those; and where
    # nothing can be compared, a ground.
    sides = (_UNNAMED,) if report.agents else (_UNNAMED, _NAMED)
    for moment in _list_moments(report):
        yield from ((moment, "agent", word) for word in report.agents)
        yield from ((moment, side, "target", word) for side in sides for word in report.targets)
    what = "untargeted" if report.targets else "any"
    for moment in _list_moments(report, is_placed=True):
        yield from ((moment, side, what) for side in sides)


def _list_moments(report: Report, *, is_placed: bool = False) -> Iterator[Hashable]:
    """Yield what two reports that agree have in common: the document, or a day and a ground; and a ground if asked."""
    if is_placed:
        yield from ((report.kind, report.realis, report.document, ground) for ground in report.grounds)
    else:
        yield report.kind, report.realis, report.document
    if report.days is not None:
        for shift in range((report.days[1] - report.days[0]).days + 1):
            for ground in report.grounds:
                yield report.kind, report.realis, report.days[0] + timedelta(days=shift), ground


def _count_facts(report: Report) -> int:
    sets: list[frozenset[Any]] = [report.places, report.agents, report.targets, report.day_parts]
    return sum(bool(item) for item in sets) + (report.days is not None)


def _count_shared(one: Report, other: Report) -> int:
    return sum(len(getattr(one, name) & getattr(other, name)) for name in ("grounds", "agents", "targets"))


def _name_places(texts: Iterable[str]) -> frozenset[str]:
    return frozenset(filter(None, map(_name_place, texts)))


@lru_cache(maxsize=1 << 16)
def _name_place(text: str) -> str:
    """Return what names a place, without words such as town; an empty text where nothing does."""
    words = [bare_word(word) for word in fold(text).split()]
    return " ".join(word for word in words if word not in place_words())


@lru_cache(maxsize=1 << 16)
def _name_words(text: str) -> frozenset[str]:
    """Return the words that name a party; none where all of them are general."""
    return frozenset(word for word in _plain_words(text) if word not in _FORCE_WORDS and word not in place_words())


def _plain_words(text: str) -> frozenset[str]:
    return frozenset(bare_word(word) for word in fold(text).split())
