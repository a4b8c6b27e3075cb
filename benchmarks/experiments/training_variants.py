"""Changes to how training goes."""

from __future__ import annotations

from collections.abc import Callable

import torch

from rasd.model import modeling_rasd
from rasd.training import build
from rasd.training import run as training_run
from rasd.training import trainer as training


def average_weights(decay: float) -> Callable[[], None]:
    """Evaluate and save a moving average of the weights."""

    def patch() -> None:
        from transformers import TrainerCallback

        class Average(TrainerCallback):
            def __init__(self) -> None:
                self.mean: dict[str, torch.Tensor] = {}

            def on_step_end(self, args, state, control, model=None, **unused):
                rate = min(decay, (1 + state.global_step) / (10 + state.global_step))
                with torch.no_grad():
                    for name, value in model.named_parameters():
                        if value.requires_grad:
                            if name in self.mean:
                                self.mean[name].lerp_(value, 1 - rate)
                            else:
                                self.mean[name] = value.detach().clone()

        average = Average()
        make = training.EventTrainer.__init__
        score = training.EventTrainer.evaluate
        train = training.EventTrainer.train

        def __init__(self, **options):
            make(self, **options)
            self.add_callback(average)

        def swap(model):
            with torch.no_grad():
                for name, value in model.named_parameters():
                    if name in average.mean:
                        kept = value.clone()
                        value.copy_(average.mean[name])
                        average.mean[name].copy_(kept)

        def evaluate(self, *rest, **options):
            swap(self.model)
            try:
                return score(self, *rest, **options)
            finally:
                swap(self.model)

        def train_all(self, *rest, **options):
            self.args.load_best_model_at_end = False
            result = train(self, *rest, **options)
            swap(self.model)
            return result

        training.EventTrainer.__init__ = __init__
        training.EventTrainer.evaluate = evaluate
        training.EventTrainer.train = train_all

    return patch


def r_drop(weight: float) -> Callable[[], None]:
    """Two passes with different dropout must agree (Liang et al., NeurIPS 2021)."""

    def patch() -> None:
        def compute_loss(self, model, inputs, return_outputs=False, **unused):
            outputs = [model(**inputs), model(**inputs)]
            mask = (inputs["letters"][..., 0] > 0)[..., None, None]
            first, second = (output.trigger_logits.float() for output in outputs)
            apart = ((first.sigmoid() - second.sigmoid()) * (first - second) * mask).sum() / len(mask)
            if outputs[0].argument_logits is not None:
                rows = mask[inputs["trigger_sentences"]]
                first, second = (output.argument_logits.float().log_softmax(-1) for output in outputs)
                gap = ((first.exp() - second.exp()) * (first - second)).sum(-1, keepdim=True) * rows
                apart = apart + gap.sum() / len(rows)
            loss = (outputs[0].loss + outputs[1].loss) / 2 + weight * apart
            return (loss, outputs[0]) if return_outputs else loss

        training.EventTrainer.compute_loss = compute_loss

    return patch


def fresh_layers(num_layers: int) -> Callable[[], None]:
    """Begin with the encoder's last layers drawn anew (Zhang et al., ICLR 2021)."""

    def patch() -> None:
        load = build._load_encoder

        def load_encoder(*where):
            encoder, tokenizer = load(*where)
            for layer in encoder.encoder.layer[-num_layers:]:
                layer.apply(encoder._init_weights)
            return encoder, tokenizer

        build._load_encoder = load_encoder

    return patch


def frozen_layers(num_layers: int) -> Callable[[], None]:
    """The encoder's first layers stay as they are, which saves their backward pass."""

    def patch() -> None:
        make = training_run.build_model

        def build_model(*rest):
            model, tokenizer = make(*rest)
            for layer in model.encoder.encoder.layer[:num_layers]:
                layer.requires_grad_(False)
            model.encoder.embeddings.requires_grad_(False)
            return model, tokenizer

        training_run.build_model = build_model

    return patch


def layerwise(decay: float) -> Callable[[], None]:
    """Each layer of the encoder learns slower than the one above it."""

    def patch() -> None:
        create = training.EventTrainer.create_optimizer

        def create_optimizer(self, model=None):
            if self.optimizer is not None:
                return self.optimizer
            optimizer = create(self, model)
            depth = {
                parameter: len(self.model.encoder.encoder.layer) - number
                for number, layer in enumerate(self.model.encoder.encoder.layer, 1)
                for parameter in layer.parameters()
            }
            for group in list(optimizer.param_groups):
                inner = [parameter for parameter in group["params"] if depth.get(parameter)]
                group["params"] = [parameter for parameter in group["params"] if not depth.get(parameter)]
                for steps in sorted({depth[parameter] for parameter in inner}):
                    own = [parameter for parameter in inner if depth[parameter] == steps]
                    rest = {key: value for key, value in group.items() if key != "params"}
                    optimizer.add_param_group({**rest, "params": own, "lr": group["lr"] * decay**steps})
            optimizer.param_groups[:] = [group for group in optimizer.param_groups if group["params"]]
            return optimizer

        training.EventTrainer.create_optimizer = create_optimizer

    return patch


def asymmetric(focus: float) -> Callable[[], None]:
    """Words that are easily told from triggers count less (Ridnik et al., ICCV 2021)."""

    def patch() -> None:
        losses_of = modeling_rasd.RasdModel._losses

        def _losses(self, output, word_mask, sentences, labels):
            losses = losses_of(self, output, word_mask, sentences, labels)
            tags = labels["trigger_labels"]
            mask = (word_mask[..., None] & labels["trigger_mask"][:, None].bool())[..., None]
            target = torch.stack([tags == modeling_rasd.BEGIN, tags == modeling_rasd.INSIDE], -1).float()
            logits = output.trigger_logits.float()
            loss = torch.nn.functional.binary_cross_entropy_with_logits(logits, target, reduction="none")
            easy = torch.where(target > 0, torch.ones_like(logits), logits.detach().sigmoid() ** focus)
            # The same sum at the start, where every word is as likely.
            losses["trigger"] = (loss * easy * mask).sum() / len(tags)
            return losses

        modeling_rasd.RasdModel._losses = _losses

    return patch


def adversarial(size: float) -> Callable[[], None]:
    """Half of the loss is that of word vectors moved against it (Miyato et al., ICLR 2017)."""

    def patch() -> None:
        def compute_loss(self, model, inputs, return_outputs=False, **unused):
            table = model.encoder.get_input_embeddings()
            kept, moved = [], []

            def keep(module, unused, output):
                if moved:
                    return output + moved[0]
                kept.append(output.detach().requires_grad_())
                return kept[0]

            handle = table.register_forward_hook(keep)
            clean = model(**inputs)
            if not model.training:
                handle.remove()
                return (clean.loss, clean) if return_outputs else clean.loss
            [gradient] = torch.autograd.grad(clean.loss, kept, retain_graph=True)
            moved.append(size * gradient / (gradient.norm(dim=(1, 2), keepdim=True) + 1e-8))
            loss = (clean.loss + model(**inputs).loss) / 2
            handle.remove()
            return (loss, clean) if return_outputs else loss

        training.EventTrainer.compute_loss = compute_loss

    return patch
