"""Serves a published checkpoint as an inference endpoint; `flatten` puts this file into the checkpoint as it is.

A request is `{"inputs": TEXT_OR_LIST_OF_TEXTS, "parameters": {"min_score": 0.5}}`, with or without parameters.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from transformers import pipeline

_PARAMETERS = ("min_score", "batch_size", "batch_tokens")


class EndpointHandler:
    """What an inference endpoint loads and calls.

    Args:
        path: Folder of the checkpoint.
    """

    def __init__(self, path: str = ".") -> None:
        self.pipeline = pipeline("event-extraction", model=str(path), trust_remote_code=True)

    def __call__(self, data: Mapping[str, Any]) -> dict[str, Any] | list[dict[str, Any]]:
        """Answer a request.

        Args:
            data: The request's JSON.

        Returns:
            A text and its sentences with events for one text, a list of them for a list.

        Raises:
            ValueError: If the request is not of that form, or a parameter is out of its range; the endpoint answers
                with the message.
        """
        inputs = data.get("inputs")
        is_list = isinstance(inputs, list) and all(isinstance(item, str) for item in inputs)
        if not isinstance(inputs, str) and not is_list:
            raise ValueError(f'"inputs" must be a text or a list of texts, got {inputs!r:.80}')
        parameters = data.get("parameters") or {}
        if not isinstance(parameters, Mapping):
            raise ValueError(f'"parameters" must be a mapping of name to value, got {parameters!r:.80}')
        for name in parameters:
            if name not in _PARAMETERS:
                raise ValueError(f"unknown parameter {name!r}; parameters are: {', '.join(_PARAMETERS)}")
        try:
            return self.pipeline(inputs, **parameters)
        except TypeError as err:  # a parameter of another kind
            raise ValueError(str(err)) from err
