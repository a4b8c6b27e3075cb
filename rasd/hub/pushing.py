"""Putting files into a repository of the Hub in one commit: look what is there, say what will change, push.

A commit names the commit that it was planned upon, so what somebody else changes in between is never overwritten. What
is killed before the commit leaves the repository as it was; run again it goes on, and what the Hub holds already is not
sent twice.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi
from huggingface_hub.errors import (
    HfHubHTTPError,
    HTTPError,
    LocalEntryNotFoundError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

from rasd.errors import HubUnreachableError, PublishError
from rasd.files import checksum
from rasd.hub_faults import HUB_ERRORS, explain
from rasd.inference.loading import is_hub_id

CARD = "README.md"


@dataclass(frozen=True, kw_only=True)
class Target:
    """Where something goes.

    Attributes:
        repo_id: ORG/NAME.
        kind: "model", "dataset" or "space".
        private: Whether a repository that is made may be seen by its owners alone.
        revision: The branch; None is the main one.
        tag: What to call the commit, for good.
    """

    repo_id: str
    kind: str = "model"
    private: bool = False
    revision: str | None = None
    tag: str | None = None

    def __post_init__(self) -> None:
        if not is_hub_id(self.repo_id):
            option = "--space" if self.kind == "space" else "--repo-id"
            raise PublishError(f"{option} {self.repo_id!r}: expected ORG/NAME, an organisation or user and a name")
        for option, name in (("--revision", self.revision), ("--tag", self.tag)):
            if name is not None and not re.fullmatch(r"[\w][\w./-]*", name):
                raise PublishError(f"{option} {name!r}: expected letters, digits, dots, hyphens and slashes")


@dataclass(frozen=True)
class File:
    """A file that goes up: bytes, or a file here."""

    name: str
    source: Path | bytes

    @property
    def size(self) -> int:
        """Bytes."""
        return len(self.source) if isinstance(self.source, bytes) else self.source.stat().st_size

    def is_same(self, size: int, blob_id: str | None, sha256: str | None) -> bool:
        """Return whether the Hub's file of that size and digest is this one."""
        if size != self.size:
            return False
        if sha256 is not None:
            return sha256 == (
                hashlib.sha256(self.source).hexdigest() if isinstance(self.source, bytes) else checksum(self.source)
            )
        content = self.source if isinstance(self.source, bytes) else self.source.read_bytes()
        # What git calls a file that is stored as it is.
        return blob_id == hashlib.sha1(b"blob %d\0" % size + content, usedforsecurity=False).hexdigest()


@dataclass(frozen=True, kw_only=True)
class Remote:
    """What is on the Hub now.

    Attributes:
        is_there: Whether there is such a repository.
        is_private: Whether only its owners see it.
        has_branch: Whether the branch is there.
        head: The commit that a push goes upon, None where there is no repository.
        files: Name -> size, git's digest, and SHA-256 of large ones.
        tags: Tag -> commit.
    """

    is_there: bool = False
    is_private: bool = False
    has_branch: bool = False
    head: str | None = None
    files: dict[str, tuple[int, str | None, str | None]] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a push will do: files that are new, changed, the same, removed, and kept as others put them there."""

    target: Target
    remote: Remote
    new: tuple[File, ...]
    changed: tuple[File, ...]
    same: tuple[str, ...]
    removed: tuple[str, ...]
    kept: tuple[str, ...]

    @property
    def is_needed(self) -> bool:
        """Whether a commit is needed."""
        return bool(self.new or self.changed or self.removed)


def look(api: HfApi, target: Target) -> Remote:
    """Return what stands on the Hub.

    Raises:
        HubUnreachableError: If the Hub cannot be asked.
        PublishError: If it does not know the token.
    """
    where = {"repo_id": target.repo_id, "repo_type": target.kind}
    if api.token is False or (api.token is None and _find_token() is None):
        raise HubUnreachableError("there is no token to publish with; log in with `hf auth login`, or set HF_TOKEN")
    try:
        api.whoami()
        try:
            main = api.repo_info(**where, files_metadata=True)
        except RepositoryNotFoundError:
            return Remote()
        refs = api.list_repo_refs(**where)
        info, has_branch = main, True
        if target.revision is not None:
            has_branch = target.revision in {branch.name for branch in refs.branches}
            if has_branch:
                info = api.repo_info(**where, revision=target.revision, files_metadata=True)
    except HUB_ERRORS as err:
        raise _failed(err, target, api, "nothing was changed") from None
    files = {item.rfilename: (item.size, item.blob_id, item.lfs and item.lfs.sha256) for item in info.siblings or ()}
    return Remote(
        is_there=True,
        is_private=bool(main.private),
        has_branch=has_branch,
        head=info.sha,
        files=files,
        tags={tag.name: tag.target_commit for tag in refs.tags},
    )


def fetch_text(api: HfApi, target: Target, remote: Remote, name: str) -> str | None:
    """Return a text file that stands on the Hub, None where it does not.

    Raises:
        PublishError: If it cannot be fetched, or is not UTF-8.
    """
    if name not in remote.files:
        return None
    try:
        path = api.hf_hub_download(target.repo_id, name, repo_type=target.kind, revision=remote.head)
        return Path(path).read_bytes().decode("utf-8")
    except UnicodeDecodeError as err:
        raise PublishError(f"{name} of {target.repo_id!r} on the Hub is not UTF-8: {err}; mend it there first") from err
    except HUB_ERRORS as err:
        raise _failed(err, target, api, "nothing was changed") from None


def make_plan(target: Target, remote: Remote, files: Sequence[File], *, managed: Collection[str]) -> Plan:
    """Compare what goes up with what is there.

    Args:
        target: Where it goes.
        remote: What `look` returned.
        files: What goes up.
        managed: Names that rasd looks after: what it no longer puts up is removed.

    Raises:
        PublishError: If the push would change what must stay: who sees the repository, or where a tag stands.
    """
    new = tuple(file for file in files if file.name not in remote.files)
    there = [file for file in files if file.name in remote.files]
    same = {file.name for file in there if file.is_same(*remote.files[file.name])}
    names = {file.name for file in files}
    removed = tuple(sorted(name for name in remote.files if name in managed and name not in names))
    kept = tuple(sorted(set(remote.files) - names - set(removed) - {".gitattributes"}))
    changed = tuple(file for file in there if file.name not in same)
    plan = Plan(
        target=target, remote=remote, new=new, changed=changed, same=tuple(sorted(same)), removed=removed, kept=kept
    )
    if target.private and remote.is_there and not remote.is_private:
        raise PublishError(
            f"{target.repo_id!r} is public already, and --private would not hide it; make it private in its settings "
            "on the Hub first, or leave --private out"
        )
    stands = remote.tags.get(target.tag or "")
    if stands is not None and (plan.is_needed or stands != remote.head):
        raise PublishError(
            f"the tag {target.tag!r} of {target.repo_id!r} stands at commit {stands[:8]} already, and tags stay where "
            "they are; choose another"
        )
    return plan


def push(api: HfApi, plan: Plan, message: str) -> str:
    """Carry a plan out in one commit, and return the commit.

    Raises:
        PublishError: If the Hub does not take it; says what is there then.
    """
    target, remote = plan.target, plan.remote
    where = {"repo_id": target.repo_id, "repo_type": target.kind}
    left = "nothing was changed"
    try:
        head = remote.head
        if not remote.is_there:
            # A Space is made for what it runs on.
            api.create_repo(
                **where, private=target.private, **({"space_sdk": "gradio"} if target.kind == "space" else {})
            )
            left = f"{target.repo_id!r} was made and is still empty"
            head = api.repo_info(**where).sha
        if target.revision is not None and not remote.has_branch:
            api.create_branch(**where, branch=target.revision, revision=head, exist_ok=True)
            left = f"the branch {target.revision!r} of {target.repo_id!r} was made, and the files are not there yet"
        if plan.is_needed:
            head = api.create_commit(
                **where,
                operations=_operations(plan),
                commit_message=message,
                revision=target.revision,
                parent_commit=head,
            ).oid
            left = f"the files are there, as commit {head}, without the tag"
        if target.tag is not None and target.tag not in remote.tags:
            api.create_tag(**where, tag=target.tag, revision=head)
    except (*HUB_ERRORS, ValueError, RuntimeError) as err:
        if _is_unanswered(err):
            left = _find_left(api, plan, left)
        raise _failed(err, target, api, left) from None
    assert head is not None, "a repository without a commit"
    return head


def describe(plan: Plan) -> str:
    """Return what a push will do, a file a line."""
    target, remote = plan.target, plan.remote
    where = f"{target.kind} {target.repo_id}" + (f", branch {target.revision}" if target.revision else "")
    state = "private" if (remote.is_private if remote.is_there else target.private) else "public"
    lines = [f"{where}: {state}, {'there already' if remote.is_there else 'will be made'}"]
    for what, files in (("new", plan.new), ("changed", plan.changed)):
        lines += [f"  {what:8} {file.name:32} {show_size(file.size):>10}" for file in files]
    sizes = {name: remote.files[name][0] for name in (*plan.same, *plan.removed, *plan.kept)}
    for what, names in (("same", plan.same), ("removed", plan.removed), ("kept", plan.kept)):
        lines += [f"  {what:8} {name:32} {show_size(sizes[name]):>10}" for name in names]
    sent = sum(file.size for file in (*plan.new, *plan.changed))
    lines.append(f"one commit, {show_size(sent)} to send" if plan.is_needed else "nothing to send: all is there")
    if target.tag:
        done = " (there already)" if target.tag in remote.tags else ""
        lines.append(f"tag {target.tag}{done}")
    return "\n".join(lines)


def show_size(size: int | None) -> str:
    """Return a number of bytes as people read it."""
    if size is None:
        return "?"
    for unit, least in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if size >= least:
            return f"{size / least:.1f} {unit}"
    return f"{size} B"


def _operations(plan: Plan) -> list[CommitOperationAdd | CommitOperationDelete]:
    """Return the operations of the commit."""
    added = [
        CommitOperationAdd(file.name, file.source if isinstance(file.source, bytes) else str(file.source))
        for file in (*plan.new, *plan.changed)
    ]
    return [*added, *(CommitOperationDelete(name) for name in plan.removed)]


def _is_unanswered(err: Exception) -> bool:
    """Return whether the network broke, so that what was asked for may have been done all the same."""
    return isinstance(err, (HTTPError, OSError)) and not isinstance(err, HfHubHTTPError)


def _find_left(api: HfApi, plan: Plan, left: str) -> str:
    """Return what stands on the Hub after a push that was not answered: its files may have arrived."""
    try:
        now = look(api, plan.target)
    except PublishError:
        return f"{left} as far as was answered, and the last step may have arrived"
    sent = (*plan.new, *plan.changed)
    has_arrived = bool(sent) and all(file.name in now.files and file.is_same(*now.files[file.name]) for file in sent)
    return f"the files are there, as commit {now.head}" if has_arrived else left


def _failed(err: Exception, target: Target, api: HfApi, left: str) -> PublishError:
    """Return the error for the user: why, what is there now, and what to do."""
    if isinstance(err, LocalEntryNotFoundError) and isinstance(err.__cause__, Exception):
        err = err.__cause__  # why a download failed; that it is not in the cache is beside the point here
    status = err.response.status_code if isinstance(err, HfHubHTTPError) else None
    if status == 412:
        reason = f"somebody changed {target.repo_id!r} while it was being published"
    elif status == 409:
        reason = f"somebody else has just made a {target.kind} {target.repo_id!r}, its branch or its tag"
    elif isinstance(err, RevisionNotFoundError) or not isinstance(err, HUB_ERRORS):
        reason = f"the Hub did not take it: {' '.join(str(err).split())}"
    else:
        reason = explain(err, target.repo_id, kind=target.kind, revision=target.revision, endpoint=api.endpoint)
    kind = HubUnreachableError if _is_unanswered(err) else PublishError
    return kind(f"{reason}. On the Hub, {left}; the same command goes on from there")


def _find_token() -> str | None:
    """Return the user's token."""
    from huggingface_hub import get_token

    return get_token()
