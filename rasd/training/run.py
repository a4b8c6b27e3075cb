"""One training run from config to checkpoint, in its visible order."""

from __future__ import annotations

import logging
import time
from pathlib import Path
from typing import Any

import transformers
from transformers import TrainingArguments

from rasd.collator import EventCollator
from rasd.encoding import SentenceEncoder
from rasd.errors import ConfigError
from rasd.inference.backends import TorchBackend
from rasd.inference.engine import Engine, make_thresholds
from rasd.metrics import Scores, score_events
from rasd.ontology import Ontology
from rasd.text.normalize import Normalizer, NormalizerConfig
from rasd.training.arguments import CHOICE, make_arguments
from rasd.training.build import build_model, find_commit
from rasd.training.calibration_fit import calibrate
from rasd.training.config import TrainConfig
from rasd.training.data import Splits, encode_split, layers_of, load_splits
from rasd.training.saving import describe_run, read_origin, save_whole
from rasd.training.states import check_resume, fingerprint_of, hash_ontology, prepare_states
from rasd.training.trainer import EventTrainer, choice_of, predict_with
from rasd.training.tuning import tune_thresholds

logger = logging.getLogger(__name__)


def train(config: TrainConfig) -> Scores:
    """Train, choose the best checkpoint by dev F1 of the deepest annotated layer, tune thresholds, calibrate, and save.

    The finished checkpoint stands in `config.output_dir` beside `run.json`; the states to resume from are in its
    `trainer` folder.

    Args:
        config: A checked config.

    Returns:
        Scores on the dev sentences.

    Raises:
        RasdError: If data, ontology, encoder, checkpoint or the states to resume from are at fault, before training
            begins.
        OSError: If the disk is full or may not be written.
    """
    started = time.time()
    output = Path(config.output_dir)
    arguments = _training_arguments(config)
    ontology = Ontology.load(config.data.ontology)
    splits = load_splits(config, ontology)
    states, fingerprint = Path(arguments.output_dir), fingerprint_of(config, ontology, splits.checksums)
    if config.resume:
        check_resume(states, fingerprint)
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
        train_dataset=encode_split(
            splits.train, encoder, ontology, augmentation=config.data.augmentation, seed=config.seed
        ),
        data_collator=EventCollator(model.config.pad_token_id),
        processing_class=tokenizer,
        engine=engine,
        dev=splits.dev,
        choice=_choose_by(splits),
        head_learning_rate=config.optim.head_learning_rate,
    )
    # The main process prunes the states, and the others look at them only then.
    with arguments.main_process_first(local=False):
        state = prepare_states(states, fingerprint, resume=config.resume, is_main=arguments.process_index == 0)
    trainer.train(resume_from_checkpoint=state)
    if config.optim.tune_thresholds:
        chosen = tune_thresholds(engine, model, splits.dev)
        names = [event_type.name for event_type in ontology.types]
        model.config.type_thresholds = dict(zip(names, chosen.types.tolist(), strict=True))
        model.config.trigger_threshold, model.config.argument_threshold = chosen.trigger, chosen.argument
    model.config.calibration = calibrate(engine, model, splits.dev).to_dict()
    scores = score_events(splits.dev, predict_with(engine, model, splits.dev))
    if trainer.is_world_process_zero():
        run = _describe(config, ontology, trainer, splits, scores) | {"seconds": round(time.time() - started, 1)}
        save_whole(output, model, tokenizer, {"run.json": run})
        logger.info("checkpoint saved in %s", output)
    return scores


def _training_arguments(config: TrainConfig) -> TrainingArguments:
    """Build HF TrainingArguments from the `trainer` part and what rasd sets itself."""
    try:
        return make_arguments(config.trainer, output_dir=Path(config.output_dir) / "trainer", seed=config.seed)
    except (ValueError, TypeError, ImportError) as err:
        raise ConfigError(f"trainer: {err}") from err


def _choose_by(splits: Splits) -> list[str]:
    """Return the scores that checkpoints are chosen by, and say so in the log."""
    choice = choice_of(splits.layers, layers_of(splits.dev))
    logger.info("checkpoints are chosen by dev %s, the deepest layer that train and dev annotate", choice[0])
    return choice


def _describe(
    config: TrainConfig, ontology: Ontology, trainer: EventTrainer, splits: Splits, scores: Scores
) -> dict[str, Any]:
    """Return what `run.json` holds: everything needed to say where a checkpoint came from."""
    model = config.model
    described = describe_run(config, splits.checksums, trainer.args)
    for name, origin in splits.origins.items():
        described["data"][name] |= origin
    return described | {
        "ontology": {"name": ontology.name, "version": ontology.version, "sha256": hash_ontology(ontology)},
        # What trained the checkpoint that was gone on from.
        "before": read_origin(model.checkpoint) if model.checkpoint else None,
        # None for a folder, and for a checkpoint that was gone on from.
        "encoder_commit": None if model.checkpoint else find_commit(model.encoder, model.revision),
        "num_train_sentences": len(splits.train),
        "num_dev_sentences": len(splits.dev),
        "chosen_by": trainer.choice[0],
        "steps": trainer.state.global_step,
        "best_step": trainer.state.best_global_step,
        "epochs": [entry for entry in trainer.state.log_history if CHOICE in entry],
        "dev_scores": scores.to_dict(),
    }
