"""The commands as scripts call them: what is printed where, and the exit code."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

pytestmark = [pytest.mark.xdist_group("commands"), pytest.mark.timeout(120)]

BEELINE = {
    "id": "ИНЦ-2026-0041",
    "status": "identified",
    "component": "sms",
    "title": {
        "ru": "У Билайна не приходят коды по СМС",
        "en": "Beeline customers get no SMS codes",
    },
    "symptoms": ["у билайна смс не приходит", "нет кода на билайн"],
    "region": None,
    "impact": "major",
    "started_at": "2026-03-01T09:00:00+03:00",
}
PAST = {
    "id": "ИНЦ-2026-0007",
    "status": "resolved",
    "component": "hotline",
    "title": "Долгое ожидание на горячей линии",
    "started_at": "2026-05-01T09:00:00Z",
    "resolved_at": "2026-05-01T10:00:00Z",
}


@pytest.fixture
def config(tmp_path: Path) -> Path:
    file = tmp_path / "my.toml"
    file.write_text('[portal]\nname = "Портал"\n[state]\ndir = "state"\n')
    return file


@pytest.fixture
def past(tmp_path: Path) -> Path:
    file = tmp_path / "past.json"
    file.write_text(json.dumps([BEELINE, PAST], ensure_ascii=False))
    return file


async def test_a_name_is_config_enough(vahta, config: Path) -> None:
    assert (await vahta("validate", "-c", str(config)))[0] == 0
    code, out, _ = await vahta("check", "--json", "-c", str(config))
    assert (code, json.loads(out)) == (0, {"observations": []})


async def test_validate_names_every_problem_and_exits_2(vahta, tmp_path: Path) -> None:
    file = tmp_path / "bad.toml"
    file.write_text('[portal]\nname = "П"\n\n[rules]\nopen_aftr = 3\nrecheck = "soon"\n')
    code, out, _ = await vahta("validate", "-c", str(file))
    assert code == 2
    assert [line.split(": ")[:2] for line in out.splitlines()] == [
        [f"{file}:5", "rules.open_aftr"],
        [f"{file}:6", "rules.recheck"],
    ]
    assert "open_after" in out


async def test_a_bad_config_keeps_standard_output_clean(vahta, tmp_path: Path) -> None:
    code, out, err = await vahta("check", "-c", str(tmp_path / "absent.toml"))
    assert (code, out) == (2, "")
    assert "absent.toml" in err


async def test_options_stand_before_the_command_and_after_its_arguments(
    vahta, config, past, tmp_path: Path
) -> None:
    assert (await vahta("-c", str(config), "incident", "import", str(past)))[0] == 0
    code, out, _ = await vahta("incident", "list", "--json", "-c", str(config))
    assert (code, len(json.loads(out)["incidents"])) == (0, 2)
    elsewhere = tmp_path / "elsewhere"
    code, out, _ = await vahta(
        "incident", "list", "--json", "--state", str(elsewhere), "-c", str(config)
    )
    assert json.loads(out) == {"incidents": []}


async def test_import_warns_of_unknown_components_once_and_is_idempotent(
    vahta, config, past
) -> None:
    code, out, err = await vahta("incident", "import", str(past), "-c", str(config))
    assert (code, out) == (0, "2 imported, 0 were there already\n")
    assert [line for line in err.splitlines() if "'hotline'" in line]
    code, out, err = await vahta("incident", "import", str(past), "-c", str(config))
    assert (code, out, err) == (0, "0 imported, 2 were there already\n", "")


async def test_the_list_has_the_fields_of_import_and_more_and_unresolved_first(
    vahta, config, past
) -> None:
    await vahta("incident", "import", str(past), "-c", str(config))
    _, out, _ = await vahta("incident", "list", "--json", "-c", str(config))
    first, second = json.loads(out)["incidents"]
    assert (first["id"], second["id"]) == (BEELINE["id"], PAST["id"])
    assert set(first) == {
        "id",
        "status",
        "component",
        "title",
        "public_text",
        "operator_note",
        "symptoms",
        "error_codes",
        "region",
        "impact",
        "started_at",
        "resolved_at",
        "updates",
        "published_at",
        "affected",
        "merged_into",
        "previous",
        "unstable_since",
        "locked",
        "publish_at",
        "next_at",
    }
    assert first["title"] == BEELINE["title"]


async def test_what_is_exported_can_be_imported_elsewhere(
    vahta, config, past, tmp_path: Path
) -> None:
    await vahta("incident", "import", str(past), "-c", str(config))
    _, exported, _ = await vahta("incident", "export", "-c", str(config))
    again = ["--state", str(tmp_path / "again"), "-c", str(config)]
    code, _, _ = await vahta("incident", "import", "-", *again, stdin=exported)
    assert code == 0
    assert (await vahta("incident", "export", *again))[1] == exported


async def test_a_bad_import_file_is_refused_whole(vahta, config, tmp_path: Path) -> None:
    file = tmp_path / "bad.json"
    file.write_text(json.dumps([BEELINE, {"id": "x"}]))
    code, out, err = await vahta("incident", "import", str(file), "-c", str(config))
    assert (code, out) == (2, "")
    assert "item 2: title: is required" in err
    assert json.loads((await vahta("incident", "list", "--json", "-c", str(config)))[1]) == {
        "incidents": []
    }


async def test_an_incident_lives_from_the_command_line(vahta, tmp_path: Path) -> None:
    file = tmp_path / "my.toml"
    file.write_text(
        '[portal]\nname = "П"\n[state]\ndir = "state"\n[[component]]\nid = "chat"\nname = "Чат"\n'
    )
    at = ["-c", str(file)]
    code, number, _ = await vahta(
        "incident", "open", "chat", "Чат молчит, звоните +7 916 123-45-67", *at
    )
    number = number.strip()
    assert code == 0
    assert (await vahta("incident", "ack", number, *at))[1] == f"{number} suspected\n"
    assert (await vahta("incident", "ack", number, *at))[
        1
    ] == f"{number} suspected: nothing to do\n"
    assert (await vahta("incident", "publish", number, *at))[1] == f"{number} investigating\n"
    code, _, err = await vahta("incident", "publish", number, *at)
    assert (code, "only a suspected one is published" in err) == (2, True)
    assert (
        await vahta("incident", "update", number, "--status", "identified", "--text", "Чиним", *at)
    )[0] == 0
    assert (await vahta("incident", "resolve", number, *at))[1] == f"{number} resolved\n"
    shown = json.loads((await vahta("incident", "show", number, "--json", *at))[1])
    assert shown["status"] == "resolved"
    assert "916 1" not in json.dumps(shown), "a phone number is personal"
    assert (await vahta("incident", "show", "ИНЦ-1999-0001", *at))[0] == 2
    assert (await vahta("incident", "open", "nonsense", "x", *at))[0] == 2


async def test_lookup_answers_as_an_operator_would_see_it(vahta, config, past) -> None:
    await vahta("incident", "import", str(past), "-c", str(config))
    code, out, _ = await vahta("lookup", "у билайна смс не приходит", "--json", "-c", str(config))
    answer = json.loads(out)
    assert (code, answer["text"], answer["confident"]) == (0, "у билайна смс не приходит", True)
    assert answer["incidents"][0]["id"] == BEELINE["id"]
    assert set(answer["incidents"][0]) == {"id", "status", "score", "title"}


async def test_lookup_of_nothing_known_exits_1(vahta, config) -> None:
    code, out, _ = await vahta("lookup", "сколько стоит слон", "--json", "-c", str(config))
    answer = json.loads(out)
    assert (code, answer["incidents"], answer["articles"], answer["confident"]) == (
        1,
        [],
        [],
        False,
    )


async def test_lookup_answers_line_by_line_whatever_the_text(vahta, config) -> None:
    texts = [
        "смс не приходит",
        "",
        "  \u2028 строка\tс 'кавычками' и +7 916 123-45-67 ",
        "Ошибка 500",
    ]
    lines = "".join(json.dumps({"text": text}) + "\n" for text in texts)
    code, out, _ = await vahta("lookup", "--stdin", "-c", str(config), stdin=lines)
    assert code == 0
    assert [json.loads(line)["text"] for line in out.split("\n") if line] == texts


async def test_mask_needs_no_config(vahta, tmp_path: Path) -> None:
    code, out, _ = await vahta("mask", stdin="звоните +7 916 123-45-67\n", cwd=tmp_path)
    assert (code, "916" in out, out.endswith("\n")) == (0, False, True)
    line = json.dumps({"text": "почта anna@example.org"})
    code, out, _ = await vahta("mask", "--json", stdin=line + "\n", cwd=tmp_path)
    answer = json.loads(out)
    assert answer["text"] == "почта anna@example.org"
    assert "anna" not in answer["masked"]


async def test_page_renders_once(vahta, config, past, tmp_path: Path) -> None:
    await vahta("incident", "import", str(past), "-c", str(config))
    code, out, _ = await vahta("page", str(tmp_path / "site"), "-c", str(config))
    assert (code, out) == (0, "")
    assert BEELINE["title"]["ru"] in (tmp_path / "site" / "index.html").read_text()
    assert BEELINE["title"]["en"] in (tmp_path / "site" / "en" / "index.html").read_text()
    assert (tmp_path / "site" / "incidents" / f"{PAST['id']}.html").exists()


async def test_page_renders_what_an_audience_may_know(vahta, config, past, tmp_path: Path) -> None:
    with config.open("a") as file:
        file.write('[[component]]\nid = "sms"\nname = "SMS"\n')
        file.write('[[audience]]\nid = "partners"\ncomponents = ["sms"]\n')
    await vahta("incident", "import", str(past), "-c", str(config))
    site = tmp_path / "site"
    code, out, _ = await vahta("page", str(site), "--audience", "partners", "-c", str(config))
    assert (code, out) == (0, "")
    assert (site / "incidents" / f"{BEELINE['id']}.html").exists()
    assert not (site / "incidents" / f"{PAST['id']}.html").exists()
    code, _, err = await vahta("page", str(site), "--audience", "all", "-c", str(config))
    assert (code, "known: partners" in err) == (2, True)


async def test_tampering_with_the_journal_is_found(vahta, config, past, tmp_path: Path) -> None:
    import sqlite3

    await vahta("incident", "import", str(past), "-c", str(config))
    assert (await vahta("journal", "verify", "-c", str(config)))[0] == 0
    with sqlite3.connect(tmp_path / "state" / "vahta.sqlite3") as db:
        db.execute("DROP TRIGGER journal_no_update")
        db.execute("UPDATE journal SET actor = 'eve' WHERE seq = 1")
    db.close()
    code, out, _ = await vahta("journal", "verify", "-c", str(config))
    assert (code, out.startswith("entry 1 was changed")) == (1, True)


async def test_help_is_short_and_whole(vahta) -> None:
    code, out, _ = await vahta("--help")
    assert code == 0
    for command in (
        "demo",
        "run",
        "validate",
        "check",
        "lookup",
        "mask",
        "incident",
        "page",
        "journal",
    ):
        assert command in out
