"""The card of a checkpoint: what is said of it on the Hub, made from its folder alone.

`model_card_template.md` holds the words; what stands between its marks is generated anew at every publish, as
`rasd.hub.merging` has it. Sections whose results are not there are left out; what must be there, `rasd.hub.checks`
has made sure of.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import resources
from typing import Any

import yaml
from huggingface_hub import EvalResult, ModelCardData

from rasd import __version__
from rasd.errors import MissingExtraError
from rasd.files import hide_folders
from rasd.hub import tables
from rasd.hub.checks import Release
from rasd.hub.origins import Source, list_runs
from rasd.hub.picture import PICTURE_FILE, choose_set
from rasd.inference.loading import ONNX_FILES
from rasd.inference.onnx_backend import read_record
from rasd.metrics import METRICS, Scores

# By this name the results that rasd wrote into a card's metadata are known, and replaced.
SOURCE_NAME = "rasd evaluate"
TASK = "token-classification"  # the nearest of the Hub's tasks; it has none for events
_SHOWN = ("typing", "tri_i", "tri_c", "arg_i", "arg_c", "arg_c_plus")
# Of fewer events a type's score is an accident.
_LEAST_SHOWN = 10


def render_card(release: Release, repo_id: str) -> str:
    """Return the card of a checkpoint, metadata and text.

    Args:
        release: What `check_release` found.
        repo_id: Where it goes, ORG/NAME.

    Raises:
        MissingExtraError: If jinja2 is not installed.
    """
    body = render_template("model_card_template.md", _values(release, repo_id))
    return f"---\n{make_metadata(release, repo_id).to_yaml()}\n---\n\n{body}"


def render_template(name: str, values: Mapping[str, Any]) -> str:
    """Fill in a template of this package; a value that the template asks for and does not get is an error of ours.

    Raises:
        MissingExtraError: If jinja2 is not installed.
    """
    try:
        from jinja2 import Environment, StrictUndefined
    except ModuleNotFoundError as err:
        raise MissingExtraError("cards need jinja2, which the extra [hub] brings: pip install -e '.[hub]'") from err
    environment = Environment(
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
        finalize=_disarm,
    )
    text = resources.files("rasd.hub").joinpath(name).read_text(encoding="utf-8")
    return environment.from_string(text).render(values)


def _disarm(value: Any) -> Any:
    """Return a value of which no part is taken for the mark of a section."""
    return value.replace("<!-- rasd:", "&lt;!-- rasd:") if isinstance(value, str) else value


def make_metadata(release: Release, repo_id: str) -> ModelCardData:
    """Return what the Hub sorts and finds a model by."""
    chain, weights = release.chain, release.chain.weights
    data_ids = list(dict.fromkeys(source.id for source in chain.data if source.id))
    named = {"license_name": _slug(weights.license_name), "license_link": weights.license_link}
    return ModelCardData(
        language=[release.ontology.language],
        license=weights.license,
        **(named if weights.license == "other" else {}),
        library_name="transformers",
        pipeline_tag=TASK,
        tags=["rasd", "event-extraction", "information-extraction", "news", "arabic"],
        base_model=chain.encoder.id,
        **({"base_model_relation": "finetune"} if chain.encoder.id else {}),
        datasets=data_ids or None,
        metrics=["f1", "precision", "recall"] + ["accuracy"] * bool(release.scores["test"].realis.num_gold),
        model_name=name_of(release, repo_id),
        eval_results=[item for name in release.records for item in _list_results(release, repo_id, name)],
    )


def name_of(release: Release, repo_id: str) -> str:
    """Return what the model is called."""
    return release.settings.get("name") or repo_id.split("/")[-1]


def publish_run(run: Mapping[str, Any]) -> dict[str, Any]:
    """Return `run.json` as it goes up: folders of the machine that trained are cut down to their last name."""
    return hide_folders(run)


def _list_results(release: Release, repo_id: str, name: str) -> list[EvalResult]:
    """Return the scores of a set as the Hub's metadata wants them, in [0, 1]."""
    scores, corpus = release.scores[name], release.chain.data[0]
    data = {"dataset_type": corpus.id or release.ontology.name, "dataset_name": corpus.name, "dataset_split": "test"}
    if name == "real":
        data = {"dataset_type": "news", "dataset_name": "real news", "dataset_split": "test"}
    data |= {"task_type": TASK, "task_name": "Event extraction", "source_name": SOURCE_NAME}
    data["source_url"] = f"https://huggingface.co/{repo_id}/blob/main/scores.json"
    shares = [("f1", f"{METRICS[key]} F1", getattr(scores, key).f1) for key in _SHOWN if getattr(scores, key).num_gold]
    for key in ("tri_c", "arg_c"):
        score = getattr(scores, key)
        if score.num_gold:
            shares += [("precision", f"{METRICS[key]} precision", score.precision)]
            shares += [("recall", f"{METRICS[key]} recall", score.recall)]
    if scores.realis.num_gold:
        shares.append(("accuracy", "Realis accuracy", scores.realis_accuracy))
    return [
        EvalResult(metric_type=kind, metric_name=said, metric_value=round(x, 4), **data) for kind, said, x in shares
    ]


def _values(release: Release, repo_id: str) -> dict[str, Any]:
    """Return what the template asks for."""
    ontology, scores, run = release.ontology, release.scores, release.run
    calibration = release.results.get("calibration")
    return {
        "name": name_of(release, repo_id),
        "repo_id": repo_id,
        "settings": dict.fromkeys(("repository", "space")) | release.settings,
        "config": dict.fromkeys(("calibration", "layers", "num_mixed_layers", "num_letter_filters")) | release.config,
        "ontology": ontology,
        "ontology_tables": tables.ontology_tables(ontology),
        "language": {"ar": "Arabic"}.get(ontology.language, ontology.language),
        "chain": release.chain,
        "data": _group_data(release.chain.data),
        "graphs": _precision_of_graphs(release),
        "example": release.example,
        "example_table": tables.event_table(release.example, ontology),
        "sets": {
            name: {
                "record": release.records[name],
                "run_by": _run_by(release.records[name]),
                "scores": item,
                "total": tables.score_table(item),
                "types": tables.type_table(item, ontology),
                "roles": tables.role_table(item, ontology) if item.by_role else "",
                "weakest": _weakest(item),
            }
            for name, item in scores.items()
        },
        "summary": _summary(scores),
        "calibration": calibration and {"table": tables.calibration_table(calibration), "set": choose_set(calibration)},
        "picture": PICTURE_FILE,
        "robustness": _describe_robustness(release.results.get("robustness")),
        "speeds": {name: record["speed"] for name, record in release.records.items() if record.get("speed")},
        "num_parameters": f"{release.num_parameters / 1e6:,.1f} million",
        "size": f"{(release.folder / 'model.safetensors').stat().st_size / 1e6:,.0f} MB",
        "max_length": release.config["max_length"],
        "earlier": list_runs(run)[1:],
        "unknown_start": list_runs(run)[-1]["config"]["model"].get("checkpoint"),
        "run": dict.fromkeys(("steps", "best_step", "seconds", "chosen_by", "encoder_commit")) | run,
        "run_config": yaml.safe_dump(hide_folders(run["config"]), sort_keys=False, allow_unicode=True).rstrip(),
        "weights_sha256": release.weights_sha256,
        "rasd_version": __version__,
    }


def _run_by(record: Mapping[str, Any]) -> str:
    """Return what a set was scored with, "" where its record does not say."""
    names = {"torch": "PyTorch", "onnx": "ONNX Runtime", "openvino": "OpenVINO"}
    if not record.get("backend") or not record.get("dtype"):
        return ""
    return f"under {names.get(record['backend'], record['backend'])} in {record['dtype']}"


def _precision_of_graphs(release: Release) -> str | None:
    """Return what the ONNX graphs that go up compute with, None where there are none."""
    has_graphs = any(name in release.files for name in ONNX_FILES)
    return read_record(release.folder).precision if has_graphs else None


def _group_data(data: Sequence[Source]) -> list[dict[str, Any]]:
    """Return the data sets, each once with all that it was used for."""
    groups: dict[str, dict[str, Any]] = {}
    for source in data:
        parts = groups.setdefault(source.name, {"source": source, "parts": []})["parts"]
        parts += [] if source.part in parts else [source.part]
    return list(groups.values())


def _summary(scores: Mapping[str, Scores]) -> str:
    """Return the scores at a glance, a set a line."""
    shown = [key for key in _SHOWN if any(getattr(item, key).num_gold for item in scores.values())]
    rows = []
    for name, item in scores.items():
        cells = [f"{100 * getattr(item, key).f1:.1f}" if getattr(item, key).num_gold else "-" for key in shown]
        rows.append([{"test": "test part of the corpus", "real": "real news"}[name], item.num_sentences, *cells])
    return tables.markdown_table(["F1 on", "sentences", *(METRICS[key] for key in shown)], rows, numbers_from=1)


def _weakest(scores: Scores, *, num: int = 5) -> list[tuple[str, float, int]]:
    """Return the event types whose triggers are found worst, with F1 in percent and events in gold."""
    named = [(name, item["tri_c"]) for name, item in scores.by_type.items() if item["tri_c"].num_gold >= _LEAST_SHOWN]
    named.sort(key=lambda pair: pair[1].f1)
    return [(tables.plain(name), 100 * score.f1, score.num_gold) for name, score in named[:num]]


def _describe_robustness(result: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Return the table of the robustness section, and what costs most."""
    if result is None:
        return None
    costly = sorted(result["perturbations"].values(), key=lambda item: -item["arg_c"]["drop"])
    return {
        "table": tables.robustness_table(result),
        "result": result,
        "costly": [(item["what"], item["arg_c"]["drop"]) for item in costly if item["arg_c"]["drop"] > 2.0],
    }


def _slug(name: str | None) -> str:
    """Return a licence's name as the Hub's metadata wants it: lower-case letters, digits and hyphens."""
    words = "".join(char if char.isalnum() else " " for char in (name or "").lower().replace("'s", "")).split()
    return "-".join(words)
