"""The line index against the layouts TOML allows."""

from __future__ import annotations

from typing import Any

import pytest
import tomli
from hypothesis import given
from hypothesis import strategies as st

from vahta.config.toml_lines import index_lines

LAYOUTS = [
    ("plain key", 'a = 1\nb = "x"\n', ("b",), 2),
    ("comment and blank lines", "# one\n\n  # two\nb = 1\n", ("b",), 4),
    ("table", "\n[a]\nb = 1\n", ("a",), 2),
    ("key in a table", "[a]\n\nb = 1\n", ("a", "b"), 3),
    ("second table of an array", "[[a]]\nb = 1\n[[a]]\nb = 2\n", ("a", 1, "b"), 4),
    ("table of an array itself", "[[a]]\nb = 1\n\n[[a]]\n", ("a", 1), 4),
    ("dotted key", "[a]\nb.c.d = 1\nb.c.e = 2\n", ("a", "b", "c", "e"), 3),
    ("spaced dotted key", "a . b = 1\na\t.c = 2\n", ("a", "c"), 2),
    ("quoted key", "\"a b\" = 1\n'c.d' = 2\n", ("c.d",), 2),
    ("escaped quoted key", '\n"\\u0430" = 2\n', ("а",), 2),
    ("quoted table", '[a]\n["b.c"."d"]\ne = 1\n', ("b.c", "d", "e"), 3),
    ("spaced table", "[ a . b ]\nc = 1\n", ("a", "b", "c"), 2),
    ("sub-table of an array", "[[a]]\n[a.b]\nc = 1\n[[a]]\n[a.b]\nc = 2\n", ("a", 1, "b", "c"), 6),
    ("array within an array", "[[a]]\n[[a.b]]\n[[a.b]]\nc = 1\n", ("a", 0, "b", 1, "c"), 4),
    ("inline table", "a = { b = 1, c = 2 }\n", ("a", "c"), 1),
    ("dotted key in an inline table", "\na = { b.c = 1 }\n", ("a", "b", "c"), 2),
    ("list over lines", 'a = [\n  "x", # one\n  # none\n  "y",\n]\nb = 1\n', ("a", 1), 4),
    ("key after a list over lines", "a = [\n1,\n2\n]\nb = 1\n", ("b",), 5),
    ("tables in a list", "a = [\n { b = 1 },\n { b = 2 },\n]\n", ("a", 1, "b"), 3),
    ("brackets in text", "a = \"[b]\"\nc = '[[d]]'\ne = 1\n", ("e",), 3),
    ("hash in text", 'a = "# no"\nb = 1 # yes\nc = 2\n', ("c",), 3),
    ("escaped quote", 'a = "\\"\\\\"\nb = 1\n', ("b",), 2),
    ("text over lines", 'a = """\n[x]\nb = 2\n"""\nb = 1\n', ("b",), 5),
    ("text over lines ending in quotes", 'a = """x"""""\nb = 1\n', ("b",), 2),
    ("literal text over lines", "a = '''\nb = \"\n'''\nb = 1\n", ("b",), 4),
    ("literal with a backslash", "a = 'C:\\'\nb = 1\n", ("b",), 2),
    ("date with a space", "a = 1979-05-27 07:32:00\nb = 1\n", ("b",), 2),
    ("explicit after implicit table", "[a.b]\nc = 1\n\n[a]\nd = 2\n", ("a",), 4),
    ("missing key is its table's", "\n[[a]]\nb = 1\n", ("a", 0, "zzz"), 2),
    ("item within plain values is the key's", "\na = 1\n", ("a", 3, "b"), 2),
    ("nothing at all", "", ("a", "b"), 1),
]


@pytest.mark.parametrize(
    ("text", "path", "line"), [x[1:] for x in LAYOUTS], ids=[x[0] for x in LAYOUTS]
)
def test_a_key_is_found_on_its_line(text: str, path: tuple[str | int, ...], line: int) -> None:
    tomli.loads(text)
    assert index_lines(text).line(path) == line


@given(st.text(alphabet="ab.=\"'[]{}#,\n \\1-", max_size=60))
def test_no_text_upsets_the_index(text: str) -> None:
    assert index_lines(text).line(("a", 0)) >= 1


def _paths(tree: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    items: Any = (
        tree.items()
        if isinstance(tree, dict)
        else enumerate(tree)
        if isinstance(tree, list)
        else ()
    )
    below = [found for key, item in items for found in _paths(item, (*path, key))]
    return [*([path] if path else []), *below]


@given(st.text(alphabet='ab.="[]{},\n 1', max_size=40))
def test_every_key_of_a_valid_text_has_a_line(text: str) -> None:
    try:
        tree = tomli.loads(text)
    except tomli.TOMLDecodeError:
        return
    assert [path for path in _paths(tree) if path not in index_lines(text).lines] == []
