"""How fast a component answered, day by day, as two lines of a drawing. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from incidents.history.sketch import Latency

WIDE, TALL = 720, 120
"""Size of the drawing, in units of its own."""

_TOPS_MS = tuple(n * 10**power for power in range(6) for n in (1, 2, 3, 5))


@dataclass(frozen=True, slots=True)
class Chart:
    """Paths of the usual and the slow answers, and how many milliseconds the top stands for."""

    usual: str
    slow: str
    top_ms: int


def chart(days: Sequence[date], latency: Mapping[date, Latency]) -> Chart | None:
    """The drawing of ``days``, oldest first; None for fewer than two days of answers."""
    known = [latency[day] for day in days if day in latency]
    if len(known) < 2:  # noqa: PLR2004 - a line needs two points
        return None
    top = _top(max(one.p90_ms for one in known))
    return Chart(
        usual=_path(days, latency, lambda one: one.p50_ms / top),
        slow=_path(days, latency, lambda one: one.p90_ms / top),
        top_ms=top,
    )


def _top(highest: float) -> int:
    return next((top for top in _TOPS_MS if top >= highest), int(highest) + 1)


def _path(
    days: Sequence[date], latency: Mapping[date, Latency], height: Callable[[Latency], float]
) -> str:
    """A line that is lifted over days without answers; a lone day is a dot."""
    return "".join(_points(days, latency, height))


def _points(
    days: Sequence[date], latency: Mapping[date, Latency], height: Callable[[Latency], float]
) -> Iterable[str]:
    step = WIDE / max(len(days) - 1, 1)
    drawing = False
    for place, day in enumerate(days):
        if day not in latency:
            drawing = False
            continue
        point = f"{place * step:.0f} {TALL * (1 - height(latency[day])):.0f}"
        is_lone = not drawing and (place + 1 == len(days) or days[place + 1] not in latency)
        yield f"{'L' if drawing else 'M'}{point}" + ("h.1" if is_lone else "")
        drawing = True
