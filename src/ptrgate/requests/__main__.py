# SPDX-License-Identifier: GPL-3.0-or-later
"""Keep the requests of the page: ``python3 -m ptrgate.requests --state D [--socket S] FILE``."""

import argparse
import sys
import threading
import time
from functools import partial
from pathlib import Path

from ..shared.errand import serve
from ..shared.listening import NoSocketError, listening_socket
from ..shared.notify import Level, say, tell_manager
from .desk import Desk
from .post import post
from .settings import FILE, BadSettings, load

BAD_CONFIGURATION = 78  # sysexits.h, EX_CONFIG
AT_ONCE = 4
SWEEP_SECONDS = 3600.0


def main() -> int:
    """Serve until killed; 78 if the settings or the socket cannot be used."""
    parser = argparse.ArgumentParser(prog="ptrgate-requests", description=__doc__)
    parser.add_argument("file", nargs="?", default=FILE, type=Path, help="the settings (TOML)")
    parser.add_argument("--state", type=Path, help="where the requests are kept")
    parser.add_argument("--socket", help="path to listen on, where systemd passes no socket")
    given = parser.parse_args()
    try:
        settings = load(given.file.read_text(encoding="utf-8"), str(given.file))
        listening = listening_socket(given.socket)
    except (NoSocketError, OSError, UnicodeDecodeError, BadSettings) as error:
        say(Level.ERROR, f"no requests can be taken:\n{error}")
        return BAD_CONFIGURATION
    send = partial(post, settings.relay, settings.host)
    desk = Desk(settings, given.state, send, partial(say, Level.NOTICE))
    threading.Thread(target=_sweep, args=(desk,), daemon=True).start()
    tell_manager(READY="1")
    serve(listening, desk.answer, AT_ONCE)
    return 0


def _sweep(desk: Desk) -> None:
    while True:
        desk.sweep()
        time.sleep(SWEEP_SECONDS)


if __name__ == "__main__":
    sys.exit(main())
