"""Views: what the packaged ones make of events, and every fault of a file."""

from __future__ import annotations

import copy
from contextlib import suppress

import pytest
import yaml
from made_up import make_event

from rasd.coding.view import View, packaged_views
from rasd.coding.view_file import build_view
from rasd.coding.words import compile_words, fold
from rasd.errors import OntologyError
from rasd.events import Event
from rasd.ontology import Ontology

CONFLICT = Ontology.load("conflict")


def code_of(view, event, *siblings):
    coding = View.load(view).apply(event, (event, *siblings))
    return coding.rule.id, coding.code


@pytest.mark.parametrize("name", sorted(packaged_views()))
def test_every_type_and_realis_has_a_code_or_a_reason(name):
    view = View.load(name)
    for event_type in CONFLICT.types:
        for realis in (*CONFLICT.realis_ids, None):
            rule = view.apply(Event(type=event_type.name, realis=realis), ()).rule
            assert rule.code in view.codes or (not rule.code and rule.note)


def test_code_lists_are_those_of_the_code_books():
    plover, acled, cameo, ace = (View.load(name) for name in ("plover", "acled", "cameo", "ace"))
    assert sum(len(code) == 1 for code in plover.codes) == 16 and sum(len(code) == 2 for code in plover.codes) == 67
    assert sum(len(code) == 1 for code in acled.codes) == 6 and sum(len(code) == 2 for code in acled.codes) == 25
    assert [code[0] for code in cameo.codes] == [f"{number:02}" for number in range(1, 21)]
    subtypes = {":".join(code) for code in ace.codes if len(code) == 2}
    assert subtypes == set(Ontology.load("ace2005").type_ids)


def test_roles_of_the_ace_view_are_roles_of_their_subtype():
    ontology = Ontology.load("ace2005")
    for code, roles in View.load("ace").roles.items():
        if roles:
            ontology.check_event(":".join(code), tuple(roles.values()))


def test_types_of_a_code_are_those_whose_arguments_do_not_matter():
    view = View.load("plover")
    assert view.types_of("PROTEST") == {"Civic.Protest", "Civic.Riot"}
    assert view.types_of("ASSAULT") == {
        "Attack.AirStrike", "Attack.Shelling", "Attack.ArmedClash", "Attack.Bombing", "Attack.ArmedAssault",
        "Attack.TargetedKilling", "Force.Offensive", "Coerce.Abduction",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("words", "text", "is_found"),
    [
        ("مسيّرة", "بالطائرةِ المُسَيَّرة", True),
        ("طائر*", "وطائراتهم", True),
        ("طائر*", "خطائر", False),
        ("القوات الجوية", "للقوات الجوية", True),
        ("قوات الأمن", "قوّات الامن", True),
        ("نار", "النار", True),
        ("نار", "نارنج", False),
    ],
)
def test_expressions_are_found_whatever_their_spelling_and_front(words, text, is_found):
    assert bool(compile_words([words]).search(fold(text))) is is_found


DRONE = "استهدفت طائرة مسيرة مستودعاً قرب بلدة السنديان."
JETS = "شن الطيران الحربي غارات على بلدة السنديان."
PLAIN = "تعرضت بلدة السنديان لقصف عنيف."
ATTACK = "هاجم مسلحون دورية قرب بلدة السنديان بقنبلة يدوية، وقتلوا ثلاثة مزارعين."


@pytest.mark.parametrize(
    ("view", "event", "expected"),
    [
        (
            "plover",
            make_event(DRONE, "Attack.AirStrike", "استهدفت", Instrument="طائرة مسيرة", Target="مستودعاً"),
            ("air-drone", ("ASSAULT", "drone")),
        ),
        (
            "plover",
            make_event(JETS, "Attack.AirStrike", "غارات", Agent="الطيران الحربي"),
            ("air-manned", ("ASSAULT", "aerial")),
        ),
        ("plover", make_event(JETS, "Attack.AirStrike", "غارات", Target="بلدة السنديان"), ("air", ("ASSAULT",))),
        (
            "acled",
            make_event(PLAIN, "Attack.Shelling", "قصف", Target="بلدة السنديان"),
            ("bombardment", ("Explosions/Remote violence", "Shelling/artillery/missile attack")),
        ),
        (
            "acled",
            make_event(ATTACK, "Attack.ArmedAssault", "هاجم", Target="دورية"),
            ("on-armed", ("Battles", "Armed clash")),
        ),
        (
            "acled",
            make_event(ATTACK, "Attack.ArmedAssault", "هاجم", Target="ثلاثة مزارعين"),
            ("on-civilians", ("Violence against civilians", "Attack")),
        ),
        ("acled", make_event(ATTACK, "Attack.ArmedAssault", "هاجم", Agent="مسلحون"), ("on-whom", ())),
        (
            "acled",
            make_event(ATTACK, "Attack.ArmedAssault", "هاجم", Instrument="قنبلة يدوية", Target="دورية"),
            ("grenade", ("Explosions/Remote violence", "Grenade")),
        ),
        ("acled", make_event(ATTACK, "Attack.ArmedAssault", "هاجم", "Planned", Target="دورية"), ("not-actual", ())),
        ("cameo", make_event(ATTACK, "Attack.ArmedAssault", "هاجم", "Negated", Target="دورية"), ("negated", ())),
        (
            "ace",
            make_event(ATTACK, "Attack.ArmedAssault", "هاجم", "Negated", Target="دورية"),
            ("attack", ("Conflict", "Attack")),
        ),
    ],
)
def test_arguments_decide_where_the_type_does_not(view, event, expected):
    assert code_of(view, event) == expected


def test_who_takes_ground_decides_which_battle_it_is():
    text = "سيطرت قوات النظام على بلدة السنديان بعد طرد فصائل المعارضة."
    taken = {"Place": "بلدة السنديان"}
    by_state = make_event(text, "Force.TerritoryGain", "سيطرت", Agent="قوات النظام", **taken)
    by_rebels = make_event(text, "Force.TerritoryGain", "سيطرت", Agent="فصائل المعارضة", **taken)
    by_nobody = make_event(text, "Force.TerritoryGain", "سيطرت", **taken)
    assert code_of("acled", by_state)[1] == ("Battles", "Government regains territory")
    assert code_of("acled", by_rebels)[1] == ("Battles", "Non-state actor overtakes territory")
    assert code_of("acled", by_nobody) == ("territory", ())


def test_the_dead_of_an_attack_are_no_event_beside_it():
    attack = make_event(ATTACK, "Attack.ArmedAssault", "هاجم", Target="دورية")
    death = make_event(ATTACK, "Harm.Death", "قتلوا", Agent="مسلحون", Target="ثلاثة مزارعين")
    assert code_of("plover", death, attack) == ("harm-beside", ())
    assert code_of("plover", death) == ("harm-by", ("ASSAULT",))
    planned = make_event(ATTACK, "Attack.ArmedAssault", "هاجم", "Planned", Target="دورية")
    assert code_of("plover", death, planned) == ("harm-by", ("ASSAULT",))
    assert code_of("acled", death)[1] == ("Violence against civilians", "Attack")


def test_what_is_demanded_is_coded_by_the_demand_alone():
    text = "طالب الوزير بانسحاب القوات من المرفأ."
    demand = make_event(text, "Diplomacy.Demand", "طالب", Agent="الوزير", Topic="انسحاب القوات من المرفأ")
    withdrawal = make_event(text, "Force.Withdrawal", "انسحاب", "Planned", Agent="القوات", Origin="المرفأ")
    assert code_of("plover", withdrawal, demand) == ("demanded", ())
    assert code_of("plover", withdrawal) == ("planned", ())
    assert code_of("plover", demand)[1] == ("REQUEST", "yield")


def test_what_lies_in_its_own_topic_is_not_demanded_by_another():
    text = "قد يطالب الوزير بالهدنة."
    demand = make_event(text, "Diplomacy.Demand", "يطالب", "Planned", Agent="الوزير", Topic="يطالب الوزير بالهدنة")
    assert code_of("plover", demand) == ("planned", ())


def test_who_announces_a_retreat_himself_concedes():
    text = "أعلن الجيش أنه سينسحب من المرفأ غداً."
    event = make_event(text, "Force.Withdrawal", "ينسحب", "Planned", Agent="الجيش", Source="الجيش", Origin="المرفأ")
    assert code_of("plover", event) == ("planned-retreat", ("CONCEDE",))


def test_event_of_another_ontology_is_refused():
    with pytest.raises(OntologyError, match="no rule for an event of the type 'Conflict:Attack'"):
        View.load("acled").apply(Event(type="Conflict:Attack"), ())


MINE = """
name: mine
version: '1'
ontology: gsr
target: two words
levels: [word]
codes: {fight: , march: {sort: peaceful}}
words: {knives: [سكين*]}
rules:
  - {id: knife, types: ASSAULT, when: {source_actor|trigger: knives}, code: fight}
  - {id: assault, types: ASSAULT, fit: none, note: 'No knife.'}
  - {id: protest, types: PROTEST, code: march}
"""


def test_a_users_own_view_works_the_same(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(MINE, encoding="utf-8")
    view = View.load(path)
    assert view.apply(make_event("طعنه بسكين.", "ASSAULT", "سكين", realis=None), ()).code == ("fight",)
    assert view.apply(Event(type="ASSAULT"), ()).rule.id == "assault"
    assert view.apply(Event(type="PROTEST"), ()).fields == {"sort": "peaceful"}


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("types: PROTEST, code: march", "types: PROTEST, code: walk", "the code list has no 'walk'"),
        ("types: PROTEST, code", "types: PROTESTS, code", r"no type 'PROTESTS'\. Did you mean 'PROTEST'"),
        ("id: protest", "id: assault", "rule 'assault' stands twice"),
        (
            "{id: protest, types: PROTEST, code: march}",
            "{id: x, types: ASSAULT, code: march}",
            "no rule is for every PROTEST",
        ),
        (
            "{id: protest, types: PROTEST, code: march}",
            "{id: x, types: ASSAULT, code: march}",
            "rule 'x' can never fire",
        ),
        ("fit: none, note: 'No knife.'", "fit: none", "needs a note"),
        ("fit: none, note", "fit: nothing, note", "unknown fit 'nothing'"),
        ("fit: none, note", "fit: undecided, note", "undecided between two candidates or more"),
        (
            "fit: none, note",
            "fit: undecided, code: march, candidates: [fight, march], note",
            "is not what its candidates share",
        ),
        ("when: {source_actor|trigger: knives}", "when: {Agent: knives}", "unknown role 'Agent'"),
        (
            "when: {source_actor|trigger: knives}",
            "when: {trigger: knifes}",
            "no list of words 'knifes'. Did you mean 'knives'",
        ),
        ("when: {", "whem: {", "unknown key 'whem'.*Did you mean 'when'"),
        ("{id: knife", "{realis: [Maybe], id: knife", "unknown realis value 'Maybe'"),
        ("version: '1'", "version: 1", "version: expected str, got 1"),
        ("levels: [word]", "level: [word]", "the key 'levels' is missing"),
        ("march: {sort: peaceful}", "march: {under: {slow: }}", "lies deeper than the levels"),
        ("knives: [سكين*]", "knives: سكين", "words.knives: expected a list"),
        ("levels: [word]", "levels: [word]\nneeds: [actors]", "needs: no column 'actors'. Did you mean 'actor'"),
        ("name: mine", "name: [", "not valid YAML"),
    ],
)
def test_fault_of_a_file_is_named(tmp_path, old, new, message):
    assert old in MINE
    path = tmp_path / "mine.yaml"
    path.write_text(MINE.replace(old, new), encoding="utf-8")
    with pytest.raises(OntologyError, match=f"(?s){message}"):
        View.load(path)


def test_all_faults_of_a_file_come_at_once(run, tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(MINE.replace("code: march", "code: walk").replace("knives}", "knifes}"), encoding="utf-8")
    code, _, err = run("view", "check", path)
    assert code == 2 and "no 'walk'" in err and "no list of words 'knifes'" in err


def test_view_commands_check_all_and_show_one(run):
    code, out, _ = run("view", "check")
    assert code == 0 and [line.split(":")[0] for line in out.splitlines()] == sorted(packaged_views())
    code, out, _ = run("view", "show", "cameo")
    assert code == 0 and out.startswith("cameo 1.1, from the ontology conflict to CAMEO")
    assert "| protest | Civic.\\* | Actual |  | 14 |  |" in out.splitlines()
    assert run("view", "show", "acledd")[2].endswith("Did you mean 'acled'?\n")


SUICIDE_DRONE = "انفجرت مسيّرة انتحارية مفخخة قرب دورية في بلدة السنديان."
DRONE_ROLES = {"Instrument": "مسيّرة انتحارية مفخخة", "Place": "بلدة السنديان"}
HOUSE_JETS = "استهدف الطيران المسيّر وسلاح الجو المسيّر مركبة."
BLOWS = "اعتدوا عليه ضرباً بعد ضربة على ثكنة في بلدة السنديان، وفرقوا الحشد بقنابل صوتية."


@pytest.mark.parametrize(
    ("view", "event", "expected"),
    [
        ("plover", ("Attack.Bombing", "انفجرت", DRONE_ROLES), ("ASSAULT", "drone")),
        (
            "acled",
            ("Attack.Bombing", "انفجرت", DRONE_ROLES),
            ("Explosions/Remote violence", "Air/drone strike"),
        ),
        ("cameo", ("Attack.Bombing", "انفجرت", DRONE_ROLES), ("19",)),
        ("plover", ("Attack.AirStrike", "استهدف", {"Agent": "الطيران المسيّر"}), ("ASSAULT", "drone")),
        ("plover", ("Attack.AirStrike", "استهدف", {"Agent": "سلاح الجو المسيّر"}), ("ASSAULT", "drone")),
        ("plover", ("Attack.ArmedAssault", "ضربة", {"Target": "ثكنة"}), ("ASSAULT",)),
        ("plover", ("Attack.ArmedAssault", "ضرباً", {"Target": "ثكنة"}), ("ASSAULT", "beat")),
        ("cameo", ("Attack.ArmedAssault", "فرقوا", {"Instrument": "قنابل صوتية", "Target": "الحشد"}), ("17",)),
        ("cameo", ("Attack.ArmedAssault", "ضربة", {"Target": "ثكنة"}), ()),
    ],
)
def test_words_that_look_like_others_give_no_wrong_code(view, event, expected):
    event_type, trigger, roles = event
    text = next(item for item in (SUICIDE_DRONE, HOUSE_JETS, BLOWS) if trigger in item)
    assert code_of(view, make_event(text, event_type, trigger, **roles))[1] == expected


def test_envoys_and_others_who_are_expelled_are_told_apart():
    text = "قررت الحكومة طرد السفير وترحيل العمال."
    envoy = make_event(text, "Coerce.Sanction", "طرد", Agent="الحكومة", Target="السفير")
    workers = make_event(text, "Coerce.Sanction", "ترحيل", Agent="الحكومة", Target="العمال")
    assert code_of("plover", envoy) == ("sanction-expel", ("SANCTION", "expel"))
    assert code_of("plover", workers) == ("expulsion", ())


def test_topic_words_that_only_begin_alike_are_no_threat_of_conquest():
    text = "هدد الوزير بإجراءات ضمن القانون."
    threat = make_event(text, "Coerce.Threat", "هدد", Agent="الوزير", Topic="إجراءات ضمن القانون")
    assert code_of("plover", threat) == ("threat", ("THREATEN",))


JUNK = [None, 5, True, "x", "", [], {}, [1], [[1]], [{}], {"a": 1}, [None]]


def places(value, path=()):
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from places(item, (*path, key))


@pytest.mark.parametrize("junk", JUNK, ids=repr)
def test_junk_anywhere_in_a_view_is_a_fault_and_no_crash(junk):
    record = yaml.safe_load(MINE)
    record["rules"].insert(0, {"id": "more", "types": "ASSAULT", "realis": ["Actual"], "fit": "undecided"})
    record["rules"][0] |= {"candidates": [["fight"], ["march"]], "note": "x", "when": {"has": ["source_actor"]}}
    record["rules"][0]["when"] |= {"lacks": ["target_actor"], "beside": ["PROTEST"], "source_actor": ["knives"]}
    for path in list(places(record))[1:]:
        changed = copy.deepcopy(record)
        inner = changed
        for key in path[:-1]:
            inner = inner[key]
        inner[path[-1]] = junk
        with suppress(OntologyError):
            build_view(changed, origin="mine.yaml")


@pytest.mark.parametrize("text", ["[" * 5000, MINE.replace("codes: {fight: ", "codes: &all {fight: {under: *all}")])
def test_view_that_is_deep_or_holds_itself_is_refused(tmp_path, text):
    path = tmp_path / "deep.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(OntologyError, match=r"nested too deeply|deeper than the levels"):
        View.load(path)


def test_ontology_that_is_deep_is_refused(tmp_path):
    path = tmp_path / "deep.yaml"
    path.write_text("[" * 5000, encoding="utf-8")
    with pytest.raises(OntologyError, match="nested too deeply"):
        Ontology.load(path)
