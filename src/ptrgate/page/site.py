# SPDX-License-Identifier: GPL-3.0-or-later
"""Web addresses to pages: the general page, one for each finding, one for each refusal."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from flask import Blueprint, Flask, Response, current_app, render_template, request, url_for
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from ..judge.token import BadToken, Keys, read
from ..judge.words import Finding
from . import language, machine, plain
from .author import Author
from .looking import Ask, checked
from .markup import inline, unmarked
from .pages import Page
from .petition import MAX_BODY, Send, linked, petitioned
from .text import LANGUAGES, words

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
FORMS = ("text/html", "application/json", "text/plain")  # the same page, ours first
# What mail programs and people leave at the end of a link they copied.
TRAILING = ".,;:!?)>]}'\" \N{RIGHT DOUBLE QUOTATION MARK}"


def create(author: Author, keys: Keys, ask: Ask | None = None, send: Send | None = None) -> Flask:
    """Return the application that serves ``author``'s pages and reads tokens with ``keys``.

    The pages are in every language that there is, whichever the author has.

    ``ask`` looks at an address again, ``send`` takes requests for exceptions; without them nothing
    can be asked.
    """
    authors = {one: replace(author, words=words(one)) for one in LANGUAGES}
    app = Flask(__package__ or "ptrgate.page", static_folder=None)
    app.config.update(MAX_CONTENT_LENGTH=0, AUTHORS=authors, KEYS=keys, ASK=ask)
    if send and author.settings.exceptions:
        app.config.update(MAX_CONTENT_LENGTH=MAX_BODY, SEND=send)
    app.jinja_env.filters.update(inline=inline, unmarked=unmarked)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.keep_trailing_newline = True
    for name in app.jinja_env.list_templates():
        app.jinja_env.get_template(name)  # a release may be switched away under a running page
    app.wsgi_app = _plain(app.wsgi_app)  # type: ignore[method-assign,assignment] # its way
    app.register_blueprint(_routes(), url_prefix=author.settings.prefix or None)
    app.register_error_handler(HTTPException, _missing)
    app.url_defaults(language.keep_choice)
    app.after_request(_harden)
    return app


def _plain(serve: WSGIApplication) -> WSGIApplication:
    """Leave out of a request what routing would take for a redirect or an error of its own.

    No page depends on the host's name, and one that is no name ends in werkzeug's own exception;
    two slashes are one, for what merges them by itself answers with a redirect.
    """

    def served(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        environ["HTTP_HOST"] = "localhost"
        environ["PATH_INFO"] = re.sub("//+", "/", environ.get("PATH_INFO", ""))
        return serve(environ, start)

    return served


def _routes() -> Blueprint:
    site = Blueprint("site", __name__)
    site.add_url_rule("/", "general", _general, strict_slashes=False)
    for finding in Finding:
        about = {"finding": finding}
        site.add_url_rule(f"/{finding.value}", finding.value, _finding, defaults=about)
    site.add_url_rule("/r/<path:token>", "notice", _notice)
    for rule in ("/r/<token>/exception", "/r/<token>/exception/<permit>"):
        site.add_url_rule(rule, "petition", _petition, methods=["GET", "POST"])
    site.add_url_rule("/healthz", "healthz", _healthz)
    site.add_url_rule("/style.css", "style", _style)
    site.add_url_rule("/icon.svg", "icon", _icon)
    return site


def _author() -> Author:
    author: Author = current_app.config["AUTHORS"][language.language()]
    return author


def _visitor() -> str:
    """Return the address that nginx saw, "" where there is none: nobody else reaches us."""
    return request.headers.get("X-Real-IP", "")


def _general() -> Response:
    page = _author().general()
    return _answer(checked(page, _visitor(), url_for("site.general"), own=True))


def _finding(finding: Finding) -> Response:
    return _show(_author().finding(finding))


def _notice(token: str) -> Response:
    bare = token.strip("/").rstrip(TRAILING)
    try:
        notice = read(bare, current_app.config["KEYS"])
    except BadToken:
        return _show(_author().general("lost"), status=404)
    page = _author().notice(notice, f"{_author().settings.help_url}/r/{bare}")
    if "SEND" in current_app.config:
        page = linked(page, _author(), notice, url_for("site.petition", token=bare))
    path = url_for("site.notice", token=bare)
    return _answer(checked(page, notice.address, path, was=notice.finding.value))


def _petition(token: str, permit: str = "") -> Response:
    if "SEND" not in current_app.config:
        return _missing()
    try:
        notice = read(token, current_app.config["KEYS"])
    except BadToken:
        return _show(_author().general("lost"), status=404)
    found = petitioned(_author(), notice, token, permit.rstrip(TRAILING))
    return _private(_show(*found)) if found else _missing()


def _private(response: Response) -> Response:
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _answer(page: Page) -> Response:
    has_to_wait = page.live is not None and page.live.outcome in ("wait", "busy")
    response = _show(page, 429 if has_to_wait else 200)
    if has_to_wait:
        response.headers["Retry-After"] = "10"
    return _private(response) if page.form or page.refusal else response


def _missing(error: HTTPException | None = None) -> Response:
    """Answer what cannot be: a page that is not there or breaks off, a form where there is none."""
    status = (error and error.code) or 404
    kind = "broken" if status >= 500 else "missing"  # noqa: PLR2004 -- our own fault
    response = _show(_author().general(kind), status=status)
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        response.allow.update(error.valid_methods)
    return response


def _healthz() -> Response:
    response = Response("ok\n", mimetype="text/plain")
    response.headers["Cache-Control"] = "no-store"
    return response


def _style() -> Response:
    style = render_template("style.css", settings=_author().settings)
    return _keep(Response(style, mimetype="text/css"), 3600)


def _icon() -> Response:
    icon = render_template("icon.svg", settings=_author().settings)
    return _keep(Response(icon, mimetype="image/svg+xml"), 86400)


def _show(page: Page, status: int = 200) -> Response:
    body, mimetype = _written(page, status)
    response = Response(body, status=status, mimetype=mimetype)
    response.headers["X-Robots-Tag"] = "noindex"
    response.vary.update(("Accept", "Accept-Language"))
    response.content_language.add(page.language)
    return _keep(response, 300 if status == 200 else 0)  # noqa: PLR2004 -- OK


def _written(page: Page, status: int) -> tuple[str, str]:
    """Return the page in the form that the visitor likes best, and what that form is called."""
    settings = _author().settings
    form = request.accept_mimetypes.best_match(FORMS, default=FORMS[0])
    if form == "text/html":
        switches = tuple(language.switches(page.language))
        html = render_template("page.html", page=page, settings=settings, switches=switches)
        return html, form
    origin = settings.help_url.removesuffix(settings.prefix)
    if form == "text/plain":
        return plain.text(page, origin), form
    if status >= machine.BAD:
        told = machine.problem(page, status, settings.help_url)
        return f"{json.dumps(told)}\n", "application/problem+json"
    return f"{json.dumps(machine.document(page, origin))}\n", "application/json"


def _keep(response: Response, seconds: int) -> Response:
    response.headers["Cache-Control"] = f"public, max-age={seconds}" if seconds else "no-store"
    if request.method in ("GET", "HEAD"):
        response.add_etag()
        response.make_conditional(request)
    return response


def _harden(response: Response) -> Response:
    response.headers.update(HEADERS)
    return response
