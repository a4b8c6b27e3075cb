"""An engine without a network, for tests of what happens around one: the first word of a sentence triggers an event."""

from __future__ import annotations

from rasd.encoding import Encoding
from rasd.events import Event, Sentence, Span
from rasd.inference.engine import Piece

# A sentence with this word cannot be encoded.
POISON = "مسموم"


class StubEngine:
    """What `EventExtractor` needs of an engine.

    Attributes:
        encoded: The sentences of each call of `encode`.
    """

    def __init__(self):
        self.encoded: list[list[Sentence]] = []

    def encode(self, sentences):
        self.encoded.append(list(sentences))
        for sentence in sentences:
            if POISON in sentence.text:
                raise RuntimeError("poisoned")
        return [Piece(i, Encoding(None, None, None, None)) for i in range(len(sentences))]

    def run(self, pieces, *, batch_tokens=None):
        size = max(1, (batch_tokens or 4096) // 64)
        for start in range(0, len(pieces), size):
            yield pieces[start : start + size], None

    def decode(self, batches, sentences):
        done = {piece.sentence for pieces, _ in batches for piece in pieces}
        assert done == set(range(len(sentences)))
        return [_predict(sentence) for sentence in sentences]


def _predict(sentence):
    word = sentence.text.split()[0]
    score = round(len(sentence.text) % 100 / 100, 4)
    trigger = Span(start=sentence.start, end=sentence.start + len(word), text=word, score=score)
    event = Event(type="Civic.Protest", trigger=trigger, arguments=(), realis="Actual", score=score)
    return Sentence(text=sentence.text, start=sentence.start, types={event.type: score}, events=(event,))
