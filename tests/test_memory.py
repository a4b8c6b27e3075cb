"""Memory that is free is given back: at all, and every few batches of a long run."""

from __future__ import annotations

import resource
import sys
from pathlib import Path

import pytest
from stub_engine import StubEngine

from rasd.inference import memory, pools
from rasd.inference.extractor import EventExtractor

MEGABYTE = 2**20


def resident() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / MEGABYTE


@pytest.mark.skipif(sys.platform != "linux" or memory._find_trim() is None, reason="the allocator is not glibc's")
def test_gives_free_pages_inside_the_heap_back():
    blocks = [bytearray(50_000) for _ in range(4_000)]  # 190 MB in blocks too small to be mapped on their own
    kept = blocks[::100]
    del blocks
    held = resident()
    memory.release_free_memory()
    assert resident() < held - 100
    assert all(len(block) == 50_000 for block in kept)


@pytest.mark.parametrize(("num_texts", "expected"), [(7, 0), (8, 1), (31, 3)])
def test_is_given_back_after_some_batches_only(monkeypatch, num_texts, expected):
    released = []
    monkeypatch.setattr(pools, "release_free_memory", lambda: released.append(True))
    extractor = EventExtractor(StubEngine())
    texts = [f"أغلقت الشرطة الجسر رقم {i}." for i in range(num_texts)]
    assert len(extractor.predict(texts, batch_tokens=64)) == num_texts  # a sentence each batch
    assert len(released) == expected
