"""Figures and checks of the corpus, for corpus_report.py."""

from __future__ import annotations

import json
import lzma
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from rasd.events import Event, Sentence
from rasd.ontology import Ontology

# Least and most that the corpus is held to.
MIN_SENTENCES = {"train": 2400, "dev": 300, "test": 300}
MIN_OF_TYPE = {"all": 120, "dev": 12, "test": 12}
MIN_OF_ROLE = 200
SHARE_WITHOUT_EVENTS = (0.25, 0.30)
MIN_REALIS = {"Planned": 0.12, "Negated": 0.05}
MEAN_WORDS = (24, 30)
MIN_SHARE_OF_SEVERAL = 0.60
EVENTS_A_SENTENCE = (2.1, 2.5)
MIN_DIFFERENT = {"manner": 10, "region": 17}
MIN_ARGUMENTS_AN_EVENT = 2.7
MAX_LIKENESS = 0.6
RUN = 8


def summary(splits: dict[str, list[Sentence]]) -> str:
    """Return sentences, events, arguments, lengths and realis of each part as a table."""
    facts = {name: facts_of(sentences) for name, sentences in splits.items()}
    rows = [[key, *(facts[name][key] for name in splits)] for key in facts["train"]]
    return table(["", *splits], rows)


def facts_of(sentences: Sequence[Sentence]) -> dict[str, str]:
    """Return the figures of one part."""
    with_events = [sentence for sentence in sentences if sentence.events]
    events = events_of(sentences)
    num_arguments = sum(len(event.arguments) for event in events)
    words = [len(sentence.text.split()) for sentence in sentences]
    realis = Counter(event.realis for event in events)
    return {
        "sentences": str(len(sentences)),
        "without events": f"{1 - len(with_events) / len(sentences):.0%}",
        "words a sentence": f"{np.mean(words):.1f} ({min(words)}-{max(words)})",
        "events": str(len(events)),
        "events a sentence with events": f"{len(events) / len(with_events):.2f}",
        "sentences with several events, of those with any": f"{share_of_several(sentences):.0%}",
        "arguments": str(num_arguments),
        "arguments an event": f"{num_arguments / len(events):.2f}",
        **{name: f"{realis[name] / len(events):.1%}" for name in ("Actual", "Planned", "Negated")},
    }


def by_label(splits: dict[str, list[Sentence]], ontology: Ontology) -> str:
    """Return the events of each type and the arguments of each role in each part as a table."""
    types = {name: Counter(event.type for event in events_of(part)) for name, part in splits.items()}
    roles = {
        name: Counter(a.role for event in events_of(part) for a in event.arguments) for name, part in splits.items()
    }
    rows = [[label, *(str(types[name][label]) for name in splits)] for label in ontology.type_ids]
    rows += [[label, *(str(roles[name][label]) for name in splits)] for label in ontology.role_ids]
    return table(["type or role", *splits], rows)


def by_meta(splits: dict[str, list[Sentence]]) -> str:
    """Return the manners and the commonest regions as a table."""
    sentences = [sentence for part in splits.values() for sentence in part]
    rows = []
    for key, shown in (("manner", 20), ("region", 25)):
        counts = Counter(sentence.extra["meta"][key].replace("_", " ") for sentence in sentences)
        listed = ", ".join(f"{name} {count}" for name, count in counts.most_common(shown))
        rest = f", {len(counts) - shown} more" if len(counts) > shown else ""
        rows.append([key, listed + rest])
    return table(["", "sentences"], rows)


def missed_requirements(splits: dict[str, list[Sentence]], ontology: Ontology) -> list[str]:
    """Return what the corpus is held to and does not reach."""
    everything = [sentence for part in splits.values() for sentence in part]
    events = events_of(everything)
    checks: list[tuple[str, float, tuple[float, float]]] = []
    for name, least in MIN_SENTENCES.items():
        checks.append((f"sentences of {name}", len(splits[name]), (least, np.inf)))
    for name, least in MIN_OF_TYPE.items():
        counts = Counter(event.type for event in (events if name == "all" else events_of(splits[name])))
        checks += [(f"{label} in {name}", counts[label], (least, np.inf)) for label in ontology.type_ids]
    roles = Counter(argument.role for event in events for argument in event.arguments)
    checks += [(label, roles[label], (MIN_OF_ROLE, np.inf)) for label in ontology.role_ids]
    realis = Counter(event.realis for event in events)
    checks += [(f"share of {name}", realis[name] / len(events), (least, 1)) for name, least in MIN_REALIS.items()]
    num_with = sum(bool(sentence.events) for sentence in everything)
    checks.append(("share without events", 1 - num_with / len(everything), SHARE_WITHOUT_EVENTS))
    checks.append(("mean words", float(np.mean([len(item.text.split()) for item in everything])), MEAN_WORDS))
    checks.append(("share with several events", share_of_several(everything), (MIN_SHARE_OF_SEVERAL, 1)))
    checks.append(("events a sentence with events", len(events) / num_with, EVENTS_A_SENTENCE))
    for key, least in MIN_DIFFERENT.items():
        checks.append((f"{key}s", len({item.extra["meta"][key] for item in everything}), (least, np.inf)))
    num_arguments = sum(len(event.arguments) for event in events)
    checks.append(("arguments an event", num_arguments / len(events), (MIN_ARGUMENTS_AN_EVENT, np.inf)))
    return [
        f"{what}: {got:.4g}, expected {low:.4g} to {high:.4g}"
        for what, got, (low, high) in checks
        if not low <= got <= high
    ]


def near_duplicates(sentences: Sequence[Sentence]) -> Iterator[tuple[str, str, float]]:
    """Yield pairs of ids whose sets of character 5-grams have a Jaccard likeness of 0.6 or more.

    A matrix of hashed 5-grams finds candidates, as collisions only add likeness; the sets themselves decide.
    """
    grams = [{key[i : i + 5] for i in range(len(key) - 4)} for key in (" ".join(words_of(s.text)) for s in sentences)]
    present = np.zeros((len(sentences), 1 << 15), np.float32)
    for row, own in enumerate(grams):
        present[row, [hash(gram) & 0x7FFF for gram in own]] = 1
    sizes = present.sum(1)
    for start in range(0, len(sentences), 512):
        common = present[start : start + 512] @ present.T
        likeness = common / (sizes[start : start + 512, None] + sizes - common).clip(1)
        for a, b in zip(*np.nonzero(likeness >= MAX_LIKENESS * 0.9), strict=True):
            one, other = grams[start + a], grams[b]
            share = len(one & other) / max(1, len(one | other))
            if start + a < b and share >= MAX_LIKENESS:
                yield sentences[start + a].id, sentences[b].id, share


def shared_runs(sentences: Sequence[Sentence], paths: Sequence[Path]) -> list[Sentence]:
    """Return the sentences that share a run of eight words with a text; marks and punctuation do not count."""
    own: dict[tuple[str, ...], Sentence] = {}
    for sentence in sentences:
        words = words_of(sentence.text)
        own.update((tuple(words[i : i + RUN]), sentence) for i in range(len(words) - RUN + 1))
    found: dict[str | None, Sentence] = {}
    for path in paths:
        with lzma.open(path, "rt", encoding="utf-8") if path.suffix == ".xz" else open(path, encoding="utf-8") as file:
            for line in file:
                text = json.loads(line)["text"] if ".jsonl" in path.name else line
                words = words_of(text)
                runs = (tuple(words[i : i + RUN]) for i in range(len(words) - RUN + 1))
                found.update((own[run].id, own[run]) for run in runs if run in own)
    return list(found.values())


def beside(sentences: Sequence[Sentence], others: Sequence[Sentence]) -> str:
    """Return the figures of the corpus and of real news, and how much of the real words the corpus knows."""
    facts, real = ({**facts_of(part), **form_of(part)} for part in (sentences, others))
    rows = [[key, facts[key], real[key]] for key in facts]
    for what, listed in (("words", words_in), ("triggers of a type", triggers_in)):
        known, running = set(listed(sentences)), listed(others)
        rows.append([f"real {what} that the corpus has", "", f"{np.mean([item in known for item in running]):.0%}"])
    return table(["", "corpus", "real news"], rows)


def form_of(sentences: Sequence[Sentence]) -> dict[str, str]:
    """Return figures of how a part is written and how far its arguments stand from their triggers."""
    distances, num_shared, num_fillers = [], 0, 0
    for sentence in sentences:
        starts = np.array([match.start() for match in re.finditer(r"\S+", sentence.text)])
        index = {event: np.searchsorted(starts, event.trigger.start, "right") for event in sentence.events}
        fillers = Counter((a.role, a.start, a.end) for event in sentence.events for a in event.arguments)
        num_shared += sum(count > 1 for count in fillers.values())
        num_fillers += len(fillers)
        distances += [
            abs(np.searchsorted(starts, argument.start, "right") - place)
            for event, place in index.items()
            for argument in event.arguments
        ]
    running = words_in(sentences)
    return {
        "sentences over 35 words": f"{np.mean([len(item.text.split()) > 35 for item in sentences]):.0%}",
        "distinct among the first 3,500 words": str(len(set(running[:3500]))),
        "words from trigger to argument": f"{np.mean(distances):.1f}",
        "fillers that several events share": f"{num_shared / num_fillers:.0%}",
    }


def words_in(sentences: Sequence[Sentence]) -> list[str]:
    """Return the running words of sentences."""
    return [word for sentence in sentences for word in words_of(sentence.text)]


def triggers_in(sentences: Sequence[Sentence]) -> list[tuple[str, ...]]:
    """Return the event type and trigger words of every event."""
    return [(event.type, *words_of(event.trigger.text)) for event in events_of(sentences)]


def draw_beside(sentences: Sequence[Sentence], others: Sequence[Sentence], path: Path) -> None:
    """Draw sentence lengths, events a sentence and arguments an event of both, as shares."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(1, 3, figsize=(12, 3.2), constrained_layout=True)
    measures = {
        "words a sentence": lambda part: [len(sentence.text.split()) for sentence in part],
        "events a sentence": lambda part: [len(sentence.events) for sentence in part],
        "arguments an event": lambda part: [len(event.arguments) for event in events_of(part)],
    }
    for axis, (title, measure) in zip(axes, measures.items(), strict=True):
        both = [measure(sentences), measure(others)]
        bins = np.arange(0, 66, 5) if title.startswith("words") else np.arange(-0.5, 9.5)
        weights = [np.full(len(values), 1 / len(values)) for values in both]
        axis.hist(both, bins=bins, weights=weights, label=["corpus", "real news"], color=["#3b7a57", "#c98b2b"])
        axis.set_title(title)
        axis.spines[["top", "right"]].set_visible(False)
    axes[0].set_ylabel("share")
    axes[0].legend(frameon=False)
    figure.savefig(path, dpi=110)


def words_of(text: str) -> list[str]:
    """Return the words of a text without marks and tatweel."""
    bare = "".join(ch for ch in text if ch != "\u0640" and unicodedata.category(ch) != "Mn")
    return re.findall(r"\w+", bare)


def events_of(sentences: Sequence[Sentence]) -> list[Event]:
    """Return all events."""
    return [event for sentence in sentences for event in sentence.events]


def share_of_several(sentences: Sequence[Sentence]) -> float:
    """Return the share of sentences with two events or more among those with any."""
    counts = [len(sentence.events) for sentence in sentences if sentence.events]
    return float(np.mean([count > 1 for count in counts]))


def table(head: list[str], rows: list[list[str]]) -> str:
    """Return a Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
