"""A checkpoint that may be published, and a Hub on this machine to publish it to."""

from __future__ import annotations

import json
import shutil

import pytest
from loopback.server import serve

from rasd.events import Argument, Event, Sentence, Span
from rasd.label_intervals import add_label_intervals
from rasd.metrics import score_events

TOKEN, OTHER_TOKEN = "hf_amal", "hf_bilal"
USERS = {TOKEN: "amal", OTHER_TOKEN: "bilal"}
TEXT = "اعتقلت الشرطة ثلاثة متظاهرين في ساحة البلدية"
TEST_SHA256 = "0" * 64
CARD_SETTINGS = "encoder: {name: a tiny random encoder, license: apache-2.0}\n"
RUN = {
    "rasd": "0.1.0",
    "config": {
        "name": "tiny",
        "output_dir": "/home/someone/runs/tiny",
        "seed": 13,
        "data": {"train": "data/conflict/train.jsonl", "dev": "data/conflict/dev.jsonl", "ontology": "conflict"},
        "model": {"encoder": "/home/someone/encoders/own", "revision": None, "checkpoint": None},
        "trainer": {"num_train_epochs": 1},
    },
    "data": {
        "data/conflict/train.jsonl": {"sha256": "1" * 64},
        "data/conflict/dev.jsonl": {"sha256": "2" * 64},
    },
    "versions": {"python": "3.11.7", "torch": "2.13.0"},
    "machine": {"system": "Linux", "device": "cpu", "num_processes": 1, "bf16": False},
    "ontology": {"name": "conflict", "version": "1.0", "sha256": "3" * 64},
    "num_train_sentences": 4330,
    "num_dev_sentences": 367,
    "chosen_by": "arg_c",
    "steps": 542,
    "best_step": 500,
    "seconds": 1800.0,
}


def sentence(*, is_right=True):
    """A sentence with an arrest, whose Count is missing where it is not right."""
    spans = [("Agent", 7, 13), ("Target", 14, 28), ("Count", 14, 19), ("Place", 32, 44)]
    arguments = tuple(Argument(role=role, start=a, end=b, text=TEXT[a:b]) for role, a, b in spans)
    trigger = Span(start=0, end=6, text=TEXT[:6])
    event = Event(
        type="Coerce.Arrest", trigger=trigger, realis="Actual", arguments=arguments if is_right else arguments[:2]
    )
    return Sentence(text=TEXT, events=(event,))


def score_record(*, name="test.jsonl", **changes):
    """What `rasd evaluate --record` keeps."""
    gold = [sentence()] * 6 + [Sentence(text=TEXT, events=())] * 2
    predicted = [sentence()] * 3 + [sentence(is_right=False)] * 2 + [Sentence(text=TEXT, events=())] * 3
    scores = add_label_intervals(score_events(gold, predicted), gold, predicted)
    about = {"data": name, "about": None, "data_sha256": TEST_SHA256, "min_score": 0.0, "rasd": "0.1.0"}
    speed = {"sentences_per_second": 30.5, "hardware": "A Processor, 1 thread"}
    return {**about, "speed": speed, **scores.to_dict(), **changes}


def make_publishable(checkpoint, folder):
    """Copy a checkpoint, and put beside it what a card is made from."""
    from rasd.scorebook import record_scores

    shutil.copytree(checkpoint, folder)
    (folder / "run.json").write_text(json.dumps(RUN))
    (folder / "card.yaml").write_text(CARD_SETTINGS)
    record_scores(folder, "test", score_record())
    return folder


@pytest.fixture
def folder(tiny_checkpoint, tmp_path):
    """A checkpoint that may be published."""
    return make_publishable(tiny_checkpoint, tmp_path / "tiny")


@pytest.fixture(scope="session")
def release(tiny_checkpoint, tmp_path_factory):
    """The same, checked; its folder must not be changed."""
    from rasd.hub.checks import check_release

    return check_release(make_publishable(tiny_checkpoint, tmp_path_factory.mktemp("release") / "tiny"))


@pytest.fixture
def checked(monkeypatch, release):
    """Call it once a command has checked the checkpoint: to load it again takes most of the next one's time."""
    return lambda: monkeypatch.setattr("rasd.hub.checks.check_release", lambda folder: release)


@pytest.fixture
def hub(tmp_path, monkeypatch):
    """A Hub, with this process's clients set to it and to a cache of their own."""
    from huggingface_hub import constants

    with serve(tmp_path / "store", USERS, members={"acme": {"amal"}}) as hub:
        for name, value in {
            "HF_HUB_OFFLINE": False,
            "HF_HUB_DISABLE_XET": True,
            "HF_HUB_CACHE": str(tmp_path / "cache"),
            "ENDPOINT": hub.url,
            "HUGGINGFACE_CO_URL_TEMPLATE": hub.url + "/{repo_id}/resolve/{revision}/{filename}",
        }.items():
            monkeypatch.setattr(constants, name, value)
        monkeypatch.setenv("HF_TOKEN", "")
        yield hub


@pytest.fixture
def api(hub):
    """The client of somebody who may write to acme."""
    from huggingface_hub import HfApi

    return HfApi(endpoint=hub.url, token=TOKEN)
