"""The errors that users of `rasd` can mend, each saying what was got, what was expected and what to do.

The command line prints their message alone and ends with exit code 2; a broken invariant of ours is an
`AssertionError` and keeps its traceback.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class RasdError(Exception):
    """Base of every error that the user can mend."""


class ConfigError(RasdError):
    """A configuration file or override is at fault; the message lists every fault found."""


class OntologyError(RasdError):
    """An ontology file is at fault, or data or a checkpoint do not fit the ontology."""


class ReadError(RasdError):
    """A data file cannot be read as what it was said to be; the message names file and line."""


class OutputError(RasdError):
    """What was made cannot be written; the message says what is safe and how to go on."""


class CheckpointError(RasdError):
    """A folder or Hub id is no rasd checkpoint, or its files are damaged."""


class BackendError(RasdError, ValueError):
    """A device, backend or kind of number was asked for that is not there; the message says what is."""


class ExportError(RasdError):
    """A checkpoint cannot be exported, or what came of it does not find what the checkpoint finds."""


class PublishError(RasdError):
    """Something may not go up to the Hub as it is, or the Hub did not take it; the message says what is there now."""


class HubUnreachableError(PublishError):
    """The Hub cannot be asked: no network, offline mode, or no token to ask with."""


class MissingExtraError(RasdError):
    """An optional dependency is not installed; the message gives the command that installs it."""


def did_you_mean(got: str, valid: Iterable[str]) -> str:
    """Return " Did you mean 'x'?" with the nearest valid name, or an empty string where none is near."""
    near = difflib.get_close_matches(str(got), list(valid), n=1, cutoff=0.6)
    return f" Did you mean {near[0]!r}?" if near else ""


def summarize_faults(faults: list[str], *, limit: int = 50) -> str:
    """Join faults one a line and say how many more there are beyond `limit`."""
    shown = faults[:limit]
    if len(faults) > limit:
        shown = [*shown, f"... and {len(faults) - limit} more"]
    return "\n".join(shown)
