"""Fixtures for all tests: no network, one seed, and a checkpoint that was never trained."""

from __future__ import annotations

import ipaddress
import os
import random
import socket
import sys

import pytest
from corpus_lines import ARREST, TEXT, write

# Before anything imports the Hub's client, which reads them once.
os.environ["HF_HUB_OFFLINE"] = os.environ["HF_DATASETS_OFFLINE"] = "1"
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

# Sentences to predict in tests.
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
    """A checkpoint folder over the tiny encoder, untrained, that finds events and arguments here and there.

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
        threshold=0.5,
        trigger_threshold=0.5,
        argument_threshold=0.5,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model = RasdModel.from_encoder(encoder, config)
        _make_lively(model)
    folder = tmp_path_factory.mktemp("checkpoint")
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def _make_lively(model):
    """Spread the probabilities of an untrained model over words, types and roles, so that some pass and most do not."""
    import torch

    from rasd.model.heads import OUTSIDE

    with torch.no_grad():
        for layer, scale, lift in (
            (model.triggers.layers[-1], 60.0, -18.0),
            (model.typing.sentence[-1], 4.0, 0.0),
            (model.arguments.roles[-1], 8.0, 0.0),
        ):
            layer.weight.mul_(scale)
            layer.bias.fill_(lift)
        model.arguments.roles[-1].bias.view(-1, 3)[:, OUTSIDE] = 10.0


def _is_loopback(host):
    host = host.decode() if isinstance(host, bytes) else host
    try:
        return host in ("", "localhost") or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@pytest.fixture
def corpus(tmp_path):
    records = [{"id": f"s{i}", "text": text, "events": []} for i, text in enumerate(SENTENCES)]
    return write(tmp_path / "corpus.jsonl", {"id": "a", "text": TEXT, "events": [ARREST]}, *records, {"text": "خبر"})


@pytest.fixture
def run(capsys):
    """Run a command and return exit code, standard output and standard error."""

    from rasd.cli import main

    def run(*arguments):
        code = main([str(item) for item in arguments])
        return code, *capsys.readouterr()

    return run
