"""The operator's minute in a real browser: by keyboard alone, and with fingers on a phone."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import Browser, Page, async_playwright

from desk.verdict import Verdict
from incidents.story import Mark

SMS = "ИНЦ-2026-0042"
PAGES = (
    "?q=смс не приходит",
    "?q=просит ввести символы с картинки",
    "?q=сколько стоит загранпаспорт",
    "?q=ЗВ-2026-0001",
    "collect?q=нет кода",
    "promises",
    "figures",
    "oncall",
    "mutes",
    f"incidents/{SMS}",
    f"incidents/{SMS}/told",
    "captures/20261018T111800-0123456789ab",
)


@pytest.fixture
async def browser(needs: Any) -> AsyncIterator[Browser]:
    chromium = needs("chromium")
    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]
        )
        yield running
        await running.close()


@pytest.fixture
async def tab(browser: Browser, desk: Any) -> Page:
    context = await browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    page = await context.new_page()
    await page.goto(str(desk.make_url("/desk/")))
    # The browser gives the box its focus with a frame of its own, which may come after `load`.
    await page.wait_for_selector("#q:focus")
    return page


async def type_words(tab: Page, words: str, *, shows: str) -> None:
    await tab.keyboard.type(words)
    await tab.wait_for_selector(f"#answer {shows}")


async def test_the_wrong_layout_the_card_the_answer_copied_the_call_noted(
    tab: Page, house: Any
) -> None:
    await type_words(tab, "ytn cvc", shows=".known")
    await tab.keyboard.press("Enter")
    assert await tab.evaluate("document.activeElement.classList.contains('known')")
    await tab.keyboard.press("KeyC")
    await tab.wait_for_selector(".copy.done")
    copied = await tab.evaluate("navigator.clipboard.readText()")
    assert copied == await tab.inner_text(".aloud")
    await tab.keyboard.press("KeyN")
    await tab.wait_for_selector(".noted")
    (call,) = house.calls.kept
    assert await tab.inner_text(".noted strong") == call.number
    assert call.draft.incident == SMS
    assert call.draft.looked_up_at is not None


async def test_keys_are_where_they_are_in_a_russian_layout_too(tab: Page, house: Any) -> None:
    await type_words(tab, "ytn cvc", shows=".known")
    await tab.keyboard.press("ArrowDown")
    await tab.evaluate(
        "document.activeElement.dispatchEvent(new KeyboardEvent('keydown',"
        " {key: 'т', code: 'KeyN', bubbles: true, cancelable: true}))"
    )
    await tab.wait_for_selector(".noted")
    assert len(house.calls.kept) == 1


async def test_while_words_are_typed_letters_are_letters(tab: Page, house: Any) -> None:
    await type_words(tab, "cnp sms code", shows=".card")
    assert await tab.input_value("#q") == "cnp sms code"
    assert house.calls.kept == []


async def test_escape_begins_the_next_call_without_a_trace_of_the_last(tab: Page) -> None:
    await type_words(tab, "ytn cvc", shows=".known")
    await tab.keyboard.press("Enter")
    await tab.keyboard.press("KeyP")
    await tab.wait_for_selector(".noted")
    await tab.keyboard.press("Escape")
    await tab.wait_for_selector("#answer .hint")
    assert await tab.input_value("#q") == ""
    assert await tab.query_selector(".noted") is None
    assert await tab.evaluate("document.activeElement.id") == "q"
    assert tab.url.endswith("/desk/")


async def test_arrows_choose_among_several_and_enter_shows_the_card(tab: Page, house: Any) -> None:
    await type_words(tab, "загрузка документов и коды по смс", shows=".choice")
    picks = await tab.query_selector_all("#answer a.pick")
    assert picks
    await tab.keyboard.press("ArrowDown")
    while not await tab.evaluate("document.activeElement.classList.contains('pick')"):
        await tab.keyboard.press("ArrowDown")
    wanted = await tab.inner_text("a.pick:focus b")
    await tab.keyboard.press("Enter")
    await tab.wait_for_function(
        "title => document.querySelector('.known:focus h2')?.textContent === title", arg=wanted
    )
    await tab.keyboard.press("KeyN")
    await tab.wait_for_selector(".noted")
    assert len(house.calls.kept) == 1


async def test_nothing_known_is_handed_on_by_keyboard_alone(tab: Page, house: Any) -> None:
    await type_words(tab, "сколько стоит загранпаспорт", shows=".nothing")
    await tab.keyboard.press("Enter")
    await tab.keyboard.press("KeyE")
    await tab.wait_for_selector(".collect")
    await tab.keyboard.type("ошибка 42")
    await tab.keyboard.press("Enter")
    await tab.wait_for_selector(".noted")
    (call,) = house.calls.kept
    assert call.draft.escalated
    assert "ошибка 42" in call.text


@pytest.mark.parametrize("width", [320, 1280])
async def test_no_screen_scrolls_sideways_or_is_refused_its_own_code(
    browser: Browser, desk: Any, house: Any, width: int
) -> None:
    from desk.calls.call import Draft

    await house.calls.note(Draft("нет кода", incident=SMS, promised=True), operator="local")
    house.verdicts[SMS] = [
        Verdict(7, house.clock(), "Начало", "n" * 64, "a" * 64, Mark.PASSED, "opened", "w" * 64)
    ]
    page = await browser.new_page(viewport={"width": width, "height": 700})
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    for path in PAGES:
        await page.goto(f"{desk.make_url('/desk/')}{path}")
        assert await page.evaluate("document.documentElement.scrollWidth") <= width, path
    assert complaints == []


@pytest.mark.parametrize("lang", ["ru", "en"])
async def test_on_a_phone_the_navigation_is_one_row_and_its_end_is_reached(
    browser: Browser, desk: Any, lang: str
) -> None:
    page = await browser.new_page(viewport={"width": 390, "height": 800})
    await page.goto(f"{desk.make_url('/desk/')}?lang={lang}")
    links = ".rooms a"
    tops = await page.eval_on_selector_all(links, "all => all.map(a => a.offsetTop)")
    assert len(tops) == 6
    assert len(set(tops)) == 1
    await page.focus(f"{links}:last-child")
    right = await page.eval_on_selector(
        f"{links}:last-child", "a => a.getBoundingClientRect().right"
    )
    assert right <= 390


async def test_somebody_stands_in_without_a_mouse(tab: Page, house: Any, desk: Any) -> None:
    await tab.goto(str(desk.make_url("/desk/oncall")))
    await tab.focus(".rota details summary")
    await tab.keyboard.press("Enter")
    await tab.keyboard.press("Tab")
    await tab.keyboard.press("ArrowDown")
    await tab.keyboard.press("ArrowDown")
    await tab.fill("input[name=until]", "2026-10-18T20:00")
    await tab.focus(".rota button.main")
    await tab.keyboard.press("Enter")
    await tab.wait_for_selector(".flash.ok")
    assert "Ольга Ночная" in await tab.inner_text(".shift dd")
