"""`RasdConfig`: the settings of a checkpoint as transformers wants them, for the model under torch and its training."""

from typing import Any

from huggingface_hub.dataclasses import strict
from transformers import PreTrainedConfig

from rasd.model.settings import KEYS, RasdSettings, check_keys


@strict
class RasdConfig(PreTrainedConfig, RasdSettings):
    """Configuration of `RasdModel`; its attributes are those of `RasdSettings`."""

    model_type = "rasd"

    pad_token_id: int | None = 0

    def __post_init__(self, **kwargs: Any) -> None:
        check_keys(kwargs)
        PreTrainedConfig.__post_init__(self, **kwargs)
        RasdSettings.__post_init__(self)

    def to_dict(self) -> dict[str, Any]:
        """Return the settings without what the Trainer and transformers add for models that generate text."""
        return {name: value for name, value in super().to_dict().items() if name in KEYS}
