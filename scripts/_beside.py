"""The corpus beside real news: figures of both, their forms, and how much of the real words the corpus knows."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from _corpus import events_of, facts_of, lengths_of, roles_of, table
from _likeness import words_of

from rasd.errors import MissingExtraError
from rasd.events import Sentence
from rasd.ontology import Ontology

_LEVANTINE = "كانون الأول|كانون الثاني|شباط|آذار|نيسان|أيار|حزيران|تموز|آب|أيلول|تشرين الأول|تشرين الثاني"
_GREGORIAN = (
    "يناير|فبراير|مارس|أبريل|إبريل|مايو|يونيو|يوليو|أغسطس|سبتمبر|أكتوبر|نوفمبر|ديسمبر"
    "|جانفي|فيفري|أفريل|جوان|جويلية|أوت"  # Tunisia and Algeria
)
# Muharram, Safar and Rajab are also words or names, so they count after a number or the word for month alone.
_HIJRI = (
    "ربيع الأول|ربيع الآخر|ربيع الثاني|جمادى|شعبان|رمضان|شوال|ذ[يو] القعدة|ذ[يو] الحجة"
    "|(?:شهر|[0-9٠-٩]+|من) (?:محرم|صفر|رجب)"
)
FORMS = {
    "short vowels or shadda": "[\u064e-\u0651]",
    "tanwin": "[\u064b-\u064d]",
    "Arabic-Indic digits": "[٠-٩]",
    "Western digits": "[0-9]",
    "quotation marks": '[«»"“”]',
    "hashtags": r"#\w",
    "brackets": r"[()\[\]]",
    "Levantine months": rf"\b[وفبل]?(?:{_LEVANTINE})\b",
    "Gregorian months": rf"\b[وفبل]?(?:{_GREGORIAN})\b",
    "Hijri months": rf"\b[وفبل]?(?:{_HIJRI})\b",
}
"""What a sentence may have -> the pattern that finds it."""


def beside(sentences: Sequence[Sentence], others: Sequence[Sentence], ontology: Ontology) -> str:
    """Return the figures of the corpus and of real news, and how much of the real words the corpus knows."""
    facts, real = (
        {**facts_of(part), **spread_of(part), **roles_an_event(part, ontology), **forms_of(part)}
        for part in (sentences, others)
    )
    rows = [[key, facts[key], real[key]] for key in facts]
    for what, listed in (("words", words_in), ("triggers of a type", triggers_in)):
        known, running = set(listed(sentences)), listed(others)
        share = sum(item in known for item in running) / max(1, len(running))
        rows.append([f"real {what} that the corpus has", "", f"{share:.0%}"])
    return table(["", "corpus", "real news"], rows)


def spread_of(sentences: Sequence[Sentence]) -> dict[str, str]:
    """Return figures of long sentences, of different words, and of how arguments lie about their triggers."""
    distances, num_shared, num_fillers, before, definite = [], 0, 0, [], []
    for sentence in sentences:
        starts = np.array([match.start() for match in re.finditer(r"\S+", sentence.text)])
        fillers = Counter((a.role, a.start, a.end) for event in sentence.events or () for a in event.arguments or ())
        num_shared += sum(count > 1 for count in fillers.values())
        num_fillers += len(fillers)
        for event in sentence.events or ():
            place = np.searchsorted(starts, event.trigger.start, "right")
            distances += [abs(np.searchsorted(starts, a.start, "right") - place) for a in event.arguments or ()]
            before += [a.start < event.trigger.start for a in event.arguments or ()]
            definite.append(event.trigger.text.startswith("ال"))
    return {
        "sentences over 35 words": f"{np.mean([length > 35 for length in lengths_of(sentences)]):.0%}",
        "distinct among the first 3,500 words": str(len(set(words_in(sentences)[:3500]))),
        "words from trigger to argument": f"{np.mean(distances):.1f}" if distances else "-",
        "arguments before their trigger": f"{np.mean(before):.0%}" if before else "-",
        "triggers that begin with ال": f"{np.mean(definite):.0%}" if definite else "-",
        "fillers that several events share": f"{num_shared / max(1, num_fillers):.0%}",
    }


def roles_an_event(sentences: Sequence[Sentence], ontology: Ontology) -> dict[str, str]:
    """Return how many arguments of each role an event has."""
    roles, num_events = roles_of(sentences), len(events_of(sentences))
    return {f"{role} an event": f"{roles[role] / num_events:.2f}" for role in ontology.role_ids}


def forms_of(sentences: Sequence[Sentence]) -> dict[str, str]:
    """Return the share of sentences with each form of writing."""
    return {
        f"sentences with {name}": f"{sum(bool(re.search(form, item.text)) for item in sentences) / len(sentences):.1%}"
        for name, form in FORMS.items()
    }


def words_in(sentences: Sequence[Sentence]) -> list[str]:
    """Return the running words of sentences."""
    return [word for sentence in sentences for word in words_of(sentence.text)]


def triggers_in(sentences: Sequence[Sentence]) -> list[tuple[str, ...]]:
    """Return the event type and trigger words of every event."""
    return [(event.type, *words_of(event.trigger.text)) for event in events_of(sentences)]


def shares_in(values: Sequence[int], bins: Sequence[int]) -> np.ndarray:
    """Return the share of the values in each bin [N] between N + 1 edges; what lies beyond the last is in the last."""
    counts, _ = np.histogram(np.clip(values, bins[0], bins[-1] - 1), bins)
    return counts / len(values)


def draw_beside(sentences: Sequence[Sentence], others: Sequence[Sentence], path: Path) -> None:
    """Draw sentence lengths, events a sentence and arguments an event of both, as shares, to a PNG file.

    Raises:
        MissingExtraError: If matplotlib is not installed.
    """
    try:
        import matplotlib
    except ImportError as err:
        raise MissingExtraError("--picture needs matplotlib: pip install matplotlib") from err
    matplotlib.use("Agg")
    from matplotlib import pyplot

    measures = {
        "words a sentence": (lengths_of, range(0, 70, 5)),
        "events a sentence": (lambda part: [len(item.events or ()) for item in part], range(10)),
        "arguments an event": (lambda part: [len(event.arguments or ()) for event in events_of(part)], range(10)),
    }
    figure, axes = pyplot.subplots(1, len(measures), figsize=(12, 3.2), constrained_layout=True)
    for axis, (title, (measure, bins)) in zip(axes, measures.items(), strict=True):
        places = np.arange(len(bins) - 1)
        axis.bar(places - 0.2, shares_in(measure(sentences), bins), 0.4, label="corpus", color="#3b7a57")
        axis.bar(places + 0.2, shares_in(measure(others), bins), 0.4, label="real news", color="#c98b2b")
        last = len(bins) - 2
        axis.set_xticks(
            places, [f"{edge}+" if i == last else str(edge) for i, edge in enumerate(bins[:-1])], fontsize=8
        )
        axis.set_title(title)
        axis.spines[["top", "right"]].set_visible(False)
    axes[0].set_ylabel("share")
    axes[0].legend(frameon=False)
    figure.savefig(path, dpi=110, format="png")
    pyplot.close(figure)
