# SPDX-License-Identifier: GPL-3.0-or-later
"""What only the host itself can look at: its units, and the milter behind Postfix's back."""

import socket
import struct
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from .result import Check, Result, Set

MILTER = "/var/spool/postfix/ptrgate/milter.sock"
SECONDS = 10.0
# Option negotiation of the milter protocol, version 6: all actions, all steps (libmilter/mfdef.h).
_HELLO = b"O" + struct.pack("!III", 6, 0x1FF, 0x1FFFFF)


def units(names: Iterable[str]) -> Iterator[Result]:
    """Ask systemd for the units of the release that this host has."""
    wanted = ["Id", "LoadState", "ActiveState", "SubState", "Type"]
    command = ["systemctl", "show", f"--property={','.join(wanted)}", *names]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True)
    except (OSError, subprocess.SubprocessError) as error:
        check = Check(Set.HOST, "units", "systemctl show", "active")
        yield check.unknown(f"systemd cannot be asked: {error}")
        return
    blocks = [
        dict(line.split("=", 1) for line in block.splitlines() if "=" in line)
        for block in done.stdout.split("\n\n")
    ]
    found = {block["Id"]: block for block in blocks if block.get("LoadState") == "loaded"}
    for name, block in found.items():
        check = Check(Set.HOST, name, f"systemctl show {name}", "active", _look(name))
        state = f"{block['ActiveState']} ({block['SubState']})"
        yield check.ok(state) if _runs(name, found) else check.bad(state, "it does not run")


def _look(name: str) -> str:
    return f"`journalctl -u {name} -n 20` says why; `systemctl restart {name}`"


def _runs(name: str, found: Mapping[str, Mapping[str, str]]) -> bool:
    """Tell whether a unit is as it should be.

    What a socket starts may wait. So may what does one thing and ends: that its timer runs is the
    timer's own check, and where nobody wants it there is none.
    """
    state = found[name]["ActiveState"]
    socket_unit = found.get(f"{Path(name).stem}.socket", {}) if name.endswith(".service") else {}
    once = found[name].get("Type") == "oneshot"
    waits = once or socket_unit.get("ActiveState") == "active"
    return state in ("active", "reloading") or (waits and state in ("inactive", "activating"))


def milter(path: str = MILTER) -> Result:
    """Say to the milter what Postfix says first, and wait for its answer."""
    change = _look("ptrgate-milter.service")
    check = Check(Set.HOST, "milter answers", "option negotiation", "its options", change, path)
    try:
        with socket.socket(socket.AF_UNIX) as channel:
            channel.settimeout(SECONDS)
            channel.connect(path)
            channel.sendall(struct.pack("!I", len(_HELLO)) + _HELLO)
            answer = channel.recv(64)
    except OSError as error:
        return check.bad(str(error), "Postfix asks every client to come again")
    if answer[4:5] != b"O":
        return check.bad(repr(answer[:20]), "this is not how a milter answers")
    return check.ok(f"milter protocol {int.from_bytes(answer[5:9])}")
