"""Join stand-off annotations with your own copy of the texts, and write ordinary training files.

    python scripts/rehydrate.py --source PATH [--annotations FILE.jsonl] [--output FILE.jsonl]

--source is a folder with the files of the ANT corpus (github.com/antcorpus/antcorpus.multisource.data), or a table in
UTF-8 with the corpus file in its first column and a paragraph in its last (.tsv, also .xz). A paragraph is one line
inside <TEXT> of a corpus file, runs of white space made one space, stripped. Every paragraph and sentence is checked by
its SHA-256; what is missing or changed is named and left out, never guessed, and where nothing is found nothing is
written. Exit codes: 0 done, 2 bad input, 3 some or all left out.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import lzma
import os
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from rasd.cli.common import check_outputs
from rasd.errors import ConfigError, RasdError, ReadError, summarize_faults
from rasd.files import open_whole
from rasd.formats.jsonl import parse_json, parse_sentence, read_lines
from rasd.ontology import Ontology

ROOT = Path(__file__).resolve().parents[1]
_TEXT = re.compile(r"<TEXT>(.*?)</TEXT>", re.DOTALL)
_CHANGED = "the paragraph is not in the corpus file; its text has changed"
# No sentence is as long, and none begins as far in its paragraph: a wrong number must not fill the memory.
_MAX_OFFSET = 1_000_000
# The keys of the annotations, each with the kind of its value.
_RECORD = dict.fromkeys(("id", "file", "paragraph_sha256", "sentence_sha256"), str)
_RECORD |= {"offset": int, "length": int, "events": list}
_EVENT = {"type": str, "start": int, "end": int, "realis": str, "arguments": list}
_ARGUMENT = {"role": str, "start": int, "end": int}
_KINDS = {str: "text", int: "a whole number", list: "a list"}


def main() -> int:
    """Write the file, name what is left out, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--source", required=True, type=Path, help="folder of the ANT corpus, or a .tsv of paragraphs")
    parser.add_argument("--annotations", type=Path, default=ROOT / "data/conflict_real/annotations.jsonl")
    parser.add_argument("--output", type=Path, default=ROOT / "runs/conflict_real/train.jsonl")
    options = parser.parse_args()
    try:
        return run(options.source, options.annotations, options.output)
    except (RasdError, OSError) as err:
        print(f"rehydrate: {err}", file=sys.stderr)
        return 2


def run(source: Path, annotations: Path, output: Path) -> int:
    """Join the annotations with the source, write what was found, and return the exit code.

    Raises:
        ReadError: If the annotations or the source cannot be read, or a record is at fault.
        ConfigError: If the output cannot be written, or is one of the inputs.
    """
    # As it will be written: no link and no ".." may hide that it is an input.
    output = Path(os.path.realpath(output))
    records = read_annotations(annotations)
    corpus_files = corpus_paths(source, {record["file"] for record in records})
    check_output(output, inputs=[source, annotations, *corpus_files.values()])
    paragraphs, faults = find_paragraphs(source, records)
    lines, left_out = [], []
    for record in records:
        try:
            lines.append(rehydrate(record, paragraphs, faults))
        except ReadError as err:
            left_out.append(f"{record['id']} ({record['file']}): {err}")
    if left_out:
        print(f"rehydrate: {len(left_out)} left out:", summarize_faults(left_out, limit=10), sep="\n", file=sys.stderr)
    if not lines:
        num_wanted = len({record["paragraph_sha256"] for record in records})
        none = "no sentence" if paragraphs else f"none of the {num_wanted} paragraphs"
        print(f"rehydrate: {none} is under {source}; nothing is written", file=sys.stderr)
        return 3
    output.parent.mkdir(parents=True, exist_ok=True)
    with open_whole(output) as file:
        file.writelines(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    print(f"{len(lines)} of {len(records)} sentences written to {output}, {len(left_out)} left out")
    return 3 if left_out else 0


def check_output(output: Path, *, inputs: list[Path]) -> None:
    """Raise ConfigError where an absolute path cannot be written or is an input; folders may be missing, no file."""
    above = next((folder for folder in output.parents if folder.exists()), output)
    if not above.is_dir():
        raise ConfigError(f"cannot write {output}: {above} is a file, not a folder; name another place")
    if above == output.parent:
        check_outputs({"--output": str(output)}, inputs=[str(path.absolute()) for path in inputs])


def read_annotations(path: Path) -> list[dict[str, Any]]:
    """Return the records of an annotation file, each as `check_record` wants it.

    Raises:
        ReadError: If the file cannot be read, has no records, or records are at fault; with file and line.
    """
    ontology = Ontology.load("conflict")
    records: list[dict[str, Any]] = []
    faults: list[str] = []
    seen: dict[str, int] = {}
    for number, line in read_lines(path):
        try:
            record = parse_json(line)
            check_record(record, ontology)
        except ReadError as err:
            faults += [f"{path}:{number}: {fault}" for fault in str(err).split("\n")]
            continue
        if seen.setdefault(record["id"], number) != number:
            faults.append(f"{path}:{number}: id {record['id']!r} stands on line {seen[record['id']]} already")
        records.append(record)
    if faults:
        raise ReadError(summarize_faults(faults))
    if not records:
        raise ReadError(f"{path}: no annotations in the file; expected one JSON object a line")
    return records


def check_record(record: dict[str, Any], ontology: Ontology) -> None:
    """Raise ReadError where a record is at fault, as far as that shows without its text."""
    check_keys(record, _RECORD, "the record")
    for key in ("id", "file"):
        value = record[key]
        if not value or "\0" in value or any("\ud800" <= letter <= "\udfff" for letter in value):
            raise ReadError(f"{key!r} must be text that a file name can hold, got {value!r:.60}")
    for key in ("paragraph_sha256", "sentence_sha256"):
        if not re.fullmatch("[0-9a-f]{64}", record[key]):
            raise ReadError(f"{key!r} must be a SHA-256 of 64 digits 0-9 a-f, got {record[key]!r:.80}")
    if not 0 <= record["offset"] <= _MAX_OFFSET or not 0 < record["length"] <= _MAX_OFFSET:
        raise ReadError(f"no place in a paragraph: offset={record['offset']}, length={record['length']}")
    for i, event in enumerate(record["events"]):
        check_span(event, _EVENT, record["length"], f"events[{i}]")
        for j, argument in enumerate(event["arguments"]):
            check_span(argument, _ARGUMENT, record["length"], f"events[{i}].arguments[{j}]")
    # Any text of this length will do: what is left to check are labels, and events that stand twice.
    parse_sentence(fill(record, "?" * record["length"]), ontology)


def check_span(item: Any, kinds: Mapping[str, type], length: int, where: str) -> None:
    """Raise ReadError where an event or argument has other keys, or lies outside a sentence of this length."""
    check_keys(item, kinds, where)
    if not 0 <= item["start"] < item["end"] <= length:
        raise ReadError(f"{where}: start={item['start']}, end={item['end']} is no span of the sentence's 0-{length}")


def check_keys(item: Any, kinds: Mapping[str, type], where: str) -> None:
    """Raise ReadError where something is no object with exactly these keys and kinds of values."""
    if not isinstance(item, dict) or set(item) != set(kinds):
        got = ", ".join(item) if isinstance(item, dict) else f"{item!r:.60}"
        raise ReadError(f"{where}: expected an object with the keys {', '.join(kinds)}; got {got or 'none'}")
    for key, kind in kinds.items():
        if type(item[key]) is not kind:
            raise ReadError(f"{where}: {key!r} must be {_KINDS[kind]}, got {item[key]!r:.60}")


def find_paragraphs(source: Path, records: list[dict[str, Any]]) -> tuple[dict[str, str], dict[str, str]]:
    """Return the paragraphs that the records name, SHA-256 -> text, and for each corpus file why one may be missing.

    Raises:
        ReadError: If the source is not there, or is a table that is damaged or not UTF-8.
    """
    if not source.is_dir() and not source.is_file():
        raise ReadError(f"no folder or file {str(source)!r}; get the corpus and give its path with --source")
    wanted = {record["paragraph_sha256"] for record in records}
    paragraphs: dict[str, str] = {}
    faults = {record["file"]: "the corpus file is not there" for record in records}
    for name, text, fault in read_folder(source, set(faults)) if source.is_dir() else read_table(source):
        if name in faults:
            faults[name] = fault
        for line in text.split("\n"):
            paragraph = " ".join(line.split())
            if (digest := sha256(paragraph)) in wanted:
                paragraphs[digest] = paragraph
    return paragraphs, faults


def read_folder(folder: Path, names: set[str]) -> Iterator[tuple[str, str, str]]:
    """Yield (corpus file, its lines inside <TEXT>, why a paragraph is not among them) of the named corpus files."""
    for name, path in corpus_paths(folder, names).items():
        try:
            text, fault = decode(path.read_bytes(), "the corpus file"), _CHANGED
        except (OSError, ReadError) as err:
            text, fault = "", str(err)
        yield name, "\n".join(_TEXT.findall(text)), fault


def corpus_paths(folder: Path, names: set[str]) -> dict[str, Path]:
    """Return name -> path of the named corpus files that are in the folder; no name and no link leads out of it."""
    root = Path(os.path.realpath(folder))
    paths = {name: Path(os.path.realpath(root / name)) for name in sorted(names)}
    return {name: path for name, path in paths.items() if root in path.parents and path.is_file()}


def read_table(path: Path) -> Iterator[tuple[str, str, str]]:
    """Yield the same from the rows of a table, a row at a time; rows end at newlines alone."""
    try:
        with lzma.open(path) if path.suffix == ".xz" else open(path, "rb") as file:
            for number, raw in enumerate(file, 1):
                row = decode(raw, f"{path}:{number}")
                yield row.partition("\t")[0], row.rpartition("\t")[2], _CHANGED
    except (OSError, EOFError, lzma.LZMAError) as err:
        raise ReadError(f"cannot read {path}: {err}") from err


def decode(raw: bytes, where: str) -> str:
    """Return text, or raise ReadError with the place of what is not UTF-8."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as err:
        raise ReadError(f"{where} is not UTF-8 ({err.reason} at byte {err.start})") from err


def rehydrate(record: dict[str, Any], paragraphs: Mapping[str, str], faults: Mapping[str, str]) -> dict[str, Any]:
    """Return a record's corpus line, or raise ReadError where its paragraph is missing or its sentence not in it."""
    paragraph = paragraphs.get(record["paragraph_sha256"])
    if paragraph is None:
        raise ReadError(faults[record["file"]])
    text = paragraph[record["offset"] : record["offset"] + record["length"]]
    if len(text) != record["length"] or sha256(text) != record["sentence_sha256"]:
        raise ReadError("the sentence is not at its place in the paragraph")
    return fill(record, text)


def fill(record: dict[str, Any], text: str) -> dict[str, Any]:
    """Return a record as a corpus line over this text."""
    events = []
    for event in record["events"]:
        arguments = [{**item, "text": text[item["start"] : item["end"]]} for item in event["arguments"]]
        events.append({**event, "trigger": text[event["start"] : event["end"]], "arguments": arguments})
    return {"id": record["id"], "text": text, "events": events, "file": record["file"]}


def sha256(text: str) -> str:
    """Return the SHA-256 of a text's UTF-8."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


if __name__ == "__main__":
    sys.exit(main())
