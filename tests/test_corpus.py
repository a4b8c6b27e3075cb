"""The project's own corpus: valid, by the guidelines' span rules, without doubles, and as its datasheet says."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from rasd.formats.jsonl import read_sentences
from rasd.formats.spans import check_spans
from rasd.ontology import Ontology

ROOT = Path(__file__).resolve().parents[1]
SPLITS = ("train", "dev", "test")
ONTOLOGY = Ontology.load("conflict")


@pytest.fixture(scope="module")
def corpus():
    return {name: read_sentences(ROOT / f"data/conflict/{name}.jsonl", ONTOLOGY) for name in SPLITS}


@pytest.mark.parametrize("split", SPLITS)
def test_every_sentence_keeps_the_span_rules(corpus, split):
    faults = [f"{sentence.id}: {fault}" for sentence in corpus[split] for fault in check_spans(sentence)]
    assert not faults, faults[:5]


@pytest.mark.parametrize("split", SPLITS)
def test_every_layer_is_annotated_and_every_sentence_says_where_it_belongs(corpus, split):
    for sentence in corpus[split]:
        assert sentence.id and set(sentence.extra["meta"]) == {"theme", "region", "manner", "batch"}
        assert all(event.trigger and event.realis and event.arguments is not None for event in sentence.events)


def test_no_sentence_or_id_stands_twice(corpus):
    sentences = [sentence for split in SPLITS for sentence in corpus[split]]
    assert len(sentences) >= 3000
    assert (
        len({sentence.text for sentence in sentences}) == len({sentence.id for sentence in sentences}) == len(sentences)
    )


def test_there_is_enough_of_everything(corpus):
    sentences = [sentence for split in SPLITS for sentence in corpus[split]]
    types = Counter(event.type for sentence in sentences for event in sentence.events)
    assert min(types[name] for name in ONTOLOGY.type_ids) >= 120
    assert 0.25 <= sum(not sentence.events for sentence in sentences) / len(sentences) <= 0.30


def test_lines_are_in_the_form_that_rasd_writes(corpus):
    from rasd.formats.jsonl import format_sentence

    for split in SPLITS:
        lines = (ROOT / f"data/conflict/{split}.jsonl").read_text(encoding="utf-8").splitlines()
        for line, sentence in zip(lines, corpus[split], strict=True):
            assert json.loads(line) == format_sentence(sentence)


def test_datasheet_has_the_counts_of_the_files():
    script = ROOT / "scripts" / "corpus_report.py"
    assert subprocess.run([sys.executable, script], capture_output=True, check=False).returncode == 0
