# SPDX-License-Identifier: GPL-3.0-or-later
"""A fleet of four for the price of two: a twin of each appliance, as it stands."""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager

from lab.mail import ROOT
from lab.podman import podman, remove, start

HOSTS = ("mx-bookworm", "mx-trixie")
ADDRESSES = {f"{HOSTS[0]}-2": 45, f"{HOSTS[1]}-2": 46}  # as in inventory/rollout
IMAGE = "localhost/ptrgate-lab-twin"
WAIT = 180.0


@contextmanager
def twins() -> Iterator[list[str]]:
    """Start a twin of each appliance; yield their names; remove them."""
    try:
        for original in HOSTS:
            _start(original, f"{original}-2")
        for number in ADDRESSES.values():
            _answering(f"203.0.113.{number}")
        yield list(ADDRESSES)
    finally:
        remove(*ADDRESSES)
        images = podman("images", "--quiet", f"{IMAGE}*").split()
        podman("rmi", "--force", *images) if images else None


def _start(original: str, twin: str) -> None:
    image, number = f"{IMAGE}:{original}", ADDRESSES[twin]
    podman("commit", "--quiet", "--change", "LABEL ptrgate-lab=1", original, image)
    start(
        twin, image, f"203.0.113.{number}", "--hostname", original,
        "--ip6", f"2001:db8:0:100::{number}",
        "--sysctl", "net.ipv6.ip_nonlocal_bind=1",
        "--sysctl", "net.ipv6.conf.all.accept_dad=0",
        "--sysctl", "net.ipv6.conf.default.accept_dad=0",
        "--volume", f"{ROOT}/build/ssh/authorized_keys:/root/.ssh/authorized_keys:ro",
        "--volume", f"{ROOT}/build/lab/mx-bookworm.routes:/etc/lab-routes:ro",
    )  # fmt: skip


def _answering(address: str) -> None:
    """Wait until the twin takes ssh and mail."""
    end = time.monotonic() + WAIT
    for port in (22, 25):
        while True:
            try:
                socket.create_connection((address, port), 5).close()
                break
            except OSError:
                if time.monotonic() > end:
                    raise SystemExit(f"{address} does not answer at port {port}") from None
                time.sleep(0.5)
