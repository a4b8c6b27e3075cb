"""The card of a checkpoint: what stands in it, and what does not."""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
import yaml
from hub.conftest import RUN, TEXT, score_record, sentence
from huggingface_hub import ModelCard

from rasd.events import Document
from rasd.hub.card import publish_run, render_card
from rasd.hub.checks import Release
from rasd.hub.merging import list_sections, split_card
from rasd.hub.origins import trace_chain
from rasd.hub.picture import choose_set, draw_reliability
from rasd.ontology import Ontology

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = ROOT / "tests" / "golden" / "card.md"
ALWAYS = ["summary", "example", "use", "ontology", "data", "scores", "limits", "provenance", "licence", "citation"]
RESULTS = {
    name: json.loads((ROOT / "benchmarks/results" / name / "mini-full.json").read_text(encoding="utf-8"))
    for name in ("calibration", "robustness")
}


def make_release(folder, *, encoder="encoders/mini", sets=("test",), config=None, results=None, settings=None):
    """A release whose every number is known."""
    (folder / "model.safetensors").write_bytes(b"0" * 2_000_000)
    run = {**RUN, "config": {**RUN["config"], "model": {"encoder": encoder, "checkpoint": None}}}
    faults = []
    chain = trace_chain(run, settings or {}, faults)
    assert not faults
    shown = dataclasses.replace(sentence(), start=0)
    return Release(
        folder=folder,
        files=("model.safetensors",),
        config={
            "max_length": 512,
            "num_mixed_layers": 8,
            "num_letter_filters": 96,
            "layers": ["typing"],
            **(config or {}),
        },
        ontology=Ontology.load("conflict"),
        run=run,
        records={name: score_record(name=f"{name}.jsonl") for name in sets},
        chain=chain,
        settings=settings or {},
        example=Document(text=TEXT, sentences=(shown,)),
        results=results or {},
        num_parameters=500_000,
        weights_sha256="4" * 64,
    )


def test_card_is_the_golden_one(tmp_path):
    card = render_card(make_release(tmp_path), "acme/tiny").replace("0.1.0", "VERSION")
    # To take a new card for right: read it, then write it there.
    assert card == GOLDEN.read_text(encoding="utf-8")


def test_sections_without_results_are_not_there_and_none_is_empty(tmp_path):
    card = render_card(make_release(tmp_path), "acme/tiny")
    assert list(list_sections(card)) == [*ALWAYS[:6], "speed", *ALWAYS[6:]]
    whole = render_card(make_release(tmp_path, sets=("test", "real"), results=RESULTS), "acme/tiny")
    extra = ["calibration", "robustness", "speed"]
    assert list(list_sections(whole)) == [*ALWAYS[:6], *extra, *ALWAYS[6:]]
    for text in (card, whole):
        assert not re.search(r"More information needed|\bNone\b|undefined|TODO|\{%", text)
        assert not re.search(r"^(#+ .*)\n+(?=#|<!-- rasd:end)", text, re.M), "a heading with nothing below"
        assert not re.search(r"\n{4}", text)


def test_real_news_stand_apart_from_the_corpus(tmp_path):
    without = render_card(make_release(tmp_path), "acme/tiny")
    with_real = render_card(make_release(tmp_path, sets=("test", "real")), "acme/tiny")
    assert "### On real news" not in without and "**No score on real news is known**" in without
    assert "### On real news" in with_real and "(`real.jsonl`)" in with_real
    assert "No score on real news" not in with_real


def test_metadata_is_complete_and_the_hub_client_reads_it_back(tmp_path):
    text = render_card(make_release(tmp_path, sets=("test", "real")), "acme/tiny")
    data = ModelCard(text).data
    assert (data.language, data.license, data.pipeline_tag) == (["ar"], "mit", "token-classification")
    assert data.base_model == "intfloat/multilingual-e5-small" and data.library_name == "transformers"
    assert {"f1", "accuracy"} <= set(data.metrics) and data.model_name == "tiny"
    found = {(item.dataset_name, item.metric_name): item.metric_value for item in data.eval_results}
    assert found["the rasd conflict corpus", "Tri-C F1"] == pytest.approx(2 * 5 / 11, abs=1e-4)
    assert {name for name, _ in found} == {"the rasd conflict corpus", "real news"}


def test_scores_have_intervals_and_counts_by_type_and_role(tmp_path):
    scores = list_sections(render_card(make_release(tmp_path), "acme/tiny"))["scores"]
    row = next(line for line in scores.splitlines() if line.startswith("| Coerce.Arrest |"))
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    assert cells[1:4] == ["100.0", "83.3", "90.9"] and cells[5] == "6/5/5" and cells[8] == "24/16/16"
    low, high = map(float, cells[4].split("-"))
    assert low < 90.9 <= high == 100.0
    assert "| Count | 100.0 | 50.0 | 66.7 |" in scores


def test_scores_and_speed_say_what_ran_them(tmp_path):
    release = make_release(tmp_path)
    record = {**release.records["test"], "backend": "onnx", "dtype": "int8"}
    sections = list_sections(render_card(dataclasses.replace(release, records={"test": record}), "acme/tiny"))
    for name in ("scores", "speed", "provenance"):
        assert "under ONNX Runtime in int8" in sections[name], name
    assert "under " not in list_sections(render_card(release, "acme/tiny"))["speed"], "a record that does not say"


def test_every_type_and_role_stands_in_both_languages(tmp_path):
    section = list_sections(render_card(make_release(tmp_path), "acme/tiny"))["ontology"]
    ontology = Ontology.load("conflict")
    for label in (*ontology.types, *ontology.roles, *ontology.realis):
        assert f"| {label.name} | {label.ar} |" in section


def test_fine_tune_of_arabert_names_its_licence(tmp_path):
    text = render_card(make_release(tmp_path, encoder="aubmindlab/bert-base-arabertv02"), "acme/tiny")
    data, _ = split_card(text)
    assert data["license"] == "other" and data["license_name"] == "arabert-licence"
    assert data["license_link"] == "https://github.com/aub-mind/arabert/blob/master/arabert/LICENSE"
    assert data["base_model"] == "aubmindlab/bert-base-arabertv02"
    licence = list_sections(text)["licence"]
    assert "[AraBERT's licence](https://github.com/aub-mind" in licence and "It is share-alike" in licence
    assert "AraBERT: Transformer-based Model" in list_sections(text)["citation"]


def test_ways_of_use_are_all_told(tmp_path):
    plain = list_sections(render_card(make_release(tmp_path), "acme/tiny"))["use"]
    assert 'rasd.load("acme/tiny")' in plain and "rasd predict --model acme/tiny" in plain
    assert 'pipeline("event-extraction", model="acme/tiny", trust_remote_code=True)' in plain
    assert 'AutoModel.from_pretrained("acme/tiny", trust_remote_code=True)' in plain
    assert "spaces" not in plain and "onnx" not in plain
    release = make_release(tmp_path, settings={"space": "acme/demo"})
    (tmp_path / "onnx").mkdir()
    (tmp_path / "onnx" / "export.json").write_text(json.dumps({"format": 1, "precision": "int8", "source": "x"}))
    rich = list_sections(render_card(dataclasses.replace(release, files=("onnx/export.json",)), "acme/tiny"))["use"]
    assert "https://huggingface.co/spaces/acme/demo" in rich
    assert "as ONNX graphs in int8, which" in rich and 'unless you say `backend="torch"`.' in rich


def test_folders_of_the_machine_that_trained_are_not_told(tmp_path):
    record = publish_run(RUN)
    assert record["config"]["output_dir"] == "tiny" and record["config"]["model"]["encoder"] == "own"
    assert record["config"]["data"]["train"] == "data/conflict/train.jsonl"
    assert "someone" not in json.dumps(record) + render_card(make_release(tmp_path), "acme/tiny")


def test_words_of_an_ontology_are_read_as_they_stand(tmp_path):
    release = make_release(tmp_path)
    record = release.ontology.to_dict()
    record["types"][0] |= {"definition": "<img src=x onerror=alert(1)> [here](https://a.example) <!-- rasd:end use -->"}
    record["types"][0]["ar"] = "`قصف` *جوي*"
    run = {**release.run, "rasd": "1 <!-- rasd:begin scores -->"}
    text = render_card(dataclasses.replace(release, ontology=Ontology.from_dict(record, origin="test"), run=run), "a/b")
    plain = render_card(release, "a/b")
    assert list(list_sections(text)) == list(list_sections(plain)) and text.count("<!--") == plain.count("<!--")
    assert "<img" not in text and r"&lt;img src=x onerror=alert(1)> \[here\](https://a.example)" in text
    assert r"\`قصف\` \*جوي\*" in text


def test_what_costs_most_stands_a_line_each(tmp_path):
    limits = list_sections(render_card(make_release(tmp_path, results=RESULTS), "acme/tiny"))["limits"]
    drops = [item["arg_c"]["drop"] for item in RESULTS["robustness"]["perturbations"].values()]
    told = [float(number) for number in re.findall(r"^  - ([\d.]+) points: \S", limits, re.M)]
    assert told == sorted((round(drop, 1) for drop in drops if drop > 2), reverse=True)


def test_thresholds_alone_are_told_where_nothing_was_calibrated(tmp_path):
    plain = list_sections(render_card(make_release(tmp_path), "acme/tiny"))["data"]
    assert "chose the checkpoint and its thresholds." in plain
    config = {"calibration": {"types": {"temperature": 2.0, "bias": 0.0}}}
    fitted = list_sections(render_card(make_release(tmp_path, config=config), "acme/tiny"))["data"]
    assert "chose the checkpoint, its thresholds and its calibration." in fitted


def test_conditions_of_the_data_are_told(tmp_path):
    release = make_release(tmp_path)
    source = dataclasses.replace(release.chain.data[0], license="cc-by-nc-sa-4.0")
    chain = dataclasses.replace(release.chain, data=(source,))
    licence = list_sections(render_card(dataclasses.replace(release, chain=chain), "acme/tiny"))["licence"]
    assert "be named and forbids commercial use; what is made from it must have the same licence." in licence


def test_data_of_the_hub_are_named_with_their_commit(tmp_path):
    release = make_release(tmp_path)
    origin = {"sha256": "5" * 64, "hub_id": "acme/corpus", "commit": "c" * 40, "license": "cc-by-4.0"}
    run = {**release.run, "data": {"acme/corpus": origin, "acme/corpus:dev": origin | {"sha256": "6" * 64}}}
    run["config"] = {**run["config"], "data": {"train": "acme/corpus", "dev": ["acme/corpus"]}}
    chain = trace_chain(run, {}, [])
    text = render_card(dataclasses.replace(release, run=run, chain=chain), "acme/tiny")
    assert split_card(text)[0]["datasets"] == ["acme/corpus"]
    assert f"| training data | acme/corpus at `{'c' * 40}`, SHA-256 `{'5' * 64}` |" in text
    assert f"| development data | acme/corpus at `{'c' * 40}`, SHA-256 `{'6' * 64}` |" in text


def test_picture_is_whole_and_shows_the_fullest_bin_the_largest():
    result = RESULTS["calibration"]
    assert choose_set(result) == "test"
    root = ElementTree.fromstring(draw_reliability(result, "test"))
    circles = [
        item for item in root.iter("{http://www.w3.org/2000/svg}circle") if item.get("cx") and "." in item.get("cx")
    ]
    bins = [
        stage["equal_width"]["bins"] for kind in result["sets"]["test"]["scores"].values() for stage in kind.values()
    ]
    assert len(circles) == sum(num >= 5 for table in bins for num, _, _ in table)
    assert "event types" in "".join(root.itertext())
    # The last panel: its left edge, and the fullest bins of raw and of reported scores by place and colour.
    left, stages = 60 + 2 * 270, result["sets"]["test"]["scores"]["arguments"]
    places = {(item.get("cx"), item.get("cy")): item.get("stroke") for item in circles}
    for stage, color in (("raw", "#c0504d"), ("calibrated", "#1f6fb2")):
        _, mean, right = max(stages[stage]["equal_width"]["bins"])
        assert places[f"{left + 220 * mean:.1f}", f"{46 + 220 * (1 - right):.1f}"] == color


def test_tables_of_results_have_each_number_in_its_column(tmp_path):
    sections = list_sections(render_card(make_release(tmp_path, results=RESULTS), "acme/tiny"))
    name, item = max(RESULTS["robustness"]["perturbations"].items(), key=lambda pair: pair[1]["arg_c"]["drop"])
    cells = [item["what"], str(item["num_changed"])]
    for metric in ("tri_c", "arg_c"):
        low, high = item[metric]["interval"]
        cells += [f"{item[metric]['f1']:.1f}", f"{item[metric]['drop']:.1f} ({low:.1f} to {high:.1f})"]
    cells.append(f"{item['same_events']:.0f}%")
    assert f"| {' | '.join(cells)} |" in sections["robustness"], name
    stages = RESULTS["calibration"]["sets"]["test"]["scores"]["arguments"]
    raw, told = stages["raw"], stages["calibrated"]
    numbers = [told["num_right"] / told["num"], told["mean_score"], raw["equal_mass"]["ece"], told["equal_mass"]["ece"]]
    row = f"| test | arguments | {told['num']} | {' | '.join(f'{number:.3f}' for number in numbers)} |"
    assert row in sections["calibration"]


def test_worst_types_are_told_first_and_rare_ones_not(tmp_path):
    release = make_release(tmp_path)
    counts = {"Harm.Death": (20, 18), "Civic.Riot": (20, 4), "Relief.Aid": (9, 0)}
    by_type = {
        name: {"tri_c": {"num_gold": num, "num_predicted": num, "num_matched": right, "interval": [0.0, 1.0]}}
        for name, (num, right) in counts.items()
    }
    records = {"test": {**release.records["test"], "by_type": by_type}}
    limits = list_sections(render_card(dataclasses.replace(release, records=records), "acme/tiny"))["limits"]
    assert "(Tri-C F1, events): Civic.Riot (20, 20), Harm.Death (90, 20)." in limits


def test_published_cards_are_valid():
    cards = sorted(path for path in (ROOT / "model_cards").glob("*.md") if path.name != "README.md")
    assert cards
    for path in cards:
        data, body = split_card(path.read_text(encoding="utf-8"))
        assert set(ALWAYS) <= set(list_sections(body)) and yaml.safe_dump(data)
        for name in re.findall(r"!\[[^\]]*\]\(([^)]+)\)", body):
            assert (path.parent / name).is_file(), name
