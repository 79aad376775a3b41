"""The demo as a newcomer meets it: start, memory, and how fast a fault reaches everybody.

Yardstick: the least that the demo's own schedule allows (half an interval until the next run,
a failing run, the recheck pause, a second failing run; then publish_after), so the ratio says
what Vahta itself adds.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
EVERY, RECHECK, SMS_WAIT, PUBLISH_AFTER = 3.0, 0.5, 2.0, 3.0
ROUNDS = int(os.environ.get("ROUNDS", "5"))


def fetch(url: str, *, method: str = "GET", body: Any = None) -> str:
    data = json.dumps(body).encode() if body is not None else None
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(url, data=data, method=method, headers=headers)
    with urllib.request.urlopen(request, timeout=5) as answer:
        return str(answer.read().decode())


def wait_for(what: Callable[[], Any], *, since: float) -> float:
    """Seconds from ``since`` until ``what`` is true."""
    while time.monotonic() - since < 60:
        try:
            if what():
                return time.monotonic() - since
        except OSError:
            pass  # not listening yet
        time.sleep(0.02)
    raise SystemExit("nothing happened for a minute")


def resident_mib(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


def main() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    base = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory() as state:
        began = time.monotonic()
        demo = subprocess.Popen(
            [
                *(sys.executable, "-m", "vahta", "demo", "--past", "90d"),  # more to hold at hand
                *("--port", str(port), "--state", state),
            ],
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
        )
        try:
            measure(base, demo.pid, began)
        finally:
            demo.send_signal(signal.SIGTERM)
            demo.wait(10)


def measure(base: str, pid: int, began: float) -> None:
    def summary() -> Any:
        return json.loads(fetch(f"{base}/api/v2/summary.json"))

    def seen() -> bool:
        return 'outcome="up"' in "".join(
            line
            for line in fetch(f"{base}/metrics").splitlines()
            if line.startswith("vahta_observations_total") and not line.endswith(" 0.0")
        )

    def all_well() -> bool:
        states = [c["status"] for c in summary()["components"]]
        return bool(states) and set(states) == {"operational"}

    print(f"start -> first observation  {wait_for(seen, since=began):6.2f} s")
    print(
        f"start -> ready              {wait_for(lambda: fetch(f'{base}/ready'), since=began):6.2f} s"
    )
    print(f"start -> all twelve green   {wait_for(all_well, since=began):6.2f} s")
    time.sleep(15)
    print(f"resident, idle              {resident_mib(pid):6.1f} MiB (budget 130 MB)")
    rows = [fault(base, summary, all_well) for _ in range(ROUNDS)]
    opened, mail, _, gone = (statistics.median(row[n] for row in rows) for n in range(4))
    page = rows[0][2]  # a new incident; in later rounds it comes back, and is public at once
    least = EVERY / 2 + SMS_WAIT + RECHECK + SMS_WAIT
    print(
        f"SMS lost -> incident        {opened:6.2f} s, {opened / least:.2f} x the schedule's {least:.1f} s"
    )
    print(f"SMS lost -> mail            {mail:6.2f} s, {mail / least:.2f} x")
    least += PUBLISH_AFTER
    print(
        f"SMS lost -> public page     {page:6.2f} s, {page / least:.2f} x the schedule's {least:.1f} s"
    )
    print(f"healed   -> page is green   {gone:6.2f} s (bound 15 s); medians of {ROUNDS}")


def fault(
    base: str, summary: Callable[[], Any], all_well: Callable[[], bool]
) -> tuple[float, float, float, float]:
    letters = len(json.loads(fetch(f"{base}/mailbox/letters.json")))
    since = time.monotonic()
    fetch(f"{base}/portal/faults/sms", method="PUT", body={"mode": "lost"})

    def is_open() -> bool:
        lines = fetch(f"{base}/metrics").splitlines()
        return any(x.startswith("vahta_incidents_open") and x.endswith(" 1.0") for x in lines)

    opened = wait_for(is_open, since=since)
    mail = wait_for(
        lambda: len(json.loads(fetch(f"{base}/mailbox/letters.json"))) > letters, since=since
    )
    page = wait_for(lambda: summary()["incidents"], since=since)
    since = time.monotonic()
    fetch(f"{base}/portal/faults", method="DELETE")
    return opened, mail, page, wait_for(all_well, since=since)


if __name__ == "__main__":
    main()
