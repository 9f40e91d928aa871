# SPDX-License-Identifier: GPL-3.0-or-later
"""The one file that speaks with the store, a Redis or Valkey, by Debian's python3-redis.

What it holds: ``ptrgate:exemptions``, a hash of signed records by id; ``ptrgate:changes``, how
often it was changed; ``ptrgate:learnt``, a stream of signed batches. Nothing that it answers is
believed before its signature is, and it is never waited for longer than `SECONDS` at a time.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from .agree import MOST
from .shelf import AT_ONCE, BEGINNING, Away, number_of

SECONDS = 2.0  # for one answer
RECORDS = 4 * MOST  # of exemptions, also those taken back; a store with more is not ours alone
BATCHES = 2000  # kept for hosts that come later
_EXEMPTIONS, _CHANGES, _LEARNT = "ptrgate:exemptions", "ptrgate:changes", "ptrgate:learnt"
_P = ParamSpec("_P")
_T = TypeVar("_T")


def _told(work: Callable[_P, _T]) -> Callable[_P, _T]:
    """Let whatever goes wrong be `Away`: what answers there may be no store at all."""

    @wraps(work)
    def tried(*arguments: _P.args, **named: _P.kwargs) -> _T:
        try:
            return work(*arguments, **named)
        except (redis.RedisError, OSError, ValueError, TypeError, LookupError) as error:
            words = ascii(str(error) or type(error).__name__)[1:-1]
            raise Away(words[:200].rstrip(". ")) from None

    return tried


class Store:
    """A `Shelf` in a Redis or Valkey, by one connection."""

    def __init__(self, url: str, password: str, ca: str) -> None:
        """Know where it is; nothing is connected yet. Raises ValueError for a URL that is none."""
        tls: dict[str, Any] = {}
        if url.startswith("rediss:"):
            if not Path(ca).is_file():
                raise ValueError(f"there is no file {ca}")
            tls = {"ssl_ca_certs": ca, "ssl_check_hostname": True, "ssl_cert_reqs": "required"}
        self._redis: Any = redis.Redis.from_url(
            url,
            password=password or None,
            socket_timeout=SECONDS,
            socket_connect_timeout=SECONDS,
            retry=Retry(NoBackoff(), 0),
            max_connections=1,
            **tls,
        )

    def close(self) -> None:
        """Leave the connection, as `Shelf` says."""
        self._redis.connection_pool.disconnect()

    @_told
    def changes(self) -> bytes | None:
        """Return what is another text whenever an exemption was changed."""
        return _octets(self._redis.get(_CHANGES))

    @_told
    def records(self) -> dict[str, bytes]:
        """Return everything that is said to be an exemption, as it is."""
        number = int(self._redis.hlen(_EXEMPTIONS))
        if number > RECORDS:
            raise Away(f"it holds {number} exemptions; a fleet shares {RECORDS} at most")
        known = self._redis.hgetall(_EXEMPTIONS).items()
        return {bytes(name).decode("ascii", "replace"): bytes(value) for name, value in known}

    @_told
    def tell(self, records: Mapping[str, bytes], gone: Iterable[str]) -> None:
        """Put records in their places, forget others, and let the fleet notice."""
        with self._redis.pipeline(transaction=True) as orders:
            if records:
                orders.hset(_EXEMPTIONS, mapping=dict(records))
            for name in gone:
                orders.hdel(_EXEMPTIONS, name)
            orders.incrby(_CHANGES)
            orders.execute()

    @_told
    def add(self, batch: bytes) -> bytes:
        """Add one batch; return by what it is known."""
        place = {"batch": batch}
        return bytes(self._redis.xadd(_LEARNT, place, maxlen=BATCHES, approximate=True))

    @_told
    def after(self, last: bytes) -> list[tuple[bytes, bytes]]:
        """Return some batches that came after that one, each with what it is known by."""
        answer = self._redis.xread({_LEARNT: last}, count=AT_ONCE)
        entries = answer[0][1] if answer else []
        found = [(bytes(name), bytes(fields.get(b"batch", b""))) for name, fields in entries]
        return [entry for entry in found if number_of(entry[0]) > number_of(last)]

    @_told
    def reaches(self, last: bytes) -> bool:
        """Tell whether the store knows of that batch; one that lost what it had does not."""
        if last == BEGINNING:
            return bool(self._redis.exists(_LEARNT))
        newest = self._redis.xrevrange(_LEARNT, count=1)
        return bool(newest) and number_of(bytes(newest[0][0])) >= number_of(last)


def _octets(value: object) -> bytes | None:
    if value is not None and not isinstance(value, bytes):
        raise TypeError("it answers what is none")
    return value
