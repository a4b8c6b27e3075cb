"""CoNLL: a token a line, an empty line after each sentence, IOB2 tags in columns.

    # id = a1
    # text = قصف الجيش البلدة
    قصف	B-Attack	O
    الجيش	O	B-Agent
    البلدة	O	B-Target

Column 2 has the triggers; then comes a column for each event, in the order of triggers, with its arguments, as in the
shared tasks on semantic roles. A file without them, such as CoNLL-2003's of token, part of speech, chunk and tag, has
its types in the last column. Spans that overlap share a cell, as `B-Target|B-Count`; `_` in all of a column says that
it was not annotated. The comments are those of CoNLL-U. Without `# text` the tokens with spaces between are the text.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from rasd.errors import ReadError
from rasd.events import Sentence, Span
from rasd.formats.documents import ReadOptions, SourceDocument, SourceEvent, make_sentences
from rasd.formats.faults import CHANGED, LEFT_OUT, REPAIRED, Fault
from rasd.formats.placing import read_text
from rasd.formats.tokens import align_tokens, cut_tokens, join_tokens, token_edges

_TAG = r"[BIES]-[^|]+"
_CELL = re.compile(rf"O|_|{_TAG}(?:\|{_TAG})*")
_COMMENT = re.compile(r"#\s*(sent_id|id|text)\s*=\s?(.*)")


def read(path: Path, options: ReadOptions) -> Iterator[Sentence | Fault]:
    """Yield the sentences of a file; each is one already and is not split."""
    faults: list[Fault] = []
    text, _ = read_text(path, faults)
    yield from faults
    number, block = 0, []
    for line_number, line in enumerate([*text.split("\n"), ""], 1):
        line = line.rstrip("\r")
        if line.strip():
            block.append((line_number, line))
            continue
        rows = [item for item in block if not item[1].startswith("-DOCSTART-")]
        # A token may be a number sign itself, but then it has columns.
        if any(not _is_comment(row) for _, row in rows):
            number += 1
            yield from _read_block(rows, str(path), f"{path.stem}-{number}")
        block = []


def render(sentences: Sequence[Sentence], path: str) -> tuple[dict[str, str], list[Fault]]:
    """Return a file, and what its columns cannot hold."""
    faults: list[Fault] = []
    blocks = [_render_block(sentence, path, sentence.id or str(i), faults) for i, sentence in enumerate(sentences, 1)]
    return {"": "".join(block + "\n" for block in blocks if block)}, faults


def _is_comment(line: str) -> bool:
    if _COMMENT.fullmatch(line):
        return True
    return line.startswith("#") and "\t" not in line and not re.fullmatch(r"#\s+(\S+\s+)*(O|[BIES]-\S+)\s*", line)


def _read_block(block: list[tuple[int, str]], path: str, default_id: str) -> Iterator[Sentence | Fault]:
    """Yield the sentence of a block of lines."""
    place = str(block[0][0])
    comments = dict(match.groups() for _, line in block if _is_comment(line) and (match := _COMMENT.fullmatch(line)))
    rows = [line.split("\t") if "\t" in line else line.split() for _, line in block if not _is_comment(line)]
    tokens = [row[0] for row in rows]
    faults: list[Fault] = []
    if len({len(row) for row in rows}) > 1 or len(rows[0]) < 2 or not all(tokens):
        widths = ", ".join(sorted({str(len(row)) for row in rows}))
        reason = f"expected a token and as many tags in every line of a sentence, got lines of {widths} columns"
        yield Fault(path=path, place=place, kind="broken sentence", reason=reason, action=LEFT_OUT)
        return
    text, spans = join_tokens(tokens)
    if "text" in comments:
        try:
            spans = align_tokens(comments["text"], tokens)
            text = comments["text"]
        except ReadError as err:
            reason = f"the tokens do not fit '# text': {err}; the text is now the tokens with spaces between"
            faults.append(Fault(path=path, place=place, kind="text made of tokens", reason=reason, action=CHANGED))
    columns = [[row[i] for row in rows] for i in range(1, len(rows[0]))]
    if not all(map(_CELL.fullmatch, columns[0])):
        columns = columns[-1:]
    if not all(_CELL.fullmatch(cell) for column in columns for cell in column):
        wrong = next(cell for column in columns for cell in column if not _CELL.fullmatch(cell))
        reason = f"expected tags such as B-Attack, I-Attack and O, got {wrong!r:.40}"
        faults.append(Fault(path=path, place=place, kind="broken sentence", reason=reason, action=LEFT_OUT))
        yield from faults
        return
    events = _make_events(columns, spans, path, place, faults)
    yield from faults
    document = SourceDocument(
        path=path, id=comments.get("id") or comments.get("sent_id") or default_id, text=text, events=events, place=place
    )
    yield from make_sentences(document, ReadOptions(is_whole=True))


def _make_events(
    columns: list[list[str]], spans: list[tuple[int, int]], path: str, place: str, faults: list[Fault]
) -> tuple[SourceEvent, ...] | None:
    """Build the events of a sentence; None where its triggers were not annotated."""
    if set(columns[0]) == {"_"}:
        return None
    num_bare = [0]
    triggers = _read_column(columns[0], spans, num_bare)
    layers = columns[1:]
    if layers and len(layers) != len(triggers):
        reason = f"{len(triggers)} triggers, but {len(layers)} columns of arguments; the arguments are not taken"
        faults.append(Fault(path=path, place=place, kind="columns of arguments", reason=reason, action=LEFT_OUT))
        layers = []
    events = []
    for i, (name, start, end) in enumerate(triggers):
        arguments = None
        if layers and set(layers[i]) != {"_"}:
            arguments = tuple(_read_column(layers[i], spans, num_bare))
        events.append(SourceEvent(type=name, place=place, trigger=(start, end), arguments=arguments))
    if num_bare[0]:
        reason = f"{num_bare[0]} spans begin with I-, as in IOB1; they are taken to begin there"
        faults.append(Fault(path=path, place=place, kind="span that begins with I-", reason=reason, action=REPAIRED))
    return tuple(events)


def _read_column(cells: list[str], spans: list[tuple[int, int]], num_bare: list[int]) -> list[tuple[str, int, int]]:
    """Return (label, start, end) of the spans of a column in their order; `num_bare` counts those without a B."""
    found: list[tuple[str, int, int]] = []
    last: dict[str, int] = {}  # label -> its place in `found`, where its span may go on
    for cell, (start, end) in zip(cells, spans, strict=True):
        now: dict[str, int] = {}
        for tag in cell.split("|") if cell not in ("O", "_") else ():
            kind, label = tag[0], tag[2:]
            if kind in "IE" and label in last:
                index = last[label]
                found[index] = (label, found[index][1], end)
            else:
                num_bare[0] += kind in "IE"
                index = len(found)
                found.append((label, start, end))
            now[label] = index
        last = now
    return found


def _render_block(sentence: Sentence, path: str, place: str, faults: list[Fault]) -> str:
    """Return the lines of a sentence."""
    text = re.sub(r"[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]", " ", sentence.text)
    lost: Counter[str] = Counter()
    if text != sentence.text:
        reason = "line breaks in the text are now spaces"
        faults.append(Fault(path=path, place=place, kind="line breaks", reason=reason, action=CHANGED))
    spans = cut_tokens(text, token_edges(sentence))
    if not spans:
        reason = "the text is empty or white space alone"
        faults.append(Fault(path=path, place=place, kind="empty text", reason=reason, action=LEFT_OUT))
        return ""
    events = [event for event in sentence.events or () if event.trigger is not None]
    lost["events without trigger"] = len(sentence.events or ()) - len(events)
    lost["realis values"] = sum(event.realis is not None for event in events)
    triggers = [(_name(event.type, path, place, faults), event.trigger) for event in events]
    column, kept = _render_column(triggers, spans, sentence.start)
    lost["triggers over others of their type"] = len(events) - len(kept)
    events = [events[i] for i in kept]
    columns = [["_"] * len(spans) if sentence.events is None else column]
    for event in events:
        roles = [(_name(item.role, path, place, faults), item) for item in event.arguments or ()]
        cells, kept = _render_column(roles, spans, sentence.start)
        lost["arguments over others of their role"] += len(event.arguments or ()) - len(kept)
        columns.append(["_"] * len(spans) if event.arguments is None else cells)
    for kind, count in lost.items():
        if count:
            reason = f"{count} {kind}: no place for them"
            faults.append(Fault(path=path, place=place, kind=kind, reason=reason, action=LEFT_OUT, count=count))
    lines = [] if sentence.id is None else [f"# id = {_one_line(sentence.id, path, place, faults)}"]
    lines.append(f"# text = {text}")
    for i, (start, end) in enumerate(spans):
        lines.append("\t".join([text[start:end], *(cells[i] for cells in columns)]))
    return "".join(line + "\n" for line in lines)


def _name(label: str, path: str, place: str, faults: list[Fault]) -> str:
    """Return a label as a cell can have it: no white space, which parts cells, and no bar, which parts labels."""
    name = re.sub(r"[\s|]", "_", label)
    if name != label:
        reason = f"the label {label!r} is now {name!r}"
        faults.append(Fault(path=path, place=place, kind="label in another form", reason=reason, action=CHANGED))
    return name


def _one_line(sentence_id: str, path: str, place: str, faults: list[Fault]) -> str:
    """Return an id as a comment can have it: on one line, without white space at its ends."""
    line = " ".join(sentence_id.split())
    if line != sentence_id:
        reason = f"the id {sentence_id!r} is now {line!r}"
        faults.append(Fault(path=path, place=place, kind="id in another form", reason=reason, action=CHANGED))
    return line


def _render_column(
    labelled: Iterable[tuple[str, Span | None]], spans: list[tuple[int, int]], shift: int
) -> tuple[list[str], list[int]]:
    """Return the cells of a column, and which spans it holds, in the order in which they are read again."""
    cells: list[list[str]] = [[] for _ in spans]
    kept: list[tuple[int, int]] = []
    for i, (label, span) in enumerate(labelled):
        assert span is not None, "events without a trigger have no cells"
        inside = [k for k, (start, end) in enumerate(spans) if span.start - shift <= start and end <= span.end - shift]
        if any(tag[2:] == label for k in inside for tag in cells[k]):
            continue
        for k in inside:
            cells[k].append(f"{'B' if k == inside[0] else 'I'}-{label}")
        kept.append((inside[0], i))
    kept.sort(key=lambda item: (item[0], item[1]))
    return ["|".join(tags) or "O" for tags in cells], [i for _, i in kept]
