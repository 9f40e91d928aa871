# SPDX-License-Identifier: GPL-3.0-or-later
"""The file of the memory: an SQLite database that may be lost at any time, and never stops mail.

SQLite, because it reads through system calls: a file that was cut off or scribbled over is an
error to handle, where a database in mapped memory (LMDB) ends the worker that touches it with
SIGBUS. In WAL mode readers never wait, and a worker that is killed leaves nothing locked.
"""

import contextlib
import sqlite3
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

from .places import TABLES, Place, Record

PATIENCE = 2.0  # seconds to wait for another worker's batch

_OURS = (0x50545267, 1)  # "PTRg", and the version of the tables
_BROKEN = (
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_NOTADB,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_READONLY,
)

# Every statement exists once a family: the names of tables cannot be parameters.
_CREATE = """
CREATE TABLE {0} (key BLOB PRIMARY KEY, host BLOB NOT NULL, seen INTEGER NOT NULL,
                  lost INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX {0}_by_age ON {0} (seen);
"""
_FIND = "SELECT seen, lost FROM {0} WHERE key = ? AND host = ?"
_COUNT = "SELECT count(*) FROM {0}"
_ADD = "INSERT INTO {0} VALUES (?, ?, ?, ?) ON CONFLICT (key) DO NOTHING"
# Only what is new, or a day newer: otherwise no page is touched. What is later than now was
# written before the clock was set back.
_RENEW = (
    "UPDATE {0} SET host = ?2, seen = ?3, lost = ?4 WHERE key = ?1"
    " AND (host <> ?2 OR lost <> ?4 OR ?3 - seen NOT BETWEEN 0 AND 23)"
)
_DROP = "DELETE FROM {0} WHERE key = ? AND host = ?"
_DROP_OLDEST = (
    "DELETE FROM {0} WHERE key IN (SELECT key FROM {0} WHERE seen < ? ORDER BY seen LIMIT ?)"
)
# What other hosts of a fleet saw: it adds, and renews what is a day older, and undoes nothing that
# this host has seen itself.
_LEARN = (
    "INSERT INTO {0} VALUES (?1, ?2, ?3, 0) ON CONFLICT (key) DO UPDATE SET seen = ?3"
    " WHERE host = ?2 AND lost = 0 AND ?3 - seen > 23"
)
_LATEST = "SELECT key, host, seen FROM {0} WHERE seen >= ? AND lost = 0 ORDER BY seen DESC LIMIT ?"
_LATEST_NOTES = "SELECT key, seen FROM {0} WHERE seen >= ? ORDER BY seen DESC LIMIT ?"
_FUTURE = 1 << 40  # hours, days or seconds

# Notes: a key and when. Made wherever they are missing, so that releases before and after share
# the file.
NOTES = ("warned4", "warned6", "written")
_CREATE_NOTES = """
CREATE TABLE IF NOT EXISTS {0} (key BLOB PRIMARY KEY, seen INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS {0}_by_age ON {0} (seen);
"""
_MADE = "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name IN (?, ?, ?)"
_FIND_NOTE = "SELECT seen FROM {0} WHERE key = ?"
_NOTE = (
    "INSERT INTO {0} VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET seen = ?2"
    " WHERE seen < ?3 OR seen > ?2"
)


class ForeignFile(sqlite3.DatabaseError):
    """The file is a database, and not ours."""


class Ledger:
    """One process's way to the file, for many threads. Everything may raise sqlite3.Error."""

    def __init__(self, path: Path) -> None:
        """Open the file at ``path``, made if there is none."""
        self._path = path
        self._writing, self._reading = threading.Lock(), threading.Lock()
        self._writer, self._reader = _opened(path), _opened(path)
        self._inode = path.stat().st_ino

    def is_current(self) -> bool:
        """Tell whether this is still the file at its path."""
        try:
            return self._path.stat().st_ino == self._inode
        except OSError:
            return False

    def find(self, place: Place) -> Record | None:
        """Return what is known of an address."""
        with self._reading:
            query = self._reader.execute(_FIND.format(place.table), (place.key, place.host))
            row = query.fetchone()
        return Record(*row) if row else None

    def count(self, table: str) -> int:
        """Count the addresses of a family; a million takes some milliseconds."""
        with self._reading:
            (number,) = self._reader.execute(_COUNT.format(table)).fetchone()
        return int(number)

    def put(self, records: Mapping[Place, Record]) -> int:
        """Write records in one transaction; return how many of the addresses are new."""
        new = 0
        with self._transaction():
            for table in TABLES:
                # in the order of the keys: neighbours share a page
                rows = sorted(
                    (place.key, place.host, *record)
                    for place, record in records.items()
                    if place.table == table
                )
                new += max(0, self._writer.executemany(_ADD.format(table), rows).rowcount)
                self._writer.executemany(_RENEW.format(table), rows)
        return new

    def learn(self, table: str, seen: Mapping[Place, int]) -> None:
        """Add who passed at other hosts, by the hour; what is known here is only made younger."""
        rows = sorted((place.key, place.host, hour) for place, hour in seen.items())
        with self._transaction():
            self._writer.executemany(_LEARN.format(table), rows)

    def latest(self, table: str, since: int, limit: int) -> dict[Place, int]:
        """Return who passed since that hour and has its name still, the latest first."""
        with self._reading:
            rows = self._reader.execute(_LATEST.format(table), (since, limit)).fetchall()
        return {Place(table, key, host): seen for key, host, seen in rows}

    def latest_notes(self, table: str, since: int, limit: int) -> dict[bytes, int]:
        """Return what was noted in one of `NOTES` since that time, the latest first."""
        with self._reading:
            return dict(self._reader.execute(_LATEST_NOTES.format(table), (since, limit)))

    def drop(self, place: Place) -> None:
        """Forget one address."""
        with self._transaction():
            self._writer.execute(_DROP.format(place.table), (place.key, place.host))

    def prune(self, table: str, *, before: int, limit: int, batch: int) -> int:
        """Forget who was last seen before that hour, and the oldest beyond ``limit``.

        Each at most ``batch`` at a time, so that nobody waits long. Return how many went.
        """
        statement = _DROP_OLDEST.format(table)
        with self._transaction():
            gone = self._writer.execute(statement, (before, batch)).rowcount
            (number,) = self._writer.execute(_COUNT.format(table)).fetchone()
            excess = min(number - limit, batch)
            if excess > 0:
                gone += self._writer.execute(statement, (_FUTURE, excess)).rowcount
        return gone

    def noted(self, table: str, key: bytes) -> int | None:
        """Return when a key of one of `NOTES` was noted."""
        with self._reading:
            row = self._reader.execute(_FIND_NOTE.format(table), (key,)).fetchone()
        return int(row[0]) if row else None

    def note(self, table: str, notes: Mapping[bytes, int], before: int) -> None:
        """Note keys and when; one that is there stays unless it is older than that, or later."""
        with self._transaction():
            rows = [(key, when, before) for key, when in sorted(notes.items())]
            self._writer.executemany(_NOTE.format(table), rows)

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._writing:
            self._writer.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._writer.execute("COMMIT")
            except BaseException:
                with contextlib.suppress(sqlite3.Error):
                    self._writer.execute("ROLLBACK")
                raise


def is_broken(error: sqlite3.Error) -> bool:
    """Tell whether the file is at fault, rather than the disk or the other workers."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_OK) & 0xFF
    return isinstance(error, ForeignFile) or code in _BROKEN


def _opened(path: Path) -> sqlite3.Connection:
    file = sqlite3.connect(path, timeout=PATIENCE, isolation_level=None, check_same_thread=False)
    try:
        file.execute("PRAGMA journal_mode = WAL")
        file.execute("PRAGMA synchronous = NORMAL")  # loses seconds to a power cut, never the file
        file.execute("PRAGMA journal_size_limit = 4194304")
        _make_tables(file)
    except BaseException:
        file.close()
        raise
    return file


def _make_tables(file: sqlite3.Connection) -> None:
    file.execute("BEGIN IMMEDIATE")
    (found,) = file.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if not found:
        for statement in "".join(map(_CREATE.format, TABLES)).split(";"):
            file.execute(statement)
        file.execute(f"PRAGMA application_id = {_OURS[0]}")
        file.execute(f"PRAGMA user_version = {_OURS[1]}")
    file.execute("COMMIT")
    pragmas = ("PRAGMA application_id", "PRAGMA user_version")
    if tuple(file.execute(pragma).fetchone()[0] for pragma in pragmas) != _OURS:
        raise ForeignFile("it is a database of something else")
    (made,) = file.execute(_MADE, NOTES).fetchone()
    if made < len(NOTES):
        tables = "".join(map(_CREATE_NOTES.format, NOTES))
        file.executescript(f"BEGIN IMMEDIATE;{tables}COMMIT")
