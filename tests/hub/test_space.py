"""The demo Space: its files, what it shows, and, where gradio and a browser are, the page itself."""

from __future__ import annotations

import html
import importlib
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

import rasd
from rasd.errors import ConfigError
from rasd.events import Argument, Document, Event, Sentence, Span
from rasd.hub.flatten import REQUIREMENTS, write_remote_code
from rasd.hub.space import make_space, write_space
from rasd.ontology import Ontology
from rasd.render import render_html

REPO_ID = "some-team/rasd-test_1.0"
NASTY = 'قصفت <script>alert(1)</script> "بلدة" \u202eعين\' ${1+1} {{2}} <img src=x onerror=alert(2)> &amp; </iframe>'


@pytest.fixture
def folder(tmp_path):
    write_space(tmp_path / "space", REPO_ID)
    return tmp_path / "space"


class FakePipeline:
    """Finds one event in every text: its first word, with the second for an argument."""

    class Model:
        class config:
            @staticmethod
            def load_ontology():
                return Ontology.load("conflict")

    model = Model()

    def __call__(self, text, *, min_score):
        first, second = [match.span() for match in re.finditer(r"\S+", text)][:2]
        trigger = Span(start=first[0], end=first[1], text=text[slice(*first)], score=0.9)
        argument = Argument(role="Agent", start=second[0], end=second[1], text=text[slice(*second)], score=0.8)
        event = Event(type="Attack.Shelling", trigger=trigger, arguments=(argument,), realis="Actual", score=0.9)
        events = (event,) if event.score >= min_score else ()
        sentence = Sentence(text=text, events=events, types={event.type: 0.9} if events else {})
        return Document(text=text, sentences=(sentence,)).to_dict()


@pytest.fixture
def app(folder, monkeypatch):
    """The Space's module, with a model that needs no loading."""
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.delenv("RASD_MODEL", raising=False)
    for name in ("app", "render_rasd"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    module = importlib.import_module("app")
    monkeypatch.setattr(module, "load", FakePipeline)
    yield module
    for name in ("app", "render_rasd"):
        sys.modules.pop(name, None)


def content(shown):
    """The page in a frame."""
    attributes = re.fullmatch(
        r'<iframe sandbox="" title="[^"<>]*" style="height:\d+rem" srcdoc="([^"<>]*)"></iframe>', shown
    )
    assert attributes, shown[:200]
    return html.unescape(attributes[1])


def test_files_name_the_model_and_nothing_is_left_to_fill_in(folder):
    names = sorted(path.name for path in folder.iterdir())
    assert names == ["README.md", "app.py", "render_rasd.py", "requirements.txt"] == sorted(make_space(REPO_ID))
    texts = {name: (folder / name).read_text(encoding="utf-8") for name in names}
    assert not [name for name, text in texts.items() if "ORG/NAME" in text]
    assert f'"{REPO_ID}"' in texts["app.py"]
    assert not [
        name for name in ("app.py", "render_rasd.py") if re.search(r"^\s*(import|from) rasd\b", texts[name], re.M)
    ]
    assert texts["requirements.txt"].splitlines()[1:] == list(REQUIREMENTS)


def test_metadata_are_those_of_a_space(folder):
    text = (folder / "README.md").read_text(encoding="utf-8")
    metadata = yaml.safe_load(text.split("---\n")[1])
    assert metadata["sdk"] == "gradio" and metadata["models"] == [REPO_ID] and metadata["license"] == "apache-2.0"
    assert re.fullmatch(r"\d+\.\d+\.\d+", metadata["sdk_version"]) and (folder / metadata["app_file"]).is_file()
    assert metadata["python_version"] == "3.11" and len(metadata["short_description"]) <= 60
    assert metadata["colorFrom"] in (colors := ("red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray"))
    assert metadata["colorTo"] in colors


@pytest.mark.parametrize("repo_id", ["rasd", "a/b/c", "../x", 'a/b"\nimport os', "a/b\n", ""])
def test_what_is_no_hub_id_is_refused(tmp_path, repo_id):
    with pytest.raises(ConfigError, match="expected an id like ORG/NAME, got"):
        write_space(tmp_path / "space", repo_id)
    assert not (tmp_path / "space").exists()


def test_page_is_that_of_rasd_and_record_that_of_the_pipeline(app):
    text = "قصفت المدفعية البلدة."
    shown, record = app.extract(text)
    assert record == FakePipeline()(text, min_score=0.0)
    labels = Ontology.load("conflict").labels_ar
    assert content(shown) == render_html([Document.from_dict(record)], title="الأحداث المستخرجة", labels=labels)
    assert '<html lang="ar" dir="rtl">' in content(shown) and "قصف أرضي" in content(shown)


def test_text_and_model_output_are_escaped_twice(app):
    shown, record = app.extract(NASTY)
    page = content(shown)
    assert record["text"] == NASTY
    assert shown.count("<") == 2
    assert "<script" not in page and "<img" not in page and "</iframe" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "\u202e" not in page and "U+202E" in page


def test_min_score_reaches_the_model(app):
    assert app.extract("قصفت المدفعية البلدة.", 0.95)[1]["sentences"][0]["events"] == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "Write a text first"),
        (" \n", "Write a text first"),
        ("س" * 5001, "has 5,001 characters; the demo reads 5,000"),
    ],
)
def test_no_text_and_too_long_a_text_are_refused(app, text, message):
    with pytest.raises(ValueError, match=message):
        app.extract(text)


def test_limits_are_said_in_both_languages(app):
    assert "5,000" in app.LIMITS_AR and "5,000" in app.LIMITS_EN
    for arabic, english in (("لمراقبة", "watching"), ("اللهجات", "dialects"), ("مصدر واحد", "one source")):
        assert arabic in app.LIMITS_AR and english in app.LIMITS_EN


def test_examples_are_short_enough(app):
    assert len(app.EXAMPLES) == 3 and all(len(text) < app.MAX_CHARS for text in app.EXAMPLES.values())


def test_demo_is_built(app):
    pytest.importorskip("gradio", reason="the demo needs gradio: pip install gradio")
    labels = [component["props"].get("label") for component in app.build().config["components"]]
    assert "النص" in labels and "JSON" in labels


@pytest.mark.slow
def test_demo_works_in_a_browser(tiny_checkpoint, folder, app, tmp_path):
    pytest.importorskip("gradio", reason="the demo needs gradio: pip install gradio")
    playwright = pytest.importorskip("playwright.sync_api", reason="needs a browser's driver: pip install playwright")
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        pytest.skip("needs a browser: apt-get install chromium")
    model = shutil.copytree(tiny_checkpoint, tmp_path / "model")
    write_remote_code(model)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {"RASD_MODEL": str(model), "GRADIO_SERVER_PORT": str(port), "HF_HOME": str(tmp_path / "cache")}
    with (tmp_path / "log").open("w") as log:
        server = subprocess.Popen(
            [sys.executable, "app.py"], cwd=folder, env=os.environ | environment, stdout=log, stderr=subprocess.STDOUT
        )
    try:
        for _ in range(300):
            assert server.poll() is None, (tmp_path / "log").read_text()
            if "Running on" in (tmp_path / "log").read_text():
                break
            time.sleep(1)
        with playwright.sync_playwright() as driver:
            page = driver.chromium.launch(executable_path=browser, args=["--no-sandbox"]).new_page()
            alerts = []
            page.on("dialog", lambda dialog: (alerts.append(dialog.message), dialog.dismiss()))
            page.goto(f"http://127.0.0.1:{port}/", wait_until="domcontentloaded")
            page.wait_for_selector("textarea", timeout=120_000)
            assert page.eval_on_selector("textarea", "box => getComputedStyle(box).direction") == "rtl"
            page.fill("textarea", NASTY)
            page.get_by_role("button", name="استخرج الأحداث").click()
            page.wait_for_selector("iframe[srcdoc]", timeout=120_000)
            frame = page.frame_locator("iframe[srcdoc]")
            assert frame.locator("html").get_attribute("dir") == "rtl" and frame.locator("article").count() == 1
            assert "<script>alert(1)</script>" in frame.locator("article").inner_text()
            events = rasd.load(tiny_checkpoint, device="cpu").predict([NASTY])[0].events
            assert frame.locator(".events > li").count() == len(events) > 0
            assert frame.locator("article mark").count() > 0, "nothing is highlighted"
            page.get_by_role("tab", name="JSON").click()
            page.get_by_text('"sentences"').first.wait_for()
            for heading in ("حدود هذا العرض", "Limits of this demo"):
                assert page.get_by_text(heading).is_visible()
            example = list(app.EXAMPLES)[1]
            page.get_by_text(example, exact=True).click()
            page.wait_for_function(
                f"document.querySelector('textarea').value.startsWith({app.EXAMPLES[example][:20]!r})"
            )
            page.fill("textarea", "")
            page.get_by_role("button", name="استخرج الأحداث").click()
            page.get_by_text("Write a text first").wait_for()
            assert alerts == []
    finally:
        server.terminate()
        server.wait(30)


def test_template_lies_in_the_package():
    root = Path(rasd.__file__).parents[1]
    settings = (root / "pyproject.toml").read_text(encoding="utf-8")
    assert '"rasd.hub.space",' in settings and '"*" = ["*.md", "*.txt", ' in settings
