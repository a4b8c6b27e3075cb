"""Kinds of error: what matches falls under none, and everything else under just one."""

from errors import arguments_of, f1, study, triggers_of

from rasd.events import Argument, Event, Sentence, Span

TEXT = "قصفت الطائرات الميناء القديم فجر الأحد ونزح السكان"


def at(words: str) -> dict:
    return {"start": TEXT.index(words), "end": TEXT.index(words) + len(words), "text": words}


def event(kind: str, trigger: str, **roles: str) -> Event:
    arguments = tuple(Argument(role=role, **at(words)) for role, words in roles.items())
    return Event(type=kind, trigger=Span(**at(trigger)), arguments=arguments)


def sentences(*events: Event) -> list[Sentence]:
    return [Sentence(text=TEXT, events=events)]


GOLD = sentences(
    event("Attack.AirStrike", "قصفت", Agent="الطائرات", Target="الميناء القديم", Time="فجر الأحد"),
    event("Harm.Displacement", "نزح", Target="السكان"),
)


def test_what_is_right_is_no_error():
    for items in (triggers_of, arguments_of):
        found = study(GOLD, GOLD, items)
        assert not found.kinds
        assert f1(*found.counts) == "100.0"


def test_every_trigger_falls_under_one_kind():
    said = sentences(event("Attack.Shelling", "قصفت"), event("Civic.Protest", "السكان"))
    found = study(GOLD, said, triggers_of)
    assert found.counts == (0, 2, 2)
    assert found.kinds == {"other label": 1, "missed": 1, "spurious": 1}
    assert found.labels == {("Attack.AirStrike", "Attack.Shelling"): 1}


def test_every_argument_falls_under_one_kind():
    said = sentences(
        event("Attack.AirStrike", "قصفت", Place="الطائرات", Target="الميناء", Source="السكان"),
        event("Civic.Protest", "القديم", Agent="السكان"),
    )
    found = study(GOLD, said, arguments_of)
    assert found.counts == (0, 4, 4)
    assert found.kinds == {
        "other label": 1,
        "other boundary": 1,
        "missed": 1,
        "event not found": 1,
        "spurious": 1,
        "of an event that is not there": 1,
    }
    assert found.labels == {("Agent", "Place"): 1}


def test_a_span_shared_by_two_roles_is_paired_once():
    gold = sentences(event("Attack.AirStrike", "قصفت", Target="الميناء القديم", Place="الميناء القديم"))
    said = sentences(event("Attack.AirStrike", "قصفت", Target="الميناء"))
    assert study(gold, said, arguments_of).kinds == {"other boundary": 1, "missed": 1}
