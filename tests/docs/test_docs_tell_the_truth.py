"""What the README and the docs say is there, is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from vahta.cli import vahta

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text()):
        assert (page.parent / target).exists(), f"{page.name} links to {target}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_that_is_shown_exists(page: Path) -> None:
    commands = vahta.list_commands(None)
    for command in re.findall(r"(?:\./run\.sh|`vahta) ([a-z]+)", page.read_text()):
        assert command in commands, f"{page.name} shows {command}"


def test_every_command_is_told_of_in_the_changelog() -> None:
    said = (ROOT / "CHANGELOG.md").read_text()
    assert [c for c in vahta.list_commands(None) if c not in said] == []


def test_the_readme_has_the_two_commands() -> None:
    blocks = re.findall(r"```sh\n(.*?)```", (ROOT / "README.md").read_text(), flags=re.DOTALL)
    lines = [line.strip() for block in blocks for line in block.splitlines()]
    assert {"./run.sh", "./test.sh"} <= set(lines)
    assert "./test.sh" in (ROOT / ".ci" / "run").read_text()


def test_every_room_is_in_the_architecture() -> None:
    said = (ROOT / "docs" / "architecture.md").read_text()
    rooms = {file.parent.name for file in ROOT.glob("*/__init__.py")}
    assert {room for room in rooms if f"`{room}/`" not in said} == set()


def test_what_the_architecture_points_at_exists() -> None:
    said = (ROOT / "docs" / "architecture.md").read_text()
    for room, files in re.findall(r"^\| `(\w+)/` \|.*\| (.+) \|$", said, flags=re.MULTILINE):
        for file in re.findall(r"`([\w/.]+\.py)`", files):
            assert (ROOT / room / file).exists(), f"{room}/{file}"


def test_every_fault_of_delivery_has_a_test() -> None:
    said = (ROOT / "docs" / "delivery.md").read_text()
    rows = re.findall(r"^\| (N\d+) \|.*\| ([^|]+) \|$", said, flags=re.MULTILINE)
    assert [number for number, _ in rows] == [f"N{n}" for n in range(1, 21)]
    tests = "".join(file.read_text() for file in (ROOT / "tests").glob("*/test_*.py"))
    named = [
        (number, name) for number, names in rows for name in re.findall(r"`(test_\w+)`", names)
    ]
    assert {number for number, _ in named} == {number for number, _ in rows}
    assert [name for _, name in named if f"def {name}(" not in tests] == []
