"""`EventExtractor`: texts in, documents with sentences and events out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from rasd.calibration import Calibration
from rasd.events import Document, Sentence
from rasd.inference.backends import Backend, TorchBackend, choose_device
from rasd.inference.engine import BATCH_TOKENS, Engine, make_thresholds
from rasd.inference.loading import find_checkpoint, load_model, load_sentence_encoder
from rasd.ontology import Ontology
from rasd.selection import check_min_score, select_sentence
from rasd.text.sentences import split_sentences

# Sentences run together; bounds memory while leaving batches of like length to be found.
_POOL_SENTENCES = 4096


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
        cls, name: str | Path, *, device: str = "auto", revision: str | None = None, local_files_only: bool = False
    ) -> EventExtractor:
        """Load a checkpoint from a folder or the Hub.

        Args:
            name: A folder, or a Hub id such as "ORG/NAME".
            device: "auto", "cpu", "cuda", "cuda:1" or "mps".
            revision: Branch, tag or commit on the Hub.
            local_files_only: Ask no network.

        Raises:
            CheckpointError: If there is no such checkpoint, or it is damaged.
            ValueError: If the device is not there.
        """
        folder = find_checkpoint(name, revision=revision, local_files_only=local_files_only)
        model = load_model(folder)
        backend: Backend = TorchBackend(model, choose_device(device))
        ontology = model.config.load_ontology()
        engine = Engine(
            backend,
            load_sentence_encoder(folder, model),
            ontology,
            thresholds=make_thresholds(model.config, ontology),
            layers=model.config.layers,
            pad_token_id=model.config.pad_token_id,
            calibration=Calibration.from_dict(model.config.calibration),
        )
        return cls(engine)

    def predict(
        self, texts: Iterable[str], *, batch_tokens: int = BATCH_TOKENS, min_score: float = 0.0
    ) -> list[Document]:
        """Extract the events of texts.

        Args:
            texts: Texts of any length; a text without Arabic words gives a document without events.
            batch_tokens: Word pieces of one batch, padding included.
            min_score: Score from 0 to 1 that events and arguments must reach; an event below it goes with its
                arguments. More of what stays is right, and less of what the text says is found.

        Returns:
            One document a text, in order; all offsets are into the text as given.

        Raises:
            TypeError: If `texts` is one text, or holds anything else than `str`, or if `min_score` is no number.
            ValueError: If a text holds half a surrogate pair, or if `min_score` does not lie between 0 and 1.
        """
        documents = [Document(text=text) for text in list_texts(texts)]
        return self.predict_documents(documents, batch_tokens=batch_tokens, min_score=min_score)

    def predict_documents(
        self, documents: Sequence[Document], *, batch_tokens: int = BATCH_TOKENS, min_score: float = 0.0
    ) -> list[Document]:
        """Return documents with the events of their texts; `id` and `meta` are kept. Otherwise as `predict`."""
        check_min_score(min_score)
        check_texts([document.text for document in documents])
        spans = [split_sentences(document.text) for document in documents]
        pooled = [
            Sentence(text=document.text[start:end], start=start)
            for document, own in zip(documents, spans, strict=True)
            for start, end in own
        ]
        predicted: list[Sentence] = []
        for begin in range(0, len(pooled), _POOL_SENTENCES):
            predicted += self.predict_sentences(
                pooled[begin : begin + _POOL_SENTENCES], batch_tokens=batch_tokens, min_score=min_score
            )
        rest = iter(predicted)
        return [
            Document(
                text=document.text,
                sentences=tuple(next(rest) for _ in own),
                id=document.id,
                meta=document.meta,
            )
            for document, own in zip(documents, spans, strict=True)
        ]

    def predict_sentences(
        self, sentences: Sequence[Sentence], *, batch_tokens: int = BATCH_TOKENS, min_score: float = 0.0
    ) -> list[Sentence]:
        """Extract the events of sentences that are split already, such as those of a corpus file.

        Otherwise as `predict`.
        """
        check_min_score(min_score)
        check_texts([sentence.text for sentence in sentences])
        predicted = self.engine.predict(sentences, batch_tokens=batch_tokens)
        return [select_sentence(sentence, min_score) for sentence in predicted]


def load(
    name: str | Path, *, device: str = "auto", revision: str | None = None, local_files_only: bool = False
) -> EventExtractor:
    """Load a checkpoint; see `EventExtractor.from_pretrained`."""
    return EventExtractor.from_pretrained(name, device=device, revision=revision, local_files_only=local_files_only)


def list_texts(texts: Iterable[str]) -> list[str]:
    """Return the texts as a list.

    Raises:
        TypeError: If a single text, bytes or None was given; says what to pass.
    """
    if isinstance(texts, (str, bytes)) or texts is None:
        kind = type(texts).__name__
        raise TypeError(f"predict takes a list of texts, got one {kind}; pass predict([text])")
    return list(texts)


def check_texts(texts: Sequence[str]) -> None:
    """Check that texts are such as can be read and written again.

    Raises:
        TypeError: If anything else than `str` stands among them; says what to pass.
        ValueError: If one holds half a surrogate pair, which no UTF-8 has and no tokenizer takes.
    """
    for i, text in enumerate(texts):
        if not isinstance(text, str):
            hint = "decode it first: text.decode('utf-8')" if isinstance(text, bytes) else "pass '' for an empty text"
            raise TypeError(f"predict takes a list of str, got {type(text).__name__} at position {i}; {hint}")
        try:
            text.encode("utf-8")
        except UnicodeEncodeError as err:
            found = f"half a surrogate pair (U+{ord(text[err.start]):04X}) at character {err.start}"
            mend = "text.encode('utf-16', 'surrogatepass').decode('utf-16', 'replace')"
            raise ValueError(f"the text at position {i} holds {found}; mend it: {mend}") from err
