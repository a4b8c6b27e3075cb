"""The tiny encoder for tests: `from tiny import build_tiny_encoder`. Its code is in `scripts/build_tiny_encoder.py`."""

from build_tiny_encoder import ARABERT_TOKENS, build_tiny_encoder

__all__ = ["ARABERT_TOKENS", "build_tiny_encoder"]
