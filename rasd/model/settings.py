"""What a checkpoint must know to give the same events everywhere: `RasdSettings`.

Whatever changes what `predict` returns is here (ontology, normaliser, maximum length, head sizes, thresholds,
calibration); what matters only while training is in `rasd.training.config`. transformers, whose import takes longer
than predicting a sentence, is not needed; `RasdConfig` are the same settings for torch. Annotations are not postponed
in this module: `strict` reads them as types and passes over strings, so kinds would go unchecked.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from huggingface_hub.dataclasses import strict

from rasd.calibration import find_calibration_faults
from rasd.errors import CheckpointError, OntologyError, did_you_mean
from rasd.ontology import Ontology
from rasd.text.normalize import NormalizerConfig

# Keys of config.json that tell plain transformers where a checkpoint's own code is; see `rasd.hub.flatten`.
REMOTE_KEYS = ("auto_map", "custom_pipelines")
# Keys of config.json that transformers reads and writes, besides the fields of a rasd config.
_SHARED_KEYS = {"model_type", "transformers_version", "architectures", "dtype", *REMOTE_KEYS}
# What transformers notes of where a config came from, and never saves.
_ORIGIN_KEYS = {"_name_or_path", "name_or_path", "_commit_hash"}
# Annotation layers that a model may have been trained on; prediction leaves out the others.
LAYERS = ("typing", "trigger", "arguments", "realis")
# Encoders that give `last_hidden_state` for piece ids and mask alone, and load nothing beside their own weights.
ENCODER_TYPES = (
    "bert",
    "camembert",
    "deberta-v2",
    "distilbert",
    "electra",
    "modernbert",
    "roberta",
    "xlm-roberta",
)
_LEAST = {
    "max_length": 16,
    "num_mixed_layers": 1,
    "num_letter_filters": 0,
    "head_size": 1,
    "num_argument_layers": 0,
    "num_argument_heads": 1,
    "max_distance": 1,
}
_FLOATS = ("head_dropout", "threshold", "trigger_threshold", "argument_threshold")


@strict
@dataclass(kw_only=True)
class RasdSettings:
    """The settings in a checkpoint's `config.json`.

    Attributes:
        encoder_config: The encoder's own config as a dict with its `model_type`.
        ontology: The ontology in the shape of its YAML file.
        normalizer: The `NormalizerConfig` as a dict.
        layers: The annotation layers that the model was trained on.
        max_length: Word pieces of one encoder pass, special tokens included; longer sentences are read in windows.
        cls_token_id, sep_token_id: Special tokens set around the pieces.
        num_mixed_layers: Last layers of the encoder that the heads read; an encoder with fewer gives all it has.
        num_letter_filters: Filters of each width that read words letter by letter; 0 leaves that out.
        head_size: Width of the argument head.
        num_argument_layers: Transformer layers of the argument head.
        num_argument_heads: Their attention heads.
        max_distance: Distance in words between trigger and word beyond which all distances are one.
        head_dropout: Dropout of the heads.
        type_thresholds: Event type -> probability from which a sentence has the type; others take `threshold`.
        threshold: The default for types.
        trigger_threshold: Probability from which a word of a type that the sentence has is a trigger.
        argument_threshold: Probability from which a word belongs to an argument.
        calibration: "types", "triggers", "arguments" -> "temperature" and "bias" of the scores reported; see
            `rasd.calibration`. What is not named is reported as it is.
    """

    encoder_config: dict | None = None
    ontology: dict | None = None
    normalizer: dict | None = None
    layers: list[str] | None = None
    max_length: int = 512
    cls_token_id: int = 0
    sep_token_id: int = 0
    pad_token_id: int | None = 0
    num_mixed_layers: int = 8
    num_letter_filters: int = 96
    head_size: int = 256
    num_argument_layers: int = 2
    num_argument_heads: int = 4
    max_distance: int = 20
    head_dropout: float | int = 0.2
    type_thresholds: dict[str, float | int] | None = None
    threshold: float | int = 0.5
    trigger_threshold: float | int = 0.5
    argument_threshold: float | int = 0.5
    calibration: dict[str, dict[str, float | int]] | None = None

    def __post_init__(self) -> None:
        self.layers = list(LAYERS) if self.layers is None else self.layers
        self.type_thresholds = {name: float(value) for name, value in (self.type_thresholds or {}).items()}
        self.calibration = {
            kind: {name: float(value) for name, value in settings.items()}
            for kind, settings in (self.calibration or {}).items()
        }
        for name in _FLOATS:
            setattr(self, name, float(getattr(self, name)))

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> "RasdSettings":
        """Build the settings from what a `config.json` holds.

        Raises:
            CheckpointError: If there is a key in it that is none of ours.
        """
        check_keys(record)
        return cls(**{name: value for name, value in record.items() if name in cls.__annotations__})

    def load_ontology(self) -> Ontology:
        """Return the checkpoint's ontology."""
        return Ontology.from_dict(self.ontology, origin="the checkpoint's ontology")

    def find_faults(self) -> list[str]:
        """Return what makes the settings no model that can predict, each with its key; kinds are checked already."""
        return [*self._find_label_faults(), *self._find_encoder_faults(), *self._find_range_faults()]

    def _find_label_faults(self) -> list[str]:
        """Look at the ontology and at what names its labels."""
        faults = [
            f"layers: unknown layer {name!r}.{did_you_mean(name, LAYERS)}" for name in self.layers if name not in LAYERS
        ]
        if not self.layers:
            faults.append(f"layers: expected some of {', '.join(LAYERS)}, got none")
        try:
            ontology = self.load_ontology()
        except OntologyError as err:
            return [*faults, f"ontology: {err}"]
        if "language" not in self.ontology:
            faults.append("ontology: the key 'language' is missing")
        if "realis" in self.layers and not ontology.realis:
            faults.append("layers: 'realis' stands among them, but the ontology has no realis values")
        return faults + [
            f"type_thresholds: unknown event type {name!r}.{did_you_mean(name, ontology.type_ids)}"
            for name in self.type_thresholds
            if name not in ontology.type_ids
        ]

    def _find_encoder_faults(self) -> list[str]:
        """Look at the encoder's type, the special tokens and the normaliser."""
        faults = [] if self.normalizer else ["normalizer: it is missing"]
        try:
            NormalizerConfig.from_dict(self.normalizer or {})
        except ValueError as err:
            faults.append(f"normalizer: {err}")
        encoder = self.encoder_config or {}
        if encoder.get("model_type") not in ENCODER_TYPES:
            got = encoder.get("model_type")
            return [*faults, f"encoder_config.model_type: {got!r} is none of {', '.join(ENCODER_TYPES)}"]
        num_tokens = encoder.get("vocab_size")
        if not isinstance(num_tokens, int):
            return [*faults, f"encoder_config.vocab_size: expected a whole number, got {num_tokens!r}"]
        for name in ("cls_token_id", "sep_token_id", "pad_token_id"):
            token_id = getattr(self, name)
            if token_id is None or not 0 <= token_id < num_tokens:
                faults.append(f"{name}: expected an id below the encoder's vocab_size {num_tokens}, got {token_id}")
        num_positions = encoder.get("max_position_embeddings")
        if isinstance(num_positions, int) and self.max_length > num_positions:
            faults.append(f"max_length: the encoder reads {num_positions} pieces at most, got {self.max_length}")
        return faults

    def _find_range_faults(self) -> list[str]:
        """Look at the numbers."""
        faults = [
            f"{name}: expected at least {least}, got {getattr(self, name)}"
            for name, least in _LEAST.items()
            if getattr(self, name) < least
        ]
        if self.num_argument_heads > 0 and self.head_size % self.num_argument_heads:
            faults.append(f"num_argument_heads: {self.num_argument_heads} does not divide head_size {self.head_size}")
        fractions = {name: getattr(self, name) for name in _FLOATS}
        fractions |= {f"type_thresholds.{name}": value for name, value in self.type_thresholds.items()}
        faults += find_calibration_faults(self.calibration)
        return faults + [
            f"{name}: expected a number from 0 to 1, got {value}"
            for name, value in fractions.items()
            if not (math.isfinite(value) and 0 <= value <= 1)
        ]


def check_keys(record: Iterable[str]) -> None:
    """Check the keys of a `config.json`.

    Raises:
        CheckpointError: If one is neither a setting nor a key of transformers.
    """
    valid = KEYS | _ORIGIN_KEYS
    for name in record:
        if name not in valid:
            raise CheckpointError(f"unknown setting {name!r} in a rasd config.{did_you_mean(name, valid)}")


KEYS = RasdSettings.__annotations__.keys() | _SHARED_KEYS
"""What a `config.json` may hold."""
