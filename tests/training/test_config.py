"""The training configuration: every fault at once, before anything is loaded."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from rasd.errors import ConfigError
from rasd.training.adaptation_config import AdaptConfig
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
    names = {"smoke", "mini", "mini-full", "arabertv02-base", "arabertv02-large", "adapt-mini"}
    assert {path.stem for path in CONFIGS} >= names


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_shipped_configuration_is_right(path, monkeypatch, tmp_path):
    monkeypatch.chdir(ROOT)
    (tmp_path / "config.json").write_text("{}", encoding="utf-8")
    record = yaml.safe_load(path.read_text(encoding="utf-8"))
    # The small encoders and the real sentences' texts are made by scripts, so a clone does not have them.
    overrides = [f"model.encoder={tmp_path}"] if record["model"]["encoder"].startswith("encoders/") else []
    kind = AdaptConfig if path.stem.startswith("adapt-") else TrainConfig
    overrides += ["data.train=data/conflict/train.jsonl"] if "runs/" in str(record["data"].get("train")) else []
    config = kind.from_yaml(path, overrides)
    assert config.name == path.stem and config.output_dir == f"runs/{path.stem}"


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("nme=y", r"nme = 'y': unknown key.*Did you mean 'name'"),
        ("max_steps=4", r"max_steps = 4: unknown key.*stand under trainer, as trainer\.max_steps"),
        ("head_size=3", r"head_size = 3: unknown key.*Did you mean model\.head_size\?"),
        ("model.hed_size=3", r"model\.hed_size = 3: unknown key.*Did you mean 'head_size'"),
        ("trainer.learning_rat=1.0", r"trainer\.learning_rat = 1\.0.*no such field\. Did you mean 'learning_rate'"),
        ("trainer.learning_rate=1e-5", r"learning_rate = '1e-5': expected a number; YAML.* write 1\.0e-5"),
        ("trainer.num_train_epochs=[1]", r"trainer\.num_train_epochs = \[1\]"),
        ("trainer.seed=3", r"trainer\.seed = 3: not to be set here; write it at the top level"),
        ("seed=x", r"seed = 'x': expected a whole number"),
        ("resume=1", r"resume = 1: expected bool"),
        ("data.train=none.jsonl", r"data\.train = 'none\.jsonl': no such file"),
        ("data.train=runs/conflict_real/train.jsonl", r"no such file; scripts/rehydrate\.py makes it"),
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
        ("name=3", r"name = 3: expected text"),
        ("name=''", r"name = '': expected a name that is not empty"),
        ("output_dir=a.jsonl", r"output_dir = 'a\.jsonl': a file stands there"),
        ("data.train=[]", r"data\.train = \[\]: expected a JSONL file"),
        ("data.train=3", r"data\.train = 3: expected text \| list"),
        ("data.max_train_sentences=0", r"max_train_sentences = 0: expected at least 1"),
        ("model.num_argument_heads=0", r"num_argument_heads = 0: expected at least 1"),
        ("model.head_size=-4", r"head_size = -4: expected at least 1"),
        ("model.head_dropout=1", r"head_dropout = 1\.0: expected a number from 0 to below 1"),
        ("optim.head_learning_rate=.nan", r"head_learning_rate = nan: expected a finite number"),
        ("optim.loss_weights.cut=-1", r"loss_weights\.cut = -1: expected a finite number"),
        ("trainer.learning_rate=.inf", r"learning_rate = inf: expected a finite number"),
        ("seed=-1", r"seed = -1: expected a whole number from 0"),
        ("trainer.lr_scheduler_type=linaer", r"trainer: '?linaer'? is not a valid SchedulerType"),
        ("trainer.ddp_find_unused_parameters=false", r"a batch may have no triggers"),
        ("trainer.save_only_model=true", r"needs the optimizer's state"),
        ("trainer.label_smoothing_factor=0.1", r"have no smoothing"),
        ("trainer.gradient_checkpointing=true", r"not supported; lower per_device_train_batch_size"),
        ("model={encoder: encoder, encoder: other}", r"is not valid YAML"),
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


def test_what_hf_refuses_comes_with_the_other_faults(base):
    with pytest.raises(ConfigError) as error:
        TrainConfig.from_yaml(base, ["trainer.lr_scheduler_type=linaer", "data.train=none.jsonl"])
    assert "linaer" in str(error.value) and "none.jsonl" in str(error.value)


def test_setting_that_rasd_needs_may_be_spelt_out(base):
    TrainConfig.from_yaml(base, ["trainer.ddp_find_unused_parameters=true"])


def test_keys_beside_a_checkpoint_must_say_what_it_has(base, tiny_checkpoint):
    same = [f"model.checkpoint={tiny_checkpoint}", "model.head_size=32", "model.revision=main"]
    assert TrainConfig.from_yaml(base, same).model.checkpoint == str(tiny_checkpoint)
    with pytest.raises(ConfigError) as error:
        TrainConfig.from_yaml(base, [*same, "model.max_length=64", "model.normalizer={spacing: true}"])
    assert "model.max_length = 64: the checkpoint was built with 128" in str(error.value)
    assert "model.normalizer.spacing = True: the checkpoint was built with False" in str(error.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- a", "expected a mapping"),
        ("a: [", "not valid YAML"),
        ("name: x\nname: y", "key 'name' stands twice"),
        ("model: {encoder: x, encoder: y}", "key 'encoder' stands twice"),
        ("name: 2024-13-45", "not valid YAML"),
    ],
)
def test_file_that_is_no_configuration_is_refused(tmp_path, text, message):
    path = tmp_path / "x.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=message):
        TrainConfig.from_yaml(path)
    with pytest.raises(ConfigError, match="cannot read"):
        TrainConfig.from_yaml(tmp_path / "none.yaml")
