"""Predicting as texts come: the same as all at once, in order, lazily, and with an end to every thread."""

from __future__ import annotations

import threading
from itertools import count, islice

import pytest
from stub_engine import POISON, StubEngine

import rasd
from rasd import Document, Sentence
from rasd.inference import pools
from rasd.inference.extractor import EventExtractor

TEXTS = [
    "قصفتِ الطائراتُ قريةَ «الشعفة» فجر الاثنين، وقُتل ٣٥ مدنيّاً.\nوقال الجيش إن المعارك انتهت!",
    "",
    "وقال الجيش إن المعارك انتهت!",
    "😀 وصلت قافلة إلى البلدة. وقال الجيش إن المعارك انتهت! وقال الجيش إن المعارك انتهت!",
    "أعلنت القوات سيطرتها على البلدة. " * 9,
]


@pytest.fixture(scope="module")
def extractor(tiny_checkpoint):
    return rasd.load(tiny_checkpoint, device="cpu", local_files_only=True)


@pytest.fixture
def stub():
    return EventExtractor(StubEngine())


@pytest.fixture
def small_pools(monkeypatch):
    monkeypatch.setattr(pools, "POOL_SENTENCES", 4)
    monkeypatch.setattr(pools, "_SLICE", 8)


def workers():
    return [thread for thread in threading.enumerate() if thread.name.startswith("rasd-encode")]


def spans_of(document):
    for event in document.events:
        yield event.trigger
        yield from event.arguments


@pytest.mark.parametrize("min_score", [0.0, 0.6])
def test_gives_what_predict_gives(extractor, small_pools, min_score):
    streamed = list(extractor.predict_iter(iter(TEXTS * 3), min_score=min_score))
    assert streamed == extractor.predict(TEXTS * 3, min_score=min_score)
    assert [document.text for document in streamed] == TEXTS * 3
    assert sum(len(document.events) for document in streamed) > 10


def test_repeated_sentence_is_computed_once_and_has_its_own_offsets(extractor, monkeypatch):
    text = f"{TEXTS[0]} {TEXTS[3]}"
    [document] = extractor.predict([text])
    for span in spans_of(document):
        assert text[span.start : span.end] == span.text
    for sentence in document.sentences:
        [alone] = extractor.predict_sentences([Sentence(text=sentence.text)])
        moved = [(event.type, event.trigger.start - sentence.start, event.score) for event in sentence.events]
        assert moved == [(event.type, event.trigger.start, pytest.approx(event.score)) for event in alone.events]
    repeated = [sentence for sentence in document.sentences if sentence.text == TEXTS[2]]
    assert len(repeated) == 3 and repeated[0].events and repeated[0].types == repeated[2].types
    encoded = []
    encode = extractor.engine.encode
    monkeypatch.setattr(extractor.engine, "encode", lambda part: encoded.extend(part) or encode(part))
    extractor.predict([text, text])
    assert sorted(item.text for item in encoded) == sorted({sentence.text for sentence in document.sentences})


def test_repeated_sentence_of_a_corpus_keeps_what_its_line_says(extractor):
    lines = [Sentence(text=TEXTS[2], id=name, start=start, extra={"n": name}) for name, start in (("a", 0), ("b", 7))]
    first, second = extractor.predict_sentences(lines)
    assert [(item.id, item.start, item.extra) for item in (first, second)] == [
        (item.id, item.start, item.extra) for item in lines
    ]
    assert first.events and [event.trigger.start for event in second.events] == [
        event.trigger.start + 7 for event in first.events
    ]


def test_endless_texts_are_read_a_bounded_number_ahead(stub, small_pools):
    read = []
    texts = (read.append(i) or f"خبر رقم {i}." for i in count())
    stream = stub.predict_iter(texts)
    assert read == []
    for i, document in enumerate(islice(stream, 30)):
        assert document.text == f"خبر رقم {i}." and len(read) <= i + 2 * pools.POOL_SENTENCES
    stream.close()
    assert workers() == []


def test_texts_without_sentences_do_not_make_a_pool_endless(stub, small_pools):
    read = []
    next(stub.predict_iter(read.append(i) or "" for i in count()))
    assert len(read) == 2 * pools.POOL_SENTENCES


def test_next_pool_is_encoded_while_one_runs(stub, small_pools, monkeypatch):
    encoded = threading.Semaphore(0)
    encode, run = stub.engine.encode, stub.engine.run
    monkeypatch.setattr(stub.engine, "encode", lambda part: (encode(part), encoded.release())[0])

    def run_when_two_are_encoded(pieces, **options):
        assert encoded.acquire(timeout=10) and encoded.acquire(timeout=10), "the next pool waits for this one"
        encoded.release()
        return run(pieces, **options)

    monkeypatch.setattr(stub.engine, "run", run_when_two_are_encoded)
    stream = stub.predict_iter(f"خبر رقم {i}." for i in count())
    assert len(list(islice(stream, 12))) == 12


def test_error_of_the_texts_comes_after_the_documents_before_it(stub, small_pools):
    def read():
        yield from (f"خبر رقم {i}." for i in range(6))
        raise OSError("the disk is gone")

    stream = stub.predict_iter(read())
    assert len(list(islice(stream, 6))) == 6
    with pytest.raises(OSError, match="the disk is gone"):
        next(stream)
    assert workers() == []


@pytest.mark.parametrize(
    ("bad", "error", "message"),
    [
        (None, TypeError, "got NoneType at position 5; pass ''"),
        ("خبر \ud83d", ValueError, "the text at position 5 holds half a surrogate pair"),
        (f"خبر {POISON}.", RuntimeError, "poisoned"),
    ],
)
def test_bad_text_is_an_error_when_its_turn_comes(stub, small_pools, bad, error, message):
    stream = stub.predict_iter(["خبر."] * 5 + [bad] + ["خبر."])
    good = list(islice(stream, 4))
    assert len(good) == 4
    with pytest.raises(error, match=message):
        list(stream)
    assert workers() == []


def test_interrupt_while_reading_passes_at_once(stub):
    def read():
        yield "خبر."
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        list(stub.predict_iter(read()))
    assert workers() == []


def test_long_text_is_encoded_in_parts(stub, small_pools):
    text = " ".join(f"خبر رقم {i}." for i in range(100))
    [document] = stub.predict_iter([text])
    assert [event.trigger.start for event in document.events] == [sentence.start for sentence in document.sentences]
    assert len(document.events) == 100 and max(map(len, stub.engine.encoded)) == 8


@pytest.mark.parametrize(
    ("texts", "options", "error", "message"),
    [
        ("نص", {}, TypeError, r"predict_iter takes a list of texts, got one str; pass predict_iter\(\[text\]\)"),
        ([], {"min_score": 2}, ValueError, "min_score must be a number from 0 to 1"),
        ([], {"batch_tokens": 0}, ValueError, "at least 1 token, got batch_tokens=0"),
    ],
)
def test_wrong_use_is_an_error_before_anything_is_read(stub, texts, options, error, message):
    with pytest.raises(error, match=message):
        stub.predict_iter(texts, **options)


def test_bar_counts_documents_on_standard_error(stub, capsys):
    texts = [f"خبر رقم {i}." for i in range(300)]
    assert len(list(stub.predict_iter(texts, progress=True))) == 300
    assert "300/300" in capsys.readouterr().err
    list(stub.predict_iter(texts))
    assert capsys.readouterr().err == ""


def test_documents_keep_id_and_meta(stub):
    documents = [Document(text="خبر.", id=str(i), meta={"date": i}) for i in range(3)]
    found = list(stub.predict_documents_iter(iter(documents)))
    assert [(item.id, item.meta) for item in found] == [(item.id, item.meta) for item in documents]
    assert all(item.events for item in found)
