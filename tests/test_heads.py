import torch

from rasd.encoding import NUM_LETTER_IDS, NUM_LETTERS
from rasd.model.configuration_rasd import RasdConfig
from rasd.model.heads import LayerMix, SpellingReader
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


def spelled(*words: list[int]) -> torch.Tensor:
    return torch.tensor([[word + [0] * (NUM_LETTERS - len(word)) for word in words]])


def test_a_stem_leaves_the_same_mark_wherever_it_stands_in_a_word():
    reader = SpellingReader(hidden_size=8, num_filters=6, dropout=0.0)
    reader.project = torch.nn.Identity()
    with torch.no_grad():
        stem, behind = reader(spelled([9, 10, 11, 12, 13], [2, 9, 10, 11, 12, 13]))[0]

    # What the filters find in the stem is there behind a proclitic, too; only the edge of the word may weigh less.
    inner = torch.cat([read(reader.letters(torch.arange(9, 14)).T).amax(-1) for read in no_padding(reader)])
    assert (stem >= inner - 1e-6).all()
    assert (behind >= inner - 1e-6).all()


def no_padding(reader: SpellingReader) -> list[torch.nn.Conv1d]:
    for read in reader.filters:
        read.padding = (0,)
    return list(reader.filters)


def test_words_are_read_alone():
    reader = SpellingReader(hidden_size=8, num_filters=6, dropout=0.0).eval()
    word, other = list(range(5, 12)), [NUM_LETTER_IDS - 1]

    with torch.no_grad():
        both = reader(spelled(word, other))
        alone = reader(spelled(other))

    assert both.shape == (1, 2, 8)
    torch.testing.assert_close(both[0, 1], alone[0, 0])
    assert not torch.allclose(both[0, 0], both[0, 1])


def test_a_model_without_letter_filters_has_no_such_weights(tiny_checkpoint):
    config = RasdConfig.from_pretrained(tiny_checkpoint)
    for num_filters in (0, 4):
        config.num_letter_filters = num_filters
        names = {name.split(".")[0] for name, _ in RasdModel(config).named_parameters()}
        assert ("spelling" in names) == bool(num_filters)


def test_reading_each_word_once_gives_what_reading_all_gives():
    reader = SpellingReader(hidden_size=8, num_filters=6, dropout=0.0).eval()
    words = [list(range(2, 2 + length)) for length in (1, 3, 3, 7, 12, 15, 16, 3, 1)]
    letters = spelled(*words, [], [])

    with torch.no_grad():
        once, each = reader(letters), reader._read(letters.flatten(0, 1))

    assert once.shape == (1, 11, 8)
    torch.testing.assert_close(once[0], each)
    assert torch.equal(once[0, 1], once[0, 2]) and torch.equal(once[0, 9], once[0, 10])
    assert not torch.allclose(once[0, 4], once[0, 5])


def test_training_and_tracing_read_every_word():
    reader = SpellingReader(hidden_size=8, num_filters=6, dropout=0.0)
    letters = spelled([4, 5], [4, 5], [6])
    rows = []
    reader.letters.register_forward_hook(lambda module, inputs, output: rows.append(len(output)))
    reader.train()(letters)
    reader.eval()(letters)
    assert rows[0] == 3 and sum(rows[1:]) == 2

    names = {str(node.target) for node in torch.export.export(reader, (letters,)).graph.nodes}
    assert not any("unique" in name for name in names)
