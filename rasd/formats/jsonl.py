"""rasd's own corpus format: one sentence a line, as JSON.

    {"id": "a1", "text": "...", "events": [{"type": "Attack.AirStrike", "trigger": "غارات", "start": 5, "end": 10,
     "realis": "Actual", "arguments": [{"role": "Place", "text": "بلدة هجين", "start": 14, "end": 23}]}]}

`start` and `end` count Unicode code points of the line's own `text`, `end` excluded. A missing key (`events`,
`trigger`, `arguments`, `realis`) means that the layer was not annotated, `[]` that there is nothing. Unknown keys of a
line are kept in `Sentence.extra`; unknown keys of an event or argument are faults. `nth` (which occurrence, instead of
offsets) is understood by `rasd.formats.spans.resolve_line` alone.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from rasd.errors import OntologyError, ReadError, did_you_mean, summarize_faults
from rasd.events import Argument, Document, Event, Sentence, Span
from rasd.files import open_whole
from rasd.formats.documents import ReadOptions
from rasd.formats.faults import Fault
from rasd.formats.tokens import read_each
from rasd.ontology import Ontology

_EVENT_KEYS = ("type", "trigger", "start", "end", "realis", "arguments")
_LINE_KEYS = ("id", "text", "events", "doc_id", "doc_start", "sentences")
_ARGUMENT_KEYS = ("role", "text", "start", "end")


def read_sentences(path: str | Path, ontology: Ontology | None = None) -> list[Sentence]:
    """Read a corpus file.

    Args:
        path: A JSONL file in UTF-8.
        ontology: Labels are checked against it where one is given.

    Returns:
        The sentences in file order.

    Raises:
        ReadError: If the file cannot be read or lines are at fault; every fault with file and line, at once.
    """
    sentences: list[Sentence] = []
    faults: list[str] = []
    seen: dict[str, int] = {}
    for number, line in read_lines(path):
        where = f"{path}:{number}: "
        try:
            sentence = parse_sentence(parse_json(line), ontology)
        except ReadError as err:
            faults += [where + fault for fault in str(err).split("\n")]
            continue
        if sentence.id is not None and seen.setdefault(sentence.id, number) != number:
            faults.append(f"{where}id {sentence.id!r} stands on line {seen[sentence.id]} already; ids must be unique")
        sentences.append(sentence)
    if faults:
        raise ReadError(summarize_faults(faults))
    return sentences


def read_lines(path: str | Path) -> Iterator[tuple[int, str]]:
    r"""Yield (line number from 1, line) of a UTF-8 file, split at `\n` alone, empty lines left out.

    Raises:
        ReadError: If there is no such file, or it is not plain UTF-8.
    """
    if not Path(path).is_file():
        raise ReadError(f"no file {str(path)!r}")
    with open(path, "rb") as file:
        for number, raw in enumerate(file, 1):
            if number == 1 and raw.startswith(b"\xef\xbb\xbf"):
                raise ReadError(f"{path}:1: the file begins with a byte order mark; save it as UTF-8 without BOM")
            try:
                line = raw.decode("utf-8").rstrip("\r\n")
            except UnicodeDecodeError as err:
                raise ReadError(
                    f"{path}:{number}: not UTF-8 ({err.reason} at byte {err.start}); "
                    "convert the file, for example: iconv -f WINDOWS-1256 -t UTF-8 FILE"
                ) from err
            if line.strip():
                yield number, line


def parse_json(line: str) -> dict[str, Any]:
    """Parse one line.

    Raises:
        ReadError: If it is not one JSON object.
    """
    try:
        record = json.loads(line)
    except RecursionError as err:
        raise ReadError("not valid JSON: nested too deeply") from err
    except ValueError as err:
        raise ReadError(f"not valid JSON: {err}; expected one object on one line") from err
    if not isinstance(record, dict):
        raise ReadError(f"expected a JSON object with 'text', got {line!r:.60}")
    return record


def parse_sentence(record: Mapping[str, Any], ontology: Ontology | None = None) -> Sentence:
    """Build a `Sentence` from a corpus line.

    Raises:
        ReadError: If the line is at fault; one fault a line of the message.
    """
    text, sentence_id, raw_events = record.get("text"), record.get("id"), record.get("events")
    faults: list[str] = []
    if "sentences" in record:
        raise ReadError("a document with 'sentences', as `rasd predict` writes it; expected a sentence with 'events'")
    if "text" not in record:
        hint = "; `python scripts/rehydrate.py` puts the texts in" if "sentence_sha256" in record else ""
        raise ReadError(f"'text' is missing; the keys are: {', '.join(map(str, record)) or 'none'}{hint}")
    if not isinstance(text, str) or not _is_utf8(text):
        raise ReadError(f"'text' must be text that UTF-8 can hold, got {text!r:.60}")
    if sentence_id is not None and not isinstance(sentence_id, str):
        faults.append(f"'id' must be text, got {sentence_id!r:.60}; put it in quotes")
    if raw_events is not None and not isinstance(raw_events, list):
        faults.append(f"'events' must be a list, got {raw_events!r:.60}; write [] where there is none")
        raw_events = None
    events: list[Event] = []
    for i, raw in enumerate(raw_events or []):
        event = _parse_event(raw, text, f"events[{i}]", faults)
        if event is not None:
            _check_event(event, events, ontology, f"events[{i}]", faults)
            events.append(event)
    if faults:
        raise ReadError("\n".join(faults))
    extra = {key: value for key, value in record.items() if key not in ("id", "text", "events")}
    return Sentence(
        text=text, id=sentence_id, events=None if raw_events is None else tuple(events), types={}, extra=extra
    )


def format_sentence(sentence: Sentence) -> dict[str, Any]:
    """Return a sentence as a corpus line; offsets of a predicted sentence become offsets into its own text."""
    record: dict[str, Any] = {} if sentence.id is None else {"id": sentence.id}
    record["text"] = sentence.text
    if sentence.events is not None:
        record["events"] = [_format_event(event, sentence.start) for event in sentence.events]
    return record | dict(sentence.extra)


def write_sentences(path: str | Path, sentences: Iterable[Sentence]) -> None:
    """Write a corpus file, one sentence a line; the file appears whole or not at all."""
    with open_whole(path) as file:
        for sentence in sentences:
            file.write(json.dumps(format_sentence(sentence), ensure_ascii=False) + "\n")


def read(path: Path, options: ReadOptions) -> Iterator[Sentence | Fault]:
    """Yield the sentences of corpus lines, or of documents that `rasd predict` wrote; a line at fault is left out."""

    def build(record: dict[str, Any], place: str) -> list[Sentence]:
        return _predicted(record, f"{path.stem}-{place}") if "sentences" in record else [parse_sentence(record)]

    return read_each(path, build)


def render(sentences: Sequence[Sentence], path: str) -> tuple[dict[str, str], list[Fault]]:
    """Return a corpus file; it holds everything."""
    lines = [json.dumps(format_sentence(sentence), ensure_ascii=False) + "\n" for sentence in sentences]
    return {"": "".join(lines)}, []


def _predicted(record: Mapping[str, Any], default_id: str) -> list[Sentence]:
    """Return the sentences of a predicted document as corpus lines, offsets into their own text.

    Raises:
        ReadError: If it is none, or its offsets do not fit.
    """
    try:
        document = Document.from_dict(record)
        doc_id = default_id if document.id is None else document.id
        meta = {key: value for key, value in document.meta.items() if key not in _LINE_KEYS}
        return [
            parse_sentence(
                {"id": f"{doc_id}-{i}"}
                | format_sentence(sentence)
                | {"doc_id": doc_id, "doc_start": sentence.start}
                | meta
            )
            for i, sentence in enumerate(document.sentences, 1)
        ]
    except (KeyError, TypeError, ValueError, AttributeError) as err:
        raise ReadError(f"not a document as `rasd predict` writes it: {err!r}") from err


def _parse_event(raw: Any, text: str, where: str, faults: list[str]) -> Event | None:
    """Check one event of a line; faults are added, and None comes back where nothing can be built."""
    if not isinstance(raw, dict):
        faults.append(f"{where}: expected an object with 'type', got {raw!r:.60}")
        return None
    _check_keys(raw, _EVENT_KEYS, where, faults)
    if not isinstance(raw.get("type"), str):
        faults.append(f"{where}: 'type' must be the name of an event type, got {raw.get('type')!r:.60}")
        return None
    where = f"{where} ({raw['type']})"
    trigger = None
    if "trigger" in raw:
        trigger = _parse_span(raw, "trigger", text, where, faults)
    elif "start" in raw or "end" in raw or raw.get("arguments"):
        faults.append(f"{where}: offsets or arguments without 'trigger'; an event with a type alone has neither")
    realis = raw.get("realis")
    if realis is not None and not isinstance(realis, str):
        faults.append(f"{where}: 'realis' must be text, got {realis!r:.60}")
        realis = None
    arguments: list[Argument] | None = None
    if "arguments" in raw:
        arguments = []
        items = raw["arguments"]
        if not isinstance(items, list):
            faults.append(f"{where}: 'arguments' must be a list, got {items!r:.60}")
            items = []
        for i, item in enumerate(items):
            argument = _parse_argument(item, text, f"{where}.arguments[{i}]", faults)
            if argument is not None:
                arguments.append(argument)
    return Event(
        type=raw["type"],
        trigger=trigger,
        arguments=None if arguments is None else tuple(arguments),
        realis=realis,
    )


def _parse_argument(raw: Any, text: str, where: str, faults: list[str]) -> Argument | None:
    if not isinstance(raw, dict):
        faults.append(f"{where}: expected an object with 'role' and 'text', got {raw!r:.60}")
        return None
    _check_keys(raw, _ARGUMENT_KEYS, where, faults)
    if not isinstance(raw.get("role"), str):
        faults.append(f"{where}: 'role' must be the name of a role, got {raw.get('role')!r:.60}")
        return None
    span = _parse_span(raw, "text", text, where, faults)
    if span is None:
        return None
    return Argument(role=raw["role"], start=span.start, end=span.end, text=span.text)


def _parse_span(raw: Mapping[str, Any], key: str, text: str, where: str, faults: list[str]) -> Span | None:
    """Check a span's words against its offsets."""
    words, start, end = raw.get(key), raw.get("start"), raw.get("end")
    if not isinstance(words, str) or not words:
        faults.append(f"{where}: {key!r} must be text, got {words!r:.60}")
    elif type(start) is not int or type(end) is not int:
        faults.append(
            f"{where}: {key} {words!r} has no 'start' and 'end' offsets; "
            "`rasd validate --resolve --in-place FILE` adds them"
        )
    elif not 0 <= start < end <= len(text):
        faults.append(f"{where}: {key} {words!r} has start={start}, end={end}, outside the text's 0-{len(text)}")
    elif text[start:end] != words:
        faults.append(f"{where}: text[{start}:{end}] is {text[start:end]!r}, not {words!r}")
    else:
        return Span(start=start, end=end, text=words)
    return None


def _check_event(event: Event, earlier: list[Event], ontology: Ontology | None, where: str, faults: list[str]) -> None:
    """Check labels against the ontology, and that no other event of the type has the same trigger."""
    if ontology is not None:
        try:
            ontology.check_event(event.type, tuple(a.role for a in event.arguments or ()), event.realis)
        except OntologyError as err:
            faults.append(f"{where}: {err}")
    if event.trigger is not None and any(
        other.type == event.type and other.trigger is not None and other.trigger.start == event.trigger.start
        for other in earlier
    ):
        faults.append(f"{where}: two {event.type} events on one trigger {event.trigger.text!r}")


def _check_keys(raw: Mapping[str, Any], valid: tuple[str, ...], where: str, faults: list[str]) -> None:
    for key in raw:
        if key == "nth":
            faults.append(
                f"{where}: 'nth' is for `rasd validate --resolve --in-place FILE`, which puts offsets in its place"
            )
        elif key not in valid:
            faults.append(f"{where}: unknown key {key!r}; keys are: {', '.join(valid)}.{did_you_mean(key, valid)}")


def _format_event(event: Event, shift: int) -> dict[str, Any]:
    record: dict[str, Any] = {"type": event.type}
    if event.trigger is not None:
        start, end = event.trigger.start - shift, event.trigger.end - shift
        record |= {"trigger": event.trigger.text, "start": start, "end": end}
    if event.realis is not None:
        record["realis"] = event.realis
    if event.arguments is not None:
        record["arguments"] = [
            {"role": a.role, "text": a.text, "start": a.start - shift, "end": a.end - shift} for a in event.arguments
        ]
    return record


def _is_utf8(text: str) -> bool:
    """Whether the text has no lone surrogate, which JSON can write and UTF-8 cannot."""
    return not any("\ud800" <= ch <= "\udfff" for ch in text) if not text.isascii() else True
