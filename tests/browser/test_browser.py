# SPDX-License-Identifier: GPL-3.0-or-later
"""The page in a real browser, in every language: for eyes, ears, fingers, paper and terminals."""

import subprocess

import pytest

from ptrgate.judge.token import Notice, mint
from ptrgate.judge.words import Action, Diagnosis, Finding
from ptrgate.page.causes import CAUSES
from ptrgate.page.markup import plain
from ptrgate.page.text import LANGUAGES, words
from tests.browser.looks import BUT_THE_GUIDE, CONTRAST, SHOTS, faults, is_above, overflow
from tests.unit.desk import ADDRESS, NAMED, seen
from tests.unit.page import KEYS

WRONG = {"name": "mx.example", "addresses": ["192.0.2.99"], "result": "mismatch"}
NAMES = {Finding.FORGED: [WRONG], Finding.DYNAMIC: [{**WRONG, "result": "confirmed"}]}
# Everything that a key can reach, and what the page shows of it that has the focus.
REACHABLE = "a[href], button, input:not([type=hidden]), summary, [tabindex='0']"
FOCUSED = """() => {
  const on = document.activeElement, style = getComputedStyle(on);
  const every = [...document.querySelectorAll(WHICH)].filter((one) => one.checkVisibility());
  return [every.indexOf(on), every.length, style.outlineStyle, parseFloat(style.outlineWidth)];
}""".replace("WHICH", f'"{REACHABLE}"')


def path(finding, address=ADDRESS):
    action = Action.DEFER if finding is Finding.DNS_FAILURE else Action.REFUSE
    return f"/r/{mint(Notice(29_731_000, finding, action, address), KEYS)}"


def told(finding, diagnosis):
    if diagnosis is Diagnosis.OK:
        return seen(**NAMED)
    names = NAMES.get(finding, [])
    return seen(finding=finding.value, diagnosis=diagnosis.value, names=names)


@pytest.mark.parametrize("finding", Finding)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_for_everybody(opened, desk, language, finding):
    page, asked = opened(language)
    desk.told = told(finding, *CAUSES[finding][:1] or [Diagnosis.OK])
    page.goto(path(finding))
    assert page.locator("h1").inner_text() == words(language).findings[finding].title
    assert is_above(page, ".facts")
    assert is_above(page, ".chain")
    page.screenshot(path=SHOTS / f"{finding}-{language}-1280-light.png")
    assert faults(page) == []
    page.set_viewport_size({"width": 320, "height": 800})
    page.emulate_media(color_scheme="dark")
    assert overflow(page) <= 0
    assert faults(page, BUT_THE_GUIDE) == []
    page.screenshot(path=SHOTS / f"{finding}-{language}-320-dark.png", full_page=language == "en")
    assert all(url.startswith("http://127.0.0.1:") for url in asked)


@pytest.mark.parametrize("finding", [one for one in Finding if CAUSES[one]])
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_check_for_everybody(opened, desk, language, finding):
    page, _ = opened(language)
    for diagnosis in (*CAUSES[finding], Diagnosis.OK):
        desk.told = told(finding, diagnosis)
        page.emulate_media(color_scheme="light")
        page.set_viewport_size({"width": 1280, "height": 800})
        page.goto(f"{path(finding)}?check=1")
        remedy = words(language).remedies[diagnosis]
        expected = "sendnow" if diagnosis is Diagnosis.OK else "now"
        heading = words(language).table("sendnow")["title"] if expected == "sendnow" else None
        assert page.locator(f"#{expected} h2").inner_text() == (heading or remedy.title)
        assert faults(page, BUT_THE_GUIDE) == []
        page.emulate_media(color_scheme="dark")
        page.set_viewport_size({"width": 320, "height": 800})
        assert overflow(page) <= 0
        assert faults(page, BUT_THE_GUIDE, CONTRAST) == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("where", ["/", "/no_ptr", "/nothing", f"{path(Finding.NO_PTR)}?around=1"])
def test_every_other_page_for_everybody(opened, desk, language, where):
    rows = [{"address": ADDRESS, "finding": one.value, "name": "x" * 60} for one in Finding]
    desk.told = {"range": rows}
    page, _ = opened(language, 320)
    page.goto(where)
    assert page.locator("html").get_attribute("lang") == language
    assert overflow(page) <= 0
    assert faults(page) == []


def test_whoever_has_only_keys_gets_everywhere_and_sees_where(opened, desk):
    desk.told = seen()
    page, _ = opened("de")
    page.goto(f"{path(Finding.NO_PTR)}?check=1")
    reached, count = set(), 1
    for _ in range(200):
        page.keyboard.press("Tab")
        place, count, outline, width = page.evaluate(FOCUSED)
        if place in reached or place < 0:
            break
        reached.add(place)
        assert outline != "none"
        assert width >= 2
    assert reached == set(range(count))


def test_a_check_in_a_chosen_language_without_scripts(opened, desk):
    desk.told = seen()
    page, asked = opened("en", java_script_enabled=False)
    page.goto(path(Finding.NO_PTR))
    page.get_by_role("link", name="Español").click()
    said = words("es").table("recheck")
    page.get_by_role("button", name=said["button"].format(address=ADDRESS)).click()
    assert plain(said["fails"]).partition(".")[0] in page.locator("#result").inner_text()
    assert "lang=es" in page.url
    assert {url.partition("?")[0].rpartition("/")[2] for url in asked} <= {
        path(Finding.NO_PTR).rpartition("/")[2],
        "style.css",
        "icon.svg",
    }


@pytest.mark.parametrize("finding", [one for one in Finding if CAUSES[one]])
@pytest.mark.parametrize("language", LANGUAGES)
def test_on_paper_it_fits_a_ticket(opened, desk, tmp_path, language, finding):
    desk.told = told(finding, CAUSES[finding][0])
    page, _ = opened(language)
    page.goto(f"{path(finding)}?check=1")
    page.pdf(path=tmp_path / "page.pdf", format="A4")
    paper = subprocess.check_output(["pdftotext", "-raw", tmp_path / "page.pdf", "-"], text=True)
    assert paper.count("\f") <= 2
    said, own = "".join(paper.split()), words(language)
    title, who = own.findings[finding].title, own.table("headings")["who"]
    for line in (title, ADDRESS, path(finding), who, "postmaster@company.example"):
        assert "".join(line.split()) in said  # letters may stand apart on paper


@pytest.mark.parametrize("finding", [one for one in Finding if CAUSES[one]])
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_terminal_shows_the_sentence_and_the_three_ways(origin, desk, language, finding):
    desk.told = told(finding, CAUSES[finding][0])
    command = ["w3m", "-dump", "-cols", "200", "-o", f"accept_language={language}"]
    page = subprocess.check_output([*command, origin + path(finding)], text=True)
    said = " ".join(page.split())
    own = words(language)
    (stop,) = (section for section in own.guide if section.id == "stop")
    assert own.findings[finding].title in said
    assert " ".join(plain(own.findings[finding].who).split()[:5]) in said
    for way in stop.blocks[1].items:
        assert " ".join(plain(way).split()[:4]) in said
