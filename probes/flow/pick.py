"""Takes one value out of an answer: from its page, its JSON, a header, a cookie, its address."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Self, TypeAlias

from pydantic import AfterValidator, Field, model_validator
from selectolax.lexbor import LexborHTMLParser

from probes.answer import Answer
from probes.classify import UnwellError
from probes.flow.jsonpath import JsonPath, as_text, values_at
from probes.flow.pattern import Pattern, find
from probes.form import is_selector
from probes.observation import Reason
from probes.settings import Settings

Cookies: TypeAlias = Callable[[str], Mapping[str, str]]
"""The cookies that would be sent to an address, by name."""


def check_selector(value: str) -> str:
    """Itself. Raises ValueError with the remedy."""
    if not is_selector(value):
        raise ValueError('expected a CSS selector such as "main[data-user]"')
    return value


Selector = Annotated[str, AfterValidator(check_selector)]


class Source(Settings):
    """Where in an answer a value stands; the whole body where nothing is said."""

    css: Selector | None = Field(None, description="CSS selector of an element of the page.")
    attribute: str | None = Field(None, description="That element's attribute; else its text.")
    json_path: JsonPath | None = Field(
        None, alias="json", description='JSONPath such as "$.items[0].id", or just a key.'
    )
    header: str | None = Field(None, description="Name of a header of the answer.")
    cookie: str | None = Field(None, description="Name of a cookie of the run.")
    final_url: bool = Field(default=False, description="The address after all redirects.")

    @property
    def place(self) -> str:
        """What it is called in words."""
        named = {
            "element": self.css,
            "JSON value": self.json_path,
            "header": self.header,
            "cookie": self.cookie,
        }
        words = next((f"{what} {name}" for what, name in named.items() if name is not None), "")
        return words or ("final address" if self.final_url else "body")

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        places = [p for p in (self.css, self.json_path, self.header, self.cookie) if p is not None]
        if len(places) + self.final_url > 1:
            raise ValueError("only one of css, json, header, cookie and final_url can be meant")
        if self.attribute is not None and self.css is None:
            raise ValueError("attribute needs css: it is an attribute of that element")
        return self


class Pick(Source):
    """A value to keep under a name. With ``regex``, of what stands there only the match counts."""

    regex: Pattern | None = Field(None, description="Its first group, or all it matches.")
    secret: bool = Field(default=False, description="Nobody sees it in captures.")
    default: str | None = Field(None, description="Taken where there is no such value.")
    reason: Reason = Field(
        Reason.UNEXPECTED_CONTENT, description="What it means when there is no such value."
    )


def picked(pick: Pick, answer: Answer, cookies: Cookies) -> str:
    """The value. Raises UnwellError with the pick's reason where there is none."""
    value = value_at(pick, answer, cookies)
    if value is not None and pick.regex is not None:
        value = find(pick.regex, value)
    if value is None:
        value = pick.default
    if value is None:
        missing = f"no {pick.place}" if pick.regex is None else f"no match in the {pick.place}"
        raise UnwellError(pick.reason, f"{answer.step}: {missing}")
    return value


def value_at(source: Source, answer: Answer, cookies: Cookies) -> str | None:
    """What stands there as text, or None. Raises UnwellError where JSON was expected."""
    if source.css is not None:
        return _element(source.css, source.attribute, answer)
    if source.json_path is not None:
        found = values_at(source.json_path, answer.json())
        return as_text(found[0]) if found else None
    if source.header is not None:
        return answer.header(source.header) or None
    if source.cookie is not None:
        return cookies(answer.url).get(source.cookie)
    return answer.url if source.final_url else answer.text()


def _element(selector: str, attribute: str | None, answer: Answer) -> str | None:
    node = LexborHTMLParser(answer.text()).css_first(selector)
    if node is None:
        return None
    if attribute is not None:
        return node.attributes.get(attribute)
    return " ".join(node.text(separator=" ").split())
