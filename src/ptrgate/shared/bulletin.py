# SPDX-License-Identifier: GPL-3.0-or-later
"""What the supervisor says of itself and its workers, for whoever asks: one small JSON file.

A supervisor outlives releases, so this is no place in the counters' file, whose layout is that of
one release: a reader takes the keys it knows and gives the missing ones their defaults.
"""

import contextlib
import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Self

_NAME = "supervisor.json"
_OCTETS = 1024  # of the file, always: on a full disk it is written over where it stands


@dataclass(frozen=True, slots=True)
class Bulletin:
    """The state of the workers at ``seen`` (seconds since the epoch), and totals of this host.

    ``refused`` says why a newer policy or release was refused, "" if none was; ``paused_until``
    is 0 without a pause. ``died`` are the workers that ended unasked, ``hung`` those that were
    killed because they were silent.
    """

    seen: int = 0
    policy: str = ""
    mode: str = ""
    refused: str = ""
    paused_until: int = 0
    wanted: int = 0
    serving: int = 0
    leaving: int = 0
    started: int = 0
    died: int = 0
    hung: int = 0
    reloads: int = 0
    reloads_refused: int = 0

    @classmethod
    def read(cls, directory: str) -> Self:
        """Return what was said last; an empty bulletin if nothing was, or nothing can be read."""
        said: Any = None
        with contextlib.suppress(OSError, ValueError):
            said = json.loads((Path(directory) / _NAME).read_text(encoding="utf-8"))
        known = {one.name: type(one.default) for one in fields(cls)}
        told = said.items() if isinstance(said, dict) else ()
        values: dict[str, Any] = {key: one for key, one in told if type(one) is known.get(key)}
        return cls(**values)

    def write(self, directory: str) -> None:
        """Replace the last one; without a directory, or if it cannot be written, do nothing.

        Only its own user writes in that directory, and one supervisor.
        """
        if not directory:
            return
        file, text = Path(directory) / _NAME, json.dumps(asdict(self)).ljust(_OCTETS)
        beside = file.with_name(f".{_NAME}")
        try:
            beside.write_text(text, encoding="utf-8")
            beside.chmod(0o640)  # for the group of the service
            beside.rename(file)
        except OSError:
            with contextlib.suppress(OSError), file.open("r+", encoding="utf-8") as stream:
                stream.write(text)
                stream.truncate()
