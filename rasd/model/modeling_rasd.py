"""The joint event model: one encoder pass a sentence, and the heads over its words.

Shape letters: B sentences, T word pieces, W words, N triggers of the batch, E event types, R roles, C realis values,
H hidden size. The model has two entries, which every backend offers: `encode` (pieces -> words, typing, triggers,
proclitics) and `score_arguments` (words and triggers -> roles, realis). Training feeds gold triggers to the second,
prediction those that decoding found.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from transformers import AutoConfig, AutoModel, PreTrainedConfig, PreTrainedModel
from transformers.utils import ModelOutput

from rasd.encoding import NUM_LETTER_IDS
from rasd.errors import CheckpointError
from rasd.labels import BEGIN, IGNORED, INSIDE
from rasd.model.configuration_rasd import RasdConfig
from rasd.model.heads import ArgumentHead, CutHead, LayerMix, SpellingReader, TriggerHead, TypingHead
from rasd.model.settings import ENCODER_TYPES

# Encoders whose unused pooling layer is left out of the weights.
POOLED = {"bert", "roberta", "xlm-roberta", "camembert"}
# Settings of an encoder that do not change its scores, but may fetch code from a hub (the attention implementation),
# build another network (a backbone) or change the shape of what the encoder gives back.
_UNUSED_SETTING = re.compile(
    r"_.*|(attn|experts)_implementation.*|backbone.*|use_\w*backbone|auto_map|per_layer_config|quantization_config"
    r"|chunk_size_feed_forward|use_return_dict|return_dict|output_\w+|torchscript"
)


@dataclass
class RasdOutput(ModelOutput):
    """Scores of a batch and, where labels were given, the losses.

    Attributes:
        loss: The weighted sum of `losses`, a scalar.
        losses: One scalar a head: typing, trigger, argument, realis, cut.
        words: Word vectors [B, W, H].
        typing_logits: [B, E].
        trigger_logits: Begin and inside [B, W, E, 2].
        cut_logits: [B, W, 4].
        argument_logits: Outside, begin, inside [N, W, R, 3].
        realis_logits: [N, C].
    """

    loss: Tensor | None = None
    losses: dict[str, Tensor] | None = None
    words: Tensor | None = None
    typing_logits: Tensor | None = None
    trigger_logits: Tensor | None = None
    cut_logits: Tensor | None = None
    argument_logits: Tensor | None = None
    realis_logits: Tensor | None = None


class RasdModel(PreTrainedModel):
    """Encoder and heads. Built from its config alone: the encoder's weights come from the checkpoint."""

    config_class = RasdConfig
    base_model_prefix = "rasd"
    # The weights file is the whole of it: nothing tied, nothing fetched from the encoder's own repository.
    _tied_weights_keys = None

    def __init__(self, config: RasdConfig) -> None:
        super().__init__(config)
        encoder_config = build_encoder_config(config.encoder_config)
        self.encoder = AutoModel.from_config(encoder_config, **pooling_options(encoder_config.model_type))
        hidden_size = encoder_config.hidden_size
        ontology = config.load_ontology()
        num_types, num_roles, num_realis = len(ontology.types), len(ontology.roles), len(ontology.realis)
        self.mix = LayerMix(min(config.num_mixed_layers, encoder_config.num_hidden_layers))
        if config.num_letter_filters:
            self.spelling = SpellingReader(hidden_size, config.num_letter_filters, config.head_dropout)
        self.word_dropout = nn.Dropout(config.head_dropout)
        self.triggers = TriggerHead(hidden_size, num_types, config.head_dropout)
        self.typing = TypingHead(hidden_size, num_types, config.head_dropout)
        self.cuts = CutHead(hidden_size, NUM_LETTER_IDS, config.head_dropout)
        self.arguments = ArgumentHead(config, hidden_size, num_types, num_roles, max(1, num_realis))
        # Trigger and argument losses are sums over a sentence's words, realis and cut losses means over their labels.
        self.loss_weights = {"typing": 0.5, "trigger": 1.0, "argument": 1.0, "realis": 2.0, "cut": 1.0}
        self.post_init()
        self.triggers.start_rare()
        self.arguments.start_rare()

    @classmethod
    def from_encoder(cls, encoder: PreTrainedModel, config: RasdConfig) -> RasdModel:
        """Build a model with fresh heads over a pretrained encoder, whose weights it takes over."""
        model = cls(config)
        keys = model.encoder.load_state_dict(encoder.state_dict(), strict=False)
        wrong = [*keys.missing_keys, *(name for name in keys.unexpected_keys if not name.startswith("pooler."))]
        assert not wrong, f"the encoder's weights are not those of its config: {wrong}"
        return model

    def _init_weights(self, module: nn.Module) -> None:
        """Leave the heads as torch initialises them; the encoder initialises itself."""

    def encode(
        self, input_ids: Tensor, attention_mask: Tensor, piece_words: Tensor, letters: Tensor
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Run the encoder and the heads that need no trigger.

        Args:
            input_ids: Piece ids [B, T].
            attention_mask: 1 where a piece is real [B, T].
            piece_words: Index of the word a piece belongs to, -1 for none [B, T].
            letters: Ids of each word's letters, as in `rasd.encoding.Encoding`, 0 where there is none [B, W, L].

        Returns:
            Word vectors [B, W, H], typing [B, E], trigger [B, W, E, 2] and cut logits [B, W, 4].
        """
        output = self.encoder(input_ids=input_ids, attention_mask=attention_mask, output_hidden_states=True)
        hidden = self.mix(output.hidden_states)  # [B, T, H]
        index = torch.arange(letters.shape[1], device=letters.device)
        member = piece_words[:, None, :] == index[:, None]  # [B, W, T]
        first = member & (member.cumsum(-1) == 1)
        pooled = member.to(hidden.dtype) @ hidden / member.sum(-1, keepdim=True).clamp(min=1)  # [B, W, H]
        if self.config.num_letter_filters:
            pooled = pooled + self.spelling(letters)
        words = self.word_dropout(pooled)
        word_mask = letters[..., 0] > 0
        trigger_logits = self.triggers(words)
        typing_logits = self.typing(self.word_dropout(hidden[:, 0]), words, word_mask, trigger_logits[..., 0])
        cut_logits = self.cuts(words, first.to(hidden.dtype) @ hidden, letters)
        return words, typing_logits, trigger_logits, cut_logits

    def score_arguments(
        self, words: Tensor, word_mask: Tensor, trigger_spans: Tensor, trigger_types: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Score roles [N, W, R, 3] and realis [N, C]; arguments as in `ArgumentHead.forward`."""
        return self.arguments(words, word_mask, trigger_spans, trigger_types)

    def forward(
        self,
        input_ids: Tensor,
        attention_mask: Tensor,
        piece_words: Tensor,
        letters: Tensor,
        trigger_sentences: Tensor | None = None,
        trigger_spans: Tensor | None = None,
        trigger_types: Tensor | None = None,
        **labels: Tensor,
    ) -> RasdOutput:
        """Encode a batch, score the given triggers' arguments, and compute the losses of the labels given.

        Args:
            input_ids, attention_mask, piece_words, letters: As in `encode`.
            trigger_sentences: Row of the batch of each trigger [N].
            trigger_spans, trigger_types: As in `score_arguments`.
            **labels: The gold arrays of `rasd.collator`; a missing layer is masked in them.

        Returns:
            Scores and losses.
        """
        words, typing, triggers, cuts = self.encode(input_ids, attention_mask, piece_words, letters)
        output = RasdOutput(words=words, typing_logits=typing, trigger_logits=triggers, cut_logits=cuts)
        word_mask = letters[..., 0] > 0
        if trigger_sentences is not None and len(trigger_sentences):
            output.argument_logits, output.realis_logits = self.score_arguments(
                words[trigger_sentences], word_mask[trigger_sentences], trigger_spans, trigger_types
            )
        if "typing_labels" in labels:
            output.losses = self._losses(output, word_mask, trigger_sentences, labels)
            output.loss = sum(self.loss_weights[name] * loss for name, loss in output.losses.items())
        return output

    def _losses(
        self, output: RasdOutput, word_mask: Tensor, sentences: Tensor, labels: dict[str, Tensor]
    ) -> dict[str, Tensor]:
        """Return the loss of each head, masked where a layer was not annotated."""
        mask = labels["typing_mask"]  # [B, E]
        typing = F.binary_cross_entropy_with_logits(
            output.typing_logits.float(), labels["typing_labels"], reduction="none"
        )
        losses = {"typing": (typing * mask).sum() / mask.sum().clamp(min=1) * mask.shape[1]}

        tags = labels["trigger_labels"]  # [B, W, E]
        mask = (word_mask[..., None] & labels["trigger_mask"][:, None].bool()).float()  # [B, W, E]
        target = torch.stack([tags == BEGIN, tags == INSIDE], -1).float()
        trigger = F.binary_cross_entropy_with_logits(output.trigger_logits.float(), target, reduction="none").sum(-1)
        # Summed over words and types, averaged over sentences of a usual length: the gradient of a word does not
        # depend on which sentences it was batched with.
        losses["trigger"] = (trigger * mask).sum() / len(tags)

        losses["cut"] = _mean_cross_entropy(output.cut_logits, labels["cut_labels"])
        if output.argument_logits is None:
            zero = output.words.sum() * 0.0
            return losses | {"argument": zero, "realis": zero}
        mask = word_mask[sentences][..., None] * labels["argument_mask"][:, None]  # [N, W, R]
        argument = F.cross_entropy(
            output.argument_logits.float().flatten(0, 2), labels["argument_labels"].flatten(), reduction="none"
        )
        losses["argument"] = (argument * mask.flatten()).sum() / len(sentences)
        losses["realis"] = _mean_cross_entropy(output.realis_logits, labels["realis_labels"])
        return losses


def build_encoder_config(settings: dict[str, Any]) -> PreTrainedConfig:
    """Return the config of an encoder from what a checkpoint says of it.

    Raises:
        CheckpointError: If it is no encoder that rasd can use.
    """
    model_type = settings.get("model_type")
    if model_type not in ENCODER_TYPES:
        raise CheckpointError(
            f"rasd cannot use an encoder with model_type {model_type!r}; it can use: {', '.join(ENCODER_TYPES)}"
        )
    used = {
        name: value for name, value in settings.items() if name != "model_type" and not _UNUSED_SETTING.fullmatch(name)
    }
    return AutoConfig.for_model(model_type, **used)


def pooling_options(model_type: str) -> dict[str, bool]:
    """Return the options with which an encoder is built without its unused pooling layer."""
    return {"add_pooling_layer": False} if model_type in POOLED else {}


def _mean_cross_entropy(logits: Tensor, target: Tensor) -> Tensor:
    """Cross entropy averaged over the labels that are there, 0 where there is none."""
    logits, target = logits.float().flatten(0, -2), target.flatten()
    total = F.cross_entropy(logits, target, ignore_index=IGNORED, reduction="sum")
    return total / (target != IGNORED).sum().clamp(min=1)
