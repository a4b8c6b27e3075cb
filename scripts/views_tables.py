"""Write the rules of the packaged views into docs/views.md: python scripts/views_tables.py

Everything from the first table on is made anew; what stands before it is kept.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from rasd.coding.describe import format_markdown
from rasd.coding.view import View, packaged_views

PAGE = Path(__file__).resolve().parents[1] / "docs" / "views.md"
START = "<!-- made by scripts/views_tables.py -->\n"


def main() -> None:
    """Write the page."""
    PAGE.write_text(make_page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")


def make_page(page: str) -> str:
    """Return the page with the tables as the files are now.

    Raises:
        ValueError: If the page lacks the line before its tables.
    """
    head, mark, _ = page.partition(START)
    if not mark:
        raise ValueError(f"{PAGE} has no line {START.strip()!r}")
    return head + START + "".join(f"\n### {name}\n\n{format_markdown(View.load(name))}" for name in packaged_views())


if __name__ == "__main__":
    main()
