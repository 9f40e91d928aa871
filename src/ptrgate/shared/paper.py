# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads a file of settings without trusting that it is one: regular, not endless, UTF-8."""

import os
import stat
from pathlib import Path

MOST = 4 << 20  # octets; ten thousand exemptions are two millions
ALLOWED = f"a readable file, UTF-8, at most {MOST >> 20} MiB"


class Unusable(OSError):  # noqa: N818 (what happened, as BadPolicy)
    """No text can be had of a file; str() is the sentence for the operator."""

    def __init__(self, file: Path, found: str) -> None:
        """Say what was found instead."""
        super().__init__(f"{file}: the file: found {found}; allowed: {ALLOWED}")
        self.found = found


def paper(file: Path, *, waits: bool = False) -> str:
    """Return the text of a file; raises Unusable.

    Never waits, whatever stands in its place, unless told so: for whoever may be given a pipe.
    """
    flags = os.O_RDONLY | os.O_CLOEXEC | (0 if waits else os.O_NONBLOCK)
    try:
        with os.fdopen(os.open(file, flags), "rb") as stream:
            is_fit = waits or stat.S_ISREG(os.fstat(stream.fileno()).st_mode)
            octets = stream.read(MOST + 1) if is_fit else b""
    except OSError as error:
        raise Unusable(file, error.strerror or str(error)) from None
    if not is_fit:
        raise Unusable(file, "no regular file")
    if len(octets) > MOST:
        raise Unusable(file, f"more than {MOST >> 20} MiB")
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Unusable(file, f"no UTF-8 from octet {error.start + 1} on") from None
