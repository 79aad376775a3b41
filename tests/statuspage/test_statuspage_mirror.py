"""The site is taken elsewhere by commands: whole, the newest, one run at a time, for ever."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from statuspage.mirror import Command, Mirror, Outcome
from statuspage.packing import Packer
from statuspage.release import publish

NOW = datetime(2026, 11, 22, tzinfo=UTC)
FILES = {
    "index.html": b"<p>1</p>" * 300,
    "incidents/ИНЦ-2026-0001.html": b"one",
    "en/index.html": b"",
}
Make = Callable[..., Mirror]


def python(words: str) -> tuple[str, ...]:
    return (sys.executable, "-c", words)


def tree(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@pytest.fixture
def page(tmp_path: Path) -> Path:
    publish(FILES, tmp_path / "page")
    return tmp_path / "page"


@pytest.fixture
def settled() -> list[Outcome]:
    return []


@pytest.fixture
def make(page: Path, settled: list[Outcome]) -> Make:
    def mirror(*run: str, timeout: float = 60.0) -> Mirror:
        command = Command("mirror", run, timeout)
        return Mirror(
            command, page, clock=lambda: NOW, settled=lambda _, outcome: settled.append(outcome)
        )

    return mirror


@asynccontextmanager
async def running(mirror: Mirror) -> AsyncIterator[None]:
    task = asyncio.create_task(mirror.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait({task})


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not holds():  # noqa: ASYNC110 - what is waited for rings no bell
            await asyncio.sleep(0.01)


async def test_rsync_takes_the_whole_site_and_what_changed(make, needs, page, tmp_path) -> None:
    there = tmp_path / "there"
    mirror = make(
        needs("rsync"),
        "-rlt",
        "--delete",
        "--delay-updates",
        "--modify-window=-1",
        "./",
        f"{there}/",
    )
    assert await mirror.turn()
    assert tree(there) == FILES
    publish({"index.html": b"<p>2</p>" * 300, "new.html": b"new"}, page)
    assert await mirror.turn()
    assert tree(there) == {"index.html": b"<p>2</p>" * 300, "new.html": b"new"}


async def test_rclone_takes_the_whole_site_and_what_changed(
    make, needs, page, tmp_path, monkeypatch
) -> None:
    there = tmp_path / "there"
    monkeypatch.setenv("RCLONE_CONFIG", "/dev/null")
    monkeypatch.setenv("RCLONE_CONFIG_STORE_TYPE", "local")
    mirror = make(needs("rclone"), "sync", "{page}", f"store:{there}")
    assert await mirror.turn()
    assert tree(there) == FILES
    files = Packer().packed({**FILES, "index.html": b"<p>2</p>" * 300})
    publish(files, page)
    assert await mirror.turn()
    assert tree(there) == files


async def test_what_fails_is_told_with_its_last_words_masked(make, settled, caplog) -> None:
    mirror = make(
        *python("import sys; print('a\\nask anna@example.org', file=sys.stderr); sys.exit(7)")
    )
    assert not await mirror.turn()
    assert settled == [Outcome.FAILED]
    assert mirror.failing_since == NOW
    assert "publisher mirror: exit code 7: ask" in caplog.text
    assert "anna@" not in caplog.text


async def test_a_program_that_is_not_there_is_told(make, settled, caplog) -> None:
    assert not await make("/no/such/program").turn()
    assert settled == [Outcome.FAILED]
    assert "/no/such/program" in caplog.text


async def test_one_that_takes_too_long_is_ended_with_all_it_started(
    make, settled, tmp_path
) -> None:
    born = tmp_path / "born"
    child = f"import pathlib, time; pathlib.Path({str(born)!r}).write_text('x'); time.sleep(600)"
    mother = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    mirror = make(*python(mother), timeout=1.0)
    assert not await mirror.turn()
    assert settled == [Outcome.TIMED_OUT]


async def test_pauses_grow_with_each_failure_and_end_with_the_first_success(make) -> None:
    mirror = make(*python("import os; os.mkdir('../../go') or 1/0"))
    pauses = []
    for _ in range(12):
        await mirror.turn()
        pauses.append(mirror.pause)
    assert pauses[:4] == [1.0, 2.0, 4.0, 8.0]
    assert pauses[-1] == 300.0


async def test_after_a_failure_the_newest_is_taken_without_being_asked_again(
    make, page, tmp_path, settled
) -> None:
    words = (
        f"import pathlib, sys; p = pathlib.Path({str(tmp_path)!r}); tries = p / 'tried'\n"
        "if not tries.exists(): tries.touch(); sys.exit(1)\n"
        "(p / 'taken').write_bytes(pathlib.Path('index.html').read_bytes())"
    )
    mirror = make(*python(words))
    async with running(mirror):
        mirror.wake()
        await until(lambda: bool(settled))
        publish({"index.html": b"newest"}, page)
        await until(lambda: len(settled) == 2)
    assert settled == [Outcome.FAILED, Outcome.DONE]
    assert (tmp_path / "taken").read_bytes() == b"newest"
    assert (mirror.failing_since, mirror.done_at) == (None, NOW)


async def test_news_during_a_run_makes_one_more_run_and_the_first_sees_one_release(
    make, page, tmp_path, settled
) -> None:
    words = (
        f"import pathlib, time; p = pathlib.Path({str(tmp_path)!r})\n"
        "n = len(list(p.glob('ran-*'))); (p / f'ran-{n}').touch()\n"
        "while not (p / 'go').exists(): time.sleep(0.01)\n"
        "(p / f'saw-{n}').write_text(pathlib.Path('{page}/index.html').read_text())"
    )
    publish({"index.html": b"0"}, page)
    mirror = make(*python(words))
    async with running(mirror):
        mirror.wake()
        await until((tmp_path / "ran-0").exists)
        for number in range(1, 5):
            publish({"index.html": b"%d" % number}, page)
            mirror.wake()
        (tmp_path / "go").touch()
        await until(lambda: len(settled) == 2)
        await asyncio.sleep(0)
    assert sorted(path.name for path in tmp_path.glob("saw-*")) == ["saw-0", "saw-1"]
    assert (tmp_path / "saw-0").read_text() == "0"
    assert (tmp_path / "saw-1").read_text() == "4"


async def test_a_run_is_ended_with_the_service(make, tmp_path) -> None:
    words = (
        f"import os, pathlib, time; p = pathlib.Path({str(tmp_path / 'pid')!r})\n"
        "p.with_suffix('.new').write_text(str(os.getpid())); p.with_suffix('.new').rename(p)\n"
        "time.sleep(600)"
    )
    mirror = make(*python(words))
    async with running(mirror):
        mirror.wake()
        await until((tmp_path / "pid").exists)
    pid = int((tmp_path / "pid").read_text())
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


async def test_one_that_fails_does_not_keep_another_from_its_work(make, page, tmp_path) -> None:
    bad, good = make(*python("raise SystemExit(1)")), make("cp", "index.html", str(tmp_path / "x"))
    async with running(bad), running(good):
        bad.wake()
        good.wake()
        await until(lambda: bool(good.done_at and bad.failing_since))
    assert (tmp_path / "x").read_bytes() == FILES["index.html"]


async def test_where_nothing_is_published_yet_it_is_tried_again(tmp_path, caplog) -> None:
    mirror = Mirror(Command("m", ("true",), 9), tmp_path / "absent", clock=lambda: NOW)
    assert not await mirror.turn()
    assert mirror.pause <= timedelta(seconds=1).total_seconds()
    assert "nothing is published" in caplog.text
