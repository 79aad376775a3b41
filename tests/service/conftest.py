"""A site that says everything back, and a whole service on a port of its own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from vahta.config import load
from vahta.listening import bind, serving
from vahta.service import Service, built, no_checkpoint
from vahta.serving import surface_of
from vahta.web import make_app

PAGE = """
<form method="post" action="/login"><input type="hidden" name="csrf_token" value="CANARY-csrf">
<input name="username"><input name="password" type="password"></form>
"""


class Echo(BaseHTTPRequestHandler):
    """A sign-in page that says everything back, and never lets anybody in."""

    def do_GET(self) -> None:
        self._answer(PAGE)

    def do_POST(self) -> None:
        told = self.rfile.read(int(self.headers["Content-Length"] or 0)).decode()
        self._answer(
            f"{told} {self.headers} {PAGE} Позвоните Анне: +7 916 123-45-67, СНИЛС 112-233-445 95"
        )

    def _answer(self, words: str) -> None:
        body = words.encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Set-Cookie", "sid=CANARY-cookie")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        return


@pytest.fixture
def site() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    serving = threading.Thread(target=server.serve_forever, args=(0.01,))
    serving.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    serving.join()
    server.server_close()


Serves = Callable[[str], AbstractAsyncContextManager[tuple[str, Service]]]


@pytest.fixture
def serves(tmp_path: Path) -> Serves:
    """Run the service of a config as ``vahta run`` does: its address, and itself."""

    @asynccontextmanager
    async def run(text: str) -> AsyncIterator[tuple[str, Service]]:
        file = tmp_path / "config.toml"
        file.write_text(text, encoding="utf-8")
        config = load(file, environ={})
        listener = bind("127.0.0.1", 0)
        base = f"http://127.0.0.1:{listener.getsockname()[1]}"
        async with (
            built(config, checkpoint=no_checkpoint) as service,
            serving(make_app(surface_of(service, {})), listener),
        ):
            running = asyncio.create_task(service.run())
            yield base, service
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running

    return run
