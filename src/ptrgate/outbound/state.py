# SPDX-License-Identifier: GPL-3.0-or-later
"""The gate's memory: gate.json, read and written whole.

Nothing is guessed from a file that cannot be read: ``BadState`` leaves the gate where it is.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ..shared.amending import put
from .gate import FamilyState, Mode, Override, Rung, State
from .guard import Kept
from .verdict import Family

VERSION = 1


class BadState(Exception):  # noqa: N818 - named for what happened, as all errors here are
    """gate.json is missing, or cannot be believed or written; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Record:
    """What gate.json holds: the state, the last proof, and what is still to be done.

    ``proofs`` are the rows of ``proof.as_dict``. Times are Unix seconds. ``moves`` counts how often
    rung or mode changed, ``kept`` is what waits for the gate, ``asked`` whether Postfix asks it.
    """

    state: State
    proofs: tuple[Mapping[str, Any], ...] = ()
    proved_at: float | None = None
    reload_due: bool = False
    flush_again_at: float | None = None
    moves: int = 0
    kept: Kept = Kept()  # noqa: RUF009 - it is frozen
    asked: bool = True


def read(path: Path) -> Record:
    """Return what the file holds, or raise ``BadState``."""
    try:
        return _record(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise BadState(
            f"{path} does not exist, so the gate has no state and nothing was changed: "
            "run `ptrgate gate init`"
        ) from None
    except OSError as error:
        raise BadState(f"{path} cannot be read: {error.strerror}") from None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadState(
            f"{path} is damaged ({type(error).__name__}: {error}); the gate stays as it is. "
            "Move the file away, then run `ptrgate gate init`"
        ) from None


def write(path: Path, record: Record) -> None:
    """Put the record in the file's place; a reader sees the old one or the new one.

    Raises ``BadState`` where it cannot be written.
    """
    state = asdict(record.state)
    rest = {
        "proofs": list(record.proofs),
        "proved_at": record.proved_at,
        "reload_due": record.reload_due,
        "flush_again_at": record.flush_again_at,
        "moves": record.moves,
        "kept": asdict(record.kept),
        "asked": record.asked,
    }
    text = json.dumps({"version": VERSION, **state, **rest}, indent=2) + "\n"
    try:
        put(path, text, mode=0o644)
    except OSError as error:
        raise BadState(
            f"{path} cannot be written ({error.strerror}), and until it can the gate opens nothing "
            "and remembers nothing. It takes root, and room on that disk"
        ) from None


def _record(data: Mapping[str, Any]) -> Record:
    if data["version"] != VERSION:
        raise ValueError(f"version {data['version']!r} is not {VERSION}")
    return Record(
        state=State(
            mode=Mode(data["mode"]),
            rung=Rung(data["rung"]),
            would=Rung(data["would"]),
            since=float(data["since"]),
            families={Family(k): _family(v) for k, v in data["families"].items()},
            override=_override(data.get("override")),
        ),
        proofs=tuple(dict(proof) for proof in data["proofs"]),
        proved_at=_time(data["proved_at"]),
        reload_due=_truth(data["reload_due"]),
        flush_again_at=_time(data["flush_again_at"]),
        moves=int(data.get("moves", 0)),
        kept=_kept(data.get("kept", {})),
        asked=_truth(data.get("asked", True)),
    )


def _override(data: Mapping[str, Any] | None) -> Override | None:
    return None if data is None else Override(**{**data, "rung": Rung(data["rung"])})


def _kept(data: Mapping[str, Any]) -> Kept:
    return Kept(int(data.get("waiting", 0)), int(data.get("guarded", 0)), _time(data.get("oldest")))


def _family(data: Mapping[str, Any]) -> FamilyState:
    return FamilyState(
        open=_truth(data["open"]),
        passes=int(data["passes"]),
        fails=int(data["fails"]),
        counted_at=_time(data["counted_at"]),
        certain=int(data.get("certain", 0)),
    )


def _time(value: object) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{value!r} is no time")
    return float(value)


def _truth(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"{value!r} is neither true nor false")
    return value
