"""Normalizer: AraBERT's behaviour in strict mode, its mended form, the plain preset, and offsets for all."""

from __future__ import annotations

import html
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rasd.text.markup import find_entities
from rasd.text.normalize import NORMALIZER_FILE, PRESETS, NormalizedText, Normalizer, NormalizerConfig
from rasd.text.words import find_words

STRICT = Normalizer(NormalizerConfig.preset("arabertv02", strict=True))
MENDED = Normalizer(NormalizerConfig.preset("arabertv02"))
PLAIN = Normalizer(NormalizerConfig.preset("plain"))

# Text, what arabert 1.0.1 makes of it, the mended form, the plain form.
CASES = [
    ("هٰذا المعبر", "ه ذا المعبر", "هذا المعبر", "هذا المعبر"),
    ("سافر ڤیکتور إلى چاد", "سافر تور إلى اد", "سافر فيكتور إلى جاد", "سافر فيكتور إلى جاد"),
    ("پاريس و گوگل", "اريس و و ل", "باريس و كوكل", "باريس و كوكل"),
    ("وُزّعت ٣٠ سلّةً في ٢٠١٩/٤/٢", "وزعت 30 سلة في 2019 - 4 - 2", "وزعت 30 سلة في 2019-4-2", "وزعت 30 سلة في 2019/4/2"),
    ("2.5% و 1,400", "2 . 5 % و 1 , 400", "2.5 % و 1,400", "2.5% و 1,400"),
    ("٢٫٥٪", "2 ٫ 5 ٪", "2.5 ٪", "2.5٪"),
    ("راسل info@site.org", "راسل [رابط]", "راسل [بريد]", "راسل info@site.org"),
    ("ممتاااااز !!!!!", "ممتااز ! !", "ممتااز ! !", "ممتاااااز !!!!!"),
    ("4 < 9 و 8 > 2", "4 2", "4 < 9 و 8 > 2", "4 < 9 و 8 > 2"),
    ("ﻻ ماء ﷺ", "ماء", "لا ماء صلى الله عليه وسلم", "لا ماء صلى الله عليه وسلم"),
    ("۱۲ خيمة", "خيمة", "12 خيمة", "12 خيمة"),
    ("نفط&amp;غاز", "نفط غاز", "نفط غاز", "نفط&غاز"),
    ("قمح\u200f وشعير", "قمح وشعير", "قمح وشعير", "قمح وشعير"),
    ("قم\u200bح", "قم ح", "قمح", "قمح"),
    ("[خاص] وصلت السفينة", "[خاص] وصلت السفينة", "[خاص] وصلت السفينة", "[خاص] وصلت السفينة"),
    ("مع v.s.com", "مع [رابط]", "مع v . s . com", "مع v.s.com"),
    ("على https://a.org/خبر؟", "على [رابط] خبر ؟", "على [رابط] ؟", "على https://a.org/خبر؟"),
    ("من @reporter_1", "من [مستخدم]", "من [مستخدم]", "من @reporter_1"),
    ("<p>وصل</p><br />عاد", "وصل عاد", "وصل عاد", "وصل عاد"),
    ("30خيمة رقم7", "30 خيمة رقم 7", "30 خيمة رقم 7", "30خيمة رقم7"),
    ("ٱلماء", "ٱ لماء", "الماء", "الماء"),
    ("أ\u0654 ا\u0654مر", "أ ٔ ا ٔ مر", "أ أمر", "أ أمر"),
    ("café 😀", "caf", "cafe", "café 😀"),
    ("вода", "", "вода", "вода"),
    ("سـوق", "سوق", "سوق", "سوق"),
    ("", "", "", ""),
    (" \u200f\n ", "", "", ""),
]
IDS = [repr(case[0]) for case in CASES]


@pytest.mark.parametrize(("text", "strict", "mended", "plain"), CASES, ids=IDS)
def test_strict_mode_gives_what_arabert_gives(text: str, strict: str, mended: str, plain: str):
    assert STRICT.normalize(text).text == strict


@pytest.mark.parametrize(("text", "strict", "mended", "plain"), CASES, ids=IDS)
def test_mended_mode_keeps_the_content(text: str, strict: str, mended: str, plain: str):
    assert MENDED.normalize(text).text == mended


@pytest.mark.parametrize(("text", "strict", "mended", "plain"), CASES, ids=IDS)
def test_plain_preset_leaves_punctuation_where_it_is(text: str, strict: str, mended: str, plain: str):
    assert PLAIN.normalize(text).text == plain


def source_of(result: NormalizedText, word: str) -> str:
    start = result.text.index(word)
    low, high = result.map.to_source(start, start + len(word))
    return result.source[low:high]


@pytest.mark.parametrize("normalizer", [STRICT, MENDED, PLAIN], ids=["strict", "mended", "plain"])
def test_trailing_kasra_stays_with_its_letter(normalizer: Normalizer):
    assert source_of(normalizer.normalize("هل وصلتِ أمس"), "وصلت") == "وصلتِ"


def test_both_halves_of_a_split_word_keep_their_own_span():
    result = MENDED.normalize("فيها 30خيمة")
    assert source_of(result, "30") == "30"
    assert source_of(result, "خيمة") == "خيمة"


def test_placeholder_stands_for_the_whole_address():
    assert source_of(MENDED.normalize("راسل info@site.org الآن"), "[بريد]") == "info@site.org"
    assert source_of(MENDED.normalize("زر www.site.org/a?b=1."), "[رابط]") == "www.site.org/a?b=1"


def test_letters_of_a_ligature_share_its_span():
    assert source_of(PLAIN.normalize("ﻷمر"), "لأ") == "ﻷ"


def test_entity_without_semicolon_leaves_the_next_word_alone():
    assert source_of(MENDED.normalize("نفط&ampغاز"), "غاز") == "غاز"


@pytest.mark.parametrize(
    ("text", "normalized"),
    [
        ("جسر #مدينة_الورد مغلق", "جسر # مدينة الورد مغلق"),
        ("(#الورد) و#الرمل", "(# الورد) و # الرمل"),
        ("#7_أيام __ #3 بند_أول", "# 7 أيام __ #3 بند_أول"),
        ("C#sharp a.org/#page a.org/b#page ##", "C#sharp a.org/#page a.org/b#page ##"),
        ("#مَدِيــنة_\u200fالورد", "# مدينة الورد"),
    ],
)
def test_words_of_a_hashtag_are_parted(text: str, normalized: str):
    assert PLAIN.normalize(text).text == normalized


def test_words_of_a_hashtag_keep_their_own_span():
    result = PLAIN.normalize("جسر #مدينة_الوردِ")
    assert source_of(result, "مدينة") == "مدينة"
    assert source_of(result, "الورد") == "الوردِ"


def test_trimmed_white_space_belongs_to_no_word():
    result = PLAIN.normalize("  ماء \n")
    assert result.map.to_source(0, len(result.text)) == (2, 5)


def test_twitter_preset_keeps_emoji_apart():
    normalizer = Normalizer(NormalizerConfig.preset("arabertv02-twitter"))
    assert normalizer.normalize("مبروك😀😀").text == "مبروك 😀 😀"


@pytest.mark.parametrize(
    ("name", "preset"),
    [
        ("aubmindlab/bert-base-arabertv02", "arabertv02"),
        ("aubmindlab/bert-large-arabertv02", "arabertv02"),
        ("bert-base-arabertv02", "arabertv02"),
        ("aubmindlab/bert-base-arabertv02-twitter", "arabertv02-twitter"),
        ("aubmindlab/bert-base-arabertv01", "arabertv01"),
        ("CAMeL-Lab/bert-base-arabic-camelbert-msa", "camelbert"),
        ("UBC-NLP/MARBERTv2", "marbert"),
        ("UBC-NLP/ARBERTv2", "marbert"),
        ("FacebookAI/xlm-roberta-base", "plain"),
        ("someone/bert-base-arabertv02", "plain"),
        ("encoders/mini", "plain"),
        ("/models/bert-base-arabertv2", "plain"),
    ],
)
def test_encoder_gets_its_preset(name: str, preset: str):
    assert NormalizerConfig.for_encoder(name) == PRESETS[preset]


@pytest.mark.parametrize(
    ("name", "counterpart"),
    [
        ("aubmindlab/bert-base-arabert", "aubmindlab/bert-base-arabertv02"),
        ("aubmindlab/bert-base-arabertv2", "aubmindlab/bert-base-arabertv02"),
        ("bert-large-arabertv2", "aubmindlab/bert-large-arabertv02"),
    ],
)
def test_encoder_that_needs_farasa_is_refused_with_its_counterpart(name: str, counterpart: str):
    with pytest.raises(ValueError, match=f"'{name}' needs text segmented by Farasa.*use '{counterpart}'"):
        NormalizerConfig.for_encoder(name)


def test_folder_of_an_encoder_says_itself_how_text_is_normalised(tmp_path):
    assert NormalizerConfig.for_encoder(str(tmp_path)) == PRESETS["plain"]
    config = NormalizerConfig.preset("arabertv02", strict=True)
    (tmp_path / NORMALIZER_FILE).write_text(json.dumps(config.to_dict()), encoding="utf-8")
    assert NormalizerConfig.for_encoder(str(tmp_path)) == config


@pytest.mark.parametrize(
    ("text", "message"),
    [("{", "is damaged"), ("[]", r"expected a mapping of settings, got \[\]"), ('{"spaceing": true}', "'spaceing'")],
)
def test_damaged_settings_in_the_folder_of_an_encoder_are_told(tmp_path, text, message):
    (tmp_path / NORMALIZER_FILE).write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=message) as error:
        NormalizerConfig.for_encoder(str(tmp_path))
    assert str(tmp_path / NORMALIZER_FILE) in str(error.value)


@pytest.mark.parametrize("config", [*PRESETS.values(), NormalizerConfig.preset("arabertv02", strict=True)])
def test_config_survives_the_way_through_a_dict(config: NormalizerConfig):
    assert NormalizerConfig.from_dict(config.to_dict()) == config


def test_unknown_setting_is_refused_with_the_nearest():
    with pytest.raises(ValueError, match=r"unknown normalizer setting 'spaceing'.*Did you mean 'spacing'"):
        NormalizerConfig.from_dict({"spaceing": True})


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"spacing": "yes"}, "'spacing' is 'yes'; expected true or false"),
        ({"url_token": 3}, "expected a string or null"),
    ],
)
def test_setting_of_the_wrong_kind_is_refused(values: dict[str, object], message: str):
    with pytest.raises(ValueError, match=message):
        NormalizerConfig.from_dict(values)


def test_strict_mode_is_refused_for_other_presets():
    with pytest.raises(ValueError, match="strict normalisation exists for the preset 'arabertv02' only"):
        NormalizerConfig.preset("plain", strict=True)


def test_unknown_preset_is_refused_with_the_known():
    with pytest.raises(ValueError, match="unknown normalizer preset 'arabert'; presets are: plain, arabertv02"):
        NormalizerConfig.preset("arabert")


LETTERS = "ابتكيهةىآأؤئءو"
ATOMS = [
    *LETTERS, *LETTERS, *"ًٌٍَُِّْٰـ", *"ٕٓٔۖ", *"0123٤٥٦۷۸", *".,:;!?؟،؛…«»\"'()[]{}<>/-_@#%٪٫٬&", *"aZé中",
    *"😀👨🏽✅€", *"گچپیکٱﻻﻷﷲﭖﹰ", *"\u200b\u200c\u200d\u200e\u200f\u202b\ufeff", *"       \n\u00a0",
    "&amp;", "&nbsp;", "&lt;", "&#1605;", "&#x644;", "&ampx", "&rlm;", "<b>", "</p>", "<br />",
    "http://a.org/b?c", "م@x", "www.x.sy", "v.s.com", "me@x.org", "@user", "30خيمة", "رقم7", "3.5", "2019/4/2",
    "#مدينة_الورد",
]  # fmt: skip
messy_texts = st.lists(st.sampled_from(ATOMS), max_size=30).map("".join)
normalizers = st.sampled_from([STRICT, *(Normalizer(config) for config in PRESETS.values())])


@given(messy_texts, normalizers)
@settings(max_examples=1000, deadline=None)
def test_each_word_is_what_its_source_normalises_to(text: str, normalizer: Normalizer):
    result = normalizer.normalize(text)
    position = 0
    for word in result.text.split():
        start = result.text.index(word, position)
        position = start + len(word)
        low, high = result.map.to_source(start, position)
        assert low < high
        again = normalizer.normalize(text[low:high]).text
        # Of a run of one sign, cut to two and spaced, the second sign holds all the rest.
        assert again == word or set(again.split()) == {word}


@given(messy_texts, normalizers)
@settings(max_examples=500, deadline=None)
def test_map_is_in_order_and_covers_what_was_not_trimmed(text: str, normalizer: Normalizer):
    result = normalizer.normalize(text)
    starts, ends = result.map.starts, result.map.ends
    assert len(starts) == len(ends) == len(result.text)
    assert starts == sorted(starts)
    assert ends == sorted(ends)
    assert all(low <= high for low, high in zip(starts, ends, strict=True))
    assert all(next_start <= end for next_start, end in zip(starts[1:], ends, strict=False))
    if not result.text:
        return
    assert normalizer.normalize(text[: starts[0]]).text == ""
    assert normalizer.normalize(text[ends[-1] :]).text == ""


@given(messy_texts, normalizers)
@settings(max_examples=500, deadline=None)
def test_normalised_text_has_single_spaces_and_no_leftovers(text: str, normalizer: Normalizer):
    normalized = normalizer.normalize(text).text
    assert normalized == " ".join(normalized.split())
    assert not set(normalized) & set("ًٌٍَُِّْـ")
    if normalizer is not STRICT:
        assert not set(normalized) & set("ٰٕٓٔ\u200b\u200c\u200d\u200e\u200f\u202b\ufeffگچپیکٱﻻﻷ")


@given(messy_texts, st.sampled_from([MENDED, PLAIN]))
@settings(max_examples=500, deadline=None)
def test_no_source_word_with_a_letter_is_lost(text: str, normalizer: Normalizer):
    # Escaped tags are text to find_words and tags to the normaliser.
    text = text.replace("&lt;", "")
    result = normalizer.normalize(text)
    for start, end in find_words(text):
        if any(char in LETTERS for char in text[start:end]) and "&" not in text[start:end]:
            low, high = result.map.to_normalized(start, end)
            assert result.text[low:high].strip()


@given(st.lists(st.sampled_from(["&", "#", "x", "lt", "amp", "notin", ";", "160", "ب", " ", "copy"]), max_size=12))
def test_entities_decode_as_the_standard_library_does(parts: list[str]):
    text = "".join(parts)
    decoded, position = "", 0
    for start, end, characters in find_entities(text):
        decoded += text[position:start] + characters
        position = end
    assert decoded + text[position:] == html.unescape(text)
