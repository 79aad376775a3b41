"""The page in a real browser: no sideways scrolling, no refused code, old age admitted."""

from datetime import timedelta

import pytest
from playwright.async_api import async_playwright

from incidents.events import Status
from incidents.health import ComponentStatus
from statuspage.publisher import publish

NARROWEST = 320


@pytest.fixture
async def browser(needs):
    chromium = needs("chromium")
    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]
        )
        yield running
        await running.close()


@pytest.fixture
def site(bench, tmp_path):
    """A published site with two open incidents; its address as a file."""
    states = dict(zip(bench.names, [*ComponentStatus] * 2, strict=True))
    said = bench.said("Нашли причину: сбой у одного из операторов связи.", minutes=5)
    snapshot = bench.snapshot(
        bench.incident(1, updates=(said,)),
        bench.incident(2, component="upload", status=Status.MONITORING, monitoring_at=bench.now),
        bench.resolved(3, bench.now - timedelta(days=2)),
        bench.resolved(4, bench.now - timedelta(days=50)),
        states=states,
        works=(
            bench.work(50, repeats="FREQ=DAILY"),
            bench.work(51, starts_at=bench.now - timedelta(hours=1), components=bench.names),
        ),
    )
    publish(bench.render(snapshot), tmp_path / "page")
    return (tmp_path / "page").as_uri()


PAGES = (
    "index.html",
    "en/index.html",
    "history.html",
    "incidents/%D0%98%D0%9D%D0%A6-2026-0001.html",
    "works/%D0%98%D0%9D%D0%A6-2026-0050.html",
)


async def test_no_page_scrolls_sideways_or_is_refused_its_own_code(browser, bench, site):
    page = await browser.new_page(viewport={"width": NARROWEST, "height": 640})
    complaints = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    for path in PAGES:
        await page.goto(f"{site}/{path}")
        width = await page.evaluate("document.documentElement.scrollWidth")
        assert width <= NARROWEST, path
        assert await page.evaluate("getComputedStyle(document.body).margin") == "0px", path
    assert complaints == []


@pytest.mark.parametrize(("minutes", "is_old"), [(1, False), (11, True)])
async def test_a_page_says_by_itself_that_it_is_old(browser, bench, site, minutes, is_old):
    page = await browser.new_page()
    await page.clock.set_fixed_time(bench.now + timedelta(minutes=minutes))
    await page.goto(f"{site}/index.html")
    assert await page.locator("#stale").is_visible() is is_old


async def test_without_script_the_page_says_all_it_has_to_say(browser, site):
    context = await browser.new_context(java_script_enabled=False)
    page = await context.new_page()
    await page.goto(f"{site}/index.html")
    assert not await page.locator("#stale").is_visible()
    assert await page.get_by_text("Если прошло больше 10 минут").is_visible()
    await page.get_by_role("link", name="English").click()
    assert await page.get_by_role("heading", level=1).inner_text() == "Some services don't work"


async def test_the_skip_link_comes_first_and_leads_to_the_text(browser, site):
    page = await browser.new_page()
    await page.goto(f"{site}/index.html")
    await page.keyboard.press("Tab")
    assert await page.evaluate("document.activeElement.className") == "skip"
    await page.keyboard.press("Enter")
    assert page.url.endswith("#main")
