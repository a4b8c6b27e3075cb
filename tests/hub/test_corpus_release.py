"""A corpus as a data set of the Hub: what goes up, its columns, its card."""

from __future__ import annotations

import json

import pytest
from corpus_lines import ARREST, TEXT
from hub.conftest import TOKEN
from huggingface_hub import DatasetCard, constants

from rasd.errors import PublishError
from rasd.hub.corpus import check_corpus, list_corpus_files, plan_corpus, render_corpus_card
from rasd.hub.pushing import Target, push
from rasd.ontology import Ontology

HERE = Target(repo_id="acme/news", kind="dataset")
LINES = [
    {"id": "a", "text": TEXT, "events": [ARREST], "meta": {"outlet": "wire", "is_old": True}},
    {"id": "b", "text": "خبر بلا حدث", "events": [], "meta": {"outlet": "paper", "page": 3}},
    {"id": "c", "text": "خبر لم ينظر فيه أحد"},
]


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "news"
    folder.mkdir()
    for name, lines in (("train", LINES), ("dev", LINES[:1])):
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    (folder / "README.md").write_text(
        "# News\n\nSee [how](GUIDELINES.md), [types](../ontologies/conflict.yaml#x) and [more](../README.md).\n\n"
        "## Why\n"
    )
    (folder / "GUIDELINES.md").write_text("as they are")
    (folder / "card.yaml").write_text("name: my news\nlicense: cc-by-4.0\nabout: Sentences of mine.\n")
    (folder / "secret.txt").write_text("not for others")
    return folder


def test_what_goes_up_is_the_corpus_and_nothing_else(folder):
    corpus = check_corpus(folder, "conflict")
    names = [file.name for file in list_corpus_files(corpus, "acme/news")]
    assert names == ["GUIDELINES.md", "README.md", "data/train.jsonl", "data/validation.jsonl", "ontology.yaml"]


def test_ontology_that_goes_up_is_read_as_the_same(folder, tmp_path):
    files = {file.name: file for file in list_corpus_files(check_corpus(folder, "conflict"), "acme/news")}
    path = tmp_path / "ontology.yaml"
    path.write_bytes(files["ontology.yaml"].source)
    assert Ontology.load(str(path)) == Ontology.load("conflict")


def test_card_types_every_column_and_keeps_the_datasheet(folder):
    text = render_corpus_card(check_corpus(folder, "conflict"), "acme/news")
    data = DatasetCard(text).data
    assert (data.license, data.language, data.size_categories) == ("cc-by-4.0", ["ar"], ["n<1K"])
    features = {item["name"]: item for item in data.dataset_info["features"]}
    assert list(features) == ["id", "text", "events", "meta"]
    events = {item["name"]: item for item in features["events"]["list"]}
    assert {events[name]["dtype"] for name in ("start", "end")} == {"int32"}
    assert [item["dtype"] for item in events["arguments"]["list"]] == ["string", "string", "int32", "int32"]
    kinds = {item["name"]: item["dtype"] for item in features["meta"]["struct"]}
    assert kinds == {"outlet": "string", "is_old": "bool", "page": "int64"}
    assert [item["path"] for item in data.configs[0]["data_files"]] == ["data/train.jsonl", "data/validation.jsonl"]
    assert "| train | 3 | 2 | 1 |" in text and "Sentences of mine." in text
    assert "See [how](GUIDELINES.md), [types](ontology.yaml) and more." in text and "### Why" in text
    assert "# News" not in text


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("card.yaml", "", "licence: rasd does not know it; put card.yaml beside the data"),
        ("card.yaml", "name: x\nlicense: cc-by-9", "'cc-by-9' is no id of the Hub's"),
        (
            "dev.jsonl",
            '{"text": "خبر", "events": [{"type": "Coerce.Arest"}]}',
            "dev.jsonl:1: events[0]: unknown event type",
        ),
        (
            "dev.jsonl",
            '{"text": "خبر", "page": [1]}',
            "columns: 'page' must be text, a number or a mapping in every line",
        ),
        ("dev.jsonl", '{"text": "خبر", "meta": {"page": "3"}}', "columns: 'meta.page' must be text, a number"),
        ("README.md", None, "README.md is missing; tell there how the corpus was made"),
        ("train.jsonl", None, "train.jsonl is missing"),
    ],
)
def test_corpus_with_a_fault_is_refused(folder, name, content, message):
    (folder / name).unlink()
    if content is not None:
        (folder / name).write_text(content, encoding="utf-8")
    with pytest.raises(PublishError) as caught:
        check_corpus(folder, "conflict")
    assert message in str(caught.value)


def test_corpus_goes_up_in_one_commit_and_a_second_time_nothing(api, folder):
    corpus = check_corpus(folder, "conflict")
    commit = push(api, plan_corpus(api, corpus, HERE), "Publish")
    plan = plan_corpus(api, corpus, HERE)
    assert not plan.is_needed and plan.remote.head == commit
    assert len(api.list_repo_commits("acme/news", repo_type="dataset")) == 2
    (folder / "GUIDELINES.md").unlink()
    assert plan_corpus(api, check_corpus(folder, "conflict"), HERE).removed == ("GUIDELINES.md",)


def test_name_of_another_data_set_is_refused(api, folder):
    api.create_repo("acme/news", repo_type="dataset")
    api.upload_file(repo_id="acme/news", repo_type="dataset", path_or_fileobj=b"a,b\n", path_in_repo="table.csv")
    with pytest.raises(PublishError, match="'acme/news' holds another data set already"):
        plan_corpus(api, check_corpus(folder, "conflict"), HERE)


def test_command_publishes_a_corpus(hub, run, folder, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    code, out, err = run("publish-data", "--data", folder, "--repo-id", "acme/news", "--yes")
    assert (code, err) == (0, "") and 'load it with datasets.load_dataset("acme/news")' in out
    assert ("dataset", "acme/news") in hub.store.repos
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    code, out, _ = run("publish-data", "--data", folder, "--repo-id", "acme/news", "--dry-run")
    assert code == 0 and "not compared with the Hub: HF_HUB_OFFLINE is set" in out
