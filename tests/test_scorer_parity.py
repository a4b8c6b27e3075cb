"""Scores are TextEE's: its definitions stated once more, plainly, and the command that asks TextEE itself."""

from __future__ import annotations

import json
import random
import sys
from itertools import pairwise

import pytest
import scorer_parity
from hypothesis import given, settings
from hypothesis import strategies as st
from random_events import make_corpus

from rasd.errors import ReadError
from rasd.events import Argument, Event, Sentence, Span
from rasd.metrics import score_events

TEXT = "فضّت الشرطة اعتصاما أمام البلدية واعتقلت عشرات المعتصمين"
WORDS = [(start, start + len(word)) for word in TEXT.split() for start in [TEXT.index(word)]]

# What an item is, as the paper has it: (i) is its sentence, (e) an event, (a) an argument of the event.
TRIGGERS = {
    "tri_i": lambda i, e: (i, e.trigger.start, e.trigger.end),
    "tri_c": lambda i, e: (i, e.trigger.start, e.trigger.end, e.type),
}
ARGUMENTS = {
    "arg_i": lambda i, e, a: (i, e.type, a.start, a.end),
    "arg_c": lambda i, e, a: (i, e.type, a.start, a.end, a.role),
    "arg_i_plus": lambda i, e, a: (i, e.trigger.start, e.trigger.end, e.type, a.start, a.end),
    "arg_c_plus": lambda i, e, a: (i, e.trigger.start, e.trigger.end, e.type, a.start, a.end, a.role),
}


def pick(places):
    return {"start": places[0], "end": places[1], "text": TEXT[slice(*places)]}


places = st.tuples(st.sampled_from(WORDS[:5]), st.sampled_from(WORDS)).map(
    lambda pair: (min(pair)[0], max(pair)[1])  # from a word to the same or another, so that spans overlap
)
arguments = st.builds(lambda at, role: Argument(**pick(at), role=role), places, st.sampled_from(["Agent", "Target"]))
events = st.builds(
    lambda kind, at, items: Event(type=kind, trigger=Span(**pick(at)), arguments=tuple(items)),
    st.sampled_from(["Coerce.Arrest", "Civic.Protest"]),
    places,
    st.lists(arguments, max_size=4),
)
sides = st.lists(events, max_size=3).map(lambda items: items + items[:1])  # the first event stands there twice
corpora = st.lists(st.tuples(sides, sides), max_size=5)


def count_plainly(gold, predicted):
    """Return (gold, predicted, matched) of two lists of items, a repeated item once, by looking at each."""
    gold, predicted = ([item for i, item in enumerate(items) if item not in items[:i]] for items in (gold, predicted))
    return len(gold), len(predicted), sum(item in gold for item in predicted)


def list_items(metric, side):
    if metric in TRIGGERS:
        return [TRIGGERS[metric](i, event) for i, found in enumerate(side) for event in found]
    return [ARGUMENTS[metric](i, event, a) for i, found in enumerate(side) for event in found for a in event.arguments]


@settings(max_examples=40, deadline=None)
@given(corpora)
def test_scores_are_those_of_the_definitions_stated_plainly(pairs):
    gold, predicted = ([pair[side] for pair in pairs] for side in (0, 1))
    scores = score_events(
        *([Sentence(text=TEXT, events=tuple(found)) for found in side] for side in (gold, predicted)), num_resamples=0
    )
    for metric in (*TRIGGERS, *ARGUMENTS):
        score, expected = (
            getattr(scores, metric),
            count_plainly(list_items(metric, gold), list_items(metric, predicted)),
        )
        assert (score.num_gold, score.num_predicted, score.num_matched) == expected
        precision = expected[2] / expected[1] if expected[1] else 0.0
        recall = expected[2] / expected[0] if expected[0] else 0.0
        f1 = 2 * precision * recall / (precision + recall) if expected[2] else 0.0
        assert (score.precision, score.recall, score.f1) == (precision, recall, f1)  # to the last bit


# The command, on a stand-in for TextEE: same names, same structures, imports that are not there.

READER = """
import models_that_nobody_has

def load_E2E_data(objects, add, config):
    return add(objects, objects, config), {}
"""
SCORER = """
import debugger_that_nobody_has

def span(mention):
    return mention["start"], mention["end"]

def score(golds, preds, items):
    gold, pred = ({(i, *item) for i, o in enumerate(side) for e in o["event_mentions"] for item in items(e)}
                  for side in (golds, preds))
    p, r = (len(gold & pred) / len(side) if side else 0.0 for side in (pred, gold))
    return {"gold_num": len(gold), "pred_num": len(pred), "match_num": len(gold & pred),
            "precision": p * 100, "recall": r * 100, "f1": 2 * p * r / (p + r) * 100 if p + r else 0.0}

def compute_scores(preds, golds, task):
    assert task == "E2E" and [o["tokens"] for o in preds] == [o["tokens"] for o in golds]
    owner = lambda e: (*span(e["trigger"]), e["event_type"])
    kinds = {
        "trigger_id": lambda e: [span(e["trigger"])],
        "trigger_cls": lambda e: [owner(e)],
        "argument_id": lambda e: [(e["event_type"], *span(a)) for a in e["arguments"]],
        "argument_cls": lambda e: [(e["event_type"], *span(a), a["role"]) for a in e["arguments"]],
        "argument_attached_id": lambda e: [(*owner(e), *span(a)) for a in e["arguments"]],
        "argument_attached_cls": lambda e: [(*owner(e), *span(a), a["role"]) for a in e["arguments"]],
    }
    return {name: score(golds, preds, items) for name, items in kinds.items()}
"""


@pytest.fixture
def clone(tmp_path):
    """Return a function that writes a stand-in and loads it."""

    def make(scorer=SCORER, reader=READER):
        folder = tmp_path / "clone" / "TextEE"
        folder.mkdir(parents=True)
        (folder / "scorer.py").write_text(scorer, "utf-8")
        (folder / "utils.py").write_text(reader, "utf-8")
        return folder.parent

    return make


def test_random_corpora_hold_what_a_scorer_may_trip_over():
    gold, predicted = make_corpus(random.Random(5), 100)
    sides = [sentence.events for sentence in (*gold, *predicted)]
    assert any(not found for found in sides)
    assert any(len(set(found)) < len(found) for found in sides)
    triggers = [(i, e.trigger, e.type) for i, found in enumerate(sides) for e in found]
    assert len({item[:2] for item in triggers}) < len(set(triggers))  # one trigger, two types
    owned = [[{(a.start, a.end) for a in e.arguments} for e in dict.fromkeys(found)] for found in sides]
    assert any(first & second for fillers in owned for first, second in pairwise(fillers))
    roles = [[(a.role, a.start, a.end) for a in e.arguments] for found in sides for e in found]
    assert any(len(set(items)) < len(items) for items in roles)
    assert any(len({a[0] for a in items}) < len({a[1:] for a in items}) for items in roles)
    assert make_corpus(random.Random(5), 100) == (gold, predicted)


def test_random_events_score_the_same_through_files_of_the_format(clone):
    textee = scorer_parity.load_textee(clone())
    rows = scorer_parity.compare(textee, *make_corpus(random.Random(2), 200))
    assert [row.metric for row in rows] == ["Tri-I", "Tri-C", "Arg-I", "Arg-C", "Arg-I+", "Arg-C+"]
    assert all(row.is_equal() and min(row.counts) > 0 for row in rows)
    assert scorer_parity.count_unequal(textee, 26, 2) == 0


@pytest.mark.parametrize(
    ("right", "wrong"), [("len(gold & pred),", "len(gold & pred) + 1,"), ("p * 100", "p * 100.00000000000003")]
)
def test_one_count_or_bit_that_differs_is_told(clone, right, wrong):
    textee = scorer_parity.load_textee(clone(SCORER.replace(right, wrong)))
    rows = scorer_parity.compare(textee, *make_corpus(random.Random(2), 200))
    assert not any(row.is_equal() for row in rows)
    assert scorer_parity.format_rows(rows).count("NOT EQUAL") == 6


def run(monkeypatch, *options):
    monkeypatch.setattr(sys, "argv", ["scorer_parity.py", *map(str, options)])
    monkeypatch.setattr(scorer_parity, "make_corpus", lambda rng, num: make_corpus(rng, min(num, 30)))
    return scorer_parity.main()


def write_real(folder):
    """Write gold and predictions of one sentence as `rasd evaluate` reads and writes them."""
    event = {"type": "Coerce.Arrest", "realis": "Actual"}
    at = TEXT.index("اعتقلت")
    gold = event | {"trigger": "اعتقلت", "start": at, "end": at + 6, "arguments": []}
    found = event | {"trigger": {"text": "واعتقلت", "start": at - 1, "end": at + 6}, "arguments": []}
    sentence = {"text": TEXT, "start": 0, "end": len(TEXT), "events": [found], "types": {}, "id": "a"}
    paths = folder / "gold.jsonl", folder / "predicted.jsonl"
    paths[0].write_text(json.dumps({"id": "a", "text": TEXT, "events": [gold]}), "utf-8")
    paths[1].write_text(json.dumps({"id": "a", "text": TEXT, "sentences": [sentence]}), "utf-8")
    return ["--gold", paths[0], "--predictions", paths[1]]


def test_the_command_ends_with_0_where_all_is_equal(clone, monkeypatch, capsys, tmp_path):
    # The stand-in wants the same tokens on both sides, which files written apart do not have.
    folder = clone(SCORER.replace(' and [o["tokens"] for o in preds] == [o["tokens"] for o in golds]', ""))
    assert run(monkeypatch, "--textee", folder, "--corpora", 13, *write_real(tmp_path)) == 0
    out = capsys.readouterr().out
    assert "13 random corpora of 0 to 12 sentences: 0 with a score that is not equal" in out
    assert "| Tri-I | 1, 1, 0 | 1, 1, 0 | 0.0 | 0.0 | equal |" in out
    assert "Equal, every count and every figure." in out


def test_the_command_ends_with_1_where_rasd_evaluate_wrote_other_scores(clone, monkeypatch, capsys, tmp_path):
    folder = clone(SCORER.replace(' and [o["tokens"] for o in preds] == [o["tokens"] for o in golds]', ""))
    real, scores = write_real(tmp_path), tmp_path / "scores.json"
    gold, predicted = scorer_parity.read_sentences(real[1]), list(scorer_parity.read_predictions(real[3]))
    record = score_events(gold, predicted).to_dict()
    scores.write_text(json.dumps(record | {"tri_i": record["tri_i"] | {"num_matched": 1}}), "utf-8")
    assert run(monkeypatch, "--textee", folder, "--corpora", 1, *real, "--scores", scores) == 1
    assert "| Tri-I | 1, 1, 1 | 1, 1, 0 | 0.0 | 0.0 | NOT EQUAL |" in capsys.readouterr().out


def test_a_folder_that_is_no_clone_is_refused(clone, tmp_path, monkeypatch, capsys):
    with pytest.raises(ReadError, match="has no function 'load_E2E_data'; expected a clone"):
        scorer_parity.load_textee(clone(reader="x = 1"))
    with pytest.raises(SystemExit):
        run(monkeypatch, "--textee", tmp_path / "nowhere")
    assert "nowhere" in capsys.readouterr().err


def test_predictions_of_other_sentences_are_refused(clone, tmp_path, monkeypatch, capsys):
    real = write_real(tmp_path)
    real[1].write_text(json.dumps({"text": "نص آخر", "events": []}), "utf-8")
    with pytest.raises(SystemExit, match="2"):
        run(monkeypatch, "--textee", clone(), "--corpora", 1, *real)
    assert "sentence 0 has the text 'نص آخر' in gold" in capsys.readouterr().err
