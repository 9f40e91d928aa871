# SPDX-License-Identifier: GPL-3.0-or-later
"""Things break while clients write: counts come out even, and nobody waits long."""

from dataclasses import dataclass

import pytest

from tests.outage import MILTER, letters, main_pids, on_all, sessions_open, wait_for, workers

PID = "$(systemctl show -P MainPID ptrgate-milter)"
LONGEST = (
    45  # seconds for one reply, on a busy machine; Postfix itself gives up on a milter after 30
)


@dataclass(frozen=True)
class Fault:
    """What is done, how it is undone ("" where it heals by itself), and what senders may see.

    Hundreds of the replies, 0 if the connection was lost: of good and of bad senders that come
    afterwards, and of bad ones in the middle of a session; good ones there need no milter any more.
    """

    done: str
    undone: str = ""
    good: tuple[int, ...] = (2, 0, 4)
    bad: tuple[int, ...] = (5, 0, 4)
    amid: tuple[int, ...] = (5, 0, 4)


# What stops in good order waits for its open sessions, so nobody waits for it here.
STOP = "systemctl stop --no-block"
FAULTS = {
    "all workers are killed at once": Fault(f"pkill -KILL -P {PID}", amid=(4,)),
    "the supervisor is killed": Fault(f"kill -KILL {PID}", amid=(4,)),
    "the milter is restarted": Fault(
        "systemctl restart --no-block ptrgate-milter", "", (2,), (5,), (5,)
    ),
    "the milter is stopped, its socket listens": Fault(
        f"{STOP} ptrgate-milter.service 2> /dev/null", "", (2,), (5,), (5,)
    ),
    "the milter's socket is stopped": Fault(
        f"{STOP} {MILTER}", f"systemctl start {MILTER}", (4,), (4,), (5,)
    ),
    "the resolver is stopped": Fault("systemctl stop unbound", "systemctl start unbound"),
    "the door to DNS is stopped": Fault(
        "systemctl stop ptrgate-dns.socket ptrgate-dns.service",
        "systemctl start ptrgate-dns.socket ptrgate-dns.service",
        amid=(5,),
    ),
    "one worker hangs": Fault(f"kill -STOP $(pgrep -P {PID} | head -1)", "", (2, 4), (5, 4)),
    "all workers hang": Fault(f"pkill -STOP -P {PID}", "", (2, 4), (5, 4), (4,)),
    "the supervisor hangs": Fault(f"kill -STOP {PID}", "", (2,), (5,), (5,)),
}
HANGS = {
    "one worker hangs": workers,
    "all workers hang": workers,
    "the supervisor hangs": main_pids,
}


@pytest.mark.parametrize("name", FAULTS)
def test_counts_come_out_even_when(name, books):
    fault, running = FAULTS[name], HANGS.get(name, dict)
    before = running()
    with sessions_open(books) as middle:
        on_all(fault.done)
    rows = books.burst(letters(1))
    amid = middle.result()
    seen = {wanted: {r["code"] // 100 for r in rows if r["wanted"] is wanted} for wanted in (1, 0)}
    if name in HANGS:
        assert wait_for(lambda: all(running()[h] != before[h] for h in before), 30), running()
    on_all(fault.undone or "true")
    assert books.try_again(), books.deferred()
    assert books.wrongs() == []
    assert seen[1] <= set(fault.good), rows
    assert seen[0] <= set(fault.bad), rows
    assert {row["code"] // 100 for row in amid if not row["wanted"]} <= set(fault.amid), amid
    assert max(books.waits) < LONGEST
