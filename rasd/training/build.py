"""The model to train: fresh heads over a pretrained encoder, or a rasd checkpoint taken over."""

from __future__ import annotations

import logging
import pickle
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from huggingface_hub import try_to_load_from_cache
from transformers import (
    AutoConfig,
    AutoModel,
    AutoModelForMaskedLM,
    AutoTokenizer,
    PreTrainedModel,
    PreTrainedTokenizerBase,
)
from transformers.utils import logging as hf_logging

from rasd.errors import CheckpointError, ConfigError
from rasd.inference.loading import load_model
from rasd.model.configuration_rasd import RasdConfig
from rasd.model.modeling_rasd import RasdModel, build_encoder_config, pooling_options
from rasd.ontology import Ontology
from rasd.training.config import TrainConfig
from rasd.training.data import Splits
from rasd.training.settings import normalizer_of
from rasd.training.transfer import take_over

logger = logging.getLogger(__name__)


def build_model(config: TrainConfig, ontology: Ontology, splits: Splits) -> tuple[RasdModel, PreTrainedTokenizerBase]:
    """Build the model to train, from a pretrained encoder or from a rasd checkpoint.

    Raises:
        ConfigError: If the encoder cannot be loaded.
        CheckpointError, OntologyError: If the rasd checkpoint cannot be loaded or taken over.
    """
    settings = config.model
    if settings.checkpoint is not None:
        old = load_model(settings.checkpoint)
        tokenizer = _load_tokenizer(settings.checkpoint)
        model = take_over(old, ontology, layers=splits.layers)
    else:
        encoder, tokenizer = _load_encoder(settings.encoder, settings.revision)
        rasd_config = RasdConfig(
            encoder_config=encoder.config.to_dict(),
            ontology=ontology.to_dict(),
            normalizer=normalizer_of(settings.encoder, settings.normalizer).to_dict(),
            layers=splits.layers,
            max_length=min(settings.max_length, num_positions(encoder)),
            cls_token_id=tokenizer.cls_token_id,
            sep_token_id=tokenizer.sep_token_id,
            pad_token_id=tokenizer.pad_token_id,
            num_mixed_layers=settings.num_mixed_layers,
            num_letter_filters=settings.num_letter_filters,
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


def _load_tokenizer(folder: str) -> PreTrainedTokenizerBase:
    """Load the tokenizer of a rasd checkpoint."""
    try:
        return AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    except (OSError, ValueError) as err:
        raise CheckpointError(
            f"the tokenizer of {folder} cannot be loaded: {err}; the folder needs tokenizer.json and "
            "tokenizer_config.json beside config.json"
        ) from err


def _load_encoder(name: str, revision: str | None) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    """Load a pretrained encoder and its tokenizer from a folder or the Hub, running no code that came with it."""
    encoder, tokenizer, missing = _load(AutoModel, name, revision)
    _warn_of_missing(name, missing)
    return encoder, tokenizer


def load_masked_lm(name: str, revision: str | None) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    """Load an encoder under its masked-language-model head, and its tokenizer.

    An encoder that comes without such a head gets a fresh one, tied to its word embeddings, and a warning says so.

    Raises:
        ConfigError: If the encoder cannot be loaded, is none that rasd can use, or has no mask token.
    """
    model, tokenizer, missing = _load(AutoModelForMaskedLM, name, revision)
    if tokenizer.mask_token_id is None:
        raise ConfigError(f"model.encoder = {name!r}: its tokenizer has no mask token, which adapting needs")
    of_encoder = [key for key in missing if key.startswith(f"{model.base_model_prefix}.")]
    _warn_of_missing(name, of_encoder)
    if len(of_encoder) < len(missing):
        logger.warning(
            "%s comes without a masked-language-model head: it gets a fresh one, tied to its word embeddings, and the "
            "first steps teach that head more than the encoder",
            name,
        )
        model.config.tie_word_embeddings = True
        model.tie_weights()
    return model, tokenizer


def _load(kind: Any, name: str, revision: str | None) -> tuple[PreTrainedModel, PreTrainedTokenizerBase, list[str]]:
    """Load a model of a kind, its tokenizer, and the names of its parameters that the weights lack."""
    options = {"revision": revision, "trust_remote_code": False, "local_files_only": Path(name).is_dir()}
    try:
        encoder_config = AutoConfig.from_pretrained(name, **options)
        build_encoder_config(encoder_config.to_dict())
        tokenizer = AutoTokenizer.from_pretrained(name, **options)
        pooling = pooling_options(encoder_config.model_type) if kind is AutoModel else {}
        options |= {**pooling, "config": encoder_config, "dtype": "float32", "output_loading_info": True}
        with _hf_silent():
            model, info = _load_weights(kind, name, options)
    except CheckpointError as err:
        raise ConfigError(f"model.encoder = {name!r}: {err}") from err
    except (OSError, ValueError, RuntimeError, pickle.UnpicklingError) as err:
        raise ConfigError(
            f"model.encoder = {name!r} cannot be loaded: {err}\n"
            "Check the id or folder and the network; without a network, scripts/build_mini_encoder.py builds one."
        ) from err
    if not tokenizer.is_fast or None in (tokenizer.cls_token_id, tokenizer.sep_token_id, tokenizer.pad_token_id):
        raise ConfigError(f"model.encoder = {name!r}: rasd needs a fast tokenizer with CLS, SEP and padding tokens")
    return model, tokenizer, sorted(info["missing_keys"])


def find_commit(name: str, revision: str | None) -> str | None:
    """Return the commit of the Hub that an encoder which was just loaded came from, None for a folder.

    Read from the cache, where loading has left it: not every version of transformers notes it in the config.
    """
    if Path(name).is_dir():
        return None
    path = try_to_load_from_cache(name, "config.json", revision=revision)
    return Path(path).parent.name if isinstance(path, str) else None


def _warn_of_missing(name: str, missing: Sequence[str]) -> None:
    """Say that parts of an encoder were not among its weights."""
    if missing:
        logger.warning(
            "%s lacks %d of the encoder's own weights, such as %s; they start at random", name, len(missing), missing[0]
        )


@contextmanager
def _hf_silent() -> Iterator[None]:
    """Keep HF from listing heads that a file of weights has and the model has not, which harm nothing."""
    before = hf_logging.get_verbosity()
    hf_logging.set_verbosity_error()
    try:
        yield
    finally:
        hf_logging.set_verbosity(before)


def _load_weights(kind: Any, name: str, options: dict[str, Any]) -> tuple[PreTrainedModel, dict[str, Any]]:
    """Load weights from safetensors, else from a PyTorch file of tensors alone, with a warning.

    Encoders of before 2023 may have no safetensors on the Hub.
    """
    try:
        return kind.from_pretrained(name, use_safetensors=True, **options)
    except OSError as err:
        logger.warning("%s has no model.safetensors (%s); its PyTorch file is read for tensors alone", name, err)
    # `weights_only` refuses a pickle that holds anything but tensors, so nothing in it is run.
    return kind.from_pretrained(name, use_safetensors=False, weights_only=True, **options)


def num_positions(encoder: PreTrainedModel) -> int:
    """Return how many pieces the encoder can read; RoBERTa's kin lose the first positions to padding."""
    is_roberta = encoder.config.model_type in ("camembert", "roberta", "xlm-roberta")
    reserved = (encoder.config.pad_token_id or 0) + 1 if is_roberta else 0
    return encoder.config.max_position_embeddings - reserved
