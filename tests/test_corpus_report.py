"""The corpus report on small invented corpora: each requirement, each error, the datasheet, and the comparison."""

from __future__ import annotations

import argparse
import itertools
import json
import lzma
import random
import re
from dataclasses import replace

import _beside
import _corpus as corpus
import _likeness as likeness
import _meta
import corpus_report
import pytest
from _requirements import Requirements, missed_requirements

from rasd.events import Argument, Event, Sentence, Span
from rasd.formats.jsonl import write_sentences
from rasd.ontology import Ontology

ONTOLOGY = Ontology.load("conflict")
TEXT = "دعا المبعوث الأممي أطراف النزاع في البلاد إلى هدنة عاجلة قبل حلول الشتاء"
MARKERS = "# A corpus\n\n<!-- counts -->\n<!-- /counts -->\n\nText.\n\n<!-- agreement -->\n<!-- /agreement -->\n"
SMALL = Requirements(
    sentences={"train": 12, "dev": 2, "test": 2},
    of_type={"all": 1, "dev": 0, "test": 0},
    of_role=1,
    of_region=0,
    of_manner=(2, 8),
    events_a_sentence=(2, 4),
)


def sentence(name, text):
    return Sentence(id=name, text=text, events=())


def invent(number, num_words, types=(), hard_negative=False):
    """Returns a sentence of invented words with an event of each type, three arguments each."""
    letters = random.Random(number)
    words = ["".join(letters.choices("بتجحدرسصطعفقلمنهي", k=5)) for _ in range(num_words)]
    spans = [(6 * place, 6 * place + 5, word) for place, word in enumerate(words)]
    places = iter(spans)
    events = []
    for place, name in enumerate(types):
        start, end, word = next(places)
        roles = ONTOLOGY.roles_of(name)
        arguments = tuple(
            Argument(start=start, end=end, text=word, role=roles[(number + step) % len(roles)])
            for step, (start, end, word) in zip(range(3), places, strict=False)
        )
        realis = ("Actual", "Planned", "Negated")[place % 3]
        trigger = Span(start=start, end=end, text=word)
        events.append(Event(type=name, trigger=trigger, arguments=arguments, realis=realis))
    theme = _meta.load_lists()["theme_of_type"][types[0]] if types else "sport"
    meta = {"theme": theme, "region": "World", "manner": ("agency", "channel")[number % 2], "batch": "A"}
    meta |= {} if types else {"hard_negative": hard_negative}
    return Sentence(id=f"s{number}", text=" ".join(words), events=tuple(events), extra={"meta": meta})


@pytest.fixture
def splits():
    """Returns twelve sentences with three events each, and four without: one of six words and one of sixty."""
    types = itertools.cycle(ONTOLOGY.type_ids)
    full = [invent(number, 26, [next(types) for _ in range(3)]) for number in range(12)]
    empty = [invent(12 + place, num_words, hard_negative=place < 2) for place, num_words in enumerate((6, 60, 26, 26))]
    return {"train": [*full[:10], *empty[:2]], "dev": [full[10], empty[2]], "test": [full[11], empty[3]]}


@pytest.fixture
def folder(splits, tmp_path, monkeypatch):
    """Returns a folder with the small corpus, its datasheet and two annotations, which the report takes for its own."""
    (tmp_path / "agreement").mkdir()
    for name, part in splits.items():
        write_sentences(tmp_path / f"{name}.jsonl", part)
    for name in ("first", "second"):
        write_sentences(tmp_path / "agreement" / f"{name}.jsonl", splits["dev"])
    (tmp_path / "README.md").write_text(MARKERS, encoding="utf-8")
    monkeypatch.setattr(corpus_report, "FOLDER", tmp_path)
    monkeypatch.setattr(corpus_report, "Requirements", lambda: SMALL)
    return tmp_path


def test_small_corpus_misses_no_lowered_requirement(splits):
    assert missed_requirements(splits, ONTOLOGY, SMALL) == []


@pytest.mark.parametrize(
    ("bound", "fault"),
    [
        ({"sentences": {"train": 13}}, r"sentences of train: 12, expected 13 to inf"),
        ({"sentences": {"dev": 3}}, r"sentences of dev: 2, expected 3 to inf"),
        ({"of_type": {"all": 3}}, r"\S+ in all: [12], expected 3 to inf"),
        ({"of_type": {"test": 1}}, r"\S+ in test: 0, expected 1 to inf"),
        ({"of_role": 99}, r"\w+: \d+, expected 99 to inf"),
        ({"of_region": 1}, r"sentences of \w+: 0, expected 1 to inf"),
        ({"of_manner": (3, 8)}, r"manners with 8 sentences: 2, expected 3 to inf"),
        ({"of_manner": (2, 9)}, r"manners with 9 sentences: 0, expected 2 to inf"),
        ({"without_events": (0.3, 0.4)}, r"share without events: 0.25, expected 0.3 to 0.4"),
        ({"without_events": (0.1, 0.2)}, r"share without events: 0.25, expected 0.1 to 0.2"),
        ({"hard_negatives": (0.6, 0.7)}, r"share of hard negatives: 0.5, expected 0.6 to 0.7"),
        ({"hard_negatives": (0.3, 0.4)}, r"share of hard negatives: 0.5, expected 0.3 to 0.4"),
        ({"realis": {"Planned": 0.4}}, r"share of Planned: 0.3333, expected 0.4 to 1"),
        ({"realis": {"Negated": 0.4}}, r"share of Negated: 0.3333, expected 0.4 to 1"),
        ({"mean_words": (28, 30)}, r"mean words: 26.88, expected 28 to 30"),
        ({"mean_words": (20, 24)}, r"mean words: 26.88, expected 20 to 24"),
        ({"shortest": 5}, r"words of the shortest sentence: 6, expected 0 to 5"),
        ({"longest": 61}, r"words of the longest sentence: 60, expected 61 to inf"),
        ({"several_events": 1.1}, r"share with several events: 1, expected 1.1 to 1"),
        ({"events_a_sentence": (3.1, 4)}, r"events a sentence with events: 3, expected 3.1 to 4"),
        ({"events_a_sentence": (2, 2.9)}, r"events a sentence with events: 3, expected 2 to 2.9"),
        ({"arguments_an_event": 3.1}, r"arguments an event: 3, expected 3.1 to inf"),
    ],
)
def test_each_requirement_is_missed_by_itself(splits, bound, fault):
    faults = missed_requirements(splits, ONTOLOGY, replace(SMALL, **bound))
    assert faults and all(re.fullmatch(fault, item) for item in faults), faults


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"region": "Saudi_Arabia"}, "region 'Saudi_Arabia' is none of: Syria, Iraq"),
        ({"region": ["Syria"]}, r"region \['Syria'\] is none of"),
        ({"manner": "police"}, "manner 'police' is none of: agency"),
        ({"theme": "sport"}, "theme 'sport' is none of: airstrike, shelling, clash$"),
        ({"batch": 1}, "batch is 1, expected its name"),
        ({"hard_negative": True}, r"meta has the keys .*'hard_negative'.*, expected \['batch', 'manner'"),
    ],
)
def test_meta_outside_the_closed_lists_is_named(splits, change, fault):
    first = splits["train"][0]
    changed = replace(first, extra={"meta": first.extra["meta"] | change})
    [found] = _meta.meta_faults(changed)
    assert re.match(fault, found)


@pytest.mark.parametrize("value", [None, "yes", 1])
def test_sentence_without_events_says_whether_it_is_a_hard_negative(value):
    item = invent(0, 6)
    item.extra["meta"]["hard_negative"] = value
    [found] = _meta.meta_faults(item)
    assert found == f"hard_negative is {value!r}, expected true or false"


def test_near_duplicates_are_found_whatever_their_marks_and_punctuation():
    sentences = [sentence("a", TEXT), sentence("b", "دَعا المبعوثُ الأممي، أطراف النزاع في البلاد إلى هدنة عاجلة!")]
    sentences += [sentence(str(i), f"جملة أخرى لا تشبه غيرها رقمها {i} {'ابتثجحخد'[i]}" * (i + 1)) for i in range(4)]
    [(share, one, other)] = [pair for pair in likeness.alike_pairs(sentences) if "a" in pair]
    assert (one, other) == ("a", "b") and share >= 0.6


@pytest.mark.parametrize("least", [0.2, 0.5, 0.6, 1.0])
def test_pairs_are_those_of_comparing_all_with_all(least):
    letters = random.Random(1)
    texts = ["".join(letters.choices("ابت", k=letters.randrange(12))) for _ in range(120)]
    grams = [likeness.grams_of(text) for text in texts]
    expected = [
        (len(grams[a] & grams[b]) / len(grams[a] | grams[b]), str(a), str(b))
        for a, b in itertools.combinations(range(len(texts)), 2)
        if len(grams[a] & grams[b]) / len(grams[a] | grams[b]) >= least
    ]
    found = likeness.alike_pairs([sentence(str(i), text) for i, text in enumerate(texts)], least=least)
    assert expected and sorted(found) == sorted(expected)


def test_shared_run_of_eight_words_is_found_in_every_kind_of_file(tmp_path):
    shared = "قبل ذلك دعا المبعوثُ الأممي أطراف النزاع، في البلاد إلى السلام"
    (tmp_path / "a.txt").write_text(shared, encoding="utf-8")
    (tmp_path / "b.jsonl").write_text("\n" + json.dumps({"text": shared}), encoding="utf-8")
    with lzma.open(tmp_path / "c.tsv.xz", "wt", encoding="utf-8") as file:
        file.write(f"x\t{shared}\n")
    (tmp_path / "d.txt").write_text("دعا المبعوث الأممي أطراف النزاع في سوريا إلى", encoding="utf-8")
    (tmp_path / "e.txt").write_text(shared.replace("أطراف النزاع", "#أطراف_النزاع"), encoding="utf-8")
    sentences = [sentence("a", TEXT), sentence("b", "نص لا يشارك غيره شيئا"), sentence("c", TEXT + " القادم")]
    for name in ("a.txt", "b.jsonl", "c.tsv.xz", "e.txt"):
        assert [item.id for item in likeness.shared_runs(sentences, [tmp_path / name])] == ["a", "c"], name
    assert likeness.shared_runs(sentences, [tmp_path / "d.txt"]) == []


def test_report_passes_once_its_tables_are_written(folder, capsys):
    assert corpus_report.main([]) == 1
    assert "README.md has other tables; run with --write" in capsys.readouterr().err
    assert corpus_report.main(["--write"]) == 0
    sheet = (folder / "README.md").read_text(encoding="utf-8")
    assert "| sentences | 12 | 2 | 2 |" in sheet and "Realis (accuracy) | 100.0" in sheet and "\n\nText.\n\n" in sheet
    capsys.readouterr()
    assert corpus_report.main([]) == 0
    out = capsys.readouterr().out
    assert "Greatest likeness of two sentences, within and across parts: below 0.5;" in out
    assert "beside real news: not checked: absent" in out
    assert "share eight words in a row with texts of others: not checked: absent" in out


@pytest.mark.parametrize(
    "sheet",
    [
        MARKERS.replace("<!-- counts -->\n", ""),
        MARKERS.replace("<!-- /agreement -->", ""),
        MARKERS + "<!-- counts -->\n<!-- /counts -->\n",
        MARKERS.replace("<!-- counts -->\n<!-- /counts -->", "<!-- /counts -->\n<!-- counts -->"),
    ],
)
def test_datasheet_needs_exactly_one_pair_of_markers(tmp_path, sheet):
    path = tmp_path / "README.md"
    path.write_text(sheet, encoding="utf-8")
    [fault] = corpus_report.check_sheet(path, {"counts": "a", "agreement": "b"}, write=True)
    assert "needs exactly one <!-- " in fault and path.read_text(encoding="utf-8") == sheet


def test_near_duplicate_and_shared_run_are_faults(folder, splits, capsys):
    twin = replace(splits["train"][11], id="twin")
    write_sentences(folder / "train.jsonl", [*splits["train"], twin])
    (folder / "others.txt").write_text(splits["test"][1].text, encoding="utf-8")
    assert corpus_report.main(["--apart-from", str(folder / "others.txt")]) == 1
    said = capsys.readouterr()
    assert "FAULT s13 and twin are near-duplicates (1.00)" in said.err
    assert "FAULT s15 shares eight words in a row with a text of others" in said.err
    assert "with texts of others: 1\n" in said.out


@pytest.mark.parametrize(
    ("name", "content", "error"),
    [
        ("dev.jsonl", None, "no file"),
        ("dev.jsonl", b"", "dev.jsonl has 0 sentences and no event"),
        ("dev.jsonl", b'{"id": "a", "text": "\xd9\x86"}\n', "'a' has no events layer"),
        ("dev.jsonl", b'{"id": "a", "text": "a", "events": []}\n', "has 1 sentences and no event"),
        ("dev.jsonl", "نص".encode("cp1256"), "dev.jsonl:1: not UTF-8"),
        ("agreement/second.jsonl", b'{"text": "a", "events": []}\n', "the two annotations differ in more than events"),
        ("README.md", None, "No such file"),
    ],
)
def test_unreadable_corpus_ends_with_one_error(folder, capsys, name, content, error):
    if content is None:
        (folder / name).unlink()
    else:
        (folder / name).write_bytes(content)
    assert corpus_report.main([]) == 2
    said = capsys.readouterr().err
    assert said.startswith("corpus_report: ") and error in said


@pytest.mark.parametrize(("change", "error"), [({"extra": {}}, "'s10' has no meta"), ({"id": None}, "has no id")])
def test_line_without_meta_or_id_is_named(folder, splits, capsys, change, error):
    write_sentences(folder / "dev.jsonl", [replace(splits["dev"][0], **change)])
    assert corpus_report.main([]) == 2
    assert error in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "content", "error"),
    [
        ("a.jsonl", b'\n{"text": "a"}\n{"words": "a"}\n', "a.jsonl:3: expected an object with 'text'"),
        ("a.jsonl", b'{"text": "a"\n', "a.jsonl:1: not valid JSON"),
        ("a.txt", "نص".encode("cp1256"), "a.txt:1: not UTF-8"),
        ("a.txt.xz", b"no archive", "a.txt.xz is no whole .xz file"),
    ],
)
def test_unreadable_texts_of_others_end_with_one_error(folder, capsys, name, content, error):
    (folder / name).write_bytes(content)
    assert corpus_report.main(["--apart-from", str(folder / name)]) == 2
    assert error in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "error"),
    [
        (["--apart-from", "{}/none.txt"], "none.txt is not there; name a file"),
        (["--apart-from", "{}"], "is a folder; name a file"),
        (["--real", "{}/none.jsonl"], "none.jsonl is not there; name a file"),
        (["--picture", "{}/a.png"], "give --real too"),
        (["--apart-from"], "expected at least one argument"),
    ],
)
def test_path_that_is_no_file_ends_the_report(folder, capsys, options, error):
    with pytest.raises(SystemExit) as ending:
        corpus_report.main([option.format(folder) for option in options])
    assert ending.value.code == 2 and error in capsys.readouterr().err


def test_real_news_without_events_ends_the_report(folder, capsys):
    write_sentences(folder / "real.jsonl", [Sentence(id="a", text=TEXT)])
    assert corpus_report.main(["--real", str(folder / "real.jsonl")]) == 2
    assert "'a' has no events layer" in capsys.readouterr().err


def test_corpus_is_shown_and_drawn_beside_real_news(folder, capsys):
    options = argparse.Namespace(real=folder / "dev.jsonl", picture=folder / "beside.png")
    corpus_report.show_beside(corpus.read_annotated(folder / "train.jsonl", ONTOLOGY), options, ONTOLOGY)
    assert "| sentences | 12 | 2 |" in capsys.readouterr().out
    assert (folder / "beside.png").read_bytes().startswith(b"\x89PNG")


def test_roles_and_known_words_are_compared(splits):
    rows = _beside.beside(splits["train"], splits["train"][:2], ONTOLOGY).split("\n")
    assert sum(" an event | " in row for row in rows) == 1 + len(ONTOLOGY.role_ids)
    assert rows[-2:] == [
        "| real words that the corpus has |  | 100% |",
        "| real triggers of a type that the corpus has |  | 100% |",
    ]


def test_events_without_arguments_have_no_distance():
    event = Event(type="Civic.Riot", trigger=Span(start=0, end=3, text="شغب"), arguments=(), realis="Actual")
    spread = _beside.spread_of([Sentence(text="شغب", events=(event,))])
    assert spread["words from trigger to argument"] == spread["arguments before their trigger"] == "-"
    assert _beside.spread_of([Sentence(text="شغب", events=())])["triggers that begin with ال"] == "-"


def test_place_of_arguments_and_form_of_triggers_are_counted():
    text = "شرطي جرح في الهجوم على دورية"
    hurt = Argument(role="Target", start=0, end=4, text="شرطي")
    target = Argument(role="Target", start=23, end=28, text="دورية")
    injury = Event(type="Harm.Injury", trigger=Span(start=5, end=8, text="جرح"), arguments=(hurt,), realis="Actual")
    attack = Event(
        type="Attack.ArmedAssault", trigger=Span(start=12, end=18, text="الهجوم"), arguments=(target,), realis="Actual"
    )
    spread = _beside.spread_of([Sentence(text=text, events=(injury, attack))])
    assert spread["arguments before their trigger"] == spread["triggers that begin with ال"] == "50%"


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("short vowels or shadda", "قُتل"),
        ("tanwin", "قتيلاً"),
        ("Arabic-Indic digits", "٣ قتلى"),
        ("Western digits", "3 قتلى"),
        ("quotation marks", "«هدنة»"),
        ("hashtags", "#سوريا"),
        ("brackets", "(رويترز)"),
        ("Levantine months", "في كانون الثاني الماضي"),
        ("Levantine months", "وآذار"),
        ("Gregorian months", "أغسطس"),
        ("Hijri months", "ذي القعدة"),
        ("Hijri months", "شهر رجب"),
    ],
)
def test_form_of_writing_is_counted(form, text):
    shares = _beside.forms_of([Sentence(text=text), Sentence(text="خبر عن رجب طيب أردوغان وآبار النفط")])
    assert {name for name, share in shares.items() if share != "0.0%"} >= {f"sentences with {form}"}
    assert shares[f"sentences with {form}"] == "50.0%"


def test_values_beyond_the_last_bin_count_in_it():
    shares = _beside.shares_in([1, 7, 9, 400], range(0, 12, 5))
    assert shares.tolist() == [0.25, 0.75]
