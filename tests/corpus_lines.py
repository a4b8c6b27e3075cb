"""A small annotated sentence, and JSON lines in and out, for the tests of the command line."""

from __future__ import annotations

import json
from pathlib import Path

TEXT = "أوقفت الشرطة سائقاً عند الحاجز."
ARREST = {
    "type": "Coerce.Arrest",
    "trigger": "أوقفت",
    "start": 0,
    "end": 5,
    "realis": "Actual",
    "arguments": [{"role": "Agent", "text": "الشرطة", "start": 6, "end": 12}],
}


def write(path, *records):
    path.write_text("".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records), encoding="utf-8")
    return str(path)


def read(path):
    return [json.loads(line) for line in Path(path).read_text(encoding="utf-8").splitlines()]


def shards_of(folder):
    """Return the bytes of each shard in a folder, by name."""
    return {path.name: path.read_bytes() for path in sorted(folder.glob("part-*"))}
