"""Normalisation of Arabic text for an encoder, with a map back to the source.

`NormalizerConfig` says what is done and is saved with the checkpoint, as the same text must be normalised the same way
in training and in use. `Normalizer` does it. The spans of an `OffsetMap` are half-open and count code points.

The steps are those of AraBERT's own cleaning (Antoun, Baly and Hajj, 2020). By default its content-losing faults are
mended: presentation forms and Persian letters and digits are mapped instead of dropped, marks that are not tashkeel are
deleted instead of cutting the word, `<` and `>` count only in real HTML tags, e-mail addresses become the e-mail
placeholder, and numbers stay whole. `strict=True` gives what arabert 1.0.1 gives.
"""

from __future__ import annotations

import dataclasses
import difflib
import json
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from rasd.text import rules
from rasd.text.offsets import OffsetMap

# What the folder of an encoder may hold to say how text is normalised for it: settings as `to_dict` gives them.
NORMALIZER_FILE = "rasd_normalizer.json"


@dataclass(frozen=True)
class NormalizerConfig:
    """What a `Normalizer` does; the default is the 'plain' preset, which suits any encoder.

    Always done: entities decoded, HTML tags removed, presentation forms and Persian letters mapped, marks, tatweel and
    invisible characters deleted, the words of a hashtag parted, white space made single.

    Attributes:
        strict: do exactly what arabert 1.0.1 does for bert-base-arabertv02; needs that preset's other settings.
        url_token: what is put for a web address; None leaves it.
        email_token: what is put for an e-mail address; None leaves it.
        mention_token: what is put for `@name`; None leaves it.
        spacing: put spaces round punctuation and between digits and Arabic letters.
        arabert_alphabet: bring the text to the characters AraBERT was trained on, runs of one character cut to two.
        keep_emoji: with `arabert_alphabet`, keep emoji.
        ascii_digits: map Arabic-Indic and Persian digits to 0-9.
        drop_dateline: delete the place, date and agency before a report, in which no event is told.
    """

    strict: bool = False
    url_token: str | None = None
    email_token: str | None = None
    mention_token: str | None = None
    spacing: bool = False
    arabert_alphabet: bool = False
    keep_emoji: bool = False
    ascii_digits: bool = True
    drop_dateline: bool = True

    def __post_init__(self) -> None:
        for name, kinds in _field_kinds().items():
            value = getattr(self, name)
            if not isinstance(value, kinds):
                expected = "true or false" if bool in kinds else "a string or null"
                raise ValueError(f"normalizer setting '{name}' is {value!r}; expected {expected}")
        if self.strict and dataclasses.replace(self, strict=False) != PRESETS["arabertv02"]:
            raise ValueError(
                "strict normalisation exists for the preset 'arabertv02' only; "
                "use NormalizerConfig.preset('arabertv02', strict=True), or strict=False"
            )

    @classmethod
    def preset(cls, name: str, *, strict: bool = False) -> NormalizerConfig:
        """Return a preset by its name.

        Args:
            name: a key of `PRESETS`.
            strict: see the attribute; for 'arabertv02' only.

        Returns:
            The settings.

        Raises:
            ValueError: there is no such preset, or it has no strict form.
        """
        if name not in PRESETS:
            raise ValueError(f"unknown normalizer preset '{name}'; presets are: {', '.join(PRESETS)}")
        return dataclasses.replace(PRESETS[name], strict=strict) if strict else PRESETS[name]

    @classmethod
    def for_encoder(cls, name: str) -> NormalizerConfig:
        """Return the settings that fit a pretrained encoder.

        Args:
            name: its Hub id, with or without the organisation, or its folder. A folder that rasd wrote says itself
                which settings it was adapted with; any other local path or an unknown id gets 'plain'.

        Returns:
            The settings.

        Raises:
            ValueError: the encoder needs text cut by Farasa, which this package does not do, or the folder's own
                settings are at fault.
        """
        path = Path(name) / NORMALIZER_FILE
        if path.is_file():
            return cls._from_file(path)
        organisation, _, model = name.rpartition("/")
        known = organisation in ("", "aubmindlab")
        if known and model in _FARASA_ENCODERS:
            raise ValueError(
                f"encoder '{name}' needs text segmented by Farasa, which rasd does not run; "
                f"use 'aubmindlab/{_FARASA_ENCODERS[model]}', which needs none"
            )
        for owner, prefix, preset in _ENCODER_PRESETS:
            if organisation in ("", owner) and model.startswith(prefix):
                return PRESETS[preset]
        return PRESETS["plain"]

    @classmethod
    def _from_file(cls, path: Path) -> NormalizerConfig:
        try:
            values = json.loads(path.read_text(encoding="utf-8"))
            if not isinstance(values, dict):
                raise ValueError(f"expected a mapping of settings, got {values!r:.60}")
            return cls.from_dict(values)
        except ValueError as err:
            raise ValueError(f"{path} says how text is normalised for that encoder and is damaged: {err}") from err

    @classmethod
    def from_dict(cls, values: Mapping[str, object]) -> NormalizerConfig:
        """Return the settings that a mapping gives; those not named keep their defaults.

        Args:
            values: setting name to value, as `to_dict` writes it.

        Returns:
            The settings.

        Raises:
            ValueError: a name is no setting, or a value is of the wrong kind.
        """
        names = list(_field_kinds())
        for name in values:
            if name not in names:
                near = difflib.get_close_matches(str(name), names, n=1, cutoff=0.0)[0]
                raise ValueError(
                    f"unknown normalizer setting '{name}'; settings are: {', '.join(names)}. Did you mean '{near}'?"
                )
        return cls(**values)  # type: ignore[arg-type]

    def to_dict(self) -> dict[str, bool | str | None]:
        """Return every setting by its name, as plain values for JSON."""
        return dataclasses.asdict(self)


def _field_kinds() -> dict[str, tuple[type, ...]]:
    """Return the allowed types of each setting."""
    hints = typing.get_type_hints(NormalizerConfig)
    return {name: typing.get_args(hint) or (hint,) for name, hint in hints.items()}


_ARABERT_TOKENS = {"url_token": "[رابط]", "email_token": "[بريد]", "mention_token": "[مستخدم]"}

PRESETS: dict[str, NormalizerConfig] = {
    "plain": NormalizerConfig(),
    "arabertv02": NormalizerConfig(**_ARABERT_TOKENS, spacing=True, arabert_alphabet=True),
    "arabertv02-twitter": NormalizerConfig(**_ARABERT_TOKENS, spacing=True, arabert_alphabet=True, keep_emoji=True),
    # The first AraBERT was pretrained on digits as written.
    "arabertv01": NormalizerConfig(**_ARABERT_TOKENS, spacing=True, arabert_alphabet=True, ascii_digits=False),
    # Digits stay as written: nothing known says that these encoders saw them mapped.
    "camelbert": NormalizerConfig(ascii_digits=False),
    # The words that its makers say stood for addresses and user names in pretraining.
    "marbert": NormalizerConfig(url_token="URL", mention_token="USER", ascii_digits=False),
}

# Owner on the Hub, how the model's name begins, preset; the first that fits counts.
_ENCODER_PRESETS = (
    ("aubmindlab", "bert-base-arabertv02-twitter", "arabertv02-twitter"),
    ("aubmindlab", "bert-large-arabertv02-twitter", "arabertv02-twitter"),
    ("aubmindlab", "bert-base-arabertv02", "arabertv02"),
    ("aubmindlab", "bert-large-arabertv02", "arabertv02"),
    ("aubmindlab", "bert-base-arabertv01", "arabertv01"),
    ("CAMeL-Lab", "bert-base-arabic-camelbert", "camelbert"),
    ("UBC-NLP", "MARBERT", "marbert"),
    ("UBC-NLP", "ARBERT", "marbert"),
)

_FARASA_ENCODERS = {
    "bert-base-arabert": "bert-base-arabertv02",
    "bert-base-arabertv1": "bert-base-arabertv02",
    "bert-base-arabertv2": "bert-base-arabertv02",
    "bert-large-arabertv2": "bert-large-arabertv02",
}


@dataclass(frozen=True)
class NormalizedText:
    """A normalised text, the source it comes from, and the map between the two."""

    text: str
    source: str
    map: OffsetMap


class Normalizer:
    """Normalises texts as its config says.

    Example:
        >>> normalizer = Normalizer(NormalizerConfig.preset("arabertv02"))
        >>> result = normalizer.normalize("وصلتِ القافلةُ، ومعها ٣٫٥ طن.")
        >>> result.text
        'وصلت القافلة ، ومعها 3.5 طن .'
        >>> start, end = result.map.to_source(0, 4)
        >>> result.source[start:end]
        'وصلتِ'
    """

    def __init__(self, config: NormalizerConfig) -> None:
        self.config = config
        self._rules = _strict_rules() if config.strict else _mended_rules(config)

    def normalize(self, text: str) -> NormalizedText:
        """Return the normalised text with its map; '' for a text of which nothing is left.

        Args:
            text: the source. Not changed in any way before the spans are counted.
        """
        normalized, offsets = text, OffsetMap.identity(len(text))
        for rule in self._rules:
            normalized, offsets = rule(normalized, offsets)
        return NormalizedText(normalized, text, offsets)


def _mended_rules(config: NormalizerConfig) -> list[rules.Rule]:
    """Return the rules of a config in their order."""
    steps: list[rules.Rule] = [rules.decode_entities, rules.expand_presentation_forms]
    if config.drop_dateline:
        steps.append(rules.cut_dateline)  # while the long stroke that may end it is there
    steps += [rules.drop_marks, rules.map_persian_letters, rules.remove_tags]
    if config.ascii_digits:
        steps.append(rules.map_digits)
    # E-mail addresses first: the domain in one is no web address.
    if config.email_token is not None:
        steps.append(rules.email_rule(config.email_token))
    if config.url_token is not None:
        steps.append(rules.link_rule(config.url_token))
    if config.mention_token is not None:
        steps.append(rules.mention_rule(config.mention_token))
    if config.arabert_alphabet:
        steps += [rules.alphabet_rule(keep_emoji=config.keep_emoji), rules.cut_repeats]
    if config.spacing:
        steps += [rules.space_punctuation, rules.split_digits]
    else:
        steps.append(rules.part_hashtags)
    if config.arabert_alphabet:
        steps.append(rules.dash_slashes)
    steps.append(rules.collapse_whitespace)
    return steps


def _strict_rules() -> list[rules.Rule]:
    """Return AraBERT's own rules in its order."""
    return [
        rules.decode_entities,
        rules.strict_marks,
        rules.strict_placeholders,
        rules.strict_tags,
        rules.strict_digits,
        rules.cut_repeats,
        rules.strict_spacing,
        rules.strict_split_digits,
        rules.dash_slashes,
        rules.strict_alphabet,
        rules.collapse_whitespace,
    ]
