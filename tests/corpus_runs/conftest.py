"""A folder of inputs, and a corpus run over it with an engine that has no network."""

from __future__ import annotations

import pytest
from corpus_lines import write
from stub_engine import POISON, StubEngine

from rasd.inference.corpus import CorpusOptions, predict_corpus
from rasd.inference.extractor import EventExtractor


@pytest.fixture
def inputs(tmp_path):
    """A folder with 13 records, of which 3 cannot be read or predicted."""
    folder = tmp_path / "in"
    (folder / "b").mkdir(parents=True)
    for i in range(4):
        (folder / f"{i}.txt").write_text(f"خبر رقم {i}. وصلت القافلة.", encoding="utf-8")
    (folder / "b" / "0.txt").write_text("خبر آخر.", encoding="utf-8")
    (folder / "b" / "bad.txt").write_bytes("خبر".encode("cp1256"))
    lines = [{"text": f"سطر رقم {i}. وصلت القافلة."} for i in range(4)]
    write(folder / "b" / "c.jsonl", *lines, {"text": 3}, {"id": "0", "text": "له اسم."}, {"text": f"خبر {POISON}."})
    (folder / "notes.pdf").write_bytes(b"%PDF")
    return folder


@pytest.fixture
def run(tmp_path, inputs):
    """Run the folder with a stub of an engine and return report, engine and shards."""
    checkpoint = tmp_path / "model"
    checkpoint.mkdir()
    (checkpoint / "config.json").write_text("{}")

    def run(output="out", paths=None, engine=None, **options):
        engine = engine or StubEngine()
        options = {"shard_documents": 3} | options
        report = predict_corpus(
            [str(path) for path in paths or [inputs]],
            tmp_path / output,
            checkpoint=("stub", checkpoint),
            load=lambda: EventExtractor(engine),
            options=CorpusOptions(**options),
        )
        return report, engine

    return run
