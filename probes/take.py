"""Makes the masked record of a run out of its film: the only way in which a film is ever shown."""

from __future__ import annotations

import re
import ssl
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel, SecretBytes, SecretStr

from probes.answer import SAMPLE, decoded
from probes.capture import Capture, Certificate, Exchange, Part
from probes.film import Film, Hop
from probes.observation import Observation, Step
from probes.settings import ProbeSettings
from probes.veil import LONGEST_PART, Veil

MOST_EXCHANGES = 12
BODY = 2048
"""Characters of a body that are shown."""

SIZE = 16 * 1024
"""Bytes of a whole capture."""

_MOST_HEADERS = 40
_LONGEST = 400
_SHORTEST = 4
_TEXT = re.compile(r"text/|json|xml|javascript|x-www-form-urlencoded", re.IGNORECASE)
_LOOKS = re.compile(r"(<(style|script)\b[^>]*>).*?(?=</\2|$)", re.IGNORECASE | re.DOTALL)
"""What of a page nobody reads, and what it is full of."""

_HARMLESS = frozenset({"true", "false", "null", "none", "http", "https", "post", "submit"})
_PLAIN_HEADERS = frozenset(
    {
        "accept",
        "accept-encoding",
        "accept-language",
        "content-type",
        "user-agent",
        "origin",
        "referer",
    }
)


@dataclass(frozen=True, slots=True, repr=False)
class Take:
    """One run, as seen and as filmed. The film is not masked: only ``capture`` shows it."""

    seen: Observation
    film: Film
    settings: ProbeSettings

    def capture(self, mask: Callable[[str], str], *, body: int = BODY, size: int = SIZE) -> Capture:
        """The masked record, at most ``size`` bytes of JSON. Takes milliseconds.

        ``mask`` takes personal data out of free text; where it raises, the text is withheld.
        """
        veil = _veil(self, mask)
        hops = self.film.hops[-MOST_EXCHANGES:]
        shown = [(hop.step, _exchange(hop, veil, body)) for hop in hops]
        whole = self._whole(shown, veil)
        while len(whole.to_json().encode()) > size and any(_bulk(one) for _, one in shown):
            shown = _leaner(shown)
            whole = self._whole(shown, veil)
        return whole

    def detail(self, mask: Callable[[str], str]) -> str:
        """The observation's detail, in which a kind may have quoted what it was answered."""
        return _veil(self, mask).known(self.seen.detail) if self.seen.detail else ""

    def _whole(self, shown: Sequence[tuple[int, Exchange]], veil: Veil) -> Capture:
        seen = self.seen
        return Capture(
            probe=seen.probe,
            component=seen.component,
            kind=seen.kind,
            location=seen.location,
            at=seen.at.isoformat(),
            outcome=seen.outcome.value,
            reason=seen.reason.value if seen.reason else None,
            detail=veil.known(seen.detail)[:_LONGEST],
            seconds=round(seen.seconds, 6),
            steps=tuple(_parts(seen.steps, shown)),
            omitted=len(self.film.hops) - len(shown),
        )


def _parts(steps: Sequence[Step], shown: Sequence[tuple[int, Exchange]]) -> Iterator[Part]:
    """Each step with its exchanges; at the end what a run that was left behind was still at."""
    for number, step in enumerate(steps):
        mine = tuple(exchange for where, exchange in shown if where == number)
        yield Part(step.name, round(step.seconds, 6), _rounded(step.phases), mine)
    rest = tuple(exchange for where, exchange in shown if where >= len(steps))
    if rest:
        yield Part("unfinished", round(sum(each.seconds for each in rest), 6), {}, rest)


def secrets_of(settings: BaseModel) -> Iterator[str]:
    """Every secret value in a model, however deep."""
    for name in type(settings).model_fields:
        yield from _secrets(getattr(settings, name))


def _secrets(value: Any) -> Iterator[str]:
    if isinstance(value, SecretStr):
        yield value.get_secret_value()
    elif isinstance(value, SecretBytes):
        yield value.get_secret_value().decode(errors="replace")
    elif isinstance(value, BaseModel):
        yield from secrets_of(value)
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _secrets(item)
    elif isinstance(value, list | tuple | set | frozenset):
        for item in value:
            yield from _secrets(item)


def _veil(take: Take, mask: Callable[[str], str]) -> Veil:
    """What we sent is ours to keep quiet about, also where the answer repeats it."""
    film = take.film
    known = {*secrets_of(take.settings), *film.hidden}
    headers: set[str] = set()
    for hop in (*film.dropped, *film.hops):
        configured = {n: v for n, v in hop.configured.items() if n.lower() not in _PLAIN_HEADERS}
        headers.update(configured)
        known.update(configured.values())
        sent = [*(value for _, value in hop.form or ()), *_texts(hop.json), *_cookies(hop)]
        known.update(value for value in sent if _is_telling(value, film.ours))
    return Veil(known, mask=mask, headers=headers, ours=film.ours)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _texts(item)


def _cookies(hop: Hop) -> Iterator[str]:
    for name, value in hop.received:
        if name.lower() == "set-cookie":
            yield value.partition(";")[0].partition("=")[2].strip(' "')


def _is_telling(value: str, ours: Iterable[str]) -> bool:
    """Whether a value that nobody called secret could be one; a mark of our own is none."""
    if len(value) < _SHORTEST or value.casefold() in _HARMLESS:
        return False
    return not any(mark in value for mark in ours)


def _exchange(hop: Hop, veil: Veil, most: int) -> Exchange:
    phases = hop.watch.phases
    return Exchange(
        method=hop.method,
        url=veil.url(hop.url)[:_LONGEST],
        seconds=round(sum(phases.values()), 6),
        phases=_rounded(phases),
        sent=hop.body,
        fields=tuple(veil.text(name) for name in _names(hop)),
        request_headers=_headers(hop.sent, veil),
        status=hop.status,
        response_headers=_headers(hop.received, veil),
        certificate=_certificate(hop.certificate, veil),
        body=_body(hop, veil, most),
        length=hop.room.length if hop.room else 0,
        error=veil.known(hop.error)[:_LONGEST],
    )


def _rounded(phases: Mapping[str, float]) -> Mapping[str, float]:
    return {name: round(seconds, 6) for name, seconds in phases.items()}


def _names(hop: Hop) -> Iterable[str]:
    if hop.form is not None:
        return dict.fromkeys(name for name, _ in hop.form)
    return map(str, hop.json) if isinstance(hop.json, Mapping) else ()


def _headers(headers: Iterable[tuple[str, str]], veil: Veil) -> tuple[tuple[str, str], ...]:
    pairs = list(headers)
    shown = [(veil.text(name), veil.header(name, value)) for name, value in pairs[:_MOST_HEADERS]]
    if len(pairs) > _MOST_HEADERS:
        shown.append(("…", f"{len(pairs) - _MOST_HEADERS} more"))
    return tuple(shown)


def _certificate(found: Mapping[str, Any], veil: Veil) -> Certificate | None:
    if not found:
        return None
    subject, issuer = (_name(found.get(key, ())) for key in ("subject", "issuer"))
    ends = datetime.fromtimestamp(ssl.cert_time_to_seconds(found["notAfter"]), UTC)
    return Certificate(veil.text(subject), veil.text(issuer), ends.isoformat())


def _name(parts: Iterable[Iterable[tuple[str, str]]]) -> str:
    named = dict(pair for part in parts for pair in part)
    chosen = (named.get(key, "") for key in ("commonName", "organizationName"))
    return ", ".join(dict.fromkeys(filter(None, chosen)))


def _body(hop: Hop, veil: Veil, most: int) -> str:
    """How the body began, if that is text a person can read."""
    if hop.room is None or not hop.room.sample:
        return ""
    kind = {name.lower(): value for name, value in hop.received}.get("content-type", "")
    if b"\0" in hop.room.sample or (kind and not _TEXT.search(kind)):
        return f"({veil.text(kind.partition(';')[0]) or 'no text'}, {hop.room.length} bytes)"
    shown = veil.text(_LOOKS.sub(r"\1…", decoded(hop.room.sample, kind)))
    if hop.room.length > SAMPLE:
        # What is cut off in the middle isn't recognised, so the end of the sample isn't shown.
        shown = shown[: -max(LONGEST_PART, veil.longest)]
    return shown if len(shown) <= most and hop.room.length <= SAMPLE else f"{shown[:most]}…"


def _bulk(exchange: Exchange) -> int:
    headers = (*exchange.request_headers, *exchange.response_headers)
    return len(exchange.body) + sum(len(name) + len(value) for name, value in headers)


def _leaner(shown: Sequence[tuple[int, Exchange]]) -> list[tuple[int, Exchange]]:
    """Take the most from the earliest: what failed is at the end, and its body says most."""
    first = next(number for number, (_, one) in enumerate(shown) if _bulk(one))
    step, one = shown[first]
    bare = replace(one, request_headers=(), response_headers=())
    silent = replace(one, body="")
    leaner = list(shown)
    order = (bare, silent) if first == len(shown) - 1 else (silent, bare)
    leaner[first] = (step, next(each for each in order if each != one))
    return leaner
