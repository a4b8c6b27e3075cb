"""What the libraries that read numbers and dates make of every third count and fifth time of our table.

    python benchmarks/value_libraries.py

Those that are not installed are left out: `pip install mahad` and so on, each best in an environment of its own, as
their requirements clash. A number is right if it is the value; a time if the day given lies in the right stretch. This
is lenient: intervals, approximation, granularity and parts of the day are not asked for. docs/values.md has the result.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import date, datetime, timezone
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from values.number_expressions import NUMBERS
from values.time_expressions import DOCUMENT_DATE, TIMES

from rasd.values import read_number, read_time

TODAY = datetime.fromisoformat(f"{DOCUMENT_DATE}T12:00").replace(tzinfo=timezone.utc)
SAMPLES = {
    "numbers": NUMBERS[::3],
    "times": [(text, value) for text, value in TIMES if "start" in value or "unresolved" in value][::5],
}
Reader = Callable[[str], Any]


def rasd() -> dict[str, Reader]:
    return {
        "numbers": lambda text: read_number(text).value,
        "times": lambda text: read_time(text, document_date=TODAY.date()).start,
    }


def dateparser() -> dict[str, Reader]:
    import dateparser

    settings = {"RELATIVE_BASE": TODAY.replace(tzinfo=None), "PREFER_DATES_FROM": "past"}
    return {"times": lambda text: dateparser.parse(text, languages=["ar"], settings=settings)}


def mahad() -> dict[str, Reader]:
    from maha.parsers.functions import parse_dimension

    def read(text: str, kind: str) -> Any:
        found = parse_dimension(text, **{kind: True})
        return found[0].value if len(found) == 1 else None

    return {
        "numbers": lambda text: read(text, "numeral"),
        "times": lambda text: None if (value := read(text, "time")) is None else TODAY.replace(tzinfo=None) + value,
    }


def puckling() -> dict[str, Reader]:
    from puckling import Context, Lang, Locale, Options, parse

    context = Context(reference_time=TODAY, locale=Locale(Lang.AR))

    def read(text: str, kind: str) -> Any:
        found = [entity.value for entity in parse(text, context, Options()) if entity.dim == kind]
        return found[0] if len(found) == 1 else None

    return {
        "numbers": lambda text: getattr(read(text, "numeral"), "value", None),
        "times": lambda text: (value := read(text, "time")) and value.start_datetime(),
    }


def pyarabic() -> dict[str, Reader]:
    from pyarabic.number import text2number

    return {"numbers": lambda text: text2number(text) or None}


def arabic_itn() -> dict[str, Reader]:
    from arabic_itn import normalize

    def read(text: str) -> Any:
        found = normalize(text)["text"]
        return int(found) if found.isdecimal() else None

    return {"numbers": read}


LIBRARIES = (rasd, arabic_itn, dateparser, mahad, puckling, pyarabic)


def is_right(found: Any, expected: dict[str, Any]) -> bool:
    """Return whether a value is the expected one, or nothing was found where nothing is to be."""
    if found is not None and "start" in expected and not isinstance(found, date):
        return False
    if "start" in expected:
        day = found.date() if isinstance(found, datetime) else found
        return day is not None and date.fromisoformat(expected["start"]) <= day <= date.fromisoformat(expected["end"])
    return found == expected.get("value")


def judge(read: Reader, sample: list[tuple[str, dict[str, Any]]]) -> int:
    num_right = 0
    for text, expected in sample:
        try:
            found = read(text)
        except Exception:  # whatever a library raises, it has not read the expression
            found = "failed"
            if "start" in expected:
                continue
        num_right += is_right(found, expected)
    return num_right


def main() -> None:
    for library in LIBRARIES:
        try:
            readers = library()
        except ImportError:
            print(f"{library.__name__}: not installed")
            continue
        counts = [f"{kind} {judge(read, SAMPLES[kind])} of {len(SAMPLES[kind])}" for kind, read in readers.items()]
        print(f"{library.__name__}: {', '.join(counts)}")


if __name__ == "__main__":
    main()
