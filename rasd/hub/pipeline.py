"""The `transformers` pipeline "event-extraction": texts in, what `Document.to_dict` gives out.

It is what `flatten` puts beside a published checkpoint. All predicting is `EventExtractor`'s, so that the events are
those of `rasd.load(...).predict`, in batches across texts whatever their lengths.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer
from transformers import Pipeline, PreTrainedModel, PreTrainedTokenizerBase
from transformers.dynamic_module_utils import custom_object_save

from rasd.encoding import SentenceEncoder
from rasd.errors import CheckpointError, summarize_faults
from rasd.events import Document
from rasd.inference.extractor import EventExtractor, check_options

TASK = "event-extraction"


class EventExtractionPipeline(Pipeline):
    """Extracts events from Arabic news.

    `pipe(text)` gives a dict; `pipe([text, ...])` gives a list of dicts; a dataset, generator or other iterable of
    texts gives an iterator over dicts, read as it goes. An item may also be a mapping with the text under "text", as a
    data set's rows are. A dict holds the `text`, and its `sentences` with `start`, `end`, `text`, `types` and
    `events`; all offsets count code points of the text as given.

    Args of a call, or of the pipeline for all its calls:
        min_score: Score from 0 to 1 that events and arguments must reach.
        batch_size: Sentences of full length for which a batch has room; of shorter ones it takes more.
        batch_tokens: Word pieces of one batch, padding included, in place of `batch_size`.

    Example:
        >>> from transformers import pipeline  # doctest: +SKIP
        >>> pipe = pipeline("event-extraction", model="ORG/NAME", trust_remote_code=True)  # doctest: +SKIP
        >>> pipe("قصفت المدفعية حي الميدان فجر اليوم.")["sentences"][0]["events"][0]["type"]  # doctest: +SKIP
        'Attack.Shelling'
    """

    _load_tokenizer = True
    _load_processor = _load_image_processor = _load_video_processor = _load_feature_extractor = False

    def __init__(self, model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, **kwargs: Any) -> None:
        if tokenizer is None:
            raise ValueError("the event-extraction pipeline needs a tokenizer; pass the one of the model's repository")
        super().__init__(model=model, tokenizer=tokenizer, **kwargs)
        faults = model.config.find_faults()
        if faults:
            raise CheckpointError(f"config.json does not describe a rasd model:\n{summarize_faults(faults)}")
        copy = Tokenizer.from_str(tokenizer.backend_tokenizer.to_str())
        self.extractor = EventExtractor.from_model(
            model.eval(), SentenceEncoder.from_tokenizer(copy, model.config), device=self.device
        )
        _restore_names(model.config)

    def __call__(
        self, inputs: Any, *, batch_size: int | None = None, num_workers: int | None = None, **options: Any
    ) -> dict[str, Any] | list[dict[str, Any]] | Iterator[dict[str, Any]]:
        """Extract the events of a text, of a list of texts, or of any iterable of texts.

        Args:
            inputs: See the class.
            batch_size: See the class.
            num_workers: Not used: texts are encoded in a thread of their own while the model runs.
            **options: `min_score` and `batch_tokens`, see the class.

        Returns:
            A dict, a list of dicts, or an iterator over dicts.

        Raises:
            TypeError: If an item is no text, or an option is unknown.
            ValueError: If a text holds half a surrogate pair, or an option is out of its range.
        """
        settings = self._settings(batch_size, options)
        if isinstance(inputs, (str, Mapping)):
            return self.run_single(inputs, {}, settings, {})
        if isinstance(inputs, (bytes, bytearray)) or not (
            isinstance(inputs, Iterable) or (hasattr(inputs, "__getitem__") and hasattr(inputs, "__len__"))
        ):
            raise TypeError(f"expected a text, or a list or iterator of texts, got {type(inputs).__name__}")
        found = self._stream(inputs, settings)
        return list(found) if isinstance(inputs, (list, tuple)) else found

    def _stream(self, inputs: Any, settings: dict[str, Any]) -> Iterator[dict[str, Any]]:
        # A torch data set need not be iterable, and one that is not does not always end with an IndexError.
        items = inputs if isinstance(inputs, Iterable) else (inputs[i] for i in range(len(inputs)))
        documents = self.extractor.predict_iter(map(_text_of, items), **settings)
        return (self.postprocess({"documents": [document]}) for document in documents)

    def _settings(self, batch_size: int | None, options: dict[str, Any]) -> dict[str, Any]:
        """Return the options of a call with those of the pipeline, checked."""
        settings = {**self._forward_params, **self._sanitize_parameters(**options)[1]}
        if "batch_tokens" not in options:
            batch_size = self._batch_size if batch_size is None else batch_size
            if batch_size is not None:
                settings["batch_tokens"] = batch_size * self.model.config.max_length
        settings = {"batch_tokens": None, "min_score": 0.0, **settings}
        check_options(**settings)
        return settings

    def _sanitize_parameters(
        self, *, min_score: float | None = None, batch_tokens: int | None = None
    ) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
        """Return the options of each step; all are those of the forward pass."""
        given = {"min_score": min_score, "batch_tokens": batch_tokens}
        return {}, {name: value for name, value in given.items() if value is not None}, {}

    def preprocess(self, input_: Any) -> dict[str, Any]:
        """Return a text as a document."""
        return {"documents": [Document(text=_text_of(input_))]}

    def _forward(self, input_tensors: dict[str, Any], **settings: Any) -> dict[str, Any]:
        """Extract the events of documents."""
        return {"documents": self.extractor.predict_documents(input_tensors["documents"], **settings)}

    def postprocess(self, model_outputs: dict[str, Any]) -> dict[str, Any]:
        """Return a document as a dict."""
        return model_outputs["documents"][0].to_dict()

    def save_pretrained(self, save_directory: str | Path, **kwargs: Any) -> None:
        """Save model, tokenizer and the code of both and of the pipeline, for a folder that loads as this one did."""
        super().save_pretrained(save_directory, **kwargs)
        custom_object_save(self, save_directory)


def _text_of(item: Any) -> Any:
    """Return the text of an item; what is none is told of by the extractor, with its position."""
    if isinstance(item, Mapping):
        if "text" not in item:
            raise TypeError(f"expected a text, or a mapping with 'text', got one with {', '.join(map(repr, item))}")
        return item["text"]
    return item


def _restore_names(config: Any) -> None:
    """Write the classes in `custom_pipelines` as names again: transformers puts classes there, which JSON has not."""
    for task in getattr(config, "custom_pipelines", {}).values():
        task["pt"] = [item if isinstance(item, str) else item.__name__ for item in task["pt"]]
