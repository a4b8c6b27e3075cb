"""The configuration of adapting: every fault at once, before anything is loaded."""

from __future__ import annotations

import pytest
import yaml

from rasd.errors import ConfigError
from rasd.training.adaptation_config import AdaptConfig


@pytest.fixture
def base(tmp_path, monkeypatch):
    """A config file that is right, beside the files that it names."""
    monkeypatch.chdir(tmp_path)
    for name in ("a.txt", "b.jsonl", "c.pdf"):
        (tmp_path / name).write_text("", encoding="utf-8")
    (tmp_path / "encoder").mkdir()
    (tmp_path / "encoder" / "config.json").write_text("{}", encoding="utf-8")
    record = {"name": "x", "output_dir": "runs/x", "data": {"text": "a.txt"}, "model": {"encoder": "encoder"}}
    (tmp_path / "x.yaml").write_text(yaml.safe_dump(record), encoding="utf-8")
    return tmp_path / "x.yaml"


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("data.txt=a.txt", r"data\.txt = 'a\.txt': unknown key.*Did you mean 'text'"),
        ("data.train=b.jsonl", r"data\.train = 'b\.jsonl': unknown key; keys are: text, held_out"),
        ("data.text=none.txt", r"data\.text = 'none\.txt': no such file"),
        ("data.text=[a.txt, none.txt]", r"data\.text = 'none\.txt': no such file"),
        ("data.text=[]", r"data\.text = \[\]: expected a file of raw text \(\.txt, .*, \.parquet\) or a list"),
        ("data.text=c.pdf", r"data\.text = 'c\.pdf': expected a file that ends in one of \.txt, .*, \.parquet"),
        ("data.held_out=0", r"held_out = 0\.0: expected a share above 0, up to 0\.5"),
        ("data.held_out=5", r"held_out = 5\.0: expected a share"),
        ("data.held_out=.nan", r"held_out = nan: expected a share"),
        ("model.encoder=null", r"model\.encoder = None: expected text"),
        ("model.encoder=encoders/none", r"no such folder, and no Hub id"),
        ("model.encoder=aubmindlab/bert-base-arabertv2", r"needs text segmented by Farasa"),
        ("model.max_length=8", r"max_length = 8: expected at least 16"),
        ("model.normalizer.spaceing=true", r"unknown normalizer setting 'spaceing'"),
        ("model.head_size=8", r"model\.head_size = 8: unknown key"),
        ("output_dir=encoder", r"output_dir = 'encoder': expected another folder than that of the encoder"),
        ("output_dir=a.txt", r"output_dir = 'a\.txt': a file stands there"),
        ("seed=-1", r"seed = -1: expected a whole number from 0"),
        ("trainer.learning_rat=1.0", r"no such field\. Did you mean 'learning_rate'"),
        ("trainer.save_strategy=epoch", r"rasd saves by steps; set `save_steps`"),
        ("trainer.load_best_model_at_end=true", r"the weights of the end are kept"),
        ("trainer.train_sampling_strategy=random", r"rasd always batches windows of like length"),
        ("trainer.label_smoothing_factor=0.1", r"perplexity is that of the plain loss"),
        ("trainer.lr_scheduler_type=linaer", r"not a valid SchedulerType"),
    ],
)
def test_fault_is_told_with_key_value_and_nearest_name(base, override, message):
    with pytest.raises(ConfigError, match=message):
        AdaptConfig.from_yaml(base, [override])


def test_all_faults_come_at_once(base):
    overrides = ["nme=y", "trainer.lr=1", "data.text=none.txt", "data.held_out=2", "model.max_length=1", "seed=-1"]
    with pytest.raises(ConfigError) as error:
        AdaptConfig.from_yaml(base, overrides)
    assert len(str(error.value).splitlines()) == 7


def test_trainer_settings_that_events_refuse_may_be_set(base):
    config = AdaptConfig.from_yaml(
        base, ["trainer={eval_strategy: steps, save_steps: 50, gradient_checkpointing: true}"]
    )
    assert config.trainer["save_steps"] == 50


def test_text_may_be_several_files(base):
    config = AdaptConfig.from_yaml(base, ["data.text=[a.txt, b.jsonl]", "data.held_out=0.01"])
    assert (config.data.text, config.data.held_out, config.model.max_length) == (["a.txt", "b.jsonl"], 0.01, 512)
