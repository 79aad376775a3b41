"""Finds every number of a text once and decides what it is by a table. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from incidents.masking import documents, phones, secrets
from incidents.masking.checks import snils
from incidents.masking.context import Mark, Reader
from incidents.masking.keywords import Concept
from incidents.masking.number import NUMBERED, SPOKEN, Decider, Number, Seen

Span = tuple[int, int, str]

_GAP = rf"(?:[\s\-.,()/№#_|*]{{1,5}}|{SPOKEN})"
_BYTE = r"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
_DATE = (
    r"(?:0?[1-9]|[12]\d|3[01])(?P<d>[./\-])(?:0?[1-9]|[12]\d|3[01])(?P=d)(?:19|20)\d\d"
    r"|(?:0?[1-9]|[12]\d|3[01])(?P<y>[./])(?:0?[1-9]|1[0-2])(?P=y)\d\d"
    r"|(?:19|20)\d\d(?P<i>[./\-])(?:0?[1-9]|1[0-2])(?P=i)(?:0?[1-9]|[12]\d|3[01])"
)
_FIXED = re.compile(rf"(?<![\d./\-])(?:{_DATE}|{_BYTE}(?:\.{_BYTE}){{3}})(?![\d/\-]|\.\d)")
# Both branches begin with a digit that follows none, so that the search skips to digits.
_CHAIN = re.compile(
    r"[0-9](?<!\d\d)(?:"
    r"(?<!:\d)\d?(?::\d\d){1,2}(?![\d:])"  # a time of day, so that its hours join nothing
    rf"|(?P<chain>\d*+(?!(?<!\d{{5}}):\d)(?:{_GAP}\d++(?!(?<!\d{{5}}):\d))*+))"
)
_LIKE_SNILS = re.compile(r"(?:\d{3}\.){3}\d\d")
_RUN = re.compile(r"\d+")
_TIED = re.compile(r"[\-._:,]")
_LETTERS = re.compile(r"[^\W\d_]+$")
_CYRILLIC_WORD = re.compile(r"[а-я]{2,}")
_LIST = re.compile(
    r"[\s,;/]*(?:(?:и|или|либо|потом|затем|а|еще|далее|дальше|после|через|второй|вторая|новый"
    r"|тире|and|then|or)[\s,:]+)*"
)
_A_DATE = 5  # a date or an address has more characters
_WORD = 3  # letters of a word, at least, that a number may be glued to
_LISTED, _CODE = 30, 8  # characters between the numbers of a list; digits of a code
_PART = 2  # digits in half a code, or in half a series
_APART = 20  # characters between the halves of a code
_MOST, _FEWEST, _LONGEST = 9, 4, 19  # groups in a number; digits of the shortest, the longest

_DECIDERS: dict[int, tuple[Decider, ...]] = {
    4: (documents.series_of, secrets.code_of),
    5: (phones.local_of, secrets.code_of),
    6: (documents.policy_of, documents.passport_number_of, phones.local_of, secrets.code_of),
    7: (documents.policy_of, documents.passport_number_of, phones.local_of, secrets.code_of),
    8: (documents.policy_of, secrets.code_of),
    9: (documents.foreign_passport_of, documents.policy_of, documents.mistyped_of),
    10: (
        phones.international_of, documents.inn_of, documents.policy_of, documents.passport_of,
        phones.without_trunk_of, documents.mistyped_of,
    ),
    11: (
        phones.international_of, documents.snils_of, phones.with_trunk_of, documents.policy_of,
        documents.mistyped_of,
    ),
    12: (phones.international_of, documents.inn_of, documents.policy_of, documents.mistyped_of),
    13: (
        phones.international_of, secrets.card_of, documents.policy_of, documents.mistyped_of,
    ),
    14: (phones.international_of, secrets.card_of),
    15: (phones.international_of, secrets.card_of),
    16: (documents.policy_of, secrets.card_of),
    17: (secrets.card_of,),
    18: (secrets.card_of,),
    19: (secrets.card_of,),
}  # fmt: skip
_TELLING = 10  # digits from which a number may be known by itself
_GROUPINGS = frozenset(phones.SHAPES | phones.LOCAL | secrets.SHAPES | documents.SHAPES)


def numbers(text: str, taken: Sequence[Span]) -> Iterator[Span]:
    """Where the personal numbers are in the view ``text``; ``taken``, in order, is not read."""
    scan = _Scan(text)
    rest = iter([*taken, (len(text) + 1, 0, "")])
    ahead = next(rest)
    for match in _CHAIN.finditer(text):
        start = match.start()
        if match["chain"] is None or match.end() == start + 1:
            continue  # a time of day, or one digit by itself
        while ahead[0] < match.end():
            if start < ahead[0]:
                yield from scan.chain(start, ahead[0])
            start = max(start, ahead[1])
            scan.barrier = max(scan.barrier, ahead[1])
            ahead = next(rest)
        if start < match.end():
            yield from scan.chain(start, match.end())


def _dictated(runs: list[tuple[int, int]], i: int) -> int:
    """How many groups of one digit follow each other at ``i``; 0 for fewer than two, -1 inside."""

    def single(k: int) -> bool:
        return 0 <= k < len(runs) and runs[k][1] - runs[k][0] == 1

    if not (single(i) and single(i + 1)):
        return 0
    if single(i - 1):
        return -1
    count = 2
    while single(i + count) and count <= _LONGEST:
        count += 1
    return count


def _ends(runs: list[tuple[int, int]], i: int) -> list[tuple[int, int]]:
    """How many groups from ``i`` may be one number, with how many digits that makes."""
    dictated, total = _dictated(runs, i), 0
    ends: list[tuple[int, int]] = []
    for count, (low, high) in enumerate(runs[i : i + _LONGEST], 1):
        total += high - low
        if total > _LONGEST or count > max(_MOST, dictated):
            break
        if total >= _FEWEST and dictated in {0, count} and total in _DECIDERS:
            ends.append((count, total))
    return ends


class _Scan:
    """One walk over the numbers of a view."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.reader = Reader(text)
        self.seen = Seen()
        self.barrier = 0
        """Where the words before a number begin to be its own."""

    def chain(self, start: int, end: int) -> Iterator[Span]:
        """The numbers among digit groups that follow each other; dates and addresses cut them."""
        for fixed in _FIXED.finditer(self.text, start, end) if end - start > _A_DATE else ():
            if not self._dotted_snils(fixed):
                yield from self._groups(start, fixed.start())
                start = fixed.end()
        yield from self._groups(start, end)

    def _dotted_snils(self, fixed: re.Match[str]) -> bool:
        """Whether what may be a network address is a SNILS with dots."""
        if not _LIKE_SNILS.fullmatch(fixed[0]):
            return False
        before = self.reader.before(fixed.start(), self.barrier)
        if before and not before[0].content:
            return before[0].concept is Concept.SNILS
        return snils(fixed[0].replace(".", ""))

    def _groups(self, start: int, end: int) -> Iterator[Span]:
        runs = [run.span() for run in _RUN.finditer(self.text, start, end)]
        i = 0
        while i < len(runs):
            step = 1
            for number, count in self._windows(runs, i):
                token = self._decide(number)
                if token is None:
                    continue
                if token:
                    yield from self._claimed(number, token)
                self.barrier = number.end
                step = count
                break
            else:
                yield from self._kept(runs, i)
            i += step

    def _windows(self, runs: list[tuple[int, int]], i: int) -> Iterator[tuple[Number, int]]:
        """The numbers that may begin at group ``i``, longest first, with their counts of groups."""
        ends = _ends(runs, i)
        if not ends:
            return
        before = self.reader.before(runs[i][0], self.barrier)
        for count, total in reversed(ends):
            if self._plausible(runs[i : i + count], total, before, last=i + count == len(runs)):
                yield self._number(runs[i : i + count], before), count

    def _plausible(
        self, part: list[tuple[int, int]], total: int, before: tuple[Mark, ...], *, last: bool
    ) -> bool:
        """Whether anything could tell: many digits, a usual grouping, or a name beside it."""
        named = bool(before) or (last and bool(self.reader.after(part[-1][1])))
        if named:
            return True
        if total < _TELLING:
            if self.seen.token or self.seen.small:
                return True
            start = part[0][0]
            return NUMBERED.search(self.text, max(0, start - 24), start) is not None
        if len(part) == 1:
            return True
        return self._plus(part[0][0]) or tuple(b - a for a, b in part) in _GROUPINGS

    def _plus(self, start: int) -> bool:
        return "+" in self.text[max(0, start - 3) : start]

    def _number(self, part: list[tuple[int, int]], before: tuple[Mark, ...]) -> Number:
        gaps = tuple([self.text[a[1] : b[0]] for a, b in pairwise(part)])
        return Number(
            digits="".join([self.text[low:high] for low, high in part]),
            lengths=tuple([high - low for low, high in part]),
            gaps=gaps,
            start=part[0][0],
            end=part[-1][1],
            loose=self._loose(part[0][0], part[-1][1]),
            before=before,
            reader=self.reader,
        )

    def _loose(self, start: int, end: int) -> bool:
        """Whether nothing ties the number to what stands beside it."""
        return self._loose_left(start) and self._loose_right(end)

    def _loose_left(self, start: int) -> bool:
        text = self.text
        if start in {0, self.barrier}:
            return True
        if text[start - 1].isalpha():
            return self._is_word(start)
        if start > 1 and _TIED.match(text, start - 1):
            if text[start - 2].isdigit():
                return False
            if text[start - 2].isalpha():
                return text[start - 1] in ".:," or self._is_word(start - 1)
        return True

    def _is_word(self, end: int) -> bool:
        """Whether the letters before ``end`` are a word, and no part of an id."""
        found = _LETTERS.search(self.text, max(0, end - 20), end)
        if found is None:
            return False
        word = found[0]
        if self.text[found.start() - 1 : found.start()].isdigit():
            return False
        return self.reader.concept(word) not in {None, Concept.OTHER, Concept.THING} or (
            len(word) >= _WORD and not word.isascii() and self.reader.concept(word) is None
        )

    def _loose_right(self, end: int) -> bool:
        text = self.text
        if end >= len(text):
            return True
        if text[end].isalpha():
            return _CYRILLIC_WORD.match(text, end) is not None
        after = text[end + 1 : end + 2]
        if _TIED.match(text, end) and after.isdigit():
            return False
        if text[end] in "-_/." and after.isalpha():
            return _CYRILLIC_WORD.match(text, end + 1) is not None
        return True

    def _decide(self, number: Number) -> str | None:
        for decide in _DECIDERS[len(number.digits)]:
            if (token := decide(number, self.seen)) is not None:
                return token
        return self._one_more(number)

    def _one_more(self, number: Number) -> str | None:
        """Whether the number goes on a list («коды 4815, 1623 и 4242»)."""
        seen = self.seen
        if not seen.token or number.start - seen.end > _LISTED or not number.whole or number.amount:
            return None
        alike = len(number.digits) == seen.digits or (
            seen.token == secrets.CODE and len(number.digits) <= _CODE
        )
        if not alike or seen.token == phones.PHONE or not number.loose:
            return None
        return seen.token if _LIST.fullmatch(self.text, seen.end, number.start) else None

    def _claimed(self, number: Number, token: str) -> Iterator[Span]:
        small, seen = self.seen.small, self.seen
        apart = token == documents.PASSPORT and len(number.digits) in {6, 7}
        if small is not None and apart and documents.series_before(number, seen):
            yield small.start, small.end, token
        start, end = number.start, number.end
        if token == phones.PHONE:
            start -= phones.bracket_before(number)
            start -= phones.plus_before(number)
        yield start, end, token
        self.seen = Seen(token=token, digits=len(number.digits), end=end)

    def _kept(self, runs: list[tuple[int, int]], i: int) -> Iterator[Span]:
        """A number that may stay, unless it is the second half of a code («48, потом 15»)."""
        low, high = runs[i]
        small, barrier = self.seen.small, self.barrier
        if high - low >= _FEWEST:
            self.barrier = high
        if small is not None and high <= small.end:
            return
        pair = runs[i : i + 2]
        count = 2 if len(pair) > 1 and pair[1][1] - pair[1][0] == high - low == _PART else 1
        if not _PART <= high - low <= _FEWEST:
            return
        before = self.reader.before(low, barrier)
        if not before and small is None:
            return
        number = self._number(runs[i : i + count], before)
        if small is not None and self._halves(small, number):
            yield small.start, small.end, secrets.CODE
            yield number.start, number.end, secrets.CODE
            self.barrier = number.end
            self.seen = Seen(token=secrets.CODE, digits=_FEWEST, end=number.end)
        else:
            self.seen.small = number

    def _halves(self, first: Number, second: Number) -> bool:
        if second.start - first.end > _APART or len(second.digits) >= _FEWEST or second.amount:
            return False
        linked = _LIST.fullmatch(self.text, first.end, second.start)
        return bool(linked) and len(first.digits) < _FEWEST and first.said(Concept.CODE, words=1)
