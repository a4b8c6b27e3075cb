"""The project's own corpus: valid, by the guidelines' span rules, in its closed lists, and as rasd writes it.

What it is held to as a whole, scripts/corpus_report.py checks in a step of its own.
"""

from __future__ import annotations

import json
from pathlib import Path

import _meta
import pytest
from _corpus import SPLITS

from rasd.formats.jsonl import format_sentence, read_sentences
from rasd.formats.spans import check_spans
from rasd.ontology import Ontology

FOLDER = Path(__file__).resolve().parents[1] / "data" / "conflict"
ONTOLOGY = Ontology.load("conflict")


@pytest.fixture(scope="module")
def corpus():
    return {name: read_sentences(FOLDER / f"{name}.jsonl", ONTOLOGY) for name in SPLITS}


@pytest.mark.parametrize("split", SPLITS)
def test_every_sentence_keeps_the_span_rules(corpus, split):
    faults = [f"{sentence.id}: {fault}" for sentence in corpus[split] for fault in check_spans(sentence)]
    assert not faults, faults[:5]


@pytest.mark.parametrize("split", SPLITS)
def test_every_layer_is_annotated_and_every_sentence_says_where_it_belongs(corpus, split):
    faults = [f"{sentence.id}: {fault}" for sentence in corpus[split] for fault in _meta.meta_faults(sentence)]
    assert not faults, faults[:5]
    for sentence in corpus[split]:
        assert sentence.id and sentence.events is not None
        assert all(event.trigger and event.realis and event.arguments is not None for event in sentence.events)


def test_no_sentence_or_id_stands_twice(corpus):
    sentences = [sentence for split in SPLITS for sentence in corpus[split]]
    assert (
        len({sentence.text for sentence in sentences}) == len({sentence.id for sentence in sentences}) == len(sentences)
    )


def test_lines_are_in_the_form_that_rasd_writes(corpus):
    for split in SPLITS:
        lines = (FOLDER / f"{split}.jsonl").read_text(encoding="utf-8").splitlines()
        for line, sentence in zip(lines, corpus[split], strict=True):
            assert json.loads(line) == format_sentence(sentence)


def test_closed_lists_have_a_theme_for_every_event_type_and_no_word_twice():
    lists = _meta.load_lists()
    assert set(lists["theme_of_type"]) == set(ONTOLOGY.type_ids)
    for words in (lists["manners"], lists["regions"], [*lists["theme_of_type"].values(), *lists["topics"]]):
        assert len(set(words)) == len(words)
