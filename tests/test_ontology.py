"""The ontology file: strict loading, ids, checks."""

from __future__ import annotations

import json

import pytest

from rasd.errors import OntologyError
from rasd.ontology import Ontology

SMALL = """
name: small
roles: {Who: {ar: من}, Where: }
types:
  Fire: {roles: [Where], definition: 'Something burns.'}
  Visit: {roles: [Who, Where]}
"""


def load(tmp_path, text):
    path = tmp_path / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    return Ontology.load(path)


def test_conflict_ontology_has_its_types_roles_and_realis_values():
    ontology = Ontology.load("conflict")
    assert (len(ontology.types), len(ontology.roles)) == (29, 11)
    assert list(ontology.realis_ids) == ["Actual", "Planned", "Negated"]
    assert all(item.ar and item.definition and item.roles and item.examples for item in ontology.types)
    assert all(set(item.mappings) == {"acled", "plover", "ace"} for item in ontology.types)


def test_a_users_own_file_works_the_same(tmp_path):
    ontology = load(tmp_path, SMALL)
    assert ontology.type_ids == {"Fire": 0, "Visit": 1}
    assert ontology.roles_of("Visit") == ("Who", "Where")
    assert ontology.labels_ar == {"Who": "من"}


@pytest.mark.parametrize("name", ["conflict"])
def test_dict_form_comes_back_equal(name):
    ontology = Ontology.load(name)
    # Writers of config.json sort keys, and ids are positions.
    assert Ontology.from_dict(json.loads(json.dumps(ontology.to_dict(), sort_keys=True))) == ontology


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name: x\ntypes: {A: {rolls: []}}", r"unknown key 'rolls'.*Did you mean 'roles'"),
        ("name: x\ntypes: {A: {roles: [Whom]}}\nroles: {Who: }", r"unknown role 'Whom'\. Did you mean 'Who'"),
        ("name: x\ntypes: {A: , A: }", "'A' stands twice"),
        ("name: x\ntypes: {A: {roles: [R, R]}}\nroles: {R: }", "lists a role twice"),
        ("name: x\ntypes: {}", "no event types"),
        ("types: {A: }", "'name' is missing"),
        ("name: x\ntypes: [A]", "expected a mapping of name to fields"),
        ("- a", "expected a mapping with the keys"),
        ("name: [", "not valid YAML"),
        ("name: x\ntypes: {A: {definition: 3}}", "definition: expected text, got 3"),
        ("name: x\ntypes: {1: }", "expected a name, got 1"),
        ("name: x\ntypes: [{name: [A, B]}]", r"types: expected a name, got \['A', 'B'\]"),
        ("name: x\ntypes: [{name: {A: 1}}, {name: A}]", r"types: expected a name, got \{'A': 1\}"),
        ("name: x\ntypes: {? [A, B] : {}}", "unhashable key"),
        ("? [name]\n: x", "unhashable key"),
        ("? {a: b}\n: x\n? {a: b}\n: y", "unhashable key"),
        ("name: 2024-13-45\ntypes: {A: }", "not valid YAML"),
    ],
)
def test_fault_of_a_file_is_named(tmp_path, text, message):
    with pytest.raises(OntologyError, match=message):
        load(tmp_path, text)


def test_all_faults_of_a_file_come_at_once(tmp_path):
    with pytest.raises(OntologyError) as error:
        load(tmp_path, "nam: x\ntypes: {A: {rolls: []}, B: {definition: 3}}")
    assert len(str(error.value).splitlines()) == 5


def test_unknown_name_lists_the_packaged_ontologies():
    with pytest.raises(OntologyError, match=r"packaged ontologies \(conflict.*Did you mean 'conflict'"):
        Ontology.load("conflct")


def test_events_are_checked_with_the_nearest_name():
    ontology = Ontology.load("conflict")
    ontology.check_event("Attack.AirStrike", ("Agent", "Place"), "Planned")
    with pytest.raises(
        OntologyError, match=r"unknown event type 'Attack\.Airstrike'.*Did you mean 'Attack\.AirStrike'"
    ):
        ontology.check_event("Attack.Airstrike")
    with pytest.raises(OntologyError, match=r"unknown role 'Attaker'.*roles are: Agent, Target"):
        ontology.check_event("Attack.AirStrike", ("Attaker",))
    with pytest.raises(OntologyError, match="unknown realis value 'Maybe'"):
        ontology.check_event("Attack.AirStrike", (), "Maybe")
