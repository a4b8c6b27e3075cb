"""A checkpoint goes up to the Hub: checked, compared with what is there, and pushed in one commit."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from huggingface_hub import HfApi

from rasd.errors import PublishError
from rasd.hub.card import SOURCE_NAME, publish_run, render_card
from rasd.hub.checks import NEEDED, RESULTS, WELCOME, Release
from rasd.hub.flatten import REMOTE_FILES, complete_checkpoint
from rasd.hub.merging import merge_cards
from rasd.hub.picture import PICTURE_FILE, choose_set, draw_reliability
from rasd.hub.pushing import CARD, File, Plan, Remote, Target, fetch_text, look, make_plan
from rasd.inference.loading import ONNX_FILES
from rasd.scorebook import SCORES_FILE, select_settings

# What goes up with the card alone: the card, and what it shows and cites.
_OF_CARD = (CARD, PICTURE_FILE, SCORES_FILE, *RESULTS)


# How files of weights end, of whatever library.
_WEIGHTS = (".safetensors", ".bin", ".pt", ".ckpt", ".gguf", ".onnx", ".h5")


def plan_release(api: HfApi, release: Release, target: Target, *, card_only: bool = False) -> Plan:
    """Compare a checkpoint with what is on the Hub.

    Args:
        api: The Hub's client, with the user's token.
        release: What `check_release` returned.
        target: Where it goes.
        card_only: Leave everything but the card, and what it shows, as it is.

    Raises:
        PublishError: If the Hub cannot be asked, or what stands there must not be overwritten.
    """
    remote = look(api, target)
    config = fetch_text(api, target, remote, "config.json")
    _check_conflict(target, config, remote)
    files = list_files(release, target.repo_id, old_card=fetch_text(api, target, remote, CARD))
    managed = {*NEEDED, *WELCOME, *REMOTE_FILES, *ONNX_FILES, PICTURE_FILE, *_old_modules(config)}
    if card_only:
        _check_same_model(release, target, remote, config, files)
        files = [file for file in files if file.name in _OF_CARD]
        managed &= set(_OF_CARD)
    return make_plan(target, remote, files, managed=managed)


def list_files(release: Release, repo_id: str, *, old_card: str | None = None) -> list[File]:
    """Return everything that goes up: the checkpoint's files, code for plain transformers, the card and its picture.

    The code, and the configs that point to it, are made here by this version of rasd and lie nowhere on the disk: the
    checkpoint's folder stays as it is, and code that an earlier version left in it is not sent.

    Args:
        release: The checkpoint.
        repo_id: Where it goes, ORG/NAME.
        old_card: The card on the Hub, whose foreign parts stay; a README.md in the folder counts where there is none.
    """
    local_card = release.folder / CARD
    if old_card is None and local_card.is_file():
        old_card = local_card.read_text(encoding="utf-8")
    card = merge_cards(render_card(release, repo_id), old_card, source_name=SOURCE_NAME)
    made = {name: text.encode() for name, text in complete_checkpoint(release.folder).items()}
    # The record of the run names folders of the machine that trained.
    made |= {CARD: card.encode(), "run.json": _dump(publish_run(release.run))}
    files = [File(name, made.get(name, release.folder / name)) for name in {*release.files, *made}]
    calibration = release.results.get("calibration")
    if calibration:
        files.append(File(PICTURE_FILE, draw_reliability(calibration, choose_set(calibration)).encode()))
    return sorted(files, key=lambda file: file.name)


def save_card(release: Release, repo_id: str, path: Path) -> None:
    """Write a card into a file, and its picture beside it under the card's name.

    Raises:
        OSError: If they cannot be written.
    """
    card = render_card(release, repo_id)
    calibration = release.results.get("calibration")
    if calibration:
        picture = path.with_name(f"{path.stem}-{PICTURE_FILE}")
        picture.write_text(draw_reliability(calibration, choose_set(calibration)), encoding="utf-8")
        card = card.replace(f"]({PICTURE_FILE})", f"]({picture.name})")
    path.write_text(card, encoding="utf-8")


def _check_conflict(target: Target, config: str | None, remote: Remote) -> None:
    """Check that no other model stands there under the name."""
    if config is None:
        weights = sorted(name for name in remote.files if name.endswith(_WEIGHTS))
        if weights:
            raise PublishError(
                f"{target.repo_id!r} holds another model already, with {', '.join(weights)}; choose another name"
            )
        return
    try:
        kind = json.loads(config).get("model_type")
    except (ValueError, AttributeError):
        kind = "unknown"
    if kind != "rasd":
        raise PublishError(
            f"{target.repo_id!r} holds another model already, of type {kind!r}; choose another name for this one"
        )


def _check_same_model(
    release: Release, target: Target, remote: Remote, config: str | None, files: Sequence[File]
) -> None:
    """Check that a card alone tells of the model that is there: its weights, tokenizer and settings."""
    _, _, sha256 = remote.files.get("model.safetensors", (0, None, None))
    others = ["weights"] if sha256 != release.weights_sha256 else []
    made = {file.name: file for file in files}
    tokenizer, there = made.get("tokenizer.json"), remote.files.get("tokenizer.json")
    if tokenizer is not None and there is not None and not tokenizer.is_same(*there):
        others.append("tokenizer")
    # Thresholds and calibration stand in the config; what transformers notes there for itself changes no event.
    if config is not None and select_settings(json.loads(config)) != select_settings(release.config):
        others.append("settings in config.json")
    if others:
        raise PublishError(
            f"{target.repo_id!r} on the Hub does not have the {' and '.join(others)} of {release.folder}, and its card "
            "would tell of a model that is not there; publish all of it, without --update-card-only"
        )


def _old_modules(config: str | None) -> set[str]:
    """Return the files of code that an earlier publish put there."""
    named = (json.loads(config) if config else {}).get("auto_map") or {}
    return {f"{name.split('.')[0]}.py" for name in named.values() if isinstance(name, str) and "--" not in name}


def _dump(record: object) -> bytes:
    return (json.dumps(record, ensure_ascii=False, indent=2) + "\n").encode()
