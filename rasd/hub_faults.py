"""What went wrong at the Hugging Face Hub, in one sentence that says what to do.

The Hub's client raises a dozen kinds of exception, many of them with a chain of others behind; users get the sentence.
"""

from __future__ import annotations

from huggingface_hub import constants, get_token
from huggingface_hub.errors import (
    GatedRepoError,
    HfHubHTTPError,
    HFValidationError,
    HTTPError,
    LocalEntryNotFoundError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

# What asking the Hub may raise. HTTPError is that of the HTTP client which huggingface_hub uses: httpx, later httpx2.
# UnicodeEncodeError: a token with letters that no header can hold.
HUB_ERRORS = (HTTPError, OSError, HFValidationError, UnicodeEncodeError)

_LOG_IN = "log in with `hf auth login`, or set HF_TOKEN to a token"


def explain(
    err: Exception, repo_id: str, *, kind: str = "model", revision: str | None = None, endpoint: str | None = None
) -> str:
    """Return why the Hub did not do what was asked, and what to do.

    Args:
        err: One of `HUB_ERRORS`.
        repo_id: The repository that was asked for, ORG/NAME.
        kind: "model", "dataset" or "space".
        revision: What was asked of it, None for its main branch.
        endpoint: The address of the Hub; None is that of the environment.
    """
    what = f"{kind} {repo_id!r}"
    status = err.response.status_code if isinstance(err, HfHubHTTPError) else None
    if isinstance(err, UnicodeEncodeError):
        return f"your token holds letters that no token of the Hub has; {_LOG_IN} that is whole"
    if isinstance(err, HFValidationError):
        return f"{repo_id!r} is no Hub id: {err}"
    if isinstance(err, OfflineModeIsEnabled):
        return f"HF_HUB_OFFLINE is set, so the Hub is not asked for the {what}; unset it to go online"
    if isinstance(err, LocalEntryNotFoundError):
        return _explain_absence(err, what, revision, endpoint)
    if isinstance(err, RevisionNotFoundError):
        return f"the {what} has no branch, tag or commit {revision or 'main'!r} on the Hub"
    if isinstance(err, GatedRepoError):
        return f"the {what} is open to those only who asked for access on its page of the Hub, and then {_LOG_IN}"
    if isinstance(err, RepositoryNotFoundError):
        hint = "your token does not open it" if get_token() else f"{_LOG_IN} that may read it"
        return f"the Hub has no {what} that you may see. Check the name; if it is private, {hint}"
    if status == 401:
        return f"the Hub does not know your token (asked for the {what}); {_LOG_IN} that is still valid"
    if status == 403:
        return (
            f"your token has no right to do this with the {what}; use one that may write to {repo_id.split('/')[0]!r}"
        )
    if status is not None:
        said = getattr(err, "server_message", None) or str(err).split("\n")[0]
        return f"the Hub refused the {what} with status {status}: {said}"
    if isinstance(err, HTTPError):
        return f"the Hub at {endpoint or constants.ENDPOINT} cannot be reached ({_last_words(err)}); check the network"
    return f"the {what} cannot be read: {_last_words(err)}"


def _explain_absence(err: Exception, what: str, revision: str | None, endpoint: str | None) -> str:
    """Return why something is not in the cache and was not fetched: the reason stands in the cause."""
    named = what if revision is None else f"{what} at {revision!r}"
    place = f"the {named} is not in the Hub's cache ({constants.HF_HUB_CACHE})"
    once = "run it once with a network, or copy the checkpoint's folder here and give its path"
    if isinstance(err.__cause__, OfflineModeIsEnabled):
        return f"{place}, and HF_HUB_OFFLINE is set; {once}"
    if err.__cause__ is None:
        return f"{place}, and the network was not to be asked; {once}"
    why = _last_words(err.__cause__)
    return f"{place}, and the Hub at {endpoint or constants.ENDPOINT} cannot be reached ({why}); {once}"


def _last_words(err: BaseException) -> str:
    """Return the first line of an exception's message, its kind where it has none."""
    return str(err).strip().split("\n")[0] or type(err).__name__
