"""The page keeps the text, marks it, trusts nothing and stays linear.

After a wanted change of the page look at it in a browser, then write the golden file anew:
`python -m tests.test_render`.
"""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rasd.events import Argument, Document, Event, Sentence, Span
from rasd.render import render_html

GOLDEN = Path(__file__).parent / "golden" / "page.html"
TEXT = (
    "أعلنت النقابة أن العمال سيضربون يوم الأحد أمام مصنع الإسمنت.\n"
    "ولم تعتقل الشرطة أحدا من المضربين، لكنها أغلقت الطريق وأصيب ثلاثة عمال بجروح خلال التدافع. وكان الطقس باردا."
)
LABELS = {
    "Civic": "الشأن المدني",
    "Civic.Protest": "احتجاج",
    "Force.Arrest": "اعتقال",
    "Force.Blockade": "إغلاق",
    "Harm.Injury": "إصابة",
    "Agent": "الفاعل",
    "Target": "المستهدف",
    "Place": "المكان",
    "Time": "الزمان",
    "Count": "العدد",
}


def locate(words: str, text: str = TEXT) -> dict:
    start = text.index(words)
    return {"start": start, "end": start + len(words), "text": words}


def event(type_name: str, trigger: str, *arguments: tuple[str, str], realis: str | None = "Actual", **scores) -> Event:
    return Event(
        type=type_name,
        trigger=Span(**locate(trigger), **scores),
        arguments=tuple(Argument(**locate(words), role=role, **scores) for role, words in arguments),
        realis=realis,
        **scores,
    )


def sample() -> Document:
    starts = [0, TEXT.index("ولم تعتقل"), TEXT.index("وكان"), len(TEXT)]
    events = [
        (
            event(
                "Civic.Protest",
                "يضربون",
                ("Agent", "العمال"),
                ("Time", "يوم الأحد"),
                ("Place", "أمام مصنع الإسمنت"),
                ("Place", "مصنع الإسمنت"),
                realis="Planned",
                score=0.914,
            ),
        ),
        (
            event("Force.Arrest", "تعتقل", ("Agent", "الشرطة"), ("Target", "أحدا من المضربين"), realis="Negated"),
            event("Force.Blockade", "أغلقت", ("Agent", "الشرطة"), ("Target", "الطريق"), score=0.7),
            event("Harm.Injury", "أصيب", ("Target", "ثلاثة عمال"), ("Count", "ثلاثة"), ("Means", "عمال بجروح")),
        ),
        (),
    ]
    sentences = tuple(
        Sentence(
            text=TEXT[start:end].rstrip(),
            start=start,
            events=found,
            types={"Civic.Protest": 0.4} if len(found) > 1 else {},
        )
        for start, end, found in zip(starts, starts[1:], events, strict=False)
    )
    return Document(text=TEXT, sentences=sentences, id="تقرير-1", meta={"outlet": "صحيفة محلية", "date": "2024-03-02"})


class Reader(HTMLParser):
    """Collects tags, attributes and the text of each sentence without notes and chips."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict]] = []
        self.open: list[tuple[str, str]] = []
        self.sentences: list[str] = []

    def handle_starttag(self, tag, attrs):
        classes = dict(attrs).get("class") or ""
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta",):
            self.open.append((tag, classes))
        if tag == "p" and classes.split()[:1] in (["text"], ["plain"]):
            self.sentences.append("")

    def handle_endtag(self, tag):
        assert self.open and self.open.pop()[0] == tag, f"</{tag}> closes what is not open"

    def handle_data(self, data):
        inside = [classes.split()[0] if classes else "" for _, classes in self.open]
        if (
            {"text", "plain"} & set(inside)
            and self.open[0][0] == "html"
            and not {"chip", "role", "samples"} & set(inside)
        ):
            self.sentences[-1] += data


def read(html: str) -> Reader:
    reader = Reader()
    reader.feed(html)
    reader.close()
    assert not reader.open
    return reader


def pieces(html: str, classes: str) -> list[str]:
    """Return the texts of the elements that have exactly these classes."""
    return re.findall(f'<(?:span|mark) class="{classes}">([^<]*)<', html)


def one_sentence(text: str, *events: Event) -> str:
    return render_html([Document(text=text, sentences=(Sentence(text=text, events=events),))])


spans_strategy = st.lists(st.tuples(st.integers(0, 18), st.integers(1, 8), st.booleans()), max_size=8)


def test_page_is_as_in_the_golden_file():
    assert render_html([sample()], labels=LABELS) == GOLDEN.read_text(encoding="utf-8")


def test_page_is_arabic_and_right_to_left():
    assert '<html lang="ar" dir="rtl">' in render_html([])


def test_page_asks_for_nothing_and_allows_only_its_own_style():
    html = render_html([sample()], labels=LABELS)
    assert not re.search(r"https?:|//|src=|url\(|@import|<script|<link|style=", html.replace("</", ""))
    style = re.search(r"<style>(.*?)</style>", html, re.S)[1]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"default-src 'none'; style-src 'sha256-{digest}'" in html


@given(
    st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn"], exclude_characters="\u2028\u2029"), max_size=20),
    spans_strategy,
)
@settings(max_examples=60, deadline=None)
def test_any_spans_leave_the_text_as_it_was(text, spans):
    text = re.sub("[\u202a-\u202e\u2066-\u2069]", "", text)
    found = []
    for start, length, is_trigger in spans:
        part = text[start : start + length]
        if part:
            span = {"start": start, "end": start + len(part), "text": part}
            trigger, arguments = (Span(**span), ()) if is_trigger else (None, (Argument(**span, role="Agent"),))
            found.append(Event(type="A.b", trigger=trigger, arguments=arguments))
    shown = read(one_sentence(text, *found)).sentences
    assert "".join(shown).strip() == text.strip()


def test_offsets_count_code_points():
    text = "😀😀 قصف"
    html = one_sentence(text, Event(type="A", trigger=Span(**locate("قصف", text))))
    assert re.search(r'<mark class="c\d+">قصف</mark>', html)


def test_document_offsets_are_moved_into_the_sentence():
    html = render_html([sample()], labels=LABELS)
    assert re.search(r'<mark class="c\d+">أصيب</mark>', html)


def test_spans_outside_their_sentence_are_cut_off():
    text = "قصف"
    far = Event(
        type="A", trigger=Span(start=2, end=6, text="فxxx"), arguments=(Argument(start=9, end=10, text="x", role="r"),)
    )
    assert read(one_sentence(text, far)).sentences == [text]


def test_nested_and_overlapping_arguments_share_their_pieces():
    text = "أ ب ج"
    first = Event(type="A.x", arguments=(Argument(start=0, end=3, text="أ ب", role="r"),))
    second = Event(type="A.y", arguments=(Argument(start=2, end=5, text="ب ج", role="s"),))
    html = one_sentence(text, first, second)
    assert pieces(html, r"u0-\d+ opens") == ["أ "]
    assert pieces(html, r"u0-\d+ u1-\d+ opens") == ["ب"]
    assert pieces(html, r"u1-\d+") == ["", " ج"]  # the first carries the note of the argument that ends there


def test_an_argument_of_two_events_has_one_note_with_both_numbers():
    html = render_html([sample()], labels=LABELS)
    assert '<i class="role"><bdi>الفاعل</bdi> <b>2 3</b></i>' in html


def test_notes_stand_after_the_whole_word():
    text = "وقصفهم أمس"
    html = one_sentence(text, Event(type="A", trigger=Span(**locate("قصف", text))))
    assert re.search(r"قصف</mark>هم<a class=\"chip", html)


def test_trailing_marks_stay_with_their_letter():
    text = "قصفَ الجيش"
    html = one_sentence(text, Event(type="A", trigger=Span(**locate("قصف", text))))
    assert re.search(r"قصف</mark>\u064e<a class=\"chip", html)


def test_planned_and_negated_events_look_different():
    html = render_html([sample()], labels=LABELS)
    assert re.search(r'<mark class="c\d+ planned">يضربون</mark>', html)
    assert re.search(r'<mark class="c\d+ negated">تعتقل</mark>', html)
    assert len(re.findall(r'<li id="e\d+" class="c\d+ (?:planned|negated)">', html)) == 2


def test_names_without_a_label_are_shown_as_they_are():
    html = one_sentence(TEXT, event("Unknown.Type", "أغلقت", ("SomeRole", "الطريق"), realis="Habitual"))
    for name in ("Unknown.Type", "SomeRole", "Habitual"):
        assert f"<bdi>{name}</bdi>" in html


def test_an_event_without_trigger_or_arguments_still_has_a_card():
    html = one_sentence("نص", Event(type="A.b"))
    assert '<li id="e1"' in html and "الكلمة الدالة" not in html


def test_types_without_an_event_are_listed():
    html = render_html([Document(text="نص", sentences=(Sentence(text="نص", types={"A.b": 0.61}),))])
    assert '<bdi>A.b</bdi>&nbsp;<small class="score">61%</small>' in html


def test_only_scored_events_carry_the_caution():
    assert "آليًا" in render_html([sample()])
    assert "آليًا" not in one_sentence(TEXT, event("A", "أغلقت"))


def test_sentences_without_events_run_on_until_the_line_ends():
    text = "جملة أولى. جملة ثانية.\nجملة ثالثة."
    starts = [text.index(part) for part in ("جملة أولى.", "جملة ثانية.", "جملة ثالثة.")]
    sentences = tuple(
        Sentence(text=part, start=start)
        for part, start in zip(("جملة أولى.", "جملة ثانية.", "جملة ثالثة."), starts, strict=True)
    )
    html = render_html([Document(text=text, sentences=sentences)])
    assert re.findall(r'<p class="plain">(.*?)</p>', html) == ["جملة أولى. جملة ثانية.", "جملة ثالثة."]


def test_a_document_without_sentences_shows_its_text():
    assert read(render_html([Document(text="نص بلا جمل")])).sentences == ["نص بلا جمل"]


def test_families_keep_their_colours():
    first = one_sentence(TEXT, event("Civic.Protest", "أغلقت"))
    second = one_sentence(TEXT, event("Civic.Riot", "أغلقت"))
    colour = r'<li id="e1" class="(c\d+)">'
    assert re.search(colour, first)[1] == re.search(colour, second)[1]


def test_families_differ_in_colour_while_colours_last():
    events = [Event(type=f"Family{number}.x") for number in range(12)]
    html = one_sentence("نص", *events)
    assert len(set(re.findall(r'<li id="e\d+" class="(c\d+)">', html))) == 12
    assert 'id="e13"' in one_sentence("نص", *events, Event(type="OneMore.x"))


HOSTILE = "</script></style><script>alert(1)</script><img src=x onerror='a'>\"'&amp;"


@pytest.mark.parametrize("place", ["text", "id", "title", "type", "role", "realis", "meta", "label", "span"])
def test_hostile_markup_is_only_text(place):
    def put(name, otherwise):
        return HOSTILE if place == name else otherwise

    text = put("text", "نص")
    hostile = Event(
        type=put("type", "A"),
        realis=put("realis", "Actual"),
        trigger=Span(start=0, end=len(put("span", "نص")), text=put("span", "نص")),
        arguments=(Argument(start=0, end=1, text=text[0], role=put("role", "r")),),
    )
    document = Document(
        text=text,
        sentences=(Sentence(text=text, events=(hostile,), types={put("type", "B") + "2": 0.5}),),
        id=put("id", "x"),
        meta={put("meta", "k"): put("meta", "v")},
    )
    html = render_html([document], title=put("title", None), labels={"A": put("label", "أ"), "r": put("label", "ر")})
    reader = read(html)
    assert not {"script", "img"} & {tag for tag, _ in reader.tags}
    assert [tag for tag, _ in reader.tags].count("style") == 1
    assert all(
        name
        in {"class", "id", "href", "title", "lang", "dir", "charset", "content", "name", "http-equiv", "aria-label"}
        for _, attrs in reader.tags
        for name in attrs
    )
    assert "alert(1)" in html


@pytest.mark.parametrize("hidden", ["\u202e", "\u202d", "\u2066", "\u2069", "\u2029", "\x00", "\ud800", "\ufffe"])
def test_reordering_and_broken_characters_are_shown_by_code_point(hidden):
    text = f"قصف{hidden}هنا"
    strange = Event(
        type=f"A{hidden}",
        realis=f"B{hidden}",
        trigger=Span(start=0, end=4, text=text[:4]),
        arguments=(Argument(start=0, end=4, text=text[:4], role=f"r{hidden}"),),
    )
    html = render_html(
        [Document(text=text, sentences=(Sentence(text=text, events=(strange,)),), id=hidden, meta={hidden: hidden})],
        title=f"ت{hidden}",
        labels={f"r{hidden}": f"ر{hidden}"},
    )
    assert hidden not in html
    assert f'<span class="hidden">U+{ord(hidden):04X}</span>' in html
    html.encode("utf-8")


def test_labels_are_isolated_from_the_text_around_them():
    html = render_html([sample()], labels=LABELS)
    assert not re.search(r'<i class="role">(?!<bdi>|دوره)', html)
    assert re.search(r"\.chip,\.role,\.score\{unicode-bidi:isolate", html)


def test_documents_are_read_once_and_numbered_through():
    html = render_html(iter([sample(), sample()]), labels=LABELS)
    assert re.findall(r'<li id="e(\d+)"', html) == [str(number) for number in range(1, 9)]
    assert "عدد الوثائق: 2 · الجمل: 6 · الأحداث: 8" in html


def test_work_and_size_grow_linearly_with_the_sentence(monkeypatch):
    shown: list[int] = []
    monkeypatch.setattr("rasd.render._show", lambda text: shown.append(len(text)) or text)

    def measure(num: int) -> tuple[int, int]:
        shown.clear()
        text = "كلمة " * num
        whole = Argument(start=0, end=len(text), text=text, role="r")
        events = [Event(type="A.x", arguments=(whole,))]
        events += [
            Event(type=f"T{index % 30}.x", trigger=Span(start=5 * index, end=5 * index + 4, text="كلمة"))
            for index in range(num)
        ]
        return len(one_sentence(text, *events)), sum(shown)

    (short_size, short_work), (long_size, long_work) = measure(200), measure(1600)
    assert long_size < 9 * short_size
    assert long_work < 9 * short_work


if __name__ == "__main__":
    GOLDEN.write_text(render_html([sample()], labels=LABELS), encoding="utf-8")
