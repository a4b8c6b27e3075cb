"""`rasd export`: a checkpoint as ONNX graphs, which predict without torch."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from rasd.errors import ReadError

if TYPE_CHECKING:
    from rasd.inference.parity import Parity


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "export",
        allow_abbrev=False,
        help="write a checkpoint as ONNX graphs",
        description="Write a checkpoint as ONNX graphs, and keep them only if they find what it finds under torch.",
    )
    parser.add_argument("--model", required=True, metavar="DIR_OR_ID", help="checkpoint: a folder or a Hub id")
    parser.add_argument("--revision", help="branch, tag or commit of a Hub id")
    parser.add_argument("--offline", action="store_true", help="take a Hub id from the cache and ask no network")
    parser.add_argument(
        "--output", required=True, metavar="DIR", help="new folder, or the checkpoint's own, to hold both forms"
    )
    parser.add_argument("--precision", choices=("fp32", "int8"), default="fp32", help="numbers to compute with [fp32]")
    parser.add_argument(
        "--check", metavar="FILE", help="txt, jsonl or csv: texts to compare on [sentences that come with rasd]"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Export and print how far the graphs agree with torch."""
    texts = None if args.check is None else _read_texts(args.check)
    from rasd.inference.export import export_checkpoint

    parity = export_checkpoint(
        args.model,
        args.output,
        precision=args.precision,
        texts=texts,
        revision=args.revision,
        local_files_only=args.offline,
    )
    print(f"{args.output}: {args.precision} graphs\n{format_parity(parity)}")
    return 0


def format_parity(parity: Parity) -> str:
    """Return how far predictions agree, as lines of text."""
    expected = f"{parity.num_events} events and {parity.num_arguments} arguments in {parity.num_sentences} sentences"
    scores = (("Typing", parity.typing), ("Tri-C", parity.tri_c), ("Arg-C", parity.arg_c))
    against = ", ".join(f"{name} {100 * score:.1f}" for name, score in scores if score is not None)
    same = f"in all but {parity.num_changed} sentences" if parity.num_changed else "in every sentence"
    return (
        f"compared with torch in fp32 on {expected}:\n"
        f"the same events {same}, scores there within {parity.max_score_change:.4f}; {against}"
    )


def _read_texts(path: str) -> list[str]:
    """Return the texts of a file; each must be readable.

    Raises:
        ReadError: If the file or a record of it cannot be read, or it has none.
    """
    from rasd.inputs import InputOptions, Reject, find_inputs, read_documents

    texts = []
    for file in find_inputs([path], InputOptions()):
        for item in read_documents(file, InputOptions()):
            if isinstance(item, Reject):
                raise ReadError(f"{item.path}:{item.line}: {item.reason}")
            texts.append(item.text)
    if not texts:
        raise ReadError(f"{path} has no texts")
    return texts
