"""HF Trainer for masked language models: windows in an order of their own each epoch, and a loss that is exact.

The loss of a step is the mean over all masked pieces of the step, whatever batches and processes they are spread over;
that of the held-out windows is the mean over all their masked pieces.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import torch
from torch.nn import functional as F
from torch.utils.data import Sampler
from transformers import Trainer, TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from rasd.labels import IGNORED
from rasd.training.masking import LengthGroupedOrder, MaskingCollator, Rows
from rasd.training.raw_text import RawText


class MaskedTrainer(Trainer):
    """Trains a masked language model on windows of raw text.

    Args:
        text: Windows to train on and to measure on.
        collator: Masks them.
        **options: As for `Trainer`.
    """

    def __init__(self, *, text: RawText, collator: MaskingCollator, **options: Any) -> None:
        windows = text.train.open()
        super().__init__(
            train_dataset=Rows(windows),
            eval_dataset=Rows(text.held_out.open()),
            data_collator=collator,
            compute_loss_func=masked_loss,
            **options,
        )
        # `masked_loss` divides by the pieces of the step; the model itself has no use for their number.
        self.model_accepts_loss_kwargs = False
        lengths = windows.with_format("numpy")["length"][:]
        # One step's windows, over batches that are accumulated and processes, are of like length.
        size = self.args.train_batch_size * self.args.gradient_accumulation_steps * self.args.world_size
        self.order = LengthGroupedOrder(lengths, batch_size=size, seed=self.args.seed)
        self.add_callback(_EpochTeller(self.order))

    def _get_train_sampler(self, *unused: Any) -> Sampler:
        return self.order

    def evaluate(self, *unused: Any, metric_key_prefix: str = "eval", **also_unused: Any) -> dict[str, float]:
        """Return loss and perplexity of the held-out windows, masked the same each time."""
        self.model.eval()
        total = torch.zeros(2, dtype=torch.float64)
        for batch in self.get_eval_dataloader():
            sums = self.accelerator.gather_for_metrics(self._score(batch))
            total += sums.double().cpu().sum(0)
        self.model.train()
        loss = float(total[0] / total[1])
        metrics = {f"{metric_key_prefix}_loss": loss, f"{metric_key_prefix}_perplexity": perplexity(loss)}
        self.log(dict(metrics))
        self.control = self.callback_handler.on_evaluate(self.args, self.state, self.control, metrics)
        return metrics

    @torch.no_grad()
    def _score(self, batch: Mapping[str, torch.Tensor]) -> torch.Tensor:
        """Return the sum of losses and the number of masked pieces of each window [B, 2]."""
        inputs = {name: value.to(self.model.device) for name, value in batch.items()}
        labels = inputs.pop("labels")
        is_masked = labels != IGNORED
        # Once it is trained, accelerate's model computes in bfloat16 of itself; before that it must be told.
        with self.accelerator.autocast():
            logits = self.model(**inputs).logits[is_masked].float()  # [M, V]
        sums = torch.zeros(is_masked.shape, device=logits.device)  # [B, T]
        sums[is_masked] = F.cross_entropy(logits, labels[is_masked], reduction="none")
        return torch.stack([sums.sum(1), is_masked.sum(1)], 1)


class _EpochTeller(TrainerCallback):
    """Tells the order which epoch begins.

    The Trainer and accelerate tell samplers too, but do not reach them through all that they wrap around them when
    several processes resume in the middle of an epoch.
    """

    def __init__(self, order: LengthGroupedOrder) -> None:
        self.order = order

    def on_epoch_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **unused: Any
    ) -> None:
        self.order.epoch = int(state.epoch or 0)


def masked_loss(
    outputs: Any, labels: torch.Tensor, num_items_in_batch: torch.Tensor | int | None = None
) -> torch.Tensor:
    """Return the loss of a batch's masked pieces, summed and divided by those of the whole step.

    Args:
        outputs: What the model gives, with `logits` [B, T, V].
        labels: Pieces to guess, -100 elsewhere [B, T].
        num_items_in_batch: Masked pieces of all batches of the step; None for this batch alone.
    """
    is_masked = labels != IGNORED
    # Of the logits of a large vocabulary only those that count are brought to float32.
    loss = F.cross_entropy(outputs.logits[is_masked].float(), labels[is_masked], reduction="sum")
    return loss / (is_masked.sum() if num_items_in_batch is None else num_items_in_batch)


def perplexity(loss: float) -> float:
    """Return the number of pieces among which a loss leaves the choice."""
    return math.exp(loss) if loss < 700 else math.inf
