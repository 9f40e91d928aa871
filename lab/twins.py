# SPDX-License-Identifier: GPL-3.0-or-later
"""A fleet of four for the price of two: a twin of each appliance, as it stands."""

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

from lab.mail import ROOT

HOSTS = ("mx-bookworm", "mx-trixie")
ADDRESSES = {f"{HOSTS[0]}-2": 45, f"{HOSTS[1]}-2": 46}  # as in inventory/rollout
IMAGE = "localhost/ptrgate-lab-twin"
WAIT = 180.0


def podman(*words: str) -> str:
    """Run podman as the lab does, with the runtime that lab/runtime has found to work here."""
    found = ROOT / "build/containers.conf"
    environment = os.environ | ({"CONTAINERS_CONF": str(found)} if found.exists() else {})
    done = subprocess.run(
        ["podman", *words], check=False, capture_output=True, text=True, env=environment
    )
    if done.returncode:
        raise SystemExit(f"podman {words[0]}: {done.stderr.strip()}")
    return done.stdout


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
        podman("rm", "--force", "--time", "0", "--ignore", *ADDRESSES)
        images = podman("images", "--quiet", f"{IMAGE}*").split()
        podman("rmi", "--force", *images) if images else None


def _start(original: str, twin: str) -> None:
    image, number = f"{IMAGE}:{original}", ADDRESSES[twin]
    podman("rm", "--force", "--time", "0", "--ignore", twin)
    podman("commit", "--quiet", "--change", "LABEL ptrgate-lab=1", original, image)
    podman(
        "run", "--detach", "--name", twin, "--hostname", original, "--label", "ptrgate-lab",
        "--network", "ptrgate-lab", "--ip", f"203.0.113.{number}",
        "--ip6", f"2001:db8:0:100::{number}", "--systemd=always",
        "--cap-add", "SYS_ADMIN,NET_ADMIN,SYS_PTRACE",
        "--sysctl", "net.ipv6.ip_nonlocal_bind=1",
        "--sysctl", "net.ipv6.conf.all.accept_dad=0",
        "--sysctl", "net.ipv6.conf.default.accept_dad=0",
        "--volume", f"{ROOT}/build/ssh/authorized_keys:/root/.ssh/authorized_keys:ro",
        "--volume", f"{ROOT}/build/lab/mx-bookworm.routes:/etc/lab-routes:ro",
        image, "/sbin/init",
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
