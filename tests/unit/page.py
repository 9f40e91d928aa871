# SPDX-License-Identifier: GPL-3.0-or-later
"""The page as tests see it: one operator, one key, and an HTML reader that forgives nothing."""

from __future__ import annotations

from collections import Counter
from html.parser import HTMLParser

from ptrgate.judge.policy import load as load_policy
from ptrgate.judge.token import Keys
from ptrgate.page.author import Author
from ptrgate.page.settings import load
from ptrgate.page.site import create
from ptrgate.page.text import words

BASE = "http://help.company.example"
KEYS = Keys.read(f"1 {'ab' * 32}")
SETTINGS = f"""
help_url = "{BASE}"
operator = "Company <b>& Sons</b>"
domains = ["company.example"]
[contact]
name = "The mail team"
email = "postmaster@company.example"
phone = "+44 20 7946 0000"
"""
POLICY = f'help_url = "{BASE}"\nREFUSE_AT\n[reachable]\ndomains = ["company.example"]\n'
VOID = {"meta", "link", "img", "br", "hr", "input"}


def client(settings=SETTINGS, refuse_at="rcpt", ask=None, more="", send=None):
    """Return a browser of the page."""
    policy = load_policy(
        POLICY.replace("REFUSE_AT", f'refuse_at = "{refuse_at}"'), source="policy.toml"
    )
    told = settings + more if more.startswith("[") else more + settings
    author = Author(words("en"), load(told, source="page.toml"), policy)
    return create(author, KEYS, ask, send).test_client()


class Reader(HTMLParser):
    """Reads a page; raises where an element is closed that was not the last one opened."""

    def __init__(self, html):
        super().__init__(convert_charrefs=True)
        self.open, self.text, self.tags = [], [], Counter()
        self.ids, self.links, self.loads = [], [], []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        assert len(attributes) == len(attrs)
        assert not any(name.startswith("on") or name == "style" for name in attributes)
        self.tags[tag] += 1
        self.ids += [attributes["id"]] if "id" in attributes else []
        where = self.links if tag == "a" else self.loads
        where += [attributes[name] for name in ("href", "src") if name in attributes]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)

    @property
    def words(self):
        """All text, with single spaces."""
        return " ".join("".join(self.text).split())
