"""The built wheel holds everything that runs: an editable checkout would hide what it lacks."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("probes", "incidents", "notify", "statuspage", "desk", "vahta")

pytestmark = pytest.mark.timeout(120)


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def test_no_file_of_a_room_is_left_out(unpacked: Path) -> None:
    here = {
        file.relative_to(ROOT)
        for room in ROOMS
        for file in (ROOT / room).rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }
    there = {file.relative_to(unpacked) for file in unpacked.rglob("*") if file.is_file()}
    assert here - there == set()


def test_it_runs_from_the_wheel_alone(unpacked: Path, tmp_path: Path) -> None:
    config = unpacked / "vahta" / "demo" / "config.toml"
    answer = subprocess.run(
        [sys.executable, "-m", "vahta", "page", "site", "--state", "state", "-c", str(config)],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(unpacked)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (answer.returncode, answer.stderr) == (0, "")
    assert "Коды по СМС" in (tmp_path / "site" / "index.html").read_text()
