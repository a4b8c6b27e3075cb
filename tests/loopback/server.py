"""A small Hugging Face Hub on 127.0.0.1, for the genuine clients: models, data sets, Spaces, large files, Xet uploads.

    with serve(folder, {"hf_amal": "amal"}, members={"acme": {"amal"}}) as hub:
        HfApi(endpoint=hub.url, token="hf_amal").create_repo("acme/model")

What is asked is in `hub.asked` as (method, path, status). `hub.hold` lets a test step in: a function that is called
with (method, path) before each answer, and may raise `Refusal` or `ConnectionError`.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

from loopback.store import LARGE, LARGE_SUFFIXES, Blob, Refusal, Store, find_card_faults, metadata_of
from loopback.xet import XetStore

KINDS = {"models": "model", "datasets": "dataset", "spaces": "space"}
_SECRET = "xet-secret"


class Hub(ThreadingHTTPServer):
    """The server; `url` is the endpoint for clients."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, store, *, has_xet=False):
        super().__init__(("127.0.0.1", 0), Handler)
        self.store, self.asked, self.hold = store, [], None
        self.xet = XetStore(store) if has_xet else None
        self.url = store.url = f"http://127.0.0.1:{self.server_address[1]}"

    def server_bind(self):
        # Not that of HTTPServer, which looks its own name up in the network.
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = self.server_address[:2]


@contextmanager
def serve(root, users, *, members=None, has_xet=False):
    """Serve in a thread while the block runs."""
    hub = Hub(Store(root, users, members or {}), has_xet=has_xet)
    threading.Thread(target=hub.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    try:
        yield hub
    finally:
        hub.shutdown()
        hub.server_close()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *arguments):
        pass

    # Reading and answering.

    def body(self):
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            parts = []
            while size := int(self.rfile.readline().split(b";")[0], 16):
                parts.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(parts)
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def answer(self, status, body=b"", headers=None, kind="application/json; charset=utf-8"):
        body = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in {**(headers or {}), "Content-Type": kind, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
        self.server.asked.append((self.command, self.path, status))

    def answer_any(self):
        try:
            # A body that nobody reads would be taken for the next request.
            self.payload = self.body()
            if self.server.hold is not None:
                self.server.hold(self.command, self.path)
            parts = urlsplit(self.path)
            self.query = parse_qs(parts.query)
            # Split first: a slash within a branch's name is %2F.
            self.steps = [unquote(step) for step in parts.path.strip("/").split("/")]
            self.route()
        except Refusal as err:
            headers = {"X-Error-Message": err.message.encode("ascii", "replace").decode(), **err.headers}
            if err.code:
                headers["X-Error-Code"] = err.code
            self.answer(err.status, err.body or {"error": err.message}, headers)
        except (ConnectionError, TimeoutError):
            self.close_connection = True

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = answer_any

    def route(self):
        steps = self.steps
        if steps[0] == "storage":
            return self.storage(steps[1])
        if steps[0] == "cas":
            return self.cas(steps[1:])
        self.me = self.server.store.user(self.headers.get("Authorization"))
        with self.server.store.lock:
            if steps[0] == "api":
                return self.api(steps[1:])
            kind, rest = (KINDS[steps[0]], steps[1:]) if steps[0] in KINDS else ("model", steps)
            if len(rest) > 4 and rest[2] == "resolve":
                return self.resolve(kind, "/".join(rest[:2]), rest[3], "/".join(rest[4:]))
            if rest[2:] == ["info", "lfs", "objects", "batch"]:
                return self.batch(kind, f"{rest[0]}/{rest[1].removesuffix('.git')}")
        raise Refusal(404, "Not found")

    def api(self, steps):
        store = self.server.store
        if steps == ["whoami-v2"]:
            if self.me is None:
                raise Refusal(401, "Invalid username or password.")
            orgs = [{"type": "org", "name": name} for name, users in store.members.items() if self.me in users]
            token = {"type": "access_token", "accessToken": {"displayName": "test", "role": "write"}}
            return self.answer(200, {"type": "user", "name": self.me, "fullname": self.me, "orgs": orgs, "auth": token})
        if steps == ["validate-yaml"]:
            faults = [{"message": fault} for fault in find_card_faults(json.loads(self.payload)["content"])]
            return self.answer(400 if faults else 200, {"errors": faults, "warnings": []})
        if steps == ["repos", "create"]:
            asked = json.loads(self.payload)
            is_private = asked.get("visibility") == "private" or bool(asked.get("private"))
            kind, owner = asked.get("type") or "model", asked.get("organization")
            repo = store.create(self.me, kind, owner, asked["name"], is_private, sdk=asked.get("sdk"))
            return self.answer(200, {"url": self.url_of(repo), "name": repo.id})
        if steps[0] in KINDS and len(steps) >= 3:
            return self.repo_api(KINDS[steps[0]], "/".join(steps[1:3]), steps[3:])
        raise Refusal(404, "Not found")

    def repo_api(self, kind, repo_id, steps):
        what = steps[0] if steps else None
        to_write = what == "xet-write-token" or (self.command, what) in {
            ("POST", name) for name in ("commit", "preupload", "branch", "tag")
        }
        repo = self.server.store.get(self.me, kind, repo_id, to_write=to_write)
        if self.command == "GET" and what in (None, "revision"):
            return self.answer(200, self.describe(repo, repo.at(steps[1] if steps else "main")))
        if self.command == "GET" and what == "refs":
            rows = {
                name: [{"name": key, "ref": f"refs/{ref}/{key}", "targetCommit": oid} for key, oid in table.items()]
                for name, ref, table in (("branches", "heads", repo.branches), ("tags", "tags", repo.tags))
            }
            return self.answer(200, {**rows, "converts": [], "pullRequests": []})
        if self.command == "GET" and what == "commits":
            return self.answer(200, list(self.history(repo, repo.at(steps[1]))))
        if self.command == "GET" and what == "tree":
            return self.tree(repo, repo.at(steps[1]), "/".join(steps[2:]))
        if self.command == "POST" and what == "paths-info":
            paths = parse_qs(self.payload.decode()).get("paths", [])
            files = repo.at(steps[1]).files
            return self.answer(200, [self.entry(path, files[path]) for path in paths if path in files])
        if self.command == "POST" and what == "preupload":
            return self.preupload(repo.at(steps[1]))
        if self.command == "POST" and what == "commit":
            return self.commit(repo, steps[1])
        if self.command == "POST" and what in ("branch", "tag"):
            return self.refer(repo, what, steps[1])
        if what in ("xet-write-token", "xet-read-token") and self.server.xet is not None:
            return self.give_xet_token()
        raise Refusal(404, "Not found")

    # Repositories.

    def url_of(self, repo):
        return f"{self.server.url}/{'' if repo.kind == 'model' else f'{repo.kind}s/'}{repo.id}"

    def describe(self, repo, commit):
        data = metadata_of(commit.files)
        index = data.pop("model-index", None)
        siblings = [{"rfilename": path, **self.sizes(blob)} for path, blob in sorted(commit.files.items())]
        about = {"id": repo.id, "author": repo.id.split("/")[0], "sha": commit.id, "private": repo.private}
        about |= {"lastModified": commit.date, "createdAt": commit.date, "gated": False, "disabled": False}
        about |= {"tags": data.get("tags") or [], "downloads": 0, "likes": 0, "siblings": siblings, "cardData": data}
        about |= {key: data[key] for key in ("pipeline_tag", "library_name", "sdk") if key in data}
        return about | ({"model-index": index} if index else {})

    def sizes(self, blob):
        large = {"lfs": {"sha256": blob.sha256, "size": blob.size, "pointerSize": len(blob.pointer)}}
        return {"size": blob.size, "blobId": blob.oid, **(large if blob.sha256 else {})}

    def entry(self, path, blob):
        row = {"type": "file", "path": path, "size": blob.size, "oid": blob.oid}
        large = {"oid": blob.sha256, "size": blob.size, "pointerSize": len(blob.pointer)}
        return row | ({"lfs": large} if blob.sha256 else {})

    def tree(self, repo, commit, folder):
        prefix = f"{folder}/" if folder else ""
        is_recursive = (self.query.get("recursive") or [""])[0].lower() in ("1", "true")
        rows, folders = [], set()
        for path, blob in sorted(commit.files.items()):
            if not path.startswith(prefix):
                continue
            *above, _ = path[len(prefix) :].split("/")
            folders |= {
                prefix + "/".join(above[: i + 1]) for i in range(len(above) if is_recursive else min(1, len(above)))
            }
            rows += [self.entry(path, blob)] if is_recursive or not above else []
        if folder and not rows and not folders:
            raise Refusal(404, f"{folder} does not exist", "EntryNotFound", headers={"X-Repo-Commit": commit.id})
        rows += [{"type": "directory", "path": path, "size": 0, "oid": "0" * 40} for path in sorted(folders)]
        self.answer(200, rows)

    def history(self, repo, commit):
        while commit is not None:
            author = [{"user": commit.author}]
            yield {"id": commit.id, "title": commit.title, "message": "", "date": commit.date, "authors": author}
            commit = repo.commits.get(commit.parent)

    def refer(self, repo, what, name):
        asked = json.loads(self.payload or b"{}")
        # A branch is named in the path, a tag in the body.
        table, new, start = (
            (repo.branches, name, asked.get("startingPoint") or "main")
            if what == "branch"
            else (repo.tags, asked["tag"], name)
        )
        if new in table:
            raise Refusal(409, f"Reference already exists: {new}")
        table[new] = repo.at(start).id
        self.answer(200, {})

    # Writing.

    def preupload(self, commit):
        rows = []
        for file in json.loads(self.payload)["files"]:
            path, old = file["path"], commit.files.get(file["path"])
            sample = base64.b64decode(file.get("sample") or "")
            is_large = path.endswith(LARGE_SUFFIXES) or file["size"] >= LARGE or b"\0" in sample
            row = {"path": path, "uploadMode": "lfs" if is_large else "regular", "shouldIgnore": False}
            rows.append(row | ({"oid": old.sha256 or old.oid} if old else {}))
        self.answer(200, {"files": rows, "commitOid": commit.id})

    def batch(self, kind, repo_id):
        self.server.store.get(self.me, kind, repo_id, to_write=True)
        rows = []
        for item in json.loads(self.payload)["objects"]:
            row = {"oid": item["oid"], "size": item["size"], "authenticated": True}
            if not self.server.store.has(item["oid"], item["size"]):
                row["actions"] = {"upload": {"href": f"{self.server.url}/storage/{item['oid']}", "header": {}}}
            rows.append(row)
        self.answer(200, {"transfer": "basic", "objects": rows}, kind="application/vnd.git-lfs+json")

    def storage(self, sha256):
        if hashlib.sha256(self.payload).hexdigest() != sha256:
            raise Refusal(400, "BadDigest")
        self.server.store.path(sha256).write_bytes(self.payload)
        self.answer(200, b"", {"ETag": f'"{sha256}"'})

    def commit(self, repo, branch):
        head, *lines = (json.loads(line) for line in self.payload.splitlines() if line.strip())
        branch = branch.removeprefix("refs/heads/")
        base = repo.at(branch)
        if branch not in repo.branches:
            raise Refusal(400, f"{branch} is not a branch")
        parent = head["value"].get("parentCommit")
        if parent and not base.id.startswith(parent):
            raise Refusal(412, "A commit has happened since. Please refresh and try again.")
        files = dict(base.files)
        for line in lines:
            self.change(files, line["key"], line["value"])
        card = files.get("README.md")
        if card is not None and find_card_faults(card.data.decode()):
            raise Refusal(400, "Invalid metadata in README.md")
        oid = repo.branches[branch] = repo.add(files, base.id, head["value"]["summary"], self.me)
        self.answer(200, {"success": True, "commitOid": oid, "commitUrl": f"{self.url_of(repo)}/commit/{oid}"})

    def change(self, files, key, value):
        path = value["path"]
        if key == "file":
            data = base64.b64decode(value["content"])
            files[path] = Blob(len(data), data)
        elif key == "lfsFile":
            sha256, store = value["oid"], self.server.store
            if self.server.xet is not None and not store.has(sha256):
                self.server.xet.rebuild(sha256)
            if not store.has(sha256, value.get("size")):
                raise Refusal(400, f"LFS pointer pointed to a file that does not exist: {path}")
            files[path] = Blob(store.path(sha256).stat().st_size, sha256=sha256)
        elif key == "deletedFile":
            if files.pop(path, None) is None:
                raise Refusal(404, "A file with this name doesn't exist", "EntryNotFound")
        else:
            raise Refusal(400, f"unknown operation {key}")

    # Reading files.

    def resolve(self, kind, repo_id, revision, path):
        commit = self.server.store.get(self.me, kind, repo_id).at(revision)
        headers = {"X-Repo-Commit": commit.id, "Accept-Ranges": "bytes"}
        blob = commit.files.get(path)
        if blob is None:
            raise Refusal(404, "Entry not found", "EntryNotFound", headers=headers)
        headers["ETag"] = f'"{blob.sha256 or blob.oid}"'
        if blob.sha256:
            headers |= {"X-Linked-Size": str(blob.size), "X-Linked-Etag": headers["ETag"]}
        self.send_file(blob, headers)

    def send_file(self, blob, headers):
        data = blob.data if blob.data is not None else self.server.store.path(blob.sha256).read_bytes()
        status, first, last = 200, 0, len(data) - 1
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        if asked and self.command == "GET":
            first, last = int(asked[1]), min(int(asked[2] or last), last)
            status, headers = 206, {**headers, "Content-Range": f"bytes {first}-{last}/{len(data)}"}
        self.answer(status, data[first : last + 1], headers, kind="application/octet-stream")

    # Xet: the client sends chunks to another service, with a token of its own.

    def give_xet_token(self):
        cas, until = f"{self.server.url}/cas", int(time.time()) + 3600
        headers = {"X-Xet-Cas-Url": cas, "X-Xet-Access-Token": _SECRET, "X-Xet-Token-Expiration": str(until)}
        self.answer(200, {"casUrl": cas, "accessToken": _SECRET, "exp": until}, headers)

    def cas(self, steps):
        if self.headers.get("Authorization") != f"Bearer {_SECRET}" or self.server.xet is None:
            raise Refusal(404, "Not found")
        with self.server.store.lock:
            if self.command == "POST" and steps[:3] == ["v1", "xorbs", "default"]:
                self.server.xet.xorbs[steps[3]] = self.payload
                return self.answer(200, {"was_inserted": True})
            if self.command == "POST" and steps == ["v1", "shards"]:
                self.server.xet.add_shard(self.payload)
                return self.answer(200, {"result": 1})
        raise Refusal(404, "Not found")
