"""From an empty cache: a checkpoint is published, and what its card shows gives the same events in three ways."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import SENTENCES
from hub.conftest import TOKEN
from hub.test_clients import environment

from rasd.hub.checks import check_release
from rasd.hub.publish import plan_release
from rasd.hub.pushing import Target, push

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.slow
WAYS = ("rasd", "pipeline", "model")


def start(hub, folder, way):
    """Start what the card shows, with a cache of its own that is empty; only rasd's own way may import rasd."""
    words = [sys.executable, ROOT / "tests/hub/three_ways.py", "card.md", "texts.json", f"{way}.json", way]
    settings = environment(hub, folder / f"home-{way}", TOKEN, **({} if way == "rasd" else {"PYTHONPATH": ""}))
    return subprocess.Popen(
        words, cwd=folder, env=settings, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def test_published_checkpoint_gives_the_same_events_in_the_three_ways_of_its_card(hub, api, folder, tmp_path):
    push(api, plan_release(api, check_release(folder), Target(repo_id="acme/tiny", private=True)), "Publish")
    there = hub.store.repos["model", "acme/tiny"].at("main").files
    (tmp_path / "card.md").write_bytes(there["README.md"].data)
    (tmp_path / "texts.json").write_text(json.dumps(SENTENCES), encoding="utf-8")
    processes = {way: start(hub, tmp_path, way) for way in WAYS}
    for way, process in processes.items():
        said, _ = process.communicate()
        assert process.returncode == 0, f"{way}: {said}"
    shown = {way: json.loads((tmp_path / f"{way}.json").read_text(encoding="utf-8")) for way in WAYS}
    assert {way: item["has_rasd"] for way, item in shown.items()} == {"rasd": True, "pipeline": False, "model": False}
    documents = shown["rasd"]["found"]
    assert shown["pipeline"]["found"] == shown["model"]["found"] == documents
    events = [event for document in documents for sentence in document["sentences"] for event in sentence["events"]]
    assert len(events) > 3 and any(event["arguments"] for event in events), "nothing to compare"
