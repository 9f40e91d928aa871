# SPDX-License-Identifier: GPL-3.0-or-later
"""A page that would be wrong or illegible does not start; it says which variable to change."""

import re

import pytest

from ptrgate.page.colours import DARK_GROUND, LIGHT_GROUND, contrast
from ptrgate.page.markup import inline
from ptrgate.page.settings import BadSettings, load
from tests.unit.page import BASE, SETTINGS, client


@pytest.mark.parametrize(
    ("change", "said"),
    [
        pytest.param(("http://help", "ftp://help"), "helppage_help_url", id="not the web"),
        pytest.param((BASE, f"{BASE}?x=1"), "helppage_help_url", id="with a query"),
        pytest.param((BASE, BASE + "/x" * 60), "helppage_help_url", id="too long for a reply"),
        pytest.param(("postmaster@", ""), "helppage_contact", id="no mail address"),
        pytest.param(("operator = ", "operater = "), "operator is missing", id="misspelt"),
        pytest.param(("operator = ", "operater = "), "operater is not a setting", id="unknown"),
        pytest.param(("[contact]", "[contact"), "not TOML", id="broken file"),
        pytest.param(("[contact]", '[colours]\nlight = "#cccccc"\n[contact]'), "4.5", id="pale"),
        pytest.param(("[contact]", '[colours]\ndark = "red"\n[contact]'), "#rrggbb", id="a word"),
        pytest.param(('["company.example"]', '"company.example"'), "a list", id="not a list"),
    ],
)
def test_a_mistake_is_named(change, said):
    with pytest.raises(BadSettings, match=re.escape(said)):
        load(SETTINGS.replace(*change), source="page.toml")


def test_all_mistakes_are_named_at_once():
    with pytest.raises(BadSettings) as bad:
        load("", source="page.toml")
    assert len(str(bad.value).splitlines()) == 4


def test_contrast_is_that_of_wcag():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize(("scheme", "ground"), [(0, LIGHT_GROUND), (1, DARK_GROUND)])
def test_every_text_can_be_read_on_every_ground(scheme, ground):
    style = client().get("/style.css").text
    colours = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", style.split(":root {")[scheme + 1]))
    assert colours["sheet"] == ground
    for text in ("text", "quiet", "accent", "good", "bad", "wait"):
        assert contrast(colours[text], colours["sheet"]) >= 4.5
        assert contrast(colours[text], colours["ground"]) >= 4.5
    for state in ("good", "bad", "wait"):
        assert contrast(colours[state], colours[f"{state}-ground"]) >= 4.5
        assert contrast(colours["text"], colours[f"{state}-ground"]) >= 4.5
    assert contrast(colours["text"], colours["code"]) >= 4.5


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("a <b> & `<i>`", "a &lt;b&gt; &amp; <code>&lt;i&gt;</code>"),
        ("**<b>** and *<i>*", "<strong>&lt;b&gt;</strong> and <em>&lt;i&gt;</em>"),
        ("[here](#there)", '<a href="#there">here</a>'),
        ('[x](https://a.example/"onload=)', '<a href="https://a.example/&#34;onload=">x</a>'),
        ("[x](javascript:alert(1))", "[x](javascript:alert(1))"),
    ],
)
def test_marks_become_html_and_nothing_else_does(text, html):
    assert str(inline(text)) == html
