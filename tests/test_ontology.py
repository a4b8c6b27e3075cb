"""The ontology file: strict loading, ids, checks."""

from __future__ import annotations

import json

import pytest

from rasd.errors import OntologyError
from rasd.ontology import Ontology, packaged_ontologies

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


def test_a_users_own_file_works_the_same(tmp_path):
    ontology = load(tmp_path, SMALL)
    assert ontology.type_ids == {"Fire": 0, "Visit": 1}
    assert ontology.roles_of("Visit") == ("Who", "Where")
    assert ontology.labels_ar == {"Who": "من"}


@pytest.mark.parametrize("name", sorted(packaged_ontologies()))
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


def test_faults_that_labels_have_among_themselves_come_with_the_others(tmp_path):
    with pytest.raises(OntologyError) as error:
        load(tmp_path, "name: x\nroles: {Who: {ar: 3}}\ntypes: {A: {roles: [Whom, Whom]}}")
    lines = str(error.value).splitlines()
    assert len(lines) == 5 and "roles.Who.ar: expected text" in lines[1] and "lists a role twice" in lines[4]


def test_mappings_of_former_checkpoints_are_passed_over():
    former = Ontology.from_dict({"name": "x", "types": {"A": {"mappings": {"plover": "ASSAULT"}}}})
    assert former == Ontology.from_dict({"name": "x", "types": {"A": {}}})


@pytest.mark.parametrize(
    ("name", "counts"), [("ace2005", (33, 35, 3)), ("wojood_hadath", (1, 3, 0)), ("gsr", (2, 2, 0))]
)
def test_ontologies_of_other_corpora_have_their_labels(name, counts):
    ontology = Ontology.load(name)
    assert (len(ontology.types), len(ontology.roles), len(ontology.realis)) == counts
    assert all(label.ar and label.definition for label in (*ontology.types, *ontology.roles, *ontology.realis))
    assert {role for item in ontology.types for role in item.roles} == set(ontology.role_ids)


def test_ace_subtypes_have_the_roles_of_the_data():
    ontology = Ontology.load("ace2005")
    times = [role for role in ontology.role_ids if role.startswith("Time-")]
    assert len(times) == 8 and all(set(times) <= set(item.roles) for item in ontology.types)
    entities = {role for item in ontology.types for role in item.roles} - set(times)
    assert len(entities - {"Price", "Money", "Position", "Crime", "Sentence"}) == 22
    assert {item.name.split(":")[0] for item in ontology.types} == {
        "Life", "Movement", "Transaction", "Business", "Conflict", "Contact", "Personnel", "Justice",
    }  # fmt: skip
    ontology.check_event("Justice:Sentence", ("Defendant", "Adjudicator", "Sentence", "Time-Within"), "Planned")


def test_unknown_name_lists_the_packaged_ontologies():
    with pytest.raises(OntologyError, match=r"packaged ontologies \(.*conflict.*Did you mean 'conflict'"):
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
