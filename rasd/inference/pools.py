"""Pools: what is run together, and the thread that encodes the next pool while one runs.

A pool bounds memory, and is large enough that sentences of like length are found for each batch. It holds whole
documents, so that what is done with one document concerns one pool. Within a pool each text of a sentence is computed
once, wherever and however often it stands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TypeVar

from rasd.events import Document, Event, Sentence, Span
from rasd.inference.ahead import map_ahead
from rasd.inference.engine import Engine
from rasd.inference.memory import release_free_memory
from rasd.inference.running import Batch, Piece
from rasd.selection import select_sentence
from rasd.text.sentences import split_sentences

# Sentences of a pool; its last document may add to them.
POOL_SENTENCES = 4096
# Distinct sentences that are encoded at once; a pool has more only where one document alone would fill several.
_SLICE = 2 * POOL_SENTENCES
# Batches after which free memory goes back to the system; over an encoder of 12 layers that costs nothing measurable.
_RELEASE_AFTER = 8

_AnySpan = TypeVar("_AnySpan", bound=Span)


@dataclass(slots=True)
class Pool:
    """Whole documents, and their sentences without events.

    Attributes:
        documents: The documents, their own sentences unread.
        sentences: The sentences of all of them, in order.
        counts: How many sentences each document has.
    """

    documents: list[Document] = field(default_factory=list)
    sentences: list[Sentence] = field(default_factory=list)
    counts: list[int] = field(default_factory=list)

    @property
    def is_full(self) -> bool:
        """Whether no further document should be added; documents without sentences fill a pool, too."""
        return max(len(self.sentences), len(self.documents)) >= POOL_SENTENCES

    def add(self, document: Document) -> None:
        """Split a document into sentences and add it."""
        spans = split_sentences(document.text)
        self.documents.append(document)
        self.sentences += [Sentence(text=document.text[start:end], start=start) for start, end in spans]
        self.counts.append(len(spans))

    def assemble(self, predicted: Iterable[Sentence]) -> list[Document]:
        """Return the documents with their predicted sentences, given in the order of `sentences`."""
        rest = iter(predicted)
        return [
            replace(document, sentences=tuple(islice(rest, count)))
            for document, count in zip(self.documents, self.counts, strict=True)
        ]


@dataclass(frozen=True, slots=True)
class EncodedSentences:
    """Sentences to be run.

    Attributes:
        sentences: All of them.
        distinct: The first sentence of each text.
        pieces: Windows of the distinct sentences; of the first ones alone where there are too many for memory.
    """

    sentences: Sequence[Sentence]
    distinct: Sequence[Sentence]
    pieces: Sequence[Piece]


def make_pools(documents: Iterable[Document]) -> Iterator[Pool]:
    """Yield documents in pools; an error of `documents` is raised after the pool of those that came before it."""
    source, pool = iter(documents), Pool()
    fault: Exception | None = None
    while True:
        try:
            document = next(source)
        except StopIteration:
            break
        except Exception as err:  # whatever an iterable of the caller's may raise
            fault = err
            break
        pool.add(document)
        if pool.is_full:
            yield pool
            pool = Pool()
    if pool.documents:
        yield pool
    if fault is not None:
        raise fault


def cut_sentences(sentences: Sequence[Sentence]) -> Iterator[Sequence[Sentence]]:
    """Yield parts of sentences that belong to no documents, each as large as a pool."""
    for start in range(0, len(sentences), POOL_SENTENCES):
        yield sentences[start : start + POOL_SENTENCES]


def encode_ahead(engine: Engine, pools: Iterable[Pool]) -> Iterator[tuple[Pool, Future[EncodedSentences]]]:
    """Yield pools with their encoded sentences, the next pool encoded while one is run; see `map_ahead`."""
    return map_ahead(lambda pool: encode_sentences(engine, pool.sentences), pools)


def encode_sentences(engine: Engine, sentences: Sequence[Sentence]) -> EncodedSentences:
    """Encode the first sentence of each text."""
    first: dict[str, Sentence] = {}
    for sentence in sentences:
        first.setdefault(sentence.text, sentence)
    distinct = list(first.values())
    return EncodedSentences(sentences, distinct, engine.encode(distinct[:_SLICE]))


def run_sentences(
    engine: Engine,
    encoded: EncodedSentences,
    *,
    batch_tokens: int | None = None,
    min_score: float = 0.0,
    tell: Callable[[float], None] = lambda share: None,
) -> list[Sentence]:
    """Return the sentences with their events.

    Args:
        engine: Runs them.
        encoded: What `encode_sentences` made.
        batch_tokens: As in `Engine.run`.
        min_score: As in `rasd.selection`.
        tell: Is told after each batch which share of the sentences is done, from 0 to 1.
    """
    distinct = encoded.distinct

    def watch(pieces: Sequence[Piece], start: int, end: int) -> Iterator[Batch]:
        num_done = 0
        for number, batch in enumerate(engine.run(pieces, batch_tokens=batch_tokens), 1):
            yield batch
            num_done += len(batch[0])
            if number % _RELEASE_AFTER == 0:
                release_free_memory()
            tell((start + (end - start) * num_done / len(pieces)) / len(distinct))

    found: dict[str, Sentence] = {}
    for start in range(0, len(distinct), _SLICE):
        part = distinct[start : start + _SLICE]
        pieces = engine.encode(part) if start else encoded.pieces
        for sentence in engine.decode(watch(pieces, start, start + len(part)), part):
            found[sentence.text] = select_sentence(sentence, min_score)
    return [_place(found[sentence.text], sentence) for sentence in encoded.sentences]


def _place(predicted: Sentence, sentence: Sentence) -> Sentence:
    """Return what was predicted of one sentence for another of the same text, which may stand elsewhere."""
    shift = sentence.start - predicted.start
    events = predicted.events or ()
    return Sentence(
        text=sentence.text,
        start=sentence.start,
        id=sentence.id,
        types=dict(predicted.types),
        events=tuple(_move_event(event, shift) for event in events) if shift else events,
        extra=sentence.extra,
    )


def _move_event(event: Event, shift: int) -> Event:
    return replace(
        event,
        trigger=None if event.trigger is None else _move(event.trigger, shift),
        arguments=None if event.arguments is None else tuple(_move(item, shift) for item in event.arguments),
    )


def _move(span: _AnySpan, shift: int) -> _AnySpan:
    return replace(span, start=span.start + shift, end=span.end + shift)
