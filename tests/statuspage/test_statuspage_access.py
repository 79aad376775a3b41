"""For everyone: axe finds nothing, small screens and large text fit, a text browser reads it."""

import asyncio
from datetime import timedelta

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import async_playwright

from incidents.events import Status
from incidents.health import ComponentStatus
from statuspage.publisher import publish

pytestmark = pytest.mark.asyncio(loop_scope="module")

RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
}
NARROWEST = {"width": 320, "height": 640}
TWICE = {"width": 640, "height": 480}
"""A window of 1280 by 960, enlarged to 200 %."""

ID = "%D0%98%D0%9D%D0%A6-2026-"
PAGES = (
    "index.html",
    "components/sms.html",
    "components/chat.html",
    f"incidents/{ID}0001.html",
    f"works/{ID}0050.html",
    "history.html",
    "works.html",
    "subscribe.html",
    "about.html",
)


@pytest.fixture(scope="module")
def site(render, make, tmp_path_factory):
    """A published site with everything on it, every look included; its address as a file."""
    states = dict(zip(make.names, [*ComponentStatus] * 2, strict=True))
    said = make.said("Нашли причину: сбой у одного из операторов связи.", minutes=5)
    journey = {"ru": "подать заявление", "en": "submit an application"}
    snapshot = make.snapshot(
        make.incident(1, updates=(said,)),
        make.incident(2, component="upload", status=Status.MONITORING, monitoring_at=make.now),
        make.resolved(3, make.now - timedelta(days=2)),
        make.resolved(4, make.now - timedelta(days=50)),
        states=states,
        history=make.history(make.names[:-3], {0: ("ИНЦ-2026-0001",), 2: ("ИНЦ-2026-0003",)}),
        works=(
            make.work(50, repeats="FREQ=DAILY"),
            make.work(51, starts_at=make.now - timedelta(hours=1), components=make.names),
            make.work(52, starts_at=make.now - timedelta(days=9)),
        ),
        journeys=dict.fromkeys(make.names[:2], (journey,)),
    )
    directory = tmp_path_factory.mktemp("site") / "page"
    publish(render(snapshot), directory)
    return directory


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser(needs):
    chromium = needs("chromium")
    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]
        )
        yield running
        await running.close()


@pytest_asyncio.fixture(loop_scope="module")
async def page(browser, bench):
    """A window of its own, a minute after the site was made."""
    page = await browser.new_page()
    await page.clock.set_fixed_time(bench.now + timedelta(minutes=1))
    yield page
    await page.close()


@pytest.mark.parametrize("folder", ["", "en/"], ids=["ru", "en"])
@pytest.mark.parametrize(("scheme", "window"), [("light", NARROWEST), ("dark", TWICE)])
@pytest.mark.timeout(120)
async def test_axe_finds_nothing(page, site, folder, scheme, window):
    await page.emulate_media(color_scheme=scheme)
    await page.set_viewport_size(window)
    for name in PAGES:
        await page.goto(f"{site.as_uri()}/{folder}{name}")
        found = await Axe().run(page, options=RULES)
        assert found.response["violations"] == [], name


async def test_axe_would_find_what_is_wrong(page, site):
    await page.goto(f"{site.as_uri()}/index.html")
    await page.evaluate("document.querySelector('h1').style.color = '#eee'")
    await page.evaluate("document.querySelector('.bars').removeAttribute('aria-label')")
    found = (await Axe().run(page, options=RULES)).response["violations"]
    assert {one["id"] for one in found} == {"color-contrast", "svg-img-alt"}


async def test_axe_finds_nothing_on_a_page_that_is_old(page, site, bench):
    await page.clock.set_fixed_time(bench.now + timedelta(minutes=11))
    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme=scheme)
        await page.goto(f"{site.as_uri()}/index.html")
        assert await page.locator("#stale").is_visible()
        found = await Axe().run(page, options=RULES)
        assert found.response["violations"] == []


@pytest.mark.parametrize(("window", "size"), [(NARROWEST, "100%"), (TWICE, "200%")])
async def test_nothing_scrolls_sideways_however_large_the_text(page, site, window, size):
    await page.set_viewport_size(window)
    for name in PAGES:
        await page.goto(f"{site.as_uri()}/{name}")
        await page.evaluate(f"document.documentElement.style.fontSize = '{size}'")
        width = await page.evaluate("document.documentElement.scrollWidth")
        assert width <= window["width"], name


@pytest.mark.parametrize("width", [640, 768, 831, 832, 1280])
async def test_a_journey_and_its_answer_stand_in_one_line(page, site, width):
    await page.set_viewport_size({"width": width, "height": 800})
    await page.goto(f"{site.as_uri()}/index.html")
    name, answer = [
        await page.locator(f".can li:first-child {tag}").bounding_box() for tag in ("span", "b")
    ]
    assert name["y"] == answer["y"]
    assert name["x"] + name["width"] <= answer["x"]


async def test_every_link_is_reached_by_keyboard_and_shows_it(page, site):
    await page.goto(f"{site.as_uri()}/index.html")
    links = await page.locator("a").count()
    reached = set()
    for _ in range(links):
        await page.keyboard.press("Tab")
        seen = await page.evaluate(
            "[[...document.links].indexOf(document.activeElement),"
            " getComputedStyle(document.activeElement).outlineStyle]"
        )
        assert seen[1] == "solid"
        reached.add(seen[0])
    assert reached == set(range(links))


async def test_colours_that_are_forced_leave_shapes_and_heights(page, site):
    await page.emulate_media(forced_colors="active")
    await page.goto(f"{site.as_uri()}/index.html")
    strokes = await page.evaluate(
        "[...new Set([...document.querySelectorAll('main svg path')]"
        ".map(one => getComputedStyle(one).stroke))]"
    )
    assert len(strokes) == 1
    heights = await page.evaluate(
        "new Set([...document.querySelectorAll('.bars path')]"
        ".map(one => getComputedStyle(one).strokeWidth)).size"
    )
    assert heights == len(ComponentStatus)


async def test_on_paper_there_is_only_what_paper_can_show(page, site):
    await page.emulate_media(media="print", color_scheme="dark")
    await page.goto(f"{site.as_uri()}/index.html")
    assert not await page.locator("footer nav").is_visible()
    assert await page.locator("h1").is_visible()
    assert await page.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"


async def test_a_text_browser_reads_all_of_it(needs, site):
    w3m = needs("w3m")
    process = await asyncio.create_subprocess_exec(
        *(w3m, "-dump", "-cols", "80", "-O", "UTF-8", "-T", "text/html"),
        str(site / "index.html"),
        stdout=asyncio.subprocess.PIPE,
    )
    told = " ".join((await process.communicate())[0].decode().split())
    for words in (
        "Часть сервисов не работает",
        "Если прошло больше 10 минут, данные могли устареть",
        "Коды по СМС: код не приходит",
        "Что делать сейчас 1. Подождите",
        "Подать заявление",
        "Коды по СМС Работает с перебоями 99,",
        "Горячая линия 8 800 000-00-00",
        "Как узнать мошенников",
    ):
        assert words in told
    assert "Этой странице больше 10 минут" not in told
    assert "stroke" not in told
    assert "function" not in told
