"""Witnesses as they are written, and as the watch takes them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from vahta.config import Config

PORTAL = '[portal]\nname = "Портал"\n'


@pytest.fixture
def read(load_file: Callable[..., Config], tmp_path: Path) -> Callable[[str], Config]:
    def run(text: str) -> Config:
        file = tmp_path / "config.toml"
        file.write_text(PORTAL + text, encoding="utf-8")
        return load_file(file)

    return run


def test_there_are_none_by_default_and_captures_are_kept_for_a_month(read) -> None:
    config = read("")
    assert config.witnesses == ()
    assert config.state.keep_captures == 30 * 86_400


@pytest.mark.parametrize(
    ("where", "url", "address"),
    [
        ('url = "https://example.org/"', "https://example.org/", ("", 0)),
        ('address = "192.0.2.1:53"', None, ("192.0.2.1", 53)),
        ('address = "[2001:db8::1]:53"', None, ("2001:db8::1", 53)),
        ('address = "dns.example.org:53"', None, ("dns.example.org", 53)),
    ],
)
def test_a_witness_is_a_web_address_or_a_port(read, where, url, address) -> None:
    (witness,) = read(f'[[witness]]\nid = "w"\n{where}\n').witnesses
    assert (witness.url, witness.host_and_port) == (url, address)
