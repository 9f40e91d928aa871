# SPDX-License-Identifier: GPL-3.0-or-later
"""The oracle: a pymilter that knows every client of the crowd and judges none. Runs alone.

``oracle.py SOCKET FIRST-ADDRESS KINDS`` takes the steps that PTRgate's milter takes and answers
what it answers, without looking anything up, counting, or writing: what any milter in Python costs.
``KINDS`` has one letter for each hundred clients' place, "a" for a client to accept.
"""

from __future__ import annotations

import sys
from ipaddress import IPv4Address
from typing import Any

import Milter
from Milter import milter

SOCKET, FIRST, KINDS = sys.argv[1], int(IPv4Address(sys.argv[2])), sys.argv[3]
UNWANTED = (
    Milter.P_NODATA | Milter.P_NOHDRS | Milter.P_NOEOH | Milter.P_NOUNKNOWN | Milter.P_NR_HELO
)
WORDS = "Relaying denied: the bench says so. See http://help.example.org/r/" + "0" * 32


class Oracle(Milter.Base):  # type: ignore[misc] # pymilter publishes no types
    """One milter connection."""

    def negotiate(self, opts: list[int]) -> int:
        """Ask for the steps that PTRgate asks for."""
        opts[:] = [opts[0] & Milter.ADDHDRS, opts[1] & UNWANTED, 0, 0]
        return int(Milter.CONTINUE)

    def connect(self, _hostname: str, _family: int, hostaddr: Any) -> int:
        """Accept a good client, and hold any other."""
        place = (int(IPv4Address(hostaddr[0])) - FIRST) % len(KINDS)
        return int(Milter.ACCEPT if KINDS[place] == "a" else Milter.CONTINUE)

    def envrcpt(self, *_words: str) -> int:
        """Refuse."""
        self.setreply("550", "5.7.25", WORDS)
        return int(Milter.REJECT)


Milter.factory = Oracle
milter.set_flags(Milter.ADDHDRS)
milter.set_connect_callback(Milter.connect_callback)
milter.set_helo_callback(lambda _ctx, _name: Milter.NOREPLY)
milter.set_envfrom_callback(lambda _ctx, *_words: Milter.CONTINUE)
milter.set_envrcpt_callback(lambda ctx, *words: ctx.getpriv().envrcpt(*words))
milter.set_close_callback(Milter.close_callback)
milter.setconn(SOCKET)
milter.register("oracle", negotiate=Milter.negotiate_callback)
milter.opensocket(True)
milter.main()
