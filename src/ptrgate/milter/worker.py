# SPDX-License-Identifier: GPL-3.0-or-later
"""One worker: libmilter's event loop, and a thread that hears what the supervisor orders.

Started by the supervisor as ``python3 -m ptrgate.milter.worker LISTEN_FD CONTROL_FD`` with its
policy and keys on standard input. A worker is never sent a signal: libmilter stops serving at
once on SIGTERM and SIGHUP, open sessions included. Instead it is told ``leave`` (or the control
socket closes because the supervisor is gone); then its listening descriptor is replaced by one
on which nobody ever connects, open sessions end in peace, and the process leaves when none is left.
"""

import contextlib
import json
import os
import socket
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from traceback import format_exception
from types import TracebackType
from typing import Any

import Milter
from Milter import milter

from ..judge.policy import BadPolicy
from ..judge.token import BadKeys
from ..judge.words import Action
from ..shared.counters import Counter, Counters
from ..shared.notify import Level, say
from .child import PING
from .equip import claim_counters, read_setting
from .session import FLAGS, Session
from .setting import Setting

BAD_CONFIGURATION = 78  # EX_CONFIG of sysexits(3)

_IDLE_POLL = 0.1  # seconds


def main() -> int:
    """Serve until told to leave; return 78 if policy or keys cannot be used."""
    listen_fd, control = int(sys.argv[1]), socket.socket(fileno=int(sys.argv[2]))
    material = json.load(sys.stdin)
    counters = claim_counters(material["state"])
    try:
        setting = read_setting(material, counters)
    except BadPolicy as error:
        _send(control, kind="unfit", reason=str(error))
        return BAD_CONFIGURATION
    except BadKeys as error:
        words = f"the keys of notices, {error} (role variable ptrgate_token_keys)"
        _send(control, kind="unfit", reason=words)
        return BAD_CONFIGURATION
    _register(listen_fd, setting, partial(_trouble, control, counters))
    threading.Thread(target=_obey, args=(listen_fd, control, setting), daemon=True).start()
    _send(
        control,
        kind="ready",
        workers=setting.policy.milter_workers,
        policy=setting.policy.digest,
        mode=setting.policy.mode,
        answers=True,
        tells_deaf=True,
    )
    milter.main()
    return 0


def _register(listen_fd: int, setting: Setting, on_error: Callable[[], None]) -> None:
    Milter.factory = lambda: Session(setting, on_error)
    milter.set_flags(FLAGS)
    # Before a callback of ours runs, pymilter decodes its arguments; octets that are no UTF-8
    # end there, and this is what becomes of them.
    accept = setting.policy.on_error is Action.ACCEPT
    # pymilter reports that piece by piece, between which lines of other sessions would come.
    sys.excepthook = _report
    milter.set_exception_policy(milter.CONTINUE if accept else milter.TEMPFAIL)
    milter.set_connect_callback(Milter.connect_callback)
    milter.set_helo_callback(_in_session("hello_unanswered"))
    milter.set_envfrom_callback(_in_session("envfrom_bytes"))
    milter.set_envrcpt_callback(_in_session("envrcpt_bytes"))
    milter.set_body_callback(_in_session("body"))
    milter.set_eom_callback(_in_session("eom"))
    milter.set_close_callback(Milter.close_callback)
    milter.setconn(f"fd:{listen_fd}")
    milter.register("ptrgate", negotiate=Milter.negotiate_callback)
    milter.opensocket(False)


def _trouble(control: socket.socket, counters: Counters) -> None:
    counters.add(Counter.ERRORS)
    _send(control, kind="trouble")


def _report(_kind: type[BaseException], error: BaseException, _trace: TracebackType | None) -> None:
    """Say in one piece what was raised outside of a session."""
    if isinstance(error, UnicodeDecodeError):
        say(Level.WARNING, f"an argument that is no UTF-8: {error.object!r:.100}")
        return
    say(Level.ERROR, "error outside of a session: " + "".join(format_exception(error)))


def _in_session(method: str) -> Callable[..., int]:
    """Return the callback that calls a method of the session, if the MTA began with one."""

    def callback(ctx: Any, *words: Any) -> int:
        session = ctx.getpriv()
        return int(getattr(session, method)(*words) if session else milter.TEMPFAIL)

    return callback


def _send(control: socket.socket, **message: object) -> None:
    # To a supervisor that stands still nothing more is said than fits: no session waits for it.
    with contextlib.suppress(OSError):
        control.send(json.dumps(message).encode(), socket.MSG_DONTWAIT)


def _obey(listen_fd: int, control: socket.socket, setting: Setting) -> None:
    """Answer pings; on the order to leave, or when the supervisor is gone, leave when idle."""
    name = socket.socket(fileno=os.dup(listen_fd)).getsockname()
    while (order := control.recv(1)) == PING:
        _send(control, kind="alive")
    deaf, kept_open = socket.socketpair()
    os.dup2(deaf.fileno(), listen_fd)
    _send(control, kind="deaf")  # whoever connects from now on is another's
    control.settimeout(_IDLE_POLL)
    # Descriptors are looked at, not counters: a connection that was accepted just now and has
    # not reached a callback is a session too.
    while _has_session(name):
        if order:
            order = _answered(control)
        else:  # nobody is there to ask
            time.sleep(_IDLE_POLL)
    kept_open.close()
    setting.standing.close()
    os._exit(0)


def _answered(control: socket.socket) -> bytes:
    """Answer a ping if one comes soon; return nothing if the supervisor is gone."""
    try:
        order = control.recv(1)
    except TimeoutError:
        return PING
    if order == PING:
        _send(control, kind="alive")
    return order


def _has_session(name: str) -> bool:
    """Tell whether a connection is open that was accepted on the socket of this name."""
    for entry in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):  # no socket, or closed meanwhile
            if str(entry.readlink()).startswith("socket:"):
                with socket.socket(fileno=os.dup(int(entry.name))) as one:
                    if one.getsockname() == name:
                        return True
    return False


if __name__ == "__main__":
    sys.exit(main())
