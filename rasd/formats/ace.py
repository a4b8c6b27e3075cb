"""ACE 2005 (LDC2006T06): DOC.sgm with the text, DOC.apf.xml with the annotations; Arabic and English.

Offsets count the characters of the .sgm with its tags taken out, `END` included; an entity such as `&amp;` counts as
it is written. Sentences are those of `rasd.text.sentences` within the pieces that tags and empty lines part; a line
break inside a piece is a space. Arguments are entities, values and times, by their whole extent, or the head of an
entity with `ReadOptions.heads`, as most papers have it. Types are written `Conflict:Attack`.

Realis, which ACE does not have, is read off its attributes in this order: POLARITY Negative is Negated; MODALITY Other
is Planned; TENSE Future is Planned; GENERICITY Generic is none of the three, and is left unsaid; all else is Actual.
The attributes themselves go into `Sentence.extra` under "event_attributes". Form: the corpus's readers in OneIE, TextEE
and DyGIE++, and samples of it that are shown in public.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree.ElementTree import Element

from rasd.errors import ReadError
from rasd.events import Sentence
from rasd.formats.documents import ReadOptions, SourceDocument, SourceEvent, make_sentences, note_layers
from rasd.formats.faults import LEFT_OUT, REPAIRED, Fault
from rasd.formats.placing import Placed, describe_repair, place_span, read_text
from rasd.formats.xml_tree import parse_xml
from rasd.text.sentences import split_sentences

_MARKUP = re.compile(r"<(?P<tag>[^<>]+)>|&(?:amp|lt|gt|quot|apos);")
# Within <TEXT>, what is written by no author: kept out unless an event stands there.
_LABEL_TAGS = ("SPEAKER", "POSTER", "POSTDATE", "SUBJECT")
# Folders of the corpus, by stage of annotation, the last one first.
_STAGES = ("timex2norm", "adj", "fp1", "fp2")
_MISSPELT = {"Time-At-Begginning": "Time-At-Beginning"}
_VALUE_ROLES = ("Crime", "Money", "Position", "Price", "Sentence", "Job-Title")
_ATTRIBUTES = ("GENERICITY", "MODALITY", "POLARITY", "TENSE")

# TextEE (Huang et al., 2024), data/preprocessing/ace05/README.md: train, dev and test of split 1 added up.
_TEXTEE = {"documents": 599, "sentences": 20_920, "events": 5_348, "entity arguments": 8_097}


@dataclass(frozen=True, slots=True)
class _Source:
    """The text of an .sgm file, decoded and with line breaks inside paragraphs as spaces.

    `positions` has the place in `text` of each character of the file without tags; `pieces` are (start, end, whether an
    author wrote it) between tags.
    """

    text: str
    positions: list[int]
    pieces: list[tuple[int, int, bool]]
    has_mark: bool


def read(path: Path, options: ReadOptions) -> Iterator[Sentence | Fault]:
    """Yield the sentences of an .sgm file with its .apf.xml, or of all those of a folder.

    Where a folder has a document at several stages of annotation, the last one is taken.

    Raises:
        ReadError: If there is none.
    """
    files = sorted(path.rglob("*.sgm")) if path.is_dir() else [path.with_name(_stem(path) + ".sgm")]
    if not files or not files[0].is_file():
        raise ReadError(f"{path}: ACE has files such as doc.sgm with doc.apf.xml beside; none is there")
    chosen: dict[str, Path] = {}
    for file in sorted(files, key=_stage):
        chosen.setdefault(_stem(file), file)
    yield from note_layers(str(path), ".", {"files of earlier stages of annotation": len(files) - len(chosen)})
    for file in sorted(chosen.values()):
        try:
            document, faults = _read_document(file, options)
        except ReadError as err:
            yield Fault(path=str(file), place="1", kind="broken document", reason=str(err), action=LEFT_OUT)
            continue
        yield from faults
        yield from make_sentences(document, options)


def compare(sentences: Sequence[Sentence]) -> list[str]:
    """Return the counts of what was read beside those of TextEE, which are of the whole English part."""
    events = [event for sentence in sentences for event in sentence.events or ()]
    roles = Counter(item.role for event in events for item in event.arguments or ())
    num = {
        "documents": len({sentence.extra.get("doc_id", sentence.id) for sentence in sentences}),
        "sentences": len(sentences),
        "events": len(events),
        "entity arguments": sum(
            n for role, n in roles.items() if not role.startswith("Time-") and role not in _VALUE_ROLES
        ),
    }
    text = "".join(sentence.text for sentence in sentences)
    if sum("\u0600" <= char <= "\u06ff" for char in text) * 4 > len(text):
        counts = ", ".join(f"{count:,} {name}" for name, count in num.items())
        return [f"ACE: {counts}; no paper's counts of the whole Arabic part are known to rasd"]
    lines = ["ACE: read here | the whole English part in TextEE (Huang et al., 2024), its splits added up"]
    lines += [f"  {name:<17}{count:>8,} |{_TEXTEE[name]:>8,}" for name, count in num.items()]
    return [
        *lines,
        "  Sentences are split by another splitter there, and entity arguments of another sentence left out.",
    ]


def map_realis(attributes: Mapping[str, str]) -> str | None:
    """Return the realis value that ACE's attributes of an event come to; see the top of this file."""
    if attributes.get("POLARITY") == "Negative":
        return "Negated"
    if attributes.get("MODALITY") == "Other" or attributes.get("TENSE") == "Future":
        return "Planned"
    if attributes.get("GENERICITY") == "Generic" or not attributes:
        return None
    return "Actual"


def _stem(path: Path) -> str:
    return re.sub(r"(\.apf\.xml|\.sgm)$", "", path.name)


def _stage(path: Path) -> tuple[int, str]:
    return (_STAGES.index(path.parent.name) if path.parent.name in _STAGES else len(_STAGES), str(path))


def _read_document(file: Path, options: ReadOptions) -> tuple[SourceDocument, list[Fault]]:
    """Build a document from its two files.

    Raises:
        ReadError: If one of them cannot be read.
    """
    apf = file.with_name(_stem(file) + ".apf.xml")
    if not apf.is_file():
        raise ReadError(f"no annotations {apf.name} beside")
    faults: list[Fault] = []
    source = _read_source(file, faults)
    root = parse_xml(apf).find("document")
    if root is None:
        raise ReadError(f"{apf}: expected an element 'document' in 'source_file', as ACE has it")
    reader = _Annotations(str(apf), source, faults, heads=options.heads)
    events = tuple(event for item in root.iter("event") for event in reader.read_event(item, root))
    faults += note_layers(str(apf), "document", {"relations": sum(1 for _ in root.iter("relation_mention"))})
    document = SourceDocument(
        path=str(apf),
        id=root.get("DOCID") or _stem(file),
        text=source.text,
        events=events,
        entities=tuple(reader.entities(root)),
        spans=tuple(_split(source, [event.trigger for event in events if event.trigger])),
    )
    return document, faults


def _read_source(file: Path, faults: list[Fault]) -> _Source:
    """Take tags out of an .sgm file and decode its entities, keeping count.

    Raises:
        ReadError: If it cannot be read.
    """
    raw, has_mark = read_text(file, faults)
    if "\r\n" in raw:
        # The corpus has plain line feeds, which its offsets count; all other readers read it so.
        raw = raw.replace("\r\n", "\n")
        reason = "the file has line ends of Windows; they count as one character, as in the corpus"
        faults.append(Fault(path=str(file), place="1", kind="line ends of Windows", reason=reason, action=REPAIRED))
    has_text = "<TEXT>" in raw
    parts: list[str] = []
    positions: list[int] = []
    pieces: list[tuple[int, int, bool]] = []
    at = length = start = 0
    inside, label = not has_text, ""

    def add(piece: str, width: int) -> None:
        nonlocal length
        parts.append(piece)
        positions.extend(length + min(i, len(piece) - 1) for i in range(width))
        length += len(piece)

    for match in [*_MARKUP.finditer(raw), None]:
        end = len(raw) if match is None else match.start()
        add(raw[at:end], end - at)
        at = end if match is None else match.end()
        if match is not None and not match["tag"]:
            add(html.unescape(match.group()), len(match.group()))
            continue
        if length > start:
            pieces.append((start, length, inside and not label))
        start = length
        tag = "" if match is None else (match["tag"].split() or [""])[0].upper()
        inside = True if tag == "TEXT" else False if tag == "/TEXT" else inside
        label = tag if tag in _LABEL_TAGS else "" if tag == f"/{label}" else label
    return _Source(_join_lines("".join(parts)), [*positions, length], pieces, has_mark)


def _join_lines(text: str) -> str:
    """Return a text of the same length, its line breaks spaces but for those beside an empty line."""
    lines = re.split(r"(\n)", text)
    for i in range(1, len(lines), 2):
        if lines[i - 1].strip() and lines[i + 1].strip():
            lines[i] = " "
    return "".join(lines)


def _split(source: _Source, triggers: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Yield the sentences of the pieces that authors wrote, and of those others in which an event stands."""
    for start, end, is_text in source.pieces:
        if is_text or any(start <= first < end for first, _ in triggers):
            for first, last in split_sentences(source.text[start:end]):
                yield start + first, start + last


@dataclass
class _Annotations:
    """Reads elements of an .apf.xml file."""

    path: str
    source: _Source
    faults: list[Fault]
    heads: bool

    def read_event(self, item: Element, root: Element) -> Iterator[SourceEvent]:
        """Yield the mentions of an event."""
        event_type = f"{item.get('TYPE')}:{item.get('SUBTYPE')}"
        attributes = {name: item.get(name, "") for name in _ATTRIBUTES if item.get(name)}
        for mention in item.iter("event_mention"):
            ref = mention.get("ID", "event_mention")
            trigger = self._place(mention.find("anchor/charseq"), ref, f"trigger of {event_type}")
            if trigger is None:
                self._add(ref, "event without trigger", f"the mention of {event_type} has no sound trigger", LEFT_OUT)
                continue
            arguments = []
            for argument in mention.iter("event_mention_argument"):
                role = argument.get("ROLE", "")
                if role in _MISSPELT:
                    self._add(ref, "misspelt role", f"the role {role!r} is now {_MISSPELT[role]!r}", REPAIRED)
                    role = _MISSPELT[role]
                place = self._place(self._charseq(argument, root), ref, f"{role} of {event_type}")
                if place is not None:
                    arguments.append((role, *place))
            yield SourceEvent(
                type=event_type,
                place=ref,
                trigger=trigger,
                arguments=tuple(arguments),
                realis=map_realis(attributes),
                attributes={"mention_id": ref} | attributes,
            )

    def entities(self, root: Element) -> Iterator[tuple[str, int, int]]:
        """Yield (type, start, end) of every mention of an entity, value or time."""
        for kind in ("entity", "value", "timex2"):
            for item in root.iter(kind):
                names = [item.get("TYPE") or kind.upper(), item.get("SUBTYPE")]
                for mention in item.iter(f"{kind}_mention"):
                    charseq = self._extent(mention)
                    place = self._place(charseq, mention.get("ID", kind), f"mention of {names[0]}")
                    if place is not None:
                        yield ":".join(filter(None, names)), *place

    def _charseq(self, argument: Element, root: Element) -> Element | None:
        """Return what holds the offsets of an argument: its extent, or, with heads, the head of its entity."""
        if self.heads:
            for mention in root.iter("entity_mention"):
                if mention.get("ID") == argument.get("REFID"):
                    return self._extent(mention)
        return argument.find("extent/charseq")

    def _extent(self, mention: Element) -> Element | None:
        head = mention.find("head/charseq") if self.heads else None
        return mention.find("extent/charseq") if head is None else head

    def _place(self, charseq: Element | None, ref: str, what: str) -> tuple[int, int] | None:
        """Return the characters that a charseq means; None and a fault where it cannot be placed."""
        try:
            if charseq is None:
                raise ReadError("no element 'charseq' with START and END")
            try:
                start, end = int(charseq.get("START", "")), int(charseq.get("END", "")) + 1
            except ValueError as err:
                raise ReadError(f"START and END must be numbers, got {charseq.attrib!r}") from err
            words = "".join(charseq.itertext())
            placed = self._find(start, end, words)
        except ReadError as err:
            self._add(ref, "span that cannot be placed", f"{what}: {err}", LEFT_OUT)
            return None
        if placed.repair:
            self._add(ref, placed.repair, f"{what}: {describe_repair(placed, words, start, end)}", REPAIRED)
        return placed.start, placed.end

    def _find(self, start: int, end: int, words: str) -> Placed:
        """Find a span whose offsets count entities as they are written, or, failing that, as what they stand for."""
        text, positions = self.source.text, self.source.positions
        words = html.unescape(words)
        last = len(positions) - 1
        first = positions[start] if 0 <= start <= last else start
        after = positions[end - 1] + 1 if 0 < end <= last else end
        fault: ReadError | None = None
        try:
            placed = place_span(text, first, after, words, has_mark=self.source.has_mark)
            if placed.repair is None or last == len(text):
                return placed
        except ReadError as err:
            if last == len(text):
                raise
            placed, fault = None, err
        try:
            other = place_span(text, start, end, words, has_mark=self.source.has_mark)
        except ReadError:
            other = None
        if other is not None and other.repair is None:
            return Placed(start=other.start, end=other.end, repair="entities counted as what they stand for")
        if placed is None:
            raise fault or ReadError("the span cannot be placed")
        return placed

    def _add(self, place: str, kind: str, reason: str, action: str) -> None:
        self.faults.append(Fault(path=self.path, place=place, kind=kind, reason=reason, action=action))
