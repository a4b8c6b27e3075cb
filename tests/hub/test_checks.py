"""What must hold before a checkpoint goes up, every fault told at once."""

from __future__ import annotations

import json
import pickle
import shutil

import pytest
import torch
from hub.conftest import RUN, score_record

from rasd.errors import CheckpointError, PublishError
from rasd.hub.card import render_card
from rasd.hub.checks import check_release
from rasd.hub.flatten import REMOTE_FILES, write_remote_code
from rasd.inference.loading import ONNX_FILES
from rasd.inference.onnx_backend import fingerprint
from rasd.scorebook import read_scores, record_scores

# The least that is an ONNX model: a graph without a node.
GRAPH = b"\x3a\x00"


@pytest.fixture
def without_loading(monkeypatch, release):
    """Take it that the checkpoint loads, which takes most of the time of a check."""
    monkeypatch.setattr("rasd.hub.checks._load_offline", lambda folder, faults: release.example)


def change(path, **settings):
    path.write_text(json.dumps({**json.loads(path.read_text()), **settings}))


def faults_of(folder):
    with pytest.raises(PublishError) as caught:
        check_release(folder)
    first, *faults = str(caught.value).split("\n")
    assert f"{folder} cannot be published; {len(faults)} thing" in first
    return [fault.removeprefix("- ") for fault in faults]


def test_whole_checkpoint_passes_and_local_files_stay_here(folder):
    (folder / "trainer").mkdir()
    (folder / "trainer" / "optimizer.pt").write_bytes(b"a state to resume from")
    (folder / "LICENSE").write_text("as it is")
    release = check_release(folder)
    checkpoint = (
        "config.json",
        "model.safetensors",
        "run.json",
        "scores.json",
        "tokenizer.json",
        "tokenizer_config.json",
    )
    assert release.files == ("LICENSE", *checkpoint)
    assert release.num_parameters > 10_000 and release.chain.weights.license == "apache-2.0"
    assert release.example.text and set(release.records) == {"test"}


def test_all_faults_are_told_at_once(folder):
    for name in ("run.json", "scores.json", "tokenizer.json"):
        (folder / name).unlink()
    (folder / "notes.txt").write_text("mine")
    (folder / "old").mkdir()
    (folder / "old" / "weights.bin").write_bytes(b"x")
    (folder / "harmless.json").write_bytes(pickle.dumps({"a": 1}))
    torch.save({"a": 1}, folder / "LICENSE")
    (folder / "card.yaml").write_text("licence: mit\n")
    faults = faults_of(folder)
    assert [fault.split(":")[0] for fault in faults] == ["files"] * 5 + ["provenance", "card.yaml", "loading", "scores"]
    assert faults[0] == "files: tokenizer.json is missing"
    assert "LICENSE may run code" in faults[1], "the archive that torch packs its pickles in"
    assert "harmless.json may run code" in faults[2] and "old/weights.bin may run code" in faults[4]
    assert faults[3] == "files: rasd does not know the file 'notes.txt'; move it elsewhere, or remove it"
    assert "unknown key 'licence'" in faults[6] and "Did you mean 'license'?" in faults[6]


@pytest.mark.usefixtures("without_loading")
def test_missing_scores_are_refused_with_the_command(folder):
    (folder / "scores.json").unlink()
    (fault,) = faults_of(folder)
    assert fault.startswith("scores: there are none of the test part") and "--record test`" in fault
    record_scores(folder, "real", score_record())
    assert faults_of(folder) == [fault]


@pytest.mark.usefixtures("without_loading")
def test_scores_of_another_state_are_refused_but_calibration_is_none(folder):
    change(folder / "config.json", calibration={"types": {"temperature": 2.0, "bias": 0.0}})
    assert check_release(folder)
    change(folder / "config.json", trigger_threshold=0.25)
    (fault,) = faults_of(folder)
    assert "of another state of the checkpoint" in fault


@pytest.mark.usefixtures("without_loading")
@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"data_sha256": "2" * 64}, "are of data/conflict/dev.jsonl, which the model was trained or tuned with"),
        ({"min_score": 0.5}, "are of predictions above min_score=0.5"),
        ({"by_role": {}}, "are of events without arguments"),
        ({"by_type": {}}, "are of sentences without events"),
    ],
)
def test_scores_that_do_not_tell_what_a_card_says_are_refused(folder, changes, message):
    record_scores(folder, "test", score_record(**changes))
    (fault,) = faults_of(folder)
    assert fault.startswith("scores: 'test' ") and message in fault


def test_new_scores_throw_away_those_of_another_state(folder):
    assert record_scores(folder, "real", score_record()) is False
    assert list(read_scores(folder)["sets"]) == ["test", "real"]
    change(folder / "config.json", threshold=0.3)
    assert record_scores(folder, "real", score_record()) is True
    assert list(read_scores(folder)["sets"]) == ["real"]


@pytest.mark.usefixtures("without_loading")
def test_run_without_provenance_is_refused(folder):
    (folder / "run.json").write_text(json.dumps({key: value for key, value in RUN.items() if key != "versions"}))
    assert faults_of(folder) == ["provenance: run.json lacks versions"]


def set_origin(folder, *, encoder=None, train=None, checkpoint=None, card=None):
    run = json.loads(json.dumps(RUN))
    run["config"]["model"] |= {"encoder": encoder, "checkpoint": checkpoint}
    run["config"]["data"]["train"] = train or run["config"]["data"]["train"]
    (folder / "run.json").write_text(json.dumps(run))
    (folder / "card.yaml").write_text(card or "")


@pytest.mark.usefixtures("without_loading")
@pytest.mark.parametrize(
    ("origin", "message"),
    [
        ({"encoder": "encoders/own"}, "licence: rasd does not know the licence of the encoder behind 'encoders/own'"),
        ({"encoder": "some/encoder"}, "name it in card.yaml: encoder: {id: ORG/NAME, license: ...}"),
        (
            {"encoder": "aubmindlab/bert-base-arabertv02", "checkpoint": "runs/first"},
            "encoder behind the checkpoint 'runs/first'",
        ),
        (
            {"encoder": "encoders/mini", "train": ["a/b/own.jsonl"]},
            "data: rasd does not know the licence of data.train = 'a/b/own.jsonl'",
        ),
        ({"encoder": "encoders/mini", "card": "license: mitt"}, "licence of the weights: 'mitt' is no id of the Hub's"),
        ({"encoder": "encoders/mini", "card": "license: other"}, "'other' needs license_name and license_link"),
        (
            {"encoder": "aubmindlab/bert-base-arabertv02", "card": "license: mit"},
            "the weights are made from aubmindlab/bert-base-arabertv02, whose licence is share-alike",
        ),
        (
            {"encoder": "x/y", "card": "encoder: {id: aubmindlab/bert-base-arabertv02, license: mit}"},
            "which is share-alike, and card.yaml says 'mit' for it",
        ),
        (
            {"card": "encoder: {id: x/y, license: cc-by-sa-4.0}\nlicense: mit"},
            "the weights are made from x/y, whose licence is share-alike",
        ),
        (
            {"card": "encoder: {id: x/y, license: cc-by-nc-4.0}\nlicense: mit"},
            "cc-by-nc-4.0 of x/y forbids commercial use, and card.yaml says license: 'mit'",
        ),
        ({"card": "encoder: {id: x/y, license: cc-by-nd-4.0}"}, "cc-by-nd-4.0 of x/y forbids handing out what is"),
        ({"encoder": "encoders/mini", "card": "name: 5"}, "card.yaml: name: expected text, got 5"),
        ({"encoder": "encoders/mini", "card": "data: mine"}, "'data' a list of mappings"),
        ({"encoder": "encoders/mini", "card": "- a"}, "card.yaml: expected a mapping"),
        ({"encoder": "encoders/mini", "card": "a: [b"}, "card.yaml: not valid YAML"),
    ],
)
def test_licence_chain_with_a_gap_is_refused(folder, origin, message):
    set_origin(folder, **origin)
    faults = faults_of(folder)
    assert any(message in fault for fault in faults), faults


@pytest.mark.usefixtures("without_loading")
def test_fine_tune_of_arabert_has_its_licence(folder):
    set_origin(folder, encoder="aubmindlab/bert-base-arabertv02")
    weights = check_release(folder).chain.weights
    assert weights.is_share_alike and weights.license == "other" and "arabert" in weights.license_link


@pytest.mark.usefixtures("without_loading")
def test_fine_tune_of_an_adapted_arabert_cannot_pass_for_another(folder):
    normalizer = {**json.loads((folder / "config.json").read_text())["normalizer"], "url_token": "[رابط]"}
    change(folder / "config.json", normalizer=normalizer)
    record_scores(folder, "test", score_record())
    (fault,) = faults_of(folder)
    assert "normalises text as AraBERT does" in fault and "share-alike" in fault
    (folder / "card.yaml").write_text("encoder: {id: aubmindlab/bert-base-arabertv02}")
    assert check_release(folder).chain.encoder.is_share_alike


@pytest.mark.usefixtures("without_loading")
def test_data_that_card_yaml_tells_of_passes(folder):
    told = "data: [{path: a/b/own.jsonl, name: my corpus, license: cc0-1.0, id: acme/own}]"
    set_origin(folder, encoder="encoders/mini", train="a/b/own.jsonl", card=told)
    source = check_release(folder).chain.data[0]
    assert (source.name, source.link) == ("my corpus", "https://huggingface.co/datasets/acme/own")


@pytest.mark.usefixtures("without_loading")
def test_runs_before_the_last_are_part_of_the_chain(folder):
    before = {
        "config": {
            "name": "first",
            "model": {"encoder": "aubmindlab/bert-base-arabertv02", "checkpoint": None},
            "data": {"train": "data/conflict/train.jsonl", "dev": None},
        },
        "data": {"data/conflict/train.jsonl": {"sha256": "7" * 64}},
        "num_train_sentences": 1234,
    }
    run = {**RUN, "config": {**RUN["config"], "model": {"encoder": None, "checkpoint": "runs/first"}}, "before": before}
    (folder / "run.json").write_text(json.dumps(run))
    (folder / "card.yaml").unlink()
    release = check_release(folder)
    assert release.chain.encoder.id == "aubmindlab/bert-base-arabertv02" and release.chain.weights.is_share_alike
    assert [source.sha256 for source in release.chain.data] == ["1" * 64, "2" * 64, "7" * 64]
    card = render_card(release, "acme/tiny")
    assert 'Before that it was trained on 1,234 sentences, as "first".' in card and "no record was left" not in card
    record_scores(folder, "test", score_record(data_sha256="7" * 64))
    (fault,) = faults_of(folder)
    assert "which the model was trained or tuned with" in fault
    (folder / "run.json").write_text(json.dumps({**run, "before": {**before, "data": None}}))
    assert faults_of(folder)[0].startswith("provenance: run.json lacks the configuration of data")
    (folder / "run.json").write_text(json.dumps({**run, "before": None}))
    (folder / "card.yaml").write_text("encoder: {id: x/y, license: mit}")
    record_scores(folder, "test", score_record())
    assert "of whose training data no record was left" in render_card(check_release(folder), "acme/tiny")


@pytest.mark.usefixtures("without_loading")
def test_results_of_another_checkpoint_are_refused(folder):
    (folder / "robustness.json").write_text(json.dumps({"weights_sha256": "0" * 64}))
    (folder / "calibration.json").write_text("[]")
    robustness, calibration = faults_of(folder)
    assert robustness == "robustness.json: it was measured with another checkpoint; measure anew, or remove it"
    assert calibration.startswith("calibration.json: not what benchmarks/calibration.py writes")


@pytest.mark.usefixtures("without_loading")
def test_code_in_the_folder_is_known_but_never_sent_and_other_code_is_refused(folder):
    write_remote_code(folder)
    (folder / "modeling_rasd.py").write_text("# of an older version\n")
    assert not set(check_release(folder).files) & set(REMOTE_FILES)
    (folder / "mine.py").write_text("print()\n")
    (fault,) = faults_of(folder)
    assert "does not know the file 'mine.py'" in fault


@pytest.mark.usefixtures("without_loading")
def test_exported_graphs_go_up_whole_and_if_they_are_of_these_weights(folder):
    graphs = folder / "onnx"
    graphs.mkdir()
    for name in ("encode", "arguments"):
        (graphs / f"{name}.onnx").write_bytes(GRAPH)
    record = {"format": 1, "precision": "fp32", "source": fingerprint(folder / "model.safetensors")}
    (graphs / "export.json").write_text(json.dumps(record))
    assert set(ONNX_FILES) < set(check_release(folder).files)
    (graphs / "notes.txt").write_text("mine")
    (graphs / "export.json").write_text(json.dumps(record | {"source": "0" * 64}))
    stray, other = faults_of(folder)
    assert "does not know the file 'onnx/notes.txt'" in stray
    assert other.startswith("graphs: ") and "exported from other weights" in other and "rasd export --model" in other
    (graphs / "notes.txt").unlink()
    (graphs / "arguments.onnx").unlink()
    assert faults_of(folder)[0] == "files: onnx/arguments.onnx is missing"


def test_folder_that_is_no_checkpoint_is_told_so(tmp_path, folder):
    with pytest.raises(CheckpointError, match=r"has no config\.json"):
        check_release(tmp_path)
    shutil.copy(folder / "config.json", tmp_path / "config.json")
    assert "files: model.safetensors is missing" in faults_of(tmp_path)
