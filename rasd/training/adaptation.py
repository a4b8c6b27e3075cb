"""Domain-adaptive pre-training, in its visible order: an encoder goes on guessing masked words, of the user's own text.

After Gururangan, Marasović, Swayamdipta, Lo, Beltagy, Downey and Smith (2020), "Don't Stop Pretraining"; words are
masked whole. What comes out is an encoder for `model.encoder` of `train/train.py`, which says itself how text is
normalised for it.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import transformers
from transformers import PreTrainedModel, PreTrainedTokenizerBase, TrainingArguments

from rasd.encoding import SentenceEncoder
from rasd.errors import ConfigError
from rasd.files import checksum
from rasd.text.normalize import NORMALIZER_FILE, Normalizer, NormalizerConfig
from rasd.training.adaptation_config import AdaptConfig
from rasd.training.arguments import ADAPTATION, make_arguments
from rasd.training.build import find_commit, load_masked_lm, num_positions
from rasd.training.masked_trainer import MaskedTrainer
from rasd.training.masking import MaskingCollator
from rasd.training.raw_text import prepare_text
from rasd.training.saving import describe_run, save_whole
from rasd.training.settings import as_list, normalizer_of
from rasd.training.states import check_resume, make_fingerprint, prepare_states

logger = logging.getLogger(__name__)


def adapt(config: AdaptConfig) -> dict[str, Any]:
    """Adapt an encoder to raw text and save it.

    The adapted encoder stands in `config.output_dir` under its masked-language-model head, beside its tokenizer, its
    normaliser settings and `run.json`; the states to resume from and the text in pieces are in its `trainer` folder.

    Args:
        config: A checked config.

    Returns:
        What `run.json` holds; under "held_out", loss and perplexity of the held-out lines "before" and "after".

    Raises:
        RasdError: If text, encoder or the states to resume from are at fault, before training begins.
        OSError: If the disk is full or may not be written.
    """
    started = time.time()
    output = Path(config.output_dir)
    arguments = _training_arguments(config)
    checksums = {path: checksum(path) for path in as_list(config.data.text)}
    normalizer = normalizer_of(config.model.encoder, config.model.normalizer)
    states, fingerprint = Path(arguments.output_dir), _fingerprint_of(config, checksums, normalizer)
    if config.resume:
        check_resume(states, fingerprint)
    transformers.set_seed(config.seed)
    model, tokenizer = load_masked_lm(config.model.encoder, config.model.revision)
    encoder = SentenceEncoder(
        tokenizer.backend_tokenizer,
        Normalizer(normalizer),
        max_length=min(config.model.max_length, num_positions(model)),
        cls_token_id=tokenizer.cls_token_id,
        sep_token_id=tokenizer.sep_token_id,
    )
    collator = _collator_of(config, model, tokenizer, encoder)
    # The main process writes, and the others look at what it left only then.
    with arguments.main_process_first(local=False):
        text = prepare_text(
            checksums, encoder, states / "text", held_out=config.data.held_out, special_ids=tokenizer.all_special_ids
        )
        state = prepare_states(states, fingerprint, resume=config.resume, is_main=arguments.process_index == 0)
    trainer = MaskedTrainer(model=model, args=arguments, text=text, collator=collator, processing_class=tokenizer)
    before = trainer.evaluate()
    trainer.train(resume_from_checkpoint=state)
    after = trainer.evaluate()
    run = describe_run(config, checksums, arguments) | {
        # None for a folder.
        "encoder_commit": find_commit(config.model.encoder, config.model.revision),
        "normalizer": normalizer.to_dict(),
        "text": {"train": text.train.counts(), "held_out": text.held_out.counts(), "rejected": text.rejected},
        "steps": trainer.state.global_step,
        "evaluations": [entry for entry in trainer.state.log_history if "eval_loss" in entry],
        "held_out": {
            name: {"loss": metrics["eval_loss"], "perplexity": metrics["eval_perplexity"]}
            for name, metrics in (("before", before), ("after", after))
        },
        "seconds": round(time.time() - started, 1),
    }
    if trainer.is_world_process_zero():
        save_whole(output, model, tokenizer, {"run.json": run, NORMALIZER_FILE: normalizer.to_dict()})
        logger.info("encoder saved in %s: give it to train.py as model.encoder=%s", output, output)
    return run


def format_report(run: Mapping[str, Any]) -> str:
    """Return a table of what adapting brought.

    Args:
        run: What `adapt` returned.
    """
    text, rows = run["text"], [f"{'held-out':<10} {'loss':>8} {'perplexity':>12}"]
    for name, scores in run["held_out"].items():
        rows.append(f"{name:<10} {scores['loss']:>8.3f} {scores['perplexity']:>12.1f}")
    lines = [f"{text[name]['lines']:,} lines in {text[name]['windows']:,} windows" for name in ("train", "held_out")]
    return "\n".join([*rows, f"trained on {lines[0]}, measured on {lines[1]}"])


def _training_arguments(config: AdaptConfig) -> TrainingArguments:
    """Build HF TrainingArguments from the `trainer` part and what rasd sets itself."""
    folder = Path(config.output_dir) / "trainer"
    try:
        return make_arguments(config.trainer, output_dir=folder, seed=config.seed, rules=ADAPTATION)
    except (ValueError, TypeError, ImportError) as err:
        raise ConfigError(f"trainer: {err}") from err


def _fingerprint_of(config: AdaptConfig, checksums: Mapping[str, str], normalizer: NormalizerConfig) -> dict[str, Any]:
    """Return what must be the same for a run to resume; files count by their content."""
    settings = {f"model.normalizer.{name}": value for name, value in normalizer.to_dict().items()}
    digests = [checksums[path] for path in as_list(config.data.text)]
    return make_fingerprint(config.to_dict(), {**settings, "data.text": digests})


def _collator_of(
    config: AdaptConfig, model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, encoder: SentenceEncoder
) -> MaskingCollator:
    """Build what masks; random pieces are any but special ones."""
    ids = np.setdiff1d(list(tokenizer.get_vocab().values()), tokenizer.all_special_ids)
    num_known = model.get_input_embeddings().num_embeddings
    if len(ids) and ids[-1] >= num_known:
        raise ConfigError(
            f"model.encoder = {config.model.encoder!r}: its tokenizer has piece ids up to {ids[-1]}, but its weights "
            f"know {num_known} pieces; the tokenizer is of another model"
        )
    return MaskingCollator(
        mask_token_id=tokenizer.mask_token_id,
        pad_token_id=tokenizer.pad_token_id,
        ordinary_ids=ids,
        max_length=encoder.max_length,
        seed=config.seed,
    )
