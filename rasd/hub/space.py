"""The demo Space of a published checkpoint: the template in `space/`, with the page's code made from `rasd.render`."""

from __future__ import annotations

import dataclasses
import re
from functools import cache
from pathlib import Path

from huggingface_hub import HfApi

from rasd.errors import ConfigError, PublishError
from rasd.files import open_whole
from rasd.hub import pushing
from rasd.hub.bundles import Plan, bundle
from rasd.hub.flatten import REQUIREMENTS
from rasd.hub.merging import list_sections, merge_cards

TEMPLATE = Path(__file__).with_name("space")
SPACE_PLAN = Plan(
    roots=[("rasd.render", "render_html"), ("rasd.events", "Document")],
    files={"render_rasd.py": ()},
)
_PLACEHOLDER = "ORG/NAME"
# What the Hub allows in names; the id comes to stand in code.
_HUB_ID = re.compile(r"\w[\w.-]*/\w[\w.-]*", re.ASCII)


def make_space(repo_id: str) -> dict[str, str]:
    """Return the files of a Space that shows a model: name -> text.

    Args:
        repo_id: The model's Hub id.

    Raises:
        ConfigError: If it is none.
    """
    if not _HUB_ID.fullmatch(repo_id):
        raise ConfigError(f"a Space shows a model on the Hub; expected an id like ORG/NAME, got {repo_id!r}")
    names = ("app.py", "README.md", "requirements.txt")
    texts = {name: (TEMPLATE / name).read_text(encoding="utf-8").replace(_PLACEHOLDER, repo_id) for name in names}
    texts["requirements.txt"] += "".join(f"{line}\n" for line in REQUIREMENTS)
    return {**texts, **_make_page_code()}


@cache
def _make_page_code() -> dict[str, str]:
    """Return the code of the page, which is the same for every model."""
    return bundle(SPACE_PLAN)


def write_space(folder: str | Path, repo_id: str) -> list[str]:
    """Write a Space that shows a model into a folder, which is made where it is missing.

    Args:
        folder: Where to; files of these names in it are replaced.
        repo_id: The model's Hub id.

    Returns:
        Names of the files.

    Raises:
        ConfigError: If `repo_id` is no Hub id.
    """
    texts = make_space(repo_id)
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        with open_whole(folder / name) as file:
            file.write(text)
    return list(texts)


def plan_space(api: HfApi, target: pushing.Target, repo_id: str, *, shows_private: bool = False) -> pushing.Plan:
    """Compare the Space of a model with what is on the Hub.

    Args:
        api: The Hub's client, with the user's token.
        target: Where it goes.
        repo_id: The model's Hub id.
        shows_private: Whether that model is private; a Space that is made for it then is too.

    Raises:
        PublishError: If the Hub cannot be asked, or another Space has the name.
    """
    assert target.kind == "space", target
    texts = make_space(repo_id)
    remote = pushing.look(api, target)
    if shows_private and not remote.is_there:
        target = dataclasses.replace(target, private=True)
    # What the Hub puts into a new Space has no marks, and is nobody's.
    old = pushing.fetch_text(api, target, remote, pushing.CARD)
    is_ours = old is not None and bool(list_sections(old))
    if not is_ours and texts.keys() & remote.files.keys() - {pushing.CARD}:
        raise PublishError(
            f"the Space {target.repo_id!r} shows something else already; choose another name for this one"
        )
    # Merged with itself where it is new, so that metadata are written alike the next time.
    new = texts.pop(pushing.CARD)
    card = merge_cards(new, old if is_ours else new, source_name="")
    files = [pushing.File(name, text.encode()) for name, text in {pushing.CARD: card, **texts}.items()]
    return pushing.make_plan(target, remote, files, managed=())
