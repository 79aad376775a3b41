"""An article is one Markdown file of all languages, and a broken one says where it is broken."""

import pytest

from incidents.article import parse

GOOD = """+++
id = "x"
[symptoms]
en = ["it squeaks"]
+++
# en: It squeaks
## sees
One.
Two.
## usually
Usually.
## say
Say.
## try
1. a
2. b
## avoid
- c
## meanwhile
- d
## escalate
When.
"""


def test_an_article_is_read_section_by_section() -> None:
    article = parse(GOOD, name="x.md")
    assert article.title("en") == "It squeaks"
    assert article.sees("en") == "One. Two."
    assert article.steps("en") == ("a", "b")
    assert article.avoid("en") == ("c",)
    assert article.meanwhile("en") == ("d",)
    assert article.contact is None


def test_a_language_it_lacks_is_answered_in_the_one_it_has() -> None:
    article = parse(GOOD, name="x.md")
    assert article.say("ru") == "Say."
    assert article.steps("ru") == ("a", "b")
    assert article.symptoms("ru") == ()


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("+++\n", "", "x.md:1: an article begins with front matter"),
        ('id = "x"', 'id = "y"', "x.md:1: id must be 'x', as the file is called"),
        ('id = "x"', 'id = "x"\nauthor = "me"', "x.md:1: unknown key 'author'"),
        ('id = "x"', 'id = x"', "x.md:2: "),
        ('id = "x"', 'id = "x"\nreasons = ["tired"]', "x.md:1: reasons: there is no reason"),
        ('en = ["it squeaks"]', "", "x.md:1: symptoms.en is missing"),
        ("## usually", "## rarely", "x.md:10: '## rarely': expected each of"),
        ("## usually", "## sees", "x.md:10: '## sees': expected each of"),
        ("1. a", "- a", "x.md:15: 'try' is a list: begin the line with '1. '"),
        ("2. b", "3. b", "x.md:16: 'try' is a list: begin the line with '2. '"),
        ("- c", "1. c", "x.md:18: 'avoid' is a list: begin the line with '- '"),
        ("Say.", "", "x.md:22: en: section 'say' is missing or empty"),
        ("# en: It squeaks", "Hello", "x.md:6: text outside of a section"),
    ],
)
def test_a_broken_article_says_where(before: str, after: str, message: str) -> None:
    with pytest.raises(ValueError, match="^" + message.replace(".", r"\.")):
        parse(GOOD.replace(before, after, 1), name="x.md")
