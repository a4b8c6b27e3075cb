"""How many threads are used, by what the user, the cores and the container allow."""

from __future__ import annotations

import pytest

from rasd.inference import threads


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


@pytest.mark.parametrize(
    ("asked", "cores", "quota", "expected"),
    [
        ("", 8, None, 8),
        ("", 64, 2.0, 2),
        ("", 64, 1.5, 2),
        ("", 4, 16.0, 4),
        ("", 4, 0.2, 1),
        ("3", 64, 2.0, 3),
        ("6,2", 64, None, 6),
        ("0", 8, None, 8),
        ("all", 8, None, 8),
    ],
)
def test_threads_are_what_was_asked_for_else_the_least_limit(monkeypatch, asked, cores, quota, expected):
    monkeypatch.setenv("OMP_NUM_THREADS", asked)
    monkeypatch.setattr(threads, "count_cores", lambda: cores)
    monkeypatch.setattr(threads, "read_quota", lambda: quota)
    assert threads.count_threads() == expected


def test_two_threads_of_a_core_count_once(monkeypatch, tmp_path):
    monkeypatch.setattr(threads.os, "sched_getaffinity", lambda pid: {0, 1, 4, 5, 9}, raising=False)
    for cpu, siblings in ((0, "0,4"), (4, "0,4"), (1, "1,5"), (5, "1,5")):
        write(tmp_path / f"cpu{cpu}/topology/thread_siblings_list", siblings)
    assert threads.count_cores(tmp_path) == 3  # of the ninth nothing is known


def test_quota_of_the_group_around_ours_counts(tmp_path):
    write(tmp_path / "self", "0::/pod/box\n")
    assert threads.read_quota(tmp_path / "self", tmp_path) is None
    write(tmp_path / "pod/box/cpu.max", "max 100000\n")
    assert threads.read_quota(tmp_path / "self", tmp_path) is None
    write(tmp_path / "pod/cpu.max", "250000 100000\n")
    assert threads.read_quota(tmp_path / "self", tmp_path) == 2.5
    write(tmp_path / "cpu.max", "100000 100000\n")
    assert threads.read_quota(tmp_path / "self", tmp_path) == 1.0


def test_quota_of_the_older_groups(tmp_path):
    write(tmp_path / "self", "5:memory:/box\n4:cpu,cpuacct:/box\n0::/\n")
    write(tmp_path / "cpu,cpuacct/box/cpu.cfs_quota_us", "-1\n")
    write(tmp_path / "cpu,cpuacct/box/cpu.cfs_period_us", "100000\n")
    assert threads.read_quota(tmp_path / "self", tmp_path) is None
    write(tmp_path / "cpu,cpuacct/box/cpu.cfs_quota_us", "300000\n")
    assert threads.read_quota(tmp_path / "self", tmp_path) == 3.0


@pytest.mark.parametrize("content", ["", "rubbish", "a b", "max", "0 0", "1 0"])
def test_group_files_of_unknown_make_set_no_limit(tmp_path, content):
    write(tmp_path / "self", "0::/\nrubbish\n")
    write(tmp_path / "cpu.max", content)
    assert threads.read_quota(tmp_path / "self", tmp_path) is None


def test_machine_without_groups_has_no_quota(tmp_path):
    assert threads.read_quota(tmp_path / "none", tmp_path) is None
