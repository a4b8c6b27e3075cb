"""brat standoff: DOC.txt with the text, DOC.ann with a line for each annotation.

    T1	Attack 0 4	قصفت                  a span: type, offsets, the words; pieces of a span with gaps as `0 4;9 12`
    T2	Agent 5 13	المدفعية
    E1	Attack:T1 Agent:T2            an event: type and trigger, role and argument; a second Agent is `Agent2`
    A1	Realis E1 Planned             an attribute of an event

Offsets count code points, `end` excluded; line ends in the quoted words are spaces. A `Realis` attribute is read and
written; of others, `Negation` reads as Negated and `Speculation` as Planned, as the BioNLP shared tasks use them.
An event that is the argument of another becomes the span of its trigger. Spans that no event uses are entities.
Form: brat's own description of its standoff format.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rasd.errors import ReadError
from rasd.events import Event, Sentence, Span
from rasd.formats.documents import ReadOptions, SourceDocument, SourceEvent, cover, make_sentences, note_layers
from rasd.formats.faults import CHANGED, LEFT_OUT, REPAIRED, Fault
from rasd.formats.placing import describe_repair, place_span, read_text

_SPAN = re.compile(r"(\S+) (\d+ \d+(?:;\d+ \d+)*)")
_REALIS = {"negation": "Negated", "speculation": "Planned"}
_LAYERS = {"R": "relations", "*": "equivalences", "N": "normalisations", "#": "notes", "M": "attributes"}


@dataclass
class _Annotations:
    """What stands in one .ann file."""

    path: str
    spans: dict[str, tuple[str, tuple[int, int]]] = field(default_factory=dict)
    fragments: dict[tuple[int, int], tuple[tuple[int, int], ...]] = field(default_factory=dict)
    events: dict[str, tuple[str, str, list[tuple[str, str]]]] = field(default_factory=dict)
    realis: dict[str, str] = field(default_factory=dict)
    layers: Counter[str] = field(default_factory=Counter)
    faults: list[Fault] = field(default_factory=list)

    def add_fault(self, place: str, kind: str, reason: str, action: str) -> None:
        """List a fault of this file."""
        self.faults.append(Fault(path=self.path, place=place, kind=kind, reason=reason, action=action))


def read(path: Path, options: ReadOptions) -> Iterator[Sentence | Fault]:
    """Yield the sentences of a .txt file with its .ann file, or of all those of a folder.

    Raises:
        ReadError: If a folder has no .txt file, or a file is neither.
    """
    texts = sorted(path.rglob("*.txt")) if path.is_dir() else [path.with_suffix(".txt")]
    if not texts or not texts[0].is_file():
        raise ReadError(f"{path}: brat has files such as doc.txt with doc.ann beside; none is there")
    for text_path in texts:
        name = text_path.relative_to(path).with_suffix("").as_posix() if path.is_dir() else text_path.stem
        yield from _read_document(text_path, name, options)
    for orphan in sorted(path.rglob("*.ann")) if path.is_dir() else ():
        if not orphan.with_suffix(".txt").is_file():
            reason = f"no text {orphan.with_suffix('.txt').name} beside"
            yield Fault(path=str(orphan), place="1", kind="annotations without text", reason=reason, action=LEFT_OUT)


def render(sentences: Sequence[Sentence], path: str) -> tuple[dict[str, str], list[Fault]]:
    """Return a .txt and an .ann file for each sentence, and what they cannot hold."""
    files: dict[str, str] = {}
    faults: list[Fault] = []
    for i, sentence in enumerate(sentences, 1):
        name = re.sub(r"[^\w.\-]+", "_", sentence.id or f"sentence-{i}")
        while f"{name}.txt" in files:
            name += "_"
        if sentence.id is not None and name != sentence.id:
            reason = f"the id {sentence.id!r} is now {name!r}, the name of a file"
            place = f"{path}/{name}.txt"
            faults.append(Fault(path=place, place="1", kind="id in another form", reason=reason, action=CHANGED))
        files[f"{name}.txt"] = sentence.text
        if sentence.events is not None:
            files[f"{name}.ann"] = _render_annotations(sentence, f"{path}/{name}.ann", faults)
    return files, faults


def _read_document(text_path: Path, name: str, options: ReadOptions) -> Iterator[Sentence | Fault]:
    """Yield the sentences of one document; a file that cannot be read is a fault."""
    faults: list[Fault] = []
    ann_path = text_path.with_suffix(".ann")
    try:
        text, has_mark = read_text(text_path, faults)
        lines = read_text(ann_path, faults)[0].split("\n") if ann_path.is_file() else None
    except ReadError as err:
        yield Fault(path=str(text_path), place="1", kind="broken file", reason=str(err), action=LEFT_OUT)
        return
    yield from faults
    events = None
    ann = _Annotations(path=str(ann_path))
    if lines is not None:
        _parse_lines(lines, text, ann, has_mark=has_mark)
        events = tuple(_make_events(ann))
    yield from ann.faults
    yield from note_layers(str(ann_path), "1", ann.layers)
    used = {ref for _, trigger, arguments in ann.events.values() for ref in (trigger, *(ref for _, ref in arguments))}
    entities = tuple((kind, *place) for ref, (kind, place) in ann.spans.items() if ref not in used)
    document = SourceDocument(
        path=str(ann_path), id=name, text=text, events=events, entities=entities, fragments=ann.fragments
    )
    yield from make_sentences(document, options)


def _parse_lines(lines: list[str], text: str, ann: _Annotations, *, has_mark: bool) -> None:
    """Sort the lines of an .ann file by what they are."""
    for number, line in enumerate(lines, 1):
        line = line.rstrip("\r")
        if not line.strip():
            continue
        ref, _, rest = line.partition("\t")
        try:
            if ref in ann.spans or ref in ann.events:
                raise ReadError(f"{ref} stands twice; the first one is taken, not {rest!r:.60}")
            if ref[:1] == "T":
                _parse_span(ref, rest, text, ann, str(number), has_mark=has_mark)
            elif ref[:1] == "E":
                ann.events[ref] = _parse_event(rest)
            elif ref[:1] in ("A", "M") and (attribute := _parse_realis(rest)):
                _add_realis(*attribute, ann, str(number))
            elif ref[:1] in _LAYERS or ref[:1] == "A":
                ann.layers[_LAYERS.get(ref[0], "attributes")] += 1
            else:
                raise ReadError(f"expected a line that begins with T, E, A, R, N, # or *, got {line!r:.60}")
        except ReadError as err:
            ann.add_fault(str(number), "broken annotation", str(err), LEFT_OUT)


def _parse_span(ref: str, rest: str, text: str, ann: _Annotations, place: str, *, has_mark: bool) -> None:
    """Read `TYPE START END;START END<tab>WORDS`.

    Raises:
        ReadError: If it is not that, or cannot be placed.
    """
    head, tab, words = rest.partition("\t")
    match = _SPAN.fullmatch(head)
    if not match or not tab:
        raise ReadError(f"expected 'TYPE START END' and, after a tab, the words; got {rest!r:.60}")
    pieces = [tuple(map(int, piece.split())) for piece in match[2].split(";")]
    if len(pieces) == 1:
        (start, end), *_ = pieces
        placed = place_span(text, start, end, words, has_mark=has_mark)
        if placed.repair:
            ann.add_fault(place, placed.repair, describe_repair(placed, words, start, end), REPAIRED)
        ann.spans[ref] = (match[1], (placed.start, placed.end))
        return
    # The pieces are quoted together, a space between each; each is checked as long as it is.
    fragments, at = [], 0
    for start, end in pieces:
        placed = place_span(text, start, end, words[at : at + end - start] or " ", has_mark=has_mark)
        if placed.repair:
            ann.add_fault(place, placed.repair, describe_repair(placed, words, start, end), REPAIRED)
        fragments.append((placed.start, placed.end))
        at += end - start + 1
    whole = cover(fragments)
    ann.spans[ref] = (match[1], whole)
    ann.fragments[whole] = tuple(fragments)
    reason = f"{words!r:.60} has gaps; the span is now {text[whole[0] : whole[1]]!r:.80}, its pieces are in 'fragments'"
    ann.add_fault(place, "span with gaps", reason, CHANGED)


def _parse_event(rest: str) -> tuple[str, str, list[tuple[str, str]]]:
    """Read `TYPE:TRIGGER ROLE:REF ...`.

    Raises:
        ReadError: If it is not that.
    """
    pairs = [part.rpartition(":") for part in rest.split()]
    if not pairs or any(not name or not ref for name, _, ref in pairs):
        raise ReadError(f"expected 'TYPE:TRIGGER ROLE:ARGUMENT ...', got {rest!r:.60}")
    (type_name, _, trigger), *arguments = pairs
    # A role that stands twice is numbered: Agent, Agent2.
    return type_name, trigger, [(re.sub(r"\d+$", "", role) or role, ref) for role, _, ref in arguments]


def _parse_realis(rest: str) -> tuple[str, str] | None:
    """Return (what it is about, realis value) of an attribute that says so."""
    name, _, about = rest.partition(" ")
    ref, _, value = about.strip().partition(" ")
    if name.lower() == "realis" and value.strip():
        return ref, value.strip()
    return (ref, _REALIS[name.lower()]) if name.lower() in _REALIS else None


def _add_realis(ref: str, value: str, ann: _Annotations, place: str) -> None:
    """Note down the realis of an event; of two that differ, Negated counts, as where ACE's attributes are read."""
    before = ann.realis.setdefault(ref, value)
    if before != value:
        ann.realis[ref] = "Negated" if "Negated" in (before, value) else before
        reason = f"{ref} is {before} and {value}; it is now {ann.realis[ref]}"
        ann.add_fault(place, "two realis values", reason, CHANGED)


def _make_events(ann: _Annotations) -> Iterator[SourceEvent]:
    """Yield the events whose trigger is there; references that lead nowhere are faults."""
    for ref, (type_name, trigger, arguments) in ann.events.items():
        if trigger not in ann.spans:
            reason = f"the trigger {trigger} of {type_name} is not there, or could not be placed"
            ann.add_fault(ref, "event without trigger", reason, LEFT_OUT)
            continue
        found: list[tuple[str, int, int]] = []
        for role, argument in arguments:
            place = ann.spans.get(argument, (None, None))[1]
            if argument in ann.events and ann.events[argument][1] in ann.spans:
                kind, inner = ann.events[argument][0], ann.events[argument][1]
                place = ann.spans[inner][1]
                reason = f"{role} of {type_name} is the event {argument} ({kind}); its trigger stands for it"
                ann.add_fault(ref, "event as argument", reason, CHANGED)
            if place is None:
                reason = f"{role} {argument} of {type_name} is not there, or could not be placed"
                ann.add_fault(ref, "argument not there", reason, LEFT_OUT)
            else:
                found.append((role, *place))
        yield SourceEvent(
            type=type_name,
            place=ref,
            trigger=ann.spans[trigger][1],
            arguments=tuple(found),
            realis=ann.realis.get(ref) or ann.realis.get(trigger),
        )


def _render_annotations(sentence: Sentence, path: str, faults: list[Fault]) -> str:
    """Return the .ann file of a sentence."""
    lines: list[str] = []
    refs: dict[tuple[str, int, int], str] = {}
    pieces = {(item["start"], item["end"]): item["fragments"] for item in sentence.extra.get("fragments", ())}

    def mark(name: str, span: Span) -> str:
        start, end = span.start - sentence.start, span.end - sentence.start
        if (name, start, end) not in refs:
            refs[name, start, end] = f"T{len(refs) + 1}"
            places = pieces.get((start, end), [(start, end)])
            offsets = ";".join(f"{first} {last}" for first, last in places)
            words = " ".join(re.sub(r"\s", " ", sentence.text[first:last]) for first, last in places)
            lines.append(f"{refs[name, start, end]}\t{_name(name)} {offsets}\t{words}")
        return refs[name, start, end]

    num_attributes = 0
    for i, event in enumerate(sentence.events or (), 1):
        if event.trigger is None:
            reason = f"{event.type} has no trigger, which brat needs"
            faults.append(Fault(path=path, place=str(i), kind="event without trigger", reason=reason, action=LEFT_OUT))
            continue
        parts = [f"{_name(event.type)}:{mark(event.type, event.trigger)}"]
        num: Counter[str] = Counter()
        for argument in event.arguments or ():
            num[argument.role] += 1
            number = num[argument.role] if num[argument.role] > 1 else ""
            parts.append(f"{_name(argument.role)}{number}:{mark(argument.role, argument)}")
        lines.append(f"E{i}\t{' '.join(parts)}")
        if event.realis is not None:
            num_attributes += 1
            lines.append(f"A{num_attributes}\tRealis E{i} {_name(event.realis)}")
    for entity in sentence.extra.get("entities", ()):
        mark(entity["type"], Span(start=entity["start"], end=entity["end"], text=entity["text"]))
    _check_names(sentence.events or (), path, faults)
    return "".join(line + "\n" for line in lines)


def _name(label: str) -> str:
    """Return a label as brat can have it: no white space, and no colon, which parts types from references."""
    return re.sub(r"[\s:]", "_", label)


def _check_names(events: Sequence[Event], path: str, faults: list[Fault]) -> None:
    for label in dict.fromkeys(
        name for event in events for name in (event.type, *(item.role for item in event.arguments or ()))
    ):
        if _name(label) != label or label[-1:].isdigit():
            reason = f"the label {label!r} is not one that brat can have (no space, colon or digit at its end)"
            faults.append(Fault(path=path, place="1", kind="label in another form", reason=reason, action=CHANGED))
