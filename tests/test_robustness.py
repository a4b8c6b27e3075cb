"""Gold carried along, drops and intervals, what stays the same, and the gate of the robustness suite."""

from __future__ import annotations

import json
import logging

import pytest
import robustness
from perturbations import Perturbation
from rewriting import rewrite

import rasd
from rasd.events import Argument, Event, Sentence, Span

TEXT = "وصلت قافلة دواء إلى بلدة العين."


def make_event(text=TEXT, *, trigger="وصلت", destination="بلدة العين"):
    start, place = text.index(trigger), text.index(destination)
    return Event(
        type="Relief.Aid",
        trigger=Span(start=start, end=start + len(trigger), text=trigger),
        arguments=(Argument(role="Destination", start=place, end=place + len(destination), text=destination),),
        realis="Actual",
    )


class Known:
    """An extractor that finds its event wherever the words of it stand as they are."""

    def predict_sentences(self, sentences):
        return [
            Sentence(text=item.text, events=(make_event(item.text),) if "العين" in item.text else ())
            for item in sentences
        ]

    def predict(self, texts):
        found = self.predict_sentences([Sentence(text=text) for text in texts])
        return [rasd.Document(text=item.text, sentences=(item,)) for item in found]


def broken(text, seed):
    return rewrite(text, [(text.index("العين"), text.index("العين") + 5, "الغين")])


def shifted(text, seed):
    return rewrite(text, [(0, 0, "خبر: ")])


@pytest.fixture
def known(monkeypatch):
    perturbations = {
        "shifted": Perturbation(shifted, "a word before"),
        "broken": Perturbation(broken, "a letter changed", is_document=True),
    }
    monkeypatch.setattr(robustness, "PERTURBATIONS", perturbations)
    return Known()


def test_gold_moves_along():
    sentence = Sentence(text=TEXT, events=(make_event(),))
    [event] = robustness.move(sentence, shifted(TEXT, 0)).events
    assert (event.trigger.start, event.trigger.text, event.realis) == (5, "وصلت", "Actual")
    assert [(item.start, item.text, item.role) for item in event.arguments] == [(25, "بلدة العين", "Destination")]


def test_argument_of_which_nothing_is_left_goes_and_so_does_an_event_without_its_trigger():
    sentence = Sentence(text=TEXT, events=(make_event(), make_event(trigger="إلى")))
    place = TEXT.index("بلدة العين")
    new = rewrite(TEXT, [(place - 4, place - 1, ""), (place, place + 10, "")])
    assert robustness.move(sentence, new).events == (
        Event(type="Relief.Aid", trigger=Span(start=0, end=4, text="وصلت"), arguments=(), realis="Actual"),
    )


def test_what_was_not_annotated_stays_so():
    assert robustness.move(Sentence(text=TEXT), shifted(TEXT, 0)).events is None
    event = Event(type="Relief.Aid", trigger=Span(start=0, end=4, text="وصلت"))
    [moved] = robustness.move(Sentence(text=TEXT, events=(event,)), shifted(TEXT, 0)).events
    assert moved.arguments is None and moved.realis is None


def test_drops_are_in_points_with_a_paired_interval(known):
    gold = [Sentence(text=TEXT, events=(make_event(),)), Sentence(text=TEXT, events=(make_event(),))]
    result = robustness.measure([known], gold)
    assert result["baseline"]["sentence"] == result["baseline"]["document"] == {"tri_c": 100.0, "arg_c": 100.0}
    same, broken = result["perturbations"]["shifted"], result["perturbations"]["broken"]
    assert (same["num_changed"], same["same_events"]) == (2, 100.0)
    assert same["arg_c"] == {"f1": 100.0, "drop": 0.0, "interval": [0.0, 0.0]}
    assert (broken["num_changed"], broken["same_events"]) == (2, 0.0)
    assert broken["tri_c"] == {"f1": 0.0, "drop": 100.0, "interval": [100.0, 100.0]}


def test_of_several_checkpoints_the_means_are_taken(known):
    gold = [Sentence(text=TEXT, events=(make_event(),))]
    blind = Known()
    blind.predict_sentences = lambda sentences: [Sentence(text=item.text, events=()) for item in sentences]
    result = robustness.measure([known, blind], gold)
    assert result["baseline"]["sentence"] == result["baseline"]["document"] == {"tri_c": 50.0, "arg_c": 50.0}
    same, broken = result["perturbations"]["shifted"], result["perturbations"]["broken"]
    assert (same["same_events"], same["arg_c"]["drop"]) == (100.0, 0.0)
    assert broken["tri_c"] == {"f1": 0.0, "drop": 50.0, "interval": [50.0, 50.0]}


def test_both_sides_are_drawn_together(known):
    missed = "وصلت قافلة إلى الرملة."
    gold = [Sentence(text=TEXT, events=(make_event(),))] * 5
    gold += [Sentence(text=missed, events=(make_event(missed, destination="الرملة"),))] * 5
    robustness.PERTURBATIONS.pop("broken")
    result = robustness.measure([known], gold)
    assert 0 < result["baseline"]["sentence"]["arg_c"] < 100
    assert result["perturbations"]["shifted"]["arg_c"]["interval"] == [0.0, 0.0]


RESULT = {
    "checkpoint": "mini",
    "data": "test.jsonl",
    "num_sentences": 7,
    "baseline": {name: {"tri_c": 80.0, "arg_c": 60.0} for name in ("sentence", "document")},
    "perturbations": {
        "bare": {
            "what": "no marks",
            "is_gated": True,
            "num_changed": 3,
            "same_events": 91.4,
            "tri_c": {"f1": 75.0, "drop": 5.0, "interval": [4.0, 6.0]},
            "arg_c": {"f1": 58.0, "drop": 2.0, "interval": [1.0, 3.0]},
        }
    },
}


@pytest.fixture
def page(tmp_path, monkeypatch):
    """A page with room for the table, and a result beside it."""
    path = tmp_path / "page.md"
    path.write_text(f"words\n{robustness.BEGIN}old\n{robustness.END}\nmore\n", encoding="utf-8")
    monkeypatch.setattr(robustness, "PAGE", path)
    return path


def run(monkeypatch, *arguments):
    monkeypatch.setattr("sys.argv", ["robustness.py", *map(str, arguments)])
    return robustness.main()


def test_nothing_lost_is_shown_without_a_sign():
    assert robustness._drop({"drop": -0.04, "interval": [-0.04, 0.0]}) == "0.0 (0.0 to 0.0)"


def write_result(folder, drop):
    result = json.loads(json.dumps(RESULT))
    result["perturbations"]["bare"]["arg_c"]["drop"] = drop
    path = folder / f"{drop}.json"
    path.write_text(json.dumps(result), encoding="utf-8")
    return path


@pytest.mark.parametrize(("drop", "code", "words"), [(2.0, 0, "points for: none"), (2.01, 1, "points for: bare")])
def test_drop_of_more_than_two_points_fails(drop, code, words, tmp_path, page, monkeypatch, capsys):
    assert run(monkeypatch, "--report", "--output", write_result(tmp_path, drop)) == code
    assert words in capsys.readouterr().out


def test_what_is_not_gated_is_shown_and_does_not_fail(tmp_path, page, monkeypatch, capsys):
    result = json.loads(json.dumps(RESULT))
    result["perturbations"]["bare"] |= {"is_gated": False, "arg_c": {"f1": 50.0, "drop": 10.0, "interval": [9.0, 11.0]}}
    path = tmp_path / "result.json"
    path.write_text(json.dumps(result), encoding="utf-8")
    assert run(monkeypatch, "--report", "--output", path) == 0
    assert "| bare (not gated) | no marks | 3 | 75.0 | 5.0 (4.0 to 6.0) | 50.0 | **10.0**" in capsys.readouterr().out


def test_report_writes_the_table_between_its_marks(tmp_path, page, monkeypatch, capsys):
    old, new = write_result(tmp_path, 4.5), write_result(tmp_path, 1.5)
    for _ in range(2):
        run(monkeypatch, "--report", "--output", new, "--beside", old)
    text = page.read_text(encoding="utf-8")
    row = "| bare | no marks | 3 | 75.0 | 5.0 (4.0 to 6.0) | 58.0 | 1.5 (1.0 to 3.0) | 91% | **4.5** (1.0 to 3.0) |"
    row += " 91% |"
    assert text.count(row) == 1 and "old" not in text
    assert text.startswith("words\n<!--") and text.endswith("-->\nmore\n")
    assert row in capsys.readouterr().out


def test_page_without_marks_is_refused(tmp_path, page, monkeypatch):
    page.write_text("no marks", encoding="utf-8")
    with pytest.raises(SystemExit, match="must hold '<!-- table"):
        run(monkeypatch, "--report", "--output", write_result(tmp_path, 1.0))


@pytest.mark.parametrize(("arguments", "words"), [([], "give --model"), (["--report"], "measure first: --model DIR")])
def test_nothing_to_do_is_refused(arguments, words, tmp_path, monkeypatch, capsys):
    with pytest.raises(SystemExit):
        run(monkeypatch, *arguments, "--output", tmp_path / "none.json")
    assert words in capsys.readouterr().err


def test_checkpoint_is_measured_on_a_corpus_file(tiny_checkpoint, corpus, tmp_path, page, monkeypatch, caplog):
    monkeypatch.setattr(
        robustness, "PERTURBATIONS", {name: robustness.PERTURBATIONS[name] for name in ("tatweel", "ta_to_ha")}
    )
    output = tmp_path / "results" / "tiny.json"
    with caplog.at_level(logging.INFO, logger="robustness"):
        assert run(monkeypatch, "--model", tiny_checkpoint, "--data", corpus, "--output", output) in (0, 1)
    result = json.loads(output.read_text(encoding="utf-8"))
    assert (result["checkpoint"], result["num_sentences"]) == (tiny_checkpoint.name, 5)
    assert len(result["weights_sha256"]) == 64 and str(tmp_path) not in output.read_text(encoding="utf-8")
    drawn_out = result["perturbations"]["tatweel"]
    assert drawn_out["num_changed"] > 0
    assert (drawn_out["same_events"], drawn_out["tri_c"]["drop"], drawn_out["arg_c"]["drop"]) == (100.0, 0.0, 0.0)
