"""Fifty operators type beside a thousand running probes: how long the API takes to answer.

    python bench/desk.py [--seconds 20] [--operators 50] [--probes 1000]

One real service on one core of its own (``taskset``), asked over HTTP by this process, on the other core:
each operator presses five keys a second and every key is a lookup of all that was typed so far, with
the desk's fragment for each tenth. Beside it a thousand HTTP probes run every 30 s against a small server.
The yardstick is the same load on /healthy, which does nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import aiohttp
from aiohttp import web

KEYS_A_SECOND = 5
PHRASES = (
    "смс не приходит", "ytn cvc", "код не приходит уже час", "не могу войти в личный кабинет", "ne prihodit kod",
    "ошибка 500 при оплате", "документы не загружаются", "статус заявления не обновляется", "просит символы с картинки",
    "сколько стоит загранпаспорт", "приложение вылетает", "не открывается сайт", "забыл пароль", "оплатил а не видно",
)  # fmt: skip
ROOT = Path(__file__).parents[1]


COMPONENTS = [(f"c{n}", name) for n, name in enumerate(
    f"{what} {number}" for number in range(1, 9)
    for what in ("Коды по СМС", "Вход", "Загрузка документов", "Статусы", "Оплата")
)]  # fmt: skip


def config(port: int, site: int, probes: int) -> str:
    lines = [
        '[portal]\nname = {ru = "Портал", en = "Portal"}',
        f'[http]\nlisten = "127.0.0.1:{port}"',
    ]
    lines += [
        f'[[component]]\nid = "{id_}"\nname = {{ru = "{name}", en = "{id_}"}}'
        for id_, name in COMPONENTS
    ]
    lines += [
        f'[[probe]]\nid = "p{n}"\nkind = "http"\ncomponent = "{COMPONENTS[n % 40][0]}"\nurl = "http://127.0.0.1:{site}/{n}"'
        for n in range(probes)
    ]
    return "\n".join(lines) + "\n"


def incidents(count: int) -> str:
    what = (
        "код не приходит",
        "не пускает",
        "файл не грузится",
        "статус не меняется",
        "оплата не проходит",
    )
    return "\n".join(
        json.dumps({
            "id": f"ИНЦ-2026-{n:04d}", "status": "investigating", "component": COMPONENTS[n % 40][0],
            "title": f"{what[n % 5]}, регион {n}", "started_at": "2026-11-01T00:00:00Z",
        }, ensure_ascii=False)
        for n in range(1, count + 1)
    )  # fmt: skip


def pinned(core: int, *command: str) -> Sequence[str]:
    return ("taskset", "-c", str(core), *command)


async def typing(
    session: aiohttp.ClientSession,
    base: str,
    until: float,
    took: list[float],
    dice: random.Random,
    path: str,
) -> None:
    """One operator: a key every fifth of a second, whatever the last answer took."""
    await asyncio.sleep(dice.random() / KEYS_A_SECOND)
    asked, due = 0, time.perf_counter()
    pending: set[asyncio.Task[None]] = set()
    while due < until:
        text = dice.choice(PHRASES)
        for end in range(1, len(text) + 1):
            due += 1 / KEYS_A_SECOND
            if due >= until:
                break
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            asked += 1
            url = path.replace("{path}", "desk/answer" if asked % 10 == 0 else "api/v1/lookup")
            task = asyncio.create_task(timed(session, base + url, text[:end], due, took))
            pending.add(task)
            task.add_done_callback(pending.discard)
    await asyncio.gather(*pending)


async def timed(
    session: aiohttp.ClientSession, url: str, text: str, due: float, took: list[float]
) -> None:
    """From when the key was due, so that a queue of our own making counts too."""
    async with session.get(url, params={"q": text}) as answer:
        assert answer.status == 200, (url, answer.status)
        await answer.read()
    took.append((time.perf_counter() - due) * 1e3)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def told(name: str, took: Sequence[float], seconds: float, cpu: float) -> float:
    found = sorted(took)
    p50, p99 = found[len(found) // 2], found[int(len(found) * 0.99)]
    print(
        f"{name:<28} {len(found) / seconds:6.0f}/s   p50 {p50:6.1f}  p99 {p99:6.1f}  worst {found[-1]:6.1f} ms   core {cpu:4.0%}"
    )
    return p99


def cpu_of(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def measure(given: argparse.Namespace) -> None:
    app = web.Application()
    app.router.add_get("/{n}", lambda _: _ok())
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site, port = free_port(), free_port()
    await web.TCPSite(runner, "127.0.0.1", site).start()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "vahta.toml"
        file.write_text(config(port, site, given.probes), encoding="utf-8")
        known = Path(folder) / "known.jsonl"
        known.write_text(incidents(given.open), encoding="utf-8")
        vahta = (sys.executable, "-m", "vahta", "-c", str(file))
        await (
            await asyncio.create_subprocess_exec(*vahta, "incident", "import", str(known), cwd=ROOT)
        ).wait()
        service = await asyncio.create_subprocess_exec(
            *pinned(given.core, *vahta, "run"), cwd=ROOT, start_new_session=True
        )
        try:
            async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
                base = f"http://127.0.0.1:{port}/"
                await ready(session, base + "ready")
                await asyncio.sleep(given.warm)
                p99 = {}
                for name, path in (
                    ("lookup while typing", "{path}"),
                    ("the same on /healthy", "healthy"),
                ):
                    took: list[float] = []
                    began, cpu = time.perf_counter(), cpu_of(service.pid)
                    until = began + given.seconds
                    await asyncio.gather(
                        *(
                            typing(session, base, until, took, random.Random(n), path)
                            for n in range(given.operators)
                        )
                    )
                    p99[name] = told(
                        name, took, given.seconds, (cpu_of(service.pid) - cpu) / given.seconds
                    )
                print(
                    f"ratio of the p99: {p99['lookup while typing'] / p99['the same on /healthy']:.1f}; goal: p99 under 100 ms"
                )
        finally:
            os.killpg(service.pid, signal.SIGTERM)
            await service.wait()
    await runner.cleanup()


async def _ok() -> web.Response:
    return web.Response(text="ok")


async def ready(session: aiohttp.ClientSession, url: str) -> None:
    for _ in range(600):
        try:
            async with session.get(url) as answer:
                if answer.status == 200:
                    return
        except aiohttp.ClientError:
            pass
        await asyncio.sleep(0.1)
    raise SystemExit("the service never became ready")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--warm", type=float, default=5)
    parser.add_argument("--operators", type=int, default=50)
    parser.add_argument("--probes", type=int, default=1000)
    parser.add_argument("--open", type=int, default=20, help="open incidents")
    parser.add_argument("--core", type=int, default=0)
    asyncio.run(measure(parser.parse_args()))


if __name__ == "__main__":
    main()
