"""The page as one screen of plain text: for a terminal, a small display, a voice. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from textwrap import fill

from statuspage import links, wording
from statuspage.board import Story
from statuspage.catalogue import N_
from statuspage.view import View

_WIDTH = 78
_MOST = 5
"""Of faults and works; who wants all of them follows the address."""

_MOST_NAMES = 20
"""Of what is well. Whatever isn't is always named."""

_GRAVEST_FIRST = ("down", "part", "slow", "work", "blind", "ok", "none")
_CALM = frozenset({wording.TONES["operational"], wording.TONES[wording.UNMEASURED]})


def status(view: View) -> str:
    """What works and what doesn't, since when, whom to ask, and how fresh all that is."""
    faults = [_fault(view, story) for story in view.open]
    contacts = [
        _paragraph(f"{reach.name}: {reach.value}", f"({reach.hours})" if reach.hours else "")
        for reach in view.contacts
    ]
    address = view.board.page_url and links.absolute(view.board.page_url, view.file(""))
    blocks = (
        _top(view),
        list(_services(view)),
        _under(view, N_("What has happened"), faults),
        _under(view, N_("Planned works"), list(_works(view))),
        _under(view, N_("Where to ask"), contacts),
        [address] if address else [],
    )
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"


def _top(view: View) -> Sequence[str]:
    made = view.board.made_at
    fresh = view.words.gettext(
        "This page was made on %(when)s, %(zone)s. If more than 10 minutes have passed since, it"
        " may be out of date."
    ) % {"when": view.times.moment(made), "zone": view.times.zone_name(made)}
    told = (view.portal, f"{view.overall.name}.", fresh, view.made_up)
    return [_paragraph(one) for one in told if one]


def _services(view: View) -> Iterator[str]:
    """A line for each state there is, the gravest first and what works last."""
    by_state: dict[tuple[str, str], list[str]] = {}
    for _, row in view.components:
        by_state.setdefault((row.tone, row.label), []).append(row.name)
    for tone, label in sorted(by_state, key=lambda state: _GRAVEST_FIRST.index(state[0])):
        names = by_state[tone, label]
        is_cut = tone in _CALM and len(names) > _MOST_NAMES
        shown = [*names[:_MOST_NAMES], "…"] if is_cut else names
        count = f" ({len(names)})" if is_cut else ""
        yield _paragraph(f"{label}{count}:", ", ".join(shown))


def _under(view: View, heading: str, items: Sequence[str]) -> Sequence[str]:
    """``items`` below a heading, if there are any; ``heading`` is one the page has, too."""
    if not items:
        return ()
    return [f"{view.words.gettext(heading)}:", *items[:_MOST], *(["…"] if items[_MOST:] else [])]


def _fault(view: View, story: Story) -> str:
    began = view.words.gettext("Began on %(since)s, has lasted %(span)s.") % {
        "since": view.times.short_moment(story.incident.started_at),
        "span": view.times.span(view.lasted(story)),
    }
    news = view.news(story)
    said = view.text(story, news) if news else ""
    return _paragraph(f"- {view.title(story)}.", view.now(story), said, began)


def _works(view: View) -> Iterator[str]:
    said = view.announced
    for work in (*said.under_way, *said.soon):
        what = f"{said.title(work)} ({said.components(work)})"
        yield _paragraph(f"- {what}:", f"{said.when(work.windows[0])}.")


def _paragraph(*parts: str) -> str:
    """``parts`` as one paragraph: no text of anybody's begins a line of its own."""
    text = " ".join(" ".join(parts).split())
    return fill(text, _WIDTH, subsequent_indent="  ", break_on_hyphens=False)
