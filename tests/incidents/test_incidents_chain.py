"""The chain by itself: what it covers, what it finds, and what only a head written down finds."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents.chain import GENESIS, Head, Row, chain_hash, walk
from incidents.codec import canonical

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


def chain(count: int) -> list[Row]:
    rows, last = [], GENESIS
    for seq in range(1, count + 1):
        row = (seq, "component/sms", "2026-03-01T09:00:00+00:00", "probes", '{"kind":"x"}', last)
        last = chain_hash(row)
        rows.append((*row, last))
    return rows


@given(st.tuples(st.integers(0, 2**40), texts, texts, texts, texts, texts))
def test_the_hash_is_of_canonical_json(row: tuple) -> None:
    assert chain_hash(row) == hashlib.sha256(canonical(list(row)).encode()).hexdigest()


@given(st.integers(0, 4), st.integers(0, 6), st.integers(1, 9))
def test_any_change_of_any_column_is_found(index: int, column: int, salt: int) -> None:
    rows = chain(5)
    changed = list(rows[index])
    changed[column] = salt * 100 if column == 0 else f"{changed[column]}{salt}"
    rows[index] = tuple(changed)
    assert walk(rows).flaw is not None


@given(st.permutations(range(5)))
def test_any_other_order_is_found(order: list[int]) -> None:
    rows = chain(5)
    assert (walk([rows[n] for n in order]).flaw is None) == (order == sorted(order))


@given(st.sets(st.integers(0, 4), min_size=1))
def test_whatever_is_taken_out_but_the_tail_is_found(gone: set[int]) -> None:
    left = [row for n, row in enumerate(chain(5)) if n not in gone]
    is_tail = gone == set(range(5 - len(gone), 5))
    assert (walk(left).flaw is None) == is_tail


@pytest.mark.parametrize("left", range(5))
def test_a_tail_cut_off_is_found_by_a_head_that_was_written_down(left: int) -> None:
    rows = chain(5)
    head = Head.parse(str(Head(5, rows[-1][6])))
    verdict = walk(rows[:left], [head])
    assert verdict.flaw is not None
    assert (verdict.flaw.seq, "tail was cut off" in verdict.flaw.problem) == (5, True)


def test_a_journal_may_have_grown_since_its_head_was_written_down() -> None:
    rows = chain(5)
    assert walk(rows, [Head(0, GENESIS), Head(3, rows[2][6])]).flaw is None


def test_a_journal_written_anew_is_found_by_its_old_head() -> None:
    flaw = walk(chain(5), [Head(3, "f" * 64)]).flaw
    assert flaw is not None
    assert (flaw.seq, "written anew" in flaw.problem) == (3, True)


@pytest.mark.parametrize("text", ["", "5", "5:abc", f"x:{GENESIS}", f":{GENESIS}", f"-1:{GENESIS}"])
def test_what_is_no_head_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="SEQ:HASH"):
        Head.parse(text)
