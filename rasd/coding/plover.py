"""Rows of the PLOVER view as records in the JSON form of PLOVER's manual (draft 2.0).

The manual lets `text` be filled only by who has the rights to it, so it stays out; `text_info` has the offsets.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from rasd import __version__

_REQUIRED = ("id", "date", "actor", "event")
# Granularities by which a time names its days.
_DAYS = ("day", "days", "part of day", "hour", "minute")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}(?!\d)")


def make_record(row: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the record of a row, None where the view gives the event no code.

    `id`, `date`, `actor` and `event` are required by the manual: `date` is the event's own day where the row has values
    that name it (see `_find_days`), else the document's, null where it has none; `actor` is an empty list where nobody
    is told. Names are in their readable form.
    """
    if row["event"] is None:
        return None
    published = _DATE.match(row["date"] or "")
    days = _find_days(row, published[0] if published else None)
    record = {
        "id": row["event_id"],
        "has_event": True,
        "date": days[0] if days else published and published[0],
        "enddate": days[1] if days and days[1] != days[0] else None,
        "actor": [{"entity_text": text} for text in row["actor"]],
        "recipient": [{"entity_text": text} for text in row["recipient"]],
        "event": [row["event"]],
        "event_loc": {"extracted_place": _join(row["place"])} if row["place"] else None,
        "event_text": [] if row["trigger"] is None else [row["trigger"]],
        "quad_code": row["quad_code"],
        "event_scale": row["event_scale"],
        "mode": [] if row["mode"] is None else [row["mode"]],
        "link": row.get("incident"),
        "text_info": {"sequence": row["sentence"], "start": row["sentence_start"], "end": row["sentence_end"]},
        "cite_info": {
            "citation": row["document"],
            "language": "ar",
            "coder": f"rasd {__version__}",
            "codebook": "plover-draft-2.0",
        },
        "coder": f"rasd {__version__}",
        "comment": _comment(row, _tell_date(is_own=days is not None, is_known=published is not None)),
    }
    return {key: value for key, value in record.items() if key in _REQUIRED or value not in (None, [])}


def _find_days(row: Mapping[str, Any], published: str | None) -> tuple[str, str | None] | None:
    """Return the day on which an event took place or began, and its last day where that is told.

    None where it is not told to the day («آذار الماضي») or told not to have come: what is planned for Sunday is agreed
    today, so that a code that stands for a plan keeps the day of the document.
    """
    start, end = row.get("time_start"), row.get("time_end")
    if row["realis"] != "Actual" or start is None or row["time_granularity"] not in _DAYS or row["time_approximate"]:
        return None
    return None if published is not None and start > published else (start, end)


def _tell_date(*, is_own: bool, is_known: bool) -> str:
    if is_own:
        return "date is that of the event, by its time"
    return "date is that of the document" if is_known else "date is not known"


def _comment(row: Mapping[str, Any], date: str) -> str:
    parts = [f"rule {row['rule']} of {row['view']} ({row['fit']})"]
    if row["note"]:
        parts.append(row["note"])
    if row["candidates"]:
        parts.append(f"candidates: {', '.join(row['candidates'])}")
    parts.append(date)
    if row["time"]:
        parts.append(f"time as told: {_join(row['time'])}")
    if row.get("time_granularity"):
        parts.append(f"days: {row['time_start'] or '..'} to {row['time_end'] or '..'} ({row['time_granularity']})")
    if any(row.get("place_ids", [])):
        parts.append(f"places in GeoNames: {_join([(ids or 'none').replace('|', ' or ') for ids in row['place_ids']])}")
    if row["counts"]:
        parts.append(f"counts: {_join([item['count'] for item in row['counts']])}")
    if row["source"]:
        parts.append(f"reported by: {_join(row['source'])}")
    return "; ".join(part.rstrip(".") for part in parts)


def _join(texts: list[str]) -> str:
    return " | ".join(texts)
