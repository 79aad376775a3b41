"""Files are packed once, for every reader, and only where that is worth it."""

import gzip

import brotli
import pytest

from statuspage.packing import SMALLEST, Packer

TEXT = "<p>Коды по СМС не приходят.</p>".encode() * 100


@pytest.fixture
def packer():
    return Packer()


def test_a_text_has_siblings_that_say_the_same(packer):
    files = packer.packed({"en/index.html": TEXT})
    assert list(files) == ["en/index.html", "en/index.html.br", "en/index.html.gz"]
    assert gzip.decompress(files["en/index.html.gz"]) == TEXT
    assert brotli.decompress(files["en/index.html.br"]) == TEXT


@pytest.mark.parametrize(
    ("name", "content"),
    [("badge/sms.svg", TEXT[: SMALLEST - 1]), ("logo.png", TEXT), ("empty.html", b"")],
)
def test_what_gains_nothing_stays_alone(packer, name, content):
    assert packer.packed({name: content}) == {name: content}


def test_the_same_text_gives_the_same_bytes_and_no_clock_is_in_them(packer):
    assert packer.packed({"a.html": TEXT}) == Packer().packed({"a.html": TEXT})
    assert packer.packed({"a.html": TEXT})["a.html.gz"][4:8] == bytes(4)


def test_an_unchanged_file_keeps_its_very_siblings(packer):
    before = packer.packed({"a.html": TEXT, "b.html": TEXT})
    after = packer.packed({"a.html": TEXT, "b.html": TEXT + b"!"})
    assert after["a.html.br"] is before["a.html.br"]
    assert gzip.decompress(after["b.html.gz"]) == TEXT + b"!"


def test_a_file_that_is_gone_leaves_no_siblings(packer):
    packer.packed({"a.html": TEXT})
    assert packer.packed({}) == {}
