"""The scripts of `train/`: faults of the installation and the disk, told in a sentence."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[2] / "train"
SCRIPTS = sorted(path.name for path in FOLDER.glob("*.py"))


def test_there_are_scripts():
    assert SCRIPTS == ["adapt.py", "train.py"]


@pytest.fixture(params=SCRIPTS)
def script(monkeypatch, request):
    # The script sets the first place of the path when it is loaded.
    monkeypatch.setattr(sys, "path", [*sys.path])
    spec = importlib.util.spec_from_file_location("train_script", FOLDER / request.param)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(sys, "argv", [request.param, "--config", "none.yaml"])
    return module


def test_missing_extra_is_told_with_the_command(script, monkeypatch, capsys):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert script.main() == 2
    assert "training needs accelerate and datasets" in (error := capsys.readouterr().err)
    assert "pip install" in error and "[train]" in error


def test_configuration_that_is_not_there_is_told(script, capsys):
    assert script.main() == 2
    assert f"{sys.argv[0]}: cannot read the configuration 'none.yaml'" in capsys.readouterr().err


def test_stopped_run_says_how_to_go_on(script, monkeypatch, capsys):
    def stop(*unused):
        raise KeyboardInterrupt

    monkeypatch.setattr(script, "run", stop)
    assert script.main() == 130
    assert f"{sys.argv[0]}: stopped; the same command with resume=true goes on" in capsys.readouterr().err


def test_full_disk_is_told_without_a_traceback(script, monkeypatch, capsys):
    def fill(*unused):
        raise OSError(28, "No space left on device", "runs/x")

    monkeypatch.setattr(script, "run", fill)
    assert script.main() == 2
    assert "No space left on device: 'runs/x'; check the space" in capsys.readouterr().err


@pytest.mark.parametrize(("rank", "shown"), [("0", "table\n"), ("1", "")])
def test_one_process_prints_the_table(script, monkeypatch, capsys, rank, shown):
    monkeypatch.setenv("RANK", rank)
    monkeypatch.setattr(script, "run", lambda *unused: "table")
    assert script.main() == 0
    assert capsys.readouterr().out == shown
