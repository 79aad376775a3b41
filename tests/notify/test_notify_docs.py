"""docs/channels.md says what the models say, and docs/notify.md has every reason."""

import runpy
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_page_is_what_the_kinds_say():
    page = runpy.run_path(str(ROOT / "docs" / "channel_kinds.py"))["page"]()
    published = (ROOT / "docs" / "channels.md").read_text(encoding="utf-8")
    assert published == page, "run: python docs/channel_kinds.py"


def test_every_reason_is_in_the_table():
    written = (ROOT / "docs" / "notify.md").read_text(encoding="utf-8")
    page = runpy.run_path(str(ROOT / "docs" / "reasons.py"))["page"]
    assert written == page(written), "run: python docs/reasons.py"
