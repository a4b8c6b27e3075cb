"""`rasd evaluate`: the scores of a checkpoint on a corpus file."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rasd import __version__
from rasd.cli.common import add_min_score_argument, add_model_arguments, check_outputs, load_extractor, open_output
from rasd.errors import ConfigError, OntologyError, ReadError
from rasd.files import checksum

if TYPE_CHECKING:
    from rasd.inference.extractor import EventExtractor
    from rasd.metrics import Scores

# Keys of `rasd.scorebook.SETS`, which is loaded only when it is needed.
_SETS = ("test", "real")


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
    parser.add_argument(
        "--record",
        choices=_SETS,
        help="keep the scores in scores.json of the checkpoint's folder, for its card: those of the corpus's test "
        "part, or of real news",
    )
    parser.add_argument("--about", metavar="TEXT", help="what the sentences are, for the card; with --record")
    parser.add_argument("--details", action="store_true", help="also print the scores of each event type and role")
    add_min_score_argument(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Evaluate and print the scores."""
    from rasd.formats.jsonl import read_sentences

    check_outputs({"--output": args.output, "--predictions": args.predictions}, inputs=[args.data])
    _check_record(args)
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
    if args.record is not None and extractor.engine.backend.name != "torch":
        raise ConfigError("--record keeps the scores of the weights, and graphs may find other events: --backend torch")
    ontology = extractor.ontology
    try:
        gold = read_sentences(args.data, ontology)
    except ReadError as err:
        raise OntologyError(f"{args.data} does not fit the ontology {ontology.name!r} of {args.model}:\n{err}") from err
    from rasd.evaluation import evaluate
    from rasd.events import Document
    from rasd.label_intervals import add_label_intervals
    from rasd.metrics import format_table

    clock = _choose_clock(extractor)
    started = clock()
    scores, predicted = evaluate(extractor, gold, min_score=args.min_score)
    seconds = clock() - started
    print(format_table(scores, by_type=args.details, by_role=args.details))
    if args.predictions is not None:
        with open_output(args.predictions) as file:
            for sentence in predicted:
                document = Document(text=sentence.text, sentences=(sentence,), id=sentence.id)
                file.write(json.dumps(document.to_dict(), ensure_ascii=False) + "\n")
    if args.output is not None:
        record = {"checkpoint": args.model, "revision": args.revision, "data": args.data, **_origin(args, extractor)}
        with open_output(args.output) as file:
            file.write(json.dumps(record | scores.to_dict(), ensure_ascii=False, indent=2) + "\n")
    if args.record is not None:
        _record(args, extractor, add_label_intervals(scores, gold, predicted), seconds)
    return 0


def _check_record(args: argparse.Namespace) -> None:
    """Check that scores can be kept beside the checkpoint, before work is put into them."""
    if args.about is not None and args.record is None:
        raise ConfigError("--about says what recorded scores are of; give --record test or --record real with it")
    if args.record is None:
        return
    if not Path(args.model).is_dir():
        raise ConfigError(
            f"--record writes into the checkpoint's folder, and {args.model!r} is none; download it first"
        )
    if args.min_score:
        raise ConfigError("--record keeps the scores of everything that is predicted; leave --min-score out")


def _choose_clock(extractor: EventExtractor) -> Callable[[], float]:
    """Return what tells how long predicting took: for one thread of a CPU its own time, whatever else runs there."""
    from rasd.inference.threads import count_threads

    is_alone = _device_of(extractor) == "cpu" and count_threads() == 1
    return time.process_time if is_alone else time.perf_counter


def _device_of(extractor: EventExtractor) -> str:
    """Return the device's name; ONNX graphs run on the CPU."""
    return str(getattr(extractor.engine.backend, "device", "cpu"))


def _origin(args: argparse.Namespace, extractor: EventExtractor) -> dict[str, Any]:
    """Return what the scores are of, but for the names of checkpoint and data."""
    backend = extractor.engine.backend
    return {
        "backend": backend.name,
        "dtype": backend.dtype,
        "data_sha256": checksum(args.data),
        "min_score": args.min_score,
        "rasd": __version__,
    }


def _record(args: argparse.Namespace, extractor: EventExtractor, scores: Scores, seconds: float) -> None:
    """Keep the scores in the checkpoint's folder."""
    from rasd.scorebook import SCORES_FILE, name_hardware, name_of_data, record_scores

    speed = {
        "sentences_per_second": round((scores.num_sentences + scores.num_left_out) / seconds, 2),
        "hardware": name_hardware(_device_of(extractor)),
    }
    origin = {"data": name_of_data(args.data), "about": args.about, **_origin(args, extractor), "speed": speed}
    are_gone = record_scores(Path(args.model), args.record, origin | scores.to_dict())
    print(f"kept in {Path(args.model) / SCORES_FILE} as {args.record!r}", file=sys.stderr)
    if are_gone:
        print("earlier scores there were of another state of the checkpoint, and are removed", file=sys.stderr)
