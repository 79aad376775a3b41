"""A merged incident, by the commands: what it is part of is listed, and its number leads there."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from vahta.cli import vahta

CONFIG = """
[portal]
name = "Портал"

[[component]]
id = "sms"
name = "Коды по СМС"

[[component]]
id = "login"
name = "Вход"
"""

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    file = tmp_path / "config.toml"
    file.write_text(CONFIG, encoding="utf-8")

    def invoke(*arguments: str) -> Result:
        where = ["-c", str(file), "--state", str(tmp_path / "state")]
        done = CliRunner().invoke(vahta, [*where, *arguments])
        assert done.exit_code == 0, done.output
        return done

    return invoke


@pytest.fixture
def merged(run: Run) -> tuple[str, str]:
    """The numbers of an open incident and of the one that was merged into it."""
    whole = run("incident", "open", "login", "Не войти").stdout.strip()
    part = run("incident", "open", "sms", "Коды не приходят").stdout.strip()
    run("incident", "merge", part, "--into", whole)
    return whole, part


def test_the_list_says_what_it_is_part_of_and_what_the_other_has_reached(
    run: Run, merged: tuple[str, str]
) -> None:
    whole, part = merged
    listed: list[dict[str, Any]] = json.loads(run("incident", "list", "--json").stdout)["incidents"]
    by_id = {one["id"]: one for one in listed}
    assert by_id[part]["merged_into"] == whole
    assert by_id[whole]["merged_into"] is None
    reached = {one["component"]: one for one in by_id[whole]["affected"]}
    assert set(reached) == {"login", "sms"}
    assert (reached["sms"]["cause"], reached["sms"]["until"]) == ("merge", None)
    assert json.loads(run("incident", "show", part, "--json").stdout) == by_id[part]


def test_what_is_exported_stays_what_an_import_takes(run: Run, merged: tuple[str, str]) -> None:
    for line in run("incident", "export").stdout.splitlines():
        assert not {"affected", "merged_into"} & set(json.loads(line))


def test_its_number_finds_the_one_that_it_is_part_of(run: Run, merged: tuple[str, str]) -> None:
    whole, part = merged
    found = json.loads(run("lookup", part, "--json").stdout)
    assert [one["id"] for one in found["incidents"]] == [whole, part]
    assert found["confident"] is True
