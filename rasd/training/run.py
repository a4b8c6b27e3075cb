"""One training run from config to checkpoint, in its visible order."""

from __future__ import annotations

import json
import logging
import platform
import shutil
import time
from importlib import metadata
from pathlib import Path
from typing import Any

import torch
import transformers
from transformers import (
    AutoConfig,
    AutoModel,
    AutoTokenizer,
    PreTrainedModel,
    PreTrainedTokenizerBase,
    TrainingArguments,
)

from rasd import __version__
from rasd.collator import EventCollator
from rasd.encoding import SentenceEncoder
from rasd.errors import ConfigError
from rasd.inference.backends import TorchBackend
from rasd.inference.engine import Engine, make_thresholds
from rasd.inference.loading import load_model
from rasd.metrics import Scores, score_events
from rasd.model.configuration_rasd import RasdConfig
from rasd.model.modeling_rasd import POOLED, RasdModel
from rasd.ontology import Ontology
from rasd.text.normalize import Normalizer, NormalizerConfig
from rasd.training.config import TrainConfig
from rasd.training.data import Splits, as_list, checksum, encode_split, load_splits
from rasd.training.trainer import EventTrainer, predict_with
from rasd.training.transfer import take_over
from rasd.training.tuning import tune_thresholds

logger = logging.getLogger(__name__)


def train(config: TrainConfig) -> Scores:
    """Train, choose the best checkpoint by dev argument F1, tune thresholds, and save.

    The finished checkpoint stands in `config.output_dir` beside `run.json`; the states to resume from are in its
    `trainer` folder.

    Args:
        config: A checked config.

    Returns:
        Scores on the dev sentences.

    Raises:
        RasdError: If data, ontology, encoder or checkpoint are at fault, before training begins.
    """
    started = time.time()
    output = Path(config.output_dir)
    arguments = _training_arguments(config)
    ontology = Ontology.load(config.data.ontology)
    splits = load_splits(config, ontology)
    transformers.set_seed(config.seed)
    model, tokenizer = build_model(config, ontology, splits)
    encoder = SentenceEncoder(
        tokenizer.backend_tokenizer,
        Normalizer(NormalizerConfig.from_dict(model.config.normalizer)),
        max_length=model.config.max_length,
        cls_token_id=model.config.cls_token_id,
        sep_token_id=model.config.sep_token_id,
        language=ontology.language,
    )
    engine = Engine(
        TorchBackend(model),
        encoder,
        ontology,
        thresholds=make_thresholds(model.config, ontology),
        layers=model.config.layers,
        pad_token_id=model.config.pad_token_id,
    )
    trainer = EventTrainer(
        model=model,
        args=arguments,
        train_dataset=encode_split(splits.train, encoder, ontology),
        eval_dataset=encode_split(splits.dev, encoder, ontology),
        data_collator=EventCollator(model.config.pad_token_id),
        processing_class=tokenizer,
        engine=engine,
        dev=splits.dev,
        head_learning_rate=config.optim.head_learning_rate,
    )
    trainer.train(resume_from_checkpoint=_last_state(Path(arguments.output_dir)) if config.resume else None)
    if config.optim.tune_thresholds:
        chosen = tune_thresholds(engine, model, splits.dev)
        names = [event_type.name for event_type in ontology.types]
        model.config.type_thresholds = dict(zip(names, chosen.types.tolist(), strict=True))
        model.config.trigger_threshold, model.config.argument_threshold = chosen.trigger, chosen.argument
    scores = score_events(splits.dev, predict_with(engine, model, splits.dev))
    if trainer.is_world_process_zero():
        _save(output, model, tokenizer, _describe(config, arguments, trainer, splits, scores, time.time() - started))
        logger.info("checkpoint saved in %s", output)
    return scores


def build_model(config: TrainConfig, ontology: Ontology, splits: Splits) -> tuple[RasdModel, PreTrainedTokenizerBase]:
    """Build the model to train, from a pretrained encoder or from a rasd checkpoint.

    Raises:
        ConfigError: If the encoder cannot be loaded.
        CheckpointError, OntologyError: If the rasd checkpoint cannot be loaded or taken over.
    """
    settings = config.model
    if settings.checkpoint is not None:
        old = load_model(settings.checkpoint)
        tokenizer = AutoTokenizer.from_pretrained(settings.checkpoint, local_files_only=True)
        model = take_over(old, ontology, layers=splits.layers)
    else:
        encoder, tokenizer = _load_encoder(settings.encoder, settings.revision)
        preset = NormalizerConfig.for_encoder(settings.encoder).to_dict()
        rasd_config = RasdConfig(
            encoder_config=encoder.config.to_dict(),
            ontology=ontology.to_dict(),
            normalizer=NormalizerConfig.from_dict({**preset, **settings.normalizer}).to_dict(),
            layers=splits.layers,
            max_length=min(settings.max_length, _positions(encoder)),
            cls_token_id=tokenizer.cls_token_id,
            sep_token_id=tokenizer.sep_token_id,
            pad_token_id=tokenizer.pad_token_id,
            head_size=settings.head_size,
            num_argument_layers=settings.num_argument_layers,
            num_argument_heads=settings.num_argument_heads,
            head_dropout=settings.head_dropout,
        )
        model = RasdModel.from_encoder(encoder, rasd_config)
    model.loss_weights = {**model.loss_weights, **config.optim.loss_weights}
    if settings.freeze_embeddings:
        model.encoder.get_input_embeddings().weight.requires_grad_(False)
    return model, tokenizer


def _load_encoder(name: str, revision: str | None) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    """Load a pretrained encoder and its tokenizer from a folder or the Hub."""
    try:
        encoder_config = AutoConfig.from_pretrained(name, revision=revision)
        tokenizer = AutoTokenizer.from_pretrained(name, revision=revision)
        pooling = {"add_pooling_layer": False} if encoder_config.model_type in POOLED else {}
        encoder = AutoModel.from_pretrained(name, revision=revision, config=encoder_config, dtype="float32", **pooling)
    except (OSError, ValueError) as err:
        raise ConfigError(
            f"model.encoder = {name!r} cannot be loaded: {err}\n"
            "Check the id or folder and the network; without a network, scripts/build_mini_encoder.py builds one."
        ) from err
    if not tokenizer.is_fast or None in (tokenizer.cls_token_id, tokenizer.sep_token_id, tokenizer.pad_token_id):
        raise ConfigError(f"model.encoder = {name!r}: rasd needs a fast tokenizer with CLS, SEP and padding tokens")
    return encoder, tokenizer


def _positions(encoder: PreTrainedModel) -> int:
    """How many pieces the encoder can read; RoBERTa's kin lose the first positions to padding."""
    reserved = (encoder.config.pad_token_id or 0) + 1 if "roberta" in encoder.config.model_type else 0
    return encoder.config.max_position_embeddings - reserved


def _training_arguments(config: TrainConfig) -> TrainingArguments:
    """Build HF TrainingArguments from the `trainer` part and what rasd sets itself."""
    owned: dict[str, Any] = {
        "output_dir": str(Path(config.output_dir) / "trainer"),
        "seed": config.seed,
        "remove_unused_columns": False,
        "save_strategy": "epoch",
        "eval_strategy": "epoch",
        "load_best_model_at_end": True,
        "metric_for_best_model": "eval_arg_c",
        "greater_is_better": True,
    }
    on_cpu = not (torch.cuda.is_available() or torch.backends.mps.is_available())
    usual: dict[str, Any] = {
        "use_cpu": on_cpu,
        "bf16": _has_bf16() and not config.trainer.get("fp16", False),
        "save_total_limit": 2,
        "report_to": "none",
        "logging_steps": 20,
        "dataloader_num_workers": 0,
    }
    try:
        return TrainingArguments(**{**usual, **config.trainer, **owned})
    except (ValueError, TypeError, ImportError) as err:
        raise ConfigError(f"trainer: {err}") from err


def _has_bf16() -> bool:
    """Whether training in bfloat16 pays here: GPUs of Ampere and after, CPUs with instructions for it."""
    if torch.cuda.is_available():
        return torch.cuda.is_bf16_supported(including_emulation=False)
    # Private, but the one question that tells native bfloat16 from the emulated, which is slower than float32.
    is_native = getattr(torch.cpu, "_is_avx512_bf16_supported", None)
    return bool(is_native and is_native())


def _last_state(folder: Path) -> str | None:
    """Return the last whole state to resume from, and remove one that a kill left half-written."""
    states = sorted(folder.glob("checkpoint-*"), key=lambda path: int(path.name.rpartition("-")[2]), reverse=True)
    for state in states:
        # The Trainer writes this file last.
        if (state / "trainer_state.json").is_file() and _is_json(state / "trainer_state.json"):
            return str(state)
        logger.warning("%s is incomplete and is removed", state)
        shutil.rmtree(state)
    logger.warning("resume: no saved state in %s; training starts from the beginning", folder)
    return None


def _is_json(path: Path) -> bool:
    try:
        json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        return False
    return True


def _describe(
    config: TrainConfig,
    arguments: TrainingArguments,
    trainer: EventTrainer,
    splits: Splits,
    scores: Scores,
    seconds: float,
) -> dict[str, Any]:
    """Return what `run.json` holds: everything needed to say where a checkpoint came from."""
    files = [*as_list(config.data.train), *as_list(config.data.dev)]
    packages = ("torch", "transformers", "datasets", "accelerate", "tokenizers", "numpy", "safetensors")
    return {
        "rasd": __version__,
        "config": config.to_dict(),
        "data": {path: {"sha256": checksum(path)} for path in files},
        "num_train_sentences": len(splits.train),
        "num_dev_sentences": len(splits.dev),
        "versions": {"python": platform.python_version()} | {name: metadata.version(name) for name in packages},
        "machine": {"system": platform.platform(), "device": str(arguments.device)},
        "steps": trainer.state.global_step,
        "best_step": trainer.state.best_global_step,
        "seconds": round(seconds, 1),
        "epochs": [entry for entry in trainer.state.log_history if "eval_arg_c" in entry],
        "dev_scores": scores.to_dict(),
    }


def _save(output: Path, model: RasdModel, tokenizer: PreTrainedTokenizerBase, run: dict[str, Any]) -> None:
    """Write the checkpoint beside, then move it in place, `config.json` last: without it nothing loads."""
    part = output / "checkpoint.part"
    shutil.rmtree(part, ignore_errors=True)
    model.save_pretrained(part)
    tokenizer.save_pretrained(part)
    (part / "run.json").write_text(json.dumps(run, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    (output / "config.json").unlink(missing_ok=True)
    for path in sorted(part.iterdir(), key=lambda path: path.name == "config.json"):
        path.replace(output / path.name)
    part.rmdir()
