"""What rasd and the `trainer` part of a config make together: HF `TrainingArguments`."""

from __future__ import annotations

import dataclasses
import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_type_hints

import torch
from transformers import TrainingArguments

from rasd.errors import did_you_mean
from rasd.training.kinds import describe, fits, float_hint

# The score that the Trainer compares checkpoints by; what it is made of is said in `rasd.training.trainer`.
CHOICE = "eval_choice"
_BEST = "the best checkpoint by dev F1 of the deepest annotated layer is always taken"
_LAST = "the weights of the end are kept"
_EPOCHS = "rasd saves and evaluates every epoch"
_BY_LENGTH = "rasd always batches windows of like length"
_PARALLEL = "not supported; for several GPUs use accelerate launch, which gives each a whole model"


@dataclass(frozen=True, kw_only=True)
class TrainerRules:
    """What a kind of run makes of the `trainer` part of its configuration.

    Attributes:
        refused: Fields that the part may not set, with what to do instead.
        owned: Fields that rasd sets, whatever the part says.
        usual: Fields that rasd sets where the part does not.
    """

    refused: Mapping[str, str]
    owned: Mapping[str, Any] = field(default_factory=dict)
    usual: Mapping[str, Any] = field(default_factory=dict)


_REFUSED = {
    "output_dir": "write it at the top level",
    "seed": "write it at the top level",
    "data_seed": "write `seed` at the top level",
    "resume_from_checkpoint": "write `resume: true` at the top level",
    "remove_unused_columns": "rasd sets it",
    "push_to_hub": "publish the finished checkpoint instead",
    "save_only_model": "`resume: true` needs the optimizer's state; delete the folder `trainer` after the run instead",
    "fsdp": _PARALLEL,
    "deepspeed": _PARALLEL,
}
EVENTS = TrainerRules(
    refused=_REFUSED
    | {
        "save_strategy": _EPOCHS,
        "eval_strategy": _EPOCHS,
        "load_best_model_at_end": _BEST,
        "metric_for_best_model": _BEST,
        "greater_is_better": _BEST,
        "ddp_find_unused_parameters": (
            "it must be true, since a batch may have no triggers and then leaves heads unused"
        ),
        "label_smoothing_factor": "the losses of rasd have no smoothing; remove the key",
        "gradient_checkpointing": (
            "not supported; lower per_device_train_batch_size and raise gradient_accumulation_steps to save memory"
        ),
    },
    owned={
        "save_strategy": "epoch",
        "eval_strategy": "epoch",
        "load_best_model_at_end": True,
        "metric_for_best_model": CHOICE,
        "greater_is_better": True,
        # The argument head has no part in the loss of a batch without triggers.
        "ddp_find_unused_parameters": True,
    },
)
ADAPTATION = TrainerRules(
    refused=_REFUSED
    | {
        "save_strategy": "rasd saves by steps; set `save_steps`, a number of steps or a share of the run",
        "load_best_model_at_end": _LAST,
        "metric_for_best_model": _LAST,
        "greater_is_better": _LAST,
        "train_sampling_strategy": _BY_LENGTH,
        "label_smoothing_factor": "perplexity is that of the plain loss; remove the key",
    },
    owned={"save_strategy": "steps"},
    # An epoch over much text may take days, so that states are not saved by epochs.
    usual={"save_steps": 0.1},
)


def check_trainer(trainer: Any, faults: list[str], rules: TrainerRules = EVENTS) -> None:
    """Check the `trainer` part against HF `TrainingArguments`: keys, kinds, ranges, and what HF itself refuses."""
    if not isinstance(trainer, Mapping):
        return
    num_before = len(faults)
    known = {item.name: item for item in dataclasses.fields(TrainingArguments) if item.init}
    hints = get_type_hints(TrainingArguments)
    for key, value in trainer.items():
        if key == "ddp_find_unused_parameters" and value is True:
            continue
        if key in rules.refused:
            faults.append(f"trainer.{key} = {value!r:.60}: not to be set here; {rules.refused[key]}")
        elif key not in known:
            near = did_you_mean(str(key), known)
            faults.append(f"trainer.{key} = {value!r:.60}: HF TrainingArguments has no such field.{near}")
        elif hints[key] in (int, float, bool) and not fits(value, hints[key]):
            faults.append(f"trainer.{key} = {value!r:.60}: expected {describe(hints[key])}{float_hint(value)}")
        elif key in ("learning_rate", "weight_decay") and not (math.isfinite(value) and value >= 0):
            faults.append(f"trainer.{key} = {value!r}: expected a finite number of 0 or more")
    if len(faults) == num_before:
        try:
            make_arguments(trainer, output_dir="unused", seed=0, rules=rules)
        except (ValueError, TypeError, ImportError) as err:
            faults.append(f"trainer: {err}")


def make_arguments(
    trainer: Mapping[str, Any], *, output_dir: str | Path, seed: int, rules: TrainerRules = EVENTS
) -> TrainingArguments:
    """Return the arguments of a run.

    Args:
        trainer: The `trainer` part of a config.
        output_dir: Where the states to resume from are kept.
        seed: Seed of everything.
        rules: Those of the kind of run.

    Raises:
        ValueError, TypeError, ImportError: If HF refuses a value.
    """
    use_cpu = trainer.get("use_cpu", _is_on_cpu())
    usual: dict[str, Any] = {
        "use_cpu": use_cpu,
        "bf16": _has_bf16(use_cpu=use_cpu) and not trainer.get("fp16", False),
        "save_total_limit": 2,
        "report_to": "none",
        "logging_steps": 20,
        "dataloader_num_workers": 0,
    }
    owned = {**rules.owned, "output_dir": str(output_dir), "seed": seed, "remove_unused_columns": False}
    arguments = TrainingArguments(**{**usual, **rules.usual, **trainer, **owned})
    if arguments.n_gpu > 1:
        # Without accelerate launch HF would wrap the model in nn.DataParallel, which cannot split a batch whose
        # triggers point into its sentences. The field is private, but HF offers no other way to use one GPU of many.
        arguments._n_gpu = 1
    return arguments


def _is_on_cpu() -> bool:
    """Whether training runs on the CPU where nothing is said: no accelerator here, or `accelerate launch --cpu`."""
    asked = os.environ.get("ACCELERATE_USE_CPU", "").lower() in ("1", "true", "t", "yes", "y", "on")
    return asked or not (torch.cuda.is_available() or torch.backends.mps.is_available())


def _has_bf16(*, use_cpu: bool) -> bool:
    """Whether training in bfloat16 pays here: GPUs of Ampere and after, CPUs with instructions for it."""
    if not use_cpu:
        return torch.cuda.is_available() and torch.cuda.is_bf16_supported(including_emulation=False)
    # Private, but the one question that tells native bfloat16 from the emulated, which is slower than float32.
    is_native = getattr(torch.cpu, "_is_avx512_bf16_supported", None)
    return bool(is_native and is_native())
