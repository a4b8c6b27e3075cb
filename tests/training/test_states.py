"""States to resume from: whose they are, which is whole, and what is removed."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from rasd.errors import ConfigError
from rasd.ontology import Ontology
from rasd.training.config import DataConfig, ModelConfig, TrainConfig
from rasd.training.states import FINGERPRINT, check_resume, fingerprint_of, prepare_states

CONFIG = TrainConfig(
    name="x", output_dir="runs/x", data=DataConfig(train="a", dev="b"), model=ModelConfig(encoder="encoder")
)
SUMS = {"a": "1", "b": "2", "moved": "1"}


def fingerprint(config=CONFIG, sums=SUMS):
    return fingerprint_of(config, Ontology.load("conflict"), sums)


@pytest.fixture
def folder(tmp_path):
    """A state that is whole, one that is not, and a folder of the user's own; written by the run of CONFIG."""
    for name, text in (("checkpoint-5", "{}"), ("checkpoint-40", '{"half'), ("checkpoint-foo", "{}")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "trainer_state.json").write_text(text, encoding="utf-8")
    (tmp_path / FINGERPRINT).write_text(json.dumps(fingerprint()), encoding="utf-8")
    return tmp_path


def names(folder):
    return {path.name for path in folder.iterdir()}


def test_resume_takes_the_last_whole_state_and_removes_the_half_written(folder):
    state = prepare_states(folder, fingerprint(), resume=True, is_main=True)
    assert state == str(folder / "checkpoint-5")
    assert names(folder) == {"checkpoint-5", "checkpoint-foo", FINGERPRINT}


def test_new_run_removes_old_states_and_nothing_else(folder):
    assert prepare_states(folder, fingerprint(), resume=False, is_main=True) is None
    assert names(folder) == {"checkpoint-foo", FINGERPRINT}


def test_other_processes_find_the_same_state_and_touch_nothing(folder):
    before = names(folder)
    assert prepare_states(folder, fingerprint(), resume=True, is_main=False) == str(folder / "checkpoint-5")
    assert names(folder) == before


def test_run_resumes_under_another_name_and_from_moved_files(folder):
    moved = replace(CONFIG, name="y", output_dir="z", resume=True, data=DataConfig(train="moved", dev="b"))
    check_resume(folder, fingerprint(moved))


@pytest.mark.parametrize(
    ("other", "message"),
    [
        (fingerprint(replace(CONFIG, seed=7)), r"seed = 7, the states were trained with 13"),
        (fingerprint(replace(CONFIG, trainer={"max_steps": 3})), r"trainer\.max_steps = 3, .* with None"),
        (fingerprint(sums=SUMS | {"a": "9"}), r"data\.train = \['9'\], .* with \['1'\]"),
    ],
)
def test_resume_under_another_configuration_is_refused(folder, other, message):
    with pytest.raises(ConfigError, match=message):
        check_resume(folder, other)


def test_states_without_or_with_a_damaged_fingerprint_are_refused(folder):
    (folder / FINGERPRINT).write_text("{", encoding="utf-8")
    with pytest.raises(ConfigError, match="is damaged"):
        check_resume(folder, fingerprint())
    (folder / FINGERPRINT).unlink()
    with pytest.raises(ConfigError, match=r"is missing.*resume=false"):
        check_resume(folder, fingerprint())


def test_resume_without_states_starts_from_the_beginning(tmp_path, caplog):
    check_resume(tmp_path / "none", fingerprint())
    assert prepare_states(tmp_path / "none", fingerprint(), resume=True, is_main=True) is None
    assert "starts from the beginning" in caplog.text
