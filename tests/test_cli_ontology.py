"""`rasd ontology`: every fault at once, tables to read, and what differs between two files."""

from __future__ import annotations

import pytest

SMALL = """
name: small
roles: {Who: {ar: من, definition: 'Who does it.'}, Where: {ar: أين}}
types:
  Fire: {ar: حريق, roles: [Where], definition: 'Something burns.'}
  Visit: {ar: زيارة, roles: [Who, Where], definition: 'Somebody visits.'}
"""


@pytest.fixture
def small(tmp_path):
    path = tmp_path / "small.yaml"
    path.write_text(SMALL, encoding="utf-8")
    return path


def test_check_tells_counts_and_what_lacks_a_description(run, small):
    code, out, err = run("ontology", "check", "conflict", small)
    assert (code, err) == (0, "")
    assert out.splitlines() == [
        "conflict: sound; 29 types, 11 roles, 3 realis values",
        f"{small}: sound; 2 types, 2 roles, no realis",
        "  roles without definition: Where",
    ]


def test_check_goes_on_after_a_file_at_fault(run, tmp_path):
    bad = tmp_path / "bad.yaml"
    bad.write_text("nam: x\nroles: {Who: }\ntypes: {A: {roles: [Whom, Whom]}, B: {definition: 3}}", encoding="utf-8")
    code, out, err = run("ontology", "check", bad, "gsr")
    assert code == 2 and out == "gsr: sound; 2 types, 2 roles, no realis\n"
    for fault in (
        "unknown key 'nam'",
        "'name' is missing",
        "B.definition",
        "unknown role 'Whom'",
        "lists a role twice",
    ):
        assert fault in err


def test_show_has_arabic_and_english_of_every_label(run, small):
    code, out, _ = run("ontology", "show", small)
    assert code == 0 and out.splitlines()[:8] == [
        "# small 1.0: 2 types, 2 roles, no realis",
        "",
        "types",
        "  Fire   حريق",
        "         Something burns.",
        "         roles: Where",
        "  Visit  زيارة",
        "         Somebody visits.",
    ]


def test_diff_tells_labels_roles_descriptions_and_order(run, small, tmp_path):
    other = tmp_path / "other.yaml"
    other.write_text(
        """
name: small
version: '2.0'
roles: {Where: {ar: أين}, Who: {ar: من, definition: 'Who does it.'}, When: }
types:
  Visit: {ar: زيارة, roles: [Who, When], definition: 'Somebody calls.'}
  Flood: {roles: [Where]}
""",
        encoding="utf-8",
    )
    code, out, _ = run("ontology", "diff", small, other)
    assert code == 1 and out.splitlines() == [
        "~ version: 1.0 -> 2.0",
        "- type Fire",
        "+ type Flood",
        "~ type Visit: definition: Somebody visits. -> Somebody calls.",
        "~ type Visit: roles: -Where +When",
        "+ role When",
        "~ roles: the same names in another order, which changes their ids",
    ]
    assert run("ontology", "diff", small, small) == (0, "no difference\n", "")
