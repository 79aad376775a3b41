"""The pictures of README and probes.md: starts the demo, breaks it, composes what is to be seen.

    .venv/bin/python docs/screenshots.py

writes docs/images/. Needs the test environment (./test.sh makes it) and Chromium.
"""

# ruff: noqa: INP001 - a program, not a module
from __future__ import annotations

import asyncio
import base64
import html
import os
import re
import shutil
import signal
import socket
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from playwright.async_api import (
    APIRequestContext,
    Browser,
    FloatRect,
    Playwright,
    async_playwright,
)
from playwright.async_api import Error as PlaywrightError

ROOT = Path(__file__).parents[1]
IMAGES = ROOT / "docs" / "images"
PATIENCE = 60.0
LOOK_EVERY = 0.2
STAGE = (1440, 880)

# What the caller says, in the desk's language.
SAID = {"ru": "смс не приходит", "en": "the sms code doesn't arrive"}

FRAME = """<!doctype html><html lang="en"><meta charset="utf-8"><style>
body{{margin:0;width:{width}px;height:{height}px;position:relative;overflow:hidden;background:#dfe5ee}}
img{{position:absolute;display:block;border-radius:10px;
box-shadow:0 0 0 1px #0000001a,0 14px 32px #0f1f3a33}}
</style>{images}"""


@dataclass(frozen=True, slots=True)
class Shot:
    """One window of the picture: what is in it, how large it is there, where it stands."""

    path: str
    viewport: tuple[int, int]
    place: tuple[int, int]
    width: int
    scheme: str = "light"
    wait_for: str = "main"
    clip: tuple[int, int] | None = None


def shots(lang: str) -> list[Shot]:
    """The windows of one language's picture, the lowest first."""
    page = "/" if lang == "ru" else "/en/"
    front = (
        Shot("/mailbox/letters/{letter}", (560, 470), (1052, 500), 352, clip=(560, 470))
        if lang == "ru"
        else Shot(page, (360, 640), (1146, 380), 262, scheme="dark", wait_for=".fault")
    )
    return [
        Shot("/desk/?lang={lang}&q={said}", (1000, 760), (548, 36), 860, wait_for=".known"),
        Shot(page, (640, 1080), (36, 36), 490, wait_for=".fault"),
        front,
    ]


def shots_of_exchange() -> list[Shot]:
    """What the desk shows of a failed sign-in, on two screens."""
    page = "{exchange}&lang="
    return [
        Shot(page + "ru", (1090, 1273), (36, 36), 690, wait_for="details"),
        Shot(page + "en", (390, 1066), (762, 36), 294, scheme="dark", wait_for="details"),
    ]


async def main() -> None:
    """All pictures."""
    with tempfile.TemporaryDirectory(prefix="vahta-pictures-") as state:
        async with demo(Path(state)) as base, async_playwright() as playwright:
            told = await playwright.request.new_context(base_url=base)
            browser = await chromium(playwright)
            await eventually(lambda: is_ready(told), "the demo is ready")
            await break_and_heal(told, "payments", "slow")
            await fault(told, "sms", "lost")
            letter = await eventually(lambda: letter_about(told, "СМС"), "the letter has come")
            await eventually(lambda: published(told, "sms"), "the page says so")
            IMAGES.mkdir(parents=True, exist_ok=True)
            for lang, name in (("ru", "demo.png"), ("en", "demo-en.png")):
                values = {"lang": lang, "said": SAID[lang], "letter": letter}
                taken = [(shot, await picture(browser, base, shot, values)) for shot in shots(lang)]
                await compose(browser, taken, IMAGES / name)
            await fault(told, "login", "lost")
            values = {"exchange": await eventually(lambda: exchange(told, "login"), "it is kept")}
            taken = [(s, await picture(browser, base, s, values)) for s in shots_of_exchange()]
            await compose(browser, taken, IMAGES / "exchange.png", stage=(1092, 880))
            await browser.close()
            await told.dispose()
    for path in sorted(IMAGES.glob("*.png")):
        sys.stdout.write(f"{path.relative_to(ROOT)}: {path.stat().st_size // 1024} KiB\n")


@asynccontextmanager
async def demo(state: Path) -> AsyncIterator[str]:
    """The demo on a free port, with its journal in ``state``; killed at the end."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    with (state / "output.txt").open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "vahta", "demo", "--port", str(port)),
            *("--state", str(state / "var")),
            cwd=ROOT,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        if process.returncode is None:
            os.killpg(process.pid, signal.SIGTERM)
        await process.wait()


async def chromium(playwright: Playwright) -> Browser:
    """Debian's browser; playwright's own where that isn't installed."""
    return await playwright.chromium.launch(
        executable_path=shutil.which("chromium"), args=["--no-sandbox"]
    )


async def picture(
    browser: Browser,
    base: str,
    shot: Shot,
    values: Mapping[str, str],
    *,
    now: datetime | None = None,
) -> bytes:
    """One window, as a reader with that screen sees it; at ``now`` by the reader's clock."""
    width, height = shot.viewport
    context = await browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if shot.scheme == "dark" else "light",
        device_scale_factor=shot.width / width,  # one of its dots is one of the picture
        base_url=base,
    )
    page = await context.new_page()
    if now is not None:
        await page.clock.set_fixed_time(now)
    await page.goto(shot.path.format(**values))
    await page.wait_for_selector(shot.wait_for)
    clip: FloatRect | None = None
    if shot.clip is not None:
        bottom = await page.evaluate("document.body.getBoundingClientRect().bottom")
        clip = {"x": 0, "y": 0, "width": width, "height": min(shot.clip[1], bottom)}
    taken = await page.screenshot(animations="disabled", caret="hide", clip=clip)
    await context.close()
    return taken


async def compose(
    browser: Browser, taken: list[tuple[Shot, bytes]], to: Path, *, stage: tuple[int, int] = STAGE
) -> None:
    """All windows on one stage, written to ``to``."""
    images = "".join(
        f'<img alt="" style="left:{shot.place[0]}px;top:{shot.place[1]}px;width:{shot.width}px"'
        f' src="data:image/png;base64,{base64.b64encode(image).decode()}">'
        for shot, image in taken
    )
    width, height = stage
    context = await browser.new_context(
        viewport={"width": width, "height": height}, device_scale_factor=1
    )
    page = await context.new_page()
    await page.set_content(FRAME.format(width=width, height=height, images=images))
    await page.wait_for_function("[...document.images].every(image => image.complete)")
    await page.screenshot(path=to)
    await context.close()


async def eventually(what: Callable[[], Awaitable[Any]], wish: str) -> Any:
    """The first true answer of ``what``. Raises TimeoutError naming the wish."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            if answer := await what():
                return answer
        except PlaywrightError:  # nobody listens yet
            pass
        await asyncio.sleep(LOOK_EVERY)
    raise TimeoutError(f"not within {PATIENCE:.0f} s: {wish}")


async def is_ready(told: APIRequestContext) -> bool:
    return (await told.get("/ready")).ok


async def fault(told: APIRequestContext, component: str, mode: str) -> None:
    answer = await told.put(f"/portal/faults/{component}", data={"mode": mode})
    if not answer.ok:
        raise RuntimeError(await answer.text())


async def break_and_heal(told: APIRequestContext, component: str, mode: str) -> None:
    """Something for the page's recent past."""
    await fault(told, component, mode)
    await eventually(lambda: published(told, component), f"{component} is broken")
    await fault(told, component, "ok")
    await eventually(lambda: is_calm(told), f"{component} is well again")


async def published(told: APIRequestContext, component: str) -> bool:
    summary = await (await told.get("/api/v2/summary.json")).json()
    states = {one["id"]: one["status"] for one in summary["components"]}
    return bool(summary["incidents"]) and states[component] != "operational"


async def is_calm(told: APIRequestContext) -> bool:
    summary = await (await told.get("/api/v2/summary.json")).json()
    return not summary["incidents"]


async def exchange(told: APIRequestContext, component: str) -> str:
    """The address at the desk of what proved that ``component`` is broken; empty without one."""
    for incident in (await (await told.get("/api/v1/incidents")).json())["incidents"]:
        if incident["component"] == component:
            page = await (await told.get(f"/desk/incidents/{quote(incident['id'])}")).text()
            if link := re.search(r'href="(/desk/captures/[^"]+)"', page):
                return html.unescape(link[1])
    return ""


async def letter_about(told: APIRequestContext, word: str) -> str:
    """The number of the last letter with ``word`` in its subject; empty where there is none."""
    letters = await (await told.get("/mailbox/letters.json")).json()
    found = [letter["id"].lstrip("0") for letter in letters if word in letter["subject"]]
    return found[-1] if found else ""


if __name__ == "__main__":
    asyncio.run(main())
