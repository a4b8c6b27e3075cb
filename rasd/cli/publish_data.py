"""`rasd publish-data`: a corpus becomes a data-set repository of the Hugging Face Hub."""

from __future__ import annotations

import argparse

from rasd.cli.common import naming_missing_packages
from rasd.cli.publish import add_target_arguments, carry_out
from rasd.errors import HubUnreachableError


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "publish-data",
        allow_abbrev=False,
        help="put a corpus on the Hugging Face Hub",
        description="Check a corpus, show what will go up, and push it with its card in one commit. The token is that "
        "of `hf auth login`, or HF_TOKEN.",
    )
    parser.add_argument(
        "--data", default="data/conflict", metavar="DIR", help="folder of train.jsonl, dev.jsonl, ... [data/conflict]"
    )
    parser.add_argument("--ontology", default="conflict", metavar="NAME_OR_FILE", help="its ontology [conflict]")
    add_target_arguments(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Publish a corpus."""
    with naming_missing_packages():
        from huggingface_hub import HfApi

        from rasd.hub.corpus import check_corpus, list_corpus_files, plan_corpus
        from rasd.hub.pushing import Target, show_size

    target = Target(repo_id=args.repo_id, kind="dataset", private=args.private, revision=args.revision, tag=args.tag)
    corpus = check_corpus(args.data, args.ontology)
    total = sum(len(items) for items in corpus.splits.values())
    print(f"{args.data} can be published: {total} sentences fit the ontology {corpus.ontology.name!r}")
    api = HfApi(library_name="rasd")
    try:
        plan = plan_corpus(api, corpus, target)
    except HubUnreachableError as err:
        if not args.dry_run:
            raise
        for file in list_corpus_files(corpus, args.repo_id):
            print(f"  {file.name:32} {show_size(file.size):>10}")
        print(f"not compared with the Hub: {err}")
        return 0
    if carry_out(api, [(plan, f"Publish {corpus.source.name} with rasd")], args):
        print(f'load it with datasets.load_dataset("{args.repo_id}")')
    return 0
