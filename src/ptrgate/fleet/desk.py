# SPDX-License-Identifier: GPL-3.0-or-later
"""What a host knows of the fleet's exemptions, kept beside its own: one small file, never precious.

Lost, it is made anew: the host's own exemptions count from when they were made, so what the fleet
took back meanwhile stays taken back.
"""

import json
from collections.abc import Mapping
from pathlib import Path

from ..shared.amending import put
from .record import BadRecord, Record, from_table, table

FILE_NAME = "fleet.json"
_MOST = 1 << 23  # octets


def load(directory: Path) -> dict[str, Record]:
    """Return what is known; nothing if there is no file. Raises BadRecord."""
    file = directory / FILE_NAME
    try:
        with file.open("rb") as stream:
            known = json.loads(stream.read(_MOST))
        records = [from_table(one) for one in known["exemptions"]]
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
        raise BadRecord(f"{file}: {error}") from None
    return {one.id: one for one in records}


def save(directory: Path, known: Mapping[str, Record]) -> None:
    """Write down what is known; raises OSError."""
    tables = [table(one) for _, one in sorted(known.items())]
    put(directory / FILE_NAME, json.dumps({"exemptions": tables}, indent=1) + "\n")
