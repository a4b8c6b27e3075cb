"""A demo: Arabic news in, the events found in it out, as a right-to-left page and as JSON.

It runs as a Space, or on your own machine: `pip install gradio -r requirements.txt`, then `python app.py`. The model's
repository holds the code that reads it, so nothing of rasd need be installed. Texts are not kept.
"""

from __future__ import annotations

import html
import os
from functools import cache
from typing import Any

from render_rasd import Document, render_html
from transformers import pipeline

# A Hub id or a folder; a private model needs the secret HF_TOKEN.
MODEL = os.environ.get("RASD_MODEL", "ORG/NAME")
MAX_CHARS = 5000

TITLE = "رصد: استخراج الأحداث من الأخبار العربية"
INTRODUCTION = f"""
# {TITLE}

يقرأ النموذج خبرًا بالعربية الفصحى ويستخرج ما فيه من أحداث: مَن فعل ماذا، وبمن، وأين، ومتى، وبأي وسيلة، ونقلًا عن أي مصدر.

النموذج: [`{MODEL}`](https://huggingface.co/{MODEL})
"""
LIMITS_AR = f"""
**حدود هذا العرض**

- يقرأ {MAX_CHARS:,} حرف على الأكثر في المرة الواحدة، ولا يحفظ النصوص.
- تعلّم النموذج من أخبار بالفصحى؛ فلا يُعوَّل عليه في اللهجات ولا في المحادثات.
- الحدث المستخرج قولٌ ورد في النص وليس حقيقة ثابتة، وما رواه مصدر واحد يبقى رواية مصدر واحد.
- يخطئ النموذج في النوع والدور، وقد يعدّ النفي أو المطالبة حدثًا واقعًا؛ فارجع إلى النص قبل الاستشهاد.
- ليس لمراقبة الأشخاص أو تعقبهم، ولا لاختيار أهداف، ولا لأي قرار يمس أحدًا من الناس.
"""
LIMITS_EN = f"""
**Limits of this demo**

- It reads {MAX_CHARS:,} characters at a time, and keeps no text.
- The model learnt from news in Modern Standard Arabic: do not rely on it for dialects or chats.
- An event is a claim that the text makes, not a fact; what one source says stays what one source says.
- It mistakes types and roles, and may take a denial or a demand for what happened: read the text before you cite.
- It is not for watching or tracking people, choosing targets, or any decision about a person.
"""
# Invented, like all names of places and people in them.
EXAMPLES = {
    "قصف وضحايا": (
        "قصفت المدفعية أطراف بلدة عين الريحان فجر الأحد، ما أدى إلى مقتل أربعة مدنيين وإصابة ١١ آخرين، بينهم طفلان. "
        "وقال مسعفون إن القصف دمّر مدرسة ومخبزًا، في حين نفى متحدث عسكري استهداف أي منشأة مدنية."
    ),
    "احتجاج واعتقال": (
        "خرج مئات العمال في مسيرة وسط مدينة النهرين يوم الخميس احتجاجًا على تأخر الرواتب، واعتقلت الشرطة ستة منهم قرب "
        "مبنى البلدية. ودعت النقابة إلى الإفراج عنهم فورًا، ولوّحت بإضراب عام الأسبوع المقبل."
    ),
    "هدنة ومساعدات": (
        "وقّع وفدا الحكومة والمعارضة اتفاقًا لوقف إطلاق النار في قصر المؤتمرات بمدينة الساحل مساء أمس برعاية أممية. "
        "ومن المقرر أن تدخل قافلة تضم 25 شاحنة محملة بالأدوية والطحين إلى حي الميناء المحاصر غدًا."
    ),
}
PLACEHOLDER = '<p dir="rtl" class="waiting">تظهر الأحداث هنا بعد القراءة.</p>'
CSS = """
.rtl{direction:rtl;text-align:right}.rtl textarea{font-size:1.1rem;line-height:1.9}
.waiting{padding:2rem;text-align:center;opacity:.7}
.page iframe{display:block;width:100%;border:1px solid #8884;border-radius:8px;resize:vertical}
"""


@cache
def load() -> Any:
    """Return the model's pipeline, loaded once."""
    return pipeline("event-extraction", model=MODEL, trust_remote_code=True)


def extract(text: str, min_score: float = 0.0) -> tuple[str, dict[str, Any]]:
    """Return the events of a text as HTML and as JSON.

    Args:
        text: At most `MAX_CHARS` characters.
        min_score: Score that events and arguments must reach.

    Raises:
        ValueError: If the text is empty or too long; the message is for the reader of the page.
    """
    if not text or not text.strip():
        raise ValueError("اكتب نصًا أولًا. · Write a text first.")
    if len(text) > MAX_CHARS:
        raise ValueError(
            f"في النص {len(text):,} حرفًا، وأقصى ما يقرؤه هذا العرض {MAX_CHARS:,}. · "
            f"The text has {len(text):,} characters; the demo reads {MAX_CHARS:,} at most."
        )
    found = load()(text, min_score=min_score)
    labels = load().model.config.load_ontology().labels_ar
    document = Document.from_dict(found)
    page = render_html([document], title="الأحداث المستخرجة", labels=labels)
    return frame(page, height=_guess_height(document)), found


def frame(page: str, *, height: int) -> str:
    """Return a page in a frame of its own that runs no script, so that neither page nor demo can change the other."""
    content = html.escape(page, quote=True)
    return f'<iframe sandbox="" title="الأحداث" style="height:{height}rem" srcdoc="{content}"></iframe>'


def _guess_height(document: Document) -> int:
    """Return about how high a document's page is, as a frame cannot tell; what is beyond scrolls."""
    num_rows = sum(-(-len(sentence.events or ()) // 3) for sentence in document.sentences)
    return min(28 + 20 * num_rows, 90)


def build() -> Any:
    """Return the demo."""
    import gradio as gr

    def show(text: str, min_score: float) -> tuple[str, dict[str, Any]]:
        try:
            return extract(text, min_score)
        except ValueError as err:
            raise gr.Error(html.escape(str(err))) from err

    with gr.Blocks(title=TITLE, analytics_enabled=False) as demo:
        gr.Markdown(INTRODUCTION, elem_classes="rtl")
        first = next(iter(EXAMPLES.values()))
        text = gr.Textbox(first, label="النص", lines=6, max_length=MAX_CHARS, rtl=True, elem_classes="rtl")
        gr.Examples(
            [[example] for example in EXAMPLES.values()],
            [text],
            label="أمثلة · examples",
            example_labels=list(EXAMPLES),
        )
        min_score = gr.Slider(0, 1, value=0, step=0.05, label="أقل درجة ثقة · least score", elem_classes="rtl")
        button = gr.Button("استخرج الأحداث", variant="primary")
        with gr.Tab("الأحداث"):
            page = gr.HTML(PLACEHOLDER, elem_classes="page")
        with gr.Tab("JSON"):
            record = gr.JSON(label="JSON", show_label=False)
        with gr.Row():
            with gr.Column(min_width=320):
                gr.Markdown(LIMITS_EN)
            with gr.Column(min_width=320):
                gr.Markdown(LIMITS_AR, elem_classes="rtl")
        gr.on([button.click, text.submit], show, [text, min_score], [page, record], api_name="extract")
    return demo


if __name__ == "__main__":
    load()
    build().launch(css=CSS)
