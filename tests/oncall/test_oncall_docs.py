"""docs/oncall.md: its examples are good, and what it shows is what is printed."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from notify.oncall.rota import gaps
from vahta.cli import vahta
from vahta.config import load

PAGE = (Path(__file__).parents[2] / "docs/oncall.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```toml\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
START = """
[portal]
name = "Портал"

[[channel]]
id = "mail"
kind = "email"
host = "mail.example.org"
from = "vahta@example.org"
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "config.toml"
    file.write_text(START + "\n".join(EXAMPLES), encoding="utf-8")
    return file


def test_the_examples_are_one_good_config(file: Path) -> None:
    config = load(file, environ={})
    assert [engineer.id for engineer in config.engineers] == ["anna", "ivan"]
    assert [rota.id for rota in config.rotas] == ["duty", "sun"]


def test_the_example_that_follows_the_sun_leaves_no_gap(file: Path) -> None:
    (_, sun) = load(file, environ={}).rotas
    assert gaps(sun, [], datetime(2026, 3, 1, tzinfo=UTC), datetime(2027, 3, 1, tzinfo=UTC)) == []


def test_what_is_shown_is_what_is_printed(file: Path, tmp_path: Path) -> None:
    (shown,) = re.findall(
        r"^```console\n\$ vahta oncall (.*?)\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE
    )
    only = file.read_text(encoding="utf-8").replace(EXAMPLES[-1], "")
    file.write_text(only, encoding="utf-8")
    arguments = re.findall(r'"([^"]+)"|(\S+)', shown[0])
    done = CliRunner().invoke(
        vahta,
        [
            "-c",
            str(file),
            "--state",
            str(tmp_path / "s"),
            "oncall",
            *(a or b for a, b in arguments),
        ],
    )
    assert done.stdout == shown[1]


def test_the_command_that_enters_an_override_works(file: Path, tmp_path: Path) -> None:
    where = ["-c", str(file), "--state", str(tmp_path / "s")]
    for command in ("oncall override duty ivan --for 12h", "oncall remove 1"):
        assert CliRunner().invoke(vahta, [*where, *command.split()]).exit_code == 0
