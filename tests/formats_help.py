"""What tests of formats share: invented news with all that breaks offsets, and random sentences of it."""

from __future__ import annotations

import json

from hypothesis import strategies as st

from rasd.cli import main
from rasd.events import Argument, Event, Sentence, Span
from rasd.formats import format_corpus, read_corpus
from rasd.formats.documents import ReadOptions
from rasd.formats.faults import Fault

# Emoji, tashkeel, tatweel, Arabic digits, a colon, an abbreviation, nested arguments, a proclitic that is cut off.
NEWS = "🚨 عاجل: قَصَفَت مدفعيّةُ الفصيل بلدة الكرمة فجر ٣ أيار، وبالتزامن نفى د. سامر نيّته زيارة الجــبهة 🔥"


def span(words, text=NEWS, nth=1):
    """Return where words stand for the nth time."""
    at = -1
    for _ in range(nth):
        at = text.index(words, at + 1)
    return {"start": at, "end": at + len(words), "text": words}


def argument(role, words, text=NEWS, nth=1):
    return Argument(role=role, **span(words, text, nth))


SENTENCE = Sentence(
    id="n1",
    text=NEWS,
    events=(
        Event(
            type="Attack.Shelling",
            trigger=Span(**span("قَصَفَت")),
            realis="Actual",
            arguments=(
                argument("Agent", "مدفعيّةُ الفصيل"),
                argument("Source", "الفصيل"),
                argument("Target", "بلدة الكرمة"),
                argument("Place", "الكرمة"),
                argument("Time", "فجر ٣ أيار"),
            ),
        ),
        Event(
            type="Diplomacy.Meeting",
            trigger=Span(**span("زيارة")),
            realis="Negated",
            arguments=(argument("Agent", "د. سامر"), argument("Place", "الجــبهة")),
        ),
        Event(type="Force.Deployment", trigger=Span(**span("الجــبهة")), realis="Planned", arguments=()),
    ),
)
QUIET = Sentence(id="n2", text="عاد الهدوء إلى السوق 🕊️ بعد الظهر.", events=())


def read(path, format, **options):
    """Return the sentences and the faults of a corpus."""
    items = list(read_corpus(path, format, ReadOptions(**options)))
    sentences = [item for item in items if isinstance(item, Sentence)]
    return sentences, [item for item in items if isinstance(item, Fault)]


def write(path, sentences, format):
    """Write a corpus as the command does, and return what could not be written."""
    files, faults = format_corpus(sentences, path, format)
    if set(files) == {""}:
        path.write_text(files[""], encoding="utf-8", newline="")
    else:
        path.mkdir()
        for name, content in files.items():
            (path / name).write_text(content, encoding="utf-8", newline="")
    return faults


def convert(capsys, *arguments):
    """Run `rasd convert` and return exit code, output and errors."""
    code = main(["convert", *map(str, arguments)])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def read_jsonl(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


_WORDS = ["قصف", "🔥", "و", "قَصَفَ", "بلدة", "👨‍👩‍👧", "الجــبهة", "،", "(", "٣", "a1", "من", "-", "🇸🇾"]
_GAPS = st.sampled_from([" ", "  ", "", " ", "\u00a0", "\t"])


@st.composite
def news(draw, *, lines=False, has_realis=True):
    """Draw a sentence with events on distinct triggers and any arguments, nested and overlapping ones too."""
    gaps = _GAPS | st.just("\n") if lines else _GAPS
    pieces = draw(st.lists(st.tuples(st.sampled_from(_WORDS), gaps), min_size=1, max_size=10))
    text, words = "", []
    for word, gap in pieces:
        words.append((len(text), len(text) + len(word)))
        text += word + gap
    text = text.rstrip()
    stretches = st.tuples(st.integers(0, len(words) - 1), st.integers(0, 2)).map(
        lambda pair: (words[pair[0]][0], words[min(pair[0] + pair[1], len(words) - 1)][1])
    )
    make = {
        (start, end): {"start": start, "end": end, "text": text[start:end]}
        for start, _ in words
        for _, end in words
        if start < end
    }
    events = []
    for type_name, start in draw(st.sets(st.tuples(st.sampled_from("AB"), st.integers(0, len(words) - 1)), max_size=3)):
        trigger = (words[start][0], words[min(start + draw(st.integers(0, 1)), len(words) - 1)][1])
        arguments = draw(st.sets(st.tuples(st.sampled_from(["Agent", "Place"]), stretches), max_size=3))
        events.append(
            Event(
                type=type_name,
                trigger=Span(**make[trigger]),
                realis=draw(st.sampled_from([None, "Actual", "Planned"])) if has_realis else None,
                arguments=tuple(
                    Argument(role=role, **make[stretch])
                    for role, stretch in sorted(arguments, key=lambda item: (item[1], item[0]))
                ),
            )
        )
    events.sort(key=lambda event: (event.trigger.start, event.trigger.end, event.type))
    return Sentence(id="r1", text=text, events=tuple(events))


def by_type(sentence):
    """Return a sentence's events in an order that does not depend on equal triggers."""
    return sorted(sentence.events, key=lambda event: (event.trigger.start, event.trigger.end, event.type))
