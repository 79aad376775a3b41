"""A rota: layers over one another, overrides over them all, and who is on call when. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from incidents.component import Text, in_language
from notify.oncall.layer import Layer

HORIZON = timedelta(days=100)
"""How far ``on_call`` looks either way, and ``next_shift`` ahead."""

_FIRST_LOOK = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Rota:
    """Where several layers have somebody, the last of them counts. It is shown in ``zone``."""

    id: str
    name: Text
    zone: ZoneInfo
    layers: tuple[Layer, ...]

    def called(self, lang: str) -> str:
        """Its name in ``lang``, or its id where nobody has named it."""
        return in_language(self.name, lang) or self.id


@dataclass(frozen=True, slots=True)
class Override:
    """Somebody stands in, ``[since, until)``, whatever the layers say.

    ``id`` and ``by`` (who entered it) are there once it is kept. Of several at one time the one
    with the highest id counts.
    """

    rota: str
    engineer: str
    since: datetime
    until: datetime
    id: int = 0
    by: str = ""


@dataclass(frozen=True, slots=True)
class Shift:
    """One engineer without interruption, ``[since, until)``; with None for engineer: nobody."""

    engineer: str | None
    since: datetime
    until: datetime


def who(rota: Rota, overrides: Iterable[Override], at: datetime) -> str | None:
    """The id of the engineer on call at ``at``, or None: nobody. Others' overrides are ignored."""
    entered = (o for o in overrides if o.rota == rota.id and o.since <= at < o.until)
    last = max(entered, key=lambda override: override.id, default=None)
    if last is not None:
        return last.engineer
    found = (layer.who(at) for layer in reversed(rota.layers))
    return next((engineer for engineer in found if engineer is not None), None)


def shifts(
    rota: Rota, overrides: Sequence[Override], since: datetime, until: datetime
) -> list[Shift]:
    """Who is on call when, over all of ``[since, until)``, with stretches of nobody.

    The shifts touch one another and differ from their neighbours; the outer two are cut off at
    ``since`` and ``until``. Nothing where ``until`` is not later than ``since``.
    """
    found: list[Shift] = []
    edges = {since, *_edges(rota, overrides, since, until)} if since < until else set()
    for edge in sorted(edges):
        engineer = who(rota, overrides, edge)
        if not found or found[-1].engineer != engineer:
            if found:
                found[-1] = replace(found[-1], until=edge)
            found.append(Shift(engineer, edge, until))
    return found


def on_call(rota: Rota, overrides: Sequence[Override], at: datetime) -> Shift:
    """The whole shift that ``at`` lies in; engineer None: nobody is on call.

    One that began or ends further than HORIZON away is cut off there.
    """
    look = _FIRST_LOOK
    while True:
        look = min(look, HORIZON)
        around = shifts(rota, overrides, at - look, at + look)
        shift = next(s for s in around if s.since <= at < s.until)
        is_whole = shift.since > at - look and shift.until < at + look
        if is_whole or look == HORIZON:
            return shift
        look *= 4


def next_shift(rota: Rota, overrides: Sequence[Override], at: datetime) -> Shift | None:
    """The first shift of anybody that begins after ``at``; None if there is none in HORIZON."""
    ahead = shifts(rota, overrides, at, at + HORIZON)[1:]
    return next((shift for shift in ahead if shift.engineer is not None), None)


def gaps(
    rota: Rota, overrides: Sequence[Override], since: datetime, until: datetime
) -> list[Shift]:
    """The stretches within ``[since, until)`` in which nobody is on call."""
    return [shift for shift in shifts(rota, overrides, since, until) if shift.engineer is None]


def _edges(
    rota: Rota, overrides: Iterable[Override], since: datetime, until: datetime
) -> Iterable[datetime]:
    for layer in rota.layers:
        yield from layer.edges(since, until)
    for override in overrides:
        if override.rota == rota.id:
            yield from (e for e in (override.since, override.until) if since <= e < until)
