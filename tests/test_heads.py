import torch

from rasd.model.configuration_rasd import RasdConfig
from rasd.model.heads import LayerMix
from rasd.model.modeling_rasd import RasdModel


def test_mix_begins_as_the_mean_of_the_last_layers_each_normalised():
    states = [torch.randn(2, 5, 8) * 10**i + i for i in range(4)]

    mixed = LayerMix(2)(states) / LayerMix.START

    expected = sum((state - state.mean(-1, True)) / state.std(-1, keepdim=True, correction=0) for state in states[-2:])
    torch.testing.assert_close(mixed, expected / 2, atol=1e-4, rtol=1e-4)


def test_mix_learns_which_layer_to_read():
    torch.manual_seed(0)
    states = [torch.randn(3, 4, 8) for _ in range(3)]
    wanted = torch.nn.functional.layer_norm(states[1], (8,)) * LayerMix.START
    mix = LayerMix(3)
    optimizer = torch.optim.Adam(mix.parameters(), lr=0.1)

    for _ in range(100):
        optimizer.zero_grad()
        ((mix(states) - wanted) ** 2).mean().backward()
        optimizer.step()

    assert mix.weights.argmax() == 1
    assert mix.weights.softmax(0)[1] > 0.9


def test_encoder_with_fewer_layers_gives_all_it_has(tiny_checkpoint):
    config = RasdConfig.from_pretrained(tiny_checkpoint)
    config.num_mixed_layers = 50

    assert len(RasdModel(config).mix.weights) == config.encoder_config["num_hidden_layers"]
