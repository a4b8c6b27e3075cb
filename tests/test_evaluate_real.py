import numpy as np
import pytest
from evaluate_real import average_precision, score_actual, score_gsr

import rasd
from rasd.events import Argument, Event, Sentence

TEXT = "اقتحم مسلحون المبنى"
AGENT = Argument(role="Agent", start=6, end=12, text="مسلحون")
PLACE = Argument(role="Place", start=13, end=19, text="المبنى")


def make_event(score, *arguments, realis="Actual", event_type="Attack.ArmedAssault"):
    return Event(type=event_type, score=score, realis=realis, arguments=arguments)


def test_only_actual_events_with_a_participant_count():
    events = (
        make_event(0.9, AGENT, realis="Planned"),
        make_event(0.8, PLACE),
        make_event(0.7, AGENT, event_type="Civic.Protest"),
        make_event(0.6, AGENT),
        make_event(0.5, AGENT),
    )

    assert score_actual(Sentence(text=TEXT, events=events), {"Attack.ArmedAssault"}) == 0.6
    assert score_actual(Sentence(text=TEXT, events=events[:3]), {"Attack.ArmedAssault"}) == 0.0


def test_average_precision_by_hand():
    gold = np.array([True, False, True, False])

    # Positives at ranks 1 and 3: (1/1 + 2/3) / 2.
    assert average_precision(np.array([0.9, 0.8, 0.7, 0.1]), gold) == pytest.approx(0.8333)


def test_records_are_scored_both_ways_without_the_ambiguous(tiny_checkpoint, tmp_path):
    path = tmp_path / "assault_gsr.csv"
    rows = [("yes", TEXT), ("easy no", "عقد الوزير مؤتمرا صحافيا"), ("difficult no", TEXT), ("ambiguous", TEXT)]
    path.write_text("label,text\n" + "".join(f"{label},{text}\n" for label, text in rows), encoding="utf-8")

    record = score_gsr(rasd.load(str(tiny_checkpoint)), path, "ASSAULT")

    assert (record["sentences"], record["positives"]) == (3, 1)
    for name in ("", "actual_"):
        assert 0 <= record[f"{name}precision"] <= 1
        # The only positive has the text of the difficult one, so without that it ranks first or second.
        assert record[f"{name}average_precision_without_difficult"] in (0.5, 1.0)
