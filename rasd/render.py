"""One self-contained right-to-left HTML page of documents and their events.

The page asks for nothing from outside, runs no script and allows only its own style sheet. Spans are cut by code point
here, so no offset ever reaches the browser. A sentence with events is a block of its own: the text with numbered
triggers and underlined arguments, and below it a card per event. Each event underlines at its own depth, its lane, so
that spans may nest, coincide, overlap in part and be shared. Marked stretches never lie inside one another: they are
neighbours, found in one sweep over the boundaries, and so time and size grow linearly with the text.

Texts, names and ids are untrusted: they are escaped, and characters that would reorder their surroundings (explicit
bidi controls) or that HTML cannot hold are shown as their code point instead of being passed on.
"""

from __future__ import annotations

import base64
import hashlib
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from html import escape

from rasd.events import Document, Event, Sentence, Span
from rasd.render_style import NUM_COLOURS, NUM_LANES, make_style
from rasd.text.readable import readable
from rasd.values.summary import summarize_values

_MAX_WORD = 40  # code points looked at for the end of a word
_TITLE = "الأحداث المرصودة"
_CAUTION = "استُخرجت هذه الأحداث آليًا، والنسبة المئوية ثقة النموذج بها؛ يلزم التحقق منها قبل الاستشهاد بها."
_LABELS = {"Actual": "واقع", "Planned": "مخطط أو محتمل", "Negated": "منفي"}
_HIDDEN = re.compile(
    "[\u0000-\u0008\u000b\u000e-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"
)


@dataclass(frozen=True, slots=True)
class _Mark:
    """A stretch of a sentence, its CSS classes, and HTML put after the word in which it ends."""

    start: int
    end: int
    classes: str
    is_trigger: bool
    note: str = ""


@dataclass(slots=True)
class _Page:
    """What the page needs to know while documents stream through."""

    labels: Mapping[str, str]
    colours: dict[str, int] = field(default_factory=dict)
    types: Counter[str] = field(default_factory=Counter)
    num_documents: int = 0
    num_sentences: int = 0
    num_events: int = 0
    has_scores: bool = False

    def label(self, name: str) -> str:
        """Return the readable name as HTML that cannot reorder what is around it."""
        return f"<bdi>{_show(self.labels.get(name) or _LABELS.get(name) or name)}</bdi>"

    def colour(self, type_name: str) -> int:
        """Return the colour of a type's family: hashed, and moved on only if another family has it already."""
        family = _family(type_name)
        if family not in self.colours:
            wanted = hashlib.sha256(family.encode("utf-8", "replace")).digest()[0]
            order = [(wanted + 5 * step) % NUM_COLOURS for step in range(NUM_COLOURS)]
            taken = set(self.colours.values())
            self.colours[family] = next((colour for colour in order if colour not in taken), order[0])
        return self.colours[family]


def render_html(
    documents: Iterable[Document], *, title: str | None = None, labels: Mapping[str, str] | None = None
) -> str:
    """Render documents and their events as one self-contained HTML page.

    Args:
        documents: Documents with predicted or gold events; they are read once, one after the other.
        title: Title of the page in plain text; a general one where None.
        labels: Name of an event type, role or realis value -> the words to show for it, as `Ontology.labels_ar` gives
            them; names without a label are shown as they are. With the labels of the whole ontology its families keep
            their colours from page to page.

    Returns:
        The page, to be written as UTF-8.
    """
    page = _Page(labels or {})
    for name in sorted(page.labels):
        if "." in name:
            page.colour(name)
    body = [part for document in documents for part in _render_document(document, page)]
    title = title or _TITLE
    style = make_style()
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    facts = f"عدد الوثائق: {page.num_documents} · الجمل: {page.num_sentences} · الأحداث: {page.num_events}"
    return "\n".join(
        [
            '<!doctype html>\n<html lang="ar" dir="rtl">\n<head>\n<meta charset="utf-8">',
            '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
            f"style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'\">",
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta name="referrer" content="no-referrer">',
            f"<title>{_attribute(title)}</title>\n<style>{style}</style>\n</head>\n<body>",
            f'<header><h1><bdi>{_show(title)}</bdi></h1>\n<p class="facts">{facts}</p></header>',
            _render_legend(page),
            *body,
            "</body>\n</html>\n",
        ]
    )


def _render_document(document: Document, page: _Page) -> Iterator[str]:
    """Yield the parts of one document: running text, and a block for each sentence with something to show."""
    page.num_documents += 1
    page.num_sentences += len(document.sentences)
    num_events = len(document.events)
    name = document.id if document.id is not None else f"وثيقة {page.num_documents}"
    facts = f"الجمل: {len(document.sentences)} · الأحداث: {num_events}"
    yield f'<article>\n<h2><bdi>{_show(name)}</bdi> <span class="facts">{facts}</span></h2>'
    if document.meta:
        meta = (
            f"<dt><bdi>{_show(str(k))}</bdi></dt><dd><bdi>{_show(str(v))}</bdi></dd>" for k, v in document.meta.items()
        )
        yield f'<dl class="meta">{"".join(meta)}</dl>'
    running: list[str] = []
    done = 0
    for sentence in document.sentences or (Sentence(text=document.text),):
        gap = document.text[done : sentence.start]
        done = max(done, sentence.end)
        if "\n" in gap:
            yield from _flush(running)
        running.append(_show(gap))
        if sentence.events or sentence.types:
            yield from _flush(running)
            yield _render_sentence(sentence, page)
        else:
            running.append(_show(sentence.text))
    running.append(_show(document.text[done:]))
    yield from _flush(running)
    yield "</article>"


def _flush(running: list[str]) -> Iterator[str]:
    """Yield what has gathered of the running text, and empty it."""
    text = "".join(running).strip()
    running.clear()
    if text:
        yield f'<p class="plain">{text}</p>'


def _render_sentence(sentence: Sentence, page: _Page) -> str:
    """Return the block of one sentence."""
    events = sentence.events or ()
    first = page.num_events + 1
    page.num_events += len(events)
    page.types.update(event.type for event in events)
    marks, num_lanes = _mark_events(sentence, first, page)
    cards = "\n".join(_render_card(event, number, page, sentence) for number, event in enumerate(events, first))
    found = {event.type for event in events}
    types = (
        f'<span class="type c{page.colour(name)}">{page.label(name)}{_percent(score)}</span>'
        for name, score in sentence.types.items()
        if name not in found
    )
    guesses = " ".join(types)
    return (
        f'<section>\n<p class="text n{num_lanes}">{"".join(_sweep(sentence.text, marks))}</p>\n'
        + (f'<ol class="events">\n{cards}\n</ol>\n' if cards else "")
        + (f'<p class="guesses">أنواع مرجحة بلا كلمة دالة: {guesses}</p>\n' if guesses else "")
        + "</section>"
    )


def _mark_events(sentence: Sentence, first: int, page: _Page) -> tuple[list[_Mark], int]:
    """Return the marks of a sentence's events, which are numbered from `first`, and the number of lanes."""
    marks: list[_Mark] = []
    shared: dict[tuple[int, int, str], list[int]] = defaultdict(list)
    num_lanes = 0
    events = sentence.events or ()
    for number, event in enumerate(events, first):
        colour = page.colour(event.type)
        if event.trigger is not None:
            name = _attribute(page.labels.get(event.type, event.type))
            chip = f'<a class="chip c{colour}" href="#e{number}" title="{name}">{number}</a>'
            classes = f"c{colour} {_realis_class(event)}".strip()
            marks.append(_Mark(event.trigger.start, event.trigger.end, classes, is_trigger=True, note=chip))
        for argument in event.arguments or ():
            shared[argument.start, argument.end, argument.role].append(number)
            lane = f"u{num_lanes % NUM_LANES}-{colour}"
            marks.append(_Mark(argument.start, argument.end, lane, is_trigger=False))
        num_lanes += bool(event.arguments)
    for (start, end, role), numbers in shared.items():
        whose = f" <b>{' '.join(map(str, dict.fromkeys(numbers)))}</b>" if len(events) > 1 else ""
        marks.append(_Mark(start, end, "", is_trigger=False, note=f'<i class="role">{page.label(role)}{whose}</i>'))
    inside = [
        _Mark(start, end, mark.classes, mark.is_trigger, mark.note)
        for mark in sorted(marks, key=lambda mark: (mark.end, -mark.start))
        if (start := max(0, mark.start - sentence.start)) < (end := min(len(sentence.text), mark.end - sentence.start))
    ]
    return inside, min(num_lanes, NUM_LANES)


def _sweep(text: str, marks: list[_Mark]) -> Iterator[str]:
    """Yield the text cut at every boundary, each piece with the marks that cover it; notes stand after whole words."""
    opening: dict[int, list[int]] = defaultdict(list)
    closing: dict[int, list[int]] = defaultdict(list)
    notes: dict[int, list[str]] = defaultdict(list)
    for index, mark in enumerate(marks):
        opening[mark.start].append(index)
        closing[mark.end].append(index)
        if mark.note:
            notes[_word_end(text, mark.end)].append(mark.note)
    lanes: Counter[str] = Counter()
    triggers: dict[int, str] = {}
    cuts = sorted({0, len(text), *opening, *closing, *notes})
    for here, there in zip(cuts, [*cuts[1:], len(text)], strict=True):
        for index in closing[here]:
            if marks[index].is_trigger:
                del triggers[index]
            elif marks[index].classes:
                lanes[marks[index].classes] -= 1
        if notes[here]:
            yield _piece("".join(notes[here]), lanes, triggers)
        cap = ""
        for index in opening[here]:
            if marks[index].is_trigger:
                triggers[index] = marks[index].classes
            elif marks[index].classes:
                lanes[marks[index].classes] += 1
                cap = "opens"
        if here < there:
            yield _piece(_show(text[here:there]), lanes, triggers, cap)


def _piece(html: str, lanes: Mapping[str, int], triggers: Mapping[int, str], cap: str = "") -> str:
    """Return a piece of text in the lanes of the arguments and the colour of the trigger begun last."""
    classes = [*(lane for lane, num in lanes.items() if num > 0), *([cap] if cap else [])]
    if triggers:
        latest = triggers[next(reversed(triggers))]
        return f'<mark class="{" ".join([latest, *classes])}">{html}</mark>'
    return f'<span class="{" ".join(classes)}">{html}</span>' if classes else html


def _render_card(event: Event, number: int, page: _Page, sentence: Sentence) -> str:
    """Return the card of one event, which stands in a sentence."""
    page.has_scores |= event.score is not None
    realis = "" if event.realis is None else f'<span class="realis">{page.label(event.realis)}</span>'
    rows: dict[str, list[str]] = {}
    if event.trigger is not None:
        rows["الكلمة الدالة"] = [_render_filler(event.trigger, sentence)]
    for argument in event.arguments or ():
        rows.setdefault(page.label(argument.role), []).append(_render_filler(argument, sentence))
    lines = "".join(
        f"<div><dt>{name}</dt>{''.join(f'<dd>{filler}</dd>' for filler in fillers)}</div>"
        for name, fillers in rows.items()
    )
    return (
        f'<li id="e{number}" class="{f"c{page.colour(event.type)} {_realis_class(event)}".strip()}">'
        f'<h3><span class="chip">{number}</span> <span title="{_attribute(event.type)}">{page.label(event.type)}</span>'
        f"{_percent(event.score)}{realis}</h3><dl>{lines}</dl></li>"
    )


def _render_filler(span: Span, sentence: Sentence) -> str:
    """Return a quote, its score, how it reads where that differs, and the values that it was given."""
    html = f"<bdi>{_show(span.text)}</bdi>{_percent(span.score)}"
    start, end = span.start - sentence.start, span.end - sentence.start
    form = readable(sentence.text, start, end) if 0 <= start < end <= len(sentence.text) else span.text
    notes = [*([form] if form != span.text else []), summarize_values(span.values)]
    return html + "".join(f' <small class="score"><bdi>[{_show(note)}]</bdi></small>' for note in notes if note)


def _render_legend(page: _Page) -> str:
    """Return the key to colours and marks, with the number of events of each type on the page."""
    families: dict[str, list[str]] = defaultdict(list)
    for name, num in sorted(page.types.items()):
        shown = f'<span title="{_attribute(name)}">{page.label(name)}</span>&nbsp;<b>{num}</b>'
        families[_family(name)].append(f"<li>{shown}</li>")
    rows = "\n".join(
        f'<li class="c{page.colour(family)}"><span class="swatch" title="{_attribute(family)}"></span> '
        f"{f'<strong>{page.label(family)}</strong>' if family in page.labels else ''}<ul>{''.join(types)}</ul></li>"
        for family, types in families.items()
    )
    samples = "".join(
        f'<li><mark class="c0 {style}">كلمة دالة</mark> {words}</li>'
        for style, words in (("", "حدث واقع"), ("planned", "مخطط أو محتمل"), ("negated", "منفي"))
    )
    caution = f'<p class="caution">{_CAUTION}</p>\n' if page.has_scores else ""
    return (
        f'<aside aria-label="دليل العلامات">\n<ul class="families">\n{rows}\n</ul>\n'
        f'<ul class="samples text n1">{samples}'
        '<li><span class="u0">عنصر في الحدث</span><i class="role">دوره <b>رقم الحدث</b></i></li></ul>\n'
        f"{caution}</aside>"
    )


def _family(type_name: str) -> str:
    """Return what stands before the first dot of a type's name."""
    return type_name.split(".", 1)[0]


def _realis_class(event: Event) -> str:
    """Return the CSS class of the event's realis, empty for those shown as they are."""
    name = (event.realis or "").lower()
    return name if name in ("planned", "negated") else ""


def _word_end(text: str, end: int) -> int:
    """Return where the word ends in which a span ends, so that nothing comes between joined letters."""
    for place in range(end, min(len(text), end + _MAX_WORD)):
        letter = text[place]
        if not (letter.isalnum() or unicodedata.combining(letter) or letter in "\u200c\u200d"):
            return place
    return len(text) if len(text) <= end + _MAX_WORD else end


def _percent(score: float | None) -> str:
    """Return a score in percent, or nothing where there is none."""
    return "" if score is None else f'&nbsp;<small class="score">{score:.0%}</small>'


def _show(text: str) -> str:
    """Return text as HTML, with characters that must not reach the page as their code points."""
    return _HIDDEN.sub(lambda match: f'<span class="hidden">U+{ord(match[0]):04X}</span>', escape(text))


def _attribute(text: str) -> str:
    """Return text for an attribute or the title, where no element can stand."""
    return _HIDDEN.sub(lambda match: f"U+{ord(match[0]):04X}", escape(text))
