"""Runs the Python of a published card as its readers do: `python three_ways.py CARD TEXTS OUT WAY`.

Run in a process of its own by test_three_ways.py. The code is the card's, word for word; what the objects that it made
find in the texts is written as JSON.
"""

from __future__ import annotations

import importlib.util
import json
import re
import sys
from pathlib import Path

from remote_use import NoRasd


def main(card_path, texts_path, out_path, way):
    if way != "rasd":
        sys.meta_path.insert(0, NoRasd())
    import torch

    torch.set_num_threads(1)
    texts = json.loads(Path(texts_path).read_text(encoding="utf-8"))
    blocks = re.findall(r"```python\n(.*?)```", Path(card_path).read_text(encoding="utf-8"), re.S)
    code = next(block for block in blocks if block.startswith(STARTS[way]))
    made = {}
    exec(compile(code, "card", "exec"), made)
    found = FIND[way](made, texts)
    has_rasd = any(name.partition(".")[0] == "rasd" for name in sys.modules)
    Path(out_path).write_text(json.dumps({"found": found, "has_rasd": has_rasd}), encoding="utf-8")


def find_with_handler(made, texts):
    """The endpoint serves a folder of the repository, as the Hub's machines do; and the network of the card runs."""
    from huggingface_hub import snapshot_download

    folder = snapshot_download(made["model"].config._name_or_path)
    spec = importlib.util.spec_from_file_location("handler", Path(folder) / "handler.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    handler = module.EndpointHandler(folder)
    mine, theirs = made["model"].state_dict(), handler.pipeline.model.state_dict()
    assert mine.keys() == theirs.keys() and all((mine[name] == theirs[name]).all() for name in mine)
    return handler({"inputs": texts})


STARTS = {
    "rasd": "import rasd\n",
    "pipeline": "from transformers import pipeline\n",
    "model": "from transformers import AutoConfig",
}
FIND = {
    "rasd": lambda made, texts: [document.to_dict() for document in made["extractor"].predict(texts)],
    "pipeline": lambda made, texts: made["extract"](texts),
    "model": find_with_handler,
}

if __name__ == "__main__":
    main(*sys.argv[1:])
