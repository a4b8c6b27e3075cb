"""`rasd publish`: a checkpoint becomes a model repository of the Hugging Face Hub."""

from __future__ import annotations

import argparse
import dataclasses
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rasd.cli.common import check_outputs, naming_missing_packages
from rasd.errors import ConfigError, HubUnreachableError

if TYPE_CHECKING:
    from huggingface_hub import HfApi

    from rasd.hub.checks import Release
    from rasd.hub.pushing import Plan, Target


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "publish",
        allow_abbrev=False,
        help="put a checkpoint on the Hugging Face Hub",
        description="Check a checkpoint, show what will go up, and push it with its card in one commit. The token is "
        "that of `hf auth login`, or HF_TOKEN.",
    )
    parser.add_argument("--checkpoint", required=True, metavar="DIR", help="the checkpoint's folder")
    add_target_arguments(parser)
    parser.add_argument(
        "--update-card-only", action="store_true", help="send the card and the scores that it tells, no weights"
    )
    parser.add_argument(
        "--space",
        nargs="?",
        const="",
        metavar="ORG/SPACE",
        help="put a demo Space up too [card.yaml's, or one of the model's name]",
    )
    parser.add_argument("--save-card", metavar="FILE.md", help="write the card here as well")
    parser.set_defaults(run=run)


def add_target_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options that say where something goes."""
    parser.add_argument("--repo-id", required=True, metavar="ORG/NAME", help="the repository; it is made if need be")
    parser.add_argument("--private", action="store_true", help="make a repository that only its owners see")
    parser.add_argument("--revision", metavar="BRANCH", help="the branch to push to; it is made if need be [main]")
    parser.add_argument("--tag", metavar="vX", help="call the commit by this name, for good")
    parser.add_argument("--dry-run", action="store_true", help="check and show, and send nothing")
    parser.add_argument("--yes", action="store_true", help="push without asking")


def run(args: argparse.Namespace) -> int:
    """Publish a checkpoint."""
    with naming_missing_packages():
        from huggingface_hub import HfApi

        from rasd.hub.checks import check_release
        from rasd.hub.flatten import find_stale_code
        from rasd.hub.publish import plan_release, save_card
        from rasd.hub.pushing import Target
        from rasd.hub.space import plan_space

    check_outputs({"--save-card": args.save_card})
    target = Target(repo_id=args.repo_id, private=args.private, revision=args.revision, tag=args.tag)
    if args.space is not None and args.revision is not None:
        raise ConfigError("--space shows the main branch of a model; publish that, without --revision")
    release = check_release(args.checkpoint)
    known_space = release.settings.get("space")
    release, space = _choose_space(release, args)
    if args.save_card is not None:
        save_card(release, args.repo_id, Path(args.save_card))
    print(f"{args.checkpoint} can be published: it loads without a network, and its card is complete")
    old = [name for name in find_stale_code(release.folder) if (release.folder / name).is_file()]
    if old:
        print(f"made anew for the Hub, not as in the folder: {', '.join(old)}")
    api = HfApi(library_name="rasd")
    message = f"Publish {Path(args.checkpoint).resolve().name} with rasd"
    try:
        # All is compared before anything is sent.
        plan = plan_release(api, release, target, card_only=args.update_card_only)
        pushes = [(plan, message)]
        is_private = plan.remote.is_private or target.private
        if space is not None:
            demo = plan_space(api, space, args.repo_id, shows_private=is_private)
            pushes.append((demo, f"Show {args.repo_id} with rasd"))
    except HubUnreachableError as err:
        if not args.dry_run:
            raise
        _list_files(release, args.repo_id, space)
        print(f"not compared with the Hub: {err}")
        return 0
    if carry_out(api, pushes, args):
        print(f'load it with rasd.load("{args.repo_id}"{_revision(args.tag or args.revision)})')
        if space is not None and is_private:
            print("the model is private: give the Space a token that reads it, as its secret HF_TOKEN")
        if space is not None and space.repo_id != known_space:
            print(f"to keep the Space in the card from now on, write `space: {space.repo_id}` into card.yaml")
    return 0


def _choose_space(release: Release, args: argparse.Namespace) -> tuple[Release, Target | None]:
    """Return the release, whose card then names the Space, and where that goes; None where none is asked for."""
    from rasd.hub.pushing import Target

    if args.space is None:
        return release, None
    repo_id = args.space or release.settings.get("space") or args.repo_id
    space = Target(repo_id=repo_id, kind="space", private=args.private)
    return dataclasses.replace(release, settings={**release.settings, "space": repo_id}), space


def _list_files(release: Release, repo_id: str, space: Target | None) -> None:
    """Show what would go up, where the Hub cannot be asked what is there."""
    from rasd.hub.publish import list_files
    from rasd.hub.pushing import show_size
    from rasd.hub.space import make_space

    for file in list_files(release, repo_id):
        print(f"  {file.name:32} {show_size(file.size):>10}")
    if space is not None:
        print(f"and in the Space {space.repo_id}:")
        for name, text in make_space(repo_id).items():
            print(f"  {name:32} {show_size(len(text.encode())):>10}")


def carry_out(api: HfApi, pushes: Sequence[tuple[Plan, str]], args: argparse.Namespace) -> bool:
    """Show plans, ask once, and push each with its message; whether they were pushed.

    Raises:
        ConfigError: If nobody is there to ask, and --yes is not given.
        PublishError: If the Hub does not take one; those before it are there.
    """
    from huggingface_hub.utils import disable_progress_bars

    from rasd.hub.pushing import describe, push

    for plan, _ in pushes:
        print(describe(plan))
    if args.dry_run:
        print("dry run: nothing was sent")
        return False
    if not args.yes:
        if not sys.stdin.isatty():
            raise ConfigError("nobody is there to ask; read what is shown above, and give --yes")
        if not _is_agreed():
            print("nothing was sent")
            return False
    if not sys.stderr.isatty():
        disable_progress_bars()
    for plan, message in pushes:
        commit = push(api, plan, message)
        folder = "" if plan.target.kind == "model" else f"{plan.target.kind}s/"
        print(f"{api.endpoint}/{folder}{plan.target.repo_id} is at commit {commit}")
    return True


def _is_agreed() -> bool:
    """Ask; the end of the input is a no."""
    try:
        return input("Push this? [y/N] ").strip().lower() in ("y", "yes")
    except EOFError:
        print()
        return False


def _revision(name: str | None) -> str:
    return "" if name is None else f', revision="{name}"'
