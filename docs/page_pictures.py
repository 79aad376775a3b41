"""The picture of the status page: a made-up evening of the demo's portal, on three screens.

    .venv/bin/python docs/page_pictures.py

writes docs/images/page.png. The past and the fault are invented; components, contacts and words
are those of config.toml. Needs Chromium, as docs/screenshots.py does.
"""

# ruff: noqa: INP001 - a program, not a module; its numbers are invented
from __future__ import annotations

import asyncio
import random
import sys
import tempfile
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from playwright.async_api import async_playwright
from screenshots import IMAGES, ROOT, Shot, chromium, compose, picture

from incidents.component import Component
from incidents.events import Impact, Origin, Said, Status
from incidents.health import ComponentStatus, Health
from incidents.history.chronicle import Chronicle
from incidents.history.sketch import Latency
from incidents.history.uptime import Day, Seconds
from incidents.incident import Affected, Incident
from incidents.texts import Texts
from probes.observation import Outcome, Reason
from statuspage.board import Portal, Snapshot
from statuspage.publisher import render_once
from vahta.config import Config, load

NOW = datetime(2026, 11, 22, 15, 24, tzinfo=UTC)
WHOLE = 24 * 60 * 60
LANGUAGES = ("ru", "en")

SHOTS = (
    Shot("index.html", (1080, 1900), (36, 36), 594),
    Shot("en/index.html", (390, 1358), (666, 36), 300, scheme="dark"),
    Shot("components/sms.html", (390, 1358), (1002, 36), 300),
)


def past(component: Component) -> Chronicle:
    """Ninety days as a good service has them; the codes have one bad day more."""
    dice = random.Random(component.id)
    today, days, speed = NOW.date(), [], {}
    for ago in reversed(range(90)):
        day, whole = today - timedelta(days=ago), WHOLE if ago else 18 * 60 * 60
        days.append(made_up(day, whole, dice.random(), is_bad=component.id == "sms" and ago == 0))
        usual = 380 + dice.random() * 140
        speed[day] = Latency(2880, usual, usual * (1.6 + dice.random()), usual * 4)
    del speed[today]
    return Chronicle(component.id, tuple(days), speed)


def made_up(day: date, whole: int, fate: float, *, is_bad: bool) -> Day:
    for share, seconds in (
        (0.010, Seconds(major_outage=1980, operational=whole - 1980)),
        (0.018, Seconds(partial_outage=1260, operational=whole - 1260)),
        (0.040, Seconds(degraded=2460, operational=whole - 2460)),
        (0.048, Seconds(under_maintenance=whole * 2 // 3, operational=whole - whole * 2 // 3)),
        (0.060, Seconds(unknown=2 * whole // 3, operational=whole - 2 * whole // 3)),
    ):
        if fate < share:
            return Day(day, seconds)
    if is_bad:
        return Day(day, Seconds(major_outage=1440, operational=whole - 1440), ("ИНЦ-2026-0042",))
    return Day(day, Seconds(operational=whole))


def fault(component: Component) -> Incident:
    """Codes that don't arrive, for 24 minutes by now."""
    began = NOW - timedelta(minutes=24)
    said = {
        "ru": "Нашли причину: сбой у одного из операторов связи. Работаем вместе с ним.",
        "en": "Cause found: one of the mobile operators has a fault. We are on it together.",
    }
    return Incident(
        id="ИНЦ-2026-0042",
        component=component.id,
        origin=Origin.PROBE,
        status=Status.IDENTIFIED,
        impact=Impact.MAJOR,
        started_at=began,
        opened_at=began,
        changed_at=NOW,
        published_at=began + timedelta(minutes=3),
        component_name=component.name,
        outcome=Outcome.DOWN,
        reason=Reason.CODE_NOT_ARRIVED,
        probes_agree=True,
        updates=(Said(NOW - timedelta(minutes=6), said, Status.IDENTIFIED),),
        affected=(Affected(component.id, began, None, Outcome.DOWN, Reason.CODE_NOT_ARRIVED),),
    )


def evening(config: Config) -> Snapshot:
    """All of it."""
    by_id: Mapping[str, Component] = {one.id: one for one in config.components}
    broken: Sequence[Incident] = (fault(by_id["sms"]),)
    well, down = ComponentStatus.OPERATIONAL, ComponentStatus.MAJOR
    states = {one.id: down if one.id == "sms" else well for one in config.components}
    return Snapshot(
        portal=Portal(
            {str(lang): said for lang, said in config.portal.name.items()},
            "https://portal.example/",
            config.portal.timezone,
            LANGUAGES,
        ),
        page_url="https://status.portal.example",
        components=[Health(one, states[one.id], states[one.id]) for one in config.components],
        incidents=broken,
        contacts=config.contacts,
        now=NOW,
        history={one.id: past(one) for one in config.components},
    )


async def main() -> None:
    """The picture."""
    config = load(ROOT / "config.toml", environ={})
    texts = Texts.load(list(LANGUAGES), components=config.components)
    with tempfile.TemporaryDirectory(prefix="vahta-page-") as folder:
        site = Path(folder) / "page"
        render_once(evening(config), site, texts=texts)
        async with async_playwright() as playwright:
            browser = await chromium(playwright)
            base = f"{site.as_uri()}/"
            taken = [(s, await picture(browser, base, s, {}, now=NOW)) for s in SHOTS]
            await compose(browser, taken, IMAGES / "page.png", stage=(1338, 1117))
            await browser.close()
    size = (IMAGES / "page.png").stat().st_size // 1024
    sys.stdout.write(f"docs/images/page.png: {size} KiB\n")


if __name__ == "__main__":
    asyncio.run(main())
