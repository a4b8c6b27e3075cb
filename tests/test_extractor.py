"""Prediction: one document a text, exact offsets, whatever the text is."""

from __future__ import annotations

from itertools import pairwise
from types import SimpleNamespace

import pytest
from conftest import SENTENCES
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer

import rasd
from rasd import Document, EventExtractor, Sentence
from rasd.encoding import SentenceEncoder
from rasd.inference.loading import load_model

TEXTS = [
    "قصفتِ الطائراتُ قريةَ «الشعفة» فجر الاثنين، وقُتل ٣٥ مدنيّاً.\nوقال الجيش إن المعارك انتهت!",
    "😀 للنازحيــن خيام\u200f جديدة &amp; ماء.",
    "أعلنت القوات سيطرتها على البلدة. " * 40,
]


@pytest.fixture(scope="module")
def extractor(tiny_checkpoint):
    return rasd.load(tiny_checkpoint, device="cpu", local_files_only=True)


def spans_of(document):
    for event in document.events:
        yield event.trigger
        yield from event.arguments


def check(document, text):
    assert document.text == text
    for span in spans_of(document):
        assert text[span.start : span.end] == span.text and 0 <= span.score <= 1
    for sentence in document.sentences:
        assert text[sentence.start : sentence.end] == sentence.text
        assert set(sentence.types) == {event.type for event in sentence.events}
        assert all(sentence.start <= event.trigger.start < sentence.end for event in sentence.events)


def test_every_span_is_exact_in_the_text_as_given(extractor):
    documents = extractor.predict(TEXTS)
    assert sum(len(document.events) for document in documents) > 10
    assert sum(len(event.arguments) for document in documents for event in document.events) > 10
    for document, text in zip(documents, TEXTS, strict=True):
        check(document, text)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(alphabet="وفبلقصةا َّـ٣7a.،&;<>«»\u200f\u200d😀\n", max_size=120))
def test_any_text_gives_a_document_with_exact_spans(extractor, text):
    [document] = extractor.predict([text])
    check(document, text)


@pytest.mark.parametrize("text", ["", " \n\t", "The bridge was closed.", "12 34", "؟!،", "\u200f"])
def test_text_without_arabic_words_has_no_events(extractor, text):
    [document] = extractor.predict([text])
    assert document.text == text and document.events == ()


def test_batch_size_does_not_change_what_is_found(extractor):
    one, other = extractor.predict(TEXTS, batch_tokens=1), extractor.predict(TEXTS, batch_tokens=100_000)
    assert sum(len(document.events) for document in one) > 10
    for left, right in zip(one, other, strict=True):
        assert [(s.start, s.end) for s in spans_of(left)] == [(s.start, s.end) for s in spans_of(right)]


def test_sentence_of_many_windows_keeps_its_events(extractor):
    text = " ".join(["قصفت الطائرات القرية"] * 400)
    [sentence] = extractor.predict_sentences([Sentence(text=text)])
    assert sentence.events and max(event.trigger.start for event in sentence.events) > len(text) * 0.9
    keys = [(event.type, event.trigger.start) for event in sentence.events]
    assert len(set(keys)) == len(keys)


def test_model_and_tokenizer_loaded_elsewhere_predict_as_the_checkpoint(extractor, tiny_checkpoint):
    tokenizer = Tokenizer.from_file(str(tiny_checkpoint / "tokenizer.json"))
    model = load_model(tiny_checkpoint)
    other = EventExtractor.from_model(model, SentenceEncoder.from_tokenizer(tokenizer, model.config))
    assert other.engine.backend.dtype == "fp32"
    documents = extractor.predict(SENTENCES)
    assert any(document.events for document in documents)
    assert other.predict(SENTENCES) == documents


def test_empty_list_gives_an_empty_list(extractor):
    assert extractor.predict([]) == []


def test_arguments_keep_to_the_roles_of_their_type_and_never_overlap_within_one(extractor):
    num_spans = 0
    for document in extractor.predict(TEXTS):
        for event in document.events:
            num_spans += len(event.arguments)
            assert {item.role for item in event.arguments} <= set(extractor.ontology.roles_of(event.type))
            for role in {item.role for item in event.arguments}:
                spans = sorted((item.start, item.end) for item in event.arguments if item.role == role)
                assert all(end <= start for (_, end), (start, _) in pairwise(spans))
    assert num_spans > 10


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        ("نص", r"got one str; pass predict\(\[text\]\)"),
        (b"x", "got one bytes"),
        (None, "got one NoneType"),
        (5, "takes a list of texts, got int"),
        ({"text": "نص"}, r"got a dict; pass one column of it: predict\(list\("),
        (SimpleNamespace(columns=["text"]), "got a SimpleNamespace; pass one column of it"),
        (["نص", None], "got NoneType at position 1; pass ''"),
        ([b"x"], r"got bytes at position 0; decode it first"),
    ],
)
def test_wrong_input_is_a_type_error_that_says_what_to_pass(extractor, texts, message):
    with pytest.raises(TypeError, match=message):
        extractor.predict(texts)


def test_half_a_surrogate_pair_is_an_error_that_says_where(extractor):
    message = r"the text at position 1 holds half a surrogate pair \(U\+D83D\) at character 4; mend it"
    texts = ["نص", "خبر \ud83d"]
    with pytest.raises(ValueError, match=message):
        extractor.predict(texts)
    with pytest.raises(ValueError, match=message):
        extractor.predict_documents([Document(text=text) for text in texts])
    with pytest.raises(ValueError, match=message):
        extractor.predict_sentences([Sentence(text=text) for text in texts])
    assert extractor.predict([texts[1].encode("utf-16", "surrogatepass").decode("utf-16", "replace")])


@pytest.mark.parametrize(
    ("device", "message"),
    [
        ("gpu", "unknown device 'gpu'"),
        ("cuda:99", "torch sees 0 CUDA GPUs"),
        ("cpu:1", "unknown device"),
        (0, "unknown device 0; use"),
    ],
)
def test_device_that_is_not_there_is_refused(tiny_checkpoint, device, message):
    with pytest.raises(ValueError, match=message):
        rasd.load(tiny_checkpoint, device=device)
