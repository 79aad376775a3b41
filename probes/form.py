"""Reads a sign-in page the way a browser does: its form, what is hidden in it, what it says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import TypeAlias
from urllib.parse import urljoin, urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode, SelectolaxError
from yarl import URL

from probes.classify import UnwellError
from probes.observation import Reason
from probes.request import Redirects, Request

Pairs: TypeAlias = tuple[tuple[str, str], ...]
NOTHING: Mapping[str, str] = MappingProxyType({})


_PRESSED = frozenset({"submit", "button", "image", "reset", "file", "password"})


@dataclass(frozen=True, slots=True)
class Form:
    """Where a form goes (absolute), which inputs it has, and what stands in them already.

    ``hidden`` are those that a person never sees, ``preset`` the others that have a value.
    """

    action: str
    inputs: frozenset[str]
    hidden: tuple[tuple[str, str], ...]
    preset: tuple[tuple[str, str], ...] = ()
    method: str = "POST"

    def filled(self, values: Iterable[tuple[str, str]]) -> Pairs:
        """Everything to send: what stood in the form as it came, and ``values``."""
        mine = tuple(values)
        names = {name for name, _ in mine}
        came = (*self.hidden, *self.preset)
        return (*((n, v) for n, v in came if n not in names), *mine)

    def request(
        self, pairs: Pairs, *, headers: Mapping[str, str] = NOTHING, redirects: Redirects = "follow"
    ) -> Request:
        """What sends it, filled in with ``pairs``."""
        if self.method == "GET":
            url = URL(self.action).with_query(pairs)
            return Request("GET", str(url), headers=headers, redirects=redirects, is_led=True)
        return Request(
            "POST", self.action, headers=headers, form=pairs, redirects=redirects, is_led=True
        )


class Page:
    """One HTML page at the address it was finally found at."""

    def __init__(self, html: str, url: str) -> None:
        self._tree = LexborHTMLParser(html)
        self._html = html
        self._url = url

    def shows(self, selector: str) -> bool:
        return self._tree.css_first(selector) is not None

    def says(self, texts: Iterable[str]) -> bool:
        """True when one of ``texts`` is in what people read; case and spacing don't matter."""
        return any(_plain(text) in self._words for text in texts)

    @cached_property
    def _words(self) -> str:
        """What people read: not the scripts, which hold many a message that is never shown."""
        tree = LexborHTMLParser(self._html)
        tree.strip_tags(["script", "style", "template"])
        return "" if tree.body is None else _plain(tree.body.text(separator=" "))

    def hand_over(self, names: frozenset[str]) -> Form | None:
        """The first form made of hidden inputs alone that has one of ``names``.

        A browser with scripts sends such a form on by itself; it may lead to another host.
        """
        for node in self._tree.css("form"):
            form = self._read(node)
            hidden = {name for name, _ in form.hidden}
            if hidden & names and form.inputs == hidden:
                return form
        return None

    def form_to(self, url: str) -> Form | None:
        """The first form that leads to ``url``."""
        forms = (self._read(node) for node in self._tree.css("form"))
        return next((form for form in forms if form.action == url), None)

    def form_with(self, names: set[str]) -> Form | None:
        """The first form that has all these inputs. Raises UnwellError if it leads elsewhere."""
        for node in self._tree.css("form"):
            form = self._read(node)
            if names <= form.inputs:
                self._must_stay_here(form)
                return form
        return None

    def _read(self, node: LexborNode) -> Form:
        inputs: set[str] = set()
        hidden: list[tuple[str, str]] = []
        preset: list[tuple[str, str]] = []
        for field in node.css("input[name], button[name], select[name], textarea[name]"):
            name, kind = field.attributes.get("name") or "", _sort(field)
            inputs.add(name)
            if kind == "hidden":
                hidden.append((name, field.attributes.get("value") or ""))
            elif value := _preset(field, kind):
                preset.append((name, value))
        action = urljoin(self._url, (node.attributes.get("action") or "").strip())
        method = (node.attributes.get("method") or "get").upper()
        return Form(action, frozenset(inputs), tuple(hidden), tuple(preset), method)

    def _must_stay_here(self, form: Form) -> None:
        """A password is typed for one host, and never from https into http."""
        here, there = urlsplit(self._url), urlsplit(form.action)
        if there.hostname != here.hostname or (here.scheme, there.scheme) == ("https", "http"):
            raise UnwellError(
                Reason.UNEXPECTED_CONTENT, f"the form wants to be sent to {there.hostname}"
            )


def _sort(field: LexborNode) -> str:
    if field.tag != "input":
        return field.tag or ""
    return (field.attributes.get("type") or "text").lower()


def _preset(field: LexborNode, sort: str) -> str:
    """What a browser would send of it untouched; nothing of what has to be pressed or chosen."""
    if sort in _PRESSED or "disabled" in field.attributes:
        return ""
    if sort in ("checkbox", "radio"):
        is_on = "checked" in field.attributes
        return (field.attributes.get("value") or "on") if is_on else ""
    if sort == "textarea":
        return field.text()
    if sort == "select":
        option = field.css_first("option[selected]") or field.css_first("option")
        return "" if option is None else option.attributes.get("value") or option.text()
    return field.attributes.get("value") or ""


def is_selector(text: str) -> bool:
    """True for a CSS selector that pages can be asked for."""
    try:
        LexborHTMLParser("<p></p>").css_first(text)
    except SelectolaxError:
        return False
    return bool(text.strip())


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()
