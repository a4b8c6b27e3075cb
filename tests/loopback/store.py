"""What the test Hub holds: repositories of commits, each a whole set of files, and large objects by their digest."""

from __future__ import annotations

import hashlib
import itertools
import re
import threading
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path

import yaml

# What git would store as a pointer to a large object, by its suffix, and whatever else is at least as large.
LARGE = 10 * 1024 * 1024
LARGE_SUFFIXES = (".safetensors", ".bin", ".parquet", ".onnx", ".gz", ".zip", ".npz", ".pt")
_COUNTER = itertools.count()


class Refusal(Exception):
    """An answer with a status of 400 or more, as the Hub gives it; `code` goes into the header X-Error-Code."""

    def __init__(self, status, message, code=None, body=None, headers=None):
        super().__init__(message)
        self.status, self.message, self.code, self.body, self.headers = status, message, code, body, headers or {}


@dataclass(frozen=True)
class Blob:
    """A file of a commit: its bytes, or the digest and size of a large object."""

    size: int
    data: bytes | None = None
    sha256: str | None = None

    @property
    def pointer(self):
        head = "version https://git-lfs.github.com/spec/v1"
        return f"{head}\noid sha256:{self.sha256}\nsize {self.size}\n".encode()

    @property
    def oid(self):
        content = self.pointer if self.data is None else self.data
        return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


@dataclass(frozen=True)
class Commit:
    id: str
    files: dict
    parent: str | None
    title: str
    author: str
    date: str


@dataclass
class Repo:
    kind: str
    id: str
    private: bool
    commits: dict = field(default_factory=dict)
    branches: dict = field(default_factory=dict)
    tags: dict = field(default_factory=dict)

    def add(self, files, parent, title, author):
        date = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        # The number keeps two commits of one moment apart.
        name = f"{self.kind} {self.id} {parent} {date} {title} {next(_COUNTER)}"
        oid = hashlib.sha1(name.encode()).hexdigest()
        self.commits[oid] = Commit(oid, files, parent, title, author, date)
        return oid

    def at(self, revision):
        short = revision.removeprefix("refs/heads/").removeprefix("refs/tags/")
        oid = self.branches.get(short) or self.tags.get(short) or (revision if revision in self.commits else None)
        if oid is None:
            raise Refusal(404, f"Invalid rev id: {revision}", "RevisionNotFound")
        return self.commits[oid]


class Store:
    """All repositories, who may see and change them, and the large objects under a folder.

    Args:
        root: Where large objects are kept.
        users: Token -> user.
        members: Organisation -> its users.
    """

    def __init__(self, root, users, members):
        self.root, self.users, self.members = Path(root), users, members
        self.repos, self.lock, self.url = {}, threading.RLock(), ""
        self.root.mkdir(parents=True, exist_ok=True)

    def user(self, header):
        """Return the user of an Authorization header, None without one."""
        if not header:
            return None
        token = header.removeprefix("Bearer ")
        if token not in self.users:
            # These very words keep the client from taking it for a missing repository.
            raise Refusal(401, "Invalid credentials in Authorization header")
        return self.users[token]

    def may_write(self, user, owner):
        return user is not None and (user == owner or user in self.members.get(owner, ()))

    def create(self, user, kind, owner, name, private, *, sdk=None):
        if user is None:
            raise Refusal(401, "Invalid username or password.")
        owner = owner or user
        if not self.may_write(user, owner):
            raise Refusal(403, f"You don't have the rights to create a {kind} under {owner}")
        if (kind, f"{owner}/{name}") in self.repos:
            # The client takes the address from the body where an existing repository will do.
            folder = {"model": "", "dataset": "datasets/", "space": "spaces/"}[kind]
            body = {"error": "You already created this repo", "url": f"{self.url}/{folder}{owner}/{name}"}
            raise Refusal(409, f"You already created this {kind} repo: {owner}/{name}", body=body)
        if kind == "space" and sdk not in ("gradio", "docker", "static"):
            raise Refusal(400, "Invalid Space SDK")
        repo = Repo(kind, f"{owner}/{name}", private)
        lines = "".join(f"*{suffix} filter=lfs diff=lfs merge=lfs -text\n" for suffix in LARGE_SUFFIXES).encode()
        files = {".gitattributes": Blob(len(lines), lines)}
        if kind == "space":
            card = f"---\ntitle: {name}\nsdk: {sdk}\n---\n\nCheck out the configuration reference.\n".encode()
            files["README.md"] = Blob(len(card), card)
        repo.branches["main"] = repo.add(files, None, "initial commit", user)
        self.repos[kind, repo.id] = repo
        return repo

    def get(self, user, kind, repo_id, *, to_write=False):
        repo, owner = self.repos.get((kind, repo_id)), repo_id.split("/")[0]
        if repo is None or (repo.private and not self.may_write(user, owner)):
            raise Refusal(401 if user is None else 404, "Repository not found", "RepoNotFound")
        if to_write and not self.may_write(user, owner):
            raise Refusal(401 if user is None else 403, f"You have no right to write to {repo_id}")
        return repo

    def path(self, sha256):
        if not re.fullmatch("[0-9a-f]{64}", sha256):
            raise Refusal(400, "bad oid")
        return self.root / sha256

    def has(self, sha256, size=None):
        path = self.path(sha256)
        return path.is_file() and size in (None, path.stat().st_size)


def metadata_of(files):
    """Return the metadata of the card among files, empty where there is none."""
    card = files.get("README.md")
    found = re.match(r"---\n(.*?)\n---", card.data.decode(), re.S) if card is not None and card.data else None
    return (yaml.safe_load(found[1]) or {}) if found else {}


def find_card_faults(text):
    """Return what the Hub would refuse in a card's metadata; it knows more lists of names than this."""
    found = re.match(r"---\n(.*?)\n---", text, re.S)
    try:
        data = yaml.safe_load(found[1]) if found else {}
    except yaml.YAMLError as err:
        return [f"YAML parse error: {err}"]
    if not isinstance(data, dict):
        return ["metadata must be a mapping"]
    faults = []
    for key in ("tags", "datasets", "metrics", "language", "license", "base_model"):
        values = data.get(key, [])
        if not all(isinstance(value, str) for value in (values if isinstance(values, list) else [values])):
            faults.append(f'"{key}" must be a string or a list of strings')
    for model in data.get("model-index") or []:
        for result in model.get("results") or [{}]:
            if not (result.get("task") or {}).get("type"):
                faults.append("model-index: task.type is required")
            if not all((result.get("dataset") or {}).get(key) for key in ("type", "name")):
                faults.append("model-index: dataset.type and dataset.name are required")
            metrics = result.get("metrics") or [{}]
            if not all(metric.get("type") and metric.get("value") is not None for metric in metrics):
                faults.append("model-index: type and value of every metric are required")
    return faults
