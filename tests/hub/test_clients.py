"""The genuine clients, each in a process of its own, against a Hub on this machine: publish, load, train."""

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
from conftest import SENTENCES
from hub.conftest import OTHER_TOKEN, TOKEN, USERS
from loopback.server import serve

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.slow
RASD = [sys.executable, "-c", "import sys; from rasd.cli import main; sys.exit(main())"]
HF = [sys.executable, "-m", "huggingface_hub.cli.hf"]
LOAD = """
import json, sys, rasd
texts, found = json.loads(sys.stdin.read()), []
for revision in sys.argv[2:] or [""]:
    extractor = rasd.load(sys.argv[1], device="cpu", revision=revision or None)
    found.append([document.to_dict() for document in extractor.predict(texts)])
print(json.dumps(found))
"""


@pytest.fixture
def hub(tmp_path):
    with serve(tmp_path / "store", USERS, members={"acme": {"amal"}}) as hub:
        yield hub


@pytest.fixture
def client(hub, tmp_path):
    """Run a program as somebody whose cache is empty."""
    return lambda *words, **options: run(hub, tmp_path / "home", *words, **options)


def environment(hub, home, token=TOKEN, **more):
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("HF_", "HUGGING"))}
    settings = {"HF_ENDPOINT": hub.url, "HF_HOME": str(home), "HF_HUB_DISABLE_XET": "1", "HF_TOKEN": token or ""}
    settings |= {"HF_HUB_DISABLE_TELEMETRY": "1", "HF_HUB_DISABLE_UPDATE_CHECK": "1", "OMP_NUM_THREADS": "1"}
    return {**inherited, **settings, "PYTHONPATH": str(ROOT), **more}


def run(hub, home, *words, token=TOKEN, text=None, is_right=True, **more):
    done = subprocess.run(
        [str(word) for word in words],
        env=environment(hub, home, token, **more),
        cwd=ROOT,
        input=text,
        capture_output=True,
        text=True,
    )
    assert (done.returncode == 0) == is_right, done.stdout + done.stderr
    return done.stdout if is_right else done.stderr


def load(client, repo_id, *revisions, **options):
    """Return what a process of its own finds, a list for each revision; "" is none."""
    names = (repo_id, *revisions)
    return json.loads(
        client(sys.executable, "-c", LOAD, *names, text=json.dumps(SENTENCES), **options).splitlines()[-1]
    )


def expected(folder):
    import rasd

    return [document.to_dict() for document in rasd.load(folder, device="cpu").predict(SENTENCES)]


def publish(client, folder, repo_id, *options, **more):
    return client(*RASD, "publish", "--checkpoint", folder, "--repo-id", repo_id, "--yes", *options, **more)


def test_published_checkpoint_loads_by_id_revision_tag_and_without_a_network(client, folder, tmp_path):
    publish(client, folder, "acme/tiny", "--tag", "v1")
    events = expected(folder)
    config = json.loads((folder / "config.json").read_text()) | {"layers": ["typing", "trigger"]}
    changed = shutil.copytree(folder, tmp_path / "changed")
    (changed / "config.json").write_text(json.dumps(config))
    publish(client, make_scored(changed), "acme/tiny", "--revision", "next")
    other = expected(changed)
    assert other != events
    for is_offline in ("0", "1"):
        assert load(client, "acme/tiny", "", "v1", "next", HF_HUB_OFFLINE=is_offline) == [events, events, other]
    words = (*RASD, "predict", "--model", "acme/tiny", "--device", "cpu", "--lines", "--input", "-")
    lines = client(*words, text="\n".join(SENTENCES)).splitlines()
    assert [json.loads(line)["sentences"] for line in lines] == [document["sentences"] for document in events]
    told = client(sys.executable, "-c", LOAD, "acme/gone", HF_HUB_OFFLINE="1", text="[]", is_right=False)
    assert told.count("Traceback") == 1 and "'acme/gone' is not in the Hub's cache" in told
    told = client(sys.executable, "-c", LOAD, "acme/tiny", "v9", text="[]", is_right=False)
    assert "has no branch, tag or commit 'v9'" in told.splitlines()[-1]
    # The Hub's own command line reads it as well.
    client(*HF, "download", "acme/tiny", "--revision", "v1", "--local-dir", tmp_path / "copy")
    assert expected(tmp_path / "copy") == events
    info = json.loads(client(*HF, "models", "info", "acme/tiny", "--format", "json"))
    assert info["pipeline_tag"] == "token-classification" and info["card_data"]["license"] == "apache-2.0"


def make_scored(folder):
    """Score a changed checkpoint anew."""
    from hub.conftest import score_record

    from rasd.scorebook import record_scores

    record_scores(folder, "test", score_record())
    return folder


def test_private_repository_opens_to_its_owners_alone(client, folder):
    publish(client, folder, "acme/tiny", "--private")
    assert load(client, "acme/tiny") == [expected(folder)]
    for token, message in (
        (None, "if it is private, log in with `hf auth login`"),
        (OTHER_TOKEN, "if it is private, your token does not open it"),
        ("hf_wrong", "the Hub does not know your token"),
    ):
        words = (sys.executable, "-c", LOAD, "acme/tiny")
        told = client(*words, token=token, text="[]", is_right=False, HF_HUB_CACHE=str(folder / "empty"))
        assert told.count("Traceback") == 1 and message in told.splitlines()[-1], told


def test_upload_that_is_killed_leaves_nothing_and_goes_on(client, hub, folder, tmp_path):
    def stop(method, path):
        if method == "PUT":
            time.sleep(60)

    hub.hold = stop
    words = [*RASD, "publish", "--checkpoint", folder, "--repo-id", "acme/tiny", "--yes", "--tag", "v1"]
    process = subprocess.Popen(
        [str(word) for word in words], env=environment(hub, tmp_path / "home"), cwd=ROOT, stdout=subprocess.DEVNULL
    )
    deadline = time.monotonic() + 300
    while not any("/lfs/objects/batch" in path for _, path, _ in hub.asked):
        assert time.monotonic() < deadline and process.poll() is None
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.wait()
    repo = hub.store.repos["model", "acme/tiny"]
    assert len(repo.commits) == 1 and not repo.tags
    hub.hold = None
    publish(client, folder, "acme/tiny", "--tag", "v1")
    assert len(repo.commits) == 2 and load(client, "acme/tiny", "v1") == [expected(folder)]


def test_xet_uploads_give_the_same_bytes(folder, tmp_path):
    with serve(tmp_path / "store", USERS, members={"acme": {"amal"}}, has_xet=True) as hub:

        def client(*words, **options):
            return run(hub, tmp_path / "home", *words, HF_HUB_DISABLE_XET="0", **options)

        publish(client, folder, "acme/tiny")
        assert any("/cas/v1/xorbs/" in path for _, path, _ in hub.asked)
        assert not any("/storage/" in path for _, path, _ in hub.asked)
        assert load(client, "acme/tiny") == [expected(folder)]


TYPED = """
import datasets, json
loaded = datasets.load_dataset("acme/conflict")
start = loaded["train"].features["events"].feature["start"]
print(json.dumps({"splits": {name: len(rows) for name, rows in loaded.items()}, "start": start.dtype,
                  "first": loaded["test"][0]}))
"""


def test_data_set_has_typed_columns_and_trains_like_its_files(client, tmp_path):
    client(*RASD, "publish-data", "--data", "data/conflict", "--repo-id", "acme/conflict", "--yes", "--tag", "v1")
    found = json.loads(client(sys.executable, "-c", TYPED).splitlines()[-1])
    assert found["splits"] == {"train": 4330, "validation": 367, "test": 367} and found["start"] == "int32"
    first = json.loads((ROOT / "data/conflict/test.jsonl").read_text(encoding="utf-8").splitlines()[0])
    assert (found["first"]["text"], found["first"]["events"]) == (first["text"], first["events"])
    encoder = tmp_path / "encoder"
    client(sys.executable, "scripts/build_tiny_encoder.py", "--output", encoder)
    smoke = ("train/train.py", "--config", "configs/smoke.yaml", f"model.encoder={encoder}", "trainer.max_steps=2")
    hub_data = ("data.train=acme/conflict@v1:validation", "data.dev=acme/conflict")
    client(sys.executable, *smoke, f"output_dir={tmp_path / 'files'}")
    client(sys.executable, *smoke, *hub_data, f"output_dir={tmp_path / 'hub'}")
    weights = [(tmp_path / name / "model.safetensors").read_bytes() for name in ("files", "hub")]
    assert weights[0] == weights[1]
    data = json.loads((tmp_path / "hub" / "run.json").read_text())["data"]
    assert data["acme/conflict"]["hub_id"] == "acme/conflict" and data["acme/conflict"]["license"] == "cc-by-4.0"
    client(sys.executable, *smoke, *hub_data, f"output_dir={tmp_path / 'offline'}", HF_HUB_OFFLINE="1")
    words = (*smoke, "data.train=acme/gone", f"output_dir={tmp_path / 'none'}")
    told = client(sys.executable, *words, is_right=False)
    assert told.splitlines()[-1].startswith(
        "train.py: data.train = 'acme/gone': no such file, and the Hub has no dataset"
    )


def test_arabert_is_trained_scored_published_and_loaded_from_the_hub(client, hub, tmp_path):
    encoder = tmp_path / "encoder"
    client(sys.executable, "scripts/build_tiny_encoder.py", "--arabert-shaped", "--output", encoder)
    hub.store.members["aubmindlab"] = {"amal"}
    client(*HF, "upload", "aubmindlab/bert-base-arabertv02", encoder, ".")
    output = tmp_path / "arabert"
    steps = ("trainer.max_steps=2", "data.train=data/conflict/dev.jsonl", f"output_dir={output}")
    client(sys.executable, "train/train.py", "--config", "configs/arabertv02-base.yaml", *steps)
    run_record = json.loads((output / "run.json").read_text())
    commit = hub.store.repos["model", "aubmindlab/bert-base-arabertv02"].branches["main"]
    assert run_record["encoder_commit"] == commit
    told = client(*RASD, "publish", "--checkpoint", output, "--repo-id", "acme/arabert", "--yes", is_right=False)
    assert "- scores: there are none of the test part" in told
    few = tmp_path / "test.jsonl"
    lines = (ROOT / "data/conflict/test.jsonl").read_text(encoding="utf-8").splitlines()[:30]
    few.write_text("\n".join(lines) + "\n", encoding="utf-8")
    client(*RASD, "evaluate", "--model", output, "--data", few, "--device", "cpu", "--record", "test")
    publish(client, output, "acme/arabert")
    card = hub.store.repos["model", "acme/arabert"].at("main").files["README.md"].data.decode()
    assert "license_name: arabert-licence" in card and "base_model: aubmindlab/bert-base-arabertv02" in card
    assert "It is share-alike" in card and commit in card and str(tmp_path) not in card
    assert load(client, "acme/arabert") == [expected(output)]
