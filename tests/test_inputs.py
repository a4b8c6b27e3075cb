"""Documents from txt, JSONL and CSV: texts as they stand, faults with file and line."""

from __future__ import annotations

import io
import json
import os

import pytest

from rasd.errors import ConfigError, ReadError
from rasd.events import Document
from rasd.inputs import InputOptions, Reject, find_inputs, read_documents

TEXT = "هَدَمَتِ الجرّافاتُ ســوراً قديماً 🧱 يوم ٣ أيار (بحسب BBC)"


@pytest.fixture
def read(tmp_path):
    """Write bytes or text into a file and read its documents and rejects."""

    def read(name, content, **options):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
        chosen = InputOptions(**options)
        return [item for file in find_inputs([str(path)], chosen) for item in read_documents(file, chosen)]

    return read


@pytest.mark.parametrize("text", [TEXT, "سطر\r\nوسطر\rثم سطر\n\n", "", " \t\n", "\u200fنص\ufeff مع علامات خفية\u2028"])
def test_txt_is_one_document_with_its_line_ends_untouched(read, text):
    assert read("خبر.txt", text) == [Document(text=text, id="خبر")]


def test_lines_gives_a_document_a_line_and_keeps_empty_ones(read):
    documents = read("a.txt", "الأول\r\n\nالثالث\rما زال", is_lined=True)
    assert [(document.id, document.text) for document in documents] == [
        ("a:1", "الأول"),
        ("a:2", ""),
        ("a:3", "الثالث\rما زال"),
    ]


def test_jsonl_carries_id_date_and_kept_fields(read):
    record = {"نص": TEXT, "no": 7, "published": "2024-05-03", "tags": ["هدم", 1], "other": None}
    options = {"text_field": "نص", "id_field": "no", "date_field": "published", "keep_fields": ("tags", "other")}
    (document,) = read("a.jsonl", json.dumps(record) + "\n\n", **options)
    assert document == Document(text=TEXT, id="7", meta={"date": "2024-05-03", "tags": ["هدم", 1], "other": None})


def test_csv_keeps_quoted_line_ends_and_drops_the_mark_of_excel(read):
    rows = '\ufeffid,text,place\r\n,"سطر أول\r\nوقال ""نعم"", ثم مضى",حلب\r\n\r\nb,آخر,\r\n'
    documents = read("a.csv", rows, keep_fields=("place",))
    assert documents == [
        Document(text='سطر أول\r\nوقال "نعم", ثم مضى', id="a:2", meta={"place": "حلب"}),
        Document(text="آخر", id="b", meta={"place": ""}),
    ]


def test_csv_holds_fields_longer_than_the_limit_of_python(read):
    text = "قرية " * 40_000
    assert read("a.csv", f"text\n{text}\n")[0].text == text


def test_standard_input_is_txt_unless_the_format_says_else(monkeypatch):
    def feed(content, **options):
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content.encode())))
        chosen = InputOptions(**options)
        return [item for file in find_inputs(["-"], chosen) for item in read_documents(file, chosen)]

    assert feed(TEXT) == [Document(text=TEXT, id="stdin")]
    assert feed(f"text\n{TEXT}", format="csv") == [Document(text=TEXT, id="stdin:2")]


def test_pipe_is_read_like_a_file(tmp_path):
    reading, writing = os.pipe()
    os.write(writing, TEXT.encode())
    os.close(writing)
    chosen = InputOptions(format="txt")
    (file,) = find_inputs([f"/dev/fd/{reading}"], chosen)
    os.close(reading)
    assert [document.text for document in read_documents(file, chosen)] == [TEXT]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('{"text": "نص"', "not valid JSON: .* expected one object on one line"),
        ("[" * 100_000, "nested too deeply"),
        ('["نص"]', "expected a JSON object"),
        ('{"txt": "نص"}', "no field 'text'; the fields are: txt. Did you mean 'txt'"),
        ('{"text": 12}', "'text' must be text, got 12"),
        ('{"text": "ا\\u0000ب"}', "'text' holds a NUL character"),
        ('{"text": "\\ud83d"}', "half a surrogate pair"),
        ('{"text": "نص", "id": [1]}', r"'id' must be text or a whole number, got \[1\]"),
        ('{"text": "نص", "n": NaN}', "a kept field holds NaN"),
    ],
)
def test_jsonl_record_that_cannot_be_read_is_rejected_alone(read, line, reason):
    before, reject, after = read("a.jsonl", f'{{"text": "قبل"}}\n{line}\n{{"text": "بعد"}}\n', keep_fields=("n",))
    assert isinstance(reject, Reject) and reject.path.endswith("a.jsonl") and reject.line == 2
    with pytest.raises(ReadError, match=reason):
        raise ReadError(reject.reason)
    assert (before.text, after.text) == ("قبل", "بعد")


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("b", "the row has 1 columns, the header 2"),
        ("b,نص,زائد", "the row has 3 columns, the header 2; a field that holds commas"),
        ('b,"نص" زائد', "not valid CSV"),
    ],
)
def test_csv_row_that_cannot_be_read_is_rejected_alone(read, row, reason):
    before, reject, after = read("a.csv", f'id,text\na,"قبل\nهذا"\n{row}\nc,بعد\n')
    assert (reject.line, reject.reason[: len(reason)]) == (4, reason)
    assert (before.id, after.id) == ("a", "c")


def test_csv_with_a_quote_left_open_ends_in_a_reject(read):
    (reject,) = read("a.csv", 'text\n"نص لم يغلق\nوسطر\n')
    assert reject.line == 2 and "unexpected end of data" in reject.reason


@pytest.mark.parametrize(
    ("name", "content", "options", "message"),
    [
        ("a.docx", "نص", {}, r"a.docx has the unknown ending '.docx'; expected .txt, .jsonl, .csv or .parquet"),
        ("a.txt", b"\xef\xbb\xbfx", {}, r"a.txt:1: the file begins with a byte order mark.* tail -c \+4 FILE"),
        ("a.jsonl", "{}\nنص".encode("cp1256"), {}, "a.jsonl:2: not UTF-8 .* iconv -f WINDOWS-1256 -t UTF-8"),
        ("a.txt", "نص".encode("utf-16"), {}, "a.txt:1: not UTF-8 .* iconv -f UTF-16 -t UTF-8"),
        ("a.txt", "سطر\nنص".encode()[:-1], {}, r"a.txt:2: not UTF-8 \(unexpected end of data\)"),
        ("a.csv", "", {}, "a.csv:1: the first line is empty"),
        ("a.csv", '"id"x,text\n', {}, "a.csv:1: the header is not valid CSV"),
        ("a.csv", "id;texte\n", {}, "a.csv:1: no column 'text'; .* separated by commas"),
        ("a.csv", "id,body\n", {}, "are: id, body. Name the column of the text with --text-field"),
        ("a.csv", "text,dat\n", {"date_field": "date"}, "no column 'date'; .* Did you mean 'dat'"),
        ("a.csv", "text,text\n", {}, "the column 'text' stands 2 times"),
    ],
)
def test_file_that_cannot_be_read_as_a_whole_is_refused(read, name, content, options, message):
    with pytest.raises(ReadError, match=message):
        read(name, content, **options)


def test_fault_of_encoding_is_found_far_into_a_file(read):
    with pytest.raises(ReadError, match=r"a\.txt:60001: not UTF-8"):
        read("a.txt", "سطر من النص العربي\n".encode() * 60_000 + b"\xe3\n")


def test_absent_file_and_folder_are_refused(tmp_path):
    with pytest.raises(ReadError, match=r"no file 'none\.txt'"):
        find_inputs(["none.txt"], InputOptions())
    with pytest.raises(ReadError, match=r"is a folder; name its files, such as .*\*\.txt"):
        find_inputs([str(tmp_path)], InputOptions())


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("a.jsonl", {"is_lined": True}, "--lines is for txt, but .* is jsonl"),
        ("a.txt", {"date_field": "day"}, "is txt and has no fields such as 'day'"),
        ("a.jsonl", {"date_field": "day", "keep_fields": ("date",)}, "would both be called 'date'"),
    ],
)
def test_options_that_do_not_go_together_are_refused(read, name, options, message):
    with pytest.raises(ConfigError, match=message):
        read(name, "", **options)


def test_field_that_no_record_has_is_told_once(read, caplog):
    read("a.jsonl", '{"text": "نص"}\n{"text": "نص", "day": 1}\n', date_field="day", keep_fields=("palce",))
    assert [record.getMessage().split(" has ")[1] for record in caplog.records] == ["the field 'palce'"]
