import random

import pytest

from rasd.encoding import SentenceEncoder
from rasd.events import Argument, Event, Sentence, Span
from rasd.ontology import Ontology
from rasd.training.augmentation import vary
from rasd.training.data import encode_split

TEXT = "قُتل ثلاثة مدنيين، أمس، في غارة على مدينة الأتارب بريف حلب الغربي (شمالي البلاد)."


def span_of(piece, kind=Span, **fields):
    start = TEXT.index(piece)
    return kind(start=start + 100, end=start + len(piece) + 100, text=piece, **fields)


GOLD = Sentence(
    text=TEXT,
    start=100,
    events=(
        Event(
            type="Harm.Death",
            trigger=span_of("قُتل"),
            arguments=(
                span_of("ثلاثة", Argument, role="Count"),
                span_of("مدينة الأتارب بريف حلب الغربي (شمالي البلاد", Argument, role="Place"),
            ),
            realis="Actual",
        ),
    ),
)


def spans_of(sentence):
    return [item for event in sentence.events for item in (event.trigger, *event.arguments)]


def test_spans_are_carried_along_in_every_way():
    seen = set()
    for seed in range(80):
        varied = vary(GOLD, random.Random(seed))

        seen.add(varied.text)
        for old, new in zip(spans_of(GOLD), spans_of(varied), strict=True):
            assert varied.text[new.start - 100 : new.end - 100] == new.text
            assert new.text.split()[0][:2].translate(str.maketrans("ة", "ه")) == old.text[:2]
        assert varied.events[0].realis == "Actual"
    assert len(seen) > 20


def test_ways_do_what_they_say():
    texts = {vary(GOLD, random.Random(seed)).text for seed in range(80)}

    assert TEXT.replace("ة", "ه") in texts
    assert TEXT.replace("ة", "ه").replace("أ", "ا") in texts
    assert any("ى" in text for text in texts)
    assert "قُتل ثلاثة مدنيين أمس في غارة على مدينة الأتارب بريف حلب الغربي شمالي البلاد" in texts
    assert any(text.endswith(TEXT) and len(text) > len(TEXT) for text in texts)


def test_numbers_keep_their_points():
    text = "بلغت الكلفة 3.5 ملايين و1,200 ليرة:ارتفاع كبير."
    without = {vary(Sentence(text=text, events=()), random.Random(seed)).text for seed in range(40)}

    assert "بلغت الكلفة 3.5 ملايين و1,200 ليرة ارتفاع كبير" in without


def test_sentence_that_would_lose_a_span_stays():
    text = "وقع الهجوم؟"
    trigger = Span(start=len(text) - 1, end=len(text), text="؟")
    odd = Sentence(text=text, events=(Event(type="Attack.Bombing", trigger=trigger, arguments=()),))

    assert all(spans_of(vary(odd, random.Random(seed)))[0].text == "؟" for seed in range(40))


@pytest.mark.parametrize(("share", "least", "most"), [(0.0, 0, 0), (0.5, 60, 140), (1.0, 200, 200)])
def test_share_of_readings_is_varied(tiny_checkpoint, share, least, most):
    import rasd

    encoder: SentenceEncoder = rasd.load(str(tiny_checkpoint)).engine.sentence_encoder
    gold = Sentence(text=TEXT, events=())
    random.seed(0)

    data = encode_split([gold], encoder, Ontology.load("conflict"), augmentation=share, seed=1)
    original = encoder.encode([TEXT])[0][0].input_ids.tolist()
    readings = [data[0]["encoding"].input_ids.tolist() for _ in range(200)]

    assert least <= sum(reading != original for reading in readings) <= most
