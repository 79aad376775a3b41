"""docs/probes.md says what the models say."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import pytest

from probes.catalog import kinds

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def generator() -> dict[str, Any]:
    return runpy.run_path(str(ROOT / "docs" / "probe_kinds.py"))


def test_the_page_is_fresh(generator):
    published = (ROOT / "docs" / "probes.md").read_text(encoding="utf-8")
    assert published == generator["page"](), "run: python docs/probe_kinds.py"


def test_every_kind_has_its_chapter(generator):
    page = generator["page"]()
    for name, kind in kinds().items():
        assert f"\n## {name}\n" in page
        assert all(
            f"| `{field.alias or key}` |" in page
            for key, field in kind.settings.model_fields.items()
        )
