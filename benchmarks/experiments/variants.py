"""The changes that are tried: settings of the configuration, or a patch of the package where they need code.

A patch that helps goes into the package and leaves this file; what stays here did not, and is kept so that anyone can
try it again.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import nn

from rasd.model import modeling_rasd
from rasd.model.heads import LayerMix
from rasd.training import build
from rasd.training import trainer as training

# Results of a round stand beside the base of that round; what helped is in the package from the next round on.
ROUND = 4


# <mask> of encoders/mini.
MASK = 19999


@dataclass(frozen=True)
class Variant:
    """A change: what it is, dotted settings, and a function that patches the package."""

    what: str
    settings: tuple[str, ...] = ()
    patch: Callable[[], None] | None = None


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


def pool(states: torch.Tensor, piece_words: torch.Tensor, num_words: int) -> torch.Tensor:
    """Return the mean of each word's pieces."""
    member = piece_words[:, None, :] == torch.arange(num_words, device=states.device)[:, None]
    return member.to(states.dtype) @ states / member.sum(-1, keepdim=True).clamp(min=1)


def own_mix() -> None:
    """The argument head has a mean of the layers of its own."""
    make, run = modeling_rasd.RasdModel.__init__, modeling_rasd.RasdModel.encode

    def __init__(self, config):
        make(self, config)
        self.argument_mix = LayerMix(len(self.mix.weights))

    def encode(self, input_ids, attention_mask, piece_words, letters):
        kept = []
        handle = self.mix.register_forward_pre_hook(lambda module, inputs: kept.append(inputs[0]))
        _, *scores = run(self, input_ids, attention_mask, piece_words, letters)
        handle.remove()
        words = pool(self.argument_mix(kept[0]), piece_words, letters.shape[1])
        return self.word_dropout(words), *scores

    modeling_rasd.RasdModel.__init__, modeling_rasd.RasdModel.encode = __init__, encode


def event_map() -> None:
    """The argument head is told how likely each word is the trigger of each type."""
    make, run = modeling_rasd.RasdModel.__init__, modeling_rasd.RasdModel.encode

    def __init__(self, config):
        make(self, config)
        num_types = len(config.load_ontology().types)
        self.event_map = nn.Linear(num_types, self.encoder.config.hidden_size, bias=False)

    def encode(self, input_ids, attention_mask, piece_words, letters):
        words, typing, triggers, cuts = run(self, input_ids, attention_mask, piece_words, letters)
        likely = triggers[..., 0].detach().sigmoid()
        return words + 3 * self.event_map(likely.to(words.dtype)), typing, triggers, cuts

    modeling_rasd.RasdModel.__init__, modeling_rasd.RasdModel.encode = __init__, encode


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


def joined_sentences(share: float) -> Callable[[], None]:
    """A share of the training sentences is doubled, joined to another one."""

    def patch() -> None:
        from dataclasses import replace

        from rasd.training import run as training_run

        load = training_run.load_splits

        def shifted(event, by):
            def move(item):
                return replace(item, start=item.start + by, end=item.end + by)

            arguments = None if event.arguments is None else tuple(move(item) for item in event.arguments)
            return replace(event, trigger=move(event.trigger), arguments=arguments)

        def load_splits(config, ontology):
            splits = load(config, ontology)
            chance = random.Random(config.seed)
            short = [item for item in splits.train if len(item.text) < 250]
            more = []
            for _ in range(int(share * len(splits.train))):
                first, second = chance.sample(short, 2)
                by = len(first.text) + 1
                events = (*first.events, *(shifted(event, by) for event in second.events))
                more.append(replace(first, text=f"{first.text} {second.text}", events=events, types=None))
            return replace(splits, train=[*splits.train, *more])

        training_run.load_splits = load_splits

    return patch


def frozen_layers(num_layers: int) -> Callable[[], None]:
    """The encoder's first layers stay as they are, which saves their backward pass."""

    def patch() -> None:
        from rasd.training import run as training_run

        make = training_run.build_model

        def build_model(*rest):
            model, tokenizer = make(*rest)
            for layer in model.encoder.encoder.layer[:num_layers]:
                layer.requires_grad_(False)
            model.encoder.embeddings.requires_grad_(False)
            return model, tokenizer

        training_run.build_model = build_model

    return patch


def masked_words(share: float) -> Callable[[], None]:
    """In training, a share of the words is hidden behind the mask or unknown piece, letters and all."""

    def patch() -> None:
        from rasd.training import run as training_run

        collate = training_run.EventCollator.__call__

        def call(self, examples):
            batch = collate(self, examples)
            letters = batch["letters"]
            hidden = (torch.rand(letters.shape[:2]) < share) & (letters[..., 0] > 0)
            at = batch["piece_words"].clamp(min=0)
            pieces = hidden.gather(1, at) & (batch["piece_words"] >= 0)
            batch["input_ids"] = batch["input_ids"].masked_fill(pieces, MASK)
            letters[..., 1:] = letters[..., 1:].masked_fill(hidden[..., None], 0)
            letters[..., 0] = letters[..., 0].masked_fill(hidden, 1)
            return batch

        training_run.EventCollator.__call__ = call

    return patch


VARIANTS = {
    "masked10": Variant("one word in ten hidden in training", (), masked_words(0.1)),
    "masked20": Variant("one word in five hidden in training", (), masked_words(0.2)),
    "dropout4": Variant("dropout of the heads 0.4 instead of 0.2", ("model.head_dropout=0.4",)),
    "decay1": Variant("weight decay 0.1 instead of 0.01", ("trainer.weight_decay=0.1",)),
    "base": Variant("configs/mini-full.yaml as it is"),
    "own_mix": Variant("the argument head has a mix of layers of its own", (), own_mix),
    "event_map": Variant("the argument head is told how likely each word is a trigger of each type", (), event_map),
    "wide": Variant("argument head of 384 and 3 layers", ("model.head_size=384", "model.num_argument_layers=3")),
    "head2e-3": Variant("learning rate of the heads 2e-3", ("optim.head_learning_rate=2.0e-3",)),
    "head5e-4": Variant("learning rate of the heads 5e-4", ("optim.head_learning_rate=5.0e-4",)),
    "dropout1": Variant("dropout of the heads 0.1 instead of 0.2", ("model.head_dropout=0.1",)),
    "arguments2": Variant("argument loss counts double", ("optim.loss_weights.argument=2.0",)),
    "embeddings": Variant("word embeddings trained too", ("model.freeze_embeddings=false",)),
    "epochs7.5": Variant("7.5 epochs instead of 5, as many steps as joined", ("trainer.num_train_epochs=7.5",)),
    "epochs10": Variant("10 epochs instead of 5", ("trainer.num_train_epochs=10",)),
    "frozen4": Variant("the encoder's first 4 layers stay as they are", (), frozen_layers(4)),
    "frozen6": Variant("the encoder's first 6 layers stay as they are", (), frozen_layers(6)),
    "varied": Variant("three readings in ten spelled otherwise or under a dateline", ("data.augmentation=0.3",)),
    "fresh1": Variant("the encoder's last layer drawn anew", (), fresh_layers(1)),
    "average": Variant("moving average of the weights, decay 0.99", (), average_weights(0.99)),
    "r_drop": Variant("two passes must agree, weight 0.5", (), r_drop(0.5)),
    "joined": Variant("half as many sentences again, joined of two", (), joined_sentences(0.5)),
}
