"""The changes that are tried: settings of the configuration, or a patch of the package where they need code.

A patch that helps goes into the package and leaves these files; what stays here did not, and is kept so that anyone can
try it again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from data_variants import joined_sentences, masked_words, self_taught, swapped_places
from model_variants import biaffine, described, event_map, own_mix, pooling
from training_variants import (
    adversarial,
    asymmetric,
    average_weights,
    fresh_layers,
    frozen_layers,
    layerwise,
    r_drop,
)

# Results of a round stand beside the base of that round; what helped is in the package from the next round on.
ROUND = 5


@dataclass(frozen=True)
class Variant:
    """A change: what it is, dotted settings, and a function that patches the package."""

    what: str
    settings: tuple[str, ...] = ()
    patch: Callable[[], None] | None = None


VARIANTS = {
    "masked10": Variant("one word in ten hidden in training", (), masked_words(0.1)),
    "masked20": Variant("one word in five hidden in training", (), masked_words(0.2)),
    "dropout4": Variant("dropout of the heads 0.4 instead of 0.2", ("model.head_dropout=0.4",)),
    "decay1": Variant("weight decay 0.1 instead of 0.01", ("trainer.weight_decay=0.1",)),
    "base": Variant("configs/mini-full.yaml as it is"),
    "own_mix": Variant("the argument head has a mix of layers of its own", (), own_mix),
    "event_map": Variant("the argument head is told how likely each word is a trigger of each type", (), event_map),
    "wide": Variant("argument head of 384 and 3 layers", ("model.head_size=384", "model.num_argument_layers=3")),
    "head2e-3": Variant("learning rate of the heads 2e-3", ("optim.head_learning_rate=2.0e-3",)),
    "head5e-4": Variant("learning rate of the heads 5e-4", ("optim.head_learning_rate=5.0e-4",)),
    "dropout1": Variant("dropout of the heads 0.1 instead of 0.2", ("model.head_dropout=0.1",)),
    "arguments2": Variant("argument loss counts double", ("optim.loss_weights.argument=2.0",)),
    "embeddings": Variant("word embeddings trained too", ("model.freeze_embeddings=false",)),
    "epochs7.5": Variant("7.5 epochs instead of 5, as many steps as joined", ("trainer.num_train_epochs=7.5",)),
    "epochs12": Variant("12 epochs", ("trainer.num_train_epochs=12",)),
    "epochs10": Variant("10 epochs instead of 5", ("trainer.num_train_epochs=10",)),
    "frozen4": Variant("the encoder's first 4 layers stay as they are", (), frozen_layers(4)),
    "frozen6": Variant("the encoder's first 6 layers stay as they are", (), frozen_layers(6)),
    "varied": Variant("three readings in ten spelled otherwise or under a dateline", ("data.augmentation=0.3",)),
    "fresh1": Variant("the encoder's last layer drawn anew", (), fresh_layers(1)),
    "average": Variant("moving average of the weights, decay 0.99", (), average_weights(0.99)),
    "r_drop": Variant("two passes must agree, weight 0.5", (), r_drop(0.5)),
    "pool_first": Variant("a word is its first piece instead of the mean of its pieces", (), pooling("first")),
    "pool_weighed": Variant("a word is a learnt weighing of its pieces", (), pooling("weighed")),
    "described": Variant("types begin as vectors of their names and descriptions", (), described),
    "biaffine": Variant("arguments are pairs of first and last word, scored biaffinely", (), biaffine),
    "layerwise9": Variant("each encoder layer learns at 0.9 of the rate above it", (), layerwise(0.9)),
    "asymmetric2": Variant("asymmetric trigger loss, focus 2", (), asymmetric(2.0)),
    "adversarial": Variant("word vectors moved against the loss, size 1", (), adversarial(1.0)),
    "swapped": Variant("half as many sentences again, with other places and agents", (), swapped_places(0.5)),
    "self_taught": Variant("600 raw sentences added, labelled by base", (), self_taught(600, 0.8)),
    "joined": Variant("half as many sentences again, joined of two", (), joined_sentences(0.5)),
}
