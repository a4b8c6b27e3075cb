"""The tiny encoder for tests: `from tiny import build_tiny_encoder`. Its code is in `scripts/build_tiny_encoder.py`."""

from build_tiny_encoder import ARABERT_TOKENS, build_tiny_encoder

__all__ = ["ARABERT_TOKENS", "SIZES", "build_tiny_encoder"]

SIZES = {
    "vocab_size": 373,
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 64,
    "max_position_embeddings": 128,
    "pad_token_id": 0,
    "dim": 32,
    "n_layers": 2,
    "n_heads": 2,
    "hidden_dim": 64,
}
"""Settings of a small encoder of any type; DistilBERT has its own names for some."""
