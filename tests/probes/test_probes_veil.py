"""What must not be seen is not seen, however it is written; what helps is."""

from __future__ import annotations

import base64
import html
import json
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.veil import HIDDEN, WITHHELD, Veil, is_secret_name

SECRET = "Пароль №1 <&\"'/+ %"


@pytest.fixture
def veil() -> Veil:
    return Veil([SECRET, "hunter2"], mask=str, headers=["X-Ours"], ours=["0f0f"])


@pytest.mark.parametrize(
    "written",
    [
        SECRET,
        quote(SECRET),
        quote(SECRET).lower(),
        quote_plus(SECRET),
        html.escape(SECRET),
        json.dumps(SECRET),
        json.dumps(SECRET, ensure_ascii=False),
        base64.b64encode(SECRET.encode()).decode(),
        SECRET.encode().hex(),
    ],
)
def test_a_known_secret_is_hidden_however_it_is_written(veil, written):
    shown = veil.text(f"before {written} after")
    assert HIDDEN in shown
    assert written not in shown
    assert shown.startswith("before")
    assert shown.endswith("after")


@given(
    secret=st.text(min_size=4, max_size=30).filter(lambda t: t.strip() == t and t.isprintable()),
    before=st.text(max_size=20),
    after=st.text(max_size=20),
)
def test_no_known_secret_ever_shows_where_it_stands_alone(secret, before, after):
    shown = Veil([secret], mask=str).text(f"{before} {secret} {after}")
    assert f" {secret} " not in f" {shown} " or secret in HIDDEN * 9


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('{"access_token": "a1", "id": 7}', '{"access_token": "•••", "id": 7}'),
        ('{"sessionId":"q"}', '{"sessionId":"•••"}'),
        ('{"otp": 482913}', '{"otp": "•••"}'),
        ('{"code": "482913"}', '{"code": "•••"}'),
        ('{"code": "not_found"}', '{"code": "not_found"}'),
        ('{"state": "processing"}', '{"state": "processing"}'),
        ('{"author": "anna"}', '{"author": "anna"}'),
        ('{"phone": "+7900", "status": "ready"}', '{"phone": "•••", "status": "ready"}'),
        ('{"password": "cut off', '{"password": "•••"'),
        ('<input type="hidden" name="x" value="k1">', '<input type="hidden" name="x" value="•••">'),
        ("<input type=hidden value=k1>", '<input type=hidden value="•••">'),
        ('<input name="q" value="shoes">', '<input name="q" value="shoes">'),
        ('<meta name="csrf-token" content="k1">', '<meta name="csrf-token" content="•••">'),
        ('<meta name="robots" content="noindex">', '<meta name="robots" content="noindex">'),
        ("go to /x?token=k1&page=2", "go to /x?token=•••&page=2"),
        ("Authorization: Bearer abcdef123", "Authorization: Bearer •••"),
        ("eyJhbGciOi.eyJzdWIi.c2ln rest", "••• rest"),
        ("id 3f2504e0-4f89-11d3-9a0c-0305e82c3301.", "id •••."),
        ("mark vahta-20261122T160309Z-41f1b70653642334.", "mark vahta-20261122T160309Z-41f1b70653642334."),
        ("made by us: 0f0f4411aa22bb33cc44dd55ee66", "made by us: 0f0f4411aa22bb33cc44dd55ee66"),
        ("hunter2 hunter22", "••• •••2"),
    ],
)  # fmt: skip
def test_what_looks_like_a_secret_is_hidden_and_what_helps_is_not(veil, text, shown):
    assert veil.text(text) == shown


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://portal.example/a/b", "https://portal.example/a/b"),
        ("https://anna:pw@portal.example:8443/", "https://portal.example:8443/"),
        ("https://h.example/?token=k1&page=2", "https://h.example/?token=•••&page=2"),
        ("https://h.example/?q=%D0%B4%D0%BE%D0%BC", "https://h.example/?q=дом"),
        ("https://h.example/reset/a1b2c3d4e5f6a7b8c9d0e1f2a3b4/x", "https://h.example/reset/•••/x"),
        ("https://h.example/hunter2?x=hunter2#hunter2", "https://h.example/•••?x=•••"),
        ("/login?next=%2Faccount", "/login?next=/account"),
        ("https://[broken/", WITHHELD),
    ],
)
def test_an_address_is_readable_and_tells_no_secrets(veil, url, shown):
    assert veil.url(url) == shown


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("Authorization", "Basic abc", HIDDEN),
        ("Proxy-Authorization", "Basic abc", HIDDEN),
        ("X-Api-Key", "abc", HIDDEN),
        ("x-csrf-token", "abc", HIDDEN),
        ("x-ours", "abc", HIDDEN),
        ("Cookie", "sid=1; lang=ru", "sid=•••; lang=•••"),
        ("Set-Cookie", "sid=1; Path=/; HttpOnly", "sid=•••"),
        ("Location", "/next?ticket=abc", "/next?ticket=•••"),
        ("Server", "nginx", "nginx"),
        ("Referrer-Policy", "same-origin", "same-origin"),
    ],
)
def test_headers_keep_their_names(veil, name, value, shown):
    assert veil.header(name, value) == shown


def test_personal_data_goes_the_way_the_caller_says():
    veil = Veil([], mask=lambda text: text.replace("Иванов", "[имя]"))
    assert veil.text("Иванов И.") == "[имя] И."
    assert (
        veil.url("https://h.example/%D0%98%D0%B2%D0%B0%D0%BD%D0%BE%D0%B2")
        == "https://h.example/[имя]"
    )


def test_what_cannot_be_masked_is_not_shown():
    def broken(_: str) -> str:
        raise ValueError

    assert Veil([], mask=broken).text("anything") == WITHHELD


def test_a_secret_too_short_to_hide_leaves_the_text_readable():
    assert Veil(["a", "12"], mask=str).text("a 12 b") == "a 12 b"


def test_control_characters_do_not_reach_a_terminal(veil):
    assert veil.text("a\x1b[31mb\u202ec") == "a[31mbc"


@pytest.mark.parametrize(
    "name",
    [
        "password",
        "PASSWD",
        "userPassword",
        "Authorization",
        "id_token",
        "PHPSESSID",
        "snils",
        "g-captcha",
    ],
)
def test_names_that_tell(name):
    assert is_secret_name(name)


@pytest.mark.parametrize("name", ["status", "author", "description", "pinned", "page", "policy"])
def test_names_that_do_not_tell(name):
    assert not is_secret_name(name)
