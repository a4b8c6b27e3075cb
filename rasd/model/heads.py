"""What the heads read of the encoder, and the heads: sentence typing, triggers, arguments with realis, proclitics.

Shape letters as in `modeling_rasd`: B sentences, W words, N triggers of the batch, E event types, R roles, C realis
values, H hidden size of the encoder, D width of the argument head.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from rasd.encoding import NUM_LETTER_IDS
from rasd.model.configuration_rasd import RasdConfig

# The first of the three logits of a word for a role; BEGIN and INSIDE of `rasd.labels` are the others.
OUTSIDE = 0
MAX_CUT = 3
# Groups of like length in which words are read letter by letter on the CPU.
_LENGTH_GROUPS = 4
# Logit of a word being what few words are, at the start of training.
RARE = -4.0


class LayerMix(nn.Module):
    """Learnt mean of an encoder's last layers, each normalised (the scalar mix of Peters et al., NAACL 2018).

    The last layer alone serves badly where it was trained for something else: that of a sentence encoder gives all
    words of a sentence nearly one vector. Normalising makes the heads learn at one pace over any encoder.
    """

    # Vectors of this size instead of 1 per entry let the heads, whose learning rate is one for all encoders, start
    # sooner; see docs/experiments.md.
    START = 3.0

    def __init__(self, num_layers: int) -> None:
        super().__init__()
        self.weights = nn.Parameter(torch.zeros(num_layers))
        self.scale = nn.Parameter(torch.tensor(self.START))

    def forward(self, states: Sequence[Tensor]) -> Tensor:
        """Return one [B, T, H] from the outputs [B, T, H] of all layers, the last ones of which are mixed."""
        last = states[-len(self.weights) :]
        weights = self.scale * self.weights.softmax(0)
        return sum(
            weight * functional.layer_norm(state, state.shape[-1:]) for weight, state in zip(weights, last, strict=True)
        )


class TypingHead(nn.Module):
    """Scores each event type for the whole sentence.

    A type's logit is the soft maximum of its trigger logits over the words plus a bias from the sentence vector, so
    that triggers teach the typing and sentences annotated with types alone teach the triggers.
    """

    def __init__(self, hidden_size: int, num_types: int, dropout: float) -> None:
        super().__init__()
        self.sentence = nn.Sequential(
            nn.Linear(2 * hidden_size, hidden_size), nn.GELU(), nn.Dropout(dropout), nn.Linear(hidden_size, num_types)
        )
        self.scale = nn.Parameter(torch.ones(num_types))

    def forward(self, first: Tensor, words: Tensor, word_mask: Tensor, trigger_logits: Tensor) -> Tensor:
        """Return typing logits [B, E] from the first piece [B, H], words [B, W, H] and begin logits [B, W, E]."""
        hidden = words.masked_fill(~word_mask[..., None], -1e4).amax(1)  # [B, H]
        peak = trigger_logits.masked_fill(~word_mask[..., None], -1e4).logsumexp(1)  # [B, E]
        return self.scale * peak + self.sentence(torch.cat([first, hidden], -1))


class TriggerHead(nn.Module):
    """Scores each word as first or further word of a trigger of each event type."""

    def __init__(self, hidden_size: int, num_types: int, dropout: float) -> None:
        super().__init__()
        self.num_types = num_types
        self.layers = nn.Sequential(
            nn.Linear(hidden_size, hidden_size), nn.GELU(), nn.Dropout(dropout), nn.Linear(hidden_size, 2 * num_types)
        )

    def start_rare(self) -> None:
        """Begin training from "no word is a trigger", which holds of nearly all."""
        nn.init.constant_(self.layers[-1].bias, RARE)

    def forward(self, words: Tensor) -> Tensor:
        """Return logits [B, W, E, 2] (begin, inside) from words [B, W, H]."""
        return self.layers(words).unflatten(-1, (self.num_types, 2))


class CutHead(nn.Module):
    """Scores how many leading letters of a word are proclitics outside the span that begins there."""

    def __init__(self, hidden_size: int, num_letters: int, dropout: float) -> None:
        super().__init__()
        self.letters = nn.Embedding(num_letters, 32)
        self.layers = nn.Sequential(
            nn.Linear(2 * hidden_size + 32 * (MAX_CUT + 1), 128), nn.GELU(), nn.Dropout(dropout), nn.Linear(128, 4)
        )

    def forward(self, words: Tensor, first_pieces: Tensor, letters: Tensor) -> Tensor:
        """Return logits [B, W, 4] from words, their first pieces [B, W, H] and letters [B, W, L]."""
        first = letters[..., : MAX_CUT + 1]
        return self.layers(torch.cat([words, first_pieces, self.letters(first).flatten(-2)], -1))


class SpellingReader(nn.Module):
    """Reads words letter by letter: convolutions, and the maximum over places (Ma and Hovy, ACL 2016).

    Word pieces hide that "فنزح" and "نزح" are one verb where they share no piece; their letters show it.
    """

    LETTER_SIZE = 48
    WIDTHS = (2, 3, 4, 5)

    def __init__(self, hidden_size: int, num_filters: int, dropout: float) -> None:
        super().__init__()
        self.letters = nn.Embedding(NUM_LETTER_IDS, self.LETTER_SIZE, padding_idx=0)
        # Padded, so that the first and last letters of a word are seen as such.
        self.filters = nn.ModuleList(
            nn.Conv1d(self.LETTER_SIZE, num_filters, width, padding=width - 1) for width in self.WIDTHS
        )
        self.project = nn.Sequential(
            nn.GELU(),
            nn.Dropout(dropout),
            nn.Linear(num_filters * len(self.WIDTHS), hidden_size),
            nn.LayerNorm(hidden_size),
        )

    def forward(self, letters: Tensor) -> Tensor:
        """Return word vectors [B, W, H] from letters [B, W, L]."""
        rows = letters.flatten(0, 1)  # [B * W, L]
        if self.training or torch.compiler.is_compiling() or letters.device.type != "cpu":
            return self._read(rows).unflatten(0, letters.shape[:2])
        return self._read_distinct(rows).unflatten(0, letters.shape[:2])

    def _read_distinct(self, letters: Tensor) -> Tensor:
        """Return what `_read` does, each word read once and with those of like length: half of a batch are repeats."""
        distinct, index = letters.unique(dim=0, return_inverse=True)
        lengths = (distinct > 0).sum(1)
        order = lengths.argsort()
        # Behind its end a word is the same everywhere, so one place there says what many do.
        parts = [self._read(distinct[part, : int(lengths[part].max()) + 1]) for part in order.chunk(_LENGTH_GROUPS)]
        return torch.cat(parts)[order.argsort()[index]]

    def _read(self, letters: Tensor) -> Tensor:
        """Return vectors [V, H] of words [V, L]."""
        states = self.letters(letters).transpose(1, 2)  # [V, LETTER_SIZE, L]
        peaks = torch.cat([read(states).amax(-1) for read in self.filters], -1)
        return self.project(peaks)


class ArgumentHead(nn.Module):
    """Tags the words of a sentence with roles once for each trigger.

    Every trigger sees the words through a query made of its own vector and its event type, as in TagPrime (Hsu et al.,
    ACL 2023); but where TagPrime encodes the sentence again for each trigger, a small transformer runs over the word
    vectors of the one encoder pass, with the signed distance to the trigger as a feature.
    """

    def __init__(self, config: RasdConfig, hidden_size: int, num_types: int, num_roles: int, num_realis: int) -> None:
        super().__init__()
        size, dropout = config.head_size, config.head_dropout
        self.num_roles, self.max_distance = num_roles, config.max_distance
        self.types = nn.Embedding(num_types, size)
        self.trigger = nn.Linear(hidden_size, size)
        self.query = nn.Sequential(nn.Linear(2 * size, size), nn.GELU(), nn.Linear(size, size))
        self.words = nn.Linear(hidden_size, size)
        self.product = nn.Linear(size, size)
        self.distances = nn.Embedding(2 * config.max_distance + 2, size)
        self.norm = nn.LayerNorm(size)
        self.dropout = nn.Dropout(dropout)
        self.layers = nn.ModuleList(
            nn.TransformerEncoderLayer(
                size, config.num_argument_heads, 4 * size, dropout, "gelu", batch_first=True, norm_first=True
            )
            for _ in range(config.num_argument_layers)
        )
        self.roles = nn.Sequential(nn.LayerNorm(size), nn.Linear(size, 3 * num_roles))
        self.realis = nn.Sequential(
            nn.Linear(2 * size, size), nn.GELU(), nn.Dropout(dropout), nn.Linear(size, num_realis)
        )

    def start_rare(self) -> None:
        """Begin training from "no word is in an argument"."""
        bias = self.roles[-1].bias.detach().view(self.num_roles, 3)
        bias.zero_()
        bias[:, OUTSIDE] = -RARE

    def forward(
        self, words: Tensor, word_mask: Tensor, trigger_spans: Tensor, trigger_types: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Score roles and realis of N triggers.

        Args:
            words: Words of each trigger's sentence [N, W, H].
            word_mask: Which words are real [N, W].
            trigger_spans: First and last word of the trigger [N, 2].
            trigger_types: Event type ids [N].

        Returns:
            Role logits [N, W, R, 3] (outside, begin, inside) and realis logits [N, C].
        """
        place = torch.arange(words.shape[1], device=words.device)  # [W]
        first, last = trigger_spans[:, :1], trigger_spans[:, 1:]  # [N, 1]
        inside = ((place >= first) & (place <= last)).to(words.dtype)[..., None]  # [N, W, 1]
        trigger = (words * inside).sum(1) / inside.sum(1)  # [N, H]
        types = self.types(trigger_types)  # [N, D]
        query = self.query(torch.cat([self.trigger(trigger), types], -1))  # [N, D]

        distance = (place - first).clamp(max=0) + (place - last).clamp(min=0)  # [N, W], 0 on the trigger
        distance = distance.clamp(-self.max_distance, self.max_distance) + self.max_distance
        projected = self.words(words)  # [N, W, D]
        hidden = projected + query[:, None] + self.product(projected * query[:, None]) + self.distances(distance)
        hidden = self.dropout(self.norm(hidden))
        for layer in self.layers:
            hidden = layer(hidden, src_key_padding_mask=~word_mask)
        roles = self.roles(hidden).unflatten(-1, (self.num_roles, 3))
        at_trigger = (hidden * inside).sum(1) / inside.sum(1)  # [N, D]
        return roles, self.realis(torch.cat([at_trigger, query], -1))
