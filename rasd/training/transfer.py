"""Training on from a rasd checkpoint, under its own ontology or an extended one."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from rasd.errors import OntologyError
from rasd.model.configuration_rasd import RasdConfig
from rasd.model.modeling_rasd import RasdModel
from rasd.model.settings import REMOTE_KEYS
from rasd.ontology import Ontology

# Parameters with a row (or block of rows) for each type, role or realis value, and the rows each has.
_PER_TYPE = {"typing.scale": 1, "typing.sentence.3.weight": 1, "typing.sentence.3.bias": 1, "arguments.types.weight": 1}
_PER_TYPE |= {"triggers.layers.3.weight": 2, "triggers.layers.3.bias": 2}
_PER_ROLE = {"arguments.roles.1.weight": 3, "arguments.roles.1.bias": 3}
_PER_REALIS = {"arguments.realis.3.weight": 1, "arguments.realis.3.bias": 1}


def take_over(old: RasdModel, ontology: Ontology, *, layers: Sequence[str]) -> RasdModel:
    """Return a model for `ontology` with the weights of `old`; what the new ontology adds starts fresh.

    Args:
        old: A trained model.
        ontology: The same ontology, or one with types, roles or realis values added.
        layers: Annotation layers of the new training data; those of the old model are kept.

    Raises:
        OntologyError: If the ontology lacks a type, role or realis value of the checkpoint.
    """
    before = old.config.load_ontology()
    missing = [name for name in before.type_ids if name not in ontology.type_ids]
    missing += [name for name in before.role_ids if name not in ontology.role_ids]
    missing += [name for name in before.realis_ids if name not in ontology.realis_ids]
    if missing:
        raise OntologyError(
            f"ontology {ontology.name!r} lacks {', '.join(map(repr, missing[:5]))} of the checkpoint's ontology "
            f"{before.name!r}; to go on from a checkpoint, use its ontology or one that extends it"
        )
    settings = {**old.config.to_dict(), "ontology": ontology.to_dict()}
    for key in REMOTE_KEYS:  # the code that a published checkpoint comes with stays where it is
        settings.pop(key, None)
    settings["layers"] = [*old.config.layers, *(layer for layer in layers if layer not in old.config.layers)]
    model = RasdModel(RasdConfig.from_dict(settings))
    state = model.state_dict()
    for name, value in old.state_dict().items():
        rows = _rows(name, before, ontology)
        if rows is None:
            state[name] = value
        else:
            state[name][rows] = value
    model.load_state_dict(state)
    return model


def _rows(name: str, before: Ontology, after: Ontology) -> torch.Tensor | None:
    """Return where the rows of an old parameter go in the new one, None for a parameter without labels."""
    for table, old_ids, new_ids in (
        (_PER_TYPE, before.type_ids, after.type_ids),
        (_PER_ROLE, before.role_ids, after.role_ids),
        (_PER_REALIS, before.realis_ids, after.realis_ids),
    ):
        if name in table:
            block = table[name]
            rows = [new_ids[label] * block + i for label in old_ids for i in range(block)]
            # An empty list, for an ontology without roles or realis values, would become a tensor of floats.
            return torch.tensor(rows, dtype=torch.long)
    return None
