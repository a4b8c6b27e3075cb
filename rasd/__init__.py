"""Event extraction from Arabic news: who did what to whom, where, when, with what, how many, said by whom.

    import rasd
    extractor = rasd.load("DIR_OR_HUB_ID")
    documents = extractor.predict(["..."])

Names are loaded on first use, so that `import rasd` brings neither torch nor transformers.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_HOMES = {
    "Argument": "rasd.events",
    "Document": "rasd.events",
    "Event": "rasd.events",
    "Sentence": "rasd.events",
    "Span": "rasd.events",
    "RasdError": "rasd.errors",
    "EventType": "rasd.ontology",
    "Ontology": "rasd.ontology",
    "EventExtractor": "rasd.inference.extractor",
    "load": "rasd.inference.extractor",
}
__all__ = [
    "__version__",
    "Argument",
    "Document",
    "Event",
    "EventExtractor",
    "EventType",
    "Ontology",
    "RasdError",
    "Sentence",
    "Span",
    "load",
]

if TYPE_CHECKING:
    from rasd.errors import RasdError
    from rasd.events import Argument, Document, Event, Sentence, Span
    from rasd.inference.extractor import EventExtractor, load
    from rasd.ontology import EventType, Ontology


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'rasd' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
