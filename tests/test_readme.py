"""The two READMEs say the same, and what they tell to type exists."""

from __future__ import annotations

import argparse
import json
import re
import shlex
from pathlib import Path

import pytest

from rasd.cli import build_parser
from rasd.events import Document

ROOT = Path(__file__).resolve().parents[1]
TEXTS = {name: (ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "README.ar.md")}
COMMANDS = next(action for action in build_parser()._actions if isinstance(action, argparse._SubParsersAction)).choices
_FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", re.M | re.S)
_FOLDER = re.compile(r"(?:^|\s)(\w+)/(?=\s|$)")

each_readme = pytest.mark.parametrize("name", TEXTS)


def code_lines(text):
    """Return the lines of all blocks, without the folder list and comments, which are translated."""
    lines, is_fenced = [], False
    for line in text.splitlines():
        if line.startswith("```"):
            is_fenced = not is_fenced
            lines.append(line)
        elif is_fenced or line.startswith("    "):
            lines.append(re.sub(r"\s+# .*", "", line))
    return [line for line in lines if not re.match(r"    \w+/\s", line)]


def commands(text):
    """Return the `rasd ...` commands of blocks and of inline code, each split into words."""
    lines = [line.strip() for line in code_lines(text)]
    spans = re.findall(r"`([^`\n]+)`", _FENCED.sub("", text))
    return [shlex.split(item) for item in lines + spans if re.match(r"rasd \w", item)]


def fenced(text, language):
    return [body for kind, body in _FENCED.findall(text) if kind == language]


@each_readme
def test_begins_with_the_two_commands(name):
    title, blank, *lines = TEXTS[name].splitlines()
    assert title.startswith("# ") and not blank
    assert [line.split("#")[0].rstrip() for line in lines[:2]] == [
        "    ./scripts/quickstart.sh",
        "    ./scripts/test.sh",
    ]


def test_same_code_in_the_same_order():
    english, arabic = (code_lines(text) for text in TEXTS.values())
    assert arabic == english
    assert len(english) > 25


def test_same_sections_and_links():
    english, arabic = TEXTS.values()
    assert len(re.findall(r"^## ", arabic, re.M)) == len(re.findall(r"^## ", english, re.M))
    links = [sorted(re.findall(r"\]\(([^)]+)\)", text)) for text in (english, arabic)]
    assert [link for link in links[0] if link != "README.ar.md"] == [link for link in links[1] if link != "README.md"]


def test_same_folders():
    english, arabic = TEXTS.values()
    folders = _FOLDER.findall("\n".join(re.findall(r"^    \w+/\s.*", english, re.M)))
    assert sorted(folders) == sorted(re.findall(r"^\| `(\w+)` \|", arabic, re.M))
    assert all((ROOT / folder).is_dir() for folder in folders)


@each_readme
def test_relative_links_lead_to_files(name):
    links = [link for link in re.findall(r"\]\(([^)#]+)", TEXTS[name]) if "://" not in link]
    assert links
    assert [link for link in links if not (ROOT / link).is_file()] == []


@each_readme
def test_files_of_the_repository_in_commands_exist(name):
    words = " ".join(code_lines(TEXTS[name])).replace("\\", "/").split()
    files = [word for word in words if re.match(r"(\./)?(scripts|train|configs|data)/\w", word)]
    assert files
    assert [file for file in files if not (ROOT / file).is_file()] == []


@each_readme
def test_commands_and_options_exist(name):
    used = commands(TEXTS[name])
    assert {words[1] for words in used} == set(COMMANDS)
    for _, command, *rest in used:
        options = {word.partition("=")[0] for word in rest if word.startswith("-") and word != "-"}
        assert options <= set(COMMANDS[command]._option_string_actions), (command, options)
        if rest:
            build_parser().parse_args([command, *rest])


@each_readme
def test_python_example_compiles(name):
    (code,) = fenced(TEXTS[name], "python")
    compile(code, name, "exec")


@each_readme
def test_json_example_is_of_the_sentence_in_the_python_example(name):
    (code,), (record,) = fenced(TEXTS[name], "python"), fenced(TEXTS[name], "json")
    text = re.search(r'predict\(\["(.+?)"\]\)', code)[1]
    record = json.loads(record.replace("…", text))
    (sentence,) = Document.from_dict(record).sentences
    assert sentence.to_dict() == record["sentences"][0], "the end of the sentence, or its keys"
    for event in sentence.events:
        for span in (event.trigger, *event.arguments):
            assert text[span.start : span.end] == span.text


def test_arabic_runs_right_to_left_and_code_does_not():
    *parts, end = re.split(r"^<div dir=\"rtl\">$\n(.*?)^</div>$", TEXTS["README.ar.md"], flags=re.M | re.S)
    assert not end.strip()
    assert not code_lines("".join(parts[1::2])), "a code block stands inside a right-to-left div"
    for part in parts[1::2]:
        assert part.startswith("\n"), "without a blank line after the tag Markdown is not rendered"
        for paragraph in part.strip().split("\n\n"):
            # GitHub gives each paragraph dir="auto", which goes by its first letter.
            assert re.search(r"[^\W\d_]", paragraph)[0] >= "\u0600", paragraph
