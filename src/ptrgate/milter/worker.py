# SPDX-License-Identifier: GPL-3.0-or-later
"""One worker: it serves milter connections, and hears what the supervisor orders.

Started by the supervisor as ``python3 -m ptrgate.milter.worker LISTEN_FD CONTROL_FD`` with its
policy and keys on standard input. A worker is never sent a signal: that would cut open sessions.
Instead it is told ``leave`` (or the control socket closes because the supervisor is gone); then it
takes no more connections, open sessions end in peace, and the process leaves when none is left.
"""

import contextlib
import json
import os
import socket
import sys
import time
from functools import partial

from ..judge.policy import BadPolicy
from ..judge.token import BadKeys
from ..shared.counters import Counter, Counters
from .child import PING
from .equip import claim_counters, read_setting
from .server import Server
from .session import Session

BAD_CONFIGURATION = 78  # EX_CONFIG of sysexits(3)

_IDLE_POLL = 0.1  # seconds


def main() -> int:
    """Serve until told to leave; return 78 if policy or keys cannot be used."""
    listen_fd, control = int(sys.argv[1]), socket.socket(fileno=int(sys.argv[2]))
    material = json.load(sys.stdin)
    counters = claim_counters(material["state"])
    server = Server(socket.socket(fileno=listen_fd))
    try:
        setting = read_setting(material, counters, server.step_aside)
    except BadPolicy as error:
        _send(control, kind="unfit", reason=str(error))
        return BAD_CONFIGURATION
    except BadKeys as error:
        words = f"the keys of notices, {error} (role variable ptrgate_token_keys)"
        _send(control, kind="unfit", reason=words)
        return BAD_CONFIGURATION
    on_error = partial(_trouble, control, counters)
    server.start(lambda: Session(setting, on_error))
    _send(
        control,
        kind="ready",
        workers=setting.policy.milter_workers,
        policy=setting.policy.digest,
        mode=setting.policy.mode,
        answers=True,
        tells_deaf=True,
    )
    _obey(control, server)
    setting.standing.close()
    # The threads wait for sessions that nobody brings any more, and are not to be waited for.
    os._exit(0)


def _trouble(control: socket.socket, counters: Counters) -> None:
    counters.add(Counter.ERRORS)
    _send(control, kind="trouble")


def _send(control: socket.socket, **message: object) -> None:
    # To a supervisor that stands still nothing more is said than fits: no session waits for it.
    with contextlib.suppress(OSError):
        control.send(json.dumps(message).encode(), socket.MSG_DONTWAIT)


def _obey(control: socket.socket, server: Server) -> None:
    """Answer pings; on the order to leave, or when the supervisor is gone, return when idle."""
    while (order := control.recv(1)) == PING:
        _answer(control, server)
    server.deafen()
    _send(control, kind="deaf")  # whoever connects from now on is another's
    control.settimeout(_IDLE_POLL)
    while server.sessions:
        if order:
            order = _answered(control, server)
        else:  # nobody is there to ask
            time.sleep(_IDLE_POLL)


def _answered(control: socket.socket, server: Server) -> bytes:
    """Answer a ping if one comes soon; return nothing if the supervisor is gone."""
    try:
        order = control.recv(1)
    except TimeoutError:
        return PING
    if order == PING:
        _answer(control, server)
    return order


def _answer(control: socket.socket, server: Server) -> None:
    """Say that this worker lives, unless nobody is served."""
    if server.moves:
        _send(control, kind="alive")


if __name__ == "__main__":
    sys.exit(main())
