# SPDX-License-Identifier: GPL-3.0-or-later
"""The page speaks four languages, each of them whole: nothing missing, nothing left in English."""

import json
import re
from collections import Counter
from functools import cache
from string import Formatter

import pytest

from ptrgate.diagnosis.providers import PROVIDERS
from ptrgate.diagnosis.remedies import REMEDIES
from ptrgate.judge.token import Notice, mint
from ptrgate.judge.words import Action, Diagnosis, Finding
from ptrgate.page.text import LANGUAGES, read, words
from tests.unit.desk import ADDRESS, NAMED, FakeDesk, seen
from tests.unit.page import KEYS, Reader, client

OTHERS = [language for language in LANGUAGES if language != "en"]
# What may stand there as in English: names, fields of DNS, and what is a word there too.
SAME = """
    {address} {name} : NAT DNS Exchange sendmail good bad unknown skipped Name Zone Alias
    Zone:{zone} Name[Name]{name} no Contact
"""
ENGLISH = """
    the of and with your you we our they their this that these which what who whose is are been does
    did its from by for not must should than then there where when whether only any
"""
OWN = {
    "de": "der die das und ist nicht ein eine einen den dem des mit von zu wer was sie nur für",
    "fr": "le la les des de du et est pas une un en que qui vous pour par l d n",
    "es": "el la los las de del y es no una un en que se por su para",
}
CODE = re.compile(r"`[^`]*`|https?://[^\s)]*|\{[^}]*\}")
CHECKED = [seen(), seen(**NAMED), {"wait": 7}, {"error": "away"}, {"error": "x is no domain"}]


def texts(language):
    """Return every text of a language by where it stands, the engine's own words among them."""
    files = dict(read(language))
    if language == "en":
        files["diagnosis"] = {
            name: {part: getattr(words, part) for part in ("title", "meaning", "who", "ask")}
            for name, words in REMEDIES.items()
        }
        files["diagnosis"]["providers"] = {one.name: one.where for one in PROVIDERS}
    return dict(flat(files))


def flat(tree, above=""):
    if isinstance(tree, dict):
        for key, value in tree.items():
            yield from flat(value, f"{above}/{key}")
    elif isinstance(tree, list):
        for index, value in enumerate(tree):
            yield from flat(value, f"{above}/{index}")
    else:
        yield above, tree


def said(text):
    """Return what people read of a text: no code, no address, of a block of code the comments."""
    comments = [line for line in text.splitlines() if line.startswith("#")]
    return CODE.sub(" ", "\n".join(comments) if "\n" in text and comments else text)


def spoken(language):
    """Yield place and text of what is written in the language: no code but its comments."""
    for place, text in texts(language).items():
        is_code = place.endswith(("/run", "_run", "/commands", "/id", "/state", "/moment"))
        if isinstance(text, str) and (not is_code or "# " in text):
            yield place, text


def fields(text):
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("language", OTHERS)
def test_no_language_misses_a_string_or_has_one_too_many(language):
    assert set(texts(language)) == set(texts("en"))


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize(
    ("what", "found"),
    [
        ("placeholders", fields),
        ("links", lambda text: Counter(re.findall(r"\]\(([^)]*)\)", text))),
        ("code", lambda text: Counter(re.findall(r"`[^`\n]+`", text))),
        ("marks", lambda text: text.count("**")),
    ],
)
def test_every_language_has_the_same(language, what, found):
    english = texts("en")
    for place, text in texts(language).items():
        if isinstance(text, str) and not place.endswith("/run"):
            assert found(text) == found(english[place]), f"{what} of {place}"


@pytest.mark.parametrize("language", OTHERS)
def test_code_is_the_same_but_for_its_comments(language):
    english = texts("en")
    for place, text in texts(language).items():
        if place.endswith(("/run", "_run", "/commands", "/id", "/state")):
            assert [x for x in text.splitlines() if x[:1] != "#"] == [
                x for x in english[place].splitlines() if x[:1] != "#"
            ], place


@pytest.mark.parametrize("language", OTHERS)
def test_nothing_is_left_in_english(language):
    english, same = texts("en"), set(SAME.split())
    for place, text in spoken(language):
        is_same = text == english[place] and "".join(text.split()) not in same
        assert not is_same or "/providers/" in place, place
        assert not set(ENGLISH.split()) & set(re.findall(r"[^\W\d_]+", said(text).lower())), place


@pytest.mark.parametrize("language", OTHERS)
def test_every_longer_text_speaks_its_own_language(language):
    for place, text in spoken(language):
        found = re.findall(r"[^\W\d_]+", said(text).lower())
        is_short = len(found) < 12 or "/providers/" in place
        assert is_short or set(OWN[language].split()) & set(found), place


def test_before_a_colon_french_does_not_break_the_line():
    for place, text in spoken("fr"):
        assert not re.search(r" [:;?!»]|« ", said(text)), place


class Speaking(Reader):
    """Reads what a page says in its own language: what is marked as English is left out."""

    def __init__(self, html):
        self.foreign = []
        super().__init__(html)

    def handle_starttag(self, tag, attrs):
        super().handle_starttag(tag, attrs)
        if dict(attrs).get("lang") == "en" and tag != "html":
            self.foreign.append(len(self.open))

    def handle_endtag(self, tag):
        if self.foreign[-1:] == [len(self.open)]:
            self.foreign.pop()
        super().handle_endtag(tag)

    def handle_data(self, data):
        if not self.foreign:
            super().handle_data(data)


@cache
def fragments():
    """Return what English says between its placeholders and marks, as far as it is a sentence."""
    cut = re.compile(r"`[^`]*`|\*|\{[^}]*\}|\[|\]\([^)]*\)|\n")
    found = (piece.strip() for _, text in spoken("en") for piece in cut.split(text))
    pieces = (" ".join(piece.split()) for piece in found)
    return {
        piece
        for piece in pieces
        if len(piece) > 18 and set(ENGLISH.split()) & set(piece.lower().split())
    }


def path(finding):
    action = Action.DEFER if finding is Finding.DNS_FAILURE else Action.REFUSE
    return f"/r/{mint(Notice(29_731_000, finding, action, ADDRESS), KEYS)}"


@pytest.fixture(scope="module")
def site():
    desk = FakeDesk(seen())
    return client(ask=desk), desk


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("finding", Finding)
def test_every_findings_page_speaks_its_language_alone(site, language, finding):
    browser, desk = site
    for told in CHECKED:
        desk.told = told
        for asked in ("", "?check=1", "?around=1"):
            html = browser.get(path(finding) + asked, headers={"Accept-Language": language}).text
            page = Speaking(html)
            assert f'<html lang="{language}">' in html
            assert words(language).findings[finding].title in page.words
            assert [piece for piece in fragments() if piece in page.words] == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("diagnosis", Diagnosis)
def test_every_diagnosis_is_said_in_every_language(language, diagnosis):
    told = seen(diagnosis=diagnosis.value, finding="forged", names=[FORGED_NAME])
    if diagnosis is Diagnosis.OK:
        return
    asked = f"{path(Finding.FORGED)}?check=1"
    html = client(ask=FakeDesk(told)).get(asked, headers={"Accept-Language": language}).text
    assert words(language).remedies[diagnosis].title in Speaking(html).words


FORGED_NAME = {"name": "mx.example", "addresses": ["192.0.2.99"], "result": "mismatch"}


@pytest.mark.parametrize("language", OTHERS)
def test_the_letter_is_there_in_english_too(language):
    asked, headers = f"{path(Finding.NO_PTR)}?check=1", {"Accept-Language": language}
    page = Reader(client(ask=FakeDesk(seen())).get(asked, headers=headers).text)
    for one in ("en", language):
        said = words(one)
        assert said.table("evidence")["ours"] in page.words
        assert said.remedies[Diagnosis.NO_PTR].ask.partition("{")[0].strip() in page.words


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("diagnosis", [Diagnosis.LAME_DELEGATION, Diagnosis.PTR_NOT_DELEGATED])
def test_after_a_check_the_letter_asks_for_what_was_found(language, diagnosis):
    asked, headers = f"{path(Finding.NO_PTR)}?check=1", {"Accept-Language": language}
    browser = client(ask=FakeDesk(seen(diagnosis=diagnosis.value)))
    told = json.loads(browser.get(asked, headers={**headers, "Accept": "application/json"}).text)
    for one, letter in ((language, told["letter"]), ("en", told["letter_in_english"])):
        remedies = words(one).remedies
        assert remedies[diagnosis].ask.format(address=ADDRESS) in " ".join(letter.split())
        assert remedies["no_ptr"].ask.format(address=ADDRESS) not in " ".join(letter.split())


@pytest.mark.parametrize(
    ("says", "header", "language"),
    [
        ("nothing said", "", "en"),
        ("anything", "*", "en"),
        ("one of ours", "fr", "fr"),
        ("one of a region", "de-AT", "de"),
        ("a region before a language", "de-CH, en;q=0.5", "de"),
        ("the better one", "en;q=0.4, es;q=0.8", "es"),
        ("one we have not, then one we have", "pt, it;q=0.9, es-MX;q=0.3", "es"),
        ("one that is not wanted", "de;q=0, fr;q=0.1", "fr"),
        ("none that we have", "ja, zh;q=0.5", "en"),
        ("capitals", "FR-ca", "fr"),
        ("rubbish", ";;,=q,\u202e", "en"),
    ],
)
def test_negotiation(says, header, language):
    headers = {"Accept-Language": header.encode("utf-8").decode("latin-1")}
    answer = client().get("/no_ptr", headers=headers)
    assert answer.headers["Content-Language"] == language, says
    assert "Accept-Language" in answer.headers["Vary"]
    assert words(language).findings["no_ptr"].title in Reader(answer.text).words


def test_a_choice_on_the_page_counts_more_than_the_browser_and_is_kept():
    headers = {"Accept-Language": "fr", "X-Real-IP": "203.0.113.7"}
    html = client(ask=FakeDesk(seen())).get(f"{path(Finding.NO_PTR)}?lang=de", headers=headers).text
    page = Reader(html)
    assert words("de").findings["no_ptr"].title in page.words
    ours = [link for link in page.links if link[:1] == "/"]
    assert ours
    assert all(link.endswith("?lang=de") for link in ours)
    assert html.count('<input type="hidden" name="lang" value="de">') == html.count("<form ")
    assert {f"?lang={one}" for one in LANGUAGES} < set(page.links)


@pytest.mark.parametrize("lang", ["", "xx", "../en", "<script>", "DE"])
def test_a_choice_that_we_do_not_know_is_none(lang):
    answer = client().get("/no_ptr", query_string={"lang": lang}, headers={"Accept-Language": "es"})
    assert answer.headers["Content-Language"] == "es"
    assert "<script>" not in answer.text


def test_the_language_changes_and_the_question_stays():
    page = Reader(client(ask=FakeDesk(seen())).get(f"{path(Finding.NO_PTR)}?check=1").text)
    assert "?check=1&lang=fr" in page.links


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("told", [seen(), {"wait": 7}])
def test_programs_get_the_sentences_of_their_language(language, told):
    headers = {"Accept-Language": language, "Accept": "application/json"}
    answer = client(ask=FakeDesk(told)).get(f"{path(Finding.NO_PTR)}?check=1", headers=headers)
    document = json.loads(answer.text)
    assert document["title"] == words(language).findings["no_ptr"].title
    if "seen" in told:
        assert document["check"]["seen"]["title"] == words(language).remedies["no_ptr"].title
        assert document["check_url"].endswith("?check=1")


@pytest.mark.parametrize("language", OTHERS)
def test_text_is_in_its_language(language):
    headers = {"Accept-Language": language, "Accept": "text/plain"}
    browser = client(ask=FakeDesk(seen()))
    told = browser.get(f"{path(Finding.NO_PTR)}?check=1", headers=headers).text
    own, _, english = told.partition(words(language).table("headings")["english"])
    assert english
    assert [piece for piece in fragments() if piece in " ".join(own.split())] == []


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize(("where", "kind"), [("/r/x", "lost"), ("/nothing", "missing")])
def test_what_is_not_there_is_said_in_the_language(language, where, kind):
    answer = client().get(where, headers={"Accept-Language": language})
    assert answer.status_code == 404
    assert words(language).table(kind)["title"] in Speaking(answer.text).words


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_the_operator_wrote_stands_in_every_language_as_written(language):
    row = '[[providers]]\nname = "Ours"\nnameservers = ["your-server.de"]\nwhere = "Ring 12."\n'
    browser = client(ask=FakeDesk(seen()), more=f'[colours]\nlight = "#123456"\n{row}')
    asked, headers = f"{path(Finding.NO_PTR)}?check=1", {"Accept-Language": language}
    page = Reader(browser.get(asked, headers=headers).text)
    for said in ("Company <b>& Sons</b>", "The mail team", "+44 20 7946 0000", "Ring 12."):
        assert said in page.words
    assert "mailto:postmaster@company.example" in page.links
    assert "--accent: #123456" in browser.get("/style.css").text
