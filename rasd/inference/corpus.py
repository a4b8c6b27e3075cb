"""A corpus run: files and folders in, numbered shards of documents out, begun once and gone on with after any end.

The records of the inputs, in order, are cut into shards of equally many. A shard is predicted by itself, so that it
comes out the same whenever and by whomever it is run: after a kill, or by one of several workers. What the run leaves
in its folder is told in `rasd.inference.manifest`.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from dataclasses import asdict, dataclass, field
from datetime import date
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from rasd.errors import RasdError
from rasd.events import Document
from rasd.files import open_whole
from rasd.formats.parquet import DocumentWriter, import_pyarrow
from rasd.inference.ahead import map_ahead
from rasd.inference.corpus_inputs import (
    CorpusInputs,
    CorpusRecord,
    Position,
    RecordReader,
    describe_options,
    find_corpus,
)
from rasd.inference.extractor import EventExtractor
from rasd.inference.manifest import RunFolder, ShardState, describe_run, naming_output
from rasd.inference.pools import EncodedSentences, Pool, encode_sentences, make_pools, run_sentences
from rasd.inference.progress import Progress
from rasd.inputs import InputOptions, Reject

if TYPE_CHECKING:
    from rasd.values.add import ValueReader

logger = logging.getLogger(__name__)

SHARD_DOCUMENTS = 1000
# Predicted after a document failed: where this fails, too, the document is not what is at fault.
_PROBE = "افتتحت البلدية الجسر الجديد صباح اليوم."


@dataclass(frozen=True, slots=True, kw_only=True)
class CorpusOptions:
    """How a corpus is predicted.

    Attributes:
        reading: How the inputs are read.
        shard_documents: Records of a shard, with those that give no document.
        output_format: "jsonl" or "parquet".
        batch_tokens: As in `EventExtractor.predict`.
        min_score: As in `EventExtractor.predict`.
        values: Date of documents without one and file of a gazetteer, as `rasd.values.ValueReader` takes them; None
            adds no values.
        backend: What runs the network, as `rasd.inference.choosing.choose_backend` settles it.
        dtype: The numbers it computes with, settled likewise.
        worker: Number of this process from 0, and how many share the run; it does every how-many-th shard.
    """

    reading: InputOptions = field(default_factory=InputOptions)
    shard_documents: int = SHARD_DOCUMENTS
    output_format: str = "jsonl"
    batch_tokens: int | None = None
    min_score: float = 0.0
    values: tuple[date | None, str | None] | None = None
    backend: str = "torch"
    dtype: str = "fp32"
    worker: tuple[int, int] = (0, 1)

    def describe(self) -> dict[str, Any]:
        """Return what decides the output, by the names that the command line has for it."""
        today, gazetteer = self.values or (None, None)
        return describe_options(self.reading) | {
            "shard-documents": self.shard_documents,
            "output-format": self.output_format,
            "batch-tokens": self.batch_tokens,
            "min-score": self.min_score,
            "values": True if self.values is not None else None,  # as in runs that were begun before there were any
            "document-date": today and today.isoformat(),
            "gazetteer": gazetteer,
            "backend": self.backend,
            "dtype": self.dtype,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a run has done so far, in all processes that worked at it.

    Attributes:
        shards: Shards that are whole.
        documents: Documents with their events.
        sentences: Their sentences.
        events: Their events.
        rejects: Records that gave no document.
        skipped: Files that were not read -> the reason.
        seconds: Time taken for the shards, summed over workers.
        sentences_per_second: The speed of one worker.
        is_complete: Whether all is done; other workers may still be at it.
    """

    shards: int
    documents: int
    sentences: int
    events: int
    rejects: int
    skipped: Mapping[str, str]
    seconds: float
    sentences_per_second: float
    is_complete: bool


def predict_corpus(
    paths: Sequence[str],
    output: str | Path,
    *,
    checkpoint: tuple[str, Path],
    load: Callable[[], EventExtractor],
    options: CorpusOptions,
) -> Report:
    """Predict files and folders into a folder, or go on with it.

    Args:
        paths: Files and folders.
        output: The folder; made if absent.
        checkpoint: The name under which it was asked for, and its folder.
        load: Loads it; called if there is anything left to predict.
        options: How it is done.

    Returns:
        What the whole run has done, what was done before included.

    Raises:
        ReadError: If an input is absent or of unknown ending, or if there is none.
        ConfigError: If the folder holds another run or something else, or another process is writing into it.
        OutputError: If a shard cannot be written; those before it are safe.
        MissingExtraError: If Parquet is read or written, and pyarrow is not installed.
    """
    output = Path(output)
    inputs = find_corpus(paths, options.reading, output=output)
    if options.output_format == "parquet":
        import_pyarrow()
    description = describe_run(*checkpoint, inputs.describe(), options.describe())
    output.mkdir(parents=True, exist_ok=True)
    folder = RunFolder(output, options.output_format)
    turn, num_workers = options.worker
    own = None if num_workers == 1 else f"worker-{turn}-of-{num_workers}"
    with folder.enter(description, own), _open_values(options) as reader:
        states = folder.read_states()
        before = folder.read_report()
        if before is not None and before["shards"] == len(states):
            return _make_report(states, inputs, True)
        shards = _ShardReader(inputs, options, states)
        _Run(folder, options, load, reader).run(shards, sum(state.documents for state in states.values()))
        states = folder.read_states()
        report = _make_report(states, inputs, len(states) == shards.num_shards)
        if report.is_complete:
            folder.write_report(description, asdict(report))
        return report


class _Shard(NamedTuple):
    """A number and the records of a shard."""

    number: int
    records: list[CorpusRecord]


class _Job(NamedTuple):
    """Documents of a shard that are run together, and how many more jobs the shard has after it."""

    shard: _Shard
    pool: Pool
    num_left: int


class _ShardReader:
    """Reads the shards that this worker has still to do.

    Attributes:
        num_shards: How many there are in all, known after the last was read.
    """

    def __init__(self, inputs: CorpusInputs, options: CorpusOptions, states: dict[int, ShardState]) -> None:
        self.inputs, self.options, self.states = inputs, options, states
        self.num_shards = 0

    def __iter__(self) -> Iterator[_Shard]:
        turn, num_workers = self.options.worker
        number, position = 0, Position()
        records = RecordReader(self.inputs, self.options.reading)
        unseen, num_read = set(self.options.reading.named_fields), 0
        while True:
            if number in self.states:
                position = self.states[number].end
            else:
                shard = records.take(self.options.shard_documents, position)
                if not shard:
                    break
                position = shard[-1].end
                num_read += len(shard)
                unseen.difference_update(*(item.record.fields for item in shard))
                if number % num_workers == turn:
                    yield _Shard(number, shard)
            number += 1
        self.num_shards = number
        if num_read and unseen:
            logger.warning("no record that was read has the field %s", ", ".join(map(repr, sorted(unseen))))

    def make_jobs(self) -> Iterator[_Job]:
        """Yield the work, at least one job a shard; no job holds documents of two shards."""
        for shard in self:
            items = (item.record.item for item in shard.records)
            documents = [item for item in items if isinstance(item, Document)]
            try:
                pools = list(make_pools(documents)) or [Pool()]
            except Exception:  # a text that cannot be split; unsplit, each document is tried alone
                pools = [Pool([document]) for document in documents]
            for i, pool in enumerate(pools, 1):
                yield _Job(shard, pool, len(pools) - i)


class _Run:
    """Predicts shards and writes them."""

    def __init__(
        self,
        folder: RunFolder,
        options: CorpusOptions,
        load: Callable[[], EventExtractor],
        reader: ValueReader | None,
    ) -> None:
        self.folder, self.options, self.load, self.reader = folder, options, load, reader

    def run(self, shards: _ShardReader, num_done: int) -> None:
        """Predict and write all shards; the next documents are read and encoded while some are run."""
        jobs = shards.make_jobs()
        begin = next(jobs, None)
        if begin is None:
            return
        extractor = self.load()
        total = shards.inputs.count_documents(self.options.reading) if self.options.worker[1] == 1 else None

        def encode(job: _Job) -> EncodedSentences:
            return encode_sentences(extractor.engine, job.pool.sentences)

        with (
            Progress(total, is_shown=None, num_done=num_done) as bar,
            closing(map_ahead(encode, chain([begin], jobs))) as encoded,
        ):
            for first, sentences in encoded:
                own = chain([(first, sentences)], islice(encoded, first.num_left))
                found = (self._predict(extractor, job.pool, future, bar) for job, future in own)
                self._write(first.shard, chain.from_iterable(found))

    def _predict(
        self, extractor: EventExtractor, pool: Pool, encoded: Future[EncodedSentences], bar: Progress
    ) -> list[Document | Exception]:
        """Return the documents of a pool with their events; where it fails, one by one, with what each failed of."""
        batch_tokens, min_score = self.options.batch_tokens, self.options.min_score
        bar.begin(len(pool.documents))
        try:
            assert len(pool.counts) == len(pool.documents), "a pool that could not be split"
            sentences = run_sentences(
                extractor.engine, encoded.result(), batch_tokens=batch_tokens, min_score=min_score, tell=bar.tell
            )
            found: list[Document | Exception] = [*pool.assemble(sentences)]
        except Exception:  # whatever tokenizers, torch or a device may raise; told below, by document
            found = [self._predict_alone(extractor, document) for document in pool.documents]
        bar.tell(1.0)
        return found

    def _predict_alone(self, extractor: EventExtractor, document: Document) -> Document | Exception:
        """Return a document with its events, or what it failed of; raise where nothing can be predicted any more."""
        options = {"batch_tokens": self.options.batch_tokens, "min_score": self.options.min_score}
        try:
            return extractor.predict_documents([document], **options)[0]
        except Exception as err:
            extractor.predict([_PROBE])
            return err

    def _write(self, shard: _Shard, found: Iterable[Document | Exception]) -> None:
        """Write a shard with what was found in its documents, and then its state."""
        started, path = time.perf_counter(), self.folder.shard_path(shard.number)
        outcomes = iter(found)
        documents = sentences = events = 0
        rejects: list[Reject] = []
        with naming_output(path):
            with _open_documents(path, self.options.output_format, has_values=self.reader is not None) as write:
                for item in shard.records:
                    outcome = _settle(item, outcomes, self.reader)
                    if isinstance(outcome, Reject):
                        rejects.append(outcome)
                        continue
                    write(outcome)
                    documents += 1
                    sentences += len(outcome.sentences)
                    events += len(outcome.events)
            size = path.stat().st_size
        state = ShardState(
            shard=shard.number,
            first=shard.records[0].place,
            last=shard.records[-1].place,
            end=shard.records[-1].end,
            documents=documents,
            sentences=sentences,
            events=events,
            rejects=len(rejects),
            seconds=round(time.perf_counter() - started, 3),
            size=size,
        )
        self.folder.write_state(state, rejects)


def _settle(
    item: CorpusRecord, outcomes: Iterator[Document | Exception], reader: ValueReader | None
) -> Document | Reject:
    """Return what a record gives: what was found in its document, with values, or why there is none."""
    record = item.record
    if isinstance(record.item, Reject):
        return record.item
    outcome, fault = next(outcomes), "cannot be predicted"
    if isinstance(outcome, Document):
        if reader is None:
            return outcome
        try:
            return reader.add(outcome)
        except RasdError:  # the gazetteer's, and no fault of the document
            raise
        except Exception as err:  # one text that no rule foresaw must not end the run, now and each time it goes on
            outcome, fault = err, "its values cannot be read"
    return Reject(path=item.path, line=record.line, reason=f"{fault}: {type(outcome).__name__}: {outcome}")


def _open_values(options: CorpusOptions) -> AbstractContextManager[ValueReader | None]:
    """Open what adds values; None where they were not asked for."""
    if options.values is None:
        return nullcontext()
    from rasd.values.add import ValueReader

    return ValueReader(*options.values)


@contextmanager
def _open_documents(path: Path, format: str, *, has_values: bool) -> Iterator[Callable[[Document], Any]]:
    """Open a shard that appears whole or not at all, and return what writes a document into it."""
    if format == "parquet":
        with open_whole(path, is_binary=True) as file, DocumentWriter(file, has_values=has_values) as writer:
            yield writer.write
    else:
        with open_whole(path) as file:
            yield lambda document: file.write(json.dumps(document.to_dict(), ensure_ascii=False) + "\n")


def _make_report(states: dict[int, ShardState], inputs: CorpusInputs, is_complete: bool) -> Report:
    shards = states.values()
    num_sentences, seconds = sum(state.sentences for state in shards), sum(state.seconds for state in shards)
    return Report(
        shards=len(states),
        documents=sum(state.documents for state in shards),
        sentences=num_sentences,
        events=sum(state.events for state in shards),
        rejects=sum(state.rejects for state in shards),
        skipped=inputs.skipped,
        seconds=round(seconds, 1),
        sentences_per_second=round(num_sentences / seconds, 1) if seconds else 0.0,
        is_complete=is_complete,
    )
