"""Join stand-off annotations with your own copy of the texts, and write ordinary training files.

    python scripts/rehydrate.py --source PATH [--annotations FILE.jsonl] [--output FILE.jsonl]

--source is a folder with the files of the ANT corpus (github.com/antcorpus/antcorpus.multisource.data), or a table with
the corpus file in its first column and a paragraph in its last (.tsv, also .xz). A paragraph is one line inside <TEXT>
of a corpus file, runs of white space made one space, stripped. Every paragraph and sentence is checked by its SHA-256;
what is missing or changed is named and left out, never guessed. Exit codes: 0 done, 2 bad input, 3 some left out.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import lzma
import re
import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from rasd.errors import RasdError, ReadError
from rasd.files import open_whole
from rasd.formats.jsonl import parse_json, parse_sentence, read_lines

ROOT = Path(__file__).resolve().parents[1]
_TEXT = re.compile(r"<TEXT>(.*?)</TEXT>", re.DOTALL)


def main() -> int:
    """Write the file and name what is left out."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--source", required=True, type=Path, help="folder of the ANT corpus, or a .tsv of paragraphs")
    parser.add_argument("--annotations", type=Path, default=ROOT / "data/conflict_real/annotations.jsonl")
    parser.add_argument("--output", type=Path, default=ROOT / "runs/conflict_real/train.jsonl")
    options = parser.parse_args()
    try:
        annotations = [parse_json(line) for _, line in read_lines(options.annotations)]
        paragraphs = find_paragraphs(options.source, annotations)
    except RasdError as err:
        print(f"rehydrate: {err}", file=sys.stderr)
        return 2
    left_out = 0
    options.output.parent.mkdir(parents=True, exist_ok=True)
    with open_whole(options.output) as file:
        for record in annotations:
            try:
                file.write(json.dumps(rehydrate(record, paragraphs), ensure_ascii=False) + "\n")
            except ReadError as err:
                left_out += 1
                print(f"rehydrate: {record['id']} ({record['file']}): {err}", file=sys.stderr)
    print(f"{len(annotations) - left_out} sentences written to {options.output}, {left_out} left out")
    return 3 if left_out else 0


def find_paragraphs(source: Path, annotations: list[dict]) -> dict[str, str]:
    """Return the paragraphs that the annotations name: SHA-256 -> text.

    Raises:
        ReadError: If the source is not there.
    """
    wanted = {record["paragraph_sha256"] for record in annotations}
    if source.is_dir():
        texts = read_folder(source, {record["file"] for record in annotations})
    elif source.is_file():
        texts = read_table(source)
    else:
        raise ReadError(f"no folder or file {str(source)!r}; get the corpus and give its path with --source")
    found = ((sha256(text), text) for text in texts)
    return {digest: text for digest, text in found if digest in wanted}


def read_folder(folder: Path, names: set[str]) -> Iterator[str]:
    """Yield the paragraphs of the named corpus files that are in the folder."""
    root = folder.resolve()
    for name in sorted(names):
        path = (root / name).resolve()
        if root in path.parents and path.is_file():
            for body in _TEXT.findall(path.read_text(encoding="utf-8", errors="replace")):
                yield from (" ".join(line.split()) for line in body.splitlines())


def read_table(path: Path) -> Iterator[str]:
    """Yield the last column of a table."""
    with lzma.open(path, "rt", encoding="utf-8") if path.suffix == ".xz" else open(path, encoding="utf-8") as file:
        for line in file:
            yield line.rstrip("\n").rpartition("\t")[2]


def rehydrate(record: dict, paragraphs: dict[str, str]) -> dict:
    """Return a corpus line with its text and the words of its spans.

    Raises:
        ReadError: If the paragraph is missing, or the sentence in it is not the one that was annotated.
    """
    paragraph = paragraphs.get(record["paragraph_sha256"])
    if paragraph is None:
        raise ReadError("the paragraph is missing, or its text has changed")
    text = paragraph[record["offset"] : record["offset"] + record["length"]]
    if sha256(text) != record["sentence_sha256"]:
        raise ReadError("the sentence is not at its place in the paragraph")
    events = []
    for event in record["events"]:
        arguments = [{**item, "text": text[item["start"] : item["end"]]} for item in event["arguments"]]
        events.append({**event, "trigger": text[event["start"] : event["end"]], "arguments": arguments})
    line = {"id": record["id"], "text": text, "events": events, "file": record["file"]}
    parse_sentence(line)
    return line


def sha256(text: str) -> str:
    """Return the SHA-256 of a text's UTF-8."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


if __name__ == "__main__":
    sys.exit(main())
