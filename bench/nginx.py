"""Debian's nginx hands out the page while it is published anew a thousand times.

    .venv/bin/python -m bench.nginx [--times 1000] [--readers 8]

Readers ask without pause, packed and plain, on connections that stay open. Every file says its
release at its beginning and at its end. Counted are answers that failed, answers of two releases,
answers older than one that the same reader had before, and versions (ETag) with two contents.
All of them must be none.
"""

from __future__ import annotations

import argparse
import gzip
import http.client
import itertools
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from statuspage.packing import Packer
from statuspage.release import publish
from vahta.listening import bind

ROOT = Path(__file__).parents[1]
SHIPPED = ROOT / "deploy" / "nginx.conf"
PATHS = (
    "/",
    "/index.html",
    "/en/",
    "/incidents/%D0%98%D0%9D%D0%A6-2026-0001.html",
    "/api/v2/summary.json",
)
NAMES = (
    "index.html",
    "en/index.html",
    "incidents/ИНЦ-2026-0001.html",
    "api/v2/summary.json",
    "feed.atom",
)
PATIENCE = 20.0
_WHOLE = re.compile(rb"<(\d+)>.*<(\d+)>", re.DOTALL)


def files(number: int) -> dict[str, bytes]:
    """A site that says ``number`` in each file; every third file stays as it was for a while."""
    return {
        name: b"<%d>" % of + "Коды по СМС не приходят. ".encode() * 400 + b"<%d>" % of
        for place, name in enumerate(NAMES)
        for of in [number - number % (1 if place % 3 else 7)]
    }


@contextmanager
def nginx(program: str, page: Path, folder: Path) -> Iterator[int]:
    """nginx with the shipped configuration, on a port of its own."""
    with bind("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
    server = (
        SHIPPED.read_text()
        .replace("listen 80;", f"listen 127.0.0.1:{port};")
        .replace("/var/lib/vahta/page;", f"{page};")
    )
    temporary = "".join(
        f"{kind}_temp_path {folder};\n"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = "user root;\n" if os.getuid() == 0 else ""
    (folder / "nginx.conf").write_text(
        f"{user}daemon off;\npid {folder}/nginx.pid;\nerror_log {folder}/error.log;\nevents {{}}\n"
        f"http {{\ninclude /etc/nginx/mime.types;\naccess_log off;\n{temporary}{server}}}\n"
    )
    process = subprocess.Popen([program, "-e", f"{folder}/error.log", "-c", f"{folder}/nginx.conf"])
    try:
        deadline = time.monotonic() + PATIENCE
        while not _answers(port):
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError((folder / "error.log").read_text())
            time.sleep(0.02)
        yield port
    finally:
        process.terminate()
        process.wait(PATIENCE)


def _answers(port: int) -> bool:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)) as connection:
        try:
            connection.request("GET", "/")
            return connection.getresponse().status == 200
        except OSError:
            return False


@dataclass
class Readers:
    """What the readers met, by kind; ``good`` counts the rest."""

    port: int
    faults: Counter[str] = field(default_factory=Counter)
    good: int = 0
    unchanged: int = 0
    done: threading.Event = field(default_factory=threading.Event)
    _versions: dict[tuple[str, str], bytes] = field(default_factory=dict)

    def read(self) -> None:
        """Ask until told that it is done."""
        with closing(
            http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        ) as connection:
            self._read(connection)

    def _read(self, connection: http.client.HTTPConnection) -> None:
        newest: dict[str, int] = {}
        tags: dict[tuple[str, str], str] = {}
        for path, takes in itertools.cycle(itertools.product(PATHS, ("gzip", ""))):
            if self.done.is_set():
                return
            asks = {"Accept-Encoding": takes, "If-None-Match": tags.get((path, takes), "")}
            connection.request("GET", path, headers=asks)
            answer = connection.getresponse()
            body = answer.read()
            if answer.status == 304:
                self.unchanged += 1
                continue
            fault = self._fault(path, answer, body, newest)
            if fault:
                self.faults[fault] += 1
            else:
                self.good += 1
                tags[path, takes] = answer.headers["ETag"]

    def _fault(
        self, path: str, answer: http.client.HTTPResponse, body: bytes, newest: dict[str, int]
    ) -> str:
        if answer.status != 200:
            return f"failed ({answer.status})"
        packed = answer.headers.get("Content-Encoding") == "gzip"
        found = _WHOLE.fullmatch(gzip.decompress(body) if packed else body)
        if found is None or found[1] != found[2]:
            return "mixed"
        number = int(found[1])
        if number < newest.get(path, 0):
            return "older than before"
        newest[path] = number
        version = (f"{path} {packed}", answer.headers["ETag"])
        return (
            "" if self._versions.setdefault(version, found[1]) == found[1] else "two of one version"
        )


def measured(program: str, *, times: int, readers: int) -> Readers:
    """Publish ``times`` over while so many readers read, each as fast as it can."""
    with tempfile.TemporaryDirectory() as temporary:
        folder, page, packer = Path(temporary), Path(temporary) / "page", Packer()
        publish(packer.packed(files(1)), page)
        with nginx(program, page, folder) as port:
            met = Readers(port)
            threads = [threading.Thread(target=met.read) for _ in range(readers)]
            for thread in threads:
                thread.start()
            try:
                for number in range(2, times + 2):
                    publish(packer.packed(files(number)), page)
            finally:
                met.done.set()
                for thread in threads:
                    thread.join()
        return met


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--times", type=int, default=1000)
    parser.add_argument("--readers", type=int, default=8)
    given = parser.parse_args()
    program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    if program is None:
        print("needs nginx: apt install nginx-light")
        return 1
    began = time.perf_counter()
    met = measured(program, times=given.times, readers=given.readers)
    print(f"{given.times} publications in {time.perf_counter() - began:.1f} s")
    print(
        f"{met.good} answers whole, {met.unchanged} unchanged, {sum(met.faults.values())} at fault: {dict(met.faults)}"
    )
    return int(bool(met.faults) or not met.good)


if __name__ == "__main__":
    sys.exit(main())
