"""Leaving out what a model is less sure of: the one meaning that `min_score` has wherever it can be given.

It goes by the scores that are reported, as they stand in the output, so that predicting with it and leaving out of a
file of predictions give the same.
"""

from __future__ import annotations

import math
from dataclasses import replace
from numbers import Real

from rasd.events import Document, Event, Sentence


def check_min_score(min_score: float) -> None:
    """Check a `min_score` before work is put into it.

    Raises:
        TypeError: If it is no number.
        ValueError: If it does not lie between 0 and 1.
    """
    if isinstance(min_score, bool) or not isinstance(min_score, Real):
        raise TypeError(f"min_score must be a number from 0 to 1, got {min_score!r}")
    if not (math.isfinite(min_score) and 0 <= min_score <= 1):
        raise ValueError(f"min_score must be a number from 0 to 1, got {min_score}")


def select_document(document: Document, min_score: float) -> Document:
    """Return a document with the events and arguments that `select_sentence` keeps."""
    if min_score <= 0:
        return document
    return replace(document, sentences=tuple(select_sentence(sentence, min_score) for sentence in document.sentences))


def select_sentence(sentence: Sentence, min_score: float) -> Sentence:
    """Return a sentence with the events and arguments whose score reaches `min_score`.

    An event below it goes with its arguments, and a type with its last event. What has no score, as in gold data,
    stays.

    Example:
        >>> events = (Event(type="Civic.Protest", score=0.9), Event(type="Harm.Injury", score=0.4))
        >>> types = {"Civic.Protest": 0.95, "Harm.Injury": 0.6}
        >>> select_sentence(Sentence(text="تظاهر العشرات.", events=events, types=types), 0.5).types
        {'Civic.Protest': 0.95}
    """
    if min_score <= 0 or sentence.events is None:
        return sentence
    kept = tuple(_select_arguments(event, min_score) for event in sentence.events if _reaches(event.score, min_score))
    gone = {event.type for event in sentence.events} - {event.type for event in kept}
    types = {name: score for name, score in sentence.types.items() if name not in gone}
    return replace(sentence, events=kept, types=types)


def _select_arguments(event: Event, min_score: float) -> Event:
    if event.arguments is None:
        return event
    return replace(event, arguments=tuple(item for item in event.arguments if _reaches(item.score, min_score)))


def _reaches(score: float | None, min_score: float) -> bool:
    return score is None or score >= min_score
