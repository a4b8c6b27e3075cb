"""Updating a card keeps what others put in."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from rasd.errors import PublishError
from rasd.hub.merging import list_sections, merge_cards, split_card

OWN = "rasd evaluate"


def section(name, text):
    return f"<!-- rasd:begin {name} -->\n{text}\n<!-- rasd:end {name} -->"


def card(body, **data):
    return f"---\n{yaml.safe_dump(data)}---\n\n{body}"


def merged(new, old):
    return merge_cards(new, old, source_name=OWN)


def test_first_card_is_taken_as_it_is():
    new = card("# name\n\n" + section("use", "one"), license="mit")
    assert merged(new, None) == new


def test_sections_are_replaced_and_words_between_them_stay():
    old = card(f"# my title\n\nmy words\n\n{section('use', 'old')}\n\nbetween\n\n{section('gone', 'x')}\n\nmy end\n")
    new = card(f"# title\n\n{section('use', 'new')}\n\n{section('scores', 'more')}\n")
    _, body = split_card(merged(new, old))
    expected = (
        f"# my title\n\nmy words\n\n{section('use', 'new')}\n\n{section('scores', 'more')}\n\nbetween\n\n\n\nmy end\n"
    )
    assert body == "\n" + expected


def test_section_that_comes_first_is_put_before_the_others():
    old = card(f"# t\n\n{section('use', 'old')}\n")
    new = card(f"# t\n\n{section('summary', 'first')}\n\n{section('use', 'new')}\n")
    _, body = split_card(merged(new, old))
    assert body == f"\n# t\n\n{section('summary', 'first')}\n\n{section('use', 'new')}\n"


def test_card_written_by_hand_stays_below():
    old = card("# by hand\n\nall of it\n", license="cc-by-4.0", thumbnail="x.png")
    new = card(f"# t\n\n{section('use', 'new')}\n", license="mit")
    data, body = split_card(merged(new, old))
    assert data == {"license": "mit", "thumbnail": "x.png"}
    assert body == f"\n# t\n\n{section('use', 'new')}\n\n# by hand\n\nall of it\n"


def test_card_that_the_hub_made_with_the_repository_leaves_no_trace():
    new = card(section("use", "new"), license="mit")
    assert split_card(merged(new, "---\nlicense: mit\n---\n"))[1] == split_card(new)[1]


@given(
    st.lists(
        st.text(st.characters(exclude_characters="<", exclude_categories=["Cs"]), max_size=30), min_size=3, max_size=3
    ),
    st.sampled_from(["\n", "\r\n"]),
)
def test_foreign_text_stays_letter_by_letter_and_merging_again_changes_nothing(parts, newline):
    first, between, last = parts
    old = f"---\ntags: [own]\n---\n{first}{section('a', 'x')}{between}{section('b', 'y')}{last}".replace("\n", newline)
    new = card(f"# t\n\n{section('a', 'new a')}\n\n{section('b', 'new b')}\n", tags=["rasd"])
    once = merged(new, old)
    body = split_card(once)[1]
    expected = f"{first}{section('a', 'new a')}{between}{section('b', 'new b')}{last}"
    for name in ("a", "b"):
        body, expected = (text.replace(list_sections(once)[name], name) for text in (body, expected))
    assert body.lstrip("\r\n") == expected.replace("\n", newline).lstrip("\r\n")
    assert merged(new, once) == once


@pytest.mark.parametrize(
    ("old", "message"),
    [
        ("---\na: [b\n---\n", "metadata of the card on the Hub is not valid YAML"),
        ("---\n- a\n---\n", "is no mapping"),
        (f"{section('use', 'x')}\n<!-- rasd:begin scores -->\n", "the mark '<!-- rasd:begin scores -->' without its"),
    ],
)
def test_card_that_nobody_can_take_apart_is_refused(old, message):
    with pytest.raises(PublishError, match=message):
        merged(card(section("use", "new")), old)


def result(value, source=None, name="set"):
    found = {
        "task": {"type": "t"},
        "dataset": {"type": name, "name": name},
        "metrics": [{"type": "f1", "value": value}],
    }
    return found | ({"source": {"name": source, "url": "u"}} if source else {})


def test_what_an_earlier_model_was_made_from_goes_and_what_others_named_stays():
    told = section(
        "data", "[acme/old](https://huggingface.co/datasets/acme/old), [acme/base](https://huggingface.co/acme/base)"
    )
    old = {
        "license": "other",
        "license_name": "its-licence",
        "license_link": "https://example.org",
        "base_model": "acme/base",
        "base_model_relation": "finetune",
        "datasets": ["acme/old", "theirs/more"],
        "metrics": ["f1", "seqeval"],
    }
    new = {"license": "mit", "metrics": ["f1"]}
    data, _ = split_card(merged(card("", **new), card(told, **old)))
    assert data == {"license": "mit", "metrics": ["f1", "seqeval"], "datasets": ["theirs/more"]}
    theirs = {"license": "mit", "base_model": "theirs/base", "base_model_relation": "adapter", "datasets": ["acme/old"]}
    data, _ = split_card(merged(card("", **new), card(told, **theirs)))
    assert (data["base_model"], data["base_model_relation"]) == ("theirs/base", "adapter") and "datasets" not in data


def test_metadata_of_others_stays_beside_new_values():
    old = {
        "license": "mit",
        "tags": ["rasd", "theirs"],
        "thumbnail": "x.png",
        "model-index": [
            {"name": "tiny", "results": [result(0.1, OWN), result(0.2, name="leaderboard")]},
            {"name": "another", "results": [result(0.3, OWN), result(0.4, "somebody")]},
        ],
    }
    new = {
        "license": "other",
        "tags": ["rasd", "news"],
        "model-index": [{"name": "tiny", "results": [result(0.9, OWN)]}],
    }
    data, _ = split_card(merged(card("", **new), card("", **old)))
    assert data["license"] == "other" and data["tags"] == ["rasd", "news", "theirs"] and data["thumbnail"] == "x.png"
    assert data["model-index"] == [
        {"name": "tiny", "results": [result(0.9, OWN), result(0.2, name="leaderboard")]},
        {"name": "another", "results": [result(0.4, "somebody")]},
    ]
