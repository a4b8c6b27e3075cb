"""Changes to what the network is."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import nn
from torch.nn import functional

from rasd.model import modeling_rasd
from rasd.model.heads import LayerMix
from rasd.training import run as training_run

# Longest argument that the pairs of `biaffine` can say, in words.
MAX_WIDTH = 24


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


def pooling(kind: str) -> Callable[[], None]:
    """Words are their first pieces, or a learnt weighing of their pieces, instead of the mean (`kind`)."""

    def patch() -> None:
        make, run = modeling_rasd.RasdModel.__init__, modeling_rasd.RasdModel.encode

        def __init__(self, config):
            make(self, config)
            self.piece_weight = nn.Linear(self.encoder.config.hidden_size, 1)
            self.mix.register_forward_hook(lambda module, inputs, output: setattr(self, "mixed", output))

        def encode(self, input_ids, attention_mask, piece_words, letters):
            # The heads see what the spelling reader returns in the mean's place: the mean is taken off here.
            read = self.spelling.forward

            def instead(letters):
                member = piece_words[:, None, :] == torch.arange(letters.shape[1], device=letters.device)[:, None]
                if kind == "first":
                    weight = (member & (member.cumsum(-1) == 1)).to(self.mixed.dtype)
                else:
                    score = self.piece_weight(self.mixed).transpose(1, 2)  # [B, 1, T]
                    weight = score.masked_fill(~member, -1e4).softmax(-1) * member
                return read(letters) + weight @ self.mixed - pool(self.mixed, piece_words, letters.shape[1])

            self.spelling.forward = instead
            try:
                return run(self, input_ids, attention_mask, piece_words, letters)
            finally:
                del self.spelling.forward

        modeling_rasd.RasdModel.__init__, modeling_rasd.RasdModel.encode = __init__, encode

    return patch


def described() -> None:
    """Types begin as what the encoder makes of their names and descriptions, in the trigger and argument heads."""
    make = training_run.build_model

    def build_model(config, ontology, splits):
        model, tokenizer = make(config, ontology, splits)
        texts = [f"{kind.ar}: {'، '.join(kind.examples)}" for kind in ontology.types]
        batch = tokenizer(texts, padding=True, return_tensors="pt")
        model.eval()
        with torch.no_grad():
            states = model.mix(model.encoder(**batch, output_hidden_states=True).hidden_states)
            mask = batch["attention_mask"][..., None]
            vectors = (states * mask).sum(1) / mask.sum(1)
            vectors = functional.normalize(vectors - vectors.mean(0), dim=-1)  # [E, H]
            first, last = model.triggers.layers[0], model.triggers.layers[-1]
            first.weight.copy_(torch.eye(len(first.weight)))
            first.bias.zero_()
            last.weight[0::2] = vectors
            wide = nn.init.orthogonal_(torch.empty(model.arguments.types.weight.shape[1], vectors.shape[1]))
            model.arguments.types.weight.copy_(functional.normalize(vectors @ wide.T, dim=-1) * wide.shape[0] ** 0.5)
        model.train()
        return model, tokenizer

    training_run.build_model = build_model


class PairRoles(nn.Module):
    """Scores each pair of words as first and last of an argument of each role (Dozat and Manning, ICLR 2017).

    In training the scores are kept for the loss; in prediction the best spans of a role that do not meet are given out
    as the tags that decoding reads.
    """

    def __init__(self, size: int, num_roles: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(size)
        self.first, self.last = nn.Linear(size, 96), nn.Linear(size, 96)
        self.pairs = nn.Parameter(torch.randn(num_roles, 97, 97) * 0.02)
        self.scores = None

    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        """Return tag logits [N, W, R * 3] from [N, W, D]."""
        hidden = self.norm(hidden)
        first, last = (
            functional.pad(functional.gelu(layer(hidden)), (0, 1), value=1.0) for layer in (self.first, self.last)
        )
        scores = torch.einsum("nif,rfg,njg->nrij", first, self.pairs, last) - 6.0  # rare
        place = torch.arange(hidden.shape[1], device=hidden.device)
        width = place[None, :] - place[:, None]
        self.scores = scores.masked_fill((width < 0) | (width >= MAX_WIDTH), -30.0)
        num_triggers, num_roles = scores.shape[:2]
        tags = hidden.new_full((num_triggers, hidden.shape[1], num_roles, 3), 0.0)
        if not self.training:
            self.give_out(self.scores.sigmoid(), tags)
        return tags.flatten(2)

    def give_out(self, likely: torch.Tensor, tags: torch.Tensor) -> None:
        """Write the best spans into tags [N, W, R, 3]."""
        tags[..., 0] = 12.0
        taken = torch.zeros(tags.shape[:3], dtype=torch.bool)
        found = (likely > 0.1).nonzero()
        values = likely[tuple(found.T)]
        for row in values.argsort(descending=True).tolist():
            trigger, role, first, last = found[row].tolist()
            if not taken[trigger, first : last + 1, role].any():
                taken[trigger, first : last + 1, role] = True
                # Outside has probability 1 - p.
                tags[trigger, first : last + 1, role, 0] = -values[row].logit()
                tags[trigger, first : last + 1, role, 1] = -20.0
                tags[trigger, first : last + 1, role, 2] = 0.0
                tags[trigger, first, role, 1:] = torch.tensor([0.0, -20.0])


def biaffine() -> None:
    """Arguments are pairs of first and last word, scored by a biaffine map for each role."""
    make, losses_of = modeling_rasd.RasdModel.__init__, modeling_rasd.RasdModel._losses

    def __init__(self, config):
        make(self, config)
        self.arguments.roles = PairRoles(config.head_size, self.arguments.num_roles)
        self.arguments.start_rare = lambda: None

    def _losses(self, output, word_mask, sentences, labels):
        losses = losses_of(self, output, word_mask, sentences, labels)
        scores = self.arguments.roles.scores
        if output.argument_logits is None or scores is None:
            return losses
        tags = labels["argument_labels"]  # [N, W, R]
        begins = tags == modeling_rasd.BEGIN
        following = functional.pad(tags[:, 1:] == modeling_rasd.INSIDE, (0, 0, 0, 1))
        ends = (tags > 0) & ~following
        # The nth begin belongs to the nth end.
        number = begins.cumsum(1)
        pairs = (begins[:, :, None] & ends[:, None] & (number[:, :, None] == number[:, None])).permute(0, 3, 1, 2)
        mask = word_mask[sentences]
        mask = (mask[:, None, :, None] & mask[:, None, None]) * labels["argument_mask"][:, :, None, None]
        loss = functional.binary_cross_entropy_with_logits(scores.float(), pairs.float(), reduction="none")
        losses["argument"] = 3 * (loss * mask).sum() / len(sentences)
        return losses

    modeling_rasd.RasdModel.__init__, modeling_rasd.RasdModel._losses = __init__, _losses
