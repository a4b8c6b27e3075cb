"""`rasd predict --values` and `rasd gazetteer build` on the command line."""

from __future__ import annotations

import json
import shutil

import pytest
from conftest import SENTENCES
from corpus_lines import read, write
from values.test_gazetteer import PLACES, line


@pytest.fixture
def predict(run, tiny_checkpoint, tmp_path):
    """Predict rows with a date, by a checkpoint that finds every event type in whatever has a word."""
    folder = tmp_path / "eager"
    shutil.copytree(tiny_checkpoint, folder)
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"threshold": 0.0, "type_thresholds": {}}))
    path = write(tmp_path / "in.jsonl", {"text": SENTENCES[0], "day": "2016-03-16"}, {"text": SENTENCES[1]})
    return lambda *rest: run("predict", "--model", folder, "--device", "cpu", "--input", path, *rest)


def spans(records):
    events = [event for record in records for part in record["sentences"] for event in part["events"]]
    return [item for event in events for item in (event["trigger"], *event["arguments"])]


def test_values_are_there_only_where_asked_for(predict):
    code, out, _ = predict()
    bare = [json.loads(line) for line in out.splitlines()]
    assert code == 0 and spans(bare) and not any("values" in item for item in spans(bare))
    code, out, err = predict("--values", "--document-date", "2016-03-16", "--date-field", "day")
    found = [json.loads(line) for line in out.splitlines()]
    assert (code, err) == (0, "") and all(item["values"]["readable"] for item in spans(found))
    for item in spans(found):
        del item["values"]
    assert [item["sentences"] for item in found] == [item["sentences"] for item in bare]


def test_corpus_run_adds_values_to_its_shards(predict, tmp_path):
    pytest.importorskip("pyarrow")
    from rasd.formats.parquet import read_documents

    for name in ("jsonl", "parquet"):
        assert predict("--values", "--output", f"{tmp_path / name}/", "--output-format", name)[0] == 0
    records = read(tmp_path / "jsonl" / "part-00000.jsonl")
    assert spans(records) and all(item["values"]["readable"] for item in spans(records))
    documents = read_documents(tmp_path / "parquet" / "part-00000.parquet")
    assert [document.to_dict()["sentences"] for document in documents] == [item["sentences"] for item in records]
    code, _, err = predict("--output", f"{tmp_path / 'jsonl'}/", "--output-format", "jsonl")
    assert code == 2 and "values" in err


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        (["--document-date", "2016-03-16"], "--document-date goes with --values"),
        (["--gazetteer", "a.sqlite"], "--gazetteer goes with --values"),
        (["--values", "--gazetteer", "absent.sqlite"], "no gazetteer 'absent.sqlite'"),
        (["--values", "--document-date", "yesterday"], "expected a date such as 2016-03-14, got 'yesterday'"),
    ],
)
def test_wrong_value_options_are_refused(predict, options, fault):
    code, out, err = predict(*options)
    assert (code, out) == (2, "") and fault in err


def test_gazetteer_is_built_and_used(run, predict, tmp_path):
    (tmp_path / "XA.txt").write_text("\n".join(map(line, PLACES)), encoding="utf-8")
    code, _, err = run("gazetteer", "build", tmp_path / "XA.txt", tmp_path / "places.sqlite")
    assert code == 0 and err.endswith(f"4 of 5 places have an Arabic name: {tmp_path / 'places.sqlite'}\n")
    code, out, _ = predict("--values", "--gazetteer", tmp_path / "places.sqlite")
    places = [
        item["values"]["place"] for item in spans(map(json.loads, out.splitlines())) if item.get("role") == "Place"
    ]
    assert code == 0 and all(place.keys() & {"candidates", "unresolved"} for place in places)
    assert run("gazetteer", "build", tmp_path / "XA.txt", tmp_path / "XA.txt")[0] == 2
