"""Writes docs/channels.md from the settings models of the kinds: ``python docs/channel_kinds.py``.

A test does the same and compares.
"""

# ruff: noqa: INP001 - a program, not a module
from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel

from notify.catalog import kinds
from notify.kind import ChannelSettings, Kind
from vahta.config.fields import about, keys

FILE = Path(__file__).with_name("channels.md")

_START = """\
# Channels

<!-- Generated from the models in notify/: do not edit it; change a model or its docstring and
     run `python docs/channel_kinds.py`. -->

A channel is one way of telling people; its **kind** says how. Messages are planned and kept
before they are sent, tried again for a day with growing pauses, and told apart by what came of
each attempt:

| Outcome | Means |
|---|---|
| sent | The other side took it. |
| not sent | Nothing has left; it is tried again at once, and then later. |
| try later | It failed, and may pass. If it *may have arrived*, the repeat has the same id. |
| refused | It failed, and trying again cannot help. |

So a message is never lost, and comes twice only where nobody can know whether it came at all. The
id of a delivery is in the header `webhook-id`, in a letter's `Message-ID` and in
`X-Vahta-Delivery`.

**Try one out** with `vahta channel test ID`: it sends a message that says it is a test and prints
exactly what came of it; `--to ENGINEER` sends it to one engineer, `--dry` only shows it.

**What a message says.** Its first line is enough on a watch: how bad, which service, what is
wrong, since when. Below: what citizens cannot do, how we know, a link to the exchange of the
probe that failed, what has been done, what to tell callers, who else was told and why you are.

**Acknowledging.** Messages about an incident that nobody has taken on carry a link, made for each
recipient, signed, good for three days. It opens a page with one button; only the button
acknowledges, so what scans letters for viruses changes nothing. A message that tells of several
incidents has one link for all: its page has a button for all of them and one for each. It needs
`[http] url`, the address at which people reach this server; only `/ack/` need be reachable there.
The key is `ack.key` in the state directory; without it, links sent so far do nothing.
"""

_COMMON = "\n## Keys of every channel\n"


def page() -> str:
    """The whole page, as Markdown."""
    return "\n".join(_lines()).rstrip() + "\n"


def _lines() -> Iterator[str]:
    yield _START
    for name, kind in kinds().items():
        yield f"- [`{name}`](#{name}): {about(kind.settings).partition(chr(10))[0]}"
    yield _COMMON
    yield from _table(ChannelSettings, without=frozenset())
    for kind in kinds().values():
        yield from _kind(kind)


def _kind(kind: Kind) -> Iterator[str]:
    yield f"\n## {kind.name}\n"
    yield about(kind.settings)
    to = "gives an address there, `to`" if kind.address else "gives no `to`: it has one target"
    yield f"\nAn `[[engineer]]` who is reached through it {to}.\n"
    yield from _table(kind.settings, without=frozenset(ChannelSettings.model_fields))


def _table(model: type[BaseModel], *, without: frozenset[str]) -> Iterator[str]:
    rows = [key for key in keys(model) if key.name.partition(".")[0] not in without]
    if not rows:
        return
    yield "| Key | What | Default | Meaning |\n|---|---|---|---|"
    for key in rows:
        default = "required" if key.is_required else f"`{key.default}`" if key.default else ""
        cells = (f"`{key.name}`", key.kind, default, key.meaning)
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def main() -> None:
    FILE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
