# SPDX-License-Identifier: GPL-3.0-or-later
"""One Chromium and one page of one operator for all tests here; what DNS says is told by a desk."""

import threading
from contextlib import contextmanager

import pytest
from playwright.sync_api import sync_playwright
from werkzeug.serving import WSGIRequestHandler, make_server

from tests.unit.desk import FakeDesk, seen
from tests.unit.page import client

CHROMIUM = "/usr/bin/chromium"  # Debian's; lab/setup installs it
QUIET = (
    "--disable-gpu --disable-quic --no-first-run --disable-background-networking"
    " --disable-component-update --disable-sync"
)
VISITOR = {"X-Real-IP": "203.0.113.77"}  # as nginx says it
ORIGIN = "http://127.0.0.1:"


class Errands:
    """Answers what it is told to."""

    def __init__(self):
        self.told = {}

    def __call__(self, _order, **_told):
        return self.told


class Silent(WSGIRequestHandler):
    """Logs nothing."""

    def log(self, *_args, **_words):
        """Say nothing of any request."""


@pytest.fixture(scope="session")
def desk():
    """What tells the page of DNS; a test may change what it tells."""
    return FakeDesk(seen())


@contextmanager
def served(application):
    """Serve a page on loopback; yields its origin."""
    server = make_server("127.0.0.1", 0, application, threaded=True, request_handler=Silent)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"{ORIGIN}{server.port}"
    server.shutdown()


@pytest.fixture(scope="session")
def origin(desk):
    """The page of an operator who takes no requests for exceptions."""
    with served(client(ask=desk).application) as where:
        yield where


@pytest.fixture(scope="session")
def errands():
    """Who keeps requests and sends letters; a test may change what is answered."""
    return Errands()


@pytest.fixture(scope="session")
def asking(errands):
    """The page of an operator who takes requests for exceptions."""
    page = client(more="exceptions = true\n", send=errands)
    with served(page.application) as where:
        yield where


@pytest.fixture(scope="session")
def chromium():
    """A real browser, with a profile of its own that is gone afterwards."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET.split())
        yield browser
        browser.close()


@pytest.fixture
def opened(chromium, origin):
    """Open a window: language, width, other words of the browser; return it and its requests."""
    contexts = []

    def new(language="en", width=1280, **more):
        context = chromium.new_context(
            base_url=origin,
            locale=language,
            viewport={"width": width, "height": 800},
            extra_http_headers=VISITOR,
            **more,
        )
        contexts.append(context)
        page = context.new_page()
        asked = []
        page.on("request", lambda request: asked.append(request.url))
        return page, asked

    yield new
    for context in contexts:
        context.close()
