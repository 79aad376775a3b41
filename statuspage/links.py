"""Where things are on the site: file names in, links out; nothing else may build an address."""

from __future__ import annotations

import re
from datetime import date
from urllib.parse import quote, urlsplit

from incidents.contact import Contact

HOME = "index.html"
HISTORY = "history.html"
WORKS = "works.html"
SUBSCRIBE = "subscribe.html"
ABOUT = "about.html"
MISSING = "404.html"
"""What a web server answers with where there is nothing, at whatever address."""
ATOM = "feed.atom"
RSS = "feed.rss"
CALENDAR = "maintenance.ics"
STATUS = "status.txt"
BADGE = "badge"
"""Of everything: a file in the root, since ``badge/`` is full of names that others choose."""

_NOT_DIALLED = re.compile(r"[^\d+]")
_SHORTEST_NUMBER = 3
_EMAIL = re.compile(r"[^\s@<>?&]+@[^\s@<>?&]+")


def incident_page(incident: str) -> str:
    """The file of an incident's page, in UTF-8; links to it are percent-encoded."""
    return f"incidents/{incident}.html"


def component_page(component: str) -> str:
    """The file of the page of a component's last ninety days."""
    return f"components/{component}.html"


def month_page(month: date) -> str:
    """The file of an earlier month of the history; ``month`` is its first day."""
    return f"history/{month:%Y-%m}.html"


def work_page(work: str) -> str:
    """The file of the page of announced work."""
    return f"works/{work}.html"


def relative(source: str, target: str) -> str:
    """A link from the file ``source`` to the file ``target``, good wherever the site lies."""
    return "../" * source.count("/") + quote(target)


def rooted(page_url: str, target: str) -> str:
    """A link to the file ``target`` that is good on a page shown at any address of the site."""
    path = urlsplit(page_url).path.strip("/")
    return absolute(f"/{path}" if path else "", target)


def absolute(page_url: str, target: str) -> str:
    """The public address of the file ``target``; from the root where no address is known."""
    return f"{page_url.rstrip('/')}/{quote(target)}"


def outside(url: str) -> str:
    """``url`` if it leads to a web page, else nothing: no other scheme gets into a link."""
    return url if urlsplit(url).scheme in ("http", "https") else ""


def contact(contact: Contact) -> str:
    """How to reach it with one touch, or nothing where it can only be read."""
    if contact.kind == "phone":
        number = _NOT_DIALLED.sub("", contact.value)
        return f"tel:{number}" if len(number) >= _SHORTEST_NUMBER else ""
    if contact.kind == "email":
        is_plain = _EMAIL.fullmatch(contact.value) is not None
        return f"mailto:{quote(contact.value, safe='@')}" if is_plain else ""
    return outside(contact.value)
