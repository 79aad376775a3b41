"""What is known, ready to be found: the search index over the register, kept up to date."""

from __future__ import annotations

import asyncio

from incidents.register import Register
from incidents.search import Findings, Index, Indexer
from incidents.texts import Texts

RECENT = 300
"""How many of the latest resolved incidents are searched beside the open ones."""


class Lookup:
    """One engine for the command, the API and the desk. Answers in ``lang``."""

    def __init__(self, register: Register, texts: Texts, lang: str) -> None:
        self._register = register
        self._indexer = Indexer(texts.articles.values(), texts=texts)
        self._lang = lang
        self._seq = -2
        self._index: Index | None = None

    async def refresh(self) -> None:
        """Take in what the register has learnt since the last time."""
        if self._seq == self._register.seq:
            return
        seq = self._register.seq
        known = [*self._register.open_incidents(), *await self._register.closed(RECENT)]
        self._index = await asyncio.to_thread(self._indexer.index, known)
        self._seq = seq

    def find(self, text: str, limit: int = 5, *, lang: str | None = None) -> Findings:
        """The best matches for a citizen's words. ``refresh`` must have been called once."""
        if self._index is None:
            raise RuntimeError("refresh comes before find")
        return self._index.find(text, limit, lang=lang or self._lang)
