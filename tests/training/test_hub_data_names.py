"""Which names of data mean a data set of the Hub, and which a file."""

from __future__ import annotations

import pytest

from rasd.errors import ConfigError
from rasd.training.config import TrainConfig
from rasd.training.hub_data import read_license
from rasd.training.settings import HubData


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("acme/news", ("acme/news", None, None)),
        ("acme/news.v2", ("acme/news.v2", None, None)),
        ("acme/news@v1", ("acme/news", "v1", None)),
        ("acme/news:test", ("acme/news", None, "test")),
        ("acme/news@refs/pr/1:train", ("acme/news", "refs/pr/1", "train")),
    ],
)
def test_hub_id_is_understood_and_written_back(tmp_path, monkeypatch, name, expected):
    monkeypatch.chdir(tmp_path)
    data = HubData.parse(name)
    assert (data.repo_id, data.revision, data.split) == expected and str(data) == name


@pytest.mark.parametrize(
    "name", ["data/news", "runs/news", "here/news", "news", "a/b/c", "acme/news.jsonl", "../news", ""]
)
def test_file_is_no_hub_id(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "here").mkdir()
    assert HubData.parse(name) is None


def test_config_takes_hub_ids_beside_files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own.jsonl").write_text('{"text": "خبر"}\n', encoding="utf-8")
    path = tmp_path / "config.yaml"
    path.write_text(
        "{name: a, output_dir: b, model: {encoder: acme/encoder}, "
        "data: {train: [own.jsonl, acme/news@v1], dev: acme/news}}"
    )
    assert TrainConfig.from_yaml(path).data.train == ["own.jsonl", "acme/news@v1"]
    with pytest.raises(ConfigError, match=r"data\.dev = 'gone\.jsonl': no such file"):
        TrainConfig.from_yaml(path, ["data.dev=gone.jsonl"])


@pytest.mark.parametrize(
    ("card", "license_id"),
    [
        ("---\nlicense: cc-by-4.0\n---\n", "cc-by-4.0"),
        ('---\nlicense: "cc0-1.0"\n---\n', "cc0-1.0"),
        ("---\nlicense:\n- mit\n---\n", "mit"),
        ("---\nlicense: [mit, cc0-1.0]\n---\n", None),
        ("---\nlanguage: ar\n---\n\nlicense: mit\n", None),
        ("---\nlicense: [mit\n---\n", None),
        ("# No metadata\n\nlicense: mit\n", None),
    ],
)
def test_licence_is_that_of_the_metadata_alone(tmp_path, card, license_id):
    (tmp_path / "README.md").write_text(card, encoding="utf-8")
    assert read_license(tmp_path / "README.md") == license_id
