"""What a checkpoint must know to give the same events everywhere: `RasdConfig`.

Whatever changes what `predict` returns is here (ontology, normaliser, maximum length, head sizes, thresholds); what
matters only while training is in `rasd.training.config`.
"""

from __future__ import annotations

from typing import Any

from huggingface_hub.dataclasses import strict
from transformers import PreTrainedConfig

from rasd.errors import CheckpointError, did_you_mean
from rasd.ontology import Ontology

# Keys of config.json that transformers reads and writes, besides the fields of a rasd config.
_SHARED_KEYS = {"model_type", "transformers_version", "architectures", "dtype", "auto_map"}
# Annotation layers that a model may have been trained on; prediction leaves out the others.
LAYERS = ("typing", "trigger", "arguments", "realis")


@strict
class RasdConfig(PreTrainedConfig):
    """Configuration of `RasdModel`.

    Attributes:
        encoder_config: The encoder's own config as a dict with its `model_type`.
        ontology: The ontology in the shape of its YAML file.
        normalizer: The `NormalizerConfig` as a dict.
        layers: The annotation layers that the model was trained on.
        max_length: Word pieces of one encoder pass, special tokens included; longer sentences are read in windows.
        cls_token_id, sep_token_id: Special tokens set around the pieces.
        head_size: Width of the argument head.
        num_argument_layers: Transformer layers of the argument head.
        num_argument_heads: Their attention heads.
        max_distance: Distance in words between trigger and word beyond which all distances are one.
        head_dropout: Dropout of the heads.
        type_thresholds: Event type -> probability from which a sentence has the type; others take `threshold`.
        threshold: The default for types.
        trigger_threshold: Probability from which a word of a type that the sentence has is a trigger.
        argument_threshold: Probability from which a word belongs to an argument.
    """

    model_type = "rasd"

    encoder_config: dict | None = None
    ontology: dict | None = None
    normalizer: dict | None = None
    layers: list[str] | None = None
    max_length: int = 512
    cls_token_id: int = 0
    sep_token_id: int = 0
    pad_token_id: int | None = 0
    head_size: int = 256
    num_argument_layers: int = 2
    num_argument_heads: int = 4
    max_distance: int = 20
    head_dropout: float = 0.2
    type_thresholds: dict | None = None
    threshold: float = 0.5
    trigger_threshold: float = 0.5
    argument_threshold: float = 0.5

    def __post_init__(self, **kwargs: Any) -> None:
        valid = self._keys() | {"_name_or_path"}
        for name in kwargs:
            if name not in valid:
                raise CheckpointError(f"unknown setting {name!r} in a rasd config.{did_you_mean(name, valid)}")
        super().__post_init__(**kwargs)
        self.layers = list(LAYERS) if self.layers is None else self.layers
        self.type_thresholds = {} if self.type_thresholds is None else self.type_thresholds

    def to_dict(self) -> dict[str, Any]:
        """Return the settings without what the Trainer and transformers add for models that generate text."""
        return {name: value for name, value in super().to_dict().items() if name in self._keys()}

    @classmethod
    def _keys(cls) -> set[str]:
        return set(RasdConfig.__annotations__) | _SHARED_KEYS

    def load_ontology(self) -> Ontology:
        """Return the checkpoint's ontology."""
        return Ontology.from_dict(self.ontology, origin="the checkpoint's ontology")
