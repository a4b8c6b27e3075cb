"""How alike an encoder makes the words of a text: python benchmarks/experiments/layers.py [--encoder DIR]

Prints for each layer the mean cosine between two word pieces of the corpus's first training sentences (near 1 where all
have one direction), and how far pieces lie from the mean of their sentence, as a share of their length.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import torch
from torch.nn import functional
from transformers import AutoModel, AutoTokenizer

ROOT = Path(__file__).resolve().parents[2]
NUM_SENTENCES = 64


def main() -> None:
    """Print a row a layer."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--encoder", default=str(ROOT / "encoders" / "mini"))
    options = parser.parse_args()
    encoder = AutoModel.from_pretrained(options.encoder).eval()
    tokenizer = AutoTokenizer.from_pretrained(options.encoder)
    with open(ROOT / "data" / "conflict" / "train.jsonl", encoding="utf-8") as file:
        texts = [json.loads(next(file))["text"] for _ in range(NUM_SENTENCES)]
    batch = tokenizer(texts, return_tensors="pt", padding=True, truncation=True)
    with torch.inference_mode():
        states = encoder(**batch, output_hidden_states=True).hidden_states
    mask = batch["attention_mask"].bool()  # [B, T]
    print("| layer | mean cosine | distance from the sentence's mean |\n|---|---|---|")
    for layer, state in enumerate(states):
        means = (state * mask[..., None]).sum(1, keepdim=True) / mask.sum(1)[:, None, None]  # [B, 1, H]
        lengths, strays = (item[mask].norm(dim=-1).mean() for item in (state, state - means))
        # The squared length of the mean direction is the mean cosine over all pairs.
        cosine = functional.normalize(state[mask], dim=-1).mean(0).square().sum()
        print(f"| {layer} | {cosine:.2f} | {strays / lengths:.2f} |")


if __name__ == "__main__":
    main()
