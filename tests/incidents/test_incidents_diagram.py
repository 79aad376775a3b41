"""The published diagram of states is the machine."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def drawing() -> dict:
    return runpy.run_path(str(ROOT / "docs" / "incident_states.py"))


def test_the_published_diagram_is_the_machine(drawing) -> None:
    text = (ROOT / "docs" / "incidents.md").read_text(encoding="utf-8")
    published = text.split(drawing["BEGIN"])[1].split(drawing["END"])[0]
    assert published == drawing["drawn"](), "run: python docs/incident_states.py"
