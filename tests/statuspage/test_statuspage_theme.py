"""A ministry's colour, sign, templates and words; what can't be used is found before citizens do."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from statuspage import theme
from statuspage.board import board
from statuspage.publisher import render_once
from statuspage.site import Site
from statuspage.theme import Theme, ThemeError

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="M0 0h9"/></svg>'


@pytest.fixture
def home(bench):
    """The home page in a theme, of a portal where all is well."""

    def render(found: Theme, lang: str = "ru") -> str:
        files = Site(bench.texts, ("ru", "en"), theme=found).render(board(bench.snapshot()))
        return files["index.html" if lang == "ru" else f"{lang}/index.html"].decode()

    return render


@pytest.fixture
def folder(tmp_path):
    def write(**files: str):
        for name, words in files.items():
            path = tmp_path / "theme" / name.replace("__", "/").replace("_", ".")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(words)
        return tmp_path / "theme"

    return write


def test_contrast_is_reckoned_as_wcag_does():
    assert theme.contrast("#000000", "#ffffff") == pytest.approx(21)
    assert theme.contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


def test_a_colour_is_on_the_page_for_light_and_for_dark_screens(home):
    found = theme.coloured("#7A1FA2")
    assert "--accent:#7a1fa2;" in home(found)
    assert f"--accent:{found.accent_dark};" in home(found)


@pytest.mark.parametrize(
    "accent", ["red", "#fff", "#12345", "#1234567", "#12345g", "", "}</style>"]
)
def test_what_is_no_colour_is_refused(accent):
    with pytest.raises(ThemeError, match="expected a colour"):
        theme.coloured(accent)


def test_a_colour_that_cannot_be_read_is_refused_with_one_that_can():
    with pytest.raises(
        ThemeError, match=r'links need 4.5: take a darker one such as "#\w{6}"'
    ) as e:
        theme.coloured("#ffcc00")
    theme.coloured(str(e.value)[-8:-1])


@given(st.binary(min_size=3, max_size=3))
def test_whatever_is_taken_can_be_read_on_light_and_on_dark(colour):
    try:
        found = theme.coloured(f"#{colour.hex()}")
    except ThemeError:
        return
    for ground in ("#ffffff", "#faf9f6", "#edf2fa"):
        assert theme.contrast(found.accent, ground) >= 4.5
    for ground in ("#13171b", "#1a1f24", "#1a2431"):
        assert theme.contrast(found.accent_dark, ground) >= 4.5


def test_a_logo_is_in_the_page_itself(home, tmp_path):
    (tmp_path / "logo.svg").write_bytes(SVG)
    found = Theme(logo=theme.logo(tmp_path / "logo.svg"))
    assert '<img src="data:image/svg+xml;base64,' in home(found)


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("a.svg", SVG.replace(b"<path", b"<script/><path"), "remove <script>"),
        ("a.svg", SVG.replace(b"<path", b'<path onclick="x()"'), "remove onclick of <path>"),
        ("a.svg", SVG.replace(b"<path", b'<use href="https://x.example/a"/><path'), "remove href"),
        ("a.svg", SVG.replace(b"<path", b'<path fill="url(https://x.example)"'), "remove fill"),
        ("a.svg", SVG.replace(b"<path", b"<foreignObject/><path"), "remove <foreignobject>"),
        ("a.svg", b'<!DOCTYPE svg [<!ENTITY a "b">]>' + SVG, "has a DOCTYPE"),
        ("a.svg", b"<svg", "is no SVG"),
        ("a.svg", b"<html/>", "its root is html"),
        ("a.png", b"GIF89a", "is no picture of a kind for pages"),
        ("a.gif", b"GIF89a", "is no picture of a kind for pages"),
        ("a.png", b"\x89PNG\r\n\x1a\n" + bytes(9_000), "at most 8192"),
    ],
)
def test_a_logo_that_does_more_than_show_is_refused(tmp_path, name, content, why):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ThemeError, match=why):
        theme.logo(tmp_path / name)


def test_a_logo_that_is_not_there_is_said(tmp_path):
    with pytest.raises(ThemeError, match="cannot be read: No such file"):
        theme.logo(tmp_path / "logo.svg")


def test_a_template_of_the_same_name_comes_before_ours(home, folder):
    own = theme.checked_templates(folder(logo_html_j2="<b>{{ view.portal }} & мы</b>"))
    assert "<b>Портал услуг & мы</b>" in home(Theme(templates=own))


def test_a_section_of_its_own_is_on_the_home_page_and_escaped(home, folder):
    own = folder(**{"sections__12_own_html_j2".replace("12_", "12-"): "<p>{{ '<x>' }}</p>"})
    assert "<p>&lt;x&gt;</p>" in home(Theme(templates=theme.checked_templates(own)))


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("one\n{% if %}", "logo.html.j2:2: "),
        ("{{ view.portal | safe }}", "1: the filter safe would let text through unescaped"),
        ("{{ view.portal | upcase }}", "1: there is no filter upcase"),
        ("\n{% autoescape false %}x{% endautoescape %}", "2: escaping can't be switched off"),
    ],
)
def test_a_template_that_cannot_be_used_is_named_with_its_line(folder, words, why):
    with pytest.raises(ThemeError) as refused:
        theme.checked_templates(folder(logo_html_j2=words))
    assert why in str(refused.value)


def test_a_template_reaches_nothing_but_what_it_is_given(bench, folder, tmp_path, caplog):
    own = folder(logo_html_j2="{{ view.__class__.__mro__ }}")
    render_once(bench.snapshot(), tmp_path / "page", texts=bench.texts, theme=Theme(templates=own))
    home = (tmp_path / "page/index.html").read_text()
    assert "the page goes out with Vahta's own" in caplog.text
    assert "Портал услуг" in home
    assert "__mro__" not in home


def test_a_template_that_fails_costs_the_theme_and_not_the_page(bench, folder, tmp_path, caplog):
    own = folder(logo_html_j2="{{ no.such.thing }}")
    found = Theme(accent="#7a1fa2", templates=own)
    render_once(bench.snapshot(), tmp_path / "page", texts=bench.texts, theme=found)
    home = (tmp_path / "page/index.html").read_text()
    assert "'no' is undefined" in caplog.text
    assert "--accent:#7a1fa2;" in home


def test_words_of_its_own_are_said_in_their_language_only(home, folder):
    said = '"Everything works" = "Всё в порядке, коллеги"'
    words = theme.own_words(folder(words_ru_toml=said))
    assert "Всё в порядке, коллеги" in home(Theme(words=words))
    assert "Everything works" in home(Theme(words=words), "en")


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ('"Everthing works" = "x"', 'the page nowhere says "Everthing works"'),
        ('"Everything works" = 1', "expected text in quotes"),
        ('"Everything works" = "100 %"', "and no other %"),
        ('"Time zone: %(zone)s." = "%(clock)s"', "only what the original has"),
        ("nothing", "words.ru.toml"),
    ],
)
def test_words_that_would_never_show_are_refused(folder, said, why):
    with pytest.raises(ThemeError) as refused:
        theme.own_words(folder(words_ru_toml=said))
    assert why in str(refused.value)


def test_all_words_that_would_never_show_are_named_at_once(folder):
    with pytest.raises(ThemeError) as refused:
        theme.own_words(
            folder(words_ru_toml='"One" = "1"\n"Two" = "2"', words_en_toml='"Three" = 3')
        )
    assert all(word in str(refused.value) for word in ('"One"', '"Two"', '"Three"'))
