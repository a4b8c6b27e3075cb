"""ACE 2005: invented documents in the form of the corpus's files, offsets counted as the LDC counts them."""

from __future__ import annotations

import re
from xml.sax.saxutils import escape

import pytest
from formats_help import convert, read, read_jsonl

from rasd.errors import ReadError
from rasd.formats.ace import map_realis
from rasd.formats.xml_tree import parse_xml

SGM = """<DOC>
<DOCID> KHB_ARB_20240503.0001 </DOCID>
<DOCTYPE SOURCE="newswire"> NEWS STORY </DOCTYPE>
<DATETIME> 2024-05-03 </DATETIME>
<BODY>
<HEADLINE>
قصف على بلدة الكرمة
</HEADLINE>
<TEXT>
قَصَفَت 🚨 قوات الفصيل بلدة
الكرمة فجر الجمعة. ونفت شركة «أ &amp; ب» سقوط
قتلى بين عمالها.

<TURN>
<SPEAKER> مراسل القصف </SPEAKER>
لم يُعتقل أحد، وسيُحاكم القائد لاحقا
</TURN>
</TEXT>
</BODY>
</DOC>
"""
UNTAGGED = re.sub(r"<[^<>]+>", "", SGM)


def charseq(words, text=UNTAGGED, nth=1, shift=0):
    """Return a charseq with the offsets of words as they stand in the file, END included."""
    at = -1
    for _ in range(nth):
        at = text.index(words, at + 1)
    start, end = at + shift, at + len(words) - 1 + shift
    # In the file `&amp;` stands for one character; what is quoted is that character, written as XML must.
    return f'<charseq START="{start}" END="{end}">{escape(words.replace("&amp;", "&"))}</charseq>'


def mention(kind, ref, words, head=None, **options):
    heads = f"<head>{charseq(head)}</head>" if head else ""
    return f'<{kind}_mention ID="{ref}" TYPE="NOM"><extent>{charseq(words, **options)}</extent>{heads}</{kind}_mention>'


def argument(ref, role, words, **options):
    extent = f"<extent>{charseq(words, **options)}</extent>"
    return f'<event_mention_argument REFID="{ref}" ROLE="{role}">{extent}</event_mention_argument>'


def event(number, kind, anchor, *arguments, realis=("Specific", "Asserted", "Positive", "Past"), anchor_nth=1):
    main, sub = kind.split(":")
    genericity, modality, polarity, tense = realis
    return (
        f'<event ID="EV{number}" TYPE="{main}" SUBTYPE="{sub}" MODALITY="{modality}" POLARITY="{polarity}" '
        f'GENERICITY="{genericity}" TENSE="{tense}"><event_argument REFID="E1" ROLE="Place"/>'
        f'<event_mention ID="EV{number}-1"><extent>{charseq(anchor, nth=anchor_nth)}</extent>'
        f"<ldc_scope>{charseq(anchor, nth=anchor_nth)}</ldc_scope><anchor>{charseq(anchor, nth=anchor_nth)}</anchor>"
        f"{''.join(arguments)}</event_mention></event>"
    )


ENTITIES = (
    f'<entity ID="E1" TYPE="ORG" SUBTYPE="Non-Governmental" CLASS="SPC">'
    f"{mention('entity', 'E1-1', 'قوات الفصيل', head='قوات')}</entity>"
    f'<entity ID="E2" TYPE="GPE" SUBTYPE="Population-Center">'
    f"{mention('entity', 'E2-1', 'بلدة' + chr(10) + 'الكرمة')}</entity>"
    f'<entity ID="E3" TYPE="ORG" SUBTYPE="Commercial">{mention("entity", "E3-1", "شركة «أ &amp; ب»")}</entity>'
    f'<value ID="V1" TYPE="Crime">{mention("value", "V1-1", "قتلى")}</value>'
    f'<timex2 ID="T1" VAL="2024-05-03">{mention("timex2", "T1-1", "فجر الجمعة")}</timex2>'
)
EVENTS = (
    event(
        1,
        "Conflict:Attack",
        "قَصَفَت",
        argument("E1-1", "Attacker", "قوات الفصيل"),
        argument("E2-1", "Target", "بلدة\nالكرمة"),
        argument("T1-1", "Time-At-Begginning", "فجر الجمعة"),
        argument("E3-1", "Place", "شركة «أ &amp; ب»"),
    ),
    event(
        2,
        "Life:Die",
        "قتلى",
        argument("E3-1", "Place", "شركة «أ &amp; ب»"),
        realis=("Specific", "Asserted", "Negative", "Past"),
    ),
    event(3, "Justice:Arrest-Jail", "يُعتقل", realis=("Specific", "Asserted", "Negative", "Past")),
    event(4, "Justice:Trial-Hearing", "يُحاكم", realis=("Specific", "Other", "Positive", "Future")),
)


def apf(*parts):
    return (
        '<?xml version="1.0"?>\n<!DOCTYPE source_file SYSTEM "apf.v5.1.1.dtd">\n'
        '<source_file URI="KHB_ARB_20240503.0001.sgm" SOURCE="newswire" TYPE="text" AUTHOR="LDC" ENCODING="UTF-8">\n'
        f'<document DOCID="KHB_ARB_20240503.0001">{"".join(parts)}</document></source_file>\n'
    )


def folder(tmp_path, *parts, sgm=SGM, stage="adj"):
    path = tmp_path / "nw" / stage
    path.mkdir(parents=True)
    (path / "KHB_ARB_20240503.0001.sgm").write_bytes(sgm.encode())
    (path / "KHB_ARB_20240503.0001.apf.xml").write_text(apf(*parts), encoding="utf-8")
    return tmp_path / "nw"


def test_document_is_read_with_ldc_offsets(tmp_path):
    sentences, faults = read(folder(tmp_path, ENTITIES, *EVENTS), "ace")
    assert [sentence.text for sentence in sentences] == [
        "قَصَفَت 🚨 قوات الفصيل بلدة الكرمة فجر الجمعة.",
        "ونفت شركة «أ & ب» سقوط قتلى بين عمالها.",
        "لم يُعتقل أحد، وسيُحاكم القائد لاحقا",
    ]
    [attack] = sentences[0].events
    assert (attack.type, attack.trigger.text, attack.realis) == ("Conflict:Attack", "قَصَفَت", "Actual")
    assert [(item.role, item.text) for item in attack.arguments] == [
        ("Attacker", "قوات الفصيل"),
        ("Target", "بلدة الكرمة"),
        ("Time-At-Beginning", "فجر الجمعة"),
    ]
    [death] = sentences[1].events
    assert (death.trigger.text, death.realis, death.arguments[0].text) == ("قتلى", "Negated", "شركة «أ & ب»")
    assert [(item.type, item.realis) for item in sentences[2].events] == [
        ("Justice:Arrest-Jail", "Negated"),
        ("Justice:Trial-Hearing", "Planned"),
    ]
    assert sentences[0].id == "KHB_ARB_20240503.0001-1"
    assert [item["type"] for item in sentences[0].extra["entities"]] == [
        "ORG:Non-Governmental",
        "GPE:Population-Center",
        "TIMEX2",
    ]
    assert sentences[2].extra["event_attributes"][1]["MODALITY"] == "Other"
    assert [(fault.place, fault.kind, fault.action) for fault in faults] == [
        ("EV1-1", "misspelt role", "repaired"),
        ("EV1-1", "argument in another sentence", "left out"),
    ]


def test_heads_are_taken_where_asked_for(tmp_path):
    sentences, _ = read(folder(tmp_path, ENTITIES, *EVENTS), "ace", heads=True)
    assert [item.text for item in sentences[0].events[0].arguments] == ["قوات", "بلدة الكرمة", "فجر الجمعة"]


def test_text_outside_paragraphs_is_read_where_an_event_stands_there(tmp_path):
    attack = event(1, "Conflict:Attack", "قصف")
    sentences, _ = read(folder(tmp_path, attack), "ace")
    assert sentences[0].text == "قصف على بلدة الكرمة" and sentences[0].events[0].trigger.text == "قصف"
    assert len(sentences) == 4


@pytest.mark.parametrize(
    ("sgm", "kind"),
    [
        (SGM.replace("\n", "\r\n"), "line ends of Windows"),
        ("\ufeff" + SGM, "byte order mark"),
    ],
)
def test_files_that_were_converted_are_mended(tmp_path, sgm, kind):
    sentences, faults = read(folder(tmp_path, ENTITIES, *EVENTS, sgm=sgm), "ace")
    assert [len(sentence.events) for sentence in sentences] == [1, 1, 2]
    assert kind in {fault.kind for fault in faults}
    assert not [fault for fault in faults if fault.kind == "span that cannot be placed"]


def test_entities_that_count_as_what_they_stand_for_are_mended(tmp_path):
    decoded = UNTAGGED.replace("&amp;", "&")
    late = charseq("قتلى", decoded)
    sentences, faults = read(folder(tmp_path, event(2, "Life:Die", "قتلى").replace(charseq("قتلى"), late)), "ace")
    assert sentences[1].events[0].trigger.text == "قتلى"
    assert [fault.kind for fault in faults] == ["entities counted as what they stand for"]


def test_what_cannot_be_placed_is_left_out_with_file_and_element(tmp_path, capsys):
    broken = event(1, "Conflict:Attack", "قَصَفَت", argument("E9", "Target", "بلدة\nالكرمة").replace("الكرمة", "المجاورة"))
    lost = event(2, "Life:Die", "قتلى").replace(">قتلى<", ">جرحى<")
    relation = '<relation ID="R1"><relation_mention ID="R1-1"/></relation>'
    path = folder(tmp_path, broken, lost, relation)
    code, out, err = convert(capsys, "--from", "ace", "--to", "jsonl", path, tmp_path / "out.jsonl")
    name = path / "adj" / "KHB_ARB_20240503.0001.apf.xml"
    assert code == 3
    assert (
        f"{name}:EV1-1: Target of Conflict:Attack: text[" in err and "which stands nowhere in the text; left out" in err
    )
    assert f"{name}:EV2-1: the mention of Life:Die has no sound trigger; left out" in err
    assert f"{name}:document: 1 relations, which rasd has no place for; not carried" in err
    assert "ACE: 1 documents, 3 sentences, 1 events, 0 entity arguments; no paper's counts" in out


def test_english_counts_stand_beside_those_of_a_paper(tmp_path, capsys):
    text = "<DOC><TEXT>\nRebels attacked Baghdad.\n</TEXT></DOC>"
    plain = re.sub(r"<[^<>]+>", "", text)
    anchor, place = charseq("attacked", plain), charseq("Baghdad", plain)
    mentions = (
        f'<event ID="EV1" TYPE="Conflict" SUBTYPE="Attack"><event_mention ID="EV1-1"><anchor>{anchor}</anchor>'
        f'<event_mention_argument REFID="E1" ROLE="Place"><extent>{place}</extent></event_mention_argument>'
        "</event_mention></event>"
    )
    path = folder(tmp_path, mentions, sgm=text)
    code, out, _ = convert(capsys, "--from", "ace", "--to", "textee", path, tmp_path / "out.json")
    [line] = read_jsonl(tmp_path / "out.json")
    assert code == 0 and line["event_mentions"][0]["arguments"][0]["text"] == "Baghdad"
    assert "TextEE (Huang et al., 2024)" in out
    assert re.search(r"events +1 \| +5,348\n", out) and re.search(r"entity arguments +1 \| +8,097\n", out)


@pytest.mark.parametrize(("last", "other"), [("adj", "fp1"), ("timex2norm", "adj")])
def test_last_stage_of_annotation_is_taken(tmp_path, last, other):
    folder(tmp_path, stage=other)
    path = folder(tmp_path, *EVENTS, stage=last)
    sentences, faults = read(path, "ace")
    assert sum(len(sentence.events) for sentence in sentences) == 4
    assert [fault.reason for fault in faults if fault.kind.startswith("files")] == [
        "1 files of earlier stages of annotation, which rasd has no place for"
    ]


def test_missing_files_are_told(tmp_path, capsys):
    path = folder(tmp_path)
    next(path.rglob("*.apf.xml")).unlink()
    code, _, err = convert(capsys, "--from", "ace", "--to", "jsonl", path, tmp_path / "o.jsonl")
    assert code == 2 and "no annotations KHB_ARB_20240503.0001.apf.xml beside; left out" in err
    (tmp_path / "empty").mkdir()
    with pytest.raises(ReadError, match="none is there"):
        read(tmp_path / "empty", "ace")


@pytest.mark.parametrize(
    ("attributes", "realis"),
    [
        ({"POLARITY": "Positive", "MODALITY": "Asserted", "TENSE": "Past", "GENERICITY": "Specific"}, "Actual"),
        ({"POLARITY": "Positive", "MODALITY": "Asserted", "TENSE": "Unspecified", "GENERICITY": "Specific"}, "Actual"),
        ({"POLARITY": "Negative", "MODALITY": "Other", "TENSE": "Future", "GENERICITY": "Generic"}, "Negated"),
        ({"POLARITY": "Positive", "MODALITY": "Other", "TENSE": "Past", "GENERICITY": "Generic"}, "Planned"),
        ({"POLARITY": "Positive", "MODALITY": "Asserted", "TENSE": "Future", "GENERICITY": "Specific"}, "Planned"),
        ({"POLARITY": "Positive", "MODALITY": "Asserted", "TENSE": "Present", "GENERICITY": "Generic"}, None),
        ({}, None),
    ],
)
def test_realis_is_read_off_the_attributes(attributes, realis):
    assert map_realis(attributes) == realis


@pytest.mark.parametrize(
    ("head", "reason"),
    [
        ('<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>', "declares or uses an XML entity"),
        ('<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]><a>&x;</a>', "declares or uses an XML entity"),
        ('<!DOCTYPE a [<!ENTITY % x SYSTEM "http://127.0.0.1/x">%x;]><a/>', "declares or uses an XML entity"),
        ('<!DOCTYPE a SYSTEM "a.dtd"><a>&x;</a>', "declares or uses an XML entity"),
        ("<a><b></a>", "not well-formed XML"),
        ("<a>" * 200 + "</a>" * 200, "nested more than 100 deep"),
    ],
)
def test_hostile_xml_is_refused(tmp_path, head, reason):
    (tmp_path / "x.xml").write_text(head, encoding="utf-8")
    with pytest.raises(ReadError, match=reason):
        parse_xml(tmp_path / "x.xml")


@pytest.mark.parametrize("encoding", ["no-such", "utf-7"])
def test_xml_of_unknown_encoding_is_refused(tmp_path, encoding):
    path = tmp_path / "d.apf.xml"
    path.write_text(f'<?xml version="1.0" encoding="{encoding}"?><source_file/>', encoding="utf-8")
    with pytest.raises(ReadError, match="encoding that cannot be read"):
        parse_xml(path)
