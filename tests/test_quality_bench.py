"""The training loop that the systems of benchmarks/quality share."""

import argparse
import sys
from pathlib import Path

import pytest
import torch
from transformers import AutoModel

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "benchmarks" / "quality"))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "benchmarks" / "quality" / "systems"))

from counting import METRICS, count
from fitting import fit
from rasd_itself import predict
from run import shallower
from tiny import build_tiny_encoder

CORPUS = Path(__file__).resolve().parents[1] / "data" / "conflict" / "dev.jsonl"


class Net(torch.nn.Module):
    """A pretrained layer, a new one behind dropout, and one that never has a gradient."""

    base_model_prefix = "base"

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.base, self.head = torch.nn.Linear(3, 3), torch.nn.Linear(3, 1)
        self.dropout, self.unused = torch.nn.Dropout(0.3), torch.nn.Linear(2, 2)

    def gap(self, rows):
        return ((self.head(self.dropout(self.base(torch.stack(rows)))) - 1) ** 2).mean()


def trained(folder, stop_in=None):
    """Train for six epochs, or stop while one is scored, and return the weights."""
    torch.manual_seed(1)
    rows, net, scored = [torch.randn(3) for _ in range(40)], Net(), []

    def score():
        scored.append(0)
        if len(scored) == stop_in:
            raise KeyboardInterrupt
        return 5 - float(net.gap(rows))

    options = argparse.Namespace(
        epochs=6, rate=1e-4, seed=3, train=Path("train.jsonl"), predict=[(Path("in"), folder / "out")]
    )
    fit(net, rows, lambda row: 1, net.gap, score, options, "net")
    return list(net.parameters())


@pytest.mark.filterwarnings("ignore:Detected call of `lr_scheduler.step")
def test_a_stopped_training_goes_on_to_the_same_weights(tmp_path):
    (tmp_path / "whole").mkdir()
    (tmp_path / "stopped").mkdir()
    whole = trained(tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        trained(tmp_path / "stopped", stop_in=4)
    resumed = trained(tmp_path / "stopped")
    assert all(torch.equal(one, other) for one, other in zip(whole, resumed, strict=True))
    assert not torch.equal(whole[0], Net().base.weight)


def test_what_rasd_predicts_can_be_counted(tiny_checkpoint, tmp_path):
    lines = CORPUS.read_text(encoding="utf-8").splitlines(keepends=True)[:5]
    gold, predicted = tmp_path / "gold.jsonl", tmp_path / "predicted.jsonl"
    gold.write_text("".join(lines), encoding="utf-8")
    predict(tiny_checkpoint, [(gold, predicted)])
    rows = count(gold, predicted)
    assert [len(row) for row in rows] == [3 * len(METRICS)] * 5
    assert sum(row[0] for row in rows) and sum(row[1] for row in rows)


def test_a_shallower_encoder_reads_all_layers_but_the_last(tmp_path, monkeypatch):
    encoder = build_tiny_encoder(tmp_path / "encoder")
    monkeypatch.setattr("run.WORK", tmp_path)
    whole, cut = AutoModel.from_pretrained(encoder), AutoModel.from_pretrained(shallower(str(encoder)))
    ids = torch.arange(5, 12)[None]
    states = whole.eval()(ids, output_hidden_states=True).hidden_states
    assert torch.equal(cut.eval()(ids).last_hidden_state, states[-2])
