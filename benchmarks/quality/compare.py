"""Tables over results of the quality bench, and paired bootstrap intervals of the difference to rasd."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

SHOWN = ("typing", "tri_c", "arg_c")
SETS = ("dev", "test", "real_dev", "real_train")
NUM_RESAMPLES = 2000


def report(folder: Path) -> None:
    """Print the scores of all systems and the differences to rasd."""
    results = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))]
    for training in sorted({result["training"] for result in results}):
        part = [result for result in results if result["training"] == training]
        systems: dict[str, list[dict]] = {}
        for result in part:
            systems.setdefault(result["system"], []).append(result)
        for name in SETS:
            print(f"\ntrained on {training}, scored on {name}")
            print(f"| system | seeds | {' | '.join(SHOWN)} |\n|---|---|{'---|' * len(SHOWN)}")
            for system, runs in systems.items():
                there = [run for run in runs if name in run["counts"]]
                if there:
                    cells = [cell(there, name, metric) for metric in SHOWN]
                    print(f"| {system} | {len(there)} | {' | '.join(cells)} |")
        if "rasd" in systems:
            differences(systems)


def cell(runs: list[dict], name: str, metric: str) -> str:
    """Return the mean over seeds and a 95% interval over sentences, seeds pooled."""
    tables = [table(run, name, metric) for run in runs]
    mean = np.mean([f1(item.sum(0)) for item in tables])
    low, high = np.percentile(resampled(tables), [2.5, 97.5])
    return f"{100 * mean:.1f} ({100 * low:.1f}-{100 * high:.1f})"


def differences(systems: dict[str, list[dict]]) -> None:
    """Print rasd minus each other system on the real sentences together, sentences resampled in pairs."""
    print("\nrasd minus the system, real sentences together\n| system | Tri-C | Arg-C |\n|---|---|---|")
    for system, runs in systems.items():
        if system == "rasd":
            continue
        cells = []
        for metric in ("tri_c", "arg_c"):
            names = [name for name in ("real_dev", "real_train") if all(name in run["counts"] for run in runs)]
            if not names:
                cells.append("not checked: absent")
                continue
            ours, theirs = (
                [np.concatenate([table(run, name, metric) for name in names]) for run in part]
                for part in (systems["rasd"], runs)
            )
            gap = resampled(ours) - resampled(theirs)
            low, high = np.percentile(gap, [2.5, 97.5])
            verdict = "above" if low > 0 else "below" if high < 0 else "tie"
            cells.append(f"{100 * gap.mean():+.1f} ({100 * low:+.1f} to {100 * high:+.1f}), {verdict}")
        print(f"| {system} | {' | '.join(cells)} |")


def table(run: dict, name: str, metric: str) -> np.ndarray:
    """Return gold, predicted and matched counts of every sentence [sentences, 3]."""
    place = 3 * run["metrics"].index(metric)
    return np.array(run["counts"][name])[:, place : place + 3]


def resampled(tables: list[np.ndarray]) -> np.ndarray:
    """Return mean F1 over seeds of bootstrap samples; the same seed gives the same sentences to every system."""
    rng = np.random.default_rng(0)
    num = len(tables[0])
    weights = rng.multinomial(num, np.full(num, 1 / num), size=NUM_RESAMPLES)  # [S, sentences]
    return np.mean([f1(weights @ item) for item in tables], axis=0)


def f1(counts: np.ndarray) -> np.ndarray:
    """Return F1 of gold, predicted, matched counts in the last axis."""
    return 2 * counts[..., 2] / np.maximum(1, counts[..., 0] + counts[..., 1])
