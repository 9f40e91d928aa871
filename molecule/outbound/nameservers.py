# SPDX-License-Identifier: GPL-3.0-or-later
"""Name servers for the rounds, on the host `dns`: nameservers.py LANES ROUNDS

Each lane, a letter, has a reverse zone and a zone of names on two addresses of one NSD that tells
the truth: of two addresses a round, the first has a PTR record, that of the second is gone. Beside
it stand servers that fail: one never had the PTR records, one still has all of them, one has lost
its zone files (SERVFAIL), one answers UDP with "truncated". Nothing may be cached: the rounds'
clock runs faster than the caches'. Without arguments: take them away.
"""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

HOME = Path("/run/lab-rounds")
NETWORK = "198.18.53"
SERVERS = {"empty": 2, "stale": 3, "truncating": 4, "broken": 5}  # the last octet
SOA = "@ SOA hidden.example. postmaster.company.example. 1 3600 600 86400 0"
CONF = """server:
{addresses}  username: nsd
  zonesdir: {home}
  pidfile: {home}/pid
  xfrdfile: {home}/xfrd
  zonelistfile: {home}/list
  database: ""
  server-count: 1
  rrl-ratelimit: {limit}
  rrl-slip: 1
  rrl-whitelist-ratelimit: {limit}
remote-control:
  control-enable: no
"""


def word(number: int) -> str:
    """Return a name's first label; a number would look like a customer's line."""
    return "mail" + "abcdefghijklmnopqrstuvwxyz"[number // 26] + chr(ord("a") + number % 26)


def zones(number: int, lane: str, rounds: int, pointers: str) -> Iterator[tuple[str, str]]:
    """Yield the two zones of a lane; ``pointers`` says who has one: true, none, or all."""
    top = f"$TTL 0\n{SOA}\n" + "".join(
        f"@ NS {which}-{lane}-server.example.\n" for which in ("first", "second")
    )
    hosts = range(1, 2 * rounds + 1)
    having = {"true": [n for n in hosts if n % 2], "none": [], "all": list(hosts)}[pointers]
    reverse = "".join(f"{n} PTR {word(n)}.lane-{lane}.example.\n" for n in having)
    forward = "".join(f"{word(n)} A 198.18.{200 + number}.{n}\n" for n in hosts)
    yield f"{200 + number}.18.198.in-addr.arpa", top + reverse
    yield f"lane-{lane}.example", top + forward


def serve(
    server: str, octets: list[int], lanes: str, rounds: int, pointers: str, limit: int = 0
) -> None:
    """Start one NSD; without ``pointers`` its zones have no files."""
    home = HOME / server
    home.mkdir(parents=True)
    addresses = "".join(f"  ip-address: {NETWORK}.{octet}\n" for octet in octets)
    conf = CONF.format(addresses=addresses, home=home, limit=limit)
    for number, lane in enumerate(lanes):
        for zone, text in zones(number, lane, rounds, pointers or "none"):
            conf += f'zone:\n  name: "{zone}"\n  zonefile: "{zone}"\n'
            if pointers:
                (home / zone).write_text(text)
    (home / "conf").write_text(conf)
    shutil.chown(home, "nsd")
    command = ["nsd", "-d", "-P", "", "-c", str(home / "conf")]
    unit = ["systemd-run", "--quiet", "--collect", f"--unit=lab-rounds-{server}"]
    subprocess.run([*unit, *command], check=True)


def stop() -> None:
    """Take all away."""
    units = [f"lab-rounds-{server}" for server in ("true", *SERVERS)]
    subprocess.run(["systemctl", "stop", *units], check=False, capture_output=True)
    shutil.rmtree(HOME, ignore_errors=True)


stop()
if sys.argv[1:]:
    wanted, number = sys.argv[1], int(sys.argv[2])
    serve("true", list(range(10, 10 + 2 * len(wanted))), wanted, number, "true")
    serve("empty", [SERVERS["empty"]], wanted, number, "none")
    serve("stale", [SERVERS["stale"]], wanted, number, "all")
    serve("truncating", [SERVERS["truncating"]], wanted, number, "true", limit=1)
    serve("broken", [SERVERS["broken"]], wanted, number, "")
