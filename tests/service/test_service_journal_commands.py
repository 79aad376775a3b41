"""vahta journal, backup and restore, as scripts call them."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from incidents.events import Because, Impact, Opened, Origin, Resolved
from incidents.store import FILE_NAME
from vahta.cli.backup import backup, restore
from vahta.cli.journal import journal
from vahta.cli.options import Common
from vahta.state import held, opened

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)
Call = Callable[..., Result]


@pytest.fixture
def config(tmp_path: Path) -> Path:
    file = tmp_path / "my.toml"
    file.write_text('[portal]\nname = "Портал"\n[state]\ndir = "state"\n')
    return file


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "state"


@pytest.fixture
def call(config: Path) -> Call:
    def run(command: click.Command, *args: object) -> Result:
        return CliRunner().invoke(command, [*map(str, args)], obj=Common(config=config))

    return run


@pytest.fixture
def lived(folder: Path) -> Path:
    """A state of two incidents, one of them over."""

    async def live() -> None:
        async with opened(folder, now=NOW, threads=False) as state:
            for n, event in enumerate(
                [
                    Opened("A-1", "sms", Origin.PROBE, Impact.MAJOR, NOW, Because("x")),
                    Resolved("A-1", "sms", Because("x")),
                    Opened("A-2", "sms", Origin.PROBE, Impact.MAJOR, NOW, Because("x")),
                ]
            ):
                token = state.journal.token_of(n)
                await state.journal.append("component/sms", token, event, at=NOW, actor="я")
            await state.register.refresh()

    asyncio.run(live())
    return folder


def run_sql(folder: Path, *statements: str) -> None:
    with closing(sqlite3.connect(folder / FILE_NAME)) as db, db:
        for name in ("journal_no_update", "journal_no_delete"):
            db.execute(f"DROP TRIGGER IF EXISTS {name}")
        for statement in statements:
            db.execute(statement)


# ── verify, head ──


def test_verify_says_that_all_holds_and_ends_with_the_head(call: Call, lived: Path) -> None:
    done = call(journal, "verify")
    head = call(journal, "head").stdout.strip()
    assert (done.exit_code, done.stdout.splitlines()) == (
        0,
        ["the register agrees; incidents: 2", f"3 entries, the chain holds; head {head}"],
    )


def test_verify_answers_scripts_in_one_document(call: Call, lived: Path) -> None:
    done = call(journal, "verify", "--json")
    seq, _, hash_ = call(journal, "head").stdout.strip().partition(":")
    assert json.loads(done.stdout) == {
        "entries": 3,
        "seq": int(seq),
        "head": hash_,
        "flaw": None,
        "register": {"incidents": 2, "seq": 3, "disagreements": []},
    }
    head = json.loads(call(journal, "head", "--json").stdout)
    assert head == {"seq": 3, "hash": hash_}


def test_an_edited_entry_is_named_and_the_exit_code_is_1(call: Call, lived: Path) -> None:
    run_sql(lived, "UPDATE journal SET actor = 'eve' WHERE seq = 2")
    done = call(journal, "verify")
    assert (done.exit_code, done.stdout.splitlines()[0]) == (
        1,
        "entry 2 was changed after it was written; the 1 before it hold",
    )
    flaw = json.loads(call(journal, "verify", "--json").stdout)["flaw"]
    assert flaw == {"seq": 2, "problem": "was changed after it was written"}


@pytest.mark.parametrize("as_file", [True, False])
def test_a_tail_cut_off_is_found_by_the_head(
    call: Call, lived: Path, tmp_path: Path, as_file: bool
) -> None:
    head = call(journal, "head").stdout.strip()
    file = tmp_path / "heads.txt"
    file.write_text(f"{head}\n{head}\n")
    given = file if as_file else head
    assert call(journal, "verify", "--head", given).exit_code == 0
    run_sql(
        lived,
        "DELETE FROM journal WHERE seq = 3",
        "DELETE FROM incident WHERE id = 'A-2'",
        "UPDATE cursor SET seq = 2",
    )
    assert call(journal, "verify").exit_code == 0, "the chain alone can't know"
    done = call(journal, "verify", "--head", given)
    assert (done.exit_code, "entry 3 is missing" in done.stdout) == (1, True)


def test_what_is_no_head_is_bad_usage(call: Call, lived: Path) -> None:
    done = call(journal, "verify", "--head", "nowhere.txt")
    assert (done.exit_code, "SEQ:HASH" in done.stderr) == (2, True)


def test_a_register_that_disagrees_is_named_and_can_be_made_anew(call: Call, lived: Path) -> None:
    run_sql(lived, "UPDATE incident SET is_open = 0 WHERE id = 'A-2'")
    done = call(journal, "verify")
    assert done.exit_code == 1
    assert "A-2: the register says otherwise than the journal: column is_open" in done.stdout
    assert "vahta journal rebuild-register" in done.stdout
    differ = json.loads(call(journal, "verify", "--json").stdout)["register"]["disagreements"]
    assert [d["incident"] for d in differ] == ["A-2"]
    assert call(journal, "rebuild-register").exit_code == 0
    assert call(journal, "verify").exit_code == 0


def test_a_file_that_cannot_be_read_does_not_verify(call: Call, lived: Path) -> None:
    with closing(sqlite3.connect(lived / FILE_NAME)) as db:
        sql = "SELECT rootpage FROM sqlite_schema WHERE name = 'journal'"
        (page,) = db.execute(sql).fetchone()
    with (lived / FILE_NAME).open("r+b") as file:
        file.seek(4096 * (page - 1))
        file.write(b"\xff" * 4096)
    done = call(journal, "verify")
    assert (done.exit_code, done.stdout) == (1, "")
    assert "vahta restore" in done.stderr


def test_verify_works_beside_a_service(call: Call, lived: Path) -> None:
    with held(lived):
        assert call(journal, "verify").exit_code == 0


# ── export, import ──


def test_what_is_exported_and_imported_is_exported_the_same(
    call: Call, lived: Path, tmp_path: Path
) -> None:
    file, new = tmp_path / "journal.jsonl", tmp_path / "new"
    assert call(journal, "export", "--out", file).exit_code == 0
    assert file.read_bytes() == call(journal, "export").stdout_bytes
    done = call(journal, "import", file, "--state", new)
    assert (done.exit_code, done.stdout) == (0, "imported 3 entries\n")
    assert call(journal, "export", "--state", new).stdout_bytes == file.read_bytes()
    assert call(journal, "verify", "--state", new).exit_code == 0
    done = call(journal, "import", file, "--state", new)
    assert done.stdout == "imported 0 entries\n"


def test_nobody_is_told_of_what_is_imported(call: Call, lived: Path, tmp_path: Path) -> None:
    file, new = tmp_path / "journal.jsonl", tmp_path / "new"
    call(journal, "export", "--out", file)
    call(journal, "import", file, "--state", new)
    with closing(sqlite3.connect(new / FILE_NAME)) as db:
        assert db.execute("SELECT seq FROM notify_cursor").fetchall() == [(3,)]


def test_a_bad_file_is_told_line_by_line_and_nothing_is_imported(
    call: Call, lived: Path, tmp_path: Path
) -> None:
    file, new = tmp_path / "journal.jsonl", tmp_path / "new"
    lines = call(journal, "export").stdout.splitlines()
    file.write_text("\n".join([lines[0], "nonsense", lines[2].replace("A-2", "A-3")]))
    done = call(journal, "import", file, "--state", new)
    said = done.stderr.splitlines()
    assert (done.exit_code, done.stdout, said[-1]) == (2, "", "nothing was imported")
    assert [line.split(":")[0] for line in said[:-1]] == ["line 2", "line 3"]
    assert call(journal, "export", "--state", new).stdout == ""


@pytest.mark.parametrize("command", [["import", "my.jsonl"], ["rebuild-register"]])
def test_what_rewrites_much_is_refused_beside_a_service(
    call: Call, lived: Path, tmp_path: Path, command: list[str]
) -> None:
    file = tmp_path / "my.jsonl"
    file.touch()
    with held(lived):
        done = call(journal, *(str(file) if c == file.name else c for c in command))
    assert (done.exit_code, "another vahta serves from here" in done.stderr) == (2, True)


def test_an_export_that_fails_leaves_no_half_of_a_file(
    call: Call, lived: Path, tmp_path: Path
) -> None:
    done = call(journal, "export", "--out", tmp_path / "nowhere" / "journal.jsonl")
    assert done.exit_code == 2
    assert not (tmp_path / "nowhere").exists()


# ── backup, restore ──


def test_a_backup_is_made_beside_a_service_and_restored_without(
    call: Call, lived: Path, tmp_path: Path
) -> None:
    file = tmp_path / "safe.bak"
    before = call(journal, "export").stdout
    with held(lived):
        done = call(backup, file)
        assert (done.exit_code, done.stdout.split(", ")[0]) == (0, f"{file}: 3 entries")
        assert "copied 100 %" in done.stderr
        refused = call(restore, file)
        assert (refused.exit_code, "another vahta serves" in refused.stderr) == (2, True)
    run_sql(lived, "DELETE FROM journal WHERE seq = 3")
    done = call(restore, file)
    assert (done.exit_code, "what was there is kept as" in done.stderr) == (0, True)
    assert call(journal, "export").stdout == before
    assert call(journal, "verify").exit_code == 0


def test_a_backup_is_not_overwritten_unless_told_to(
    call: Call, lived: Path, tmp_path: Path
) -> None:
    file = tmp_path / "safe.bak"
    assert call(backup, file).exit_code == 0
    done = call(backup, file)
    assert (done.exit_code, "say --force" in done.stderr) == (2, True)
    assert call(backup, file, "--force").exit_code == 0


def test_what_is_no_backup_is_refused_and_makes_nothing(
    call: Call, folder: Path, tmp_path: Path
) -> None:
    file = tmp_path / "diary.txt"
    file.write_text("Dear diary")
    done = call(restore, file)
    assert (done.exit_code, str(file) in done.stderr) == (2, True)
    assert not (folder / FILE_NAME).exists()
