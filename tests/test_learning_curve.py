"""The samples of the learning curve, and that nothing is run twice, under a wrong name, or kept past its data."""

from __future__ import annotations

import argparse
import json

import learning_curve
import pytest


@pytest.fixture
def real_train(tmp_path, monkeypatch):
    """A folder with a written and a real file of ten lines each."""
    for name in ("train", "dev", "test", "real"):
        lines = (json.dumps({"text": f"{name} {i}", "events": []}) for i in range(10))
        (tmp_path / f"{name}.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    monkeypatch.setattr(learning_curve, "CONFLICT", tmp_path)
    monkeypatch.setattr(learning_curve, "RESULTS", tmp_path)
    return tmp_path / "real.jsonl"


def test_larger_samples_hold_smaller_ones(real_train):
    small, large, whole = (learning_curve.sample("written", size, real_train) for size in ("3", "7", "all"))
    assert set(small) < set(large) < set(whole)
    assert [len(set(part)) for part in (small, large, whole)] == [3, 7, 10]


def test_both_takes_half_of_each(real_train):
    picked = [json.loads(line)["text"].split()[0] for line in learning_curve.sample("both", "6", real_train)]
    assert picked == ["train"] * 3 + ["real"] * 3
    assert len(learning_curve.sample("both", "all", real_train)) == 20


def test_more_than_there_is_is_refused(real_train):
    with pytest.raises(SystemExit, match=r"real:11 wants 11 sentences of .*, which has 10"):
        learning_curve.sample("real", "11", real_train)
    with pytest.raises(SystemExit, match=r"wants .*none\.jsonl, which is not there; scripts/rehydrate\.py"):
        learning_curve.sample("real", "3", real_train.with_name("none.jsonl"))


@pytest.mark.parametrize("cell", ["written", "writen:3", "real:-3", "both:", "both:some", "real:²", "real:٣", "both:1"])
def test_cell_of_a_wrong_form_is_refused(cell, monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["learning_curve.py", cell])
    with pytest.raises(SystemExit):
        learning_curve.main()
    assert f"{cell!r}: expected written or real or both, a colon, and a number" in capsys.readouterr().err


def test_digest_is_of_texts_and_events_alone():
    lines = [json.dumps({"id": "a", "text": "نص", "events": [], "meta": {"region": region}}) for region in "xy"]
    assert learning_curve.digest_of(lines[:1]) == learning_curve.digest_of([*lines[1:], ""])
    assert learning_curve.digest_of(lines) != learning_curve.digest_of(lines[:1])


def test_cell_is_run_again_only_where_its_data_has_changed(real_train, monkeypatch, capsys):
    options = argparse.Namespace(real_train=real_train, real_dev=None, gsr=None)
    monkeypatch.setattr(learning_curve, "fit", lambda *_: pytest.fail("run again"))
    lines = learning_curve.sample("real", "4", real_train)
    inputs = learning_curve.fingerprints(lines, options)
    (real_train.parent / "real-4.json").write_text(json.dumps({"inputs": inputs}), encoding="utf-8")
    learning_curve.run("real", "4", options)
    assert "real:4: there already" in capsys.readouterr().out
    record = json.loads(lines[0])
    real_train.write_text(real_train.read_text(encoding="utf-8").replace(record["text"], "other"), encoding="utf-8")
    with pytest.raises(pytest.fail.Exception):
        learning_curve.run("real", "4", options)
    assert "made of other data; running it again" in capsys.readouterr().out


@pytest.mark.parametrize(("written", "code"), [(84, 1), (86, 0)])
def test_report_fails_where_written_sentences_are_worth_too_little(written, code, capsys):
    def cell(corpus, percent):
        return {"corpus": corpus, "num_sentences": 1200, "real": {"arg_c": {"f1": percent / 100}}}

    assert learning_curve.tell_worth([cell("written", written), cell("real", 100)]) == code
    assert f"1200 written sentences give {written}.0%" in capsys.readouterr().out


def test_gaps_are_told_by_label_worst_first_and_rare_labels_left_out(capsys):
    def cell(corpus, **f1):
        scores = {label: {"f1": value / 100, "num_gold": 9 if label == "Rare" else 10} for label, value in f1.items()}
        by_type = {label: {"tri_c": score} for label, score in scores.items()}
        return {"corpus": corpus, "num_sentences": 1200, "real": {"by_type": by_type, "by_role": scores}}

    written = cell("written", Better=70, Worse=20, Rare=0)
    learning_curve.print_gaps([written])
    assert capsys.readouterr().out == ""
    learning_curve.print_gaps([written, cell("real", Better=60, Worse=50, Rare=90)])
    types, roles = capsys.readouterr().out.strip().split("\n\n")
    rows = ["| Worse | 10 | 20.0 | 50.0 | -30.0 |", "| Better | 10 | 70.0 | 60.0 | +10.0 |"]
    assert types.split("\n")[2:] == roles.split("\n")[2:] == rows
