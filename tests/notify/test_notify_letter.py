"""A message as an HTML letter: whole, safe, and with nothing that is fetched."""

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from notify.message import Message
from notify.writing.letter import html_of

MESSAGE = Message(
    subject="Сбой. Коды из СМС [ИНЦ-2026-0001]",
    text="Сбой. Коды из СМС\n\nКоды не приходят.\n\nНачалось: 14:03 МСК\n"
    "Пульт: https://v.example/desk/1?a=1&b=2.\n\n"
    "Взять в работу: https://v.example/ack/x.0\nПортал\n",
    lang="ru",
    first_line="Сбой. Коды из СМС",
    incident="ИНЦ-2026-0001",
    event="opened",
    at="2026-11-22T11:03:00+00:00",
    facts={"impact": "major"},
    ack="https://v.example/ack/x.0",
)
HOSTILE = (
    "<script>alert(1)</script><img src=x onerror=alert(1)> \"'> </p></body> javascript:alert(1)"
)


def words(html):
    """What a reader sees."""
    return " ".join(LexborHTMLParser(html).body.text().split())


def test_every_word_of_the_text_is_in_it_and_the_link_behind_a_button():
    html = html_of(MESSAGE)
    for said in ("Сбой. Коды из СМС", "Коды не приходят.", "Началось: 14:03 МСК", "Портал"):
        assert said in words(html)
    assert html.count(MESSAGE.ack) == 1
    assert f'<a href="{MESSAGE.ack}"' in html


def test_without_a_link_there_is_no_button():
    assert "display: block" not in html_of(replace(MESSAGE, ack=""))


def test_addresses_are_links_without_the_full_stop_behind_them():
    assert '<a href="https://v.example/desk/1?a=1&amp;b=2">' in html_of(MESSAGE)


def test_nothing_is_fetched_and_nothing_runs():
    html = html_of(MESSAGE)
    assert not re.search(r"<(script|img|link|style|iframe|object)|url\(|@import|\bsrc=", html)
    assert 'name="color-scheme" content="light dark"' in html


@pytest.mark.parametrize("field", ["text", "subject", "ack"])
def test_hostile_words_are_only_words(field):
    html = html_of(replace(MESSAGE, **{field: f"https://x {HOSTILE}\n\nЛюди: {HOSTILE}\n"}))
    tree = LexborHTMLParser(html)
    assert tree.css("script, img") == []
    assert not [n for n in tree.css("*") if any(name.startswith("on") for name in n.attributes)]
    assert {n.attributes["href"].partition(":")[0] for n in tree.css("a")} == {"https"}


@given(st.text(alphabet=st.characters(exclude_categories=("Cs", "Cc"))))
def test_whatever_is_said_is_read_as_it_was_said(said):
    html = html_of(replace(MESSAGE, ack="", text=f"Сбой\n\n{said}\n\nПортал\n"))
    assert words(html) == " ".join(f"Сбой {said} Портал".split())
