"""Adapting for real, a tiny encoder: to the end, after a kill, further, and on into training."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from rasd.errors import ConfigError
from rasd.text.normalize import PRESETS, NormalizerConfig
from rasd.training.adaptation_config import AdaptConfig, RawTextConfig, StartConfig

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.slow

PLACES = "الوادي الأخضر", "حي المطار", "قرية الزيتون", "ميناء الصيادين", "ضاحية المعلمين"
EVENTS = (
    "أغلقت الشرطة الطريق المؤدي إلى {} بعد ظهر اليوم.",
    "قال سكان {} إن القصف استمر حتى الفجر، وإن منازل عدة تضررت.",
    "وصلت شاحنتا طحين إلى {} برفقة فريق من المتطوعين.",
    "ينتظر أهالي {} عودة التيار الكهربائي منذ 3 أيام.",
)
LINES = [event.format(place) for event in EVENTS for place in PLACES]


@pytest.fixture(scope="module", autouse=True)
def folder(tmp_path_factory):
    """A working folder with a text and a tiny encoder of AraBERT's shape and name."""
    from tiny import build_tiny_encoder

    folder = tmp_path_factory.mktemp("work")
    (folder / "news.txt").write_text("\n".join(LINES) + "\n", encoding="utf-8")
    build_tiny_encoder(folder / "bert-base-arabertv02", arabert_shaped=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        yield folder


def config_of(output, **changes):
    """A configuration of eight steps, each of which leaves a state."""
    trainer = {
        "max_steps": 8,
        "save_steps": 1,
        "save_total_limit": 10,
        "per_device_train_batch_size": 3,
        "learning_rate": 5e-3,
        "use_cpu": True,
        "bf16": False,
        "disable_tqdm": True,
    }
    settings = {
        "name": "x",
        "output_dir": str(output),
        "data": RawTextConfig(text="news.txt", held_out=0.2),
        "model": StartConfig(encoder="bert-base-arabertv02", max_length=64),
    }
    return AdaptConfig(**settings | {"trainer": trainer | changes.pop("trainer", {})} | changes)


def run(config):
    from rasd.training.adaptation import adapt

    return adapt(config)


def weights_of(folder):
    from safetensors.numpy import load_file

    return load_file(Path(folder) / "model.safetensors")


@pytest.fixture(scope="module")
def finished(folder):
    """A finished run with the states of all its steps."""
    return run(config_of(folder / "finished")), folder / "finished"


def test_folder_is_an_encoder_with_its_head_tokenizer_and_normaliser(finished):
    from transformers import AutoModel, AutoModelForMaskedLM, AutoTokenizer

    _, output = finished
    files = {"config.json", "model.safetensors", "rasd_normalizer.json", "run.json"}
    assert {path.name for path in output.iterdir()} == files | {"tokenizer.json", "tokenizer_config.json", "trainer"}
    assert len({(output / name).stat().st_mode for name in files}) == 1
    model, info = AutoModelForMaskedLM.from_pretrained(output, output_loading_info=True)
    assert not info["missing_keys"] and not info["unexpected_keys"]
    encoder = AutoModel.from_pretrained(output, add_pooling_layer=False)
    assert all((value == model.bert.state_dict()[name]).all() for name, value in encoder.state_dict().items())
    assert AutoTokenizer.from_pretrained(output).tokenize("[رابط]") == ["[رابط]"]


def test_run_says_where_the_encoder_came_from_and_what_adapting_brought(finished):
    returned, output = finished
    record = json.loads((output / "run.json").read_text(encoding="utf-8"))
    assert record == json.loads(json.dumps(returned))
    assert record["config"]["model"]["encoder"] == "bert-base-arabertv02" and record["steps"] == 8
    assert len(record["data"]["news.txt"]["sha256"]) == 64 and record["versions"]["torch"]
    assert record["text"]["train"]["lines"] + record["text"]["held_out"]["lines"] == len(LINES)
    before, after = record["held_out"]["before"], record["held_out"]["after"]
    assert after["loss"] < before["loss"] and before["perplexity"] > after["perplexity"] > 1


def test_measured_loss_is_that_of_the_saved_weights(finished, folder):
    """What is reported as after is what another run finds before, with any batch size."""
    record, output = finished
    model = StartConfig(encoder=str(output), max_length=64)
    trainer = {"max_steps": 1, "learning_rate": 0.0, "per_device_eval_batch_size": 3}
    further = run(config_of(folder / "further", model=model, trainer=trainer))
    assert further["held_out"]["before"]["loss"] == pytest.approx(record["held_out"]["after"]["loss"], abs=1e-5)


def test_loss_falls_far_on_a_text_that_repeats_itself(folder):
    text = folder / "repeated.txt"
    text.write_text("\n".join([*LINES[:3] * 40, *LINES]), encoding="utf-8")
    trainer = {"max_steps": 60, "save_steps": 60, "per_device_train_batch_size": 16}
    record = run(config_of(folder / "repeated", data=RawTextConfig(text=str(text), held_out=0.2), trainer=trainer))
    before, after = record["held_out"]["before"], record["held_out"]["after"]
    assert before["loss"] > 5 and after["loss"] < 3.6


# Before the end of the first epoch, at it, and in the second.
@pytest.mark.parametrize("step", [2, 4, 6])
def test_resumed_run_ends_with_the_weights_of_an_unbroken_one(finished, folder, step):
    record, unbroken = finished
    assert 3 * 3 < record["text"]["train"]["windows"] <= 3 * 4, "an epoch is four steps"
    output = folder / f"resumed-{step}"
    (output / "trainer").mkdir(parents=True)
    shutil.copy(unbroken / "trainer" / "fingerprint.json", output / "trainer")
    shutil.copytree(unbroken / "trainer" / f"checkpoint-{step}", output / "trainer" / f"checkpoint-{step}")
    (output / "trainer" / "checkpoint-7").mkdir()  # what a kill in the middle of saving leaves
    resumed = run(replace(config_of(output), resume=True))
    assert resumed["held_out"] == record["held_out"]
    left, right = weights_of(unbroken), weights_of(output)
    assert left.keys() == right.keys() and all((left[name] == right[name]).all() for name in left)


def test_states_are_not_resumed_with_another_text_or_normaliser(finished, folder):
    _, output = finished
    resumed = replace(config_of(output), resume=True)
    (folder / "other.txt").write_text("\n".join(LINES[1:]), encoding="utf-8")
    with pytest.raises(ConfigError, match=r"data\.text = .*, the states were trained with"):
        run(replace(resumed, data=RawTextConfig(text="other.txt", held_out=0.2)))
    with pytest.raises(ConfigError, match=r"spacing = False, the states were trained with True"):
        run(replace(resumed, model=replace(resumed.model, normalizer={"spacing": False})))
    assert (output / "config.json").is_file()


def test_adapted_arabert_keeps_its_preset_and_goes_on_into_training(finished, folder, caplog, capfd):
    from rasd.inference.loading import read_config
    from rasd.training.config import DataConfig, ModelConfig, TrainConfig
    from rasd.training.run import train

    _, output = finished
    assert NormalizerConfig.for_encoder(str(output)) == PRESETS["arabertv02"]
    dev = str(ROOT / "data/conflict/dev.jsonl")
    config = TrainConfig(
        name="y",
        output_dir=str(folder / "events"),
        data=DataConfig(train=dev, dev=dev, max_train_sentences=8),
        model=ModelConfig(encoder=str(output), max_length=128, head_size=32, num_argument_layers=1),
        trainer={"max_steps": 2, "per_device_train_batch_size": 4, "use_cpu": True, "disable_tqdm": True},
    )
    config = replace(config, optim=replace(config.optim, tune_thresholds=False))
    assert train(config).tri_c.num_gold
    assert read_config(folder / "events")["normalizer"] == PRESETS["arabertv02"].to_dict()
    told = caplog.text + capfd.readouterr().err
    assert "UNEXPECTED" not in told and "MISSING" not in told and "lacks" not in told


def test_settings_over_the_preset_stay_with_the_encoder(folder):
    model = StartConfig(encoder="bert-base-arabertv02", max_length=64, normalizer={"ascii_digits": False})
    run(config_of(folder / "digits", model=model, trainer={"max_steps": 1}))
    assert NormalizerConfig.for_encoder(str(folder / "digits")) == replace(PRESETS["arabertv02"], ascii_digits=False)


def test_new_run_takes_the_place_of_an_earlier_one_and_its_states(folder):
    output = folder / "twice"
    run(config_of(output, trainer={"max_steps": 2}))
    first = weights_of(output)
    (output / "trainer" / "checkpoint-9").mkdir()
    run(config_of(output, seed=7, trainer={"max_steps": 2}))
    assert any((first[name] != value).any() for name, value in weights_of(output).items())
    assert {path.name for path in (output / "trainer").glob("checkpoint-*")} == {"checkpoint-1", "checkpoint-2"}


def test_accumulated_batches_train_as_one_batch_would(folder):
    """The loss is the mean over the masked pieces of a step, so that only rounding tells the two apart."""
    results = []
    for i, sizes in enumerate([(4, 1), (2, 2)]):
        batch = dict(zip(("per_device_train_batch_size", "gradient_accumulation_steps"), sizes, strict=True))
        source = folder / "no-dropout"
        if not source.exists():
            shutil.copytree(folder / "bert-base-arabertv02", source)
            record = json.loads((source / "config.json").read_text(encoding="utf-8"))
            record |= {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
            (source / "config.json").write_text(json.dumps(record), encoding="utf-8")
        settings = {"max_steps": 3, "optim": "sgd", "learning_rate": 0.5, **batch}
        model = StartConfig(encoder=str(source), max_length=64)
        results.append(run(config_of(folder / f"accumulated-{i}", model=model, trainer=settings))["held_out"])
    one, other = results
    assert one["after"]["loss"] == pytest.approx(other["after"]["loss"], abs=1e-5)
    assert one["after"]["loss"] < one["before"]["loss"] - 0.1


def test_loss_can_be_measured_in_between(folder):
    trainer = {"max_steps": 4, "eval_strategy": "steps", "eval_steps": 2, "gradient_checkpointing": True}
    record = run(config_of(folder / "between", trainer=trainer))
    losses = {entry["step"]: entry["eval_loss"] for entry in record["evaluations"]}
    assert list(losses) == [2, 4] and losses[4] == record["held_out"]["after"]["loss"] != losses[2]


def run_script(*overrides):
    command = [sys.executable, str(ROOT / "train" / "adapt.py"), "--config", str(ROOT / "configs" / "adapt-mini.yaml")]
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}
    return subprocess.run([*command, *overrides], env=environment, capture_output=True, text=True)


def test_shipped_configuration_runs_and_tells_the_loss_before_and_after(folder):
    overrides = [
        "model.encoder=bert-base-arabertv02",
        "output_dir=shipped",
        "data.text=[news.txt]",
        "data.held_out=0.2",
    ]
    done = run_script(*overrides, "trainer.max_steps=1")
    assert done.returncode == 0, done.stderr
    assert [line.split()[0] for line in done.stdout.splitlines()[-4:]] == ["held-out", "before", "after", "trained"]
    assert "comes without a masked-language-model head" in done.stderr
    assert (folder / "shipped" / "config.json").is_file()


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("model.encoder=nobody/nothing", "cannot be loaded"),
        ("data.held_out=0.000001", "falls to the held-out part"),
        ("output_dir=/dev/null/x", "check the space and the permissions"),
    ],
)
def test_fault_ends_adapting_with_one_clear_error(override, message):
    overrides = ["model.encoder=bert-base-arabertv02", "output_dir=fault", "data.text=news.txt", override]
    done = run_script(*overrides, "trainer.max_steps=1")
    assert done.returncode == 2 and message in done.stderr and "Traceback" not in done.stderr
