"""The result of the speed bench as tables and a picture."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import Any

BASELINE = "two_pipelines"
# Sentences at the last mark of a stream, marked at pools, whose halves can be compared.
LONG_STREAM = 90_000
Round = dict[str, Any]


def write_report(record: dict[str, Any], stem: Path) -> str:
    """Return the tables as Markdown, and write them and the picture beside the result."""
    parts = [describe(record["machine"])]
    if "systems" in record:
        systems = record["systems"]
        parts.append(
            f"{systems['num_sentences']} sentences with {systems['num_types']} event types in all, "
            f"{systems['num_rounds']} rounds"
        )
        parts += [f"### {name}\n\n{table(shape, systems)}" for name, shape in systems["shapes"].items()]
        draw(systems, stem.with_suffix(".png"))
    if "stream" in record:
        parts.append(f"### Streams\n\n{stream_table(record['stream'])}")
    text = "\n\n".join(parts) + "\n"
    stem.with_suffix(".md").write_text(text, encoding="utf-8")
    return text


def describe(machine: dict[str, Any]) -> str:
    """Return a line on the machine."""
    place = machine["gpu"] or machine["processor"]
    quick = " A quick run: whether it works, not how fast." if machine["quick"] else ""
    return (
        f"{place}, {machine['cores']} cores, {machine['threads']} threads, torch {machine['torch']}, "
        f"transformers {machine['transformers']}, rasd {machine['rasd']}.{quick}"
    )


def table(shape: dict[str, Any], systems: dict[str, Any]) -> str:
    """Return a row a system."""
    number = systems["num_sentences"]
    # Pieces of the sentences, each counted once, are those that rasd runs.
    pieces = next((item["rounds"][0]["pieces"] for name, item in shape.items() if is_rasd(name, item)), None)
    rows = header(
        "system, passes a sentence, batch, sentences/s, tokens/s, times two_pipelines, memory in MB, in the encoder, "
        "in the network, padding, of the product rate, of the bare encoder"
    )
    for name, item in shape.items():
        if "missing" in item:
            rows.append(f"| {name} | not installed: {item['missing'].replace('|', '/')} |" + " |" * 10)
            continue
        rounds = item["rounds"]
        speeds = [number / found["seconds"] for found in rounds]
        cells = [
            name,
            f"{rounds[0]['passes'] / number:.2f}",
            item["batch_size"] or "own",
            spread(speeds, "{:.1f}"),
            "" if pieces is None else f"{median(speeds) * pieces / number:.0f}",
            spread(ratios(shape, name), "{:.2f}"),
            f"{rounds[0]['peak_mb']:.0f}",
            share(rounds, lambda found: found["encoder_seconds"] and found["encoder_seconds"] / found["seconds"]),
            share(rounds, lambda found: found["network_seconds"] and found["network_seconds"] / found["seconds"]),
            f"{100 * (1 - rounds[0]['pieces'] / rounds[0]['padded']):.1f}%",
            share(rounds_with_rates(shape, name), lambda found: found["rate"]),
            share(rounds, lambda found: found.get("bare_seconds") and found["bare_seconds"] / found["seconds"]),
        ]
        rows.append("| " + " | ".join(str(cell) for cell in cells) + " |")
    return "\n".join(rows)


def header(names: str) -> list[str]:
    """Return the first lines of a table."""
    columns = names.split(", ")
    return ["| " + " | ".join(columns) + " |", "|" + "---|" * len(columns)]


def is_rasd(name: str, item: dict[str, Any]) -> bool:
    """Whether a system is rasd, and ran."""
    return name.startswith("rasd") and "rounds" in item


def ratios(shape: dict[str, Any], name: str, baseline: str = BASELINE) -> list[float]:
    """Return how many times faster than the baseline a system was, round by round; none where either did not run."""
    if not all("rounds" in shape.get(system, {}) for system in (name, baseline)):
        return []
    pairs = zip(shape[baseline]["rounds"], shape[name]["rounds"], strict=True)
    return [slow["seconds"] / fast["seconds"] for slow, fast in pairs]


def rounds_with_rates(shape: dict[str, Any], name: str) -> list[Round]:
    """Return for each round the share of the machine's product rate that the whole run reached in its encoder.

    Products are measured in each round in the numbers that a system computes with. Results of before rivals measured
    theirs have those of rasd in fp32 for them, which is what they computed with on a CPU.
    """
    own = shape[name]["rounds"]
    source = own if "product_rate" in own[0] else shape.get("rasd-torch-fp32", {}).get("rounds", [])
    return [
        {"rate": found["flops"] / found["seconds"] / other["product_rate"]}
        for found, other in zip(own, source, strict=False)
    ]


def spread(values: Sequence[float], form: str) -> str:
    """Return median, least and most."""
    if not values:
        return ""
    return f"{form.format(median(values))} ({form.format(min(values))}–{form.format(max(values))})"


def share(rounds: Sequence[Round], of: Callable[[Round], float | None]) -> str:
    """Return the median of a share in percent; nothing where it was not measured."""
    values = [value for value in map(of, rounds) if value is not None]
    return f"{100 * median(values):.0f}%" if values else ""


def join_shapes(before: dict[str, Any], measured: dict[str, Any]) -> dict[str, Any]:
    """Return what was measured, with other shapes that were measured before on the same sentences, as often."""
    shapes = before.get("shapes", {}) if {**before, "shapes": None} == {**measured, "shapes": None} else {}
    return {**measured, "shapes": {**shapes, **measured["shapes"]}}


def stream_table(stream: dict[str, list[Round]]) -> str:
    """Return a row a stream; memory is compared from a fifth of it on, when all pools are in use."""
    rows = header(
        "encoder, sentences, ms a sentence, CPU ms, times the shortest, second half by first, MB at a fifth, "
        "MB at the end, most MB"
    )
    for name, runs in stream.items():
        for found in runs:
            marks = [size for _, size in found["memory_mb"]]
            begin, end = marks[len(marks) // 5], marks[-1]
            rows.append(
                f"| {name} | {found['sentences']} | {found['ms_a_sentence']:.3f} | {found['cpu_ms_a_sentence']:.3f} | "
                f"{found['cpu_ms_a_sentence'] / runs[0]['cpu_ms_a_sentence']:.2f} | "
                f"{by_halves(found['cpu_seconds'])} | {begin:.0f} | {end:.0f} | {found['peak_mb']:.0f} |"
            )
    return "\n".join(rows)


def by_halves(marks: Sequence[tuple[int, float]]) -> str:
    """Return what a sentence cost in the second half of a stream over the first; marks are (sentences, seconds).

    Without the first mark, which has a second pool's work in it, since that is encoded ahead, and the last, which has
    less than its own. Nothing of a shorter stream, whose marks do not stand for whole pools.
    """
    if marks[-1][0] < LONG_STREAM:
        return ""
    inner = marks[1:-1]
    start, middle, end = inner[0], inner[len(inner) // 2], inner[-1]
    costs = [(b[1] - a[1]) / (b[0] - a[0]) for a, b in ((start, middle), (middle, end))]
    return f"{costs[1] / costs[0]:.2f}"


def draw(systems: dict[str, Any], path: Path) -> None:
    """Draw how many times faster than the baseline each system is, with the least and the most of the rounds."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    found = {
        shape: {name: ratios(items, name) for name in items if ratios(items, name)}
        for shape, items in systems["shapes"].items()
    }
    found = {shape: items for shape, items in found.items() if items}
    if not found:
        return
    height = 0.9 + 0.4 * max(map(len, found.values()))
    figure, axes = plt.subplots(1, len(found), figsize=(5.5 * len(found), height), squeeze=False)
    for axis, (shape, items) in zip(axes[0], found.items(), strict=True):
        middles = [median(values) for values in items.values()]
        below = [middle - min(values) for middle, values in zip(middles, items.values(), strict=True)]
        above = [max(values) - middle for middle, values in zip(middles, items.values(), strict=True)]
        colours = ["#1b6e5a" if name.startswith("rasd") else "#9a9a9a" for name in items]
        bars = axis.barh(list(items), middles, xerr=(below, above), color=colours, capsize=3)
        axis.bar_label(bars, [f"{middle:.1f}" for middle in middles], padding=6)
        axis.invert_yaxis()
        axis.margins(x=0.18)
        axis.set_title(shape)
        axis.set_xlabel(f"sentences a second, times {BASELINE}")
        axis.spines[["top", "right"]].set_visible(False)
    figure.tight_layout()
    figure.savefig(path, dpi=120)
    plt.close(figure)
