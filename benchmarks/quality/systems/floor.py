"""The floor: TF-IDF and a linear model for types, a CRF over words for triggers, no arguments."""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import make_pipeline, make_union
from sklearn_crfsuite import CRF
from words import words_of

OUTSIDE = "O"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--train", required=True, type=Path)
    parser.add_argument("--dev", required=True, type=Path)
    parser.add_argument("--predict", required=True, nargs="+", metavar="IN=OUT")
    parser.add_argument("--ontology", required=True, type=Path)
    parser.add_argument("--seed", type=int, default=13)
    options, _ = parser.parse_known_args()
    kinds = list(json.loads(options.ontology.read_text(encoding="utf-8")))
    train, dev = read(options.train), read(options.dev)
    words = TfidfVectorizer(token_pattern=r"\w+", ngram_range=(1, 2), min_df=2, sublinear_tf=True)
    letters = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), min_df=3, sublinear_tf=True)
    linear = OneVsRestClassifier(LogisticRegression(C=30, class_weight="balanced", random_state=options.seed))
    typer = make_pipeline(make_union(words, letters), linear)
    typer.fit([item["text"] for item in train], present(train, kinds))
    threshold = choose(typer.predict_proba([item["text"] for item in dev]), present(dev, kinds))
    tagger = CRF(algorithm="lbfgs", c1=0.05, c2=0.01, max_iterations=150)
    tagger.fit([features(item["text"]) for item in train], [tags(item) for item in train])
    for pair in options.predict:
        source, target = (Path(part) for part in pair.split("="))
        sentences = read(source)
        said = typer.predict_proba([item["text"] for item in sentences]) >= threshold
        found = tagger.predict([features(item["text"]) for item in sentences])
        lines = [
            build(item, {kind for kind, yes in zip(kinds, row, strict=True) if yes}, own)
            for item, row, own in zip(sentences, said, found, strict=True)
        ]
        target.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")


def read(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]


def present(sentences: list[dict], kinds: list[str]) -> np.ndarray:
    """Return which types each sentence has [sentences, types]."""
    return np.array([[any(e["type"] == kind for e in item["events"]) for kind in kinds] for item in sentences], int)


def choose(scores: np.ndarray, right: np.ndarray) -> float:
    """Return the threshold with the best micro-F1 on dev."""
    cuts = np.arange(0.1, 0.9, 0.02)
    return max(cuts, key=lambda cut: 2 * ((scores >= cut) & (right > 0)).sum() / ((scores >= cut).sum() + right.sum()))


def features(text: str) -> list[dict[str, object]]:
    """Return features of each word: its form, ends, and neighbours."""
    forms = [text[start:end] for start, end in words_of(text)]
    padded = ["<s>", "<s>", *forms, "</s>", "</s>"]
    return [
        {"bias": 1.0, "form": form, "stem": form.lstrip("وفبلكس"), "shape": re.sub(r"\d", "0", form)[:1]}
        | {f"head{n}": form[:n] for n in (2, 3, 4)}
        | {f"tail{n}": form[-n:] for n in (2, 3, 4)}
        | {f"at{d}": padded[i + 2 + d] for d in (-2, -1, 1, 2)}
        | {"pair": f"{padded[i + 1]} {form}", "next": f"{form} {padded[i + 3]}"}
        for i, form in enumerate(forms)
    ]


def tags(sentence: dict) -> list[str]:
    """Return the trigger tag of each word; of two types on one word the first counts."""
    found = []
    for start, end in words_of(sentence["text"]):
        own = [event for event in sentence["events"] if event["start"] < end and event["end"] > start]
        mark = "I" if any(event["start"] < start for event in own) else "B"
        found.append(f"{mark}-{own[0]['type']}" if own else OUTSIDE)
    return found


def build(sentence: dict, kinds: set[str], found: list[str]) -> dict:
    """Return the triggers that the CRF finds of types that the linear model gives."""
    events: list[dict] = []
    before = OUTSIDE
    for (start, end), tag in zip(words_of(sentence["text"]), found, strict=True):
        if tag[0] == "I" and before[2:] == tag[2:] and events:
            events[-1]["end"] = end
        elif tag != OUTSIDE:
            events.append({"type": tag[2:], "start": start, "end": end})
        before = tag
    events = [
        {**event, "trigger": sentence["text"][event["start"] : event["end"]], "realis": "Actual", "arguments": []}
        for event in events
        if event["type"] in kinds
    ]
    return {"id": sentence["id"], "text": sentence["text"], "events": events}


if __name__ == "__main__":
    main()
