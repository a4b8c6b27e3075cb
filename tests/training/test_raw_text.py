"""Raw text on disk: what is read, what is held out, and what is made once."""

from __future__ import annotations

import json

import pytest

from rasd.errors import ConfigError, ReadError
from rasd.files import checksum
from rasd.training.raw_text import is_held_out, prepare_text

LINES = [f"عبرت القافلة رقم {i} الجسر الجديد شرق البلدة، ثم عادت." for i in range(60)]


@pytest.fixture(scope="module")
def encoder(tmp_path_factory):
    from tiny import build_tiny_encoder
    from transformers import AutoTokenizer

    from rasd.encoding import SentenceEncoder
    from rasd.text.normalize import Normalizer, NormalizerConfig

    tokenizer = AutoTokenizer.from_pretrained(build_tiny_encoder(tmp_path_factory.mktemp("tiny")))
    normalizer = Normalizer(NormalizerConfig())
    return SentenceEncoder(
        tokenizer.backend_tokenizer,
        normalizer,
        max_length=64,
        cls_token_id=tokenizer.cls_token_id,
        sep_token_id=tokenizer.sep_token_id,
    )


@pytest.fixture
def prepare(encoder, tmp_path):
    def prepare(*paths, held_out=0.2):
        checksums = {str(path): checksum(path) for path in paths}
        return prepare_text(checksums, encoder, tmp_path / "out", held_out=held_out, special_ids=range(5))

    return prepare


def text_file(folder, lines, name="a.txt"):
    (folder / name).write_bytes("\n".join(lines).encode())
    return folder / name


def sentences(encoder, part):
    return [encoder.tokenizer.decode(row["input_ids"]).replace(" ##", "") for row in part.open()]


def test_each_line_is_on_one_side_wherever_it_stands(prepare, encoder, tmp_path):
    text = prepare(text_file(tmp_path, LINES))
    held_out = set(sentences(encoder, text.held_out))
    assert text.train.lines + text.held_out.lines == 60 and 3 < len(held_out) < 25
    # The order, repetitions, marks and blank lines change nothing.
    others = [*reversed(LINES), "", *(line.replace("عبرت", "عَبَرَت") for line in LINES[:30]), " "]
    text = prepare(text_file(tmp_path, others, "b.txt"))
    assert set(sentences(encoder, text.held_out)) == held_out
    assert not held_out & set(sentences(encoder, text.train))
    assert text.train.lines + text.held_out.lines == 90


def test_greater_share_holds_out_more_of_the_same():
    few, many = ({line for line in LINES if is_held_out(line, share)} for share in (0.1, 0.4))
    assert few < many
    # Fixed for ever: a run of another day must measure on the same lines.
    assert [i for i, line in enumerate(LINES[:20]) if is_held_out(line, 0.2)] == [10, 12, 14, 15]


def test_windows_hold_all_pieces_of_long_lines(prepare, encoder, tmp_path):
    long = " ".join(LINES[:5])
    text = prepare(text_file(tmp_path, [*LINES, long]))
    part = text.held_out if is_held_out(long, 0.2) else text.train
    assert part.windows > part.lines and max(part.open()["length"]) <= 64
    last = [piece for row in [*part.open()][part.lines - 1 :] for piece in row["input_ids"][1:-1]]
    assert last == encoder.tokenizer.encode(long, add_special_tokens=False).ids
    assert part.pieces == sum(part.open()["length"])


def test_jsonl_and_csv_give_the_lines_of_their_texts(prepare, encoder, tmp_path):
    text_file(
        tmp_path,
        [json.dumps({"text": f"{one}\n{two}"}) for one, two in zip(LINES[:30], LINES[30:], strict=True)],
        "a.jsonl",
    )
    text_file(tmp_path, ["text", *(f'"{line}"' for line in LINES)], "a.csv")
    counts = []
    for name in ("a.jsonl", "a.csv"):
        text = prepare(tmp_path / name)
        counts.append((text.train.lines, text.held_out.lines, text.train.pieces))
    assert counts[0] == counts[1] and sum(counts[0][:2]) == 60


def test_bad_records_are_left_out_and_counted(prepare, tmp_path, caplog):
    path = text_file(tmp_path, ['{"text": 3}', *(json.dumps({"text": line}) for line in LINES), "{"], "a.jsonl")
    text = prepare(path)
    assert text.rejected == 2 and text.train.lines + text.held_out.lines == 60
    assert "a.jsonl:1: 'text' must be text, got 3" in caplog.text and "2 records of" in caplog.text


def test_file_that_is_not_utf_8_is_refused_whole(prepare, tmp_path):
    (tmp_path / "a.txt").write_bytes("عاد".encode("windows-1256"))
    with pytest.raises(ReadError, match=r"a\.txt:1: not UTF-8"):
        prepare(tmp_path / "a.txt")


def test_text_is_cut_once(prepare, tmp_path, monkeypatch):
    path = text_file(tmp_path, LINES)
    first = prepare(path)
    path = path.rename(tmp_path / "moved.txt")
    monkeypatch.setattr("rasd.training.raw_text.make_windows", lambda *_: pytest.fail("cut again"))
    assert prepare(path) == first
    with pytest.raises(pytest.fail.Exception, match="cut again"):
        prepare(path, held_out=0.3)


def test_half_written_windows_are_made_again(prepare, tmp_path, monkeypatch):
    path = text_file(tmp_path, LINES)
    first = prepare(path)

    def stop(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr("rasd.training.raw_text.make_windows", stop)
        prepare(path, held_out=0.3)
    assert prepare(path) == first and len(first.train.open()) == first.train.windows


@pytest.mark.parametrize(
    ("lines", "message"),
    [([" ", ""], "no line to train on"), (["لا أنباء."], r"data\.held_out = 0\.2: none of the 1 lines")],
)
def test_too_little_text_is_told(prepare, tmp_path, lines, message):
    with pytest.raises(ConfigError, match=message):
        prepare(text_file(tmp_path, lines))


def test_batches_of_lines_are_one_text(prepare, encoder, tmp_path, monkeypatch, caplog):
    caplog.set_level("INFO")
    path = text_file(tmp_path, LINES)
    whole = sentences(encoder, prepare(path).train)
    (tmp_path / "out" / "text.json").unlink()
    monkeypatch.setattr("rasd.training.raw_text._BATCH_LINES", 7)
    monkeypatch.setattr("rasd.training.raw_text._TOLD_LINES", 14)
    assert sentences(encoder, prepare(path).train) == whole
    assert [record.args for record in caplog.records] == [("14",), ("28",), ("42",), ("56",)]
