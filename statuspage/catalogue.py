"""The page's own words in the reader's language, from the compiled gettext catalogues."""

from __future__ import annotations

from gettext import GNUTranslations, NullTranslations
from importlib.resources import files

DOMAIN = "statuspage"
SOURCE = "en"
"""The language of the words in the code, which needs no catalogue."""


def N_(text: str) -> str:  # noqa: N802 - the name by which translators' tools know it
    """Mark ``text`` for translation here; it is translated where it is shown."""
    return text


def load(lang: str) -> NullTranslations:
    """The catalogue of ``lang``; English words where there is none."""
    path = files("statuspage") / "locale" / lang / "LC_MESSAGES" / f"{DOMAIN}.mo"
    if lang == SOURCE or not path.is_file():
        return NullTranslations()
    with path.open("rb") as compiled:
        return GNUTranslations(compiled)


def own_name(lang: str, words: NullTranslations) -> str:
    """What speakers of ``lang`` call it; its code where there is no catalogue."""
    # Translators: the name of the language of this catalogue, in that language.
    name = words.gettext("English")
    return name if lang == SOURCE or name != "English" else lang
