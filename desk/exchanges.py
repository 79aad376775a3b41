"""What a probe exchanged with the portal, as a person reads it at night: the failing step first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from aiohttp import web

from desk.room import Room
from desk.speech import Speech
from incidents.component import in_language
from incidents.history.captures import made_at
from incidents.texts import Texts
from probes.capture import Capture, Exchange
from probes.observation import Outcome, Reason
from probes.timing import in_order

_TONES = {"up": "ok", "degraded": "slow", "down": "down"}
_SLIVER = 0.5
_SORTS = ("form", "json", "file", "raw")


@dataclass(frozen=True, slots=True)
class Bar:
    """One phase. ``width`` is of 100, on the scale of the whole run."""

    name: str
    seconds: str
    width: float


@dataclass(frozen=True, slots=True)
class Asked:
    """One request and its answer; the masked record of it is ``exchange``."""

    exchange: Exchange
    status: str
    sent: str
    bars: Sequence[Bar]
    certificate_until: str
    length: str
    is_guilty: bool


@dataclass(frozen=True, slots=True)
class Stage:
    """One step of the run; ``bars`` are its own where it only waited."""

    name: str
    seconds: str
    answers: str
    bars: Sequence[Bar]
    asked: Sequence[Asked]
    tone: str
    is_guilty: bool


@dataclass(frozen=True, slots=True)
class Run:
    """The whole of it. ``detail`` is the probe's own English sentence."""

    probe: str
    component: str
    kind: str
    location: str
    when: str
    seconds: str
    tone: str
    outcome: str
    reason: str
    detail: str
    stages: Sequence[Stage]
    omitted: int


@dataclass(frozen=True, slots=True)
class Exchanges:
    """The page of one record, also when there is none any more."""

    room: Room

    async def show(self, request: web.Request) -> web.Response:
        id_, speech, house = request.match_info["id"], self.room.speech(request), self.room.house
        frame: dict[str, Any] = {"incident": request.query.get("incident", "")}
        capture = await house.capture(id_)
        if capture is None:
            return self._absent(request, id_, frame)
        names = {one.component.id: one.component.name for one in house.health()}
        component = in_language(names.get(capture.component, {}), speech.lang) or capture.component
        run = shown(capture, component, house.texts, speech)
        return self.room.page(request, "capture.html.j2", run=run, **frame)

    def _absent(self, request: web.Request, id_: str, frame: dict[str, Any]) -> web.Response:
        """Expired is told from never there, as far as the id says when it was made."""
        speech, house = self.room.speech(request), self.room.house
        now, made = house.clock(), made_at(id_)
        is_expired = made is not None and now - made > house.captures_kept
        words = ""
        if made is not None and is_expired:
            kept = speech.span(house.captures_kept)
            words = speech.say("capture.expired_hint", kept=kept, when=speech.moment(made, now))
        status = 410 if is_expired else 404
        return self.room.page(
            request, "capture.html.j2", status=status, run=None, expired=words, **frame
        )


def shown(capture: Capture, component: str, texts: Texts, speech: Speech) -> Run:
    """``capture`` in the reader's words."""
    reason = next((each for each in Reason if each.value == capture.reason), None)
    return Run(
        probe=capture.probe,
        component=component,
        kind=capture.kind,
        location=capture.location,
        when=speech.exact(datetime.fromisoformat(capture.at)),
        seconds=_seconds(capture.seconds, speech),
        tone=_TONES.get(capture.outcome, "none"),
        outcome=speech.say(f"outcome.{Outcome(capture.outcome)}"),
        reason=texts.engineer(reason, speech.lang) if reason else "",
        detail=capture.detail,
        stages=tuple(_stages(capture, speech)),
        omitted=capture.omitted,
    )


def _stages(capture: Capture, speech: Speech) -> Iterator[Stage]:
    scale, part_at_fault, at_fault = capture.scale, capture.guilty_part, capture.guilty
    for part in capture.steps:
        is_guilty = part is part_at_fault
        tone = "none" if any(each.is_bad for each in part.exchanges) else "past"
        yield Stage(
            part.name,
            _seconds(part.seconds, speech),
            ", ".join(f"{each.method} {_status(each, speech)}" for each in part.exchanges[-1:]),
            _bars(part.own_phases, scale, speech),
            [_asked(each, scale, speech, is_guilty=each is at_fault) for each in part.exchanges],
            _TONES.get(capture.outcome, "none") if is_guilty else tone,
            is_guilty,
        )


def _asked(exchange: Exchange, scale: float, speech: Speech, *, is_guilty: bool) -> Asked:
    sort = exchange.sent if exchange.sent in _SORTS else "raw"
    until = exchange.certificate.not_after if exchange.certificate else ""
    left_out = exchange.length > len(exchange.body.encode())
    return Asked(
        exchange,
        _status(exchange, speech),
        speech.say(f"capture.sent_{sort}") if exchange.sent else "",
        _bars(exchange.phases, scale, speech),
        speech.exact(datetime.fromisoformat(until)) if until else "",
        speech.say("capture.length", bytes=exchange.length) if left_out else "",
        is_guilty,
    )


def _status(exchange: Exchange, speech: Speech) -> str:
    return speech.say("capture.no_answer") if exchange.status is None else str(exchange.status)


def _bars(phases: Mapping[str, float], scale: float, speech: Speech) -> Sequence[Bar]:
    known = speech.t["phase"]
    return [
        Bar(
            str(known.get(name, name)),
            _seconds(seconds, speech),
            max(_SLIVER, round(100 * seconds / scale, 2)) if scale > 0 and seconds > 0 else 0,
        )
        for name, seconds in in_order(phases)
    ]


def _seconds(seconds: float, speech: Speech) -> str:
    """1.25 s or 12.3 ms, as people of that language write it."""
    is_long = timedelta(seconds=seconds) >= timedelta(seconds=1)
    number = f"{seconds:.2f}" if is_long else f"{seconds * 1000:.1f}"
    key = "capture.seconds" if is_long else "capture.milliseconds"
    return speech.say(key, n=number.replace(".", speech.say("capture.point")))
