"""The ontology: which event types there are, which roles each may have, and which realis values.

An ontology is a YAML file. `Ontology.load("conflict")` finds those that come with the package (`data/ontologies` in
the repository), `Ontology.load("mine.yaml")` reads a user's own, and a checkpoint carries its own inside its config.
Ids are positions in file order.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import Any

import yaml

from rasd.errors import OntologyError, did_you_mean, summarize_faults

_TOP_KEYS = ("name", "version", "language", "roles", "realis", "types")
_TYPE_KEYS = ("ar", "definition", "roles", "examples")
# What types of checkpoints from before views had; `rasd.coding` does that now.
_FORMER_TYPE_KEYS = ("mappings",)
_NAME_KEYS = ("ar", "definition")


@dataclass(frozen=True, kw_only=True)
class Label:
    """A role or a realis value: its name, its Arabic name and its definition."""

    name: str
    ar: str = ""
    definition: str = ""


@dataclass(frozen=True, kw_only=True)
class EventType(Label):
    """An event type, the roles its events may have, and example triggers."""

    roles: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Ontology:
    """Event types, roles and realis values in file order.

    Raises:
        OntologyError: If a name stands twice, there are no types, or a type lists an unknown role.
    """

    name: str
    version: str
    types: tuple[EventType, ...]
    roles: tuple[Label, ...] = ()
    realis: tuple[Label, ...] = ()
    language: str = "ar"

    def __post_init__(self) -> None:
        faults = _find_label_faults(self.types, self.roles, self.realis)
        if faults:
            raise OntologyError(f"ontology {self.name!r} is at fault:\n{summarize_faults(faults)}")

    @cached_property
    def type_ids(self) -> dict[str, int]:
        """Event type name -> id."""
        return {event_type.name: i for i, event_type in enumerate(self.types)}

    @cached_property
    def role_ids(self) -> dict[str, int]:
        """Role name -> id."""
        return {role.name: i for i, role in enumerate(self.roles)}

    @cached_property
    def realis_ids(self) -> dict[str, int]:
        """Realis value -> id."""
        return {value.name: i for i, value in enumerate(self.realis)}

    @cached_property
    def labels_ar(self) -> dict[str, str]:
        """Name -> Arabic name, over types, roles and realis values that have one."""
        return {label.name: label.ar for label in (*self.types, *self.roles, *self.realis) if label.ar}

    def roles_of(self, type_name: str) -> tuple[str, ...]:
        """Return the roles that events of a type may have.

        Raises:
            OntologyError: If there is no such type.
        """
        self._check_type(type_name)
        return self.types[self.type_ids[type_name]].roles

    def check_event(self, type_name: str, roles: tuple[str, ...] = (), realis: str | None = None) -> None:
        """Check that an event's labels are of this ontology.

        Raises:
            OntologyError: If the type or the realis value is unknown, or the type does not list one of the roles.
        """
        allowed = self.roles_of(type_name)
        for role in roles:
            if role not in allowed:
                raise OntologyError(
                    f"unknown role {role!r} for event type {type_name!r}; its roles are: "
                    f"{', '.join(allowed) or 'none'}.{did_you_mean(role, allowed)}"
                )
        if realis is not None and realis not in self.realis_ids:
            raise OntologyError(
                f"unknown realis value {realis!r}; the ontology {self.name!r} has: "
                f"{', '.join(self.realis_ids) or 'none'}.{did_you_mean(realis, self.realis_ids)}"
            )

    def _check_type(self, type_name: str) -> None:
        if type_name not in self.type_ids:
            raise OntologyError(
                f"unknown event type {type_name!r}; the ontology {self.name!r} has {len(self.types)} types, "
                f"such as {self.types[0].name!r}.{did_you_mean(type_name, self.type_ids)}"
            )

    def to_dict(self) -> dict[str, Any]:
        """Return the ontology as JSON-ready data.

        The shape is that of the YAML file, but for lists of labels with a `name` in place of mappings: ids are
        positions, and writers of JSON may sort keys.
        """
        return {
            "name": self.name,
            "version": self.version,
            "language": self.language,
            "roles": [asdict(role) for role in self.roles],
            "realis": [asdict(value) for value in self.realis],
            "types": [
                {**asdict(item), "roles": list(item.roles), "examples": list(item.examples)} for item in self.types
            ],
        }

    @classmethod
    def from_dict(cls, record: Any, *, origin: str = "ontology") -> Ontology:
        """Build an ontology from the shape of its YAML file, or from what `to_dict` gives.

        Args:
            record: The parsed file.
            origin: Where it came from, for messages.

        Raises:
            OntologyError: If keys are unknown or missing or values are of the wrong kind; all faults at once.
        """
        faults: list[str] = []
        if not isinstance(record, Mapping):
            raise OntologyError(
                f"{origin}: expected a mapping with the keys {', '.join(_TOP_KEYS)}, got {record!r:.80}"
            )
        _check_keys(record, _TOP_KEYS, "", faults)
        for key in ("name", "types"):
            if key not in record:
                faults.append(f"the key {key!r} is missing")
        if not isinstance(record.get("name", ""), str):
            faults.append(f"name: expected text, got {record['name']!r}")
        roles = _read_labels(record.get("roles"), "roles", _NAME_KEYS, faults)
        realis = _read_labels(record.get("realis"), "realis", _NAME_KEYS, faults)
        types = _read_labels(record.get("types"), "types", _TYPE_KEYS, faults)
        labels = {
            "roles": tuple(Label(name=name, **fields) for name, fields in roles.items()),
            "realis": tuple(Label(name=name, **fields) for name, fields in realis.items()),
            "types": tuple(EventType(name=name, **fields) for name, fields in types.items()),
        }
        if faults:  # with those that the labels have among themselves, so that one reading tells them all
            is_whole = bool(labels["types"]) and bool(labels["roles"]) == bool(record.get("roles"))
            faults += _find_label_faults(**labels) if is_whole else []
            raise OntologyError(f"{origin} is at fault:\n{summarize_faults(faults)}")
        return cls(
            name=record["name"],
            version=str(record.get("version", "1.0")),
            language=str(record.get("language", "ar")),
            **labels,
        )

    @classmethod
    def load(cls, source: str | Path) -> Ontology:
        """Load a packaged ontology by name ("conflict") or a YAML file by path.

        Raises:
            OntologyError: If there is no such ontology, or it is at fault.
        """
        if isinstance(source, str) and source in packaged_ontologies():
            text = packaged_ontologies()[source].read_text(encoding="utf-8")
        else:
            path = Path(source)
            if not path.is_file():
                known = ", ".join(sorted(packaged_ontologies()))
                raise OntologyError(
                    f"no ontology {str(source)!r}: it is neither a file nor one of the packaged ontologies ({known})."
                    f"{did_you_mean(str(source), packaged_ontologies())}"
                )
            try:
                text = path.read_text(encoding="utf-8")
            except UnicodeDecodeError as err:
                raise OntologyError(f"{path}: not UTF-8 text ({err}); save the file as UTF-8") from err
        try:
            record = yaml.load(text, Loader=UniqueKeyLoader)
        except (yaml.YAMLError, ValueError) as err:  # a ValueError for a date such as 2024-13-45
            raise OntologyError(f"{source}: not valid YAML: {err}") from err
        except RecursionError as err:
            raise OntologyError(f"{source}: not valid YAML: nested too deeply") from err
        return cls.from_dict(record, origin=str(source))


def packaged_ontologies() -> dict[str, Any]:
    """Return the ontologies that come with rasd: name -> readable file."""
    found: dict[str, Any] = {}
    checkout = Path(__file__).resolve().parent.parent / "data" / "ontologies"
    # A checkout (or an editable install of one) reads the source of truth; a wheel carries it as `rasd.ontologies`.
    folder = checkout if checkout.is_dir() else resources.files("rasd") / "ontologies"
    for item in folder.iterdir():
        if item.name.endswith(".yaml"):
            found[item.name.removesuffix(".yaml")] = item
    return found


class UniqueKeyLoader(yaml.SafeLoader):
    """A safe YAML loader that refuses a key that stands twice, where YAML readers keep the last one silently."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Build a mapping; raises `yaml.constructor.ConstructorError` for a key that stands twice."""
        seen: set[tuple[str, str]] = set()
        for key, _ in node.value:
            # PyYAML itself refuses keys that are lists or mappings.
            if not isinstance(key, yaml.ScalarNode):
                continue
            if (key.tag, key.value) in seen:
                raise yaml.constructor.ConstructorError(None, None, f"key {key.value!r} stands twice", key.start_mark)
            seen.add((key.tag, key.value))
        return super().construct_mapping(node, deep)


def _find_label_faults(types: tuple[EventType, ...], roles: tuple[Label, ...], realis: tuple[Label, ...]) -> list[str]:
    """Return what is wrong with labels beside each other."""
    faults = [] if types else ["there are no event types"]
    for what, labels in (("event type", types), ("role", roles), ("realis value", realis)):
        names = [label.name for label in labels]
        faults += [f"{what} {name!r} stands twice" for name in sorted({n for n in names if names.count(n) > 1})]
    known = [role.name for role in roles]
    for event_type in types:
        faults += [
            f"type {event_type.name!r} lists unknown role {role!r}.{did_you_mean(role, known)}"
            for role in event_type.roles
            if role not in known
        ]
        if len(set(event_type.roles)) < len(event_type.roles):
            faults.append(f"type {event_type.name!r} lists a role twice")
    return faults


def _check_keys(record: Mapping[str, Any], valid: tuple[str, ...], where: str, faults: list[str]) -> None:
    for key in record:
        if key not in valid:
            faults.append(f"{where}unknown key {key!r}; keys are: {', '.join(valid)}.{did_you_mean(key, valid)}")


def _read_labels(record: Any, what: str, keys: tuple[str, ...], faults: list[str]) -> dict[str, dict[str, Any]]:
    """Check a name -> fields mapping and return it with lists as tuples."""
    if record is None:
        return {}
    if isinstance(record, list) and all(isinstance(item, Mapping) and "name" in item for item in record):
        odd = [item["name"] for item in record if not isinstance(item["name"], str)]
        if odd:
            faults += [f"{what}: expected a name, got {name!r:.80}; put it in quotes" for name in odd]
            return {}
        names = [item["name"] for item in record]
        faults += [f"{what}: {name!r} stands twice" for name in sorted({n for n in names if names.count(n) > 1})]
        record = {item["name"]: {key: item[key] for key in item if key != "name"} for item in record}
    if not isinstance(record, Mapping):
        faults.append(f"{what}: expected a mapping of name to fields, got {record!r:.80}")
        return {}
    labels: dict[str, dict[str, Any]] = {}
    for name, raw in record.items():
        if not isinstance(name, str) or not name:
            faults.append(f"{what}: expected a name, got {name!r}; put it in quotes")
            continue
        fields = {} if raw is None else raw
        if not isinstance(fields, Mapping):
            faults.append(f"{what}.{name}: expected a mapping with {', '.join(keys)}, got {raw!r:.80}")
            continue
        if keys is _TYPE_KEYS:
            fields = {key: value for key, value in fields.items() if key not in _FORMER_TYPE_KEYS}
        _check_keys(fields, keys, f"{what}.{name}: ", faults)
        labels[name] = _read_fields(fields, f"{what}.{name}", faults)
    return labels


def _read_fields(fields: Mapping[str, Any], where: str, faults: list[str]) -> dict[str, Any]:
    """Check the kinds of a label's values."""
    read: dict[str, Any] = {}
    for key, value in fields.items():
        if key in ("ar", "definition"):
            if not isinstance(value, str):
                faults.append(f"{where}.{key}: expected text, got {value!r}")
            read[key] = value
        elif key in ("roles", "examples"):
            if not (isinstance(value, list) and all(isinstance(item, str) for item in value)):
                faults.append(f"{where}.{key}: expected a list of texts, got {value!r:.80}")
                value = []
            read[key] = tuple(value)
    return read
