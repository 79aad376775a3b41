"""The tables of a flow: what is wrong with them is said when the config is read, by step and key."""

from __future__ import annotations

import contextlib
import inspect
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.answer import Answer
from probes.catalog import kinds
from probes.classify import UnwellError
from probes.flow.expect import Expect, missed, statuses
from probes.flow.pattern import find
from probes.flow.pick import Pick, picked
from probes.flow.template import MissingValueError, Scope, names_in, parse, render
from probes.observation import Reason
from vahta.config import ConfigError, format_problems, load

HEAD = """[portal]
name = "Портал"
[[component]]
id = "c"
name = "C"
"""
PROBE = """[[probe]]
id = "p"
kind = "flow"
component = "c"
url = "https://portal.example/"
"""


@pytest.fixture
def problems(tmp_path: Path):
    """What ``vahta validate`` says of a config with this text, its path left out."""

    def said(text: str) -> list[str]:
        file = tmp_path / "config.toml"
        file.write_text(HEAD + text)
        try:
            load(file, environ={})
        except ConfigError as error:
            return [re.sub(r"^.*?:\d+: ", "", line) for line in format_problems(error).splitlines()]
        return []

    return said


@pytest.mark.parametrize("name", sorted(kinds()))
def test_the_example_of_every_kind_is_a_config_that_validates(problems, name):
    doc = inspect.cleandoc(kinds()[name].settings.__doc__ or "")
    (example,) = re.findall(r"```toml\n(.*?)```", doc, re.DOTALL)
    component = re.search(r'component = "(\w+)"', example)
    assert component is not None
    assert problems(f'[[component]]\nid = "{component[1]}"\nname = "C"\n{example}') == []


@pytest.mark.parametrize(
    ("step", "said"),
    [
        ('urll = "/x"', 'step[0].urll: unknown key, did you mean "url"?'),
        ('url = "ftp://a/"', "step[0].url: expected an address that begins with http"),
        ('url = "{{uid()}}"', "step[0].url: unknown function uid(); known: uuid, now"),
        ('url = "{{a"', 'step[0].url: "{{" is never closed: add "}}"'),
        ('url = "{{a b}}"', "step[0].url: {{a b}} is neither a variable nor a function"),
        ('form = { a = "{{now(1, 2)}}" }', "step[0].form.a: now() takes 0 or 1 argument"),
        ('body = "{{random_digits(x)}}"', "step[0].body: random_digits() takes how many"),
        ('body = "{{sha256(?)}}"', "step[0].body: not an argument: ?"),
        ('json = [{ a = "{{x" }]', 'step[0].json: "{{" is never closed'),
        ('method = "get"', "step[0].method: expected a method in capitals"),
        ("expect = [{}]", "step[0].expect[0]: expects nothing"),
        ('expect = [{ status = ["6xx"] }]', "step[0].expect[0].status[0]: expected a status"),
        ('expect = [{ css = "a[" }]', "step[0].expect[0].css: expected a CSS selector"),
        ('expect = [{ css = "a", header = "b" }]', "step[0].expect[0]: only one of css, json"),
        ("expect = [{ absent = true }]", "step[0].expect[0]: expects nothing"),
        ('expect = [{ css = "a", absent = true, equals = "" }]', "step[0].expect[0]: absent goes"),
        ('expect = [{ matches = "(" }]', "step[0].expect[0].matches: not a regular expression"),
        ('expect = [{ css = "a", reason = "bad" }]', 'step[0].expect[0].reason: unknown value "bad"'),
        ('expect = [{ css = "a", reason = "probe_error" }]', "step[0].expect[0]: probe_error is"),
        ('extract = { T = { css = "a" } }', "step[0].extract.T: a variable is small Latin"),
        ('extract = { t = { json = "$[" } }', "step[0].extract.t.json: not a JSONPath"),
        ('extract = { t = { attribute = "a" } }', "step[0].extract.t: attribute needs css"),
        ('await = { within = "1s", late_after = "1s" }', "step[0].await: late_after must be"),
        ('body = "a"\njson = 1', "step[0]: only one of json and body can be sent"),
        ("form = {}\nfile = {}", "step[0]: a file beside a form needs its own field"),
        ('url = "/"\nsubmit = { a = "b" }', "step[0]: submit knows address and method"),
        ('file = { size = "1B" }', "step[0].file.size: expected a size between 1KiB and 64MiB"),
        ('url = "/{{token}}"', 'probe[0]: step "one", url: {{token}} has no value yet'),
        ('query = { a = "{{b}}" }', 'probe[0]: step "one", query: {{b}} has no value yet'),
        ('await = { within = "30s" }', 'probe[0]: step "one", await.within must be shorter'),
        ("always = true", "probe[0]: at least one [[probe.step]] is needed"),
    ],
)  # fmt: skip
def test_a_wrong_step_is_named_with_its_key(problems, step, said):
    (problem,) = problems(f'{PROBE}[[probe.step]]\nname = "one"\n{step}\n')
    assert said in problem


@pytest.mark.parametrize(
    ("rest", "said"),
    [
        ("step = []", "at least one [[probe.step]] is needed"),
        ("", "step: missing"),
        ('step = [{ name = "a" }, { name = "a" }]', 'two steps are called "a"'),
        ('vars = { a = "{{b}}" }\nstep = [{ name = "a" }]', "vars.a: {{b}} has no value yet"),
        ('vars = { uuid = "b" }\nstep = [{ name = "a" }]', "no function's name"),
    ],
)
def test_a_wrong_flow_says_what_is_wrong(problems, rest, said):
    (problem,) = problems(PROBE + rest)
    assert said in problem


def test_a_clean_up_step_may_use_what_any_step_gives(problems):
    text = """
    step = [{ name = "clean", url = "/{{id}}", always = true },
            { name = "make", extract = { id = { json = "id" } } }]"""
    assert problems(PROBE + text) == []


def test_a_secret_is_not_repeated_in_a_problem(problems):
    text = 'secrets = { p = "hunter22", P = "hunter23" }\nstep = [{ name = "a" }]'
    assert "hunter" not in "".join(problems(PROBE + text))


# ── templates ─────────────────────────────────────────────────────────────────

FUNCTIONS = {"now": lambda pattern="": f"<{pattern}>", "sha256": str.upper}


@given(st.text().filter(lambda text: "{{" not in text))
def test_a_text_without_holes_is_left_alone(text):
    assert render(text, {}, {}) == text


@given(st.text(), st.text(), st.text())
def test_a_value_is_put_in_as_it_is_and_never_looked_into(before, value, after):
    before, after = before.replace("{", ""), after.replace("{", "")
    assert render(before + "{{a}}" + after, {"a": value}, {}) == before + value + after


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("{{ a }}-{{a}}", "1-1"),
        ("{{now()}}{{now('%d')}}", "<><%d>"),
        ('{{sha256("x, y")}}{{sha256(b)}}', "X, YTWO"),
        ("${NAME} {a} }}", "${NAME} {a} }}"),
        ("{{{a}}}", None),
    ],
)
def test_holes_are_filled_in(text, filled):
    if filled is None:
        with pytest.raises(ValueError, match="neither"):
            parse(text)
    else:
        assert render(text, {"a": "1", "b": "two"}, FUNCTIONS) == filled


def test_a_missing_value_is_named():
    assert names_in("{{a}}{{sha256(b)}}{{now('c')}}") == {"a", "b"}
    with pytest.raises(MissingValueError) as caught:
        render("{{a}}", {}, {})
    assert caught.value.name == "a"


def test_a_tree_is_filled_in_keys_left_alone():
    tree = {"{{a}}": ["{{a}}", 1, None, {"b": "{{a}}"}]}
    assert Scope({"a": "x"}, {}).fill_all(tree) == {"{{a}}": ["x", 1, None, {"b": "x"}]}


@pytest.mark.parametrize(
    ("text", "first", "last"), [("200", 200, 200), ("200-204", 200, 204), ("4xx", 400, 499)]
)
def test_a_status_is_a_range(text, first, last):
    assert (statuses(text)[0], statuses(text)[-1]) == (first, last)


def test_a_pattern_answers_its_group_or_all():
    assert find(r"a(\d)", "xa1") == "1"
    assert find(r"a\d", "xa1") == "a1"
    assert find(r"a(b)?", "a") == "a"
    assert find(r"z", "a") is None


def test_a_pattern_that_runs_wild_is_given_up():
    with pytest.raises(UnwellError, match="simplify"):
        find(r"(a|a|a)+$", "a" * 5000 + "b")


# ── whatever a portal answers ─────────────────────────────────────────────────

PICKS = [
    {"css": "main a", "attribute": "href"}, {"json": "id"}, {"json": "$..id"},
    {"json": "$.a[?@.b > 1].c"}, {"header": "x"}, {"cookie": "x"}, {"regex": r"(\w+)"},
    {"final_url": True},
]  # fmt: skip
EXPECTS = [
    {"css": "h1", "equals": "x"}, {"json": "$..a", "at_least": 1}, {"contains": "x"},
    {"matches": "x+"}, {"sha256": "00"}, {"larger_than": "1B"}, {"header": "x", "absent": True},
]  # fmt: skip
DEEP = ["[" * 950 + "]" * 950, '{"a":' * 950 + "1" + "}" * 950, "<main>" * 5000, "{" * 99_999]


@given(
    body=st.binary(max_size=200) | st.sampled_from(DEEP).map(str.encode),
    kind=st.sampled_from(
        ["text/html", "application/json; charset=x", "text/plain; charset=utf-16"]
    ),
    pick=st.sampled_from(PICKS),
    expect=st.sampled_from(EXPECTS),
)
def test_no_answer_breaks_the_engine(body, kind, pick, expect):
    headers = (("Content-Type", kind), ("x", "\udcff"))
    answer = Answer("step", 200, headers, "http://a.example/", body)
    with contextlib.suppress(UnwellError):
        assert isinstance(picked(Pick.model_validate(pick), answer, lambda _: {}), str)
    miss = missed(
        Expect.model_validate(expect),
        answer,
        seconds=0.0,
        cookies=lambda _: {},
        scope=Scope({}, {}),
    )
    assert miss is None or isinstance(miss.reason, Reason)
