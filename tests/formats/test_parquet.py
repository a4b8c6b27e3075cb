"""Parquet: documents come back as they were, rows of any table are read, and a missing pyarrow is one clear error."""

from __future__ import annotations

import datetime
import decimal
import json
import sys

import pytest

from rasd.errors import MissingExtraError, ReadError
from rasd.events import Argument, Document, Event, Sentence, Span
from rasd.formats import parquet
from rasd.inputs import InputOptions, Reject, find_inputs, read_documents

TEXT = "قصفت المدفعية قرية النخيل 😀."


@pytest.fixture
def pq():
    pytest.importorskip("pyarrow")
    import pyarrow.parquet

    return pyarrow.parquet


@pytest.fixture
def table(pq, tmp_path):
    """Write columns into a file of small row groups and return its path."""

    def table(name="a.parquet", row_group_size=2, **columns):
        import pyarrow

        pq.write_table(pyarrow.table(columns), tmp_path / name, row_group_size=row_group_size)
        return str(tmp_path / name)

    return table


def documents():
    trigger = Span(start=0, end=4, text="قصفت", score=0.1 + 0.2)
    arguments = (
        Argument(role="Instrument", start=5, end=13, text="المدفعية", score=1.0),
        Argument(role="Target", start=14, end=25, text="قرية النخيل", score=None),
    )
    types = {"Harm.Death": 0.5, "Attack.Shelling": 1 / 3}
    whole = Event(type="Attack.Shelling", trigger=trigger, arguments=arguments, realis="Actual", score=0.3)
    bare = Event(type="Harm.Death", trigger=None, arguments=None, realis=None, score=0.25)
    empty = Event(type="Harm.Death", trigger=trigger, arguments=())
    sentences = (
        Sentence(text=TEXT[:26], events=(whole, bare, empty), types=types),
        Sentence(text=TEXT[26:], start=26, events=()),
        Sentence(text=TEXT[26:], start=26, events=None),
    )
    yield Document(
        text=TEXT, sentences=sentences, id="٧", meta={"date": "2024", "tags": ["أ", {"n": 1.5}], "none": None}
    )
    yield Document(text="", id=None)
    yield Document(text="\0 \u2028", id="x", sentences=())


def test_documents_come_back_as_they_were(pq, tmp_path):
    written = list(documents()) * 200  # more than one batch
    with open(tmp_path / "a.parquet", "wb") as file, parquet.DocumentWriter(file) as writer:
        for document in written:
            writer.write(document)
    read = list(parquet.read_documents(tmp_path / "a.parquet"))
    assert read == written
    assert [document.to_dict() for document in read] == [document.to_dict() for document in written]
    assert list(read[0].sentences[0].types) == ["Harm.Death", "Attack.Shelling"]


def test_no_documents_make_a_readable_file(pq, tmp_path):
    with open(tmp_path / "a.parquet", "wb") as file, parquet.DocumentWriter(file):
        pass
    assert list(parquet.read_documents(tmp_path / "a.parquet")) == []


def test_shown_and_rendered_like_jsonl(pq, run, tmp_path):
    good = next(documents())
    with open(tmp_path / "a.parquet", "wb") as file, parquet.DocumentWriter(file) as writer:
        writer.write(good)
    (tmp_path / "a.jsonl").write_text(json.dumps(good.to_dict()) + "\n")
    assert run("show", tmp_path / "a.parquet") == run("show", tmp_path / "a.jsonl")


def test_rows_are_documents_with_id_date_and_kept_fields(table):
    day, price = datetime.date(2024, 5, 3), decimal.Decimal("1.50")
    path = table(
        text=[TEXT, "", "خبر"], id=["a", None, "ج"], day=[day] * 3, price=[price, None, price], tags=[["x"]] * 3
    )
    options = InputOptions(date_field="day", keep_fields=("price", "tags"))
    [file] = find_inputs([path], options)
    found = list(read_documents(file, options))
    meta = {"date": "2024-05-03", "price": "1.50", "tags": ["x"]}
    assert found == [
        Document(text=TEXT, id="a", meta=meta),
        Document(text="", id="a:2", meta=meta | {"price": None}),
        Document(text="خبر", id="ج", meta=meta),
    ]


def test_row_that_is_no_document_is_rejected_alone(table):
    path = table(text=["قبل", None, "بعد"], blob=[b"", b"", b"x"])
    options = InputOptions(keep_fields=("blob",))
    [file] = find_inputs([path], options)
    assert [item.reason for item in read_documents(file, options) if isinstance(item, Reject)] == [
        "a kept field holds what JSON cannot write: Object of type bytes is not JSON serializable",
        "'text' must be text, got None",
        "a kept field holds what JSON cannot write: Object of type bytes is not JSON serializable",
    ]


def test_row_that_is_not_utf8_is_rejected_alone(pq, table):
    import pyarrow

    texts = pyarrow.array(["قبل".encode(), b"\xe3", "بعد".encode()], pyarrow.binary()).view(pyarrow.string())
    [file] = find_inputs([table(text=texts, row_group_size=3)], InputOptions())
    before, reject, after = read_documents(file, InputOptions())
    assert (before.text, reject.line, after.text) == (
        "قبل",
        2,
        "بعد",
    ) and "the row cannot be read: 'utf-8'" in reject.reason


@pytest.mark.parametrize("skip", range(8))
def test_rows_are_skipped_without_reading_their_groups(table, skip):
    path = table(text=[str(i) for i in range(7)], row_group_size=3)
    assert [number for number, _ in parquet.read_rows(path, ["text"], skip=skip)] == list(range(skip + 1, 8))


def test_what_is_no_such_parquet_is_refused(table, tmp_path):
    with pytest.raises(ReadError, match=r"no column 'body'; the columns are: text, id\."):
        find_inputs([table(text=["x"], id=["y"])], InputOptions(text_field="body"))
    (tmp_path / "b.parquet").write_bytes("نص".encode())
    with pytest.raises(ReadError, match=r"b\.parquet cannot be read as Parquet"):
        find_inputs([str(tmp_path / "b.parquet")], InputOptions())
    with pytest.raises(ReadError, match=r"has no column 'meta'; documents as `rasd predict` writes them"):
        list(parquet.read_documents(table(text=["x"], id=["y"])))


def test_damaged_rows_are_an_error_that_says_where(table):
    path = table(text=["نص" * 500 + str(i) for i in range(600)], row_group_size=300)
    with open(path, "r+b") as file:
        file.seek(8)
        file.write(b"\xff" * 400)
    with pytest.raises(ReadError, match=r"a\.parquet: damaged after row 0: "):
        list(parquet.read_rows(path, ["text"]))


def test_without_pyarrow_the_error_says_how_to_get_it(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    (tmp_path / "a.parquet").write_bytes(b"PAR1")
    with pytest.raises(MissingExtraError, match=r"the extra \[parquet\] brings: pip install pyarrow"):
        find_inputs([str(tmp_path / "a.parquet")], InputOptions())
