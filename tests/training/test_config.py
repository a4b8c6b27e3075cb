"""The training configuration: every fault at once, before anything is loaded."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from rasd.errors import ConfigError
from rasd.training.config import TrainConfig

ROOT = Path(__file__).resolve().parents[2]
CONFIGS = sorted((ROOT / "configs").rglob("*.yaml"))


@pytest.fixture
def base(tmp_path, monkeypatch):
    """A config file that is right, beside the files that it names."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.jsonl").write_text("", encoding="utf-8")
    (tmp_path / "encoder").mkdir()
    (tmp_path / "encoder" / "config.json").write_text("{}", encoding="utf-8")
    record = {
        "name": "x",
        "output_dir": "runs/x",
        "data": {"train": "a.jsonl", "dev": "a.jsonl"},
        "model": {"encoder": "encoder"},
    }
    (tmp_path / "x.yaml").write_text(yaml.safe_dump(record), encoding="utf-8")
    return tmp_path / "x.yaml"


def test_there_are_configurations_to_check():
    assert {path.stem for path in CONFIGS} >= {"smoke", "mini", "mini-full", "arabertv02-base", "arabertv02-large"}


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_shipped_configuration_is_right(path, monkeypatch, tmp_path):
    monkeypatch.chdir(ROOT)
    (tmp_path / "config.json").write_text("{}", encoding="utf-8")
    # The small encoders are built by scripts, so a clone does not have them.
    local = yaml.safe_load(path.read_text(encoding="utf-8"))["model"]["encoder"].startswith("encoders/")
    config = TrainConfig.from_yaml(path, [f"model.encoder={tmp_path}"] if local else [])
    assert config.name == path.stem and config.output_dir == f"runs/{path.stem}"


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("nme=y", r"nme = 'y': unknown key.*Did you mean 'name'"),
        ("model.hed_size=3", r"model\.hed_size = 3: unknown key.*Did you mean 'head_size'"),
        ("trainer.learning_rat=1.0", r"trainer\.learning_rat = 1\.0.*no such field\. Did you mean 'learning_rate'"),
        ("trainer.learning_rate=1e-5", r"learning_rate = '1e-5': expected a number; YAML.* write 1\.0e-5"),
        ("trainer.num_train_epochs=[1]", r"trainer\.num_train_epochs = \[1\]"),
        ("trainer.seed=3", r"trainer\.seed = 3: not to be set here; write it at the top level"),
        ("seed=x", r"seed = 'x': expected a whole number"),
        ("resume=1", r"resume = 1: expected bool"),
        ("data.train=none.jsonl", r"data\.train = 'none\.jsonl': no such file"),
        ("data.ontology=conflct", r"data\.ontology: no ontology 'conflct'.*Did you mean 'conflict'"),
        ("data=3", r"data: expected a mapping, got 3"),
        ("optim.loss_weights.argumnt=1.0", r"unknown loss.*Did you mean 'argument'"),
        ("model.normalizer.spaceing=true", r"unknown normalizer setting 'spaceing'.*Did you mean 'spacing'"),
        ("model.encoder=aubmindlab/bert-base-arabertv2", r"needs text segmented by Farasa.*bert-base-arabertv02"),
        ("model.encoder=encoders/none", r"no such folder, and no Hub id"),
        ("model.checkpoint=runs/none", r"model\.checkpoint = 'runs/none': no rasd checkpoint in that folder"),
        ("model.encoder=null", r"give `encoder`"),
        ("model.head_size=30", r"head_size = 30: expected a multiple"),
        ("model.max_length=4", r"expected at least 16"),
        ("noequals", r"expected key=value"),
        ("name.x=1", r"name is not a mapping"),
    ],
)
def test_fault_is_told_with_key_value_and_nearest_name(base, override, message):
    with pytest.raises(ConfigError, match=message):
        TrainConfig.from_yaml(base, [override])


def test_all_faults_come_at_once(base):
    with pytest.raises(ConfigError) as error:
        TrainConfig.from_yaml(base, ["nme=y", "trainer.lr=1", "data.train=none.jsonl", "seed=x"])
    assert len(str(error.value).splitlines()) == 5


def test_overrides_reach_into_parts(base):
    config = TrainConfig.from_yaml(base, ["trainer.max_steps=6", "output_dir=/tmp/x", "data.train=[a.jsonl, a.jsonl]"])
    assert (config.trainer["max_steps"], config.output_dir, config.data.train) == (6, "/tmp/x", ["a.jsonl", "a.jsonl"])


@pytest.mark.parametrize(("text", "message"), [("- a", "expected a mapping"), ("a: [", "not valid YAML")])
def test_file_that_is_no_configuration_is_refused(tmp_path, text, message):
    path = tmp_path / "x.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=message):
        TrainConfig.from_yaml(path)
    with pytest.raises(ConfigError, match="cannot read"):
        TrainConfig.from_yaml(tmp_path / "none.yaml")
