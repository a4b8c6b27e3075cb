"""Sentences in, events out: encoding, batches, the two calls of the backend, and decoding.

Training evaluates through this engine as `EventExtractor` predicts through it, so that the score that is published is
the score of what users run.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from rasd.calibration import IDENTITY, Calibration
from rasd.collator import pad_words
from rasd.decoding import Thresholds, Triggers, choose_cuts, decode_events, find_triggers, sigmoid, softmax
from rasd.encoding import Encoding, SentenceEncoder
from rasd.events import Event, Sentence
from rasd.inference.backends import Backend, EncoderScores
from rasd.inference.batching import BATCH_TOKENS
from rasd.inference.running import Batch, Piece, Runner
from rasd.ontology import Ontology

# Words that triggers read at once on the CPU, each trigger all of its window; with the mini encoder a word takes some
# 30 kB. A GPU says itself when it is full; a computer would be at its end before.
_TRIGGER_WORDS = 8192


class Engine:
    """Predicts the events of sentences.

    Args:
        backend: Runs the network.
        sentence_encoder: Makes the arrays.
        ontology: Names of the ids.
        thresholds: From which probability on.
        layers: The layers that the model was trained on.
        pad_token_id: Piece id that fills up a batch.
        calibration: What scores are reported as; it decides nothing.
    """

    def __init__(
        self,
        backend: Backend,
        sentence_encoder: SentenceEncoder,
        ontology: Ontology,
        *,
        thresholds: Thresholds,
        layers: Sequence[str],
        pad_token_id: int,
        calibration: Calibration = IDENTITY,
    ) -> None:
        self.sentence_encoder, self.ontology = sentence_encoder, ontology
        self.thresholds, self.layers, self.pad_token_id = thresholds, frozenset(layers), pad_token_id
        self.calibration = calibration
        self.runner = Runner(backend, pad_token_id=pad_token_id, max_length=sentence_encoder.max_length)
        self.allowed = np.zeros((len(ontology.types), len(ontology.roles)), bool)
        for i, event_type in enumerate(ontology.types):
            self.allowed[i, [ontology.role_ids[role] for role in event_type.roles]] = True

    @classmethod
    def from_config(cls, config: Any, backend: Backend, sentence_encoder: SentenceEncoder) -> Engine:
        """Set up what a checkpoint needs besides its network and its tokenizer, by its `RasdSettings`."""
        ontology = config.load_ontology()
        return cls(
            backend,
            sentence_encoder,
            ontology,
            thresholds=make_thresholds(config, ontology),
            layers=config.layers,
            pad_token_id=config.pad_token_id,
            calibration=Calibration.from_dict(config.calibration),
        )

    @property
    def backend(self) -> Backend:
        """What runs the network; another one may be put in its place, such as one over a model in training."""
        return self.runner.backend

    @backend.setter
    def backend(self, backend: Backend) -> None:
        self.runner.backend = backend

    def predict(self, sentences: Sequence[Sentence], *, batch_tokens: int | None = BATCH_TOKENS) -> list[Sentence]:
        """Return the sentences with predicted `types` and `events`.

        Args:
            sentences: Their `text` and `start` are read; offsets of the events count from the document's start.
            batch_tokens: As in `run`.
        """
        return self.decode(self.run(self.encode(sentences), batch_tokens=batch_tokens), sentences)

    def decode(self, batches: Iterable[Batch], sentences: Sequence[Sentence]) -> list[Sentence]:
        """Return the sentences with the `types` and `events` that batches of `run` hold, their scores calibrated."""
        return [self.calibration.report(sentence) for sentence in self.decode_raw(batches, sentences)]

    def decode_raw(self, batches: Iterable[Batch], sentences: Sequence[Sentence]) -> list[Sentence]:
        """Return what `decode` does, with the scores that the network gave."""
        types: list[dict[str, float]] = [{} for _ in sentences]
        events: list[list[Event]] = [[] for _ in sentences]
        if "trigger" in self.layers:
            for pieces, scores in batches:
                self._decode(pieces, scores, sentences, types, events)
        else:
            self._decode_types(self.score_types(batches, len(sentences)), types, events)
        return [
            Sentence(
                text=sentence.text,
                start=sentence.start,
                id=sentence.id,
                types={event.type: types[i][event.type] for event in events[i]},
                events=tuple(sorted(events[i], key=_text_order)),
                extra=sentence.extra,
            )
            for i, sentence in enumerate(sentences)
        ]

    def score_types(self, batches: Iterable[Batch], num_sentences: int) -> np.ndarray:
        """Return the probability of each type in each sentence [S, E]; the highest of its windows, 0 without words."""
        scores = np.zeros((num_sentences, len(self.ontology.types)))
        for pieces, output in batches:
            np.maximum.at(scores, np.array([piece.sentence for piece in pieces]), sigmoid(output.typing))
        return scores

    def encode(self, sentences: Sequence[Sentence]) -> list[Piece]:
        """Return the windows of all sentences, in order."""
        encoded = self.sentence_encoder.encode([sentence.text for sentence in sentences])
        return [Piece(i, window) for i, windows in enumerate(encoded) for window in windows]

    def run(self, pieces: Sequence[Piece], *, batch_tokens: int | None = BATCH_TOKENS) -> Iterator[Batch]:
        """Run the encoder over windows and yield each batch with its scores; see `rasd.inference.running`."""
        return self.runner.run(pieces, batch_tokens=batch_tokens)

    def _decode(
        self,
        pieces: Sequence[Piece],
        scores: EncoderScores,
        sentences: Sequence[Sentence],
        types: list[dict[str, float]],
        events: list[list[Event]],
    ) -> None:
        """Decode one batch and add what it holds to `types` and `events`."""
        encodings = [piece.encoding for piece in pieces]
        letters = pad_words([item.letters for item in encodings], scores.triggers.shape[1], 0)
        word_mask = letters[..., 0] > 0
        typing = sigmoid(scores.typing)
        owned = owned_words(encodings, word_mask.shape[1])
        triggers = find_triggers(typing, sigmoid(scores.triggers), word_mask, owned, self.thresholds)
        arguments, realis = self.score_arguments(scores.words, triggers, word_mask)
        found = decode_events(
            [(sentences[piece.sentence].text, sentences[piece.sentence].start) for piece in pieces],
            encodings,
            triggers,
            arguments,
            realis,
            choose_cuts(scores.cuts, letters),
            self.ontology,
            self.allowed,
            self.thresholds,
        )
        for piece, row, window_events in zip(pieces, typing, found, strict=True):
            known = types[piece.sentence]
            for event in window_events:
                score = float(row[self.ontology.type_ids[event.type]])
                known[event.type] = max(known.get(event.type, 0.0), score)
            events[piece.sentence] += window_events

    def score_arguments(
        self, words: Any, triggers: Triggers, word_mask: np.ndarray
    ) -> tuple[np.ndarray | None, np.ndarray | None]:
        """Return argument [N, W, R, 3] and realis probabilities [N, C], None for a layer not trained on."""
        wanted = {"arguments", "realis"} & self.layers
        if not wanted or not len(triggers.types):
            empty = np.zeros((0, word_mask.shape[1], len(self.ontology.roles), 3))
            none = np.zeros((0, max(1, len(self.ontology.realis))))
            return (empty if "arguments" in wanted else None), (none if "realis" in wanted else None)
        roles, realis = self._score(words, word_mask.shape[1], triggers.windows, triggers.spans, triggers.types)
        roles = softmax(roles)
        roles[..., 0][~word_mask[triggers.windows]] = 1.0
        return (roles if "arguments" in wanted else None), (softmax(realis) if "realis" in wanted else None)

    def _score(self, words: Any, num_words: int, *triggers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return what the backend says of triggers, in halves where memory does not suffice."""
        num_triggers = len(triggers[0])
        if self.runner.on_gpu or num_triggers == 1 or num_triggers * num_words <= _TRIGGER_WORDS:
            try:
                return self.backend.score_arguments(words, *triggers)
            except MemoryError:
                if num_triggers == 1:
                    raise
        middle = num_triggers // 2
        halves = [
            self._score(words, num_words, *(array[part] for array in triggers))
            for part in (slice(middle), slice(middle, None))
        ]
        roles, realis = zip(*halves, strict=True)
        return np.concatenate(roles), np.concatenate(realis)

    def _decode_types(self, scores: np.ndarray, types: list[dict[str, float]], events: list[list[Event]]) -> None:
        """Add an event a type, for a model that was trained on sentence types only; scores [S, E]."""
        for sentence, type_id in zip(*np.nonzero(scores >= self.thresholds.types), strict=True):
            name, score = self.ontology.types[type_id].name, float(scores[sentence, type_id])
            types[sentence][name] = score
            events[sentence].append(Event(type=name, score=score))


def owned_words(encodings: Sequence[Encoding], num_words: int) -> np.ndarray:
    """Return which words' triggers belong to each window [B, W] bool."""
    bounds = np.array([item.owned for item in encodings]).reshape(-1, 2)
    index = np.arange(num_words)
    return (index >= bounds[:, :1]) & (index < bounds[:, 1:])


def make_thresholds(config: Any, ontology: Ontology) -> Thresholds:
    """Read the thresholds of `RasdSettings`."""
    types = [config.type_thresholds.get(event_type.name, config.threshold) for event_type in ontology.types]
    return Thresholds(np.array(types), config.trigger_threshold, config.argument_threshold)


def _text_order(event: Event) -> tuple[int, int]:
    return (0, 0) if event.trigger is None else (event.trigger.start, event.trigger.end)
