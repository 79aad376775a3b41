"""A captured run as a person reads it in a terminal: step by step, with a bar for each phase."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping

import click

from probes.capture import Capture, Exchange
from probes.timing import in_order

WIDTH = 80

_BAR = 48
_EIGHTHS = " ▏▎▍▌▋▊▉"
_FULL = "█"
_INDENT = "   "
_LINES = 4
_LINES_OF_FAILURE = 24
_COLOURS = {"up": "green", "degraded": "yellow", "down": "red", "unknown": "magenta"}
_SORTS = {"form": "a form", "json": "JSON", "file": "a file", "raw": "a body"}


def explained(capture: Capture) -> Iterator[str]:
    """The lines, at most WIDTH columns each; styled, for click to print."""
    yield from _head(capture)
    scale, guilty = capture.scale, capture.guilty
    if capture.omitted:
        yield ""
        yield _dim(f"{_INDENT}(earlier exchanges are left out: {capture.omitted})")
    for number, part in enumerate(capture.steps, start=1):
        yield ""
        yield click.style(_ruled(f"{number} {part.name}", _seconds(part.seconds)), bold=True)
        yield from _bars(part.own_phases, scale)
        for place, exchange in enumerate(part.exchanges):
            if place:
                yield ""
            yield from _exchange(exchange, scale, is_guilty=exchange is guilty)


def _head(capture: Capture) -> Iterator[str]:
    outcome = click.style(capture.outcome, fg=_COLOURS.get(capture.outcome), bold=True)
    yield f"{click.style(capture.probe, bold=True)}  {outcome}  {_seconds(capture.seconds)}"
    if capture.reason or capture.detail:
        words = f"{capture.reason}: {capture.detail}" if capture.reason else capture.detail
        yield from textwrap.wrap(words, WIDTH, subsequent_indent=_INDENT)


def _exchange(exchange: Exchange, scale: float, *, is_guilty: bool) -> Iterator[str]:
    yield _INDENT + _asked(exchange)
    if exchange.sent:
        names = f": {', '.join(exchange.fields)}" if exchange.fields else ""
        yield _cut(_dim(f"{_INDENT}with {_SORTS.get(exchange.sent, exchange.sent)}{names}"))
    yield from _bars(exchange.phases, scale)
    for name, value in exchange.request_headers:
        yield _cut(_dim(f"{_INDENT}> {name}: {value}"))
    if exchange.certificate is not None:
        found = exchange.certificate
        yield _cut(f"{_INDENT}certificate of {found.subject}, until {found.not_after[:10]}")
        yield _cut(f"{_INDENT}issued by {found.issuer}")
    for name, value in exchange.response_headers:
        yield _cut(_dim(f"{_INDENT}< {name}: {value}"))
    if exchange.error:
        wrapped = textwrap.wrap(exchange.error, WIDTH - len(_INDENT) - 2)
        yield from (click.style(f"{_INDENT}! {line}", fg="red") for line in wrapped)
    yield from _body(exchange, most=_LINES_OF_FAILURE if is_guilty else _LINES)


def _asked(exchange: Exchange) -> str:
    """What was asked, and the status in answer to it."""
    method = click.style(exchange.method, bold=True)
    status = "no answer" if exchange.status is None else str(exchange.status)
    room = WIDTH - len(_INDENT) - len(exchange.method) - len(status) - 4
    shown = click.style(status, fg="red" if exchange.is_bad else "green", bold=True)
    return f"{method} {_shortened(exchange.url, room)} → {shown}"


def _body(exchange: Exchange, *, most: int) -> Iterator[str]:
    room = WIDTH - len(_INDENT) - 2
    lines = [
        piece
        for line in exchange.body.expandtabs(2).splitlines()
        if line.strip()
        for piece in textwrap.wrap(line.rstrip(), room, replace_whitespace=False) or [""]
    ]
    if lines:
        yield ""
    for line in lines[:most]:
        yield f"{_INDENT}  {line}"
    if len(lines) > most:
        yield _dim(f"{_INDENT}  … {exchange.length} bytes in all")


def _bars(phases: Mapping[str, float], scale: float) -> Iterator[str]:
    """One line for each phase that there was, on the scale of the whole run."""
    for name, seconds in in_order(phases):
        bar = click.style(_bar(seconds, scale), fg="cyan")
        yield f"{_INDENT}{name:<9}{_seconds(seconds):>10}  {bar}".rstrip()


def _bar(seconds: float, scale: float) -> str:
    eighths = round(seconds / scale * _BAR * 8) if scale > 0 else 0
    if eighths == 0 and seconds > 0:
        eighths = 1
    whole, rest = divmod(eighths, 8)
    return (_FULL * whole + _EIGHTHS[rest]).rstrip()


def _seconds(seconds: float) -> str:
    return f"{seconds:.2f} s" if seconds >= 1 else f"{seconds * 1000:.1f} ms"


def _ruled(left: str, right: str) -> str:
    left = _shortened(left, WIDTH - len(right) - 8)
    return f"── {left} {'─' * (WIDTH - len(left) - len(right) - 5)} {right}"


def _dim(text: str) -> str:
    return click.style(text, dim=True)


def _cut(styled: str) -> str:
    """``styled`` in one line of WIDTH columns; what is cut loses its style."""
    plain = click.unstyle(styled)
    return styled if len(plain) <= WIDTH else _shortened(plain, WIDTH)


def _shortened(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
