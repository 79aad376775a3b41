"""Death at any step of a publication, and a disk that takes no more, leave a whole page."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_whatever_step_it_dies_at_the_page_is_the_old_one_or_the_new_one(tmp_path: Path) -> None:
    script = Path(__file__).with_name("publish_and_crash.py")
    done = subprocess.run(
        [sys.executable, str(script), str(tmp_path / "page")],
        capture_output=True,
        text=True,
        check=False,
        timeout=50,
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == 0, done.stderr
    steps, disk = done.stdout.splitlines()
    assert int(steps.removeprefix("steps ")) > 20
    assert disk == "full disk OSError"
