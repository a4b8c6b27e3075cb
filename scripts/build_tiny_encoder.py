#!/usr/bin/env python3
"""Build a tiny random BERT with a tokenizer over single characters, for tests and smoke runs: offline, in a second.

Words split into one piece a character, so that offsets and word pooling are put to work. The numbers it gives mean
nothing. With `--arabert-shaped` the vocabulary also holds AraBERT's three placeholder tokens.
"""

from __future__ import annotations

import argparse
import string
import sys
from pathlib import Path

SPECIAL_TOKENS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
ARABERT_TOKENS = ["[بريد]", "[مستخدم]", "[رابط]"]
ARABIC_CHARS = "".join(map(chr, [*range(0x0621, 0x063B), *range(0x0640, 0x0653), 0x0670, 0x0671])) + "پچژڤکگیھ"
DIGITS = string.digits + "٠١٢٣٤٥٦٧٨٩" + "۰۱۲۳۴۵۶۷۸۹"
PUNCTUATION = string.punctuation + "،؛؟٪٫٬«»“”‘’…–—"


def build_tiny_encoder(
    folder: str | Path,
    *,
    arabert_shaped: bool = False,
    hidden_size: int = 32,
    num_layers: int = 2,
    seed: int = 0,
) -> Path:
    """Write a tiny random encoder and its tokenizer.

    Args:
        folder: Where to write; made if absent, files in it are replaced.
        arabert_shaped: Add the placeholder tokens of `aubmindlab/bert-base-arabertv02`: `[بريد]`, `[مستخدم]`, `[رابط]`.
        hidden_size: Size of the hidden states, an even number.
        num_layers: Number of layers.
        seed: Seed of the weights; the caller's random state is left as it was.

    Returns:
        The folder, which `AutoModel.from_pretrained` and `AutoTokenizer.from_pretrained` load.
    """
    import torch
    from transformers import BertConfig, BertModel, BertTokenizer

    chars = [*ARABIC_CHARS, *DIGITS, *PUNCTUATION, *string.ascii_letters]
    placeholders = ARABERT_TOKENS if arabert_shaped else []
    tokens = [*SPECIAL_TOKENS, *placeholders, *chars, *(f"##{char}" for char in chars)]
    tokenizer = BertTokenizer(
        vocab={token: index for index, token in enumerate(tokens)},
        do_lower_case=False,
        strip_accents=False,
        model_max_length=512,
        additional_special_tokens=placeholders,
    )
    config = BertConfig(
        vocab_size=len(tokens),
        hidden_size=hidden_size,
        num_hidden_layers=num_layers,
        num_attention_heads=2,
        intermediate_size=4 * hidden_size,
        max_position_embeddings=512,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = BertModel(config)
    folder = Path(folder)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def main() -> int:
    """Run the command."""
    encoders = Path(__file__).resolve().parent.parent / "encoders"
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=Path, help="folder to write [encoders/tiny or encoders/tiny-arabert]")
    parser.add_argument("--arabert-shaped", action="store_true", help="AraBERT's placeholder tokens, too")
    parser.add_argument("--seed", type=int, default=0, help="seed of the weights")
    arguments = parser.parse_args()
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()
    output = arguments.output or encoders / ("tiny-arabert" if arguments.arabert_shaped else "tiny")
    try:
        build_tiny_encoder(output, arabert_shaped=arguments.arabert_shaped, seed=arguments.seed)
    except OSError as error:
        print(f"build_tiny_encoder: cannot write {output}: {error}", file=sys.stderr)
        return 1
    print(f"wrote {output}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
