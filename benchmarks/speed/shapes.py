"""The encoders of the speed bench, as an encoder's folder and a rasd checkpoint over it each."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import torch
from transformers import BertConfig, BertModel

from rasd.model.configuration_rasd import RasdConfig
from rasd.model.modeling_rasd import RasdModel
from rasd.ontology import Ontology
from rasd.text.normalize import NormalizerConfig

ONTOLOGY = "conflict"
TOKENIZER_FILES = ("tokenizer.json", "tokenizer_config.json")
# Shapes with random weights: that of AraBERT-base, and one so small that all but the encoder shows.
RANDOM = {
    "base": {"hidden_size": 768, "num_hidden_layers": 12, "num_attention_heads": 12, "vocab_size": 64_000},
    "one-layer": {"hidden_size": 64, "num_hidden_layers": 1, "num_attention_heads": 2, "vocab_size": 20_000},
}


@dataclass(frozen=True)
class Shape:
    """An encoder of the bench.

    Attributes:
        name: "mini", or one of `RANDOM`.
        encoder: The folder of the encoder, for the rivals.
        checkpoint: The folder of a rasd checkpoint over it.
        is_random: Whether its weights are, so that what it finds means nothing.
    """

    name: str
    encoder: Path
    checkpoint: Path
    is_random: bool


def make_shape(name: str, *, encoder: Path, checkpoint: Path, work: Path) -> Shape:
    """Return a shape, built at first need.

    Args:
        name: "mini" or one of `RANDOM`.
        encoder: The folder of the trained encoder; the others take its tokenizer.
        checkpoint: The checkpoint over it.
        work: Where to build.
    """
    if name == "mini":
        return Shape(name, encoder, checkpoint, is_random=False)
    shape = Shape(name, work / name / "encoder", work / name / "checkpoint", is_random=True)
    if not (shape.checkpoint / "config.json").is_file():
        build_random(shape, RANDOM[name], tokenizer=encoder)
    return shape


def build_random(shape: Shape, sizes: dict[str, int], *, tokenizer: Path) -> None:
    """Write an encoder with random weights and a checkpoint over it, by the code that training builds models with."""
    from transformers import AutoTokenizer

    special = AutoTokenizer.from_pretrained(tokenizer)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(13)
        encoder = BertModel(
            BertConfig(
                **sizes,
                intermediate_size=4 * sizes["hidden_size"],
                max_position_embeddings=512,
                pad_token_id=special.pad_token_id,
            )
        )
        config = RasdConfig(
            encoder_config=encoder.config.to_dict(),
            ontology=Ontology.load(ONTOLOGY).to_dict(),
            normalizer=NormalizerConfig.for_encoder(str(tokenizer)).to_dict(),
            cls_token_id=special.cls_token_id,
            sep_token_id=special.sep_token_id,
            pad_token_id=special.pad_token_id,
        )
        model = RasdModel.from_encoder(encoder, config)
    for folder, part in ((shape.encoder, encoder), (shape.checkpoint, model)):
        part.save_pretrained(folder)
        for file in TOKENIZER_FILES:
            shutil.copy(tokenizer / file, folder / file)
