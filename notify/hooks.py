"""Where others may look on: crash tests stop the process here, metrics count here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """How one attempt, or one delivery without an attempt, ended."""

    SENT = "sent"
    RETRIED = "retried"
    REFUSED = "refused"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


def _no_checkpoint(_name: str) -> None:
    return


def _undecided(_because: str) -> None:
    return


def _not_counted(_channel: str, _outcome: Outcome) -> None:
    return


@dataclass(frozen=True, slots=True)
class Hooks:
    """``checkpoint`` is given the name of the point that was reached.

    ``settled`` gets a channel and how it ended; ``decided`` why somebody is told or not. The
    points: ``before_commit`` (inside the planner's transaction, on the writer's thread),
    ``after_commit``, likewise ``before_ring`` and ``after_ring`` of an escalation's step,
    ``after_claim``, ``after_send_before_record``, ``after_record``.
    """

    checkpoint: Callable[[str], None] = _no_checkpoint
    settled: Callable[[str, Outcome], None] = _not_counted
    decided: Callable[[str], None] = _undecided
