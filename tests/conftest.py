"""What every test may use: programs that may not be there, and a place for long sockets."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable

import pytest

PACKAGES = {
    "chromium": "chromium",
    "promtool": "prometheus",
    "prometheus": "prometheus",
    "prometheus-alertmanager": "prometheus-alertmanager",
    "openssl": "openssl",
    "cc": "gcc",
    "w3m": "w3m",
    "nginx": "nginx-light",
    "bearerbox": "kannel",
    "smsbox": "kannel",
    "/usr/lib/kannel/test/drive_smpp": "kannel-extras",
    "/usr/lib/kannel/test/fakesmsc": "kannel-extras",
}


def _lacking(reason: str) -> None:
    """Skips the test; under VAHTA_REQUIRE_ALL fails it."""
    if os.environ.get("VAHTA_REQUIRE_ALL") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def needs() -> Callable[[str], str]:
    """The path of a program; without it the test is skipped, or under VAHTA_REQUIRE_ALL fails."""

    def find(program: str) -> str:
        # Servers are in sbin, which is not on everybody's path.
        path = shutil.which(program, path=f"{os.environ['PATH']}:/usr/sbin:/sbin")
        if path is None:
            _lacking(f"needs {program}: apt install {PACKAGES.get(program, program)}")
        return str(path)

    return find


@pytest.fixture(scope="session")
def needs_root() -> None:
    """The same for what only root may start."""
    if os.geteuid() != 0:
        _lacking("needs to be root")
