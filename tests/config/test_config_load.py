"""What a good file becomes, whole and without its variables."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from incidents.component import Component
from vahta.config import Config, ConfigError, load_state_dir
from vahta.config.redaction import Veil
from vahta.config.settings import Listen

Load = Callable[..., Config]

SMALLEST = '[portal]\nname = "Портал"\n'

WHOLE = """
[portal]
name = { ru = "Портал", en = "Portal" }

[http]
listen = "${LISTEN:-[::1]:9000}"

[state]
dir = "${STATE:-state}"

[rules]
monitor_for = "0s"
publish_after = "3s"

[[component]]
id = "вход"
name = "Вход"

[[component]]
id = "home"
name = { en = "Home" }
depends_on = ["вход"]

[[probe]]
id = "one"
kind = "login"
component = "вход"
url = "${URL}"
password = "${PASSWORD}"

[[probe]]
id = "two"
kind = "http"
component = "вход"
url = "http://x"
open_after = "${AFTER}"

[[channel]]
id = "mail"
kind = "email"
host = "localhost"
port = "${PORT:-8025}"
keep_open = "${KEEP:-true}"
load = "${LOAD:-0.25}"
from = "a@example.org"
to = ["b@example.org"]

[[route]]
id = "all"
channels = ["mail"]
impact = ["major"]
event = ["opened"]

[[contact]]
id = "line"
name = "Линия"
kind = "phone"
value = "112"
hours = { en = "always" }
"""
OUTSIDE = {"URL": "http://portal", "PASSWORD": "12345678", "AFTER": "4"}


def test_only_the_portals_name_is_required(load_text: Load) -> None:
    config = load_text(SMALLEST)
    assert config.portal.name == {"ru": "Портал"}
    assert (config.components, config.probes, config.channels, config.routes) == ((), (), (), ())


def test_defaults_are_those_of_the_design(load_text: Load) -> None:
    config = load_text(SMALLEST)
    assert config.http.listen == Listen("127.0.0.1", 8080)
    assert (config.rules.open_after, config.rules.recheck) == (3, 1.0)
    assert config.machine_rules.close_after == 2
    assert config.machine_rules.monitor_for == timedelta(minutes=5)
    assert config.machine_rules.publish_after == timedelta(minutes=3)
    assert config.machine_rules.reopen_within == timedelta(minutes=30)
    assert timedelta(seconds=config.desk.keep_calls) == timedelta(days=90)
    assert (config.portal.timezone, config.portal.languages) == ("Europe/Moscow", ("ru", "en"))
    assert config.portal.incident_prefix == "ИНЦ"


def test_directories_are_beside_the_file(load_text: Load, tmp_path: Path) -> None:
    config = load_text(SMALLEST)
    assert (config.state_dir, config.page_dir) == (tmp_path / "var", tmp_path / "var" / "page")


def test_absolute_directories_stay(load_text: Load) -> None:
    config = load_text(SMALLEST + '[page]\ndir = "/srv/page"\n[state]\ndir = "/srv/state"\n')
    assert (config.state_dir, config.page_dir) == (Path("/srv/state"), Path("/srv/page"))


def test_a_plain_name_is_in_the_portals_first_language(load_text: Load) -> None:
    config = load_text('[portal]\nname = "Portal"\nlanguages = ["en", "ru"]\n')
    assert config.portal.name == {"en": "Portal"}


def test_a_component_knows_its_probes(load_text: Load) -> None:
    assert load_text(WHOLE, OUTSIDE).components == (
        Component("вход", {"ru": "Вход"}, probes=("one", "two")),
        Component("home", {"en": "Home"}, depends_on=("вход",)),
    )


def test_a_contact_keeps_its_words(load_text: Load) -> None:
    (contact,) = load_text(WHOLE, OUTSIDE).contacts
    assert (contact.name, contact.hours, contact.public) == (
        {"ru": "Линия"},
        {"en": "always"},
        True,
    )


def test_numbers_and_switches_may_come_from_a_variable(load_text: Load) -> None:
    config = load_text(WHOLE, OUTSIDE)
    mail: Any = config.channels[0]
    assert (mail.port, mail.keep_open, mail.load) == (8025, True, 0.25)
    assert config.probes[1].open_after == 4


def test_a_password_of_digits_stays_text(load_text: Load) -> None:
    login: Any = load_text(WHOLE, OUTSIDE).probes[0]
    assert login.password.get_secret_value() == "12345678"


def test_a_config_does_not_print_its_secrets(load_text: Load) -> None:
    assert "12345678" not in repr(load_text(WHOLE, OUTSIDE))


def test_a_file_from_windows_is_read(load_file: Load, tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_bytes(b"\xef\xbb\xbf" + SMALLEST.replace("\n", "\r\n").encode())
    assert load_file(file).portal.name == {"ru": "Портал"}


# ── without the variables ─────────────────────────────────────────────────────


def test_without_variables_the_rest_is_read(load_text: Load, tmp_path: Path) -> None:
    config = load_text(WHOLE, resolve=False)
    assert config.state_dir == tmp_path / "state"
    assert config.components[0].probes == ("one", "two")
    assert config.http.listen == Listen("127.0.0.1", 8080)
    assert (config.probes, config.channels) == ((), ())


def test_without_variables_the_state_directory_still_has_its_own(
    load_text: Load, tmp_path: Path
) -> None:
    assert load_text(WHOLE, {"STATE": "other"}, resolve=False).state_dir == tmp_path / "other"


def test_without_variables_a_name_stays_as_it_is_written(load_text: Load) -> None:
    text = '[portal]\nname = "${NAME}"\ntimezone = "${TZ}"\nurl = "${URL}"\n'
    config = load_text(text, resolve=False)
    assert config.portal.name == {"ru": "${NAME}"}
    assert (config.portal.timezone, config.portal.url) == ("Europe/Moscow", None)


def test_without_variables_wrong_probes_and_channels_do_not_matter(load_text: Load) -> None:
    text = SMALLEST + '[[probe]]\nid = "x"\nkind = "y"\n[[channel]]\nurl = "${file:/none}"\n'
    assert load_text(text, resolve=False).probes == ()


def test_without_variables_plain_mistakes_are_still_mistakes(load_text: Load) -> None:
    with pytest.raises(ConfigError, match="unknown key"):
        load_text(SMALLEST + 'colour = "red"\n', resolve=False)


def test_the_state_directory_is_found_whatever_else_is_wrong(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text('colour = "${NONE}"\n[state]\ndir = "${STATE}/x"\n')
    assert load_state_dir(file, {"STATE": "/srv"}) == Path("/srv/x")


def test_a_state_directory_without_its_variable_is_a_mistake(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text('[state]\ndir = "${STATE}"\n')
    with pytest.raises(ConfigError, match=r"config.toml:2: state.dir: .* STATE"):
        load_state_dir(file, {})


# ── files that cannot be read ─────────────────────────────────────────────────


def test_a_missing_file_is_named(load_file: Load, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nothere.toml:1: there is no such file: .* -c FILE"):
        load_file(tmp_path / "nothere.toml")


def test_a_directory_is_refused(load_file: Load, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read: Is a directory"):
        load_file(tmp_path)


def test_text_in_another_encoding_is_refused_with_its_line(load_file: Load, tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_bytes("[portal]\nname = 'Портал'\n".encode("cp1251"))
    with pytest.raises(ConfigError, match=r"config.toml:2: not UTF-8 text"):
        load_file(file)


@pytest.mark.parametrize("text", ["a = " + "[" * 5000, "a = " + "[" * 60 + "]" * 60])
def test_too_deep_a_file_is_refused(load_text: Load, text: str) -> None:
    with pytest.raises(ConfigError, match="nested deeper"):
        load_text(text)


def test_a_number_too_long_for_python_is_refused(load_text: Load) -> None:
    with pytest.raises(ConfigError, match="not valid TOML"):
        load_text("a = " + "9" * 5000)


def test_a_secret_file_open_to_all_is_refused_with_its_line(
    load_text: Load, tmp_path: Path
) -> None:
    secret = tmp_path / "hook"
    secret.write_text("https://example.org/hunter2")
    secret.chmod(0o604)
    text = SMALLEST + '[[channel]]\nid = "hook"\nkind = "webhook"\nurl = "${file:hook}"\n'
    with pytest.raises(ConfigError) as caught:
        load_text(text)
    assert str(caught.value) == (
        f"{tmp_path}/config.toml:6: channel[0].url: every user of this machine can read"
        f" the secret file {secret}: chmod o-r it"
    )


def test_a_good_secret_file_is_used(load_text: Load, tmp_path: Path) -> None:
    secret = tmp_path / "hook"
    secret.write_text("https://example.org/hunter2\n")
    secret.chmod(0o600)
    text = SMALLEST + '[[channel]]\nid = "hook"\nkind = "webhook"\nurl = "${file:hook}"\n'
    hook: Any = load_text(text).channels[0]
    assert hook.url.get_secret_value() == "https://example.org/hunter2"


@pytest.mark.parametrize(
    ("value", "message", "said"),
    [
        ("https://bot.company.ru/hook", "expected an address with a hook", True),
        ("hunter", "port could not be 'hunter'", False),
        ("https://user:pass%word@host", "port could not be 'pass'", False),
        ("correcthorse", "nothing like correcthorses", False),
    ],
)
def test_a_remedy_is_withheld_only_if_it_cites_the_secret(
    value: str, message: str, *, said: bool
) -> None:
    covered = Veil({value: "(a secret)"}).over(message)
    assert (covered == message) is said
    assert said or value not in covered
