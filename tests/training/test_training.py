"""Training for real on a tiny encoder: to the end, after a kill, and on from a checkpoint."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def encoder(tmp_path_factory):
    from tiny import build_tiny_encoder

    folder = tmp_path_factory.mktemp("encoders") / "tiny"
    build_tiny_encoder(folder)
    return folder


@pytest.fixture(scope="module")
def arabert(tmp_path_factory):
    from tiny import build_tiny_encoder

    folder = tmp_path_factory.mktemp("encoders") / "arabert"
    build_tiny_encoder(folder, arabert_shaped=True)
    return folder


def command(config, *overrides):
    return [sys.executable, str(ROOT / "train" / "train.py"), "--config", str(ROOT / "configs" / config), *overrides]


def run_training(config, *overrides):
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}
    return subprocess.run(command(config, *overrides), cwd=ROOT, env=environment, capture_output=True, text=True)


def train(config, *overrides):
    done = run_training(config, *overrides)
    assert done.returncode == 0, done.stderr
    return done.stdout


def weights_of(folder):
    from safetensors.numpy import load_file

    return load_file(Path(folder) / "model.safetensors")


def assert_same_weights(one, other):
    left, right = weights_of(one), weights_of(other)
    assert left.keys() == right.keys()
    assert all((left[name] == right[name]).all() for name in left)


@pytest.fixture(scope="module")
def finished(encoder, tmp_path_factory):
    """A run of the smoke configuration, three epochs."""
    output = tmp_path_factory.mktemp("runs") / "finished"
    train("smoke.yaml", f"model.encoder={encoder}", f"output_dir={output}", "trainer.num_train_epochs=3")
    return output


def test_checkpoint_loads_alone_and_predicts_what_the_run_scored(finished):
    import rasd
    from rasd.formats.jsonl import read_sentences
    from rasd.metrics import score_events

    extractor = rasd.load(finished, device="cpu", local_files_only=True)
    gold = read_sentences(ROOT / "data/conflict/dev.jsonl", extractor.ontology)
    scores = score_events(gold, extractor.predict_sentences(gold)).to_dict()
    run = json.loads((finished / "run.json").read_text(encoding="utf-8"))
    assert scores == run["dev_scores"]
    assert run["num_train_sentences"] == 24 and run["steps"] > 3 and len(run["epochs"]) == 3
    assert run["data"]["data/conflict/dev.jsonl"]["sha256"] and run["versions"]["torch"]


def test_checkpoint_holds_no_pickle(finished):
    names = {path.name for path in finished.iterdir()}
    checkpoint = {"config.json", "model.safetensors", "run.json", "tokenizer.json", "tokenizer_config.json"}
    assert names == checkpoint | {"trainer"}
    modes = {(finished / name).stat().st_mode for name in checkpoint}
    assert len(modes) == 1, "the weights are readable by whom the other files are"


def test_run_says_where_its_checkpoint_came_from(finished):
    run = json.loads((finished / "run.json").read_text(encoding="utf-8"))
    assert run["ontology"]["name"] == "conflict" and len(run["ontology"]["sha256"]) == 64
    assert run["machine"]["num_processes"] == 1 and run["machine"]["bf16"] in (True, False)
    assert run["encoder_commit"] is None and run["chosen_by"] == "arg_c"
    # Arguments score 0 throughout: what is above them decides, and where that is 0 too the last epoch.
    scores = [tuple(entry[f"eval_{name}"] for name in ("arg_c", "tri_c", "typing")) for entry in run["epochs"]]
    assert all(arguments == 0 for arguments, _, _ in scores)
    best = max(range(len(scores)), key=lambda i: (scores[i], i))
    assert run["best_step"] == run["epochs"][best]["step"]


def test_states_are_not_resumed_under_another_configuration(finished, encoder):
    overrides = [f"model.encoder={encoder}", f"output_dir={finished}", "resume=true"]
    done = run_training("smoke.yaml", *overrides, "trainer.num_train_epochs=4")
    assert done.returncode == 2 and "Traceback" not in done.stderr
    assert "trainer.num_train_epochs = 4, the states were trained with 3" in done.stderr


def test_two_processes_train_one_checkpoint(encoder, tmp_path):
    data = tmp_path / "data.jsonl"
    lines = (ROOT / "data/conflict/dev.jsonl").read_text(encoding="utf-8").splitlines()[:12]
    # The first half of the batches has no trigger, so that one process leaves the argument head unused.
    lines += [json.dumps({"text": "لم يعلق أحد.", "events": []})] * 12
    data.write_text("\n".join(lines), encoding="utf-8")
    output = tmp_path / "run"
    overrides = [f"model.encoder={encoder}", f"output_dir={output}", f"data.train={data}", f"data.dev={data}"]
    overrides += ["trainer.max_steps=2", "trainer.use_cpu=true", "trainer.per_device_train_batch_size=2"]
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}
    launch = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node=2"]
    done = subprocess.run(
        [*launch, *command("smoke.yaml", *overrides, "optim.tune_thresholds=false")[1:]],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("Typing macro") == 1
    run = json.loads((output / "run.json").read_text(encoding="utf-8"))
    assert (run["machine"]["num_processes"], run["steps"]) == (2, 2)
    assert [path.name for path in (output / "trainer").glob("checkpoint-*")] == ["checkpoint-2"]


def test_killed_run_resumes_to_the_weights_of_an_unbroken_one(finished, encoder, tmp_path):
    overrides = [f"model.encoder={encoder}", f"output_dir={tmp_path}", "trainer.num_train_epochs=3"]
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}
    process = subprocess.Popen(
        command("smoke.yaml", *overrides),
        cwd=ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    states = tmp_path / "trainer"
    deadline = time.monotonic() + 120
    while (
        not list(states.glob("checkpoint-*/trainer_state.json"))
        and process.poll() is None
        and time.monotonic() < deadline
    ):
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL, "the run ended before it could be killed"
    assert not (tmp_path / "config.json").exists()
    assert (tmp_path / "trainer" / "fingerprint.json").is_file()
    # What a kill in the middle of saving leaves behind.
    half = tmp_path / "trainer" / "checkpoint-999"
    half.mkdir()
    (half / "model.safetensors").write_bytes(b"half")
    train("smoke.yaml", *overrides, "resume=true")
    assert not half.exists()
    assert_same_weights(finished, tmp_path)


def test_training_goes_on_from_a_checkpoint_under_an_extended_ontology(finished, tmp_path):
    from rasd.ontology import Ontology

    extended = Ontology.load("conflict").to_dict()
    extended["types"] = [{"name": "New.Type", "roles": ["Agent"]}, *extended["types"]]
    path = tmp_path / "extended.yaml"
    path.write_text(yaml.safe_dump(extended, allow_unicode=True, sort_keys=False), encoding="utf-8")
    output = tmp_path / "run"
    overrides = [f"model.checkpoint={finished}", f"output_dir={output}", "trainer.max_steps=1"]
    train("smoke.yaml", *overrides, f"data.ontology={path}", "trainer.learning_rate=0", "optim.head_learning_rate=0")
    old, new = weights_of(finished), weights_of(output)
    assert new["arguments.types.weight"].shape[0] == old["arguments.types.weight"].shape[0] + 1
    assert (new["arguments.types.weight"][1:] == old["arguments.types.weight"]).all()
    assert (new["triggers.layers.3.weight"][2:] == old["triggers.layers.3.weight"]).all()
    before, run = (json.loads((folder / "run.json").read_text(encoding="utf-8")) for folder in (finished, output))
    assert run["before"]["data"] == before["data"] and run["before"]["config"] == before["config"]


def test_training_on_calibrates_anew(finished, tmp_path):
    old, output = shutil.copytree(finished, tmp_path / "old"), tmp_path / "run"
    config = json.loads((old / "config.json").read_text(encoding="utf-8"))
    stale = {"triggers": {"temperature": 7.0, "bias": 0.0}}
    (old / "config.json").write_text(json.dumps(config | {"calibration": stale}), encoding="utf-8")
    train("smoke.yaml", f"model.checkpoint={old}", f"output_dir={output}", "trainer.max_steps=1")
    assert json.loads((output / "config.json").read_text(encoding="utf-8")).get("calibration", {}) != stale


def test_checkpoint_is_not_taken_under_an_ontology_that_lacks_its_types(finished, tmp_path):
    small = tmp_path / "small.yaml"
    small.write_text("name: small\ntypes: {Fire: }\n", encoding="utf-8")
    data = tmp_path / "data.jsonl"
    data.write_text('{"text": "حريق", "events": [{"type": "Fire"}]}\n', encoding="utf-8")
    overrides = [f"model.checkpoint={finished}", f"output_dir={tmp_path}/run"]
    done = run_training("smoke.yaml", *overrides, f"data.ontology={small}", f"data.train={data}", f"data.dev={data}")
    assert done.returncode == 2
    assert "lacks 'Attack.AirStrike'" in done.stderr and "Traceback" not in done.stderr


def test_sentences_with_types_alone_train_a_model_that_gives_types_alone(encoder, tmp_path):
    import rasd

    lines = []
    for line in (ROOT / "data/conflict/dev.jsonl").read_text(encoding="utf-8").splitlines()[:30]:
        record = json.loads(line)
        types = dict.fromkeys(event["type"] for event in record["events"])
        lines.append(json.dumps({"text": record["text"], "events": [{"type": name} for name in types]}))
    data = tmp_path / "types.jsonl"
    data.write_text("\n".join(lines), encoding="utf-8")
    output = tmp_path / "run"
    train("smoke.yaml", f"model.encoder={encoder}", f"output_dir={output}", f"data.train={data}", f"data.dev={data}")
    extractor = rasd.load(output, device="cpu")
    extractor.engine.thresholds.types[:] = 0.0
    [document] = extractor.predict(["قصفت الطائرات القرية."])
    assert len(document.events) == 29
    assert all(event.trigger is None and event.arguments is None for event in document.events)


@pytest.mark.parametrize("config", ["arabertv02-base.yaml", "arabertv02-large.yaml"])
def test_arabert_configuration_runs_on_an_arabert_shaped_encoder(config, arabert, tmp_path):
    normalizer = "model.normalizer={url_token: '[رابط]', spacing: true, arabert_alphabet: true}"
    steps = ["trainer.max_steps=2", "trainer.use_cpu=true", "data.max_train_sentences=16"]
    train(config, f"model.encoder={arabert}", f"output_dir={tmp_path}", normalizer, *steps)
    record = json.loads((tmp_path / "config.json").read_text(encoding="utf-8"))
    assert record["normalizer"]["spacing"] is True and record["model_type"] == "rasd"


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("trainer.max_stps=1", "Did you mean 'max_steps'"),
        ("data.train=README.md", "README.md:1: not valid JSON"),
        ("model.encoder=nobody/nothing", "cannot be loaded"),
        ("output_dir=/dev/null/x", "check the space and the permissions"),
    ],
)
def test_fault_ends_training_with_one_clear_error(encoder, tmp_path, override, message):
    done = run_training("smoke.yaml", f"model.encoder={encoder}", f"output_dir={tmp_path}", override)
    assert done.returncode == 2 and message in done.stderr and "Traceback" not in done.stderr
