"""Fixtures for all tests: no network, one seed, and a checkpoint that was never trained."""

from __future__ import annotations

import ipaddress
import json
import os
import random
import socket
import sys

import pytest

# Before anything imports the Hub's client, which reads them once.
os.environ["HF_HUB_OFFLINE"] = os.environ["HF_DATASETS_OFFLINE"] = "1"
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

# Sentences to look at while the thresholds of the tiny checkpoint are chosen, and to predict in tests.
SENTENCES = (
    "أغلقت الشرطة الجسر القديم بعد احتجاج العشرات أمام البلدية.",
    "وصلت قافلة تحمل الدواء والطحين إلى القرية مساء الخميس.",
    "أعلن الوزير أنه سيلتقي وفد النقابة الأسبوع المقبل.",
)


@pytest.fixture(scope="session", autouse=True)
def closed_network():
    """Refuse every address but this machine's own, before a packet leaves."""

    def guard(name):
        original = getattr(socket.socket, name)

        def guarded(self, address, *args):
            if isinstance(address, tuple) and not _is_loopback(address[0]):
                raise OSError(f"tests have no network, asked for {address[0]}")
            return original(self, address, *args)

        return guarded

    look_up = socket.getaddrinfo

    def guarded_look_up(host, *args, **kwargs):
        if host is not None and not _is_loopback(host):
            raise socket.gaierror(f"tests have no network, asked for {host}")
        return look_up(host, *args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        for name in ("connect", "connect_ex"):
            patch.setattr(socket.socket, name, guard(name))
        patch.setattr(socket, "getaddrinfo", guarded_look_up)
        yield


@pytest.fixture(autouse=True)
def seed():
    """Start every test from the same random state, of the packages that are loaded already."""
    random.seed(0)
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed(0)
    if "torch" in sys.modules:
        sys.modules["torch"].manual_seed(0)


@pytest.fixture(scope="session")
def tiny_checkpoint(tmp_path_factory):
    """A checkpoint folder over the tiny encoder, untrained, that finds some events and arguments in `SENTENCES`.

    Its numbers mean nothing. Copy the folder before changing a file in it.
    """
    import torch
    from tiny import build_tiny_encoder
    from transformers import AutoModel, AutoTokenizer
    from transformers.utils.logging import disable_progress_bar

    from rasd.model.configuration_rasd import RasdConfig
    from rasd.model.modeling_rasd import RasdModel
    from rasd.ontology import Ontology
    from rasd.text.normalize import NormalizerConfig

    disable_progress_bar()
    source = build_tiny_encoder(tmp_path_factory.mktemp("encoder"))
    encoder, tokenizer = AutoModel.from_pretrained(source), AutoTokenizer.from_pretrained(source)
    config = RasdConfig(
        encoder_config=encoder.config.to_dict(),
        ontology=Ontology.load("conflict").to_dict(),
        normalizer=NormalizerConfig.for_encoder(str(source)).to_dict(),
        max_length=128,
        cls_token_id=tokenizer.cls_token_id,
        sep_token_id=tokenizer.sep_token_id,
        pad_token_id=tokenizer.pad_token_id,
        head_size=32,
        num_argument_layers=1,
        num_argument_heads=2,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model = RasdModel.from_encoder(encoder, config)
    folder = tmp_path_factory.mktemp("checkpoint")
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    _choose_thresholds(folder)
    return folder


def _choose_thresholds(folder):
    """Set thresholds at which a few of the checkpoint's meaningless probabilities count."""
    import numpy as np

    from rasd.events import Sentence
    from rasd.inference.extractor import load

    sentences = [Sentence(text=text) for text in SENTENCES]

    def predict(**thresholds):
        path = folder / "config.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | thresholds))
        return load(folder, device="cpu").predict_sentences(sentences)

    # Every type stands on its likeliest word, and every word is an argument of every role.
    predicted = predict(threshold=0.0, trigger_threshold=1.0, argument_threshold=1e-6)
    events = [event for sentence in predicted for event in sentence.events]
    predict(
        threshold=float(np.quantile([score for sentence in predicted for score in sentence.types.values()], 0.9)),
        trigger_threshold=float(np.quantile([event.score for event in events], 0.95)),
        argument_threshold=float(np.quantile([item.score for event in events for item in event.arguments], 0.97)),
    )


def _is_loopback(host):
    host = host.decode() if isinstance(host, bytes) else host
    try:
        return host in ("", "localhost") or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
