"""Compare the strict normaliser with the published arabert package, as a black box.

    python scripts/check_arabert_parity.py [--file TEXT] [--num-strings N] [--seed N]

Makes an environment of its own in a temporary folder, installs arabert 1.0.1 there (its pinned emoji version clashes
with others), and runs both on generated strings and on the lines of a file. Prints the agreement and the first
differences; leaves 1 if there is any.
"""

from __future__ import annotations

import argparse
import json
import logging
import random
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from rasd.text.normalize import Normalizer, NormalizerConfig

PACKAGES = ("arabert==1.0.1", "PyArabic==0.6.15", "emoji==1.4.2", "six")
NUM_SHOWN = 10

# Read by the other interpreter: a JSON list of strings comes in, a JSON list goes out. Farasa is imported by arabert
# but never called for this encoder, so an empty stand-in spares the Java behind it.
ORACLE = """
import json, logging, sys, types
for name in ("farasa", "farasa.segmenter"):
    sys.modules[name] = types.ModuleType(name)
sys.modules["farasa.segmenter"].FarasaSegmenter = object
logging.disable(logging.WARNING)
from arabert.preprocess import ArabertPreprocessor
preprocessor = ArabertPreprocessor("bert-base-arabertv02")
json.dump([preprocessor.preprocess(text) for text in json.load(sys.stdin)], sys.stdout)
"""

ATOMS = (
    *"ابتثجحخدذرزسشصضطظعغفقكلمنهويءآأؤإئىة",
    *"ًٌٍَُِّْٰٕٓٔـ",
    *"0123456789٠١٢٣٤٥٦٧٨٩۰۱۹",
    *"گچپڤیکەٱﷺﻻﻼﷲ",
    *".,:;!?؟،؛…«»“”‘’\"'()[]{}<>/\\|-–—_@#$%٪٫٬&*+=~^`·€×",
    *"   \n\t\u00a0\u200b\u200c\u200d\u200e\u200f\u202b\u2069\ufeff\ufe0f",
    *"aAbZéñ中ж",
    *"😀👨🏽🇸🇾✅",
    *("&amp;", "&lt;", "&gt;", "&nbsp;", "&quot;", "&#1605;", "&#x644;", "&copy", "&ampx", "&rlm;", "&#0;"),
    *("<b>", "</p>", "<br />", "<br/>", '<a href="http://x.org">', "<>", "< ", " >"),
    *("http://a.com/b?c=1", "https://", "www.news.sy", "v.s.com", "me@x.org", "م@x", "@user", ".com", "t.co/Ab", "x.y"),
    *("ههههه", "!!!!", "....", "----", "2013/8/21", "3.5%", "1,200", "30مدنيا", "رقم7", "a7", "7b"),
    *("[رابط]", "#وسم_جديد"),
)


def generate_strings(count: int, seed: int) -> list[str]:
    """Return random strings of letters, marks, digits, punctuation, markup and addresses."""
    generator = random.Random(seed)
    words = ["وصلت", "القافلة", "إلى", "المدينةِ", "مُساعدات", "ثلاثون", "هٰذا"]
    strings = []
    for _ in range(count):
        pool = ATOMS if generator.random() < 0.7 else (*words, *ATOMS[-40:], " ", " ")
        atoms = generator.choices(pool, k=generator.randint(0, 40))
        strings.append(generator.choice(["", "", " "]).join(atoms))
    return strings


def run_oracle(texts: list[str], folder: Path) -> list[str]:
    """Return what the published package makes of each text, run in an environment made in `folder`."""
    venv.create(folder, with_pip=True)
    python = folder / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    subprocess.run([python, "-m", "pip", "install", "--quiet", "--no-deps", *PACKAGES], check=True)
    result = subprocess.run(
        [python, "-c", ORACLE], input=json.dumps(texts), capture_output=True, text=True, check=True, cwd=folder
    )
    return json.loads(result.stdout)


def main() -> int:
    """Compare, print what differs, and return the exit status."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--file", type=Path, help="text file; each line is compared (of tabbed lines, the last column)")
    parser.add_argument("--num-strings", type=int, default=20_000, help="how many strings to generate")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()

    texts = generate_strings(options.num_strings, options.seed)
    if options.file:
        lines = options.file.read_text(encoding="utf-8").split("\n")
        texts += [line.rsplit("\t", 1)[-1] for line in lines if line]
    with tempfile.TemporaryDirectory() as folder:
        expected = run_oracle(texts, Path(folder))
    normalizer = Normalizer(NormalizerConfig.preset("arabertv02", strict=True))
    got = [normalizer.normalize(text).text for text in texts]
    differences = [row for row in zip(texts, expected, got, strict=True) if row[1] != row[2]]
    for text, theirs, ours in differences[:NUM_SHOWN]:
        logging.info("text    %r\narabert %r\nrasd    %r\n", text, theirs, ours)
    logging.info("%d of %d texts agree", len(texts) - len(differences), len(texts))
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
