"""CSV of sentences with their event types alone: columns `id`, `text` and `labels`, several types parted by `|`.

An empty cell says that the sentence has no event. Without `|`, commas and semicolons part types too, which is listed.
`sentence` for `text`, and `label`, `type`, `types` or `event_type` for `labels`, are understood; other columns go along
in `Sentence.extra`. Triggers, arguments and realis have no place. What a spreadsheet would run as a formula has a ' in
front, which is taken off again.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from rasd.errors import ReadError, did_you_mean
from rasd.events import Event, Sentence
from rasd.formats.csv_rows import guard_formula, read_columns, read_rows, unguard_formula
from rasd.formats.documents import ReadOptions
from rasd.formats.faults import CHANGED, LEFT_OUT, REPAIRED, Fault

_OTHER_SEPARATORS = re.compile("[;,؛،]")
_TEXT = ("text", "sentence")
_LABELS = ("labels", "label", "types", "type", "event_type")


def read(path: Path, options: ReadOptions) -> Iterator[Sentence | Fault]:
    """Yield a sentence for each row.

    Raises:
        ReadError: If there is no file, no column of texts or labels, or a column twice.
    """
    if not path.is_file():
        raise ReadError(f"no file {str(path)!r}")
    with open(path, "rb") as handle:
        header = read_columns(handle, str(path))
    twice = sorted({name for name in header if header.count(name) > 1})
    if twice:
        raise ReadError(f"{path}:1: the column {twice[0]!r} stands {header.count(twice[0])} times; rename the others")
    text_key, labels_key = _find(header, _TEXT, path), _find(header, _LABELS, path)
    with open(path, "rb") as handle:
        for line, row in read_rows(handle, str(path)):
            reason = str(row) if isinstance(row, ReadError) else None
            if reason is None and any("\ud800" <= char <= "\udfff" for value in row.values() for char in value):
                reason = "not UTF-8; convert the file, for example: iconv -f WINDOWS-1256 -t UTF-8 FILE > NEW"
            if reason is None and not row[text_key].strip():
                reason = "the text is empty"
            if reason is not None:
                yield Fault(path=str(path), place=str(line), kind="broken row", reason=reason, action=LEFT_OUT)
                continue
            row = {key: unguard_formula(value) for key, value in row.items()}
            names = row[labels_key].split("|")
            if len(names) == 1 and len(names := _OTHER_SEPARATORS.split(names[0])) > 1:
                reason = f"{row[labels_key]!r:.80} is taken for {len(names)} types; write | between them"
                yield Fault(
                    path=str(path), place=str(line), kind="types not parted by |", reason=reason, action=REPAIRED
                )
            types = dict.fromkeys(name.strip() for name in names if name.strip())
            extra = {key: value for key, value in row.items() if key not in (text_key, labels_key, "id")}
            yield Sentence(
                id=row.get("id") or f"{path.stem}-{line}",
                text=row[text_key],
                events=tuple(Event(type=name) for name in types),
                extra=extra,
            )


def render(sentences: Sequence[Sentence], path: str) -> tuple[dict[str, str], list[Fault]]:
    """Return rows of annotated sentences, and counts of what they cannot hold."""
    lost: Counter[str] = Counter()
    num_barred = 0
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["id", "text", "labels"])
    for sentence in sentences:
        if sentence.events is None:
            lost["sentences not annotated"] += 1  # an empty cell would say that they have no event
            continue
        for event in sentence.events:
            lost["triggers"] += event.trigger is not None
            lost["arguments"] += len(event.arguments or ())
            lost["realis values"] += event.realis is not None
        types = dict.fromkeys(event.type for event in sentence.events)
        num_barred += sum("|" in name for name in types)
        labels = "|".join(name.replace("|", "_") for name in types)
        writer.writerow([guard_formula(cell) for cell in (sentence.id, sentence.text, labels)])
    faults = [
        Fault(
            path=path, place="1", kind=kind, reason=f"{count} {kind}: no place for them", action=LEFT_OUT, count=count
        )
        for kind, count in lost.items()
        if count
    ]
    if num_barred:
        reason = f"{num_barred} labels with a bar, which parts labels here; it is now _"
        faults.append(Fault(path=path, place="1", kind="label in another form", reason=reason, action=CHANGED))
    return {"": out.getvalue()}, faults


def _find(header: list[str], names: tuple[str, ...], path: Path) -> str:
    """Return which of several names a column has.

    Raises:
        ReadError: If there is none.
    """
    found = [name for name in names if name in header]
    if not found:
        hint = did_you_mean(names[0], header)
        raise ReadError(f"{path}:1: no column {names[0]!r}; the columns are: {', '.join(header)}.{hint}")
    return found[0]
