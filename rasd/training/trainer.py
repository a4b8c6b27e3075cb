"""HF Trainer for the event model: two learning rates, named losses in the log, and evaluation by events.

Evaluation runs the very engine that `predict` runs, so the score that chooses a checkpoint is the score of what users
get. Checkpoints are chosen by `eval_choice`: F1 of the deepest layer that training and dev data annotate, where ties
fall to the layers above it and then to the later epoch, so that a score that stays 0 does not keep the first one.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import torch
from transformers import Trainer

from rasd.events import Sentence
from rasd.inference.backends import TorchBackend
from rasd.inference.engine import Engine
from rasd.metrics import score_events
from rasd.training.arguments import CHOICE

# Layers from the deepest on, and the score of each.
_DEPTH = {"arguments": "arg_c", "trigger": "tri_c", "typing": "typing"}
# How much less each further score weighs: enough to break ties and too little for anything else.
_TIE = 1e-3


class EventTrainer(Trainer):
    """Trains a `RasdModel`.

    Args:
        engine: Predicts with the model that is being trained.
        dev: Gold sentences that checkpoints are chosen by.
        choice: Scores that they are chosen by, from `choice_of`.
        head_learning_rate: Learning rate of everything but the encoder, which takes `learning_rate`.
        **options: As for `Trainer`.
    """

    def __init__(
        self,
        *,
        engine: Engine,
        dev: Sequence[Sentence],
        choice: Sequence[str],
        head_learning_rate: float,
        **options: Any,
    ) -> None:
        # HF asks for a data set wherever it is to evaluate, and leaves it to `evaluate`, which needs none.
        super().__init__(eval_dataset=dev, **options)
        self.engine, self.dev, self.choice, self.head_learning_rate = engine, dev, choice, head_learning_rate
        # The loss is an average over the batch, not over items that a forward pass counts.
        self.model_accepts_loss_kwargs = False
        self._losses: dict[str, torch.Tensor] = {}
        self._num_losses = 0

    def create_optimizer(self, model: torch.nn.Module | None = None) -> torch.optim.Optimizer:
        """Build AdamW with the encoder at `learning_rate` and the heads at `head_learning_rate`."""
        if self.optimizer is None:
            model = self.model if model is None else model
            decayed = set(self.get_decay_parameter_names(model))
            groups: dict[tuple[bool, bool], list[torch.nn.Parameter]] = {}
            for name, parameter in model.named_parameters():
                if parameter.requires_grad:
                    groups.setdefault((".encoder." in f".{name}", name in decayed), []).append(parameter)
            kind, options = self.get_optimizer_cls_and_kwargs(self.args, model)
            rates = {True: self.args.learning_rate, False: self.head_learning_rate}
            self.optimizer = kind(
                [
                    {"params": parameters, "lr": rates[encoder], "weight_decay": self.args.weight_decay if decay else 0}
                    for (encoder, decay), parameters in groups.items()
                ],
                **options,
            )
        return self.optimizer

    def compute_loss(
        self, model: torch.nn.Module, inputs: dict[str, Any], return_outputs: bool = False, **unused: Any
    ) -> Any:
        """Return the weighted loss, and remember each head's share for the log."""
        output = model(**inputs)
        for name, loss in output.losses.items():
            self._losses[name] = self._losses.get(name, 0.0) + loss.detach()
        self._num_losses += 1
        return (output.loss, output) if return_outputs else output.loss

    def log(self, logs: dict[str, float], *rest: Any) -> None:
        """Add the mean loss of each head to a training log line."""
        if "loss" in logs and self._num_losses:
            logs |= {f"{name}_loss": round(float(loss) / self._num_losses, 4) for name, loss in self._losses.items()}
            self._losses, self._num_losses = {}, 0
        super().log(logs, *rest)

    def evaluate(self, *unused: Any, metric_key_prefix: str = "eval", **also_unused: Any) -> dict[str, float]:
        """Score predicted events of the dev sentences."""
        scores = score_events(self.dev, predict_with(self.engine, self.model, self.dev), num_resamples=0)
        metrics = {
            f"{metric_key_prefix}_{name}": getattr(scores, name).f1 for name in ("tri_i", "tri_c", "arg_i", "arg_c")
        }
        metrics[f"{metric_key_prefix}_typing"] = scores.typing.f1
        metrics[CHOICE] = sum(getattr(scores, name).f1 * _TIE**i for i, name in enumerate(self.choice))
        metrics[CHOICE] += _TIE ** len(_DEPTH) * (self.state.epoch or 0.0)
        self.log(dict(metrics))
        self.control = self.callback_handler.on_evaluate(self.args, self.state, self.control, metrics)
        return metrics


def choice_of(train_layers: Collection[str], dev_layers: Collection[str]) -> list[str]:
    """Return the scores that checkpoints are chosen by, the deciding one first.

    Args:
        train_layers: Annotation layers of the training data.
        dev_layers: Annotation layers of the dev data.
    """
    return [score for layer, score in _DEPTH.items() if layer in train_layers and layer in dev_layers]


def predict_with(engine: Engine, model: Any, sentences: Sequence[Sentence]) -> list[Sentence]:
    """Predict with a model that is in training, in float32 as users do, and leave it in training mode."""
    engine.backend = TorchBackend(model, model.device)
    predicted = engine.predict(sentences)
    model.train()
    return predicted
