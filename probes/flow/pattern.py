"""Regular expressions that cannot hold up the loop: a pattern that runs wild is given up on.

Patterns need look-behind, so an engine of linear time (RE2) won't do; ``regex`` gives up in time.
"""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator

from probes.classify import UnwellError
from probes.observation import Outcome, Reason

_LIMIT = 0.1
"""Seconds of one search. It is looked at now and then, so a search may take twice that."""


def find(pattern: str, text: str) -> str | None:
    """The first group of the first match (the whole match without groups), or None.

    Raises UnwellError (unknown, since a wild pattern is our mistake, not the portal's).
    """
    import regex

    try:
        found = regex.search(pattern, text, timeout=_LIMIT)
    except TimeoutError:
        words = f"the pattern {pattern[:40]!r} takes too long on this answer: simplify it"
        raise UnwellError(Reason.PROBE_ERROR, words, Outcome.UNKNOWN) from None
    if found is None:
        return None
    return str(found[1] if found.re.groups and found[1] is not None else found[0])


def _pattern(value: str) -> str:
    if "${" in value:
        return value
    try:
        re.compile(value)
    except re.error as error:
        raise ValueError(f"not a regular expression: {error}") from None
    return value


Pattern = Annotated[str, AfterValidator(_pattern)]


def _one_group(value: str) -> str:
    if "${" not in value and re.compile(value).groups != 1:
        raise ValueError("expected exactly one group, around what is wanted")
    return value


OneGroup = Annotated[Pattern, AfterValidator(_one_group)]
