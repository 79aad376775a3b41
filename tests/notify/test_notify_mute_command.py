"""``vahta mute``: what it keeps, prints and refuses."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from vahta.cli import vahta

CONFIG = """
[portal]
name = "Портал"

[[component]]
id = "sms"
name = { ru = "Коды по СМС", en = "SMS codes" }
"""

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    file = tmp_path / "config.toml"
    file.write_text(CONFIG, encoding="utf-8")

    def invoke(*arguments: str) -> Result:
        where = ["-c", str(file), "--state", str(tmp_path / "state")]
        return CliRunner().invoke(vahta, [*where, *arguments])

    return invoke


def listed(run: Run) -> list[dict[str, object]]:
    done = run("mute", "list", "--json")
    assert done.exit_code == 0
    found: list[dict[str, object]] = json.loads(done.stdout)["mutes"]
    return found


def test_a_component_is_muted_listed_and_lifted(run: Run) -> None:
    number = run("mute", "add", "sms", "--for", "2h", "--why", " we are on it ").stdout.strip()
    (one,) = listed(run)
    assert (str(one["id"]), one["component"], one["incident"]) == (number, "sms", None)
    assert one["why"] == "we are on it"
    assert one["by"]
    assert datetime.fromisoformat(str(one["until"])).tzinfo is not None
    line = run("mute", "list").stdout
    assert line.startswith(f"{number}  sms  until ")
    assert line.endswith(f"  {one['by']}: we are on it\n")
    done = run("mute", "lift", number)
    assert (done.exit_code, done.stdout) == (0, f"{number} lifted\n")
    assert listed(run) == []
    assert run("mute", "list").stdout == ""


def test_an_incident_is_muted_by_its_number_however_it_is_written(run: Run) -> None:
    number = run("incident", "open", "sms", "Коды не приходят").stdout.strip()
    assert run("mute", "add", number.lower(), "--for", "2h", "--why", "x").exit_code == 0
    (one,) = listed(run)
    assert (one["incident"], one["component"]) == (number, None)


def test_why_is_masked_before_it_is_kept(run: Run) -> None:
    run("mute", "add", "sms", "--for", "2h", "--why", "звонил +7 916 123-45-67")
    assert [one["why"] for one in listed(run)] == ["звонил [телефон]"]


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["sms", "--why", "x"], "say how long it takes"),
        (["sms", "--for", "1h", "--until", "2100-01-01 09:00", "--why", "x"], "say how long"),
        (["sms", "--for", "40d", "--why", "x"], "a mute ends within 31 days"),
        (["sms", "--until", "2020-01-01 09:00", "--why", "x"], "a mute ends within 31 days"),
        (["sms", "--for", "1h", "--why", " "], "say why"),
        (["sms", "--for", "1h"], "Missing option '--why'"),
        (["nowhere", "--for", "1h", "--why", "x"], "no incident or component 'nowhere'"),
    ],
    ids=["no-end", "two-ends", "too-long", "past", "empty-why", "no-why", "unknown"],
)
def test_what_cannot_be_is_refused_and_nothing_is_kept(
    run: Run, arguments: list[str], problem: str
) -> None:
    done = run("mute", "add", *arguments)
    assert done.exit_code == 2
    assert problem in done.stderr
    assert listed(run) == []


def test_there_is_no_lifting_what_does_not_stand(run: Run) -> None:
    done = run("mute", "lift", "7")
    assert done.exit_code == 2
    assert "no mute 7 stands: see vahta mute list" in done.stderr
