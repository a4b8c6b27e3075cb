"""The samples of the learning curve, and that nothing runs twice or under a wrong name."""

from __future__ import annotations

import learning_curve
import pytest


@pytest.fixture
def corpora(tmp_path, monkeypatch):
    """A written and a real file of ten lines each."""
    for name in ("written", "real"):
        (tmp_path / name).write_text("".join(f"{name} {i}\n" for i in range(10)), encoding="utf-8")
    monkeypatch.setattr(learning_curve, "WRITTEN", tmp_path / "written")
    return tmp_path / "real"


def test_larger_samples_hold_smaller_ones(corpora):
    small, large, whole = (learning_curve.sample("written", size, corpora) for size in ("3", "7", "all"))
    assert set(small) < set(large) < set(whole)
    assert [len(set(part)) for part in (small, large, whole)] == [3, 7, 10]


def test_both_takes_half_of_each(corpora):
    picked = learning_curve.sample("both", "6", corpora)
    assert [line.split()[0] for line in picked] == ["written"] * 3 + ["real"] * 3
    assert len(learning_curve.sample("both", "all", corpora)) == 20


def test_more_than_there_is_is_refused(corpora):
    with pytest.raises(SystemExit, match=r"real:11 wants 11 sentences of .*, which has 10"):
        learning_curve.sample("real", "11", corpora)


@pytest.mark.parametrize("cell", ["written", "writen:3", "real:-3", "both:", "both:some"])
def test_cell_of_a_wrong_form_is_refused(cell, monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["learning_curve.py", cell])
    with pytest.raises(SystemExit):
        learning_curve.main()
    assert f"{cell!r}: expected written or real or both, a colon, and a number" in capsys.readouterr().err


def test_cell_with_a_result_is_not_run_again(tmp_path, monkeypatch, capsys):
    (tmp_path / "real-300.json").write_text("{}", encoding="utf-8")
    monkeypatch.setattr(learning_curve, "RESULTS", tmp_path)
    monkeypatch.setattr(learning_curve, "run", lambda *_: pytest.fail("run again"))
    monkeypatch.setattr("sys.argv", ["learning_curve.py", "real:300"])
    learning_curve.main()
    assert "real:300: there already" in capsys.readouterr().out
