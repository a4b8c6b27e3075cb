"""The picture of a card: how often what has a score is right, drawn as SVG without any other package."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

PICTURE_FILE = "calibration.svg"
_SIDE, _GAP, _LEFT, _TOP = 220, 50, 60, 46
_TITLES = {"types": "event types", "triggers": "triggers", "arguments": "arguments"}
# A bin of fewer items tells nothing to the eye.
_LEAST_DRAWN = 5
_INK, _RAW, _REPORTED = "#333333", "#c0504d", "#1f6fb2"


def draw_reliability(result: Mapping[str, Any], name: str) -> str:
    """Return an SVG of the share of right items against score, a panel for types, triggers and arguments each.

    Args:
        result: What `benchmarks/calibration.py` measured.
        name: One of its sets.
    """
    scores = result["sets"][name]["scores"]
    width, height = _LEFT + len(_TITLES) * (_SIDE + _GAP), _TOP + _SIDE + 74
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        f'font-family="sans-serif" font-size="12" fill="{_INK}">',
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
    ]
    for place, (kind, title) in enumerate(_TITLES.items()):
        lines += _draw_panel(scores[kind], title, _LEFT + place * (_SIDE + _GAP), is_first=place == 0)
    lines += _draw_legend(height - 16)
    return "\n".join([*lines, "</svg>", ""])


def choose_set(result: Mapping[str, Any]) -> str:
    """Return the set to draw: the test part, else any on which the calibration was not fitted, else the first."""
    names = list(result["sets"])
    return next((name for name in ["test", *names] if name in names and name != "dev"), names[0])


def _draw_panel(stages: Mapping[str, Any], title: str, left: int, *, is_first: bool) -> list[str]:
    """Return one panel: frame, diagonal, and the points of raw and of reported scores."""
    bottom = _TOP + _SIDE
    lines = [
        f'<text x="{left + _SIDE / 2:g}" y="{_TOP - 14}" text-anchor="middle" font-weight="bold">{title}</text>',
        f'<rect x="{left}" y="{_TOP}" width="{_SIDE}" height="{_SIDE}" fill="none" stroke="#999999"/>',
        f'<line x1="{left}" y1="{bottom}" x2="{left + _SIDE}" y2="{_TOP}" stroke="#bbbbbb" stroke-dasharray="4 4"/>',
        f'<text x="{left + _SIDE / 2:g}" y="{bottom + 34}" text-anchor="middle">mean score</text>',
    ]
    for share in (0.0, 0.5, 1.0):
        at = share * _SIDE
        lines.append(f'<text x="{left + at:g}" y="{bottom + 16}" text-anchor="middle">{share:g}</text>')
        lines.append(f'<text x="{left - 6}" y="{bottom - at + 4:g}" text-anchor="end">{share:g}</text>')
    if is_first:
        x, y = left - 38, _TOP + _SIDE / 2
        lines.append(f'<text x="{x}" y="{y:g}" text-anchor="middle" transform="rotate(-90 {x} {y:g})">right</text>')
    for stage, color in (("raw", _RAW), ("calibrated", _REPORTED)):
        lines += _draw_points(stages[stage]["equal_width"]["bins"], left, bottom, color, is_full=stage != "raw")
    return lines


def _draw_points(bins: Sequence[Sequence[float]], left: int, bottom: int, color: str, *, is_full: bool) -> list[str]:
    """Return a circle for each bin (items, mean score, share right), joined by a line, the larger the fuller it is."""
    shown = [(num, left + mean * _SIDE, bottom - right * _SIDE) for num, mean, right in bins if num >= _LEAST_DRAWN]
    total = sum(num for num, _, _ in shown) or 1
    path = " ".join(f"{x:.1f},{y:.1f}" for _, x, y in shown)
    lines = [f'<polyline points="{path}" fill="none" stroke="{color}" stroke-opacity="0.5"/>'] if len(shown) > 1 else []
    for num, x, y in shown:
        radius = 3 + 9 * (num / total) ** 0.5
        fill = color if is_full else "none"
        lines.append(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" fill="{fill}" fill-opacity="0.6" stroke="{color}"/>'
        )
    return lines


def _draw_legend(y: int) -> list[str]:
    """Return what the colours mean."""
    lines = []
    for place, (text, color, fill) in enumerate(
        (("raw, before calibration", _RAW, "none"), ("as reported", _REPORTED, _REPORTED))
    ):
        x = _LEFT + 8 + 190 * place
        lines.append(f'<circle cx="{x}" cy="{y - 4}" r="5" fill="{fill}" fill-opacity="0.6" stroke="{color}"/>')
        lines.append(f'<text x="{x + 12}" y="{y}">{text}</text>')
    x = _LEFT + 8 + 2 * 190
    lines.append(f'<line x1="{x - 8}" y1="{y - 4}" x2="{x + 8}" y2="{y - 4}" stroke="#bbbbbb" stroke-dasharray="4 4"/>')
    return [*lines, f'<text x="{x + 14}" y="{y}">a score of 0.8 is right in 8 of 10 cases</text>']
