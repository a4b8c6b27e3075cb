"""`EventExtractor`: texts in, documents with sentences and events out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Sized
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from rasd.events import Document, Sentence
from rasd.inference.ahead import map_ahead
from rasd.inference.backends import TorchBackend
from rasd.inference.choosing import load_backend
from rasd.inference.engine import Engine
from rasd.inference.loading import find_checkpoint, load_config, load_engine
from rasd.inference.pools import (
    cut_sentences,
    encode_ahead,
    encode_sentences,
    make_pools,
    run_sentences,
)
from rasd.inference.progress import Progress
from rasd.ontology import Ontology
from rasd.selection import check_min_score

if TYPE_CHECKING:
    import torch

    from rasd.encoding import SentenceEncoder
    from rasd.model.modeling_rasd import RasdModel


class EventExtractor:
    """Extracts events from texts.

    Attributes:
        ontology: The event types, roles and realis values that it knows.
        engine: Runs sentences; see `rasd.inference.engine`.

    Example:
        >>> extractor = rasd.load("runs/mini")  # doctest: +SKIP
        >>> documents = extractor.predict(["قصفت المدفعية حي الميدان فجر اليوم."])  # doctest: +SKIP
        >>> documents[0].events[0].type  # doctest: +SKIP
        'Attack.Shelling'
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    @property
    def ontology(self) -> Ontology:
        """The ontology of the checkpoint."""
        return self.engine.ontology

    @classmethod
    def from_pretrained(
        cls,
        name: str | Path,
        *,
        device: str = "auto",
        revision: str | None = None,
        local_files_only: bool = False,
        backend: str = "auto",
        dtype: str = "auto",
    ) -> EventExtractor:
        """Load a checkpoint from a folder or the Hub.

        Args:
            name: A folder, or a Hub id such as "ORG/NAME".
            device: "auto", "cpu", "cuda", "cuda:1" or "mps".
            revision: Branch, tag or commit on the Hub.
            local_files_only: Ask no network.
            backend: "torch", "onnx" or "openvino" (what `rasd export` wrote), or "auto"; see
                `rasd.inference.choosing`.
            dtype: The numbers to compute with: "fp32", "bf16" or "fp16" under torch, what was exported under ONNX,
                "fp32" or "bf16" under OpenVINO, or "auto", which is fp32, int8 for graphs that are.

        Raises:
            CheckpointError: If there is no such checkpoint, or it is damaged.
            BackendError: If the device, backend or dtype is not there; a `ValueError`.
            MissingExtraError: If the package that the backend needs is not installed.
        """
        folder = find_checkpoint(name, revision=revision, local_files_only=local_files_only, backend=backend)
        config = load_config(folder)
        chosen = load_backend(folder, config, backend=backend, device=device, dtype=dtype)
        return cls(load_engine(folder, config, chosen))

    @classmethod
    def from_model(
        cls, model: RasdModel, sentence_encoder: SentenceEncoder, *, device: str | torch.device = "cpu"
    ) -> EventExtractor:
        """Build an extractor from a model that is loaded already, which is moved to the device, and its encoder."""
        return cls(Engine.from_config(model.config, TorchBackend(model, device), sentence_encoder))

    def predict(
        self, texts: Iterable[str], *, batch_tokens: int | None = None, min_score: float = 0.0
    ) -> list[Document]:
        """Extract the events of texts.

        Args:
            texts: Texts of any length; a text without Arabic words gives a document without events.
            batch_tokens: Word pieces of one batch, padding included; None is 4,096 on the CPU, in int8 up to 512 for
                each thread, and on a GPU what its memory holds, found by a short probe.
            min_score: Score from 0 to 1 that events and arguments must reach; an event below it goes with its
                arguments. More of what stays is right, and less of what the text says is found.

        Returns:
            One document a text, in order; all offsets are into the text as given.

        Raises:
            TypeError: If `texts` is one text, or holds anything else than `str`, or if `min_score` is no number.
            ValueError: If a text holds half a surrogate pair, if `min_score` does not lie between 0 and 1, or if
                `batch_tokens` is not positive.
        """
        check_iterable(texts, "predict")
        documents = [Document(text=text) for text in texts]
        return self.predict_documents(documents, batch_tokens=batch_tokens, min_score=min_score)

    def predict_iter(
        self,
        texts: Iterable[str],
        *,
        batch_tokens: int | None = None,
        min_score: float = 0.0,
        progress: bool = False,
    ) -> Iterator[Document]:
        """Extract the events of texts as they come: what `predict` gives, in memory that does not grow.

        Texts are read in the caller's thread, at most two pools of about 4,096 sentences ahead of the document that
        comes out, and encoded in another thread, which ends with the iterator.

        Args:
            texts: Texts of any length, such as a generator that reads files; there may be no end to them.
            batch_tokens: As in `predict`.
            min_score: As in `predict`.
            progress: Show a bar on standard error.

        Returns:
            An iterator over one document a text, in order. An error of `texts`, or of a text in it as `predict` raises
            it, comes after the documents of the texts before.

        Raises:
            TypeError: If `texts` is one text, or if `min_score` is no number.
            ValueError: If `min_score` does not lie between 0 and 1, or if `batch_tokens` is not positive.
        """
        check_iterable(texts, "predict_iter")
        check_options(batch_tokens, min_score)
        bar = Progress(len(texts) if isinstance(texts, Sized) else None, is_shown=progress)
        return self._predict_pools((Document(text=text) for text in texts), batch_tokens, min_score, bar)

    def predict_documents(
        self, documents: Sequence[Document], *, batch_tokens: int | None = None, min_score: float = 0.0
    ) -> list[Document]:
        """Return documents with the events of their texts; `id` and `meta` are kept. Otherwise as `predict`."""
        check_texts(document.text for document in documents)
        return list(self.predict_documents_iter(documents, batch_tokens=batch_tokens, min_score=min_score))

    def predict_documents_iter(
        self, documents: Iterable[Document], *, batch_tokens: int | None = None, min_score: float = 0.0
    ) -> Iterator[Document]:
        """Return an iterator over documents with the events of their texts. Otherwise as `predict_iter`."""
        check_options(batch_tokens, min_score)
        return self._predict_pools(documents, batch_tokens, min_score, Progress())

    def predict_sentences(
        self, sentences: Sequence[Sentence], *, batch_tokens: int | None = None, min_score: float = 0.0
    ) -> list[Sentence]:
        """Extract the events of sentences that are split already, such as those of a corpus file.

        Otherwise as `predict`.
        """
        check_options(batch_tokens, min_score)
        check_texts(sentence.text for sentence in sentences)
        predicted: list[Sentence] = []
        for _, encoded in map_ahead(partial(encode_sentences, self.engine), cut_sentences(sentences)):
            predicted += run_sentences(self.engine, encoded.result(), batch_tokens=batch_tokens, min_score=min_score)
        return predicted

    def _predict_pools(
        self, documents: Iterable[Document], batch_tokens: int | None, min_score: float, bar: Progress
    ) -> Iterator[Document]:
        """Yield documents with their events; the one path of all predicting of documents."""
        with bar:
            for pool, encoded in encode_ahead(self.engine, make_pools(_check_each(documents))):
                bar.begin(len(pool.documents))
                sentences = run_sentences(
                    self.engine, encoded.result(), batch_tokens=batch_tokens, min_score=min_score, tell=bar.tell
                )
                bar.tell(1.0)
                yield from pool.assemble(sentences)


def load(
    name: str | Path,
    *,
    device: str = "auto",
    revision: str | None = None,
    local_files_only: bool = False,
    backend: str = "auto",
    dtype: str = "auto",
) -> EventExtractor:
    """Load a checkpoint; see `EventExtractor.from_pretrained`."""
    return EventExtractor.from_pretrained(
        name,
        device=device,
        revision=revision,
        local_files_only=local_files_only,
        backend=backend,
        dtype=dtype,
    )


def check_options(batch_tokens: int | None, min_score: float) -> None:
    """Check what can be asked for beside texts, before work is put into it.

    Raises:
        TypeError: If `min_score` is no number.
        ValueError: If `min_score` does not lie between 0 and 1, or if `batch_tokens` is not positive.
    """
    check_min_score(min_score)
    if batch_tokens is not None and batch_tokens < 1:
        raise ValueError(f"a batch needs a budget of at least 1 token, got batch_tokens={batch_tokens}")


def check_iterable(texts: Iterable[str], method: str) -> None:
    """Check that texts are several.

    Raises:
        TypeError: If a single text, bytes, None, a mapping, a table or what cannot be iterated was given; says what
            to pass.
    """
    if isinstance(texts, (str, bytes)) or texts is None:
        raise TypeError(f"{method} takes a list of texts, got one {type(texts).__name__}; pass {method}([text])")
    # Iterating over these gives the names of their columns, which are str and would be read as texts.
    if isinstance(texts, Mapping) or hasattr(texts, "columns"):
        raise TypeError(
            f"{method} takes a list of texts, got a {type(texts).__name__}; pass one column of it: "
            f"{method}(list(table['text']))"
        )
    if not isinstance(texts, Iterable) and not hasattr(texts, "__getitem__"):
        raise TypeError(f"{method} takes a list of texts, got {type(texts).__name__}; pass {method}([text])")


def check_texts(texts: Iterable[str]) -> None:
    """Check that texts are such as can be read and written again.

    Raises:
        TypeError: If anything else than `str` stands among them; says what to pass.
        ValueError: If one holds half a surrogate pair, which no UTF-8 has and no tokenizer takes.
    """
    for i, text in enumerate(texts):
        _check_text(text, i)


def _check_each(documents: Iterable[Document]) -> Iterator[Document]:
    """Yield documents whose texts were checked, each when its turn comes."""
    for i, document in enumerate(documents):
        _check_text(document.text, i)
        yield document


def _check_text(text: str, position: int) -> None:
    if not isinstance(text, str):
        hint = "decode it first: text.decode('utf-8')" if isinstance(text, bytes) else "pass '' for an empty text"
        raise TypeError(f"predict takes a list of str, got {type(text).__name__} at position {position}; {hint}")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as err:
        found = f"half a surrogate pair (U+{ord(text[err.start]):04X}) at character {err.start}"
        mend = "text.encode('utf-16', 'surrogatepass').decode('utf-16', 'replace')"
        raise ValueError(f"the text at position {position} holds {found}; mend it: {mend}") from err
