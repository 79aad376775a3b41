"""The loop: publishes what changed, stays honest about its age, survives everything."""

import asyncio
import logging
import threading
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import pytest

from incidents.health import ComponentStatus
from statuspage.publisher import Publisher, PublishError, render_once


class World:
    """What the publisher looks at: a snapshot to change, and the word that it changed."""

    def __init__(self, snapshot) -> None:
        self.now = snapshot
        self.looks = 0
        self.is_deaf = False
        self.publications: list[float] = []
        self.asked = lambda _seq: None
        self._changed = asyncio.Event()

    async def snapshot(self):
        self.looks += 1
        if isinstance(self.now, Exception):
            raise self.now
        return self.now

    async def changed(self, seq) -> None:
        self.asked(seq)
        if self.is_deaf:
            raise RuntimeError("no such table")
        await self._changed.wait()
        self._changed.clear()

    def becomes(self, snapshot) -> None:
        self.now = snapshot
        self._changed.set()

    def published(self, seconds, at) -> None:
        assert seconds > 0
        self.publications.append(at)

    async def until(self, holds) -> None:
        async with asyncio.timeout(10):
            while not holds():  # noqa: ASYNC110 - what is waited for rings no bell
                await asyncio.sleep(0.01)


@pytest.fixture
def running(bench, tmp_path):
    """A publisher that runs while the block does, and the world it looks at."""

    @asynccontextmanager
    async def run(snapshot=None, directory=tmp_path / "page", **options):
        world = World(snapshot or bench.snapshot())
        publisher = Publisher(
            snapshot=world.snapshot,
            changed=world.changed,
            texts=bench.texts,
            directory=directory,
            published=world.published,
            **{"look": 60.0, **options},
        )
        task = asyncio.create_task(publisher.run())
        try:
            yield publisher, world
        finally:
            task.cancel()
            await asyncio.wait({task})

    return run


async def test_the_site_is_whole_once_it_is_published(running, tmp_path):
    async with running() as (publisher, world):
        assert not publisher.is_complete
        await world.until(lambda: publisher.is_complete)
        assert (tmp_path / "page/index.html").is_file()
        assert world.publications == [world.now.now]


async def test_a_change_is_published(running, bench, tmp_path):
    async with running() as (publisher, world):
        await world.until(lambda: publisher.is_complete)
        world.becomes(bench.snapshot(bench.incident(), states={"sms": ComponentStatus.MAJOR}))
        await world.until(lambda: len(world.publications) == 2)
        assert "код не приходит" in (tmp_path / "page/index.html").read_text()


async def test_what_changes_while_a_page_is_made_is_not_missed(running, bench):
    """It asks for what is later than what it saw, not than what there is by now."""
    asked = []
    async with running() as (publisher, world):
        world.asked = asked.append
        await world.until(lambda: publisher.is_complete)
        for seq in (8, 9):
            world.becomes(bench.snapshot(bench.incident(seq), seq=seq))
            await world.until(lambda seq=seq: asked[-1:] == [seq])


async def test_what_changes_nothing_on_the_page_is_not_published(running, bench):
    async with running() as (_, world):
        await world.until(lambda: world.looks == 1)
        for second in range(3):
            world.becomes(bench.snapshot(now=bench.now + timedelta(seconds=second), seq=second))
            await world.until(lambda looks=second + 2: world.looks >= looks)
        assert len(world.publications) == 1


async def test_the_page_is_made_anew_when_it_grows_old(running):
    async with running(refresh=0.2) as (_, world):
        await world.until(lambda: len(world.publications) >= 3)


async def test_a_change_nobody_told_of_is_found_by_looking(running, bench):
    async with running(look=0.05) as (publisher, world):
        await world.until(lambda: publisher.is_complete)
        world.now = bench.snapshot(states={"sms": ComponentStatus.UNKNOWN})
        await world.until(lambda: len(world.publications) == 2)


async def test_an_error_is_logged_and_tried_again(running, bench, caplog):
    async with running(RuntimeError("the state is closed")) as (publisher, world):
        await world.until(lambda: bool(caplog.records))
        assert not publisher.is_complete
        world.becomes(bench.snapshot())
        await world.until(lambda: publisher.is_complete)
    assert caplog.records[0].levelno == logging.ERROR
    assert "the old one stays" in caplog.text


async def test_a_directory_of_somebody_else_is_said_and_the_loop_goes_on(running, tmp_path, caplog):
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    (foreign / "precious.txt").write_text("mine")
    async with running(directory=foreign) as (publisher, world):
        await world.until(lambda: "files that Vahta has not put there" in caplog.text)
        (foreign / "precious.txt").unlink()
        await world.until(lambda: publisher.is_complete)


async def test_the_loop_of_others_turns_while_a_page_is_made(running):
    block = threading.Event()
    async with running(checkpoint=lambda _: block.wait()) as (publisher, world):
        await world.until(lambda: world.looks == 1)
        await asyncio.sleep(0)
        assert not publisher.is_complete
        block.set()
        await world.until(lambda: publisher.is_complete)


async def test_a_crash_of_one_publication_leaves_the_old_page(running, bench, tmp_path):
    crashing = False

    def checkpoint(_name: str) -> None:
        if crashing:
            raise OSError("disk is full")

    async with running(checkpoint=checkpoint) as (publisher, world):
        await world.until(lambda: publisher.is_complete)
        before = (tmp_path / "page/index.html").read_bytes()
        crashing = True
        world.becomes(bench.snapshot(bench.incident()))
        await world.until(lambda: world.looks >= 2)
        assert (tmp_path / "page/index.html").read_bytes() == before
        crashing = False
        await world.until(lambda: len(world.publications) == 2)


async def test_a_source_of_changes_that_fails_does_not_end_it(running, bench, caplog):
    async with running(look=0.05) as (publisher, world):
        await world.until(lambda: publisher.is_complete)
        world.is_deaf = True
        world.becomes(bench.snapshot(states={"sms": ComponentStatus.MAJOR}))
        await world.until(lambda: "is not told of changes" in caplog.text)
        await world.until(lambda: len(world.publications) == 2)
        world.now = bench.snapshot()
        await world.until(lambda: len(world.publications) == 3)


def test_a_page_can_be_rendered_once(bench, tmp_path):
    render_once(bench.snapshot(bench.incident()), tmp_path / "page", texts=bench.texts)
    assert (tmp_path / "page/en/index.html").is_file()
    (tmp_path / "page/mine.txt").write_text("kept out of the next release")
    snapshot = bench.snapshot()
    render_once(replace(snapshot, incidents=()), tmp_path / "page", texts=bench.texts)
    assert not (tmp_path / "page/mine.txt").exists()


def test_rendering_into_a_foreign_directory_is_refused(bench, tmp_path):
    (tmp_path / "mine.txt").write_text("x")
    with pytest.raises(PublishError):
        render_once(bench.snapshot(), tmp_path, texts=bench.texts)
