"""`rasd evaluate`: the scores of a checkpoint on a corpus file."""

from __future__ import annotations

import argparse
import hashlib
import json
from pathlib import Path

from rasd import __version__
from rasd.cli.common import add_min_score_argument, add_model_arguments, check_outputs, load_extractor, open_output
from rasd.errors import OntologyError, ReadError


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "evaluate",
        allow_abbrev=False,
        help="score a checkpoint on annotated sentences",
        description="Predict the sentences of a corpus file and score the events against its own.",
    )
    add_model_arguments(parser)
    parser.add_argument("--data", required=True, metavar="FILE.jsonl", help="annotated sentences")
    parser.add_argument("--output", metavar="FILE.json", help="scores as JSON, with what they are of")
    parser.add_argument(
        "--predictions", metavar="FILE.jsonl", help="the predicted events, for `rasd show` and `render`"
    )
    parser.add_argument("--details", action="store_true", help="also print the scores of each event type and role")
    add_min_score_argument(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Evaluate and print the scores."""
    from rasd.formats.jsonl import read_sentences

    check_outputs({"--output": args.output, "--predictions": args.predictions}, inputs=[args.data])
    if all(sentence.events is None for sentence in read_sentences(args.data)):
        raise ReadError(f"{args.data} has no annotated sentences; each needs 'events', [] where there are none")
    extractor = load_extractor(
        args.model,
        device=args.device,
        revision=args.revision,
        local_files_only=args.offline,
        backend=args.backend,
        dtype=args.dtype,
    )
    ontology = extractor.ontology
    try:
        gold = read_sentences(args.data, ontology)
    except ReadError as err:
        raise OntologyError(f"{args.data} does not fit the ontology {ontology.name!r} of {args.model}:\n{err}") from err
    from rasd.evaluation import evaluate
    from rasd.events import Document
    from rasd.metrics import format_table

    scores, predicted = evaluate(extractor, gold, min_score=args.min_score)
    print(format_table(scores, by_type=args.details, by_role=args.details))
    if args.predictions is not None:
        with open_output(args.predictions) as file:
            for sentence in predicted:
                document = Document(text=sentence.text, sentences=(sentence,), id=sentence.id)
                file.write(json.dumps(document.to_dict(), ensure_ascii=False) + "\n")
    if args.output is not None:
        record = {
            "checkpoint": args.model,
            "revision": args.revision,
            "backend": extractor.engine.backend.name,
            "dtype": extractor.engine.backend.dtype,
            "data": args.data,
            "data_sha256": hashlib.sha256(Path(args.data).read_bytes()).hexdigest(),
            "min_score": args.min_score,
            "rasd": __version__,
        }
        with open_output(args.output) as file:
            file.write(json.dumps(record | scores.to_dict(), ensure_ascii=False, indent=2) + "\n")
    return 0
