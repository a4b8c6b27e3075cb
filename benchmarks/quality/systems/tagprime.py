"""After TagPrime (Hsu et al., ACL 2023): a trigger tagger, then for each trigger the sentence is encoded again with the
trigger and its type's name behind it, and tagged with roles.

The prefix is the trigger's words and the parts of the type's name. Gold triggers train the second model, found ones are
used.
"""

from __future__ import annotations

import json

from fitting import arguments, read, write
from tagging import WordTagger, train_tagger


def main() -> None:
    options = arguments(__doc__)
    roles = json.loads(options.ontology.read_text(encoding="utf-8"))
    train, dev = read(options.train), read(options.dev)
    finder = WordTagger(options.encoder, list(roles))
    items = [finder.label(finder.encode(item["text"]), triggers_of(item)) for item in train]
    dev_items = [finder.encode(item["text"]) for item in dev]
    train_tagger(finder, items, dev_items, [triggers_of(item) for item in dev], options, "triggers")
    names = sorted({role for own in roles.values() for role in own})
    tagger = WordTagger(options.encoder, names)
    items = [
        tagger.label(primed(tagger, item["text"], event), arguments_of(event))
        for item in train
        for event in item["events"]
    ]
    pairs = [(item, event) for item in dev for event in item["events"]]
    dev_items = [primed(tagger, item["text"], event) for item, event in pairs]
    train_tagger(tagger, items, dev_items, [arguments_of(event) for _, event in pairs], options, "arguments")
    for source, target in options.predict:
        sentences = read(source)
        found = finder.predict([finder.encode(item["text"]) for item in sentences])
        write(target, predict(tagger, roles, sentences, found))


def predict(tagger: WordTagger, roles: dict[str, list[str]], sentences: list[dict], found: list) -> list[dict]:
    """Tag the roles of all found triggers."""
    events = [
        [
            {"type": kind, "trigger": item["text"][start:end], "start": start, "end": end, "realis": "Actual"}
            for start, end, kind in spans
        ]
        for item, spans in zip(sentences, found, strict=True)
    ]
    flat = [(item["text"], event) for item, own in zip(sentences, events, strict=True) for event in own]
    for (text, event), spans in zip(flat, tagger.predict([primed(tagger, *pair) for pair in flat]), strict=True):
        event["arguments"] = [
            {"role": role, "text": text[start:end], "start": start, "end": end}
            for start, end, role in spans
            if role in roles[event["type"]]
        ]
    return [{"id": i["id"], "text": i["text"], "events": own} for i, own in zip(sentences, events, strict=True)]


def primed(tagger: WordTagger, text: str, event: dict) -> dict:
    """Encode a sentence with its trigger and type behind it."""
    words = [event["trigger"], tagger.tokenizer.sep_token, *event["type"].split(".")]
    return tagger.encode(text, words)


def triggers_of(sentence: dict) -> list[tuple[int, int, str]]:
    return [(event["start"], event["end"], event["type"]) for event in sentence["events"]]


def arguments_of(event: dict) -> list[tuple[int, int, str]]:
    return [(item["start"], item["end"], item["role"]) for item in event["arguments"]]


if __name__ == "__main__":
    main()
