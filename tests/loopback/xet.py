"""What the test Hub keeps of Xet uploads: chunk containers (xorbs), and recipes of files (shards) out of them."""

from __future__ import annotations

import hashlib
import struct

from loopback.store import Refusal

_END = b"\xff" * 32


class XetStore:
    """Chunks and recipes of one server; a file is put together when a commit names it."""

    def __init__(self, store):
        self.store, self.xorbs, self.recipes, self.names = store, {}, {}, {}

    def add_shard(self, raw):
        """Read a shard: after a header of 48 bytes, for each file its hash, flags and terms of 48 bytes each."""
        place = 48
        while raw[place : place + 32] != _END:
            name, (flags, count) = _words(raw[place:]), struct.unpack_from("<II", raw, place + 32)
            starts = range(place + 48, place + 48 * (count + 1), 48)
            # Of each term: the xorb, and its first chunk and the one behind its last.
            self.recipes[name] = [(_words(raw[at:]), *struct.unpack_from("<II", raw, at + 40)) for at in starts]
            has_checks, has_sha256 = flags >> 31 & 1, flags >> 30 & 1
            place += 48 * (1 + count * (1 + has_checks))
            if has_sha256:
                self.names[_words(raw[place:])] = name
                place += 48

    def rebuild(self, sha256):
        """Write a file into the store out of its chunks."""
        if sha256 not in self.names:
            return
        recipe = self.recipes[self.names[sha256]]
        parts = (_chunks(self.xorbs[xorb])[first:last] for xorb, first, last in recipe)
        data = b"".join(chunk for part in parts for chunk in part)
        if hashlib.sha256(data).hexdigest() != sha256:
            raise Refusal(400, "the Xet upload is not what its digest says")
        self.store.path(sha256).write_bytes(data)


def _words(raw):
    """Return a hash as Xet writes it: four little-endian words of 64 bits."""
    return "".join(f"{word:016x}" for word in struct.unpack_from("<4Q", raw))


def _chunks(raw):
    """Return the chunks of a xorb; each has 8 bytes before it: version, packed size, kind of packing, size."""
    place, chunks = 0, []
    while place + 8 <= len(raw) and raw[place] == 0:
        packed, size = (int.from_bytes(raw[place + i : place + i + 3], "little") for i in (1, 5))
        data = raw[place + 8 : place + 8 + packed]
        chunks.append(_unpack(data, raw[place + 4], size))
        place += 8 + packed
    return chunks


def _unpack(data, kind, size):
    """Return a chunk: 0 is plain, 1 an LZ4 frame, 2 one whose bytes were sorted by their position modulo 4."""
    if kind:
        import pyarrow  # for this alone, and heavy

        data = bytes(pyarrow.Codec("lz4").decompress(data, size))
    if kind == 2:
        mixed, at = bytearray(size), 0
        for rest in range(4):
            count = len(range(rest, size, 4))
            mixed[rest::4] = data[at : at + count]
            at += count
        data = bytes(mixed)
    return data
