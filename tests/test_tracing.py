"""The 8-bit layers that stand for torch's, as torch runs them; what ONNX Runtime makes of them is in test_export."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from tiny import SIZES
from torch import nn
from transformers import AutoModel

from rasd.encoding import NUM_LETTERS
from rasd.inference.loading import load_model
from rasd.inference.tracing import RowwiseEmbedding, RowwiseLinear, quantize
from rasd.model.configuration_rasd import RasdConfig
from rasd.model.modeling_rasd import RasdModel, build_encoder_config
from rasd.model.settings import ENCODER_TYPES

BATCH = {
    "input_ids": np.random.default_rng(0).integers(5, 373, (2, 12)),
    "attention_mask": np.ones((2, 12), np.int64),
    "piece_words": np.arange(24).reshape(2, 12) % 12 // 2,
    "letters": np.ones((2, 6, NUM_LETTERS), np.int64),
}


def encode(model):
    return model.encode(**{name: torch.from_numpy(array) for name, array in BATCH.items()})


def test_rowwise_linear_is_near_the_layer_it_stands_for():
    linear = nn.Linear(64, 32)
    inputs = torch.randn(3, 5, 64) * torch.logspace(-3, 3, 5)[:, None]
    with torch.no_grad():
        expected, found = linear(inputs), RowwiseLinear(linear)(inputs)
    error = (found - expected).norm(dim=-1) / (expected - linear.bias).norm(dim=-1)
    assert found.shape == expected.shape and error.max() < 0.05


def test_row_does_not_depend_on_the_rows_beside_it():
    layer = RowwiseLinear(nn.Linear(16, 8))
    row = torch.randn(1, 16)
    with torch.no_grad():
        assert torch.equal(layer(torch.cat([row, 1000 * torch.randn(3, 16)]))[:1], layer(row))


def test_rows_and_weights_of_zeros_give_the_bias():
    linear = nn.Linear(8, 4)
    nn.init.zeros_(linear.weight[1:])
    with torch.no_grad():
        layer = RowwiseLinear(linear)
        assert torch.equal(layer(torch.zeros(2, 8)), linear.bias.expand(2, 4))
        assert torch.equal(layer(torch.randn(2, 8))[:, 1:], linear.bias[1:].expand(2, 3))


def test_layer_without_bias():
    linear = nn.Linear(8, 4, bias=False)
    with torch.no_grad():
        assert torch.allclose(RowwiseLinear(linear)(torch.ones(1, 8)), linear(torch.ones(1, 8)), atol=0.05)


def test_weights_stay_where_sums_of_two_products_fit_as_good_as_always():
    weight = RowwiseLinear(nn.Linear(64, 32)).weight
    assert weight.dtype == torch.int8 and weight.shape == (64, 32) and weight.abs().max() == 90


@pytest.mark.parametrize("zero", [12, 64, 128, 192])
def test_values_on_both_sides_fit_wherever_zero_lies(zero):
    linear, inputs = nn.Linear(64, 32), torch.randn(50, 64)
    with torch.no_grad():
        error = (RowwiseLinear(linear, zero)(inputs) - linear(inputs)).abs().max()
    assert error < 0.3


def test_zero_is_put_low_where_inputs_are_hardly_below_it(tiny_checkpoint):
    model = load_model(tiny_checkpoint)
    quantize(model, [BATCH])
    zeros = {name: int(layer.zero) for name, layer in model.encoder.named_modules() if isinstance(layer, RowwiseLinear)}
    after_gelu = {name for name in zeros if name.endswith("output.dense") and "attention" not in name}
    assert after_gelu and all((zeros[name] < 100) == (name in after_gelu) for name in zeros), zeros


def test_rowwise_embedding_is_near_its_table():
    table = nn.Embedding(10, 16)
    ids = torch.tensor([[0, 3, 9], [9, 1, 1]])
    with torch.no_grad():
        expected, found = table(ids), RowwiseEmbedding(table)(ids)
    assert found.shape == expected.shape
    assert ((found - expected).abs().amax(-1) <= expected.abs().amax(-1) / 250).all()


def test_only_the_encoder_is_quantized(tiny_checkpoint):
    model = load_model(tiny_checkpoint)
    quantize(model, [BATCH])
    kinds = [type(module) for module in model.encoder.modules()]
    assert kinds.count(RowwiseLinear) == 6 * model.encoder.config.num_hidden_layers and nn.Linear not in kinds
    assert isinstance(model.encoder.get_input_embeddings(), RowwiseEmbedding)
    assert any(type(module) is nn.Linear for module in model.arguments.modules())


@pytest.mark.parametrize("model_type", ENCODER_TYPES)
def test_every_encoder_can_be_quantized(tiny_checkpoint, model_type):
    encoder_config = build_encoder_config(SIZES | {"model_type": model_type})
    old = json.loads((tiny_checkpoint / "config.json").read_text())
    config = RasdConfig.from_dict(old | {"encoder_config": encoder_config.to_dict(), "max_length": 64})
    model = RasdModel.from_encoder(AutoModel.from_config(encoder_config), config).eval()
    with torch.inference_mode():
        expected = encode(model)
        quantize(model, [BATCH])
        assert nn.Linear not in {type(module) for module in model.encoder.modules()}
        for one, other in zip(expected, encode(model), strict=True):
            assert 0 < (one - other).abs().max() < 0.5
