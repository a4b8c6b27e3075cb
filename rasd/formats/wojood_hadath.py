"""WojoodHadath: events of Arabic text with their agents, locations and dates, as pairs of an event and an argument.

Experimental: the files of the corpus could not be seen. What is read is a JSON list, or JSON lines, of

    {"id": ..., "sentence": ..., "relations": [
        {"Subject": {"ID": 1, "Type": "EVENT", "Label": "..."}, "Relation": "agent",
         "Object": {"ID": 2, "Type": "PERS", "Label": "..."}}]}

whose relations have the form that SinaTools' relation extractor, the system that goes with the corpus, prints; or CSV
with the columns `sentence`, `event`, `relation` and `argument`, a pair a row. There are no offsets: words that stand at
one place alone are found, all others are listed. The roles are agent, location and happened at.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from rasd.errors import ReadError
from rasd.events import Sentence
from rasd.formats.csv_rows import read_columns, read_rows
from rasd.formats.documents import ReadOptions, SourceDocument, SourceEvent, make_sentences
from rasd.formats.faults import LEFT_OUT, Fault
from rasd.formats.gsr import find_words
from rasd.formats.tokens import read_each

_COLUMNS = ("sentence", "event", "relation", "argument")


def read(path: Path, options: ReadOptions) -> Iterator[Sentence | Fault]:
    """Yield the sentences of either kind of file.

    Raises:
        ReadError: If it is neither.
    """
    if path.suffix.lower() != ".csv":
        yield from read_each(path, lambda record, place: _read_record(record, path, place))
        return
    for item in _read_pairs(path):
        if isinstance(item, Fault):
            yield item
        else:
            place, record = item
            yield from _read_record(record, path, place)


def _read_record(record: Mapping[str, Any], path: Path, place: str) -> Iterator[Sentence | Fault]:
    """Yield the sentence of a record.

    Raises:
        ReadError: If it has no text or no pairs.
    """
    text, relations = record.get("sentence", record.get("text")), record.get("relations", record.get("triples"))
    if not isinstance(text, str) or not isinstance(relations, list):
        raise ReadError(f"expected 'sentence' and 'relations', got the keys {', '.join(record) or 'none'}")
    faults: list[Fault] = []
    events = tuple(_make_events(text, relations, str(path), place, faults))
    yield from faults
    document_id = str(record.get("id") or f"{path.stem}-{place}")
    document = SourceDocument(path=str(path), id=document_id, text=text, events=events, place=place)
    yield from make_sentences(document, ReadOptions(is_whole=True))


def _read_pairs(path: Path) -> Iterator[tuple[str, dict[str, Any]] | Fault]:
    """Yield a record for each sentence of a CSV file, in the form of the JSON one; the place is its first line."""
    if not path.is_file():
        raise ReadError(f"no file {str(path)!r}")
    with open(path, "rb") as handle:
        header = read_columns(handle, str(path))
    missing = [name for name in _COLUMNS if name not in header]
    if missing:
        raise ReadError(f"{path}:1: no column {missing[0]!r}; expected the columns {', '.join(_COLUMNS)}")
    records: dict[str, tuple[str, dict[str, Any]]] = {}
    with open(path, "rb") as handle:
        for line, row in read_rows(handle, str(path)):
            if isinstance(row, ReadError):
                yield Fault(path=str(path), place=str(line), kind="broken row", reason=str(row), action=LEFT_OUT)
                continue
            _, record = records.setdefault(row["sentence"], (str(line), {"sentence": row["sentence"], "relations": []}))
            pair = {"Subject": {"Type": "EVENT", "Label": row["event"]}, "Relation": row["relation"]}
            record["relations"].append(pair | {"Object": {"Label": row["argument"]}})
    yield from records.values()


def _make_events(text: str, relations: list[Any], path: str, place: str, faults: list[Fault]) -> Iterator[SourceEvent]:
    """Yield an event for each subject, with the arguments of all its pairs."""
    events: dict[tuple[str, int, int], list[tuple[str, int, int]]] = {}
    for pair in relations:
        try:
            event, argument, role = pair["Subject"]["Label"], pair["Object"]["Label"], pair["Relation"]
            event_type = pair["Subject"].get("Type") or "EVENT"
            if not all(isinstance(item, str) and item.strip() for item in (event, argument, role, event_type)):
                raise KeyError
        except (KeyError, TypeError, AttributeError):
            reason = f"expected 'Subject', 'Relation' and 'Object' with their words, got {pair!r:.100}"
            faults.append(Fault(path=path, place=place, kind="broken pair", reason=reason, action=LEFT_OUT))
            continue
        trigger = _find(text, event, "event", path, place, faults)
        if trigger is None:
            continue
        arguments = events.setdefault((event_type, *trigger), [])
        span = _find(text, argument, f"{role} of {event!r:.40}", path, place, faults)
        if span is not None:
            arguments.append((role, *span))
    for (event_type, start, end), arguments in events.items():
        yield SourceEvent(type=event_type, place=place, trigger=(start, end), arguments=tuple(arguments))


def _find(text: str, words: str, what: str, path: str, place: str, faults: list[Fault]) -> tuple[int, int] | None:
    try:
        start, end, has_gap = find_words(text, words.split())
        if has_gap:
            raise ReadError(f"{words!r:.60} stands in the text with other words between")
    except ReadError as err:
        faults.append(Fault(path=path, place=place, kind="words not placed", reason=f"{what}: {err}", action=LEFT_OUT))
        return None
    return start, end
