"""What the tests of the masker share: how a line with marks is judged."""

import re
import sys
from collections.abc import Callable

import pytest

from incidents.mask import mask

_MARKED = re.compile("‹[^›]*›")


class Judge:
    """A line marks what is personal with ‹…›; a judge says whether masking did just that."""

    @staticmethod
    def plain(line: str) -> str:
        return line.replace("‹", "").replace("›", "")

    @staticmethod
    def personal(line: str) -> bool:
        return "‹" in line

    @staticmethod
    def rightly(line: str, masked: str) -> bool:
        """Every mark became tokens, everything outside stayed character for character."""
        outside = map(re.escape, _MARKED.split(line))
        return re.fullmatch(r"(?:\[[^\[\]\d]+\])".join(outside), masked) is not None


@pytest.fixture
def judge() -> Judge:
    return Judge()


@pytest.fixture
def steps() -> Callable[[str], int]:
    """How many calls masking a text takes: its cost, without a clock."""

    def count(text: str) -> int:
        calls = 0

        def called(*_: object) -> None:
            nonlocal calls
            calls += 1

        before = sys.getprofile()
        sys.setprofile(called)
        try:
            mask(text)
        finally:
            sys.setprofile(before)
        return calls

    return count
