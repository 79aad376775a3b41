"""The root config, the schema, the reference and the kinds' examples agree with the models."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import tomli

from notify.catalog import kinds as channel_kinds
from probes.catalog import kinds as probe_kinds
from vahta.config import Config, load
from vahta.config.fields import kind_words
from vahta.config.generate import generated

ROOT = Path(__file__).parents[2]
COMPONENTS = (
    "login sms upload status_sync home search payments appointments documents notifications "
    "signature support_chat"
)
SETTINGS = {
    **{f"probe-{name}": kind.settings for name, kind in probe_kinds().items()},
    **{f"channel-{name}": kind.settings for name, kind in channel_kinds().items()},
}
EXAMPLE = re.compile(r"^```toml\n(.*?)^```$", re.DOTALL | re.MULTILINE)


@pytest.fixture(scope="module")
def config() -> Config:
    return load(ROOT / "config.toml", environ={})


def test_the_root_config_is_good_in_an_empty_environment(config: Config) -> None:
    assert " ".join(c.id for c in config.components) == COMPONENTS
    assert [p.component for p in config.probes] == COMPONENTS.split()
    assert len(config.contacts) == 3


def test_the_root_config_names_everything_in_both_languages(config: Config) -> None:
    texts = [config.portal.name, *(c.name for c in config.components)]
    texts += [text for contact in config.contacts for text in (contact.name, contact.hours)]
    assert all(set(text) == {"ru", "en"} for text in texts)


def test_the_root_config_is_as_fast_as_the_demo_needs(config: Config) -> None:
    assert {p.every for p in config.probes} == {3.0}
    assert (config.rules.recheck, config.rules.open_after) == (0.5, 2)
    assert (config.rules.publish_after, config.rules.monitor_for) == (3.0, 0.0)


def test_the_root_config_takes_its_addresses_from_the_environment() -> None:
    environ = {"PORTAL_URL": "http://127.0.0.1:9/p", "SMTP_PORT": "2525", "LISTEN": "[::1]:1"}
    config = load(ROOT / "config.toml", environ=environ)
    addresses = re.findall(r"http://[^/]+/\w+", repr(config.probes))
    mail: Any = config.channels[0]
    assert set(addresses) == {"http://127.0.0.1:9/p"}
    assert (mail.port, config.http.listen.port) == (2525, 1)


def test_the_root_config_tells_editors_its_schema() -> None:
    first = (ROOT / "config.toml").read_text(encoding="utf-8").splitlines()[0]
    assert first == "#:schema ./vahta.schema.json"


@pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")  # Apprise's
@pytest.mark.parametrize("name", sorted(SETTINGS))
def test_every_kind_has_an_example_that_is_good(name: str, tmp_path: Path) -> None:
    doc = inspect.cleandoc(SETTINGS[name].__doc__ or "")
    (example,) = EXAMPLE.findall(doc)
    named = {table["component"] for table in tomli.loads(example).get("probe", [])}
    components = "".join(f'[[component]]\nid = "{c}"\nname = "C"\n' for c in sorted(named))
    file = tmp_path / "config.toml"
    file.write_text(f'[portal]\nname = "P"\n{components}{example}', encoding="utf-8")
    config = load(file, environ={})
    assert [f"probe-{p.kind}" for p in config.probes] + [
        f"channel-{c.kind}" for c in config.channels
    ] == [name]


@pytest.mark.parametrize("file", sorted(generated()))
def test_generated_files_are_fresh(file: str) -> None:
    here = (ROOT / file).read_text(encoding="utf-8")
    assert here == generated()[file], "run: python -m vahta.config.generate"


@pytest.mark.parametrize("name", sorted(SETTINGS))
def test_every_kind_is_in_the_reference(name: str) -> None:
    assert f"### `{name.split('-', 1)[1]}`" in generated()["docs/config.md"]


# ── the schema ────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def schema() -> Any:
    return json.loads(generated()["vahta.schema.json"])


def _nodes(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield node
        node = list(node.values())
    for inner in node if isinstance(node, list) else []:
        yield from _nodes(inner)


def test_every_reference_in_the_schema_leads_somewhere(schema: Any) -> None:
    named = {n["$ref"] for n in _nodes(schema) if isinstance(n.get("$ref"), str)}
    assert named == {f"#/definitions/{name}" for name in schema["definitions"]}


def test_the_schema_knows_every_key_of_the_root_config(schema: Any) -> None:
    tree = tomli.loads((ROOT / "config.toml").read_text(encoding="utf-8"))
    for name, value in tree.items():
        for table in value if isinstance(value, list) else [value]:
            several = name in ("probe", "channel")
            model = schema["definitions"][f"{name}.{table['kind']}" if several else name]
            assert set(table) <= set(model["properties"])


def test_the_schema_shows_defaults_the_way_they_are_written(schema: Any) -> None:
    rules = schema["definitions"]["rules"]["properties"]
    assert rules["publish_after"]["default"] == "3m"
    assert schema["definitions"]["probe.http"]["properties"]["max_body"]["default"] == "10MiB"


def test_the_schema_lets_a_number_be_a_variable(schema: Any) -> None:
    open_after = schema["definitions"]["rules"]["properties"]["open_after"]
    assert [choice.get("type") for choice in open_after["anyOf"]] == ["integer", "string"]


def test_the_schema_tells_kinds_apart(schema: Any) -> None:
    for name in SETTINGS:
        kind = schema["definitions"][name.replace("-", ".")]["properties"]["kind"]
        assert kind == {"const": name.split("-")[1]}


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("auth", "table"),
        ("connection", "table"),
        ("sms", "table"),
        ("headers", "table of secret texts"),
        ("totp_secret", "secret text"),
        ("captcha", "list of text"),
    ],
)
def test_a_table_that_holds_a_secret_is_still_called_a_table(key: str, words: str) -> None:
    assert kind_words(probe_kinds()["login"].settings.model_fields[key]) == words
