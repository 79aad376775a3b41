"""Whatever a file holds, reading it ends in a Config or in a ConfigError that keeps secrets."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vahta.config import Config, ConfigError

Load = Callable[..., Config]
CANARY = "hunter2-canary"
NAMES = """
    portal http state page rules desk component probe channel route contact oncall id name kind
    url password fields headers listen dir languages timezone depends_on channels to from port
    every wait open_after impact event hours public ru en x
"""
TEXTS = """
    home http login email webhook ru 5m 10 ${SECRET} ${NONE} ${SECRET}:${SECRET} ${NUMBER} $${
    https://${SECRET}/ ${file:x} [::1]:80
"""
KEYS = st.sampled_from(NAMES.split())
WORDS = st.sampled_from(["", *TEXTS.split()])
LEAVES = st.one_of(
    WORDS, st.text(max_size=5), st.integers(), st.floats(), st.booleans(), st.dates()
)
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4)
)
TREES = st.dictionaries(KEYS, VALUES, max_size=6)
ENVIRON = {"SECRET": CANARY, "NUMBER": "8025"}

quick = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ",".join(f"{key}={_toml(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_toml, value)) + "]"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return str(value).lower() if isinstance(value, bool | float) else str(value)


def _reads(load_text: Load, text: str, **options: bool) -> None:
    try:
        load_text(text, ENVIRON, **options)
    except ConfigError as error:
        refused = error
    else:
        return
    assert refused.problems
    assert CANARY not in str(refused)
    assert all(problem.line >= 1 and "\n" not in str(problem) for problem in refused.problems)


@quick
@given(TREES, st.booleans())
def test_any_tree_is_read_or_refused(load_text: Load, tree: dict[str, Any], resolve: bool) -> None:
    _reads(load_text, "\n".join(f"{k} = {_toml(v)}" for k, v in tree.items()), resolve=resolve)


@quick
@given(st.lists(st.dictionaries(KEYS, VALUES, max_size=8), max_size=4))
def test_any_probe_or_channel_is_read_or_refused(load_text: Load, tables: list[Any]) -> None:
    probes = [{"kind": "login", **t} for t in tables]
    channels = [{"kind": "webhook", **t} for t in tables]
    _reads(load_text, f"portal.name = 'P'\nprobe = {_toml(probes)}\nchannel = {_toml(channels)}")


@quick
@given(st.text(max_size=80))
def test_any_text_is_read_or_refused(load_text: Load, text: str) -> None:
    _reads(load_text, text.encode("utf-8", "ignore").decode())


@quick
@given(st.binary(max_size=80))
def test_any_bytes_are_read_or_refused(load_file: Load, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "config.toml"
    file.write_bytes(content)
    with pytest.raises(ConfigError):
        load_file(file)


WITH_SECRETS = """
portal = {{ name = "P", {portal} }}
http = {{ {http} }}
rules = {{ {rules} }}
[[component]]
id = "a"
name = "A"
[[probe]]
id = "one"
kind = "login"
component = "a"
url = "u"
password = "x"
{probe}
[[channel]]
id = "hook"
kind = "webhook"
url = "https://x"
{channel}
"""


@pytest.mark.parametrize(
    ("place", "setting"),
    [
        ("portal", 'url = "${SECRET}"'),
        ("portal", 'timezone = "${SECRET}"'),
        ("portal", 'languages = ["${SECRET}"]'),
        ("portal", 'incident_prefix = "a ${SECRET}"'),
        ("http", 'listen = "${SECRET}"'),
        ("http", 'listen = "[${SECRET}]:1"'),
        ("rules", 'recheck = "${SECRET}"'),
        ("rules", 'open_after = "${SECRET}"'),
        ("probe", 'every = "a${SECRET}"'),
        ("probe", 'fields = "${SECRET}"'),
        ("probe", 'fields.x = "hunter2-canary"'),
        ("probe", 'pasword = "hunter2-canary"'),
        ("probe", 'rejected = "${SECRET}"'),
    ],
)
def test_no_mistake_shows_what_came_from_outside(load_text: Load, place: str, setting: str) -> None:
    places = dict.fromkeys(("portal", "http", "rules", "probe", "channel"), "") | {place: setting}
    with pytest.raises(ConfigError) as caught:
        load_text(WITH_SECRETS.format(**places), ENVIRON)
    assert CANARY not in str(caught.value)


@pytest.mark.parametrize("url", [CANARY, "${SECRET}", "${SECRET}'\\\\", "ftp://u:${SECRET}@x"])
def test_a_secret_setting_never_shows_its_value(load_text: Load, url: str) -> None:
    text = WITH_SECRETS.format(portal="", http="", rules="", probe="", channel="")
    with pytest.raises(ConfigError, match=r"channel\[0\].url") as caught:
        load_text(text.replace('"https://x"', f'"{url}"'), ENVIRON)
    assert CANARY not in str(caught.value)


@pytest.mark.parametrize(
    "change",
    [
        ('id = "a"', 'id = "${SECRET}"'),
        ('component = "a"', 'component = "${SECRET}"'),
        ('kind = "login"', 'kind = "${SECRET}"'),
        ('id = "one"', 'id = "${SECRET}/"'),
    ],
)
def test_a_name_from_outside_is_shown_as_it_is_written(
    load_text: Load, change: tuple[str, str]
) -> None:
    text = WITH_SECRETS.format(portal="", http="", rules="", probe="", channel="")
    with pytest.raises(ConfigError) as caught:
        load_text(text.replace(*change), ENVIRON)
    assert CANARY not in str(caught.value)


def test_the_traceback_keeps_secrets_too(load_text: Load) -> None:
    with pytest.raises(ConfigError) as caught:
        load_text(f'portal.name = "P"\nhttp.listen = "{CANARY}"')
    assert (caught.value.__cause__, caught.value.__context__) == (None, None)
