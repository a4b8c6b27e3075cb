"""Uses a checkpoint as somebody does who has transformers and not rasd: `python remote_use.py TEXTS OUT FOLDER ...`.

Run in a process of its own by test_flatten.py; writes what came out as JSON.
"""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path


class NoRasd:
    """Takes rasd away, wherever it is installed."""

    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "rasd":
            raise ModuleNotFoundError(f"{name} is not installed in this test")


def main(texts_path, out_path, folder, *others):
    sys.meta_path.insert(0, NoRasd())
    import torch
    from torch.utils.data import Dataset
    from transformers import AutoConfig, AutoModel, AutoTokenizer, pipeline
    from transformers.utils.logging import disable_progress_bar, set_verbosity_error

    disable_progress_bar()
    set_verbosity_error()
    torch.set_num_threads(1)
    texts = json.loads(Path(texts_path).read_text(encoding="utf-8"))
    pipe = pipeline("event-extraction", model=folder, trust_remote_code=True)

    class Rows(Dataset):  # torch's, without `__iter__`
        def __len__(self):
            return len(few)

        def __getitem__(self, index):
            return {"text": few[index]}

    model, few = pipe.model, texts[:4]
    batch = {
        "input_ids": torch.tensor([[2, 11, 12, 13, 3]]),
        "attention_mask": torch.ones(1, 5, dtype=torch.long),
        "piece_words": torch.tensor([[-1, 0, 0, 1, -1]]),
        "letters": torch.tensor([[[1, 1, 1, 1], [1, 2, 0, 0]]]),
    }

    def score(path):
        loaded = AutoModel.from_pretrained(path, trust_remote_code=True).eval()
        with torch.inference_mode():
            output = loaded(**batch)
        return [output.typing_logits.tolist(), output.trigger_logits.tolist(), output.cut_logits.tolist()]

    result = {
        "list": pipe(texts),
        "one": pipe(few[0]),
        "generator": list(pipe(text for text in few)),
        "dataset": list(pipe(Rows())),
        "rows": list(pipe(iter([{"text": text, "id": i} for i, text in enumerate(few)]))),
        "batch_size": pipe(few, batch_size=1),
        "min_score": pipe(few, min_score=0.9),
        "of_the_pipeline": pipeline("event-extraction", model=folder, trust_remote_code=True, min_score=0.9)(few),
        "empty": pipe([]),
        "errors": {name: error_of(pipe, *call) for name, call in CALLS.items()},
        "config": AutoConfig.from_pretrained(folder, trust_remote_code=True).to_dict(),
        "classes": [type(model).__name__, type(model.config).__name__],
        "pieces": AutoTokenizer.from_pretrained(folder, trust_remote_code=True).backend_tokenizer.to_str(),
        "scores": [score(path) for path in (folder, *others)],
    }
    spec = importlib.util.spec_from_file_location("handler", Path(folder) / "handler.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    handler = module.EndpointHandler(folder)
    result["handler"] = [handler({"inputs": few}), handler({"inputs": few[0], "parameters": {"min_score": 0.9}})]
    result["handler_error"] = error_of(handler, {"inputs": few, "parameters": {"min_score": "high"}})

    saved = Path(out_path).with_name("saved")
    pipe.save_pretrained(saved)
    result["saved"] = pipeline("event-extraction", model=str(saved), trust_remote_code=True)(few)
    result["has_rasd"] = any(name.partition(".")[0] == "rasd" for name in sys.modules)
    Path(out_path).write_text(json.dumps(result), encoding="utf-8")


CALLS = {
    "bytes": ["نص".encode()],
    "number": [3],
    "item": [["نص", None]],
    "surrogate": ["نص \ud800"],
    "mapping": [{"txt": "نص"}],
    "option": ["نص", {"top_k": 3}],
    "score": ["نص", {"min_score": 2}],
    "size": ["نص", {"batch_size": 0}],
}


def error_of(function, inputs, options=None):
    try:
        function(inputs, **(options or {}))
    except (TypeError, ValueError) as err:
        return f"{type(err).__name__}: {err}"
    return "no error"


if __name__ == "__main__":
    main(*sys.argv[1:])
