"""What Prometheus reads of what probes measure beside their verdict."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from datetime import UTC, datetime

from probes.observation import Observation, Outcome
from vahta.metrics import Metrics, Now

NOW = datetime(2026, 10, 18, 12, 30, tzinfo=UTC)


def looked(metrics: Metrics, **measures: float) -> None:
    metrics.observed(
        Observation(
            "up", "upload", "upload", "local", NOW, Outcome.UP, None, "", 1.0, (), "", measures
        )
    )


def shown(metrics: Metrics) -> list[str]:
    lines = metrics.render(Now()).decode().splitlines()
    return [line for line in lines if line.startswith("vahta_probe_") and "duration" not in line]


def test_the_latest_measure_of_a_probe_is_shown() -> None:
    metrics = Metrics(version="0")
    assert shown(metrics) == []
    looked(metrics, orphans=2, certificate_expiry_timestamp_seconds=1793000000)
    looked(metrics, orphans=1)
    assert shown(metrics) == [
        'vahta_probe_certificate_expiry_timestamp_seconds{component="upload",probe="up"} 1.793e+09',
        'vahta_probe_orphans{component="upload",probe="up"} 1.0',
    ]


def test_promtool_has_nothing_to_say_against_them(needs: Callable[[str], str]) -> None:
    metrics = Metrics(version="0")
    looked(metrics, orphans=1, certificate_expiry_timestamp_seconds=1793000000, of_a_new_kind=3)
    check = subprocess.run(
        [needs("promtool"), "check", "metrics"],
        input=metrics.render(Now()),
        capture_output=True,
        check=False,
    )
    assert (check.returncode, check.stdout, check.stderr) == (0, b"", b"")
