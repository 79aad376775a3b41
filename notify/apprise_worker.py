"""Sends one message through Apprise, as a process of its own: ``python -m notify.apprise_worker``.

Apprise blocks, cannot be cancelled, reads answers without a limit and keeps its own threads; what
comes of that ends here, with this process, and starves nobody. It takes one line of JSON on
standard input and answers on standard output: ``started`` once a message may leave, then what came
of it. It dies when its input ends, as it does when whoever started it dies.
"""

from __future__ import annotations

import json
import logging
import os
import re
import resource
import sys
import threading
import warnings
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

_MEMORY = 2**30
"""Bytes of address space; an answer beyond that is no answer."""

_CONNECT_SECONDS, _READ_SECONDS = 4.0, 10.0
_STATUS = re.compile(r"error=(\d{3})\b")
_TRY_LATER = (408, 425, 429)

STARTED = {"started": True}


def main() -> None:
    """One message, from beginning to end."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    request = json.loads(sys.stdin.buffer.readline())
    threading.Thread(target=_die_with_input, daemon=True).start()
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what a plugin prints is no answer

    def say(document: Mapping[str, Any]) -> None:
        answers.write(json.dumps(document) + "\n")
        answers.flush()

    library = _load(request["url"])
    say(STARTED)
    try:
        say(_attempt(library, request))
    except Exception as error:  # noqa: BLE001 - its plugins are many and raise what they like
        say({"outcome": "unclear", "detail": type(error).__name__})
    os._exit(0)  # its threads are waited for by nobody


def _die_with_input() -> None:
    sys.stdin.buffer.read()
    os._exit(1)


def _load(url: str) -> Any:
    from apprise import Apprise

    found = plugin(url)
    library = Apprise(asset=found.asset)
    library.add(found)
    return library


def _attempt(library: Any, request: Mapping[str, str]) -> Mapping[str, Any]:
    from apprise import AppriseResultStatus

    result = library.notify(body=request["text"], title=request["subject"], body_format="text")
    if result.status is AppriseResultStatus.SUCCESS:
        return {"outcome": "sent"}
    words = " ".join(str(entry.message) for entry in result.logs())
    if found := _STATUS.search(words):
        status = int(found[1])
        is_refused = status < HTTPStatus.INTERNAL_SERVER_ERROR and status not in _TRY_LATER
        return {"outcome": "refused" if is_refused else "later", "reason": f"http_{status}"}
    return {"outcome": "unclear", "detail": words}


def plugin(url: str) -> Any:
    """The plugin for ``url`` with our limits; None where Apprise makes nothing of it."""
    from apprise import Apprise, AppriseAsset
    from apprise.common import OverflowMode

    # What it says is in our receipts; its own log lines may name a phone or a chat.
    logging.getLogger("apprise").propagate = False
    # service_timeout=0 keeps the send in our own thread, out of Apprise's shared pool.
    asset = AppriseAsset(http_redirects=False, service_timeout=0)
    with warnings.catch_warnings():
        # The first URL loads all of its plugins, some of which import what is about to go.
        warnings.simplefilter("ignore", DeprecationWarning)
        found = Apprise.instantiate(url, asset=asset)
    if found is not None:
        found.retry = 0  # the outbox retries
        found.redirects = False
        found.overflow_mode = OverflowMode.SPLIT
        found.socket_connect_timeout = min(found.socket_connect_timeout, _CONNECT_SECONDS)
        found.socket_read_timeout = min(found.socket_read_timeout, _READ_SECONDS)
    return found


if __name__ == "__main__":
    main()
