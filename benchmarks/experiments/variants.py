"""The changes that are tried: settings of the configuration, or a patch of the package where they need code.

A patch that helps goes into the package and leaves this file; what stays here did not, and is kept so that anyone can
try it again.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import nn

from rasd.model import modeling_rasd
from rasd.model.heads import ArgumentHead
from rasd.training import build
from rasd.training import trainer as training

# Results of a round stand beside the base of that round; what helped is in the package from the next round on.
ROUND = 2


@dataclass(frozen=True)
class Variant:
    """A change: what it is, dotted settings, and a function that patches the package."""

    what: str
    settings: tuple[str, ...] = ()
    patch: Callable[[], None] | None = None


def deep_arguments(num_layers: int) -> Callable[[], None]:
    """The argument layers begin as copies of the encoder's last ones, and read what those read."""

    def patch() -> None:
        class Deep(ArgumentHead):
            def __init__(self, config, hidden_size, *rest):
                super().__init__(config, hidden_size, *rest)
                width = config.encoder_config["intermediate_size"]
                heads = config.encoder_config["num_attention_heads"]
                self.layers = nn.ModuleList()
                self.encoder = nn.ModuleList(
                    nn.TransformerEncoderLayer(hidden_size, heads, width, 0.1, "gelu", 1e-12, batch_first=True)
                    for _ in range(num_layers)
                )

            def forward(self, words, word_mask, trigger_spans, trigger_types):
                final, lower = words.chunk(2, -1)
                place = torch.arange(words.shape[1], device=words.device)
                first, last = trigger_spans[:, :1], trigger_spans[:, 1:]
                inside = ((place >= first) & (place <= last)).to(words.dtype)[..., None]
                trigger = (final * inside).sum(1) / inside.sum(1)
                query = self.query(torch.cat([self.trigger(trigger), self.types(trigger_types)], -1))
                distance = (place - first).clamp(max=0) + (place - last).clamp(min=0)
                distance = distance.clamp(-self.max_distance, self.max_distance) + self.max_distance
                projected = self.words(final)
                told = query[:, None] + self.product(projected * query[:, None]) + self.distances(distance)
                hidden = lower + 0.1 * self.dropout(self.norm(told))
                for layer in self.encoder:
                    hidden = layer(hidden, src_key_padding_mask=~word_mask)
                hidden = hidden + 0.3 * final
                roles = self.roles(hidden).unflatten(-1, (self.num_roles, 3))
                at_trigger = (hidden * inside).sum(1) / inside.sum(1)
                return roles, self.realis(torch.cat([at_trigger, query], -1))

        def encode(self, input_ids, attention_mask, piece_words, letters):
            kept = []
            handle = self.mix.register_forward_pre_hook(lambda module, inputs: kept.append(inputs[0][-1 - num_layers]))
            words, *scores = run(self, input_ids, attention_mask, piece_words, letters)
            handle.remove()
            member = piece_words[:, None, :] == torch.arange(letters.shape[1], device=letters.device)[:, None]
            lower = member.to(words.dtype) @ kept[0].to(words.dtype) / member.sum(-1, keepdim=True).clamp(min=1)
            return torch.cat([words, lower], -1), *scores

        run = modeling_rasd.RasdModel.encode
        modeling_rasd.ArgumentHead = Deep
        modeling_rasd.RasdModel.encode = encode
        build = modeling_rasd.RasdModel.from_encoder.__func__

        def from_encoder(cls, encoder, config):
            model = build(cls, encoder, config)
            for ours, theirs in zip(model.arguments.encoder, encoder.encoder.layer[-num_layers:], strict=True):
                copy_layer(ours, theirs)
            return model

        modeling_rasd.RasdModel.from_encoder = classmethod(from_encoder)

    return patch


def copy_layer(ours: nn.TransformerEncoderLayer, theirs: nn.Module) -> None:
    """Copy a layer of BERT into torch's own, which computes the same."""
    theirs = copy.deepcopy(theirs)
    attention = theirs.attention.self
    parts = (attention.query, attention.key, attention.value)
    with torch.no_grad():
        ours.self_attn.in_proj_weight.copy_(torch.cat([part.weight for part in parts]))
        ours.self_attn.in_proj_bias.copy_(torch.cat([part.bias for part in parts]))
    ours.self_attn.out_proj.load_state_dict(theirs.attention.output.dense.state_dict())
    ours.norm1.load_state_dict(theirs.attention.output.LayerNorm.state_dict())
    ours.linear1.load_state_dict(theirs.intermediate.dense.state_dict())
    ours.linear2.load_state_dict(theirs.output.dense.state_dict())
    ours.norm2.load_state_dict(theirs.output.LayerNorm.state_dict())


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


def drop_layers(num_layers: int) -> Callable[[], None]:
    """Leave the encoder's last layers out."""

    def patch() -> None:
        load = build._load_encoder

        def load_encoder(*where):
            encoder, tokenizer = load(*where)
            encoder.encoder.layer = encoder.encoder.layer[:-num_layers]
            encoder.config.num_hidden_layers -= num_layers
            return encoder, tokenizer

        build._load_encoder = load_encoder

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


VARIANTS = {
    "base": Variant("configs/mini-full.yaml as it is"),
    "lr2e-4": Variant("learning rate of the encoder 2e-4 instead of 1e-4", ("trainer.learning_rate=2.0e-4",)),
    "batch16": Variant(
        "batches of 16 with learning rate 2e-4",
        ("trainer.per_device_train_batch_size=16", "trainer.learning_rate=2.0e-4"),
    ),
    "epochs10": Variant("10 epochs instead of 5", ("trainer.num_train_epochs=10",)),
    "head2e-3": Variant("learning rate of the heads 2e-3", ("optim.head_learning_rate=2.0e-3",)),
    "embeddings": Variant("word embeddings trained too", ("model.freeze_embeddings=false",)),
    "wide": Variant("argument head of 384 and 3 layers", ("model.head_size=384", "model.num_argument_layers=3")),
    "deep2": Variant("argument layers begin as the encoder's last 2", ("model.head_size=384",), deep_arguments(2)),
    "deep3": Variant("argument layers begin as the encoder's last 3", ("model.head_size=384",), deep_arguments(3)),
    "drop1": Variant("the encoder's last layer left out", (), drop_layers(1)),
    "drop2": Variant("the encoder's last 2 layers left out", (), drop_layers(2)),
    "fresh1": Variant("the encoder's last layer drawn anew", (), fresh_layers(1)),
    "mix8": Variant("mean of the last 8 layers instead of 4", ("model.num_mixed_layers=8",)),
    "mix12": Variant("mean of all 12 layers", ("model.num_mixed_layers=12",)),
    "average": Variant("moving average of the weights, decay 0.99", (), average_weights(0.99)),
}
