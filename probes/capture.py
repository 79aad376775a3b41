"""What a run exchanged, masked and capped: evidence that a person may read and a file may keep."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

_FIRST_BAD = 400


@dataclass(frozen=True, slots=True)
class Certificate:
    """Whose certificate it was, who vouches for it, and until when (ISO 8601, UTC)."""

    subject: str
    issuer: str
    not_after: str


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and its answer. ``sent`` is the sort of body that went out, ``fields`` its names.

    ``body`` is how the answer's text began, or what it was instead; ``length`` its size in bytes.
    """

    method: str
    url: str
    seconds: float
    phases: Mapping[str, float]
    sent: str = ""
    fields: tuple[str, ...] = ()
    request_headers: tuple[tuple[str, str], ...] = ()
    status: int | None = None
    response_headers: tuple[tuple[str, str], ...] = ()
    certificate: Certificate | None = None
    body: str = ""
    length: int = 0
    error: str = ""

    @property
    def is_bad(self) -> bool:
        """No answer, or one that says no."""
        return bool(self.error) or self.status is None or self.status >= _FIRST_BAD


@dataclass(frozen=True, slots=True)
class Part:
    """One step of the run with its exchanges; none where it only waited."""

    name: str
    seconds: float
    phases: Mapping[str, float]
    exchanges: tuple[Exchange, ...] = ()

    @property
    def own_phases(self) -> Mapping[str, float]:
        """What there is to draw of the step itself: nothing where its exchanges tell it."""
        if self.exchanges:
            return {}
        return self.phases or {"waiting": self.seconds}


@dataclass(frozen=True, slots=True)
class Capture:
    """A whole run. ``omitted`` counts the earlier exchanges there was no room for."""

    probe: str
    component: str
    kind: str
    location: str
    at: str
    outcome: str
    reason: str | None
    detail: str
    seconds: float
    steps: tuple[Part, ...] = ()
    omitted: int = 0

    @property
    def scale(self) -> float:
        """Seconds of the longest phase of the whole run: what every bar is measured by."""
        whole = [part.own_phases for part in self.steps]
        whole += [exchange.phases for part in self.steps for exchange in part.exchanges]
        return max((seconds for phases in whole for seconds in phases.values()), default=0.0)

    @property
    def guilty(self) -> Exchange | None:
        """The exchange that the judgement is about."""
        exchanges = [each for part in self._suspects() for each in part.exchanges]
        wrong = [each for each in exchanges if each.is_bad]
        return next(reversed(wrong or exchanges), None)

    @property
    def guilty_part(self) -> Part | None:
        """The step that the judgement is about."""
        suspects, guilty = self._suspects(), self.guilty
        of_it = [part for part in suspects if any(each is guilty for each in part.exchanges)]
        return next(reversed(of_it or suspects), None)

    def _suspects(self) -> tuple[Part, ...]:
        """A judgement's detail begins with the name of its step; none is suspected when up."""
        if self.outcome == "up":
            return ()
        named = tuple(part for part in self.steps if self.detail.startswith(f"{part.name}:"))
        return named or self.steps

    def to_json(self) -> str:
        """One line of JSON that ``from_json`` reads."""
        return json.dumps(self.to_dict(), ensure_ascii=False, separators=(",", ":"))

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """What ``to_json`` wrote. Raises ValueError, KeyError or TypeError for anything else."""
        found = json.loads(text)
        return cls(**{**found, "steps": tuple(map(_part, found["steps"]))})


def _part(found: Mapping[str, Any]) -> Part:
    return Part(**{**found, "exchanges": tuple(map(_exchange, found["exchanges"]))})


def _exchange(found: Mapping[str, Any]) -> Exchange:
    certificate = found["certificate"]
    return Exchange(
        **{
            **found,
            "fields": tuple(found["fields"]),
            "request_headers": tuple((name, value) for name, value in found["request_headers"]),
            "response_headers": tuple((name, value) for name, value in found["response_headers"]),
            "certificate": Certificate(**certificate) if certificate else None,
        }
    )
