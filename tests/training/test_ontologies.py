"""Training under every packaged ontology that is not the project's own, by naming it in the configuration."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from rasd.ontology import Ontology

ROOT = Path(__file__).resolve().parents[2]

# (type, trigger, realis, arguments) of made-up sentences.
SENTENCES = {
    "ace2005": [
        (
            "هاجم مسلحون حافلة للعمال قرب وادي الزيتون فجر الأحد.",
            [
                (
                    "Conflict:Attack",
                    "هاجم",
                    "Actual",
                    [("Attacker", "مسلحون"), ("Target", "حافلة"), ("Time-Within", "فجر الأحد")],
                )
            ],
        ),
        (
            "يلتقي الوزيران في عاصمة الشمال الأسبوع المقبل.",
            [("Contact:Meet", "يلتقي", "Planned", [("Entity", "الوزيران"), ("Place", "عاصمة الشمال")])],
        ),
        (
            "لم تحكم المحكمة على التاجر بالسجن.",
            [("Justice:Sentence", "تحكم", "Negated", [("Adjudicator", "المحكمة"), ("Defendant", "التاجر")])],
        ),
        ("كان الطقس صحواً طوال اليوم.", []),
    ],
    "wojood_hadath": [
        (
            "شارك نادي المنارة في مهرجان الزيتون في بلدة السنديان يوم الجمعة.",
            [
                (
                    "EVENT",
                    "مهرجان الزيتون",
                    None,
                    [("agent", "نادي المنارة"), ("location", "بلدة السنديان"), ("happened at", "يوم الجمعة")],
                )
            ],
        ),
        ("لا أحد في الساحة.", []),
    ],
    "gsr": [
        (
            "خطف مسلحون تاجراً من داره.",
            [("ASSAULT", "خطف", None, [("source_actor", "مسلحون"), ("target_actor", "تاجراً")])],
        ),
        ("اعتصم عمال المصنع ضد الإدارة.", [("PROTEST", "اعتصم", None, [("source_actor", "عمال المصنع")])]),
        ("عاد الهدوء إلى السوق.", []),
    ],
}


def make_line(number, text, events):
    def span(words):
        start = text.index(words)
        return {"start": start, "end": start + len(words)}

    records = [
        {"type": name, "trigger": trigger, **span(trigger), **({} if realis is None else {"realis": realis})}
        | {"arguments": [{"role": role, "text": words, **span(words)} for role, words in arguments]}
        for name, trigger, realis, arguments in events
    ]
    return {"id": f"s{number}", "text": text, "events": records}


def write_corpus(path, name):
    lines = [make_line(i, text, events) for i, (text, events) in enumerate(SENTENCES[name])]
    path.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")
    return path


@pytest.mark.parametrize("name", sorted(SENTENCES))
def test_made_up_sentences_are_valid_under_their_ontology(name, run, tmp_path):
    code, _, err = run("validate", write_corpus(tmp_path / "corpus.jsonl", name), "--ontology", name)
    assert (code, err) == (0, "")


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(SENTENCES))
def test_named_in_the_configuration_it_is_what_the_checkpoint_finds(name, tmp_path):
    from tiny import build_tiny_encoder

    import rasd

    build_tiny_encoder(tmp_path / "encoder")
    corpus = write_corpus(tmp_path / "corpus.jsonl", name)
    settings = {
        "data.ontology": name,
        "data.train": corpus,
        "data.dev": corpus,
        "model.encoder": tmp_path / "encoder",
        "output_dir": tmp_path / "run",
        "trainer.num_train_epochs": 3,
    }
    done = subprocess.run(
        [sys.executable, "train/train.py", "--config", "configs/smoke.yaml"]
        + [f"{key}={value}" for key, value in settings.items()],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    extractor = rasd.load(str(tmp_path / "run"), device="cpu")
    assert extractor.ontology == Ontology.load(name)
    found = extractor.predict([SENTENCES[name][0][0]])[0].events
    assert all(event.type in extractor.ontology.type_ids for event in found)
