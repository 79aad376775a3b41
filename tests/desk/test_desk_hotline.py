"""Noting calls, handing them on, promises, figures: with forms alone, and through the API."""

import csv
import io
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from selectolax.lexbor import LexborHTMLParser

from desk.calls.call import Answer, Draft
from incidents.events import Because, Impact, Medium, Opened, Origin
from incidents.history.estimate import Estimate

SMS, SUSPECT, OLD = "ИНЦ-2026-0042", "ИНЦ-2026-0043", "ИНЦ-2026-0007"
CAPTCHA = "просит ввести символы с картинки"
LONGER = "сколько стоит загранпаспорт"


async def page(desk: Any, path: str, *, status: int = 200, **query: str) -> LexborHTMLParser:
    async with desk.get(path, params=query) as reply:
        assert reply.status == status
        return LexborHTMLParser(await reply.text())


def words(tree: LexborHTMLParser, selector: str) -> str:
    return " ".join(" ".join(n.text().split()) for n in tree.css(selector))


def filled(form: Any) -> dict[str, str]:
    """What a browser without script would send if nothing was changed."""
    sent = {}
    for field in form.css("input, textarea"):
        if field.attributes.get("type") != "checkbox":
            value = field.text() if field.tag == "textarea" else field.attributes.get("value")
            sent[field.attributes["name"]] = value or ""
    for select in form.css("select"):
        chosen = select.css_first("option[selected]") or select.css_first("option")
        sent[select.attributes["name"]] = chosen.attributes.get("value") or ""
    return sent


async def send(
    desk: Any, tree: LexborHTMLParser, selector: str = ".note", **more: str
) -> tuple[int, LexborHTMLParser]:
    form = tree.css_first(selector)
    data = {**filled(form), **more}
    async with desk.post(form.attributes["action"], data=data) as reply:
        return reply.status, LexborHTMLParser(await reply.text())


# ── the card ──


async def test_the_card_has_all_that_is_said_in_a_call(desk: Any, house: Any) -> None:
    house.took = Estimate(*(timedelta(minutes=m) for m in (20, 90)), 9, 12, timedelta(hours=3))
    house.word_at = house.clock() + timedelta(minutes=18)
    tree = await page(desk, "/desk/", q="смс не приходит")
    card = words(tree, ".known")
    assert "Да, мы видим, что коды сейчас не приходят." in words(tree, ".aloud")
    assert "Похожие сбои длились" in card
    assert "Следующая новость — до 15:48." in card
    assert "Что можно сделать пока" in card
    assert "Чего не делать" in card
    assert "Горячая линия: 8 800 000-00-00 круглосуточно" in card
    engineers = next(n for n in tree.css(".known details") if "Для инженеров" in n.text())
    assert "open" not in engineers.attributes


async def test_without_enough_similar_ones_nothing_is_estimated(desk: Any) -> None:
    tree = await page(desk, "/desk/", q="смс не приходит")
    assert not tree.css(".when")


async def test_a_word_that_is_overdue_is_said_to_be(desk: Any, house: Any) -> None:
    house.word_at = house.clock() - timedelta(minutes=5)
    tree = await page(desk, "/desk/", q="смс не приходит")
    assert "Новость ждали к 15:25, инженерам напомнили." in words(tree, ".when")


async def test_every_key_stands_on_its_button(desk: Any) -> None:
    for query in ("смс не приходит", CAPTCHA, LONGER):
        tree = await page(desk, "/desk/", q=query)
        for keyed in tree.css("[data-key]"):
            key = str(keyed.attributes["data-key"]).removeprefix("Key")
            assert keyed.css_first("kbd").text() == key


async def test_one_of_several_is_picked_with_a_link_and_becomes_the_card(desk: Any) -> None:
    tree = await page(desk, "/desk/", q="смс не приходит, документы не загружаются")
    link = tree.css_first("#answer a.pick")
    picked = await page(desk, str(link.attributes["href"]))
    assert words(picked, ".known h2") in words(tree, "#answer a.pick b")
    number = picked.css_first(".known input[name=incident]").attributes["value"]
    assert number in words(tree, "#answer a.pick .number")


# ── noting ──


async def test_a_call_is_noted_against_the_incident_shown_and_has_its_number_at_once(
    desk: Any, house: Any
) -> None:
    tree = await page(desk, "/desk/", q="смс не приходит")
    status, after = await send(desk, tree)
    assert status == 200
    (call,) = house.calls.kept
    assert words(after, ".noted strong") == call.number == "ЗВ-2026-0001"
    assert (call.draft.incident, call.draft.medium, call.operator) == (SMS, Medium.PHONE, "local")
    assert call.text == "смс не приходит"
    assert "1 звонок" in words(after, ".known .facts")
    assert "1 звонок" in words(after, ".board")


async def test_an_article_and_nothing_known_are_noted_as_such(desk: Any, house: Any) -> None:
    await send(desk, await page(desk, "/desk/", q=CAPTCHA))
    await send(desk, await page(desk, "/desk/", q=LONGER))
    assert [c.draft.answer for c in house.calls.kept] == [Answer.ARTICLE, Answer.NOTHING]
    assert house.calls.kept[0].draft.article == "captcha"


async def test_channel_region_and_an_earlier_number_are_noted_with_it(
    desk: Any, house: Any
) -> None:
    tree = await page(desk, "/desk/", q="смс не приходит")
    await send(desk, tree, medium="chat", region="Тула", again=" зв-2026-0001 ", promised="1")
    draft = house.calls.kept[0].draft
    assert (draft.medium, draft.region, draft.repeat_of) == (Medium.CHAT, "Тула", "ЗВ-2026-0001")
    assert draft.promised


@pytest.mark.parametrize(
    ("spent", "seconds"), [("12000", 12), ("", None), ("-5", None), ("99999999", None)],
    ids=["known", "unknown", "negative", "days"],
)  # fmt: skip
async def test_the_time_from_the_first_key_is_noted_where_it_is_known(
    desk: Any, house: Any, spent: str, seconds: int | None
) -> None:
    await send(desk, await page(desk, "/desk/", q="смс не приходит"), spent=spent)
    call = house.calls.kept[0]
    took = call.at - call.draft.looked_up_at if call.draft.looked_up_at else None
    assert took == (timedelta(seconds=seconds) if seconds else None)


async def test_what_is_not_taken_is_not_lost(desk: Any, house: Any) -> None:
    tree = await page(desk, "/desk/", q="смс не приходит")
    status, after = await send(desk, tree, region="кв. 15")
    assert status == 409
    assert "Звонок не записан" in words(after, ".flash")
    assert after.css_first("input#q").attributes["value"] == "смс не приходит"
    assert house.calls.kept == []


async def test_a_form_of_another_page_is_refused(desk: Any, house: Any) -> None:
    tree = await page(desk, "/desk/", q="смс не приходит")
    status, _ = await send(desk, tree, seal="made up")
    assert status == 403
    assert house.calls.kept == []


async def test_a_call_is_noted_on_the_incident_s_page_too(desk: Any, house: Any) -> None:
    tree = await page(desk, f"/desk/incidents/{SMS}")
    _, after = await send(desk, tree, q="и у меня")
    assert words(after, ".noted strong") == "ЗВ-2026-0001"
    assert words(after, "h1") == words(tree, "h1")


async def test_a_reference_number_brings_what_became_of_it(desk: Any, house: Any) -> None:
    await house.calls.note(Draft("нет кода", incident=SMS, promised=True), operator="local")
    tree = await page(desk, "/desk/", q="зв 2026 0001")
    assert "ЗВ-2026-0001" in words(tree, ".found")
    assert "нет кода" in words(tree, ".found")
    assert "ответить до 19 окт, 15:30" in words(tree, ".found")
    assert "Да, мы видим, что коды сейчас не приходят." in words(tree, ".known .aloud")
    again = tree.css_first(".note input[name=again]")
    assert again.attributes["value"] == "ЗВ-2026-0001"


async def test_a_number_nobody_was_given_is_looked_up_like_any_words(desk: Any) -> None:
    tree = await page(desk, "/desk/", q="ЗВ-2026-0099")
    assert not tree.css(".found")


# ── handing on ──


async def test_nothing_known_leads_to_one_form_that_gives_a_control_number(
    desk: Any, house: Any
) -> None:
    tree = await page(desk, "/desk/", q=CAPTCHA)
    form = await page(desk, str(tree.css_first(".hand-on a").attributes["href"]))
    assert form.css_first("textarea[name=q]").text() == CAPTCHA
    assert "Имя, адрес, номера документов" in words(form, ".warn")
    _, after = await send(
        desk, form, ".collect", code="ошибка 500", device="Chrome 130", promised="1"
    )
    (call,) = house.calls.kept
    assert words(after, ".noted strong") == call.number
    assert call.draft.escalated
    assert call.draft.article == "captcha"
    assert call.text.splitlines() == [
        CAPTCHA,
        "Точный текст или код ошибки: ошибка 500",
        "Браузер или приложение, версия: Chrome 130",
    ]


async def test_a_form_without_the_caller_s_words_is_asked_for_them(desk: Any, house: Any) -> None:
    form = await page(desk, "/desk/collect")
    status, after = await send(desk, form, ".collect", q=" ", code="500")
    assert status == 400
    assert "Напишите, что говорит звонящий." in words(after, ".flash")
    assert after.css_first("#code").attributes["value"] == "500"
    assert house.calls.kept == []


# ── promises ──


async def test_promises_say_when_they_are_due_and_what_became_of_it(desk: Any, house: Any) -> None:
    await house.calls.note(Draft("нет кода", incident=SMS, promised=True), operator="local")
    await house.calls.note(Draft("не войти", incident=OLD, promised=True), operator="local")
    late = replace(house.calls.kept[1], at=house.clock() - timedelta(hours=26))
    house.calls.kept[1] = late
    tree = await page(desk, "/desk/promises")
    first, second = (" ".join(n.text().split()) for n in tree.css(".promises li"))
    assert "ответить до 19 окт, 15:30, осталось 1 дн" in first
    assert "Ещё не решено" in first
    assert "ответ просрочен на 2 ч" in second
    assert "Уже работает" in second


async def test_a_promise_that_was_kept_is_gone_from_the_list(desk: Any, house: Any) -> None:
    await house.calls.note(Draft("нет кода", incident=SMS, promised=True), operator="local")
    tree = await page(desk, "/desk/promises")
    _, after = await send(desk, tree, ".promises form")
    assert "Отмечено" in words(after, ".flash")
    assert not after.css(".promises li")


# ── figures ──


async def test_figures_are_of_today_unless_days_are_given(desk: Any, house: Any) -> None:
    await house.calls.note(Draft("x", incident=SMS, component="sms"), operator="local")
    await house.calls.note(Draft("x"), operator="local")
    tree = await page(desk, "/desk/figures")
    tiles = {words(n, "dt"): words(n, "dd") for n in tree.css(".tiles div")}
    assert tiles["Звонков"] == "2"
    assert tiles["Ответили сразу"] == "1 50%"
    assert "Коды по СМС" in words(tree, ".bars")
    past = await page(desk, "/desk/figures", **{"from": "2026-10-01", "to": "2026-10-17"})
    assert "За это время звонков не записано." in words(past, "main")


@pytest.mark.parametrize(
    "query",
    [
        {"from": "вчера"},
        {"from": "2026-10-18", "to": "2026-01-01"},
        {"from": "0001-01-01", "to": "9999-12-31"},
        {"from": "9999-12-31"},
    ],
    ids=["words", "backwards", "for-ever", "the-last-day"],
)
async def test_days_that_make_no_sense_make_no_error(desk: Any, query: dict[str, str]) -> None:
    await page(desk, "/desk/figures", **query)


async def test_the_shift_lead_gets_a_table_for_a_spreadsheet(desk: Any, house: Any) -> None:
    await house.calls.note(Draft("x", component="sms"), operator="local")
    async with desk.get("/desk/figures.csv") as reply:
        assert reply.headers["Content-Disposition"].startswith("attachment")
        text = (await reply.read()).decode("utf-8-sig")
    (row,) = csv.DictReader(io.StringIO(text))
    assert (row["symptom"], row["name"], row["calls"]) == ("sms", "Коды по СМС", "1")


# ── the API ──


async def test_the_api_notes_a_call_and_finds_it_again(desk: Any) -> None:
    body = {
        "text": "нет кода, +7 912 345-67-89",
        "incident": SMS,
        "channel": "chat",
        "promised": True,
    }
    async with desk.post("/api/v1/calls", json=body) as reply:
        assert reply.status == 201
        noted = await reply.json()
    assert "345-67" not in noted["text"]
    async with desk.get(f"/api/v1/calls/{noted['number']}") as reply:
        assert await reply.json() == noted
    async with desk.get("/api/v1/calls") as reply:
        assert (await reply.json())["calls"] == [noted]
    async with desk.get("/api/v1/figures") as reply:
        assert (await reply.json())["calls"] == 1


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ([], 400),
        ({"text": ""}, 400),
        ({"text": "x" * 2001}, 400),
        ({"text": 5}, 400),
        ({"text": "x", "channel": "pigeon"}, 400),
        ({"text": "x", "promised": "yes"}, 400),
        ({"text": "x", "name": "Иван"}, 400),
        ({"text": "x", "region": "кв. 15"}, 400),
    ],
    ids=["empty", "list", "blank", "long", "number", "channel", "switch", "name", "region"],
)
async def test_the_api_refuses_what_isn_t_so(desk: Any, house: Any, body: Any, status: int) -> None:
    async with desk.post("/api/v1/calls", json=body) as reply:
        assert reply.status == status
        assert (await reply.json())["error"]
    assert house.calls.kept == []


async def test_a_form_of_another_site_cannot_note_a_call(desk: Any, house: Any) -> None:
    async with desk.post("/api/v1/calls", data='{"text": "x"}') as reply:
        assert reply.status == 415
    headers = {"Origin": "http://evil.example"}
    async with desk.post("/api/v1/calls", json={"text": "x"}, headers=headers) as reply:
        assert reply.status == 403
    assert house.calls.kept == []


async def test_a_call_and_figures_that_are_not_there_are_said_to_be(desk: Any) -> None:
    async with desk.get("/api/v1/calls/ЗВ-2026-0099") as reply:
        assert reply.status == 404
    async with desk.get("/api/v1/figures", params={"from": "вчера"}) as reply:
        assert reply.status == 400


async def test_an_incident_that_calls_opened_shows_its_arithmetic(desk: Any, house: Any) -> None:
    values = {"calls": 12, "within_seconds": 900.0, "usual": 1.25, "symptom": "hotline"}
    event = Opened(
        "ИНЦ-2026-0050",
        "hotline",
        Origin.CALLS,
        Impact.MAJOR,
        started_at=house.clock(),
        because=Because("burst_of_calls", values),
        title={"ru": "Жалобы граждан: Горячая линия"},
    )
    house.happened(event)
    tree = await page(desk, "/desk/incidents/ИНЦ-2026-0050")
    line = words(tree, ".line b")
    assert "За 15 мин 12 звонков, а обычно в это время 1.25." in line
    assert "Да, об этом сейчас звонят и другие." in words(tree, ".aloud")
