"""Reads a sign-in page the way a browser does: its form, what is hidden in it, what it says."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode, SelectolaxError

from probes.classify import UnwellError
from probes.observation import Reason


@dataclass(frozen=True, slots=True)
class Form:
    """Where a form goes (absolute), which inputs it has, and those that a person never sees."""

    action: str
    inputs: frozenset[str]
    hidden: tuple[tuple[str, str], ...]

    def filled(self, values: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
        """Everything to send: the hidden inputs as they came, and ``values``."""
        mine = tuple(values)
        names = {name for name, _ in mine}
        return (*((n, v) for n, v in self.hidden if n not in names), *mine)


class Page:
    """One HTML page at the address it was finally found at."""

    def __init__(self, html: str, url: str) -> None:
        self._tree = LexborHTMLParser(html)
        self._url = url

    def shows(self, selector: str) -> bool:
        return self._tree.css_first(selector) is not None

    def says(self, texts: Iterable[str]) -> bool:
        """True when one of ``texts`` is in what people read; case and spacing don't matter."""
        body = self._tree.body
        words = _plain(body.text(separator=" ")) if body is not None else ""
        return any(_plain(text) in words for text in texts)

    def form_with(self, names: set[str]) -> Form | None:
        """The first form that has all these inputs. Raises UnwellError if it leads elsewhere."""
        for node in self._tree.css("form"):
            form = self._read(node)
            if names <= form.inputs:
                self._must_stay_here(form)
                return form
        return None

    def _read(self, node: LexborNode) -> Form:
        inputs, hidden = set(), []
        for field in node.css("input[name], button[name]"):
            name, kind = field.attributes.get("name") or "", field.attributes.get("type") or ""
            inputs.add(name)
            if kind.lower() == "hidden":
                hidden.append((name, field.attributes.get("value") or ""))
        action = urljoin(self._url, (node.attributes.get("action") or "").strip())
        return Form(action, frozenset(inputs), tuple(hidden))

    def _must_stay_here(self, form: Form) -> None:
        """A password is typed for one host, and never from https into http."""
        here, there = urlsplit(self._url), urlsplit(form.action)
        if there.hostname != here.hostname or (here.scheme, there.scheme) == ("https", "http"):
            raise UnwellError(
                Reason.UNEXPECTED_CONTENT, f"the form wants to be sent to {there.hostname}"
            )


def is_selector(text: str) -> bool:
    """True for a CSS selector that pages can be asked for."""
    try:
        LexborHTMLParser("<p></p>").css_first(text)
    except SelectolaxError:
        return False
    return bool(text.strip())


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()
