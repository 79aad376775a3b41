"""Writes what is generated from the models: ``python -m vahta.config.generate`` at the root."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from notify.catalog import kinds as channel_kinds
from probes.catalog import kinds as probe_kinds
from vahta.config.reference import reference
from vahta.config.schema import schema


def generated() -> Mapping[str, str]:
    """The text of each generated file, by its path from the root."""
    whole = schema(probe_kinds(), channel_kinds())
    return {
        "vahta.schema.json": json.dumps(whole, ensure_ascii=False, indent=2) + "\n",
        "docs/config.md": reference(probe_kinds(), channel_kinds()),
    }


def main(root: Path) -> None:
    for name, text in generated().items():
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(Path.cwd())
