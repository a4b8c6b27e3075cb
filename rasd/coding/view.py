"""Views: how the events of an ontology are told in the codes of another code book.

A view is a YAML file: the code list of the code book, and rules that are tried in order, of which the first that fires
gives the code. `View.load("acled")` finds those that come with the package (`data/views` in the repository),
`View.load("mine.yaml")` reads a user's own. docs/views.md says what the keys of the file are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import yaml

from rasd.coding.rules import Code, Rule
from rasd.errors import OntologyError, did_you_mean
from rasd.events import Event
from rasd.ontology import UniqueKeyLoader

# Lists of expressions that all views may use; no view itself.
WORDS_FILE = "words"


@dataclass(frozen=True, slots=True, kw_only=True)
class Coding:
    """What a view makes of an event: the rule that fired, and what the code list says of the code."""

    rule: Rule
    fields: Mapping[str, Any]

    @property
    def code(self) -> Code:
        """The code, from the widest level down; empty where there is none."""
        return self.rule.code


@dataclass(frozen=True, kw_only=True)
class View:
    """A mapping from the events of an ontology to a code book.

    Attributes:
        name: Its name, such as "acled".
        version: Of the mapping.
        ontology: Name of the ontology whose events it codes.
        target: The code book and its edition.
        levels: What the parts of a code are called, such as "event_type" and "sub_event_type".
        codes: Code -> what the code list says of it; in the order of the file.
        is_ranked: Whether that order is a hierarchy: of several codes of one incident the first stands for it.
        columns: Column of the table -> the name it has in this view.
        needs: Columns that the code book wants filled; a row without says so.
        single: Columns of which it wants no more than one; a row with several says so.
        parties: Event types without a direction.
        is_split: Whether two parties of such an event are put into the two columns of actors, or all into the first.
        kinds: Sets of event types that may tell of one incident; a type in none stands for itself.
        roles: Code -> role -> what the code book calls it.
        rules: Tried in order.
    """

    name: str
    version: str
    ontology: str
    target: str
    levels: tuple[str, ...]
    codes: Mapping[Code, Mapping[str, Any]]
    is_ranked: bool
    columns: Mapping[str, str]
    needs: tuple[str, ...]
    single: tuple[str, ...]
    parties: frozenset[str]
    is_split: bool
    kinds: tuple[frozenset[str], ...]
    roles: Mapping[Code, Mapping[str, str]]
    rules: tuple[Rule, ...]

    def apply(self, event: Event, siblings: Sequence[Event]) -> Coding:
        """Return the code of an event.

        Args:
            event: An event of the view's ontology.
            siblings: All events of its sentence.

        Raises:
            OntologyError: If the event is of no type or realis value of the ontology.
        """
        for rule in self.rules:
            if rule.fires(event, siblings):
                return Coding(rule=rule, fields=self.codes.get(rule.code, {}))
        known = {name for rule in self.rules for name in rule.types}
        raise OntologyError(
            f"the view {self.name!r} has no rule for an event of the type {event.type!r} and the realis value "
            f"{event.realis!r}; it is for events of the ontology {self.ontology!r}.{did_you_mean(event.type, known)}"
        )

    def types_of(self, code: str) -> set[str]:
        """Return the event types that come to a code of the widest level whatever their arguments are."""
        return {
            name
            for rule in self.rules
            if "Actual" in rule.realis and not rule.is_conditional and rule.code[:1] == (code,)
            for name in rule.types
        }

    def kind_of(self, event_type: str) -> str:
        """Return what stands for all types that may tell of the same incident."""
        return next((min(kind) for kind in self.kinds if event_type in kind), event_type)

    @classmethod
    def load(cls, source: str | Path) -> View:
        """Load a packaged view by name or a YAML file by path.

        Raises:
            OntologyError: If there is no such view, or it is at fault; all faults at once.
        """
        from rasd.coding.view_file import build_view

        files = packaged_views()
        if isinstance(source, str) and source in files:
            return _load_packaged(source)
        path = Path(source)
        if not path.is_file():
            raise OntologyError(
                f"no view {str(source)!r}: it is neither a file nor one of the packaged views "
                f"({', '.join(sorted(files))}).{did_you_mean(str(source), files)}"
            )
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError as err:
            raise OntologyError(f"{path}: not UTF-8 text ({err}); save the file as UTF-8") from err
        return build_view(_read(text, source), origin=str(source))


def packaged_views() -> dict[str, Any]:
    """Return the views that come with rasd: name -> readable file."""
    return {name: item for name, item in _files().items() if name != WORDS_FILE}


@cache
def _load_packaged(name: str) -> View:
    """Return a packaged view; reading its file takes most of a second."""
    from rasd.coding.view_file import build_view

    return build_view(_read(packaged_views()[name].read_text(encoding="utf-8"), name), origin=name)


@cache
def load_words() -> dict[str, Any]:
    """Return the lists of expressions that come with rasd."""
    return _read(_files()[WORDS_FILE].read_text(encoding="utf-8"), WORDS_FILE)


def _files() -> dict[str, Any]:
    checkout = Path(__file__).resolve().parents[2] / "data" / "views"
    # A checkout (or an editable install of one) reads the source of truth; a wheel carries it as `rasd.views`.
    folder = checkout if checkout.is_dir() else resources.files("rasd") / "views"
    names = {item.name: item for item in folder.iterdir() if item.name.endswith(".yaml")}
    return {name.removesuffix(".yaml"): item for name, item in sorted(names.items())}


def _read(text: str, source: str | Path) -> Any:
    try:
        return yaml.load(text, Loader=UniqueKeyLoader)
    except (yaml.YAMLError, ValueError) as err:
        raise OntologyError(f"{source}: not valid YAML: {err}") from err
    except RecursionError as err:
        raise OntologyError(f"{source}: not valid YAML: nested too deeply") from err
