"""What Alertmanager's webhook says (format 4; Grafana's is the same where it matters). Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

LONGEST = 200
"""Characters of a text that are kept."""

_CONTROL = re.compile(r"[\s\x00-\x1f\x7f-\x9f]+")
_TOLD_BY = ("summary", "description", "message")


class NotificationError(ValueError):
    """The body is no notification; the message says where it isn't."""


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert. ``id`` is derived from its labels, which are what tells it from others."""

    id: str
    is_firing: bool
    labels: Mapping[str, str]
    summary: str

    @property
    def name(self) -> str:
        """What its rule is called."""
        return plain(self.labels.get("alertname", "")) or "an alert without a name"


def alerts_in(body: Any) -> tuple[Alert, ...]:
    """Every alert of a notification, in its order. Raises NotificationError."""
    if not isinstance(body, dict):
        raise NotificationError("expected an object, as Alertmanager's webhook sends it")
    found = body.get("alerts")
    if not isinstance(found, list):
        raise NotificationError("alerts: expected a list, as Alertmanager's webhook sends it")
    return tuple(_alert(each, f"alerts[{number}]") for number, each in enumerate(found))


def fits(wanted: Mapping[str, str], labels: Mapping[str, str]) -> bool:
    """Whether every label that is wanted is there, with that value."""
    return all(labels.get(name) == value for name, value in wanted.items())


def plain(text: str) -> str:
    """One line that can be written anywhere, not too long."""
    clean = text.encode("utf-8", "replace").decode()
    return _CONTROL.sub(" ", clean).strip()[:LONGEST]


def _alert(found: Any, where: str) -> Alert:
    if not isinstance(found, dict):
        raise NotificationError(f"{where}: expected an object")
    status = found.get("status")
    if status not in ("firing", "resolved"):
        raise NotificationError(f'{where}.status: expected "firing" or "resolved"')
    labels = _texts(found, "labels", where)
    annotations = _texts(found, "annotations", where) if "annotations" in found else {}
    told = next((annotations[name] for name in _TOLD_BY if annotations.get(name)), "")
    return Alert(_id(labels), status == "firing", labels, plain(told))


def _texts(found: Mapping[str, Any], key: str, where: str) -> Mapping[str, str]:
    texts = found.get(key)
    if not isinstance(texts, dict) or not all(isinstance(text, str) for text in texts.values()):
        raise NotificationError(f"{where}.{key}: expected an object of texts")
    return texts


def _id(labels: Mapping[str, str]) -> str:
    parts = (f"{name}\0{value}" for name, value in sorted(labels.items()))
    return blake2b("\0\0".join(parts).encode("utf-8", "replace"), digest_size=8).hexdigest()
