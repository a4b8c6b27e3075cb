"""Random gold and predicted events for `scorer_parity.py`, with all that a scorer may trip over.

Spans overlap, lie inside each other and begin or end inside a word; one span is the trigger of events of several types
and an argument as well; arguments are shared by events, with one role or with several; events stand twice in a
sentence; sentences have no events. What is predicted is gold with errors, and more.
"""

from __future__ import annotations

import random
from dataclasses import replace

from rasd.events import Argument, Event, Sentence, Span

TEXT = "قصفت المدفعية للسوق وبالقرب من الجسر، واعتقلت الشرطة 12 متظاهرا 🔥 ثم أُغلِقت طرقٌ (عدة) في المدينة ..."
WORDS = TEXT.split()
TYPES = ("Attack.Shelling", "Coerce.Arrest", "Civic.Protest", "Harm.Death")
ROLES = ("Agent", "Target", "Place")


def make_corpus(rng: random.Random, num_sentences: int) -> tuple[list[Sentence], list[Sentence]]:
    """Return gold sentences and the same ones with predicted events."""
    pairs = [make_pair(rng, f"s{i}") for i in range(num_sentences)]
    return [gold for gold, _ in pairs], [predicted for _, predicted in pairs]


def make_pair(rng: random.Random, name: str) -> tuple[Sentence, Sentence]:
    """Return a sentence with gold events and with predicted ones, both over the same few spans."""
    text = " ".join(rng.choices(WORDS, k=rng.randint(1, 14)))
    spans = [make_span(rng, text) for _ in range(rng.randint(1, 6))]
    gold = [make_event(rng, spans) for _ in range(rng.choice((0, 0, 1, 2, 3, 5)))]
    gold += rng.sample(gold, rng.randint(0, len(gold)) // 2)
    predicted = [spoil(rng, event, spans) for event in gold if rng.random() < 0.8]
    predicted += [make_event(rng, spans) for _ in range(rng.choice((0, 0, 1, 3)))]
    predicted += rng.sample(predicted, rng.randint(0, len(predicted)) // 2)
    rng.shuffle(predicted)
    sides = gold, predicted
    return tuple(Sentence(text=text, id=name, events=tuple(events)) for events in sides)  # type: ignore[return-value]


def make_span(rng: random.Random, text: str) -> Span:
    """Return a span that begins and ends with a word, or now and then inside one."""
    starts = [i for i, char in enumerate(text) if char != " " and (i == 0 or text[i - 1] == " " or rng.random() < 0.1)]
    start = rng.choice(starts)
    ends = [i for i in range(start + 1, len(text) + 1) if text[i - 1] != " "]
    whole = [i for i in ends if i == len(text) or text[i] == " "]
    end = rng.choice(ends if rng.random() < 0.2 else whole[:3])
    return Span(start=start, end=end, text=text[start:end])


def make_event(rng: random.Random, spans: list[Span]) -> Event:
    """Return an event over some of the spans."""
    arguments = tuple(make_argument(rng, spans) for _ in range(rng.choice((0, 1, 2, 4))))
    return Event(type=rng.choice(TYPES), trigger=rng.choice(spans), arguments=arguments)


def make_argument(rng: random.Random, spans: list[Span]) -> Argument:
    """Return one of the spans in a role."""
    span = rng.choice(spans)
    return Argument(start=span.start, end=span.end, text=span.text, role=rng.choice(ROLES))


def spoil(rng: random.Random, event: Event, spans: list[Span]) -> Event:
    """Return an event with, perhaps, another type or trigger, fewer arguments, or an argument more."""
    if rng.random() < 0.2:
        event = replace(event, type=rng.choice(TYPES))
    if rng.random() < 0.2:
        event = replace(event, trigger=rng.choice(spans))
    kept = tuple(item for item in event.arguments or () if rng.random() < 0.8)
    return replace(event, arguments=(*kept, make_argument(rng, spans)) if rng.random() < 0.3 else kept)
