"""docs/views.md has the rules of the views as their files are."""

from __future__ import annotations

import views_tables


def test_tables_of_the_page_are_current():
    page = views_tables.PAGE.read_text(encoding="utf-8")
    assert page == views_tables.make_page(page), "run python scripts/views_tables.py"
    assert all(f"\n### {name}\n" in page for name in ("acled", "ace", "cameo", "plover"))
