"""Variables and secret files."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from vahta.config.variables import Expanded, expand


def _expand(tree: Any, environ: dict[str, str] | None = None, home: Path = Path("/")) -> Expanded:
    return expand(tree, environ=environ or {}, home=home)


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    file = tmp_path / "secret"
    file.write_bytes(b"s3cret\r\n")
    file.chmod(0o640)
    return file


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("${A}", "one"),
        ("x${A}y${A}", "xoneyone"),
        ("${A:-two}", "one"),
        ("${NONE:-two}", "two"),
        ("${EMPTY:-two}", "two"),
        ("${EMPTY}", ""),
        ("${NONE:-}", ""),
        ("${NONE:-http://127.0.0.1:8080/?a=b}", "http://127.0.0.1:8080/?a=b"),
        ("$${A}", "${A}"),
        ("$$$${A}", "$${A}"),
        ("$$${A}", "$one"),
        (r"^(\d{6})$", r"^(\d{6})$"),
        ("costs $5", "costs $5"),
    ],
)
def test_a_variable_is_put_in_its_place(written: str, text: str) -> None:
    found = _expand({"a": [written]}, {"A": "one", "EMPTY": ""})
    assert (found.tree, dict(found.troubles)) == ({"a": [text]}, {})


def test_keys_numbers_and_tables_are_left_alone() -> None:
    tree = {"${A}": 1, "b": {"c": True, "d": [2.5]}}
    assert _expand(tree, {"A": "x"}).tree == tree


def test_a_value_is_not_expanded_again() -> None:
    assert _expand("${A}", {"A": "${B}", "B": "no"}).tree == "${B}"


def test_an_undefined_variable_leaves_the_text_and_is_named() -> None:
    found = _expand({"a": "x${NONE}"})
    assert found.tree == {"a": "x${NONE}"}
    assert "NONE" in found.troubles[("a",)]


def test_a_secret_file_is_read_without_its_newline(secret: Path) -> None:
    assert _expand(f"<${{file:{secret}}}>").tree == "<s3cret>"


def test_a_relative_secret_file_is_beside_the_config(secret: Path) -> None:
    assert _expand("${file:secret}", home=secret.parent).tree == "s3cret"


def test_a_secret_that_everybody_can_read_is_refused(secret: Path) -> None:
    secret.chmod(0o644)
    assert "chmod o-r" in _expand(f"${{file:{secret}}}").troubles[()]


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"", "is empty"), (b"\n", "is empty"), (b"\xff", "not UTF-8"), (b"x" * 70_000, "64 KiB")],
)
def test_a_file_that_holds_no_secret_is_refused(secret: Path, content: bytes, words: str) -> None:
    secret.write_bytes(content)
    assert words in _expand(f"${{file:{secret}}}").troubles[()]


def test_a_pipe_in_the_secrets_place_is_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe", 0o600)
    assert "is not a file" in _expand("${file:pipe}", home=tmp_path).troubles[()]


def test_a_path_that_cannot_be_is_refused() -> None:
    assert "cannot read" in _expand("${file:a\0b}").troubles[()]


def test_a_variable_that_is_not_text_is_refused() -> None:
    assert "UTF-8" in _expand("${A}", {"A": "\udcff"}).troubles[()]
