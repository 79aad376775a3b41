"""The catalogue of kinds, and what every kind owes its reader."""

from __future__ import annotations

import re
import sys
import types
from pathlib import Path

import pytest
import tomli
from pydantic import ValidationError

from probes import catalog
from probes.kind import Kind

KINDS = catalog.kinds()
EXAMPLE = re.compile(r"```toml\n(.*?)```", re.DOTALL)


def test_the_kinds_of_this_issue_are_there():
    assert {"http", "login", "sms", "upload", "status_sync"} <= set(KINDS)


@pytest.mark.parametrize("name", sorted(KINDS))
def test_a_kind_shows_an_example_of_itself_that_is_right(name):
    kind = KINDS[name]
    (example,) = EXAMPLE.findall(kind.settings.__doc__ or "")
    lines = "\n".join(line.removeprefix("    ") for line in example.splitlines())
    (probe,) = tomli.loads(lines)["probe"]
    settings = kind.settings.model_validate(probe)
    assert settings.kind == kind.name == name


@pytest.mark.parametrize(
    ("name", "every", "timeout"),
    [
        ("http", 30, 10),
        ("login", 60, 30),
        ("status_sync", 60, 30),
        ("upload", 300, 120),
        ("sms", 300, 120),
    ],
)
def test_a_kind_has_the_pace_that_the_design_gives_it(name, every, timeout):
    fields = KINDS[name].settings.model_fields
    assert (fields["every"].default, fields["timeout"].default) == (every, timeout)


@pytest.mark.parametrize(
    ("name", "recheck", "open_after"),
    [
        ("http", None, None),
        ("login", 10, 2),
        ("upload", 10, 2),
        ("sms", "every", 2),
        ("status_sync", 10, None),
    ],
)
def test_a_kind_confirms_at_the_pace_that_the_design_gives_it(name, recheck, open_after):
    assert (KINDS[name].recheck, KINDS[name].open_after) == (recheck, open_after)


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A folder of kinds with one module, whose text is given."""

    def make(text: str) -> types.ModuleType:
        (tmp_path / "strange.py").write_text(text)
        made = types.ModuleType("strange_kinds")
        made.__path__ = [str(tmp_path)]
        monkeypatch.setitem(sys.modules, "strange_kinds", made)
        monkeypatch.delitem(sys.modules, "strange_kinds.strange", raising=False)
        return made

    return make


ONE = """
from probes.kind import probe_kind
from probes.settings import ProbeSettings
async def ask(settings, visit): ...
one = probe_kind(ProbeSettings)(ask)
"""


def test_a_module_is_a_kind_by_being_there(package):
    (found,) = catalog.kinds_in(package(ONE), Kind).values()
    assert isinstance(found, Kind)
    assert found.name == "strange"


@pytest.mark.parametrize("text", ["", ONE + "two = probe_kind(ProbeSettings)(ask)"])
def test_a_module_without_exactly_one_kind_is_an_error(package, text):
    with pytest.raises(catalog.CatalogError, match="strange must hold exactly one kind"):
        catalog.kinds_in(package(text), Kind)


BASE = {"id": "p", "component": "c", "url": "http://a.example/"}
LOGIN = {**BASE, "kind": "login", "username": "u", "password": "p", "success": "main"}
SMS = {"id": "p", "component": "c", "kind": "sms", "request_url": "http://a.example/",
       "inbox_url": "http://a.example/"}  # fmt: skip


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({**BASE, "kind": "http", "url": "portal.example"}, "begins with http"),
        ({**BASE, "kind": "http", "url": "ftp://portal.example"}, "begins with http"),
        ({**BASE, "kind": "http", "url": "https://u:p@a.example/"}, "headers instead"),
        ({**BASE, "kind": "http", "method": "DELETE"}, "GET"),
        ({**BASE, "kind": "http", "timout": "3s"}, "Extra inputs"),
        ({**LOGIN, "success": "main["}, "CSS selector"),
        ({**LOGIN, "captcha": ["a", ""]}, "CSS selector"),
        ({**LOGIN, "totp_secret": "0189"}, "base32"),
        ({**SMS, "code": r"\d+"}, "exactly one group"),
        ({**SMS, "code": "("}, "not a regular expression"),
        ({**SMS, "wait": "2m"}, "wait must be shorter than timeout"),
        ({**SMS, "wait": "10s", "late_after": "10s"}, "late_after must be shorter than wait"),
    ],
)
def test_a_setting_that_cannot_work_is_refused_with_the_remedy(settings, words):
    with pytest.raises(ValidationError, match=words):
        KINDS[settings["kind"]].settings.model_validate(settings)


@pytest.mark.parametrize("value", ["${PORTAL_URL}/login", "${PORTAL_URL:-http://a.example}/x"])
def test_an_address_with_a_variable_not_yet_filled_in_passes(value):
    KINDS["http"].settings.model_validate({**BASE, "kind": "http", "url": value})
