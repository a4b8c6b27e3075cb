"""The model to train: fresh heads over a pretrained encoder, or a rasd checkpoint taken over."""

from __future__ import annotations

import logging
import pickle
from pathlib import Path
from typing import Any

from transformers import AutoConfig, AutoModel, AutoTokenizer, PreTrainedModel, PreTrainedTokenizerBase

from rasd.errors import CheckpointError, ConfigError
from rasd.inference.loading import load_model
from rasd.model.configuration_rasd import RasdConfig
from rasd.model.modeling_rasd import POOLED, RasdModel
from rasd.ontology import Ontology
from rasd.text.normalize import NormalizerConfig
from rasd.training.config import TrainConfig
from rasd.training.data import Splits
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
            num_mixed_layers=settings.num_mixed_layers,
            head_size=settings.head_size,
            num_argument_layers=settings.num_argument_layers,
            num_argument_heads=settings.num_argument_heads,
            head_dropout=settings.head_dropout,
        )
        model = RasdModel.from_encoder(encoder, rasd_config)
        # For `run.json`: the commit of the Hub that the encoder came from; a folder has none.
        model.encoder.config._commit_hash = getattr(encoder.config, "_commit_hash", None)
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
    options = {"revision": revision, "trust_remote_code": False, "local_files_only": Path(name).is_dir()}
    try:
        encoder_config = AutoConfig.from_pretrained(name, **options)
        tokenizer = AutoTokenizer.from_pretrained(name, **options)
        pooling = {"add_pooling_layer": False} if encoder_config.model_type in POOLED else {}
        encoder = _load_weights(name, {**options, **pooling, "config": encoder_config, "dtype": "float32"})
    except (OSError, ValueError, RuntimeError, pickle.UnpicklingError) as err:
        raise ConfigError(
            f"model.encoder = {name!r} cannot be loaded: {err}\n"
            "Check the id or folder and the network; without a network, scripts/build_mini_encoder.py builds one."
        ) from err
    if not tokenizer.is_fast or None in (tokenizer.cls_token_id, tokenizer.sep_token_id, tokenizer.pad_token_id):
        raise ConfigError(f"model.encoder = {name!r}: rasd needs a fast tokenizer with CLS, SEP and padding tokens")
    return encoder, tokenizer


def _load_weights(name: str, options: dict[str, Any]) -> PreTrainedModel:
    """Load weights from safetensors, else from a PyTorch file of tensors alone, with a warning.

    Encoders of before 2023 may have no safetensors on the Hub.
    """
    try:
        return AutoModel.from_pretrained(name, use_safetensors=True, **options)
    except OSError as err:
        logger.warning("%s has no model.safetensors (%s); its PyTorch file is read for tensors alone", name, err)
    # `weights_only` refuses a pickle that holds anything but tensors, so nothing in it is run.
    return AutoModel.from_pretrained(name, use_safetensors=False, weights_only=True, **options)


def _positions(encoder: PreTrainedModel) -> int:
    """How many pieces the encoder can read; RoBERTa's kin lose the first positions to padding."""
    reserved = (encoder.config.pad_token_id or 0) + 1 if "roberta" in encoder.config.model_type else 0
    return encoder.config.max_position_embeddings - reserved
