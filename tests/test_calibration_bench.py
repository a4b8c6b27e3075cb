"""The calibration bench: what it measures, what it prints, and that the docs show what it printed."""

from __future__ import annotations

import json
import sys

import calibration as bench
import pytest
from conftest import SENTENCES
from corpus_lines import write

from rasd.calibration import Calibration, Scaling
from rasd.events import Argument, Event, Sentence, Span

TEXT = "اعتقلت الشرطة رجلين"
POLICE = {"start": 7, "end": 13, "text": "الشرطة"}


def sentence(score=None, *, is_right=True):
    trigger = Span(start=0, end=6, text="اعتقلت", score=score)
    role = "Agent" if is_right else "Target"
    event = Event(type="A", trigger=trigger, arguments=(Argument(**POLICE, role=role, score=score),), score=score)
    return Sentence(text=TEXT, events=(event,), types={} if score is None else {"A": score})


@pytest.fixture
def record():
    """Two sentences: an argument of 0.9 that is wrong, one of 0.8 that is right."""
    gold, predicted = [sentence(), sentence()], [sentence(0.9, is_right=False), sentence(0.8)]
    calibration = Calibration(arguments=Scaling(2.0))
    sets = {name: {"sha256": "0", **bench.measure_set(gold, predicted, calibration)} for name in ("dev", "test")}
    return {"rasd": "0", "calibration": calibration.to_dict(), "sets": sets}


def test_scores_are_measured_before_and_after_calibration(record):
    scores = record["sets"]["test"]["scores"]
    raw, calibrated = (scores["arguments"][stage] for stage in bench.STAGES)
    assert (raw["num"], raw["num_right"]) == (calibrated["num"], calibrated["num_right"]) == (2, 1)
    assert raw["mean_score"] == pytest.approx(0.85) and raw["brier"] == pytest.approx((0.81 + 0.04) / 2)
    # 0.9 becomes 0.75, and 0.8 two thirds.
    assert calibrated["brier"] == pytest.approx((0.75**2 + 1 / 9) / 2, abs=1e-4)
    assert calibrated["equal_mass"]["bins"] == [[1, 0.6667, 1.0], [1, 0.75, 0.0]]
    assert calibrated["equal_width"]["ece"] == pytest.approx((0.75 + 1 / 3) / 2, abs=1e-4)
    assert scores["triggers"]["raw"] == scores["triggers"]["calibrated"]


def test_min_score_goes_by_calibrated_scores_and_events_take_their_arguments_along(record):
    curve = {point["min_score"]: point for point in record["sets"]["test"]["min_score"]}
    assert (curve[0.0]["tri_c"], curve[0.0]["arg_c"]) == ([2, 2, 2], [2, 2, 1])
    assert (curve[0.7]["tri_c"], curve[0.7]["arg_c"]) == ([2, 2, 2], [2, 1, 0])
    assert (curve[0.82]["tri_c"], curve[0.82]["arg_c"]) == ([2, 1, 1], [2, 0, 0])
    assert curve[1.0]["tri_c"] == [2, 0, 0]


def test_report_has_a_row_for_each_score_and_min_score(record):
    lines = bench.format_report(record)
    assert "| arguments | 2.00 | +0.00 |" in lines and "| types | 1.00 | +0.00 |" in lines
    assert sum(line.startswith("| test | ") for line in lines) == 3
    assert "| 0.70 | 2 | 100.0 | 100.0 | 100.0 | 0.0 | 0.0 | 0.0 |" in lines
    assert "| min_score, test | events | Tri-C P | Tri-C R | Tri-C F1 | Arg-C P | Arg-C R | Arg-C F1 |" in lines


def test_pictures_are_drawn_also_where_bins_are_few(record, tmp_path):
    pytest.importorskip("matplotlib")
    bench.draw_reliability(record, tmp_path / "a.png")
    bench.draw_curves(record, tmp_path / "b.png")
    assert all((tmp_path / name).read_bytes().startswith(b"\x89PNG") for name in ("a.png", "b.png"))


def test_dev_is_drawn_only_where_there_is_no_other(record):
    assert [name for name, *_ in bench.drawn_sets(record)] == ["test"]
    del record["sets"]["test"]
    assert [name for name, *_ in bench.drawn_sets(record)] == ["dev"]


def test_checkpoint_is_measured_on_several_files(tiny_checkpoint, tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(bench, "RESULTS", tmp_path / "results")
    for name in ("a", "b"):
        write(tmp_path / f"{name}.jsonl", *({"text": text, "events": []} for text in SENTENCES))
    data = [f"{name}={tmp_path / name}.jsonl" for name in ("a", "b")]
    arguments = ["calibration.py", "--name", "tiny", "--model", str(tiny_checkpoint), "--data", *data]
    monkeypatch.setattr("sys.argv", arguments)
    assert bench.main() == 0
    record = json.loads((tmp_path / "results" / "tiny.json").read_text(encoding="utf-8"))
    found = record["sets"]["a"]
    assert list(record["sets"]) == ["a", "b"] and found == record["sets"]["b"]
    assert found["num_sentences"] == 3 and found["scores"]["triggers"]["raw"]["num"] > 0
    assert "is not calibrated; scripts/calibrate.py calibrates it" in caplog.text


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "give --name, --model and --data to measure, or --report NAME"),
        (["--name", "x", "--model", "m"], "give --name"),
        (["--name", "x", "--model", "m", "--data", "none.jsonl"], "expected a name, an equals sign and a file"),
        (["--name", "x", "--model", "m", "--data", "dev=none.jsonl"], "--data dev=none.jsonl: expected"),
        (["--report", "none"], "--report none: no such result; there are: mini-full"),
    ],
)
def test_wrong_arguments_are_refused(arguments, message, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["calibration.py", *arguments])
    with pytest.raises(SystemExit):
        bench.main()
    assert message in capsys.readouterr().err


def test_docs_show_the_tables_of_the_stored_result():
    record = json.loads((bench.RESULTS / "mini-full.json").read_text(encoding="utf-8"))
    shown = (bench.DOCS / "calibration.md").read_text(encoding="utf-8").splitlines()
    lines = [line for line in bench.format_report(record) if line]
    assert len(lines) > 30
    assert [line for line in lines if line not in shown] == []
