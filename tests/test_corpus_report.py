"""The checks of the corpus report, on small corpora with a known fault each."""

from __future__ import annotations

import json
import lzma

import _corpus as corpus

from rasd import Sentence

TEXT = "دعا المبعوث الأممي أطراف النزاع في البلاد إلى هدنة عاجلة قبل حلول الشتاء"


def sentence(name, text):
    return Sentence(id=name, text=text, events=(), extra={"meta": {"region": "x", "manner": "agency"}})


def test_near_duplicates_are_found_whatever_their_marks_and_punctuation():
    sentences = [sentence("a", TEXT), sentence("b", "دَعا المبعوثُ الأممي، أطراف النزاع في البلاد إلى هدنة عاجلة!")]
    sentences += [sentence(str(i), f"جملة أخرى لا تشبه غيرها رقمها {i} {'ابتثجحخد'[i]}" * (i + 1)) for i in range(4)]
    [(one, other, share)] = [pair for pair in corpus.near_duplicates(sentences) if "a" in pair]
    assert (one, other) == ("a", "b") and share >= 0.6


def test_shared_run_of_eight_words_is_found_in_every_kind_of_file(tmp_path):
    shared = "قبل ذلك دعا المبعوثُ الأممي أطراف النزاع، في البلاد إلى السلام"
    (tmp_path / "a.txt").write_text(shared, encoding="utf-8")
    (tmp_path / "b.jsonl").write_text(json.dumps({"text": shared}), encoding="utf-8")
    with lzma.open(tmp_path / "c.tsv.xz", "wt", encoding="utf-8") as file:
        file.write(f"x\t{shared}\n")
    (tmp_path / "d.txt").write_text("دعا المبعوث الأممي أطراف النزاع في سوريا إلى", encoding="utf-8")
    sentences = [sentence("a", TEXT), sentence("b", "نص لا يشارك غيره شيئا")]
    for name, found in (("a.txt", ["a"]), ("b.jsonl", ["a"]), ("c.tsv.xz", ["a"]), ("d.txt", [])):
        assert [item.id for item in corpus.shared_runs(sentences, [tmp_path / name])] == found
