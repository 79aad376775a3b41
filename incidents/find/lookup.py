"""What is known, ready to be found: the search index over the register, kept up to date."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

from incidents.find import past
from incidents.find.findings import Findings
from incidents.find.index import Heard, Index, Indexer
from incidents.find.lexicon import Lexicon
from incidents.incident import Incident
from incidents.register import Register
from incidents.store import Store
from incidents.texts import Texts

RECENT = 300
"""How many of the latest resolved incidents are in memory beside the open ones."""


class Lookup:
    """One engine for the command, the API and the desk. Answers in ``lang``.

    ``find`` asks what is in memory and takes milliseconds; ``search`` asks the past too, which
    needs the ``store`` the register is in. ``calls`` tells the id of the incident that a call was
    noted against whose number stands in a text (``numbers.calls`` reads it), if there is one.
    """

    def __init__(
        self,
        register: Register,
        texts: Texts,
        lang: str,
        *,
        store: Store | None = None,
        recent: int = RECENT,
        calls: Callable[[str], Awaitable[str | None]] | None = None,
    ) -> None:
        self._register = register
        self._store = store
        self._lexicon = Lexicon.load()
        self._indexer = Indexer(texts.articles.values(), texts=texts)
        self._lang = lang
        self._recent = recent
        self._calls = calls
        self._seq = -2
        self._index: Index | None = None

    async def refresh(self) -> None:
        """Take in what the register has learnt since the last time."""
        if self._seq == self._register.seq:
            return
        seq = self._register.seq
        known = [*self._register.open_incidents(), *await self._register.closed(self._recent)]
        self._index = await asyncio.to_thread(self._indexer.index, known)
        self._seq = seq
        if self._store is not None:
            while await self._store.write(lambda db: past.catch_up(db, self._lexicon)):
                pass

    def find(self, text: str, limit: int = 5, *, lang: str | None = None) -> Findings:
        """The best matches for a citizen's words. ``refresh`` must have been called once."""
        return self._ready().find(text, limit, lang=lang or self._lang)

    async def search(self, text: str, limit: int = 5, *, lang: str | None = None) -> Findings:
        """As ``find``, and where nothing open is sure to be meant, what was long ago as well."""
        index = self._ready()
        lang = lang or self._lang
        called = await self._calls(text) if self._calls else None
        heard = index.heard(text, limit, called=called)
        if not heard.is_answered and self._store is not None:
            query = heard.query
            known = await self._store.read(lambda db: past.candidates(db, query, called=called))
            older = [self._indexer.doc(i) for i in known if i.id not in index.incidents.docs]
            heard = index.with_past(heard, older) if older else heard
        return index.told(await self._led_on(index, heard), lang)

    async def _led_on(self, index: Index, heard: Heard) -> Heard:
        """A number leads on to the incident into which the one that had it was merged."""
        first = heard.known[0] if heard.known else None
        if first is None or not first.is_named or first.doc.is_open:
            return heard
        whole = await self._whole(first.doc.id)
        if whole is None:
            return heard
        doc = index.incidents.docs.get(whole.id) or self._indexer.doc(whole)
        others = [each for each in heard.known if each.doc.id != whole.id]
        return replace(heard, known=[replace(first, doc=doc), *others][: heard.limit])

    async def _whole(self, id_: str) -> Incident | None:
        """What an incident became a part of, at the end of however many merges; else None."""
        seen, whole = {id_}, None
        found = await self._register.find(id_)
        while found is not None and found.merged_into and found.merged_into not in seen:
            seen.add(found.merged_into)
            found = await self._register.find(found.merged_into)
            whole = found or whole
        return whole

    def _ready(self) -> Index:
        if self._index is None:
            raise RuntimeError("refresh comes before find")
        return self._index
