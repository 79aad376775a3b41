"""Translators' tool: ``python -m statuspage.translate`` brings the catalogues up to date.

It collects the page's words from code and templates, merges them into every ``statuspage.po``
and compiles each beside it. ``--check`` writes nothing and names what is stale or untranslated.
A new language is a new folder ``locale/<lang>/LC_MESSAGES/`` with an empty ``statuspage.po``.
Needs Babel, which the service itself does not.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from statuspage.catalogue import DOMAIN

HERE = Path(__file__).parent
LOCALE = HERE / "locale"
_METHODS = [("**.py", "python"), ("**.j2", "jinja2")]
_OPTIONS = {"**.j2": {"newstyle_gettext": "true", "silent": "false"}}


def template() -> Catalog:
    """All words there are to translate, by where they stand in the code."""
    words = Catalog(project="Vahta", domain=DOMAIN)
    found = extract_from_dir(
        HERE, _METHODS, _OPTIONS, comment_tags=["Translators:"], strip_comment_tags=True
    )
    # Without line numbers: a catalogue changes when the words do.
    for file, _, message, comments, context in found:
        words.add(message, locations=[(file, 0)], auto_comments=comments, context=context)
    return words


def catalogues() -> Iterator[tuple[Path, Catalog]]:
    """Every language's file with what it holds now."""
    for path in sorted(LOCALE.glob(f"*/LC_MESSAGES/{DOMAIN}.po")):
        with path.open("rb") as file:
            yield path, read_po(file, locale=path.parent.parent.name, domain=DOMAIN)


def compiled(words: Catalog) -> bytes:
    """The ``.mo`` of ``words``."""
    out = BytesIO()
    write_mo(out, words)
    return out.getvalue()


def merged(words: Catalog) -> Catalog:
    """``words`` with what the code now says: new words empty, forgotten ones dropped."""
    words.update(template(), no_fuzzy_matching=True, update_creation_date=False)
    words.obsolete.clear()
    return words


def written(words: Catalog) -> bytes:
    """The ``.po`` of ``words``, the same for the same words."""
    out = BytesIO()
    write_po(out, words, width=96, sort_output=True, include_lineno=False)
    return out.getvalue()


def problems() -> list[str]:
    """What keeps the catalogues from being fresh and complete, one line each."""
    found: list[str] = []
    for path, words in catalogues():
        name = path.relative_to(HERE)
        if written(merged(words)) != path.read_bytes():
            found.append(f"{name}: is not what the code says")
        found += [f"{name}: not translated: {m.id!r}" for m in words if m.id and not _is_done(m)]
        binary = path.with_suffix(".mo")
        if not binary.is_file() or binary.read_bytes() != compiled(words):
            found.append(f"{binary.relative_to(HERE)}: is stale")
    return found


def _is_done(message: Message) -> bool:
    """Translated in all its forms; what Babel only guessed (fuzzy) is not compiled."""
    forms = message.string if isinstance(message.string, tuple) else (message.string,)
    return all(forms) and not message.fuzzy


def main(arguments: list[str]) -> int:
    """Bring up to date, or with ``--check`` only look; 1 when something is wrong."""
    if "--check" not in arguments:
        for path, words in catalogues():
            path.write_bytes(written(merged(words)))
            path.with_suffix(".mo").write_bytes(compiled(words))
    found = problems()
    for problem in found:
        sys.stderr.write(f"{problem}\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
