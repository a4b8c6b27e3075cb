"""Gold events to arrays and, through decoding, back."""

from __future__ import annotations

import numpy as np
import pytest
from test_encoding import make_encoder, tokenizer_file  # noqa: F401

from rasd.decoding import Thresholds, choose_cuts, decode_events, find_triggers
from rasd.formats.jsonl import parse_sentence
from rasd.formats.spans import resolve_line
from rasd.labels import LostGold, add_labels
from rasd.ontology import Ontology

ONTOLOGY = Ontology.load("conflict")


def gold(text, *events):
    return parse_sentence(resolve_line({"text": text, "events": list(events)}), ONTOLOGY)


def event(kind, trigger, realis="Actual", /, **roles):
    arguments = [{"role": role, "text": words} for role, fill in roles.items() for words in fill]
    return {"type": kind, "trigger": trigger, "realis": realis, "arguments": arguments}


SENTENCES = [
    gold(
        "وقصفت الطائراتُ قرية «الشعفة» وبلدة هجين بالصواريخ، ما أدى إلى مقتل سبعة مدنيين.",
        event(
            "Attack.AirStrike",
            "قصفت",
            Agent=["الطائراتُ"],
            Target=["قرية «الشعفة", "بلدة هجين"],
            Instrument=["الصواريخ"],
        ),
        event("Harm.Death", "مقتل", Target=["سبعة مدنيين"], Count=["سبعة"]),
    ),
    gold(
        "دعا المبعوث إلى وقف إطلاق النار، وللنازحين بالعودة.",
        event("Diplomacy.Demand", "دعا", Agent=["المبعوث"], Target=["لنازحين"], Topic=["وقف إطلاق النار"]),
        event("Diplomacy.Agreement", "وقف إطلاق النار", "Planned"),
    ),
]


def decode_gold(sentence, encodings, labels):
    """Decode scores that say just what the gold arrays say."""
    allowed = np.zeros((len(ONTOLOGY.types), len(ONTOLOGY.roles)), bool)
    for item in ONTOLOGY.types:
        allowed[ONTOLOGY.type_ids[item.name], [ONTOLOGY.role_ids[role] for role in item.roles]] = True
    thresholds = Thresholds(np.full(len(ONTOLOGY.types), 0.5), 0.5, 0.5)
    [encoding], [item] = encodings, labels
    begin_inside = np.stack([item.trigger_labels == 1, item.trigger_labels == 2], -1).astype(float)[None]
    mask = np.ones((1, encoding.num_words), bool)
    triggers = find_triggers(item.typing_labels[None], begin_inside, mask, mask, thresholds)
    order = [
        int(np.flatnonzero((item.trigger_spans[:, 0] == first) & (item.trigger_types == kind))[0])
        for (first, _), kind in zip(triggers.spans, triggers.types, strict=True)
    ]
    arguments = np.eye(3)[item.argument_labels[order]]
    realis = np.eye(len(ONTOLOGY.realis))[item.realis_labels[order]]
    cuts = np.eye(4)[np.where(item.cut_labels >= 0, item.cut_labels, 0)][None] * 9.0
    letters = encoding.letters[None].astype(np.int64)
    return decode_events(
        [(sentence.text, 0)], [encoding], triggers, arguments, realis, choose_cuts(cuts, letters),
        ONTOLOGY, allowed, thresholds,
    )[0]  # fmt: skip


def facts(events):
    return {
        (
            (item.type, item.realis, item.trigger.start, item.trigger.end),
            *sorted((argument.role, argument.start, argument.end) for argument in item.arguments),
        )
        for item in events
    }


@pytest.mark.parametrize("sentence", SENTENCES)
def test_gold_comes_back_exactly_from_its_own_arrays(tokenizer_file, sentence):  # noqa: F811
    encodings = make_encoder(tokenizer_file).encode([sentence.text])[0]
    lost = LostGold()
    decoded = decode_gold(sentence, encodings, add_labels(sentence, encodings, ONTOLOGY, lost))
    assert facts(decoded) == facts(sentence.events)
    assert (lost.lost, lost.spans) == (0, sum(1 + len(item.arguments) for item in sentence.events))
    assert all(sentence.text[a.start : a.end] == a.text for item in decoded for a in item.arguments)


def test_span_inside_a_word_is_counted_as_lost(tokenizer_file):  # noqa: F811
    text = "وقصفت القوات المدينة"
    sentence = parse_sentence(
        {"text": text, "events": [{"type": "Attack.Shelling", "trigger": "صفت", "start": 2, "end": 5}]}
    )
    lost = LostGold()
    add_labels(sentence, make_encoder(tokenizer_file).encode([text])[0], ONTOLOGY, lost)
    assert (lost.lost, lost.spans) == (1, 1)


def test_gold_is_counted_once_however_many_windows_show_it(tokenizer_file):  # noqa: F811
    sentence = SENTENCES[0]
    windows = make_encoder(tokenizer_file, max_length=40).encode([sentence.text])[0]
    lost = LostGold()
    add_labels(sentence, windows, ONTOLOGY, lost)
    assert len(windows) > 1 and lost.spans == sum(1 + len(item.arguments) for item in sentence.events)
    add_labels(sentence, [], ONTOLOGY, lost)
    assert lost.lost >= lost.spans / 2


def test_type_whose_trigger_no_window_shows_is_neither_taught_nor_denied(tokenizer_file):  # noqa: F811
    text = "🔥 في السوق"
    sentence = parse_sentence(
        {"text": text, "events": [{"type": "Attack.Bombing", "trigger": "🔥", "start": 0, "end": 1}]}
    )
    [labels] = add_labels(sentence, make_encoder(tokenizer_file).encode([text])[0], ONTOLOGY)
    bombing = ONTOLOGY.type_ids["Attack.Bombing"]
    assert labels.typing_mask[bombing] == labels.trigger_mask[bombing] == 0 and labels.typing_mask.sum() == 28


def test_layers_that_are_not_annotated_are_masked(tokenizer_file):  # noqa: F811
    text = "قصفت القوات المدينة"
    encoder = make_encoder(tokenizer_file)
    typed = parse_sentence({"text": text, "events": [{"type": "Attack.Shelling"}]})
    [labels] = add_labels(typed, encoder.encode([text])[0], ONTOLOGY)
    shelling = ONTOLOGY.type_ids["Attack.Shelling"]
    assert (
        labels.typing_labels[shelling] == 1 and labels.trigger_mask[shelling] == 0 and labels.trigger_mask.sum() == 28
    )
    assert len(labels.trigger_types) == 0
    triggered = parse_sentence(
        {"text": text, "events": [{"type": "Attack.Shelling", "trigger": "قصفت", "start": 0, "end": 4}]}
    )
    [labels] = add_labels(triggered, encoder.encode([text])[0], ONTOLOGY)
    assert labels.argument_mask.sum() == 0 and labels.realis_labels.tolist() == [-100]
    plain = parse_sentence({"text": text})
    [labels] = add_labels(plain, encoder.encode([text])[0], ONTOLOGY)
    assert labels.typing_mask.sum() == 0 and labels.trigger_mask.sum() == 0
