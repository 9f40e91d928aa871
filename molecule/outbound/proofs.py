# SPDX-License-Identifier: GPL-3.0-or-later
"""Prove each address of the table and say where a gate with it ends; on an appliance.

Reads ``{name: [addresses]}``, prints ``{name: {rows, rung, relayed}}``: the rows as `ptrgate gate
explain --json` has them, the rung without and with a smarthost.
"""

import json
import sys
from concurrent.futures import ThreadPoolExecutor

from ptrgate.outbound.egress import egress
from ptrgate.outbound.gate import Mode, Terms, start, step
from ptrgate.outbound.panel import panel
from ptrgate.outbound.proof import Proof, by_family, prove
from ptrgate.outbound.rows import as_dict
from ptrgate.outbound.settings import Settings

HELO = "mx-trixie.company.example"


def rung(proofs: tuple[Proof, ...], terms: Terms) -> str:
    """Return where a gate ends that began closed."""
    state = start(Mode.PROVE, 0.0)
    for number in range(1, 10):
        state = step(state, by_family(proofs), number * terms.interval, terms)
    return state.rung.value


def proved(addresses: list[str]) -> dict[str, object]:
    """Prove the addresses of one row."""
    asked = panel([("127.0.0.1", 53)], Settings(helo=HELO), try_seconds=0.7)
    proofs = prove(egress(addresses, look=None), asked)
    return {
        "rows": [as_dict(proof) for proof in proofs],
        "rung": rung(proofs, Terms()),
        "relayed": rung(proofs, Terms(smarthost=True)),
    }


table = json.load(sys.stdin)
with ThreadPoolExecutor(6) as crowd:
    json.dump(dict(zip(table, crowd.map(proved, table.values()), strict=True)), sys.stdout)
