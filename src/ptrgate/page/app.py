# SPDX-License-Identifier: GPL-3.0-or-later
"""The WSGI application of this host: ``gunicorn --preload ptrgate.page.app:application``."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from ..judge import policy, token
from . import settings, site
from .asking import Asking
from .author import Author
from .petition import Errands
from .text import words

PAGE = Path(os.environ.get("PTRGATE_PAGE", "/etc/ptrgate/page.toml"))
KEYS = Path(os.environ.get("PTRGATE_KEYS", "/etc/ptrgate/token.keys"))
REQUESTS = os.environ.get("PTRGATE_REQUESTS", "/run/ptrgate-requests/ask.sock")
RECHECK = os.environ.get("PTRGATE_RECHECK", "/run/ptrgate-recheck/look.sock")
# The policy lies beside the package in the release that is running.
POLICY = Path(os.environ.get("PTRGATE_POLICY", Path(__file__).parents[2] / "policy.toml"))

BAD_CONFIGURATION = 78  # sysexits.h, EX_CONFIG


def stop(sentence: str) -> None:
    """End with ``sentence`` in the journal, and with the status that is not restarted for ever."""
    sys.stderr.write(f"ptrgate-page: {sentence}\n")
    raise SystemExit(BAD_CONFIGURATION)


try:
    author = Author(
        words("en"),
        settings.load(PAGE.read_text(encoding="utf-8"), source=str(PAGE)),
        policy.load(POLICY.read_text(encoding="utf-8"), source=str(POLICY)),
    )
    keys = token.Keys.read(KEYS.read_text(encoding="ascii"))
    application = site.create(author, keys, Asking(RECHECK), Errands(REQUESTS))
except (OSError, UnicodeDecodeError) as error:
    stop(f"cannot read its configuration: {error}")
except (settings.BadSettings, policy.BadPolicy, token.BadKeys) as error:
    stop(f"bad configuration: {error}")
